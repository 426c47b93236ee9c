"""Everything at once and in no order; afterwards it is as if nothing had been.

Twenty seconds of it by default, with a seed that is new each time and is printed. LOCKTSYNC_CHAOS_SECONDS asks for
more, LOCKTSYNC_CHAOS_SEED for the same choices again (what comes of them is up to the clock).
"""

import collections
import os
import random
import re
import time

import pytest

from support import truth
from support.chaos import Chaos
from support.sim import LocktSim

SECONDS = float(os.environ.get("LOCKTSYNC_CHAOS_SECONDS", "20"))
SEED = int(os.environ.get("LOCKTSYNC_CHAOS_SEED", "0")) or random.randrange(1, 10 ** 9)

# What is said when something begins, and when it ends: they take turns.
TURNS = (
    ("HR can't be read", "HR can be read again"),
    ("what HR answered proves nothing", "what HR answers can be trusted again"),
    ("Lockt does not answer", "Lockt answers again"),
    ("Lockt refuses the API user or key", "Lockt accepts the credentials again"),
    ("the list of Lockt's users is not believed", "the list of Lockt's users is believed again"),
    ("HR can't be watched", "HR can be watched again"),
    ("the state can't be written", "the state can be written again"),
)


@pytest.fixture
def lockt(tmp_path):
    """One that remembers its users over a restart."""
    with LocktSim(levels=truth.LEVELS, database=tmp_path / "lockt.sqlite") as sim:
        yield sim


def descriptors(pid):
    """What is open, by kind. SQLite's temporary files come and go."""
    kinds = collections.Counter(re.sub(r"\d+", "N", os.readlink(entry.path)) for entry in os.scandir(f"/proc/{pid}/fd"))
    return {kind: count for kind, count in kinds.items() if "etilqs" not in kind}


def memory(pid):
    """Resident, in KiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def processor_time(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def check_turns(lines):
    for begin, end in TURNS:
        on = False
        for line in lines:
            if line.startswith("<5>") and end not in line:
                continue        # a report on the status repeats it
            if begin in line:
                assert not on, f"said again while it lasts: {line}"
                on = True
            elif end in line:
                assert on, f"ended without a beginning: {line}"
                on = False


def check_parked(lines):
    """Whoever is parked is told again only for another reason, or after he was well."""
    parked = {}
    for line in lines:
        if match := re.match(r"<4>(.+?) is parked: (.*)", line):
            assert parked.get(match[1]) != match[2], f"parked twice for the same: {line}"
            parked[match[1]] = match[2]
        elif match := re.match(r"<6>(.+?) is no longer parked", line):
            parked.pop(match[1], None)


def check_log(chaos, daemon):
    log = daemon.lines
    strange = [line for line in log if not re.match(r"<[0-7]>", line) or re.search(r"[\x00-\x1f\x7f-\x9f]", line)]
    assert not strange, strange[:5]
    assert chaos.lockt.apikey not in daemon.log_text
    for begin, end in zip(chaos.lives, [*chaos.lives[1:], len(log)]):
        check_turns(log[begin:end])
        check_parked(log[begin:end])


def quiet(daemon):
    """At rest, and it stays so: descriptors, and the share of the processor that doing nothing takes."""
    daemon.wait(lambda: not daemon.status()["counts"]["queued"] and not daemon.status()["counts"]["unconfirmed"],
                lambda: f"quiet: {daemon.status()}", 120)
    before, begun = processor_time(daemon.pid), time.monotonic()
    daemon.wait_read()
    daemon.wait_read()
    return (processor_time(daemon.pid) - before) / (time.monotonic() - begun)


def test_chaos(request, hr_database, lockt, daemon):
    print(f"LOCKTSYNC_CHAOS_SEED={SEED}")
    daemon.configure(hr={"poll": "1s"}, lockt={"timeout": "2s"}, safety={"max_revoked": "100%"})
    daemon.start()
    daemon.wait(lambda: not truth.differences(hr_database.hr, lockt), "the first sync", 120)
    quiet(daemon)
    opened = descriptors(daemon.pid)
    chaos = Chaos(hr_database, lockt, daemon, SEED)
    request.node.user_properties.append(("seed", SEED))
    try:
        chaos.run(SECONDS)
    finally:
        chaos.calm()

    left, unwell = {}, chaos.parked() | chaos.lost

    def same():
        left.clear()
        left.update(truth.differences(chaos.hr, lockt, unwell))
        wanted, held = truth.desired(chaos.hr), truth.doors(lockt)
        # Who is parked loses access all the same.
        left.update({key: held[key] for key in unwell if not wanted.get(key) and held.get(key)})
        return not left

    daemon.wait(same, lambda: f"{len(left)} records to be right: {sorted(left.items())[:3]}; {daemon.status_line}; "
                f"{daemon.status()}; {daemon.request('parked').of('parked')[:5]}; {lockt.requests()[-3:]}", 60)
    # Nobody else has a reason to be.
    parked = {entry["id_num"] for entry in daemon.ask("parked")}
    assert parked <= unwell | truth.COUPLE | {"E00033"}, daemon.ask("parked")

    share = quiet(daemon)
    left_open = descriptors(daemon.pid)
    # A connection to each side more or less: those that are kept for the next read.
    assert abs(left_open.pop("socket:[N]") - opened.pop("socket:[N]")) <= 2 and left_open == opened
    print(f"{len(chaos.log)} deeds, {len(chaos.lives)} lives, {memory(daemon.pid)} KiB, "
          f"{share:.0%} of a processor when quiet")
    writes = lockt.counters()["writes"]
    daemon.wait_read()
    assert lockt.counters()["writes"] == writes, "a quiet cycle writes nothing"
    check_log(chaos, daemon)

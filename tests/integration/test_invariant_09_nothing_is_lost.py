"""Invariant 9: kill -9 at any instant, and the next start carries on."""

import os
import random
import shutil
import subprocess
import time

import pytest

from support.truth import differences, doors, opens
from support.writes import during

KILLS = 100
CHANGES = 1000


def change_a_thousand(hr, random):
    """Hires, moves, renames, leaves and comebacks, in one transaction: a thousand people."""
    with hr.transaction():
        hired = hr.hire_many(CHANGES - 400)
        people = sorted(person for person, row in hr.rows().items()
                        if row["status"] == "active" and row["department"] and row["hired_on"] < hr.today()
                        and "E00040" < person < "E00501")
        random.shuffle(people)
        for person in people[:100]:
            hr.rename(person, family="Anders")
        for person in people[100:200]:
            hr.move(person, department="Security", site="HQ", job_title="Security Officer")
        hr.leave(*people[200:300])
        hr.suspend(*people[300:350])
        for person in people[350:400]:
            hr.set_badge(person, f"7{person[1:]}")
    return hired


def test_killed_a_hundred_times_in_a_thousand_changes(hr, lockt, daemon, synced):
    dice = random.Random(20240501)
    daemon.configure(safety={"max_revoked": "100%"})
    synced()
    lockt.clear_counters()
    change_a_thousand(hr, dice)
    with during(lockt, "delay", method="POST", after_ms=30):
        for _ in range(KILLS):
            # From before its first breath to well into its work. This is no waiting: any instant will do.
            time.sleep(dice.uniform(0, 0.25))
            daemon.kill()
            daemon.spawn()
    synced()
    assert differences(hr, lockt) == {}
    assert lockt.counters()["max_concurrent_writes"] <= 2, "a dead daemon's write and its successor's"
    users = [user["id_num"] for user in lockt.users()]
    assert len(users) == len(set(users)), "somebody was created twice"


def test_killed_during_the_first_sync(hr, lockt, daemon, synced):
    dice = random.Random(1)
    for _ in range(15):
        daemon.spawn()
        time.sleep(dice.uniform(0, 0.4))
        daemon.kill()
    synced()
    users = [user["id_num"] for user in lockt.users()]
    assert len(users) == len(set(users))


def test_a_damaged_state_is_set_aside_and_everybody_is_adopted_again(hr, lockt, daemon, synced):
    synced()
    daemon.stop()
    before = doors(lockt)
    path = daemon.state / "state.sqlite"
    path = path if path.exists() else next(daemon.state.glob("*.sqlite*"), next(daemon.state.glob("*.db")))
    for companion in daemon.state.glob(path.name + "-*"):
        companion.unlink()
    path.write_bytes(b"\x00not a database" + os.urandom(4096))
    hr.suspend("E00001")
    daemon.start()
    daemon.wait_said("was set aside as")
    assert any(aside.stat().st_size > 4000 for aside in daemon.state.iterdir() if aside.name != path.name)
    synced()
    after = doors(lockt)
    assert opens(lockt, "E00001") == set()
    assert {person for person in before if before[person] != after[person]} == {"E00001"}


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="a small file system takes root to mount")
def test_a_full_disk_stops_delivery_and_says_so(hr, lockt, daemon, synced):
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "locktsync-test", daemon.state],
                             capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        synced()
        filler = daemon.state / "filler"
        with open(filler, "wb", buffering=0) as file:
            while True:
                try:
                    file.write(b"x" * 65536)
                except OSError:
                    break
        hr.hire_many(300)
        daemon.wait_said("the state can't be written")
        assert daemon.running
        filler.unlink()
        daemon.wait_said("the state can be written again")
        synced()
    finally:
        daemon.destroy()
        subprocess.run(["umount", daemon.state], check=True)

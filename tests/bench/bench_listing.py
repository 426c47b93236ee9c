"""All users of Lockt into the state, beside curl that downloads them and forgets them."""

import json
import os
import shutil
import statistics
import subprocess

from company import truth
from measure import Timer, alternate, mebibytes, seconds
from relay import Relay
from support.sim import LocktSim

# What a line to a service on the Internet brings: 100 Mbit/s.
RATE = 12_500_000


def ours(options, url, sim, folder, fresh):
    """What list-users says; the top of its source tells the names."""
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder, 0o700)
    done = subprocess.run([os.path.join(options.build, "tests", "bench", "list-users"), url, sim.apiuser, sim.apikey,
                           folder], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def curl_seconds(url, sim):
    command = ["curl", "--silent", "--fail", "--output", "/dev/null", "--header", f"apiuser: {sim.apiuser}",
               "--header", f"apikey: {sim.apikey}", "--header", "Content-Type: application/json", url + "/user"]
    with Timer() as timer:
        subprocess.run(command, check=True)
    return timer.seconds


def compare(table, options, url, sim, folder, where, target):
    curl_seconds(url, sim)
    for fresh in (True, False):
        measured, theirs = alternate(options.times, lambda: ours(options, url, sim, folder, fresh),
                                     lambda: curl_seconds(url, sim))
        assert all(one["users"] == options.users for one in measured)
        a, b = statistics.median(one["usec"] / 1e6 for one in measured), statistics.median(theirs)
        which = "first time" if fresh else "unchanged"
        table.add(f"listing {options.users:,} users, {which}{where}", seconds(a), f"curl {seconds(b)}", a / b, target)
        for what, name, choose in (("of it after the last byte", "after_usec", statistics.median),
                                   ("processor time of it", "cpu_usec", statistics.median),
                                   ("longest that it held the loop", "longest_usec", max)):
            table.add(f"{what}, {which}", seconds(choose(one[name] for one in measured) / 1e6))
        table.add(f"peak memory with it, {which}", mebibytes(max(one["vmhwm_kib"] for one in measured)),
                  target="≤ 48 MiB")


def run(table, options):
    with LocktSim(seed=options.users, levels=truth.LEVELS, settings={"log_bodies": False}) as sim:
        folder = os.path.join(options.cache, "listing")
        os.makedirs(options.cache, exist_ok=True)
        try:
            compare(table, options, sim.url, sim, folder, "", "")
            with Relay(sim.port, RATE) as relay:
                compare(table, options, f"http://127.0.0.1:{relay.port}/api/v1", sim, folder, " at 100 Mbit/s", "≤ 1.3")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

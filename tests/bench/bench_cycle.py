"""A cycle without changes, beside psql that reads the same rows and forgets them."""

import os
import statistics
import subprocess
import time

from company import DATABASE, Company, peak_memory, processor_seconds, truth
from measure import alternate, mebibytes, seconds
from support.waiting import wait_until

# What the daemon asks for: its query, in the order of its keys.
COPY = f'COPY (SELECT q.* FROM (\n{truth.PEOPLE}\n) AS q ORDER BY q.employee_id::text COLLATE "C" NULLS FIRST) TO STDOUT'


def psql_seconds(company):
    """From the start of psql to its end; it is started with fork and exec like anything else."""
    command = [os.path.join(company.postgres.bindir, "psql"), "--no-psqlrc", "--quiet", "--dbname", company.conninfo,
               "--command", COPY]
    begun = time.monotonic()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.monotonic() - begun


def cycle_seconds(daemon, cursor):
    """From the NOTIFY that says "read everybody" to the end of the cycle, as the daemon says when that was."""
    begun_usec = time.time_ns() // 1000
    cursor.execute("SELECT pg_notify('locktsync', '')")
    # The time is in the answer: asking seldom disturbs little.
    ended_usec = wait_until(lambda: (lambda at: at if at and at > begun_usec else None)(daemon.status()["last_cycle_usec"]),
                            "the end of the cycle", timeout=600, every=0.2)
    return (ended_usec - begun_usec) / 1e6


def run(table, options):
    peaks = {}
    for people in options.cycle_people:
        with Company(people, options.cache, table.progress) as company:
            made = company.first_sync
            table.add(f"first sync of {people:,} people", seconds(made["seconds"]),
                      f"{made['writes']} writes, {mebibytes(made['peak_kib'])}")
            daemon = company.daemon().start()
            company.settle(daemon)
            before = company.lockt.counters()["writes"]
            connection = company.connect()
            with connection.cursor() as cursor:
                psql_seconds(company)
                cycle_seconds(daemon, cursor)
                used = processor_seconds(daemon.pid)
                ours, theirs = alternate(options.times, lambda: cycle_seconds(daemon, cursor),
                                         lambda: psql_seconds(company))
                used = (processor_seconds(daemon.pid) - used) / options.times
            connection.close()
            assert company.lockt.counters()["writes"] == before, "a cycle without changes wrote something"
            a, b = statistics.median(ours), statistics.median(theirs)
            table.add(f"cycle without changes, {people:,} people", seconds(a), f"psql {seconds(b)}", a / b,
                      "≤ 1.05" if people >= 1_000_000 else "")
            table.add(f"processor time of locktsyncd in it, {people:,} people", seconds(used))
            peaks[people] = peak_memory(daemon.pid)
            table.add(f"peak memory with it, {people:,} people", mebibytes(peaks[people]), target="≤ 48 MiB")
            daemon.stop()
    if len(peaks) > 1:
        few, many = min(peaks), max(peaks)
        table.add(f"growth of memory, {few:,} to {many:,} people", mebibytes(peaks[many] - peaks[few]),
                  target="≤ 8 MiB")

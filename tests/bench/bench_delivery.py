"""Delivery of many changes, beside one kept-alive connection that sends the same bodies to the same service."""

import contextlib
import json
import math
import os
import statistics
import subprocess

from company import Company
from measure import seconds

# Raw: the simulator stores a hundred records in two milliseconds. And as long as a service in the same country, and one
# that looks at what it is sent, take for a write.
DISTANCES_MS = (0, 30, 100)
# Of those who have access, so many may leave at once without approval (safety.max_revoked: 5%).
LEAVERS_SHARE = 0.04

RENAME = """WITH chosen AS (SELECT employee_id FROM hr.employments WHERE status = 'active' AND leaves_on IS NULL
                             AND hired_on <= current_date ORDER BY employee_id LIMIT %s)
            UPDATE hr.people SET family_name = family_name || %s WHERE employee_id IN (TABLE chosen)"""
LEAVE = """WITH chosen AS (SELECT employee_id FROM hr.employments WHERE status = 'active' AND leaves_on IS NULL
                            AND hired_on <= current_date ORDER BY employee_id DESC LIMIT %s)
           UPDATE hr.employments SET status = 'left', leaves_on = current_date - 1 WHERE employee_id IN (TABLE chosen)"""
HIRE = """INSERT INTO hr.people (employee_id, given_name, family_name)
         SELECT 'Q' || lpad(n::text, 7, '0'), 'New', 'Person-' || n FROM generate_series(1, %s) AS n"""
EMPLOY = """INSERT INTO hr.employments (employee_id, status, hired_on)
            SELECT employee_id, 'active', current_date FROM hr.people WHERE employee_id LIKE 'Q%%' AND %s > 0"""


def span(writes):
    """From the arrival of the first write to the departure of the last answer, in seconds."""
    return (writes[-1]["out_usec"] - writes[0]["in_usec"]) / 1e6


def lookups(requests, writes):
    """The time within the span of the writes that reads of the API took: read-backs are apart."""
    return sum(request["out_usec"] - request["in_usec"] for request in requests
               if request["method"] == "GET" and writes[0]["in_usec"] < request["in_usec"] < writes[-1]["out_usec"]) / 1e6


class Delivery:
    """A settled company whose changes are delivered, and a second Lockt that is sent the same again."""

    def __init__(self, company, build):
        self.company = company
        self.client = os.path.join(build, "tests", "bench", "post-bodies")
        self.lockt = company.lockt
        self.beside = company.start_lockt(database="beside.db")
        self.daemon = company.daemon().start()
        self.connection = company.connect()
        self.lockt.settings(log_bodies=True)
        company.settle(self.daemon)
        # The first update of an instance goes alone, and is read back: it is no part of what is measured.
        self.both((RENAME, (1, "x")))

    def close(self):
        self.connection.close()
        self.beside.stop()

    def change(self, *statements):
        """Changes HR, waits until it is delivered; answers the requests that it took."""
        self.lockt.clear_requests()
        with self.connection.cursor() as cursor:
            cursor.execute("BEGIN")
            for statement, parameters in statements:
                cursor.execute(statement, parameters)
            cursor.execute("COMMIT")
        self.company.settle(self.daemon)
        return self.lockt.requests()

    def again(self, writes):
        """The same bodies by the client beside; answers what it took."""
        path = self.company.folder / "bodies"
        with open(path, "w", encoding="utf-8") as file:
            for write in writes:
                json.dump(write["body"], file, ensure_ascii=False, separators=(",", ":"))
                file.write("\n")
        self.beside.clear_requests()
        subprocess.run([self.client, self.beside.url + "/user", self.beside.apiuser, self.beside.apikey, path],
                       check=True)
        return span(self.beside.writes())

    def both(self, *statements):
        requests = self.change(*statements)
        writes = [request for request in requests if request["method"] == "POST"]
        return writes, span(writes), lookups(requests, writes), self.again(writes)


def of_kind(what, count, writes):
    return f"{what}: writes for {count:,} people", f"{len(writes)}", "", "", f"{math.ceil(count / 100)}"


def changes(table, options, delivery, distance):
    results = []
    for lockt in (delivery.lockt, delivery.beside):
        lockt.clear_faults()
        if distance:
            lockt.fault("delay", method="POST", after_ms=distance)
    for _ in range(options.times):
        writes, ours, read, theirs = delivery.both((RENAME, (options.changes, "x")))
        results.append((ours - read, theirs))
    if not distance:
        table.add(*of_kind("changes", options.changes, writes))
    ours, theirs = (statistics.median(values) for values in zip(*results))
    table.add(f"delivery of {options.changes:,} changes" + (f", {distance} ms each" if distance else ""), seconds(ours),
              f"one connection {seconds(theirs)}", ours / theirs, "≤ 1.1")


def run(table, options):
    with Company(options.delivery_people, options.cache, table.progress) as company, \
            contextlib.closing(Delivery(company, options.build)) as delivery:
        for distance in DISTANCES_MS:
            changes(table, options, delivery, distance)
        delivery.lockt.clear_faults()
        delivery.beside.clear_faults()

        leavers = int(company.lockt.counters()["users"] * LEAVERS_SHARE)
        writes, ours, read, theirs = delivery.both((LEAVE, (leavers,)))
        table.add(*of_kind("leavers", leavers, writes))
        table.add(f"delivery of {leavers:,} leavers", seconds(ours - read), f"one connection {seconds(theirs)}",
                  (ours - read) / theirs)
        writes, ours, read, theirs = delivery.both((HIRE, (options.changes,)), (EMPLOY, (options.changes,)))
        table.add(*of_kind("hires", options.changes, writes))
        table.add(f"delivery of {options.changes:,} hires", seconds(ours - read), f"one connection {seconds(theirs)}",
                  (ours - read) / theirs)

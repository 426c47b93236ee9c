"""From the COMMIT that lets somebody go to the service's answer that he is out, with NOTIFY."""

import time

from company import Company
from measure import percentile, seconds

LEAVERS = """SELECT employee_id FROM hr.employments WHERE status = 'active' AND leaves_on IS NULL
              AND hired_on <= current_date ORDER BY hashtext(employee_id) LIMIT %s"""
LEAVE = "UPDATE hr.employments SET status = 'left', leaves_on = current_date - 1 WHERE employee_id = %s AND status = 'active'"


def leave(connection, lockt, person):
    """Seconds from just before COMMIT is sent to the departure of the 2xx, by the clock that both have."""
    since = lockt.last_request()
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, (person,))
    begun = time.monotonic()
    connection.commit()
    write = lockt.wait_until(lambda: next((request for request in lockt.writes(since) if request["state"] == "answered"),
                                          None))
    assert write["status"] == 200 and write["records"] == 1, write
    return write["out_usec"] / 1e6 - begun


def run(table, options):
    with Company(options.latency_people, options.cache, table.progress) as company:
        daemon = company.daemon().start()
        company.settle(daemon)
        connection = company.connect()
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute(LEAVERS, (options.leavers,))
            people = [row[0] for row in cursor.fetchall()]
        connection.commit()
        times = [leave(connection, company.lockt, person) for person in people]
        connection.close()
        for name, share in (("half", 0.5), ("99 %", 0.99), ("all", 1)):
            table.add(f"COMMIT to 2xx of a leaver, {options.latency_people:,} people: {name} of {len(times)} within",
                      seconds(percentile(times, share)), target="≤ 50 ms" if share == 0.99 else "")

"""Invariant 13: when access ends or begins, it does so at that instant, whatever the zone and the daemon's life."""

import datetime

import pytest

from support.truth import UTC, instant, midnight, opens
from support.waiting import wait_until

# An end for each of a few people, as a text that the test writes, with a zone beside it. Nothing else changes anybody.
PEOPLE = """\
SELECT p.employee_id, p.given_name, p.family_name, p.status, e.ends_at, e.zone
  FROM locktsync.people p JOIN locktsync.ends e USING (employee_id)
"""


@pytest.fixture
def ends(hr, daemon):
    """ends(E00001=("2026-11-23 12:00", "Asia/Tokyo")): sets the ends of access; a poll does not come by accident."""
    hr.execute("CREATE TABLE locktsync.ends (employee_id text COLLATE \"C\" PRIMARY KEY, ends_at text, zone text)")
    hr.execute("GRANT SELECT ON locktsync.ends TO locktsync")
    daemon.configure(hr={"people": PEOPLE, "poll": "10m"}, access_levels={"rules": [{"grant": "Cardholder"}]},
                     user={"email": None, "phone": None, "card_num": None, "access_effective": None,
                           "access_expires": {"column": "ends_at", "timezone": {"column": "zone"}}})

    def change(**people):
        with hr.transaction():
            for person, (end, zone) in people.items():
                hr.execute("INSERT INTO locktsync.ends VALUES (%s, %s, %s) ON CONFLICT (employee_id) DO UPDATE"
                           " SET (ends_at, zone) = (excluded.ends_at, excluded.zone)", person, end, zone)
            hr.execute("SELECT pg_notify('locktsync', '')")
    return change


def soon(seconds=10):
    """The first whole second after that many."""
    return (datetime.datetime.now(UTC) + datetime.timedelta(seconds=seconds + 1)).replace(microsecond=0)


def local(moment, zone):
    return moment.astimezone(datetime.timezone(datetime.timedelta(hours=zone))).strftime("%Y-%m-%d %H:%M:%S")


def wait_told(lockt, **people):
    """Lockt knows these ends."""
    lockt.wait_until(lambda: all(instant((lockt.user(person) or {}).get("access_expires")) == end
                                 for person, end in people.items()))


def wait_disabled(lockt, people, end):
    """They are disabled, and none of them was before the end."""
    def over():
        enabled = all(lockt.user(person)["enabled"] for person in people)
        assert enabled or datetime.datetime.now(UTC) >= end, "somebody was out too early"
        return datetime.datetime.now(UTC) >= end - datetime.timedelta(seconds=1)
    wait_until(over, "the end to come", every=0.1)
    lockt.wait_until(lambda: not any(lockt.user(person)["enabled"] for person in people))
    late = datetime.datetime.now(UTC) - end
    assert late < datetime.timedelta(seconds=20), f"{late} late"


def test_ends_in_zones_of_their_own_come_at_one_instant(lockt, daemon, ends):
    end = soon()
    zones = {"E00001": ("Asia/Tokyo", 9), "E00002": ("Pacific/Honolulu", -10), "E00005": ("UTC", 0)}
    ends(**{person: (local(end, hours), zone) for person, (zone, hours) in zones.items()}, E00037=(None, "UTC"))
    daemon.start()
    wait_told(lockt, **dict.fromkeys(zones, end))
    wait_disabled(lockt, zones, end)
    assert opens(lockt, "E00037") == {"Cardholder"}


def test_what_is_added_to_an_end_counts(lockt, daemon, ends):
    daemon.configure(user={"access_expires": {"column": "ends_at", "timezone": "UTC", "plus": "6h"}})
    end = soon()
    ends(E00001=(local(end - datetime.timedelta(hours=6), 0), None), E00002=(local(end, 0), None))
    daemon.start()
    wait_told(lockt, E00001=end, E00002=end + datetime.timedelta(hours=6))
    wait_disabled(lockt, ["E00001"], end)
    assert opens(lockt, "E00002")


def test_dates_without_a_time_end_with_their_last_instant_where_the_person_is(lockt, daemon, ends, settled):
    today = datetime.datetime.now(UTC).date()
    day, yesterday = today + datetime.timedelta(days=2), today - datetime.timedelta(days=2)
    ends(E00001=(str(day), "Asia/Tokyo"), E00002=(str(day), "Pacific/Honolulu"), E00005=(str(yesterday), "Asia/Tokyo"))
    daemon.start()
    after = day + datetime.timedelta(days=1)
    wait_told(lockt, E00001=midnight(after, "Asia/Tokyo"), E00002=midnight(after, "Pacific/Honolulu"))
    settled()
    assert lockt.user("E00005") is None, "whose access is over is not created"


def test_an_end_that_came_while_nothing_ran_is_acted_upon_at_the_start(lockt, daemon, ends):
    end = soon()
    ends(E00001=(local(end, 0), "UTC"), E00002=(None, "UTC"))
    daemon.start()
    wait_told(lockt, E00001=end)
    daemon.stop()
    lockt.wait_until(lambda: datetime.datetime.now(UTC) > end)
    daemon.start()
    lockt.wait_until(lambda: not lockt.user("E00001")["enabled"])
    assert opens(lockt, "E00002")


def test_an_end_outlives_a_restart_and_needs_no_hr(hr, lockt, daemon, ends, hr_database):
    """HR can't be read when the end comes: Lockt was told of it long before, and closes the door by itself."""
    end = soon()
    ends(E00001=(local(end, 0), "UTC"), E00002=(None, "UTC"))
    daemon.start()
    wait_told(lockt, E00001=end)
    hr.execute("REVOKE SELECT ON locktsync.ends FROM locktsync")
    daemon.restart()
    lockt.wait_until(lambda: datetime.datetime.now(UTC) > end)
    assert opens(lockt, "E00001") == set() and opens(lockt, "E00002")
    hr.execute("GRANT SELECT ON locktsync.ends TO locktsync")
    lockt.wait_until(lambda: not lockt.user("E00001")["enabled"])


def test_an_end_that_is_put_off_does_not_come(hr, lockt, daemon, ends):
    end = soon()
    ends(E00001=(local(end, 0), "UTC"), E00002=(local(end, 0), "UTC"))
    daemon.start()
    wait_told(lockt, E00001=end, E00002=end)
    later = end + datetime.timedelta(days=1)
    ends(E00001=(local(later, 0), "UTC"))
    wait_told(lockt, E00001=later)
    wait_disabled(lockt, ["E00002"], end)
    assert opens(lockt, "E00001") == {"Cardholder"} and lockt.user("E00001")["enabled"]


def test_who_starts_tomorrow_is_told_today(hr, lockt, daemon, synced):
    """The service itself begins access at its instant: the door opens although nothing runs then."""
    synced()
    tomorrow = hr.today() + datetime.timedelta(days=1)
    nina = hr.hire("Nina", "Neu", hired_on=tomorrow)
    lockt.wait_until(lambda: lockt.user(nina))
    assert instant(lockt.user(nina)["access_effective"]) == midnight(tomorrow, "Europe/Berlin")
    synced()

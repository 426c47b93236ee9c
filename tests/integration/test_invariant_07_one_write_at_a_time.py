"""Invariant 7: one write at a time, full ones, as few as can be; and none when nothing changed."""

from support.truth import opens
from support.writes import during, written


def test_writes_never_overlap_and_are_full(hr, lockt, daemon, synced):
    daemon.configure(hr={"listen": None}, safety={"max_revoked": "100%"})
    synced()
    hr.rename("E00001", family="Anders")    # the first update of an instance goes alone
    synced()
    lockt.clear_counters()
    since = lockt.last_request()
    hired = hr.hire_many(230)
    synced()
    assert sorted(len(write) for write in written(lockt, since)) == [30, 100, 100]
    since = lockt.last_request()
    with hr.transaction():
        for person in hired:
            hr.rename(person, family="Anders")
    synced()
    assert sorted(len(write) for write in written(lockt, since)) == [30, 100, 100]
    since = lockt.last_request()
    hr.suspend(*hired)
    synced()
    assert sorted(len(write) for write in written(lockt, since)) == [30, 100, 100]
    counters = lockt.counters()
    assert (counters["max_concurrent_writes"], counters["overlaps"]) == (1, 0)


def test_writes_never_overlap_when_the_service_is_slow_and_hr_in_haste(hr, lockt, daemon, synced):
    synced()
    lockt.clear_counters()
    with during(lockt, "delay", method="POST", after_ms=200):
        people = []
        for _ in range(10):
            people.append(hr.hire("Nina", "Neu"))
            hr.rename("E00001", family=f"Nummer {len(people)}")
            hr.suspend(people[0])
        synced()
    assert opens(lockt, people[-1]) and not opens(lockt, people[0])
    assert lockt.counters()["max_concurrent_writes"] == 1


def test_the_limit_that_the_service_names_is_kept_over_a_restart(hr, lockt, daemon, synced):
    lockt.settings(batch_limit=7)
    synced()
    assert daemon.said("at most 7 records in a write")
    daemon.restart()
    since = lockt.last_request()
    hr.hire_many(20)
    synced()
    assert all(len(write) <= 7 for write in written(lockt, since))
    assert daemon.status()["lockt"]["batch_limit"] == 7


def test_quiet_cycles_write_nothing(hr, lockt, daemon, synced, settled):
    synced()
    settled()
    since = lockt.last_request()
    for _ in range(3):
        settled()
    daemon.resync()
    settled()
    assert lockt.writes(since) == []

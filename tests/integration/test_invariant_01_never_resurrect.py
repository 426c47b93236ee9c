"""Invariant 1: no retry, restart, reordering or late answer restores access that HR has taken away since."""

import datetime

from support.truth import UTC, desired, differences, opens
from support.writes import during


def test_a_hire_whose_answer_was_lost_leaves_before_the_retry(hr, lockt, daemon, synced):
    synced()
    with during(lockt, "status", method="GET", status=503):
        lockt.fault("cut", method="POST", when="after", times=1)
        nina = hr.hire("Nina", "Neu")
        lockt.wait_until(lambda: lockt.user(nina))
        hr.leave(nina)
    synced()
    assert opens(lockt, nina) == set()


def test_somebody_leaves_while_the_write_that_gives_is_held_by_the_service(hr, lockt, daemon, synced):
    synced()
    hr.suspend("E00001")
    synced()
    held = lockt.fault("hold", method="POST", when="before")
    since = lockt.last_request()
    hr.come_back("E00001")
    lockt.wait_request(since, "POST", "/user", "running")
    hr.leave("E00001")
    daemon.wait_read()
    lockt.clear_fault(held)
    synced()
    assert opens(lockt, "E00001") == set()


def test_a_write_that_gives_is_worked_on_after_the_daemon_died_and_the_person_left(hr, lockt, daemon, synced):
    synced()
    hr.suspend("E00001")
    synced()
    held = lockt.fault("hold", method="POST", when="before")
    since = lockt.last_request()
    hr.come_back("E00001")
    lockt.wait_request(since, "POST", "/user", "running")
    daemon.kill()
    hr.leave("E00001")
    lockt.clear_fault(held)
    lockt.wait_until(lambda: not any(request["state"] == "running" for request in lockt.requests()))
    assert opens(lockt, "E00001"), "the late write has opened the door"
    synced()
    assert opens(lockt, "E00001") == set()


def test_a_hire_is_created_after_the_daemon_died_and_saw_nobody(hr, lockt, daemon, synced):
    synced()
    held = lockt.fault("hold", method="POST", when="before", times=1)
    since = lockt.last_request()
    nina = hr.hire("Nina", "Neu")
    lockt.wait_request(since, "POST", "/user", "running")
    daemon.kill()
    hr.leave(nina)
    daemon.start()
    daemon.wait(lambda: daemon.status()["hr"]["last_read_usec"], "a read of HR")
    assert lockt.user(nina) is None
    lockt.clear_fault(held)
    lockt.wait_until(lambda: lockt.user(nina))
    # It would look again after a minute, five and fifteen. A resync looks now.
    daemon.resync()
    synced()
    assert opens(lockt, nina) == set()


def test_hr_restored_from_an_older_backup_gives_nothing(hr, lockt, daemon, synced):
    now = datetime.datetime.now(UTC)
    daemon.configure(hr={"as_of": "SELECT loaded_at FROM locktsync.load"})
    hr.end_load(now)
    synced()
    with hr.transaction():
        hr.leave("E00001")
        hr.end_load(now + datetime.timedelta(hours=1))
    synced()

    with hr.transaction():
        hr.set_status("E00001", status="active")
        hr.withdraw_notice("E00001")
        nina = hr.hire("Nina", "Neu")
        hr.suspend("E00002")
        hr.end_load(now)
    daemon.wait_said("HR went backwards")
    # Who is to lose access loses it all the same: explicit leavers need no trust.
    daemon.wait(lambda: not opens(lockt, "E00002"), "E00002 to be out")
    assert opens(lockt, "E00001") == set() and lockt.user(nina) is None

    assert daemon.request("resync", accept=True).exit == 0
    synced()
    assert desired(hr)["E00001"] and opens(lockt, "E00001") and opens(lockt, nina)


def test_an_hour_of_haste(hr, lockt, daemon, synced):
    """In and out, over and over, with every second answer lost."""
    synced()
    lockt.fault("cut", method="POST", when="after", nth=2, times=20)
    for turn in range(12):
        hr.suspend("E00001", "E00002") if turn % 2 else hr.come_back("E00001", "E00002")
        if turn % 4 == 3:
            daemon.kill()
            daemon.start()
    lockt.clear_faults()
    synced()
    assert differences(hr, lockt) == {} and opens(lockt, "E00001") == set()

"""Invariant 2: what takes goes before anything that gives, never shares a write with it, and waits behind nothing."""


from support.truth import desired, opens
from support.writes import during, records, takes, worked, written


def test_leavers_go_before_hires_and_share_no_write_with_them(hr, lockt, daemon, synced):
    daemon.configure(hr={"listen": None})   # nobody is named beforehand: all are found by one complete read
    synced()
    since = lockt.last_request()
    with hr.transaction():
        hired = hr.hire_many(250)
        hr.suspend("E00001", "E00002", "E00005")
    synced()
    kinds = [{takes(record) for record in records(request)} for request in lockt.writes(since)]
    assert all(len(kind) == 1 for kind in kinds), "a write both takes and gives"
    assert kinds[0] == {True} and True not in kinds[1:]
    assert all(opens(lockt, person) for person in hired[:3])


def test_a_move_takes_before_it_gives(hr, lockt, daemon, synced):
    """From Security to housekeeping: the levels of the one go before the level of the other comes."""
    synced()
    since = lockt.last_request()
    hr.move("E00037", department="Facilities", job_title="Housekeeper")
    synced()
    first, last = [records(request)[0]["accesslevels"] for request in lockt.writes(since)]
    names = {level["id"]: level["name"] for level in lockt.levels()}
    assert {names[int(level["id"] if isinstance(level, dict) else level)] for level in first} == {"Cardholder"}
    assert {names[int(level["id"] if isinstance(level, dict) else level)] for level in last} == \
        {"Cardholder", "Housekeeping"}


def test_a_leaver_does_not_wait_for_a_thousand_hires(hr, lockt, daemon, synced):
    synced()
    since = lockt.last_request()
    held = lockt.fault("hold", method="POST", when="before", times=1)
    hr.hire_many(1000)
    lockt.wait_request(since, "POST", "/user", "running")
    hr.suspend("E00001")
    # While the write is held, HR is read on: the revocation waits in the queue.
    daemon.wait(lambda: daemon.queue().get("E00001", {}).get("lane") == "take", "the revocation in the queue")
    lockt.clear_fault(held)
    synced()
    assert written(lockt, since)[1] == ["E00001"]


def test_after_an_outage_the_revocation_is_what_is_tried_first(hr, lockt, daemon, synced):
    synced()
    with during(lockt, "status", status=503):
        hr.hire_many(5)
        daemon.wait_said("Lockt does not answer")
        hr.suspend("E00001")
        daemon.wait(lambda: daemon.queue().get("E00001", {}).get("lane") == "take", "the revocation in the queue")
        since = lockt.last_request()
        lockt.wait_request(since, "POST")
    synced()
    assert [record["id_num"] for record in records(worked(lockt.writes(since))[0])] == ["E00001"]


def test_a_revocation_that_keeps_failing_stops_nobody_else(hr, lockt, daemon, synced):
    synced()
    with during(lockt, "refuse", id_num="E00001", text="Not this one."):
        hr.suspend("E00001")
        daemon.wait(lambda: "Not this one" in (daemon.queue().get("E00001", {}).get("last_error") or ""), "the refusal")
        nina = hr.hire("Nina", "Neu")
        hr.suspend("E00002")
        synced(ignore={"E00001"})
        assert opens(lockt, nina) and not opens(lockt, "E00002") and opens(lockt, "E00001")
        assert "E00001" in daemon.queue(), "it is retried for ever"
    synced()
    assert opens(lockt, "E00001") == set()


def test_who_is_parked_can_leave(hr, lockt, daemon, synced):
    """His card can't be carried, so his new name waits; that he has left does not."""
    synced()
    hr.set_badge("E00001", "A4711")
    hr.rename("E00001", family="Musterfrau")
    daemon.wait_said("E00001 is parked")
    assert opens(lockt, "E00001") and lockt.user("E00001")["last_name"] == "Mustermann"
    hr.leave("E00001")
    daemon.wait(lambda: not opens(lockt, "E00001"), "E00001 to be out")


def test_end_of_access_is_kept_to_the_instant(hr, lockt, daemon, synced):
    """Invariant 13: when access_expires passes, the person is a leaver then, without anybody saying so."""
    daemon.configure(user={"access_expires": "ends_at"}, hr={"poll": "60s", "people":
                     "SELECT p.*, l.loaded_at AS ends_at FROM locktsync.people p, locktsync.load l"
                     " WHERE employee_id < 'E00003'"})
    hr.end_load(hr.execute("SELECT date_trunc('second', now()) + interval '8 s' AS soon")[0]["soon"])
    daemon.start()
    daemon.wait(lambda: opens(lockt, "E00001"), "E00001 to be in")
    assert lockt.user("E00001")["enabled"]
    daemon.wait(lambda: lockt.user("E00001")["enabled"] is False, "E00001 to be disabled at the instant",
                timeout=15)
    assert desired(hr)["E00001"], "HR never said that E00001 left"

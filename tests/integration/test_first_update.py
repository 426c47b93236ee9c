"""Invariant 5: the first update that an instance ever gets goes alone and is read back; what a new life gives, HR said in it."""

import contextlib

from support.truth import opens
from support.writes import during, takes, written


@contextlib.contextmanager
def harmful(lockt):
    """A Lockt that changes the telephone number of everybody whom it updates."""
    with during(lockt, "alter", method="POST", property="phone", value="000"):
        yield


def test_the_first_update_goes_alone_and_the_others_follow(hr, lockt, daemon, synced):
    synced()
    since = lockt.last_request()
    with hr.transaction():
        for number in range(1, 6):
            hr.rename(f"E0000{number}", family="Anders")
    synced()
    assert sorted(len(write) for write in written(lockt, since)) == [1, 4]
    first = lockt.writes(since)[0]
    reads = [request for request in lockt.requests(since) if request["method"] == "GET" and request["query"]]
    assert any(request["in_usec"] >= first["out_usec"] for request in reads), "it was read back"


def test_harm_done_by_the_first_update_stops_delivery_until_somebody_has_looked(hr, lockt, daemon, synced):
    synced()
    since = lockt.last_request()
    with harmful(lockt):
        with hr.transaction():
            for number in range(1, 6):
                hr.rename(f"E0000{number}", family="Anders")
        daemon.wait_said(r"first update of this Lockt instance changed what it should not: phone;")
    assert [len(write) for write in written(lockt, since)] == [1]
    victim = written(lockt, since)[0][0]
    assert daemon.said(rf"<3>{victim}: the first update")
    status = daemon.status()
    assert status["lockt"]["first_update_bad"] and not status["ok"]
    assert "only leavers are revoked" in status["text"]
    assert any(entry["action"] == "first-update-bad" for entry in daemon.history(victim))

    # Leavers are revoked, one by one, and nothing else is sent; a restart makes no difference.
    nina = hr.hire("Nina", "Neu")
    hr.suspend("E00010", "E00011")
    lockt.wait_until(lambda: opens(lockt, "E00010") == opens(lockt, "E00011") == set())
    daemon.restart()
    daemon.wait_said(r"first update of this Lockt instance", times=2)
    daemon.wait_read()
    later = [record for request in lockt.writes(since)[1:] for record in request["body"]["users"]]
    assert len(later) == len(lockt.writes(since)) - 1 == 2 and all(takes(record) for record in later)
    assert lockt.user(nina) is None

    assert daemon.ctl("resync", "--accept").returncode == 0
    synced()
    assert not daemon.status()["lockt"]["first_update_bad"]
    assert any(entry["action"] == "first-update-accepted" for entry in daemon.history(victim))


def test_the_harm_is_seen_after_a_crash_too(hr, lockt, daemon, synced):
    synced()
    with harmful(lockt), during(lockt, "status", method="GET", query="id", status=503):
        since = lockt.last_request()
        hr.rename("E00001", family="Anders")
        lockt.wait_until(lambda: [write for write in lockt.writes(since) if write["state"] == "answered"])
        daemon.kill()
    daemon.start()
    daemon.wait_said(r"E00001: the first update of this Lockt instance changed what it should not: phone;")


def test_a_state_of_yesterday_gives_nothing_before_hr_was_read(hr, lockt, daemon, synced):
    daemon.configure(hr={"as_of": "SELECT loaded_at FROM locktsync.load"})
    synced()
    with during(lockt, "status", method="POST", status=503):
        hr.rename("E00001", family="Anders")
        hr.leave("E00002")
        daemon.wait(lambda: {"E00001", "E00002"} <= daemon.queue().keys(), "both are queued")
        daemon.kill()
    since = lockt.last_request()
    hr.begin_load()
    daemon.start()
    lockt.wait_until(lambda: opens(lockt, "E00002") == set())
    daemon.wait_said(r"proves nothing")
    assert daemon.ctl("retry").returncode == 0
    daemon.wait(lambda: not daemon.status()["writing"] and list(daemon.queue()) == ["E00001"], "only the change waits")
    assert written(lockt, since) == [["E00002"]]
    hr.end_load()
    synced()
    assert ["E00001"] in written(lockt, since)

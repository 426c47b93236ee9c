"""Invariant 11: the snapshot says only what was seen or acknowledged."""

from support.truth import differences, doors, opens
from support.writes import during


def test_a_revocation_that_lockt_counts_and_does_not_do_is_found_and_sent_again(hr, lockt, daemon, synced):
    synced()
    number = lockt.fault("ignore", id_num="E00001")
    hr.leave("E00001")
    daemon.wait_said("E00001 was revoked, but Lockt does not show it")
    assert opens(lockt, "E00001")
    lockt.clear_fault(number)
    synced()
    daemon.wait(lambda: daemon.history("E00001")[-1]["action"] == "confirmed", "the revocation to be seen by reading")


def test_a_hire_that_lockt_counts_and_does_not_create_is_created(hr, lockt, daemon, synced):
    synced()
    lockt.fault("ignore", id_num="E60001", times=1)
    hr.hire("Nina", "Neu")
    synced()


def test_a_list_that_lacks_many_is_refused_whole(hr, lockt, daemon, synced, settled):
    synced()
    before, since = doors(lockt), lockt.last_request()
    with during(lockt, "list_short", users=100):
        daemon.resync()
        daemon.wait_said("the list of Lockt's users is not believed")
        settled()
    assert doors(lockt) == before and lockt.writes(since) == []
    daemon.resync()
    daemon.wait_said("the list of Lockt's users is believed again")


def test_a_list_that_is_cut_off_changes_nothing(hr, lockt, daemon, synced, settled):
    synced()
    since = lockt.last_request()
    lockt.fault("list_broken", users=100, nth=1)
    lockt.fault("cut_body", bytes=5000, path="/user", nth=2)
    daemon.resync()
    lockt.wait_until(lambda: len(lockt.requests(since, "GET", "/user")) >= 3)
    settled()
    assert lockt.writes(since) == [] and differences(hr, lockt) == {}


def test_somebody_who_is_hidden_in_the_list_is_asked_for(hr, lockt, daemon, synced, settled):
    """Ruling 44."""
    synced()
    since = lockt.last_request()
    with during(lockt, "hide", id_num="E00001"):
        daemon.resync()
        lockt.wait_until(lambda: any(request["query"] for request in lockt.requests(since, "GET", "/user")), timeout=10)
        settled()
    assert lockt.writes(since) == []


def test_somebody_who_was_deleted_in_lockt_is_not_created_again(hr, lockt, daemon, synced, settled):
    synced()
    lockt.delete_user("E00001")
    daemon.resync()
    daemon.wait_said("E00001 is no longer in Lockt")
    settled()
    settled()
    assert lockt.user("E00001") is None
    assert len(daemon.said("E00001 is no longer in Lockt")) == 1, "said once"


def test_many_were_deleted_and_the_list_is_accepted_when_somebody_says_so(hr, lockt, daemon, synced, settled):
    synced()
    for number in range(100, 200):
        lockt.delete_user(f"E00{number}")
    daemon.resync()
    daemon.wait_said("the list of Lockt's users is not believed")
    assert daemon.request("resync", accept=True).exit == 0
    daemon.wait_said("the list of Lockt's users is believed again")


def test_a_value_that_comes_back_in_another_form_is_not_sent_for_ever(hr, lockt, daemon, synced, settled):
    """Ruling 33."""
    lockt.fault("alter", property="last_name", how="upper")
    daemon.start()
    # It is sent once more when the first look finds another value, and from the second look on it is known.
    for _ in range(2):
        daemon.resync()
        settled()
    daemon.wait_said("Lockt keeps a value in another form")
    since = lockt.last_request()
    for _ in range(2):
        daemon.resync()
        settled()
    assert lockt.writes(since) == []
    assert lockt.user("E00001")["last_name"] == "MUSTERMANN" and opens(lockt, "E00001")

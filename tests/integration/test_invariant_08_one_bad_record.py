"""Invariant 8: one bad record harms nobody else, is said with its reason, and is tried again when something changed."""

import pytest

from support.truth import opens
from support.writes import during


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("shape", ["details", "both"])
def test_a_refused_record_is_parked_and_the_others_go_through(hr, lockt, daemon, synced, status, shape):
    lockt.settings(partial_status=status, partial_shape=shape)
    synced()
    with during(lockt, "refuse", id_num="E60003", text="Not this one."):
        hr.hire_many(20)
        synced(ignore={"E60003"})
        daemon.wait_said("E60003 is parked: .*Not this one")
        assert lockt.user("E60003") is None and opens(lockt, "E60002") and opens(lockt, "E60020")
    # Its data change: it is tried again.
    hr.rename("E60003", family="Anders")
    synced()
    assert "E60003" not in daemon.parked()


def test_a_batch_refused_without_details_is_halved_until_the_bad_one_is_alone(hr, lockt, daemon, synced):
    synced()
    with during(lockt, "fail_batch", id_num="E60007", text="Something is wrong with it."):
        hr.hire_many(50)
        synced(ignore={"E60007"})
        daemon.wait_said("E60007 is parked: .*Something is wrong")
    assert {"E60007"} == {person for person in daemon.parked() if person > "E60000"}
    assert daemon.request("retry", keys=["E60007"]).exit == 0
    synced()


def test_the_same_refusal_for_everybody_is_a_fault_of_the_service_and_parks_nobody(hr, lockt, daemon, synced):
    synced()
    parked = daemon.parked()
    with during(lockt, "fail_batch", text="The moon is in the wrong house."):
        hr.hire_many(12)
        daemon.wait_said("refuses every single record.*The moon")
        assert daemon.parked().keys() == parked.keys()
    synced()


def test_two_claim_one_card_and_who_holds_it_carries_on(hr, lockt, daemon, synced):
    """HR's table forbids it; a view over two tables does not."""
    synced()
    daemon.configure(hr={"people": daemon.config["hr"]["people"].replace(
        " badge_no,", " CASE employee_id WHEN 'E00002' THEN '10001' ELSE badge_no END AS badge_no,")})
    daemon.reload()
    daemon.wait_said("E00002 is parked: .*card")
    assert lockt.user("E00001")["card_num"] == "10001"
    assert opens(lockt, "E00001") and opens(lockt, "E00002")
    # The card that HR says he has no more is a revocation, which is never parked.
    daemon.wait(lambda: lockt.user("E00002")["card_num"] == "", "the old card of E00002 to be cleared")


def test_a_leaver_gives_his_card_and_address_to_whom_hr_gives_them_now(hr, lockt, daemon, synced):
    synced()
    with hr.transaction():
        hr.leave("E00001")
        hr.return_badge("E00001")
        hr.set_email("E00001", None)
        nina = hr.hire("Nina", "Neu", badge="10001", email="erika.mustermann@example.org")
    synced()
    assert lockt.user(nina)["card_num"] == "10001" and opens(lockt, "E00001") == set()


def test_who_has_an_invalid_address_keeps_his_access_and_can_be_mended(hr, lockt, daemon, synced):
    synced()
    with hr.transaction():
        hr.set_email("E00001", "nobody at example.org")
        hr.rename("E00001", family="Musterfrau")
    daemon.wait_said("E00001 is parked: .*Invalid email")
    assert opens(lockt, "E00001")
    hr.set_email("E00001", "erika@example.org")
    synced()
    assert lockt.user("E00001")["last_name"] == "Musterfrau" and "E00001" not in daemon.parked()


def test_a_level_that_lockt_lacks_changes_nobody(hr, lockt, daemon, synced, settled):
    synced()
    lockt.rename_level("Housekeeping", "Cleaning")
    daemon.resync()
    daemon.wait_said("Housekeeping")
    since = lockt.last_request()
    settled()
    assert lockt.writes(since) == [] and "Cleaning" in opens(lockt, "E00035")


def test_excluded_people_are_never_written(hr, lockt, daemon, synced):
    lockt.add_user(id_num="E00001", first_name="Erika", last_name="Mustermann", enabled=True,
                   accesslevels=["Cardholder"])
    before = lockt.user("E00001")
    daemon.configure(exclude={"id_num": ["E00001", "E0049*"]})
    synced(ignore={"E00001", *(f"E0049{n}" for n in range(10))})
    hr.leave("E00001")
    hr.hire("Nina", "Neu")
    synced(ignore={"E00001", *(f"E0049{n}" for n in range(10))})
    assert lockt.user("E00001") == before and lockt.user("E00491") is None

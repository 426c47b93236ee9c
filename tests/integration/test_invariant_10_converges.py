"""Invariant 10: from whatever state it started, Lockt is what HR wants once both sides are reachable and quiet."""

import random

import pytest

from support.truth import differences, opens
from support.writes import during


def test_a_building_that_has_users_already(hr, lockt, daemon, synced):
    """Some right, some wrong, some disabled by hand long ago, some of nobody's."""
    lockt.add_user(id_num="E00001", first_name="Erika", last_name="Mustermann", enabled=True, card_num="10001",
                   accesslevels=["Cardholder"], email="erika.mustermann@example.org")
    lockt.add_user(id_num="E00007", first_name="Paula", last_name="Jüngst", enabled=True, card_num="10007",
                   accesslevels=["Cardholder"], email="paula.juengst@example.org")
    lockt.add_user(id_num="E00009", first_name="Bruno", last_name="Zwischenfall", enabled=True, card_num="10009",
                   accesslevels=["Cardholder", "Server Room"], email="bruno.zwischenfall@example.org")
    stranger = lockt.add_user(id_num="V-17", first_name="Vera", last_name="Visitor", enabled=True,
                              accesslevels=["Cardholder"])
    # Levels that locktsync did not grant are kept, unless others: remove.
    daemon.configure(access_levels={"others": "remove"})
    synced(ignore={"V-17"})
    assert lockt.user("V-17") == stranger
    assert opens(lockt, "E00007") == opens(lockt, "E00009") == set(), "leavers of HR are shut out"


def test_drift_is_repaired_and_disabled_by_hand_stays(hr, lockt, daemon, synced, settled):
    synced()
    lockt.set_user("E00001", last_name="Müller", card_num="4711")
    lockt.set_user("E00002", accesslevels=[])
    lockt.set_user("E00005", enabled=False)
    daemon.resync()
    synced(ignore={"E00005"})
    assert opens(lockt, "E00005") == set()
    daemon.wait_said("E00005 was disabled in Lockt by hand")
    settled()
    assert opens(lockt, "E00005") == set()


def test_a_leaver_who_was_let_in_by_hand_is_shut_out_again(hr, lockt, daemon, synced):
    synced()
    hr.leave("E00001")
    synced()
    lockt.set_user("E00001", enabled=True, access_expires="", accesslevels=["Cardholder"])
    daemon.resync()
    synced()
    assert opens(lockt, "E00001") == set()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everything_goes_wrong_at_random_and_then_nothing_does(hr, lockt, daemon, synced, seed):
    dice = random.Random(seed)
    daemon.configure(safety={"max_revoked": "100%"}, lockt={"timeout": "1s"})
    synced()
    faults = [dict(action="status", status=503), dict(action="status", status=429, retry_after=1),
              dict(action="status", status=500, when="after"), dict(action="cut", when="before"),
              dict(action="cut", when="after"), dict(action="cut", when="after", reset=True),
              dict(action="cut_body", bytes=20), dict(action="html"), dict(action="garbage", bytes=300),
              dict(action="delay", after_ms=1300, method="POST"), dict(action="counts", method="POST", inserted=1),
              dict(action="list_broken", users=100), dict(action="list_short", users=50),
              dict(action="fail_batch", text="Unable to locate template.")]
    hired = []
    for _ in range(25):
        lockt.fault(times=dice.randint(1, 2), **dice.choice(faults))
        person = f"E{dice.randint(41, 500):05}"
        if dice.random() < 0.4:
            hired.append(hr.hire("Nina", "Neu", department=dice.choice(["Security", "Sales"])))
        elif dice.random() < 0.5:
            hr.suspend(dice.choice(hired or [person]))
        else:
            hr.rename(person, family=f"Anders{dice.randint(1, 99)}")
        if dice.random() < 0.2:
            daemon.wait_read() if dice.random() < 0.5 else daemon.resync()
    lockt.clear_faults()
    synced(timeout=90)
    assert differences(hr, lockt) == {}


def test_a_thousand_badges_are_issued_anew_in_a_circle(hr, lockt, daemon, synced):
    """Ruling 39: everybody gets the card of the next one."""
    people = sorted(person for person, row in hr.rows().items()
                    if row["status"] == "active" and row["badge_no"] and "E00040" < person < "E00241")
    daemon.configure(hr={"listen": None}, safety={"max_revoked": "100%"})
    synced()
    cards = {person: hr.badge(person) for person in people}
    with hr.transaction():
        hr.return_badge(*people)
        for person, following in zip(people, people[1:] + people[:1]):
            hr.set_badge(person, cards[following])
    synced()
    assert lockt.user(people[0])["card_num"] == cards[people[1]]


def test_an_outage_of_the_service_is_survived(hr, lockt, daemon, synced):
    synced()
    with during(lockt, "status", status=503):
        nina = hr.hire("Nina", "Neu")
        hr.leave("E00001")
        hr.move("E00037", department="Sales", job_title="Account Manager")
        daemon.wait_said("Lockt does not answer")
        assert len(daemon.said("Lockt does not answer")) == 1, "a condition is said once"
    synced()
    assert daemon.wait_said("Lockt answers again")
    assert opens(lockt, nina) and not opens(lockt, "E00001")


def test_the_service_is_gone_and_comes_back(hr, lockt, daemon, synced, tmp_path):
    synced()
    users = lockt.users()
    lockt.kill()
    hr.leave("E00001")
    daemon.wait_said("Lockt does not answer")
    lockt._listen = f"127.0.0.1:{lockt.port}"
    lockt.start()
    lockt.add_users([{**user, "accesslevels": [level["name"] for level in user["accesslevels"]]} for user in users])
    synced()

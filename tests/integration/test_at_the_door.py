"""The only question that matters: HR changes, and does the door open? Cards are shown at the doors of lockt-sim."""

import datetime

import pytest

from support.truth import UTC, midnight

DOORS = {"Entrance": ["Cardholder"], "Guard Room": ["Security"], "Safe": ["Administration"],
         "Linen Room": ["Housekeeping"]}
EVERYWHERE = set(DOORS)
LATER = datetime.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def doors(lockt):
    for name, levels in DOORS.items():
        lockt.add_door(name, levels=levels)
    for name in ("Office Door", "Front Door"):
        lockt.delete_door(name)


def card_of(lockt, person):
    return lockt.user(person)["card_num"]


def test_hired_moved_and_gone(hr, lockt, daemon, synced):
    synced()
    nina = hr.hire("Nina", "Neu", department="Security", site="HQ", job_title="Security Officer")
    synced()
    card = card_of(lockt, nina)
    assert lockt.opens(card) == {"Entrance", "Guard Room", "Safe"}
    assert lockt.knock(card, "Guard Room")

    hr.move(nina, department="Facilities", job_title="Housekeeper")
    synced()
    assert lockt.opens(card) == {"Entrance", "Linen Room"}
    assert not lockt.knock(card, "Guard Room")

    hr.leave(nina)
    synced()
    assert lockt.opens(card) == set()
    assert lockt.show(card, "Entrance")["reason"] == "User Disabled"
    assert lockt.opens(card, datetime.datetime(2040, 1, 1, tzinfo=UTC)) == set()


def test_a_lost_badge_opens_nothing_and_the_new_one_does(hr, lockt, daemon, synced):
    synced()
    nina = hr.hire("Nina", "Neu", badge="00700700")
    synced()
    assert lockt.opens("00700700") == {"Entrance"}
    hr.set_badge(nina, "00700701")
    synced()
    assert (lockt.opens("00700700"), lockt.opens("00700701")) == (set(), {"Entrance"})


def test_two_who_swap_their_badges_swap_their_doors(hr, lockt, daemon, synced):
    guard = hr.hire("Gerd", "Guard", department="Security", job_title="Security Officer", badge="00700700")
    nina = hr.hire("Nina", "Neu", badge="00700701")
    synced()
    assert "Safe" in lockt.opens("00700700") and "Safe" not in lockt.opens("00700701")
    hr.swap_badges(guard, nina)
    synced()
    assert "Safe" not in lockt.opens("00700700") and "Safe" in lockt.opens("00700701")


def test_doors_open_at_the_first_instant_of_the_first_day_and_shut_after_the_last(hr, lockt, daemon, synced):
    first = hr.today() + datetime.timedelta(days=10)
    last = first + datetime.timedelta(days=30)
    hr.hire("Sven", "Starter", hired_on=first, leaves_on=last, badge="00700700")
    synced()
    begin = midnight(first, "Europe/Berlin")
    end = midnight(last + datetime.timedelta(days=1), "Europe/Berlin")
    asked = {begin - LATER: set(), begin: {"Entrance"}, end - LATER: {"Entrance"}, end: set()}
    assert {at: lockt.opens("00700700", at) for at in asked} == asked


@pytest.mark.parametrize("fault", [
    {"action": "status", "status": 503, "times": 2},
    {"action": "cut", "when": "after", "times": 2},
    {"action": "status", "status": 500, "when": "after", "times": 2},
    {"action": "ignore", "times": 1},
], ids=["refused", "no answer", "done and an error", "counted and not done"])
def test_a_leaver_opens_nothing_whatever_the_service_does_on_the_way(hr, lockt, daemon, synced, fault):
    nina = hr.hire("Nina", "Neu", badge="00700700")
    synced()
    assert lockt.knock("00700700", "Entrance")
    lockt.fault(method="POST", path="/user", **fault)
    hr.leave(nina)
    synced()
    assert lockt.opens("00700700") == set()

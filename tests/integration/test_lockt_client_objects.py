"""lib/lockt against lockt-sim: fobs, and what is pending release. Other reads go through the daemon: test_get.py."""

import pytest

from support.sim import LocktSim
from test_lockt_client import Told, record, run_probe


@pytest.fixture
def sim():
    with LocktSim() as simulator:
        yield simulator


@pytest.fixture
def ask(sim):
    def of_simulator(*arguments):
        return Told(run_probe(sim.url, *arguments, options=["--apiuser", sim.apiuser, "--apikey", sim.apikey]))

    return of_simulator


def test_a_fob_is_created_found_assigned_and_expired(sim, ask):
    holder = sim.add_user(id_num="H1", first_name="Hanna", last_name="Holder")
    created = ask("fob", "Fob 1", "F1", "0559")
    assert (created.verdict, created.submitted, created.inserted) == ("ok", 1, 1)
    [fob] = ask("fobs").lines
    assert (fob["name"], fob["id_num"], fob["card_num"]) == ("Fob 1", "F1", "0559")     # ruling 5: zeros stay

    assigned = ask("assign", fob["id"], holder["id"], "2032-06-10 08:00:00")
    assert (assigned.verdict, assigned.submitted) == ("ok", 1)
    assert sim.fob("F1")["user_id"] == holder["id"]
    assert ask("fobs").lines[0]["access_expires"] == "2032-06-10T08:00:00Z"

    expired = ask("assign", fob["id"], holder["id"], "2022-06-10 08:00:00")             # ruling 25
    assert expired.verdict == "ok"
    assert ask("fobs").lines[0]["access_expires"] == "2022-06-10T08:00:00Z"


def test_assignments_may_be_counted_as_updates(sim, ask):  # ruling 37
    holder = sim.add_user(id_num="H1", first_name="Hanna", last_name="Holder")
    fob = sim.add_user(name="Fob 1", id_num="F1", card_num="5599")
    sim.settings(fob_put_counts="updated")
    assert ask("assign", fob["id"], holder["id"], "2032-06-10 08:00:00").verdict == "ok"


def test_a_fob_with_a_card_that_is_taken_is_refused_by_name(sim, ask):
    sim.add_user(id_num="H1", first_name="Hanna", last_name="Holder", card_num="5599")
    told = ask("fob", "Fob 1", "F1", "5599")
    assert [failure["index"] for failure in told.failures] == [0]
    assert sim.fobs() == []


def test_a_creation_whose_answer_was_lost_is_unknown(sim, ask):  # ruling 14
    sim.fault("cut", path="/fob", method="POST", when="after", times=1)
    assert ask("fob", "Fob 1", "F1", "5599").verdict == "unknown"
    assert len(sim.requests(method="POST", path="/fob")) == 1   # ruling 35: and was not sent again
    assert len(sim.fobs()) == 1


def test_fobs_stand_among_the_users_and_are_marked(sim, ask):  # ruling 32
    sim.add_user(name="Fob 1", id_num="F1", card_num="5599")
    told = ask("list")
    assert (told.users, told.fobs) == (1, 1)


def test_validation_says_what_would_fail_and_does_nothing(sim, ask):  # ruling 28
    good = record(id_num="V1", first_name="Vera", last_name="Valid")
    bad = record(id_num="V2", first_name="Wim", last_name="Wrong", card_num="A8914")
    assert ask("validate", *good).verdict == "not-released"
    sim.settings(pending_release=True)
    assert ask("validate", *good).verdict == "ok"
    told = ask("validate", *good, ",", *bad)
    assert [failure["index"] for failure in told.failures] == [1]
    assert sim.users() == []


def test_a_credential_is_reissued_where_that_is_released(sim, ask):  # ruling 28
    sim.add_user(id_num="H1", first_name="Hanna", last_name="Holder", card_num="5599")
    [before] = sim.credentials()
    body = '{"credentials":[{"id":%d}]}' % before["id"]
    told = ask("reissue", body)
    assert told.verdict == "not-released" and "POST /credential is not released" in told.message
    sim.settings(pending_release=True)
    assert ask("reissue", body).verdict == "ok"
    assert sim.credentials()[0]["credential_key"] != before["credential_key"]

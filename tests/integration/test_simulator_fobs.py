"""lockt-sim and fobs: records among the users that are made, assigned and expired by calls of their own."""

import http.client

import pytest

from support.api_samples import looks_like, sample
from support.sim import LocktSim

FOB = {"name": "Fob 1", "id_num": "F1", "card_num": "10000", "access_effective": "2022-05-05 05:00:00",
       "access_expires": ""}


def person(id_num, **properties):
    return {"id_num": id_num, "last_name": f"Last {id_num}", **properties}


def counts(answer):
    assert answer.status == 200, answer.raw
    return tuple(answer.data[key] for key in ("submitted", "inserted", "updated", "errors"))


def complaints(answer):
    assert answer.status == 400, answer.raw
    return [sentence for error in answer.json["errors"] for sentence in error["error"]]


@pytest.fixture
def sim():
    with LocktSim() as simulator:
        yield simulator


def put(sim, *fobs):
    return sim.post_fobs(*fobs, method="PUT")


# The samples


@pytest.mark.parametrize("name", ["fob-post-request", "fob-post-request-without-times"])
def test_documented_creations_are_taken_and_answered_as_documented(sim, name):
    answer = sim.api("POST", "/fob", sample(name))
    assert answer.json == sample("fob-post-answer")
    assert looks_like(sim.api("GET", "/fob").json, sample("user-list-answer"))
    assert sim.fob("ABC123")["card_num"] == "5599"


@pytest.mark.parametrize("name", ["fob-put-request", "fob-put-request-without-times"])
def test_documented_assignments_are_taken_and_answered_as_documented(sim, name):
    request = sample(name)
    [change] = request["fobs"]
    sim.add_user(id=int(change["id"]), id_num="F1", name="Fob 1", card_num="10000", enabled=False)
    sim.add_user(id=int(change["user_id"]), id_num="1", last_name="Baker")
    assert sim.api("PUT", "/fob", request).json == sample("fob-put-answer")     # ruling 37: inserted, says the sample
    assert sim.fob("F1")["user_id"] == int(change["user_id"])


def test_ruling_32_fobs_stand_among_the_users_as_documented(sim):
    sim.post_fobs(FOB)
    [fob] = sim.api("GET", "/user").data
    assert looks_like([fob], sample("user-list-answer")["data"])
    assert sim.api("GET", "/user", query={"id": fob["id"]}).data == [fob] == sim.fobs()


# Creating


def test_a_new_fob_is_nobodys_and_not_enabled(sim):
    assert counts(sim.post_fobs(FOB)) == (1, 1, 0, 0)
    [fob] = sim.fobs()
    assert (fob["name"], fob["id_num"], fob["card_num"], fob["enabled"]) == ("Fob 1", "F1", "10000", False)
    assert (fob["access_effective"], fob["access_expires"]) == ("2022-05-05T05:00:00.000Z", "")
    assert "user_id" not in sim.fob("F1")


def test_people_are_no_fobs(sim):
    sim.post(person("1"))
    assert sim.fobs() == []


def test_card_numbers_are_unique_over_users_and_fobs(sim):
    sim.post(person("1", card_num="10000"))
    assert complaints(sim.post_fobs(FOB)) == ["Card Number Already Exists: 10000"]
    sim.post_fobs({**FOB, "card_num": "10001"})
    assert complaints(sim.post(person("2", card_num="10001"))) == ["Card Number Already Exists: 10001"]


def test_the_numbers_of_fobs_and_people_are_one_set(sim):
    sim.post(person("F1"))
    assert complaints(sim.post_fobs(FOB)) == ["ID Number Already Exists: F1"]
    sim.post_fobs({**FOB, "id_num": "F2"})
    assert complaints(sim.post(person("F2"), update_existing=True)) == ["ID Number Already Exists: F2"]
    assert sim.fob("F2")["name"] == "Fob 1"


def test_ruling_14_a_creation_that_is_sent_twice_is_refused_or_makes_a_twin(sim):
    sim.post_fobs(FOB)
    assert complaints(sim.post_fobs(FOB)) == ["ID Number Already Exists: F1", "Card Number Already Exists: 10000"]
    sim.settings(fob_twins=True)
    assert counts(sim.post_fobs(FOB)) == (1, 1, 0, 0)
    assert [fob["id_num"] for fob in sim.fobs()] == ["F1", "F1"]


@pytest.mark.parametrize("change, complaint", [
    ({"card_num": "A1"}, "Non-Numeric card_num found: A1"),
    ({"card_num": ""}, "No card_num found."),
    ({"name": ""}, "No name found."),
    ({"access_expires": "soon"}, "Invalid access_expires found: soon"),
    ({"enabled": "true"}, "Unknown property found: enabled"),
    ({"user_id": "7"}, "Unknown property found: user_id"),
    ({"accesslevels": []}, "Unknown property found: accesslevels"),
])
def test_what_is_wrong_with_a_new_fob_is_said(sim, change, complaint):
    answer = sim.post_fobs({**FOB, **change})
    assert complaints(answer) == [complaint]
    assert answer.json["errors"][0]["input_data"] == {**FOB, **change}
    assert sim.fobs() == []


def test_one_wrong_fob_fails_the_batch_unless_set_otherwise(sim):
    wrong = {**FOB, "id_num": "F2", "card_num": "x"}
    assert sim.post_fobs(FOB, wrong).status == 400 and sim.fobs() == []
    sim.settings(fob_fails_batch=False, partial_shape="counts")
    assert sim.post_fobs(FOB, wrong).data == {"submitted": 2, "inserted": 1, "updated": 0, "errors": 1}
    assert [fob["id_num"] for fob in sim.fobs()] == ["F1"]


def test_options_are_not_documented_for_fobs(sim):
    answer = sim.api("POST", "/fob", {"fobs": [FOB], "options": {"validate_fails_batch": "false"}})
    assert (answer.status, answer.error) == (400, "Invalid option found: options")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_ruling_26_the_limit_of_a_batch_is_that_of_all_writes(sim, method):
    answer = sim.post_fobs(*[{**FOB, "id_num": str(i), "card_num": i} for i in range(101)], method=method)
    assert (answer.status, answer.error) == (400, "Batch size exceeds maximum of 100 objects.")


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("body", ["", "{", "[]", '{"users":[{}]}', '{"fobs":[]}', '{"fobs":{}}'])
def test_a_body_that_is_no_batch_of_fobs(sim, method, body):
    answer = sim.api(method, "/fob", body)
    assert (answer.status, answer.error) == (
        400, "No data found or invalid JSON objects supplied. Could not parse input.")


# Assigning


@pytest.fixture
def handed_out(sim):
    """A fob in the hands of 1; 2 has none."""
    sim.post(person("1", card_num="1"), person("2", card_num="2"))
    sim.post_fobs(FOB)
    put(sim, {"id": sim.fob("F1")["id"], "user_id": sim.user("1")["id"]})
    return sim


def test_assigning_enables_and_reassigning_moves(handed_out):
    fob, first, second = handed_out.fob("F1"), handed_out.user("1"), handed_out.user("2")
    assert (fob["user_id"], fob["enabled"]) == (first["id"], True)
    put(handed_out, {"id": fob["id"], "user_id": str(second["id"])})
    assert handed_out.fob("F1")["user_id"] == second["id"]
    assert "user_id" not in handed_out.fobs()[0], "ruling 24: GET /fob does not tell"


def test_new_dates_leave_the_holder_and_the_switch_alone(handed_out):
    fob = handed_out.fob("F1")
    handed_out.set_user("F1", enabled=False)
    assert counts(put(handed_out, {"id": fob["id"], "access_expires": "2022-06-10 08:00:00"})) == (1, 1, 0, 0)
    assert handed_out.fob("F1") == {**fob, "enabled": False, "access_expires": "2022-06-10T08:00:00.000Z"}


def test_ruling_31_dates_that_are_absent_or_empty(handed_out):
    fob = handed_out.fob("F1")
    put(handed_out, {"id": fob["id"], "user_id": fob["user_id"], "access_effective": ""})
    assert handed_out.fob("F1")["access_effective"] == ""
    handed_out.set_user("F1", access_effective="2022-01-01 00:00:00")
    handed_out.settings(empty="keep")
    put(handed_out, {"id": fob["id"], "access_effective": ""})
    assert handed_out.fob("F1")["access_effective"] == "2022-01-01T00:00:00.000Z"
    handed_out.settings(absent="clear")
    put(handed_out, {"id": fob["id"]})
    assert (handed_out.fob("F1")["access_effective"], handed_out.fob("F1")["user_id"]) == ("", fob["user_id"])


def test_ruling_37_assignments_can_be_counted_as_updates(handed_out):
    handed_out.settings(fob_put_counts="updated")
    assert counts(put(handed_out, {"id": handed_out.fob("F1")["id"]})) == (1, 0, 1, 0)


def test_what_is_wrong_with_an_assignment_is_said(handed_out):
    fob, holder = handed_out.fob("F1"), handed_out.user("1")
    assert complaints(put(handed_out, {"id": holder["id"], "user_id": holder["id"]})) == [
        f"Invalid id found: {holder['id']}"]
    assert complaints(put(handed_out, {"user_id": holder["id"]})) == ["Invalid id found: 0"]
    assert complaints(put(handed_out, {"id": fob["id"], "user_id": 7})) == ["Invalid user_id found: 7"]
    assert complaints(put(handed_out, {"id": fob["id"], "user_id": fob["id"]})) == [
        f"Invalid user_id found: {fob['id']}"]
    assert complaints(put(handed_out, {"id": fob["id"], "user_id": ""})) == ["Invalid user_id found: "]
    assert complaints(put(handed_out, {"id": fob["id"], "card_num": "7"})) == ["Unknown property found: card_num"]
    assert handed_out.fob("F1") == fob


def test_the_holder_is_seen_and_set_by_hand(handed_out):
    handed_out.set_user("F1", user_id=handed_out.user("2")["id"])
    assert handed_out.fob("F1")["user_id"] == handed_out.user("2")["id"]


# Faults and the log


def test_faults_of_records_are_there_for_fobs(handed_out):
    fob = handed_out.fob("F1")
    handed_out.fault("refuse", path="/fob", id_num="F1", text="Not this one.")
    assert complaints(put(handed_out, {"id": fob["id"]})) == ["Not this one."]
    handed_out.clear_faults()
    handed_out.fault("ignore", path="/fob", id_num="F1")
    assert counts(put(handed_out, {"id": fob["id"], "access_expires": "2022-06-10 08:00:00"})) == (1, 1, 0, 0)
    assert handed_out.fob("F1")["access_expires"] == ""
    handed_out.clear_faults()
    handed_out.fault("alter", path="/fob", property="access_expires", how="shift", seconds=-60)
    put(handed_out, {"id": fob["id"], "access_expires": "2022-06-10 08:00:00"})
    assert handed_out.fob("F1")["access_expires"] == "2022-06-10T07:59:00.000Z"


def test_a_creation_can_be_done_without_an_answer(sim):
    sim.fault("status", path="/fob", method="POST", status=500, when="after", times=1)
    assert sim.post_fobs(FOB).status == 500
    assert len(sim.fobs()) == 1


def test_faults_of_lists_are_there_for_fobs(sim):
    sim.post_fobs(*[{**FOB, "id_num": f"F{i}", "card_num": i} for i in range(3)])
    sim.fault("hide", path="/fob", id_num="F1")
    assert [fob["id_num"] for fob in sim.fobs()] == ["F0", "F2"]
    sim.clear_faults()
    sim.fault("list_short", path="/fob", users=1)
    sim.fault("change", path="/fob", id_num="F0", set={"enabled": None})
    assert [(fob["id_num"], fob["enabled"]) for fob in sim.fobs()] == [("F0", None)]


def test_a_promised_length_is_that_of_the_list(sim):
    sim.post_fobs(FOB)
    whole = sim.api("GET", "/fob").raw
    sim.fault("cut_body", path="/fob", bytes=1)
    with pytest.raises(http.client.IncompleteRead) as caught:
        sim.api("GET", "/fob")
    assert (len(caught.value.partial), caught.value.expected) == (1, len(whole) - 1)


def test_writes_of_fobs_are_writes(sim):
    sim.post_fobs(FOB)
    put(sim, {"id": sim.fob("F1")["id"]})
    made, assigned = sim.writes()
    assert (made["method"], made["path"], made["records"], made["body"]) == ("POST", "/api/v1/fob", 1, {"fobs": [FOB]})
    assert (assigned["method"], assigned["path"], assigned["records"]) == ("PUT", "/api/v1/fob", 1)
    assert sim.counters()["writes"] == 2

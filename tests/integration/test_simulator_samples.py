"""lockt-sim and the documented samples: each one is sent to it, or compared with what it sends. Those of users are
here, the others in the file of their group."""

import pathlib

import pytest

from support.api_samples import looks_like, names, sample
from support.sim import LocktSim

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture
def sim():
    with LocktSim() as simulator:
        simulator.add_level("One", 123)
        simulator.add_level("Two", 789)
        yield simulator


def test_every_sample_is_used():
    text = "".join(path.read_text() for path in HERE.glob("test_simulator_*.py"))
    assert [name for name in names() if f'"{name}"' not in text] == []


def test_what_looks_like_a_sample_and_what_does_not():
    form = {"data": [{"id": 1, "name": ""}, {"id": 1, "user": [{"id": 1}]}]}
    assert looks_like({"data": []}, form)
    assert looks_like({"data": [{"id": 7, "user": []}, {"id": 8, "name": "x"}]}, form)
    for other in ({"data": [{"name": "x", "id": 8}]}, {"data": [{"id": "8", "name": "x"}]}, {"data": [{"id": 8}]},
                  {"data": {}}, {}, {"data": [{"id": 7, "user": [{"id": "7"}]}]}, {"data": [{"id": True, "name": ""}]}):
        assert not looks_like(other, form), other


@pytest.mark.parametrize("query, name", [("id", "user-by-id-answer"), ("idnum", "user-by-idnum-answer")])
def test_single_users_look_as_documented(sim, query, name):
    [documented] = sample(name)["data"]
    made = sim.add_user(**documented)
    value = {"id": made["id"], "idnum": made["id_num"]}[query]
    answer = sim.api("GET", "/user", query={query: value})
    assert answer.json == {"data": [{**documented, "accesslevels": []}]}
    sim.fault("omit", property="accesslevels", query=query)     # ruling 21: the samples have none
    answer = sim.api("GET", "/user", query={query: value})
    assert answer.json == sample(name) and looks_like(answer.json, sample(name))


def test_the_documented_batch_of_users(sim):
    # One card for two people, in the document as well.
    answer = sim.api("POST", "/user", sample("user-post-request"))
    assert (answer.status, answer.json["errors"][0]["error"]) == (200, ["Card Number Already Exists: 8769"])
    [user] = sim.users()
    assert (user["id_num"], user["enabled"], sim.level_names("ABC123")) == ("ABC123", True, ["One", "Two"])


def test_the_documented_batch_of_users_without_levels(sim):
    request = sample("user-post-request-without-levels")
    assert sim.api("POST", "/user", request).data == {"submitted": 2, "inserted": 2, "updated": 0, "errors": 0}
    assert sim.api("POST", "/user", request).data == {"submitted": 2, "inserted": 0, "updated": 2, "errors": 0}


def test_the_documented_answer_to_an_update_of_one(sim):
    request = sample("user-post-request-without-levels")
    request["users"] = request["users"][:1]
    sim.api("POST", "/user", request)
    assert sim.api("POST", "/user", request).json == sample("user-post-answer")


def test_the_documented_refusal_of_a_user(sim):
    documented = sample("user-post-refusal")
    record = {key: value for key, value in documented["input_data"].items() if key != "id"}
    answer = sim.api("POST", "/user", {"users": [{**record, "enabled": "false"}]})
    assert (answer.status, answer.json["errors"]) == (400, [documented])
    assert list(answer.json["errors"][0]["input_data"]) == list(documented["input_data"])


def test_the_documented_error(sim):
    assert sim.api("GET", "/nothing").json == sample("error-answer")

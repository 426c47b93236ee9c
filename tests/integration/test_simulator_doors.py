"""lockt-sim: doors, their batteries, the schedules, and the access levels that tie them together."""

import pytest

from support.api_samples import looks_like, sample
from support.sim import LocktSim


@pytest.fixture
def sim():
    with LocktSim() as simulator:
        yield simulator


def names(records):
    return [record["name"] for record in records]


def post_doors(sim, *doors, **options):
    return sim.api("POST", "/door", {"doors": list(doors), **({"options": options} if options else {})})


# The samples


@pytest.mark.parametrize("path, name", [("/door", "door-answer"), ("/doorstate", "doorstate-answer"),
                                        ("/schedule", "schedule-answer"), ("/accesslevel", "accesslevel-answer")])
def test_lists_look_as_documented(sim, path, name):
    answer = sim.api("GET", path)
    assert answer.status == 200 and answer.data
    assert looks_like(answer.json, sample(name))


def test_documented_doors_schedules_and_levels_can_be_held(sim):
    for door in sample("door-answer")["data"]:
        sim.add_door(**door)
    assert [door for door in sample("door-answer")["data"] if door not in sim.api("GET", "/door").data] == []
    for state in sample("doorstate-answer")["data"]:
        sim.add_door(**state)
    states = sim.api("GET", "/doorstate").data
    assert [state for state in sample("doorstate-answer")["data"] if state not in states] == []
    assert sim.api("GET", "/schedule").json == sample("schedule-answer")
    assert sim.api("GET", "/accesslevel").json == sample("accesslevel-answer")


def test_the_documented_creation_of_doors(sim):
    answer = sim.api("POST", "/door", sample("door-post-request"))
    assert looks_like(answer.json, sample("door-post-answer"))
    assert answer.data == {"submitted": 2, "inserted": 2, "updated": 0, "errors": 0}
    assert names(sim.api("GET", "/door").data)[-2:] == ["Door 1", "Door 2"]
    assert looks_like(sim.api("GET", "/door").json, sample("door-answer"))


def test_a_name_that_is_taken_is_refused_as_documented(sim):
    sim.add_door("Door 1")
    answer = post_doors(sim, {"name": "Door 1"})
    assert (answer.status, answer.json) == (400, sample("door-post-refusal"))


# Doors


def test_one_wrong_door_fails_the_batch_unless_asked_otherwise(sim):
    sim.add_door("Door 1")
    assert post_doors(sim, {"name": "Door 1"}, {"name": "Door 2"}).status == 400
    assert "Door 2" not in names(sim.doors())
    answer = post_doors(sim, {"name": "Door 1"}, {"name": "Door 2"}, validate_fails_batch="false")
    assert [error["input_data"] for error in answer.json["errors"]] == [{"name": "Door 1"}]
    assert "Door 2" in names(sim.doors())


def test_a_door_that_is_named_twice_in_one_batch_is_refused_the_second_time(sim):
    answer = post_doors(sim, {"name": "Door 1"}, {"name": "Door 1"}, validate_fails_batch="false")
    assert answer.json["errors"][0]["error"] == ["Door Name Already Exists: Door 1"]
    assert names(sim.doors()).count("Door 1") == 1


@pytest.mark.parametrize("door, complaint", [
    ({}, "No name found."), ({"name": ""}, "No name found."), ({"name": 7}, "No name found."),
    ({"name": "x" * 256}, "Value of name exceeds maximum of 255 bytes."),
    ({"name": "Door 1", "location": "Hall"}, "Unknown property found: location"),
    ("Door 1", "Invalid door object found: Door 1"), (None, "Invalid door object found: null"),
])
def test_what_is_wrong_with_a_door_is_said(sim, door, complaint):
    answer = post_doors(sim, door)
    assert answer.status == 400
    assert answer.json["errors"][0] == {"error": [complaint], "input_data": door}


def test_options_of_users_are_none_of_doors(sim):
    answer = post_doors(sim, {"name": "Door 1"}, update_existing="true")
    assert (answer.status, answer.error) == (400, "Invalid option found: update_existing")


def test_a_hundred_doors_are_the_limit(sim):
    assert post_doors(sim, *[{"name": str(i)} for i in range(101)]).error == (
        "Batch size exceeds maximum of 100 objects.")
    assert post_doors(sim, *[{"name": str(i)} for i in range(100)]).data["inserted"] == 100


def test_doors_are_changed_by_hand(sim):
    made = sim.add_door("Lab", levels=["Cardholder", 208], battery_level=0.07, location="Annex")
    assert sim.set_door("Lab", enabled=False, controller="B", clock_skew=-90) == {
        **made, "enabled": False, "controller": "B", "clock_skew": -90}
    assert {"id": made["id"], "name": "Lab", "battery_level": 0.07} in sim.api("GET", "/doorstate").data
    sim.set_door("Lab", battery_level=None, name="Laboratory")
    assert {"id": made["id"], "name": "Laboratory"} in sim.api("GET", "/doorstate").data
    assert [level["name"] for level in sim.levels() if "Laboratory" in names(level.get("doors", []))] == [
        "Security", "Cardholder"]
    assert sim.delete_door("Laboratory") == 1
    assert all("Laboratory" not in names(level.get("doors", [])) for level in sim.levels())


@pytest.mark.parametrize("properties", [
    {}, {"name": ""}, {"name": "x", "battery_level": 1.5}, {"name": "x", "nothing": 1},
    {"name": "x", "levels": ["Nowhere"]}, {"name": "x", "enabled": "perhaps"}, {"name": "x", "id": 0},
    {"name": "x", "clock_skew": "late"},
])
def test_a_mistake_makes_no_door(sim, properties):
    before = sim.doors()
    assert sim.request("POST", "/_sim/doors", {"doors": [{"name": "First"}, properties]}).status == 400
    assert sim.doors() == before


# Schedules and levels


def test_schedules_are_changed_by_hand(sim):
    made = sim.add_schedule("Nights", days=(4, 5), start="22:00:00", stop="05:59:59")
    assert made == {"id": 1501, "name": "Nights", "d0": 0, "d1": 0, "d2": 0, "d3": 0, "d4": 1, "d5": 1, "d6": 0,
                    "start": "22:00:00", "stop": "05:59:59"}
    assert sim.set_schedule("Nights", d6=1, d4=0, name="Week-end nights")["d6"] == 1
    assert sim.api("GET", "/schedule").data == sim.schedules()
    assert sim.delete_schedule("Week-end nights") == 1
    assert len(sim.schedules()) == 2


@pytest.mark.parametrize("properties", [{}, {"name": "x", "start": "8:00"}, {"name": "x", "stop": "24:00:00"},
                                        {"name": "x", "d7": 1}, {"name": "x", "d0": 2}])
def test_a_mistake_makes_no_schedule(sim, properties):
    assert sim.request("POST", "/_sim/schedules", properties).status == 400
    assert len(sim.schedules()) == 2


def test_levels_get_doors_and_a_schedule_by_hand(sim):
    sim.add_door("Lab", id=77)
    assert sim.set_level("Cardholder", doors=["Front Door", 77], schedule="Weekend Cleaners") == {
        "id": 512, "name": "Cardholder", "doors": [{"id": 77, "name": "Lab"}, {"id": 1087, "name": "Front Door"}],
        "schedule": 1404}
    assert "schedule" not in sim.api("GET", "/accesslevel").data[2], "the API does not tell"
    assert sim.set_level("Cardholder", schedule=None, doors=[]) == {"id": 512, "name": "Cardholder"}
    assert sim.add_level("Lab", doors=[77], schedule=543)["schedule"] == 543
    sim.delete_schedule("0800-1700 M-F")
    assert "schedule" not in sim.levels()[-1]


@pytest.mark.parametrize("change", [{"doors": ["Nowhere"]}, {"doors": 7}, {"schedule": "Never"}, {"schedule": 7}])
def test_a_mistake_changes_no_level(sim, change):
    before = sim.levels()
    assert sim.request("PATCH", "/_sim/levels?name=Security", {"name": "Guards", **change}).status == 400
    assert sim.levels() == before
    assert sim.api("GET", "/accesslevel").json == sample("accesslevel-answer")


# Faults


@pytest.mark.parametrize("path", ["/door", "/doorstate", "/accesslevel", "/schedule"])
def test_faults_and_the_log_are_there_for_every_list(sim, path):
    whole = sim.api("GET", path)
    sim.fault("list_short", path=path, users=1)
    assert sim.api("GET", path).data == whole.data[:1]
    sim.clear_faults()
    sim.fault("change", path=path, id_num=whole.data[0]["name"], set={"name": "Other"})
    assert names(sim.api("GET", path).data) == ["Other", *names(whole.data[1:])]
    sim.clear_faults()
    sim.fault("status", path=path, status=503, times=1)
    assert sim.api("GET", path).status == 503
    assert [request["status"] for request in sim.requests(path=path)] == [200, 200, 200, 503]
    assert sim.api("GET", path, query={"id": 1}).error == "Unknown argument found: id"


def test_faults_of_writes_are_there_for_doors(sim):
    sim.fault("refuse", path="/door", id_num="Door 1", text="Not this one.")
    assert post_doors(sim, {"name": "Door 1"}).json["errors"][0]["error"] == ["Not this one."]
    sim.clear_faults()
    sim.fault("ignore", path="/door")
    sim.fault("counts", path="/door", updated=1)
    assert post_doors(sim, {"name": "Door 1"}).json == sample("door-post-answer")
    assert "Door 1" not in names(sim.doors())

"""The administration of lockt-sim: what somebody does in Lockt by hand, and what tests ask."""

import json
import pathlib
import re
import socket
import subprocess

import pytest

from support.sim import LocktSim, binary

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "packaging/man/lockt-sim.1"


def person(id_num, **properties):
    return {"id_num": id_num, "last_name": f"Last {id_num}", **properties}


@pytest.fixture
def sim():
    with LocktSim() as simulator:
        yield simulator


def test_users_are_made_changed_and_deleted_by_hand(sim):
    user = sim.add_user(id_num="1", last_name="Peters", accesslevels=["Security", 512], pin="0986", enabled=False,
                        access_effective="2022-01-24 00:00:00", access_expires="2030-01-01T00:00:00.000Z")
    assert user["pin"] == "0986" and not user["enabled"]
    assert sim.level_names("1") == ["Cardholder", "Security"]
    assert user == sim.user("1") == sim.user_by_id(user["id"])
    changed = sim.set_user("1", enabled=True, accesslevels=[], id_num="2")
    assert changed == {**user, "enabled": True, "accesslevels": [], "id_num": "2"}
    assert sim.user("1") is None
    assert sim.delete_user("2") == 1 and sim.users() == []


def test_a_fob_is_a_user_with_a_name(sim):
    sim.add_user(name="Fob 1", card_num="10000", enabled=False)
    [fob] = sim.api("GET", "/user").data
    assert list(fob) == ["id", "id_num", "name", "card_num", "credential_key", "enabled", "access_effective",
                         "access_expires", "accesslevels"]


def test_by_hand_nothing_is_unique(sim):
    sim.add_users([person("1", email="a@example.org", card_num="x"), person("1", email="a@example.org", card_num="x")])
    assert len(sim.request("GET", "/_sim/users?id_num=1").json["users"]) == 2
    assert sim.delete_user("1") == 2


def test_a_mistake_changes_nothing(sim):
    answer = sim.request("POST", "/_sim/users", {"users": [person("1"), person("2", accesslevels=["Nowhere"])]})
    assert (answer.status, answer.error) == (400, ["Invalid access level found: Nowhere"])
    assert sim.users() == []
    assert sim.request("PATCH", "/_sim/users?id_num=1", {"phone": "1"}).status == 404
    assert sim.request("PATCH", "/_sim/users", {"phone": "1"}).status == 400
    assert sim.request("POST", "/_sim/users", "nonsense").status == 400
    assert sim.request("GET", "/_sim/nothing").status == 404
    assert sim.request("PUT", "/_sim/users", {}).status == 405


def test_levels_are_added_renamed_doubled_and_deleted(sim):
    lab = sim.add_level("Lab", 700)
    sim.post(person("1", accesslevels=[{"id": 700}, {"id": 512}]))
    assert lab == {"id": 700, "name": "Lab"}
    sim.rename_level("Lab", "Laboratory")
    assert sim.api("GET", "/user").data[0]["accesslevels"][0] == {"id": 700, "name": "Laboratory"}
    sim.add_level("Cardholder")
    assert [level["name"] for level in sim.api("GET", "/accesslevel").data].count("Cardholder") == 2
    sim.delete_level("Laboratory")
    assert sim.level_names("1") == ["Cardholder"]
    assert sim.post(person("2", accesslevels=[{"id": 700}])).status == 400
    assert sim.request("POST", "/_sim/levels", {"id": 512, "name": "x"}).status == 409
    assert sim.request("DELETE", "/_sim/levels?name=nothing").status == 404


def test_requests_are_remembered_with_their_bodies(sim):
    sim.post(person("1"), person("2"), update_existing=False)
    last = sim.last_request()
    sim.api("GET", "/user", query={"idnum": "1"})
    sim.api("POST", "/user", "{nonsense")
    read, wrong = sim.requests(since=last)
    [written] = sim.writes()[:1]
    assert written["body"] == {"users": [person("1"), person("2")], "options": {"update_existing": False}}
    assert (written["number"], written["method"], written["path"]) == (1, "POST", "/api/v1/user")
    assert (written["records"], written["status"], written["state"]) == (2, 200, "answered")
    assert written["in_usec"] <= written["out_usec"] <= read["in_usec"]
    assert (read["query"], read["body"]) == ({"idnum": "1"}, None)
    assert (wrong["status"], wrong["body"]) == (400, "{nonsense")
    assert sim.counters() | {"revision": 0} == {
        "revision": 0, "users": 2, "reads": 1, "writes": 2, "records": 2, "overlaps": 0, "writes_now": 0,
        "max_concurrent_writes": 1}


def test_requests_and_counters_can_be_forgotten(sim):
    sim.post(person("1"))
    sim.clear_requests()
    sim.clear_counters()
    assert sim.requests() == [] and sim.counters()["writes"] == 0
    sim.settings(log_bodies=False)
    sim.post(person("2"))
    assert [(request["number"], request["body"]) for request in sim.requests()] == [(2, None)]


def test_settings_are_all_or_nothing(sim):
    before = sim.settings()
    answer = sim.request("PUT", "/_sim/settings", {"ping": True, "batch_limit": 0})
    assert (answer.status, answer.error) == (400, "'batch_limit' takes a number from 1 to 10000")
    for wrong in ({"nothing": 1}, {"overlap": "500"}, {"ping": "perhaps"}, {"apikey": ""}, [], None):
        assert sim.request("PUT", "/_sim/settings", wrong if wrong is not None else "").status == 400
    assert sim.settings() == before


def test_credentials_can_change_while_it_runs(sim):
    old = sim.apikey
    sim.settings(apikey="new")
    assert sim.api("GET", "/user").status == 200
    assert sim.api("GET", "/user", headers={"apikey": old}).status == 401


def test_waiting_for_something_to_happen(sim):
    with pytest.raises(TimeoutError):
        sim.wait_until(lambda: False, timeout=0.01)
    assert sim.wait_until(lambda: sim.counters()["users"] == 0)


def other_address():
    """An address of this machine that is not a loopback address, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))     # sends nothing
        except OSError:
            return None
        return probe.getsockname()[0]


def test_the_administration_is_for_this_machine_alone():
    address = other_address()
    if address is None or address.startswith("127."):
        pytest.skip("this machine has no address but its loopback")
    with LocktSim(listen="0.0.0.0:0", arguments=["--allow-remote"]) as sim:
        assert sim.api("GET", "/user").status == 200
        sim.host = address
        assert sim.api("GET", "/user").status == 200
        assert sim.request("GET", "/_sim/users").status == 403
        sim.host = "127.0.0.1"
        assert sim.request("GET", "/_sim/users").status == 200


# The manual


def test_every_example_of_a_fault_in_the_manual_works(sim):
    examples = re.findall(r"^fault '(.*)'$", MANUAL.read_text(), re.MULTILINE)
    for example in examples:
        assert sim.request("POST", "/_sim/faults", example).status == 200, example
    actions = sim.request("POST", "/_sim/faults", {"action": ""}).error.partition("but: ")[2].split(", ")
    assert {json.loads(example)["action"] for example in examples} == set(actions)


def test_every_setting_and_option_is_in_the_manual(sim):
    manual = MANUAL.read_text()
    listed = set(re.findall(r"^\.It Li (\w+(?: , \w+)*)(?: : .*)?$", manual, re.MULTILINE))
    listed = {name for names in listed for name in names.split(" , ")}
    assert set(sim.settings()) <= listed
    told = subprocess.run([binary(), "--help"], capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r"^  --([a-z-]+)", told, re.MULTILINE))
    assert options == set(re.findall(r"Fl -([a-z-]+)", manual))

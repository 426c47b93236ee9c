"""lockt-sim goes wrong on demand: a test for each fault, and for the ways of saying when it happens."""

import concurrent.futures
import http.client
import json
import time

import pytest

from support.sim import LocktSim

UPDATE = {"update_existing": "true", "validate_fails_batch": "false", "replace_privileges": "true"}


def person(id_num, **properties):
    return {"id_num": id_num, "last_name": f"Last {id_num}", **properties}


@pytest.fixture
def sim():
    with LocktSim() as simulator:
        yield simulator


@pytest.fixture
def three(sim):
    """With the users 1, 2 and 3."""
    sim.add_users([person(str(i), card_num=f"00{i}", accesslevels=["Cardholder"], phone="555") for i in (1, 2, 3)])
    return sim


def listing(sim):
    return sim.api("GET", "/user")


def id_nums(answer):
    return [user["id_num"] for user in answer.data]


# When


def test_a_fault_lasts_until_it_is_cleared(sim):
    number = sim.fault("status", status=503)
    assert [listing(sim).status for _ in range(3)] == [503] * 3
    assert sim.clear_fault(number) == 1
    assert listing(sim).status == 200


def test_the_nth_of_the_matching_requests_and_the_next_n(sim):
    sim.fault("status", status=503, method="GET", path="/user", nth=2)
    sim.api("GET", "/accesslevel")
    assert [listing(sim).status for _ in range(4)] == [200, 503, 200, 200]
    sim.clear_faults()
    sim.fault("status", status=503, nth=2, times=2)
    assert [listing(sim).status for _ in range(4)] == [200, 503, 503, 200]
    [fault] = sim.faults()
    assert (fault["matched"], fault["applied"], fault["fault"]["action"]) == (4, 2, "status")


def test_for_a_while(sim):
    sim.fault("status", status=401, for_ms=300)
    assert listing(sim).status == 401
    sim.wait_until(lambda: listing(sim).status == 200, timeout=10)


def test_by_method_path_query_and_record(three):
    three.fault("status", status=501, method="POST")
    three.fault("status", status=502, path="/accesslevel")
    three.fault("status", status=503, query="idnum")
    three.fault("status", status=504, id_num="2", query="id")
    ids = {user["id_num"]: user["id"] for user in three.users()}
    assert three.post(person("9")).status == 501
    assert three.api("GET", "/accesslevel").status == 502
    assert three.api("GET", "/user", query={"idnum": "1"}).status == 503
    assert three.api("GET", "/user", query={"id": ids["2"]}).status == 504
    assert three.api("GET", "/user", query={"id": ids["1"]}).status == 200
    assert listing(three).status == 200


def test_a_write_with_a_certain_record(three):
    three.settings(put_user=True)
    three.fault("status", status=503, id_num="2")
    assert three.post(person("1"), **UPDATE).status == 200
    assert three.post(person("1"), person("2"), **UPDATE).status == 503
    assert three.post({"id": three.user("2")["id"], "phone": "1"}, method="PUT").status == 503


def test_several_faults_add_up(sim):
    sim.fault("delay", before_ms=30)
    sim.fault("status", status=503)
    before = time.monotonic()
    assert listing(sim).status == 503
    assert time.monotonic() - before >= 0.03
    assert sim.requests()[-1]["faults"] == ["delay", "status"]


# Status


@pytest.mark.parametrize("status, error", [
    (400, "There was an error processing your request."),
    (401, "Access to the indicated resource was denied."),
    (404, "The resource was not found."),
    (413, "The request exceeds the maximum size."),
    (429, "Rate limit exceeded."),
    (500, "An unexpected error has occurred."),
    (503, "An unexpected error has occurred."),
])
def test_a_status_with_its_own_text(sim, status, error):
    sim.fault("status", status=status, times=1)
    answer = sim.post(person("1"))
    assert (answer.status, answer.error) == (status, error)
    assert sim.users() == [], "it was not worked on"


def test_a_status_with_anything_else(sim):
    sim.fault("status", status=429, retry_after=17, body={"data": {"error": "slow down"}}, times=1)
    answer = listing(sim)
    assert (answer.status, answer.headers["Retry-After"], answer.error) == (429, "17", "slow down")
    sim.fault("status", status=302, body="", content_type="text/plain", headers={"Location": "http://127.0.0.1:1/"})
    answer = listing(sim)
    assert (answer.status, answer.raw, answer.headers["Location"]) == (302, b"", "http://127.0.0.1:1/")
    assert answer.headers["Content-Type"] == "text/plain"


def test_a_status_after_the_work_was_done(sim):
    sim.fault("status", status=500, when="after")
    assert sim.post(person("1")).status == 500
    assert sim.user("1")


@pytest.mark.parametrize("when, users", [("before", 0), ("after", 1)])
@pytest.mark.parametrize("action, content_type", [("html", "text/html; charset=utf-8"),
                                                  ("garbage", "application/json")])
def test_200_that_is_not_json(sim, action, content_type, when, users):
    sim.fault(action, when=when)
    answer = sim.post(person("1"))
    assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)
    with pytest.raises(ValueError):
        json.loads(answer.raw.decode("latin-1"))
    assert len(sim.users()) == users


def test_as_much_garbage_as_wanted(sim):
    sim.fault("garbage", bytes=100000)
    assert len(listing(sim).raw) == 100000


# Time


def test_delays_before_and_after_the_work(sim):
    sim.fault("delay", method="POST", after_ms=100)
    sim.fault("delay", method="POST", before_ms=100)
    before = time.monotonic()
    assert sim.post(person("1")).status == 200
    assert time.monotonic() - before >= 0.2
    [request] = sim.writes()
    assert request["out_usec"] - request["in_usec"] >= 200000


def test_clearing_ends_a_delay(sim):
    number = sim.fault("delay", before_ms=3600000)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(listing, sim)
        sim.wait_request(state="running")
        sim.clear_fault(number)
        assert waiting.result().status == 200


@pytest.mark.parametrize("when, users", [("before", 0), ("after", 1)])
def test_a_held_request_goes_on_when_the_fault_is_cleared(sim, when, users):
    sim.fault("hold", when=when, method="POST")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        held = pool.submit(sim.post, person("1"))
        request = sim.wait_request(method="POST", state="running")
        sim.wait_until(lambda: len(sim.users()) == users)
        assert request["body"] == {"users": [person("1")]} and request["faults"] == ["hold"]
        assert listing(sim).status == 200, "nobody else waits"
        sim.clear_faults()
        assert held.result().status == 200


def test_a_body_that_stalls(three):
    three.fault("stall", bytes=20, ms=100)
    before = time.monotonic()
    assert id_nums(listing(three)) == ["1", "2", "3"]
    assert time.monotonic() - before >= 0.1


# Connections


@pytest.mark.parametrize("when, users", [("before", 0), ("after", 1)])
@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_that_is_cut(sim, when, users, reset):
    sim.fault("cut", when=when, reset=reset, method="POST", times=1)
    with pytest.raises(ConnectionResetError if reset else http.client.RemoteDisconnected):
        sim.post(person("1"))
    assert len(sim.users()) == users
    [request] = sim.writes()
    assert (request["state"], request["status"]) == ("cut", 0)
    assert sim.post(person("2")).status == 200


def raw_body(sim, target="/api/v1/user"):
    """What arrives of a body, and whether the connection ended before it was whole."""
    connection = sim.connect()
    connection.request("GET", target, headers={"apiuser": sim.apiuser, "apikey": sim.apikey,
                                               "Content-Type": "application/json"})
    response = connection.getresponse()
    try:
        return response.headers, response.read(), False
    except http.client.IncompleteRead as error:
        return response.headers, error.partial, True
    finally:
        connection.close()


@pytest.mark.parametrize("target", ["/api/v1/user", "/api/v1/accesslevel"])
@pytest.mark.parametrize("cut_at", [1, 25, 10000])
def test_a_body_cut_short_of_its_content_length(three, target, cut_at):
    whole = three.api("GET", target.removeprefix("/api/v1")).raw
    three.fault("cut_body", bytes=cut_at)
    headers, body, cut = raw_body(three, target)
    assert cut and body == whole[:cut_at]
    assert int(headers["Content-Length"]) == max(len(whole), cut_at + 1)


@pytest.mark.parametrize("cut_at", [1, 25, 10000])
def test_a_body_cut_between_chunks(three, cut_at):
    whole = listing(three).raw
    three.fault("cut_body", bytes=cut_at, framing="chunked")
    headers, body, cut = raw_body(three)
    assert cut and body == whole[:cut_at]
    assert headers["Transfer-Encoding"] == "chunked"
    three.wait_request(state="broken")


def test_the_promised_length_of_a_listing_is_true(three):
    whole = listing(three).raw
    three.fault("cut_body", bytes=len(whole) - 1)
    headers, body, cut = raw_body(three)
    assert cut and body == whole[:-1] and int(headers["Content-Length"]) == len(whole)


# Listings


def test_a_list_cut_short_that_is_valid(three):
    three.fault("list_short", users=2)
    assert id_nums(listing(three)) == ["1", "2"]
    assert id_nums(three.api("GET", "/user", query={"idnum": "3"})) == ["3"]


def test_an_empty_list(three):
    three.fault("list_short", users=0)
    assert listing(three).json == {"data": []}


def test_a_list_that_ends_in_a_record(three):
    three.fault("list_broken", users=1)
    answer = listing(three)
    assert answer.status == 200
    assert answer.raw.count(b'"id_num"') == 2
    with pytest.raises(ValueError):
        answer.json  # pylint: disable=pointless-statement


def test_ruling_44_a_user_missing_from_the_list(three):
    three.fault("hide", id_num="2")
    assert id_nums(listing(three)) == ["1", "3"]
    assert id_nums(three.api("GET", "/user", query={"idnum": "2"})) == ["2"]
    three.fault("hide", id_num="1")
    three.fault("hide", id_num="3")
    assert listing(three).json == {"data": []}


def test_ruling_34_twins(three):
    three.fault("twin", id_num="2")
    users = listing(three).data
    assert [user["id_num"] for user in users] == ["1", "2", "2", "3"] and users[1] == users[2]
    three.clear_faults()
    three.fault("twin", id_num="2", set={"last_name": "Other", "enabled": False})
    users = listing(three).data
    assert users[1]["id"] == users[2]["id"] and users[2]["last_name"] == "Other" and users[1]["enabled"]


# Forms


def test_ruling_21_absent_properties(three):
    three.fault("omit", property="accesslevels", query="idnum")
    assert "accesslevels" not in three.api("GET", "/user", query={"idnum": "2"}).data[0]
    assert all("accesslevels" in user for user in listing(three).data)
    three.fault("omit", property="accesslevels", query="none", id_num="3")
    assert ["accesslevels" in user for user in listing(three).data] == [True, True, False]


def test_ruling_4_booleans_as_strings_and_numbers(three):
    three.fault("booleans", id_num="1")
    three.fault("booleans", **{"as": "number"}, id_num="2")
    assert [user["enabled"] for user in listing(three).data] == ["true", 1, True]


def test_ruling_5_numbers_as_strings_and_strings_as_numbers(three):
    three.fault("numbers_as_strings")
    three.fault("strings_as_numbers", id_num="2", property="card_num")
    three.fault("strings_as_numbers", id_num="3")
    one, two, other = listing(three).data
    assert isinstance(one["id"], str) and one["accesslevels"][0]["id"] == "512"
    assert (two["card_num"], two["id_num"]) == (2, "2"), "leading zeros are lost"
    assert (other["card_num"], other["id_num"], other["phone"]) == (3, 3, 555)


def test_ruling_34_unknown_properties_and_nulls(three):
    three.fault("unknown_properties")
    three.fault("nulls", id_num="2")
    one, two, _ = listing(three).data
    assert one["partition"] == 7 and one["photo"]["sizes"] == []
    assert (one["email"], two["email"], two["phone"]) == ("", None, "555")


def test_any_other_change(three):
    three.fault("change", id_num="2", set={"id_num": "x", "access_expires": "2030-01-01T00:00:00.000Z", "name": "Fob"})
    user = listing(three).data[1]
    assert (user["id_num"], user["access_expires"], user["name"]) == ("x", "2030-01-01T00:00:00.000Z", "Fob")
    assert three.user("2")["access_expires"] == ""


# Writes


def test_a_record_that_is_refused(sim):
    sim.fault("refuse", id_num="2", text="Computer says no.")
    answer = sim.post(person("1"), person("2"), person("3"), **UPDATE)
    assert [(error["error"], error["input_data"]["id_num"]) for error in answer.json["errors"]] == [
        (["Computer says no."], "2")]
    assert [user["id_num"] for user in sim.users()] == ["1", "3"]
    assert sim.post(person("2"), person("4")).status == 400
    assert sim.user("4") is None


def test_a_record_that_is_refused_by_its_id(three):
    three.settings(put_user=True)
    three.fault("refuse", id_num="2")
    answer = three.post(*[{"id": user["id"], "phone": "1"} for user in three.users()], method="PUT", **UPDATE)
    assert [error["error"] for error in answer.json["errors"]] == [["Record refused."]]
    assert [user["phone"] for user in three.users()] == ["1", "555", "1"]


def test_ruling_18_a_batch_that_is_refused_without_details(sim):
    sim.fault("fail_batch", id_num="2")
    answer = sim.post(person("1"), person("2"), **UPDATE)
    assert (answer.status, answer.error) == (400, "Validation errors found. Batch has failed.")
    assert sim.users() == []
    assert sim.post(person("1"), person("3"), **UPDATE).status == 200
    sim.clear_faults()
    text = "Unable to locate template. Batch has been terminated and exception flagged."
    sim.fault("fail_batch", text=text, times=1)
    assert sim.post(person("2")).error == text


def test_ruling_16_a_smaller_limit(sim):
    sim.fault("batch_limit", limit=1, times=1)
    assert sim.post(person("1"), person("2")).error == "Batch size exceeds maximum of 1 objects."
    assert sim.post(person("1"), person("2")).status == 200
    sim.settings(batch_limit=1)
    assert sim.post(person("3"), person("4")).error == "Batch size exceeds maximum of 1 objects."


def test_ruling_13_counts_that_do_not_add_up(sim):
    sim.fault("counts", inserted=1, errors=0)
    assert sim.post(person("1"), person("2")).data == {"submitted": 2, "inserted": 1, "updated": 0, "errors": 0}
    assert len(sim.users()) == 2


def test_ruling_12_an_echo_that_is_nobodys(sim):
    sim.fault("echo_nobody")
    answer = sim.post(person("1", card_num="x"))
    assert answer.json["errors"][0]["input_data"]["id_num"] == "nobody"
    assert answer.json["errors"][0]["error"] == ["Non-Numeric card_num found: x"]


def test_ruling_11_acknowledged_and_not_applied(three):
    three.fault("ignore", id_num="2")
    answer = three.post(*[person(str(i), first_name="New") for i in (1, 2, 3, 4)], **UPDATE)
    assert answer.data == {"submitted": 4, "inserted": 1, "updated": 3, "errors": 0}
    assert [user["first_name"] for user in three.users()] == ["New", "", "New", "New"]


@pytest.mark.parametrize("parameters, sent, seen", [
    ({"property": "last_name", "how": "upper"}, {"last_name": "Peters"}, {"last_name": "PETERS"}),
    ({"property": "email", "how": "lower"}, {"email": "A@Example.org"}, {"email": "a@example.org"}),
    ({"property": "first_name", "how": "cut", "length": 3}, {"first_name": "Tobias"}, {"first_name": "Tob"}),
    ({"property": "last_name", "how": "cut", "length": 2}, {"last_name": "Müller"}, {"last_name": "M"}),
    ({"property": "card_num", "how": "strip_zeros"}, {"card_num": "0080"}, {"card_num": "80"}),
    ({"property": "phone", "value": "+1"}, {"phone": "555"}, {"phone": "+1"}),
    ({"property": "access_expires", "how": "shift", "seconds": -3600}, {"access_expires": "2030-01-01 00:00:00"},
     {"access_expires": "2029-12-31T23:00:00.000Z"}),
    ({"property": "enabled", "value": "true"}, {"enabled": False}, {"enabled": True}),
    ({"property": "accesslevels", "how": "cut", "length": 0}, {"accesslevels": [{"id": 512}]}, {"accesslevels": []}),
])
def test_ruling_33_a_value_is_stored_differently(sim, parameters, sent, seen):
    sim.fault("alter", id_num="1", **parameters)
    assert sim.post({**person("1"), **sent}, {**person("2")}).status == 200
    user = sim.api("GET", "/user", query={"idnum": "1"}).data[0]
    assert {key: user[key] for key in seen} == seen


# Asking for them


@pytest.mark.parametrize("fault, sentence", [
    ({}, "there is no action ''"),
    ({"action": "explode"}, "there is no action 'explode'"),
    ({"action": "delay", "limit": 1}, "action 'delay' has no parameter 'limit'"),
    ({"action": "stall", "bytes": 1, "s": 1}, "action 'stall' has no parameter 's'"),
    ({"action": "status"}, "action 'status' needs a 'status'"),
    ({"action": "status", "status": 99}, "'status' takes a number from 200 to 599"),
    ({"action": "status", "status": 503, "times": 0}, "'times' takes a number from 1"),
    ({"action": "omit"}, "action 'omit' needs a 'property'"),
    ({"action": "hide"}, "action 'hide' needs an 'id_num'"),
    ({"action": "change", "set": []}, "'set' takes an object"),
    ({"action": "change"}, "action 'change' needs 'set'"),
    ({"action": "alter", "property": "phone"}, "action 'alter' needs a 'value'"),
    ({"action": "cut_body"}, "action 'cut_body' needs 'bytes'"),
    ({"action": "cut", "when": "later"}, "'when' takes one of its words"),
    ({"action": "cut", "reset": "perhaps"}, "'reset' takes true or false"),
    ({"action": "cut", "method": 1}, "'method' takes a text"),
    ({"action": "cut", "query": "page"}, "'query' takes one of: none, id, idnum"),
])
def test_a_fault_that_cannot_be_understood_is_refused(sim, fault, sentence):
    answer = sim.request("POST", "/_sim/faults", [{"action": "cut", "times": 1}, fault])
    assert answer.status == 400 and sentence in answer.error
    assert sim.faults() == [], "all or nothing"

"""lockt-sim, the stand-in for the cloud service: its life as a program, and the API as the document has it."""

import concurrent.futures
import contextlib
import http.client
import json
import sqlite3
import subprocess

import pytest

from support.sim import LEVELS, LocktSim, binary

PERSON = {"id_num": "ABC123", "first_name": "Toby", "last_name": "Peters", "card_num": "08769",
          "email": "toby.peters@web.place", "phone": "33344455555", "access_effective": "2022-01-24 00:00:00",
          "access_expires": "", "enabled": "true", "accesslevels": [{"id": 512}, {"id": 208}]}

UPDATE = {"update_existing": "true", "validate_fails_batch": "false", "replace_privileges": "true"}


def person(id_num, **properties):
    return {"id_num": id_num, "last_name": f"Last {id_num}", **properties}


def counts(answer):
    assert answer.status == 200, answer.raw
    return tuple(answer.data[key] for key in ("submitted", "inserted", "updated", "errors"))


@pytest.fixture
def sim():
    with LocktSim() as simulator:
        yield simulator


# Life


def run(*arguments):
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_help_and_version_go_to_standard_output():
    told = run("--help")
    assert told.returncode == 0 and "--seed-start" in told.stdout and told.stderr == ""
    assert run("--version").stdout.startswith("lockt-sim ")


@pytest.mark.parametrize("arguments, sentence", [
    (["--listen", "0.0.0.0:0"], "--listen takes an address of this machine"),
    (["--listen", "[::]:0"], "--listen takes an address of this machine"),
    (["--listen", "localhost"], "--listen takes ADDR:PORT"),
    (["--listen", "localhost:80"], "--listen takes the address in numbers"),
    (["--listen", "127.0.0.1:65536"], "takes a number up to 65535"),
    (["--seed", "many"], "--seed takes a number, not 'many'"),
    (["--batch-limit", "10001"], "--batch-limit takes a number up to 10000"),
    (["surplus"], "'surplus' is not expected"),
    (["--nonsense"], "see lockt-sim --help"),
])
def test_a_wrong_command_line_is_status_2(arguments, sentence):
    told = run(*arguments)
    assert told.returncode == 2
    assert sentence in told.stderr


@pytest.mark.parametrize("arguments, sentence", [
    (["--database", "/nonexistent/database"], "cannot open database '/nonexistent/database'"),
    (["--log", "/nonexistent/log"], "cannot open log '/nonexistent/log'"),
    (["--port-file", "/nonexistent/port"], "cannot write"),
    (["--seed", "1", "--seed-start", "nobody"], "--seed-start takes an id_num that ends with 1 to 15 digits"),
    (["--levels", "One,,Two"], "--levels takes names with commas between them"),
])
def test_what_cannot_be_done_is_status_1(arguments, sentence):
    told = run(*arguments)
    assert told.returncode == 1
    assert sentence in told.stderr


def test_the_port_cannot_be_taken_twice(sim):
    assert run("--listen", f"127.0.0.1:{sim.port}").returncode == 1


def test_it_ends_at_once_while_requests_wait():
    with LocktSim() as sim, concurrent.futures.ThreadPoolExecutor() as pool:
        sim.fault("hold", method="GET")
        sim.fault("delay", method="POST", before_ms=3600000)
        waiting = [pool.submit(sim.api, "GET", "/user"), pool.submit(sim.post, person("1"))]
        sim.wait_until(lambda: len([r for r in sim.requests() if r["state"] == "running"]) == 2)
        assert sim.stop() == 0
        for request in waiting:
            with pytest.raises((OSError, http.client.HTTPException)):
                request.result()


def test_a_database_file_outlives_it_and_is_private(tmp_path):
    file = tmp_path / "lockt.db"
    with LocktSim(database=file, levels=["Workshop", "Cardholder"]) as sim:
        workshop = sim.levels()[1]["id"]
        sim.post(person("1", accesslevels=[{"id": workshop}]))
        first = sim.user("1")
        assert file.stat().st_mode & 0o077 == 0
        sim.restart()
        assert sim.user("1") == first
        sim.delete_user("1")
        sim.restart()
        sim.post(person("2"))
        assert sim.user("2")["id"] > first["id"], "no id is given out twice"


def test_a_database_of_the_first_layout_is_brought_up_to_date(tmp_path):
    file = tmp_path / "lockt.db"
    with LocktSim(database=file, seed=2) as sim:
        before = (sim.api("GET", "/user").data, sim.api("GET", "/accesslevel").data)
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.executescript("""
            DROP INDEX user_fob; DROP INDEX door_name;
            ALTER TABLE user DROP COLUMN holder; ALTER TABLE user DROP COLUMN claimed;
            ALTER TABLE level DROP COLUMN schedule;
            ALTER TABLE door DROP COLUMN type; ALTER TABLE door DROP COLUMN location;
            ALTER TABLE door DROP COLUMN controller; ALTER TABLE door DROP COLUMN enabled;
            ALTER TABLE door DROP COLUMN battery; ALTER TABLE door DROP COLUMN clock_skew;
            DROP TABLE credential; DROP TABLE schedule; DROP TABLE event; DROP TABLE withheld; DROP TABLE activity;
            PRAGMA user_version = 1;""")
    with LocktSim(database=file) as sim:
        assert (sim.api("GET", "/user").data, sim.api("GET", "/accesslevel").data) == before
        assert [door["name"] for door in sim.doors()] == ["Office Door", "Front Door"]
        assert sim.knock_as("100001", "Front Door") is False
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA user_version = 3")
    assert "written by a newer version" in run("--database", str(file)).stderr


def test_seeds_are_formulas_of_a_number():
    with LocktSim(seed=3, seed_start="E0099") as sim:
        assert [user["id_num"] for user in sim.users()] == ["E0099", "E0100", "E0101"]
        assert sim.user("E0100") == {
            "id": 1002, "id_num": "E0100", "last_name": "Last100", "first_name": "First100", "card_num": "10000100",
            "credential_key": "", "email": "user100@example.org", "phone": "5550000100",
            "access_effective": "2022-01-01T00:00:00.000Z", "access_expires": "", "enabled": True,
            "accesslevels": [{"id": 512, "name": "Cardholder"}], "pin": ""}


def test_the_log_has_a_line_for_each_request_and_no_secrets(tmp_path):
    file = tmp_path / "log"
    with LocktSim(log=file) as sim:
        sim.post({**PERSON, "pin": "0986"})
        sim.api("GET", "/user", query={"idnum": "ABC123"})
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["method"], line["status"], line["records"]) for line in lines] == [("POST", 200, 1), ("GET", 200, 0)]
    assert lines[1]["query"] == {"idnum": "ABC123"}
    assert "body" not in lines[0] and "0986" not in file.read_text() and sim.apikey not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


# Every request


@pytest.mark.parametrize("headers", [{"apiuser": None}, {"apikey": None}, {"apikey": "wrong"}, {"apiuser": "wrong"}])
@pytest.mark.parametrize("method, path", [("GET", "/user"), ("POST", "/user"), ("GET", "/accesslevel")])
def test_without_credentials_is_401(sim, headers, method, path):
    answer = sim.api(method, path, headers=headers)
    assert (answer.status, answer.error) == (401, "Access to the indicated resource was denied.")


@pytest.mark.parametrize("value, status", [(None, 400), ("text/plain", 400), ("application/jsonx", 400),
                                           ("application/json", 200), ("Application/JSON; charset=utf-8", 200)])
def test_ruling_47_the_content_type_is_needed_for_reads_too(sim, value, status):
    assert sim.api("GET", "/user", headers={"Content-Type": value}).status == status


def test_what_is_not_offered_is_404(sim):
    for method, path in (("GET", "/nothing"), ("DELETE", "/user"), ("GET", ""), ("PUT", "/user"), ("GET", "/ping")):
        answer = sim.api(method, path, {} if method == "PUT" else None)
        assert (answer.status, answer.error) == (404, "The resource was not found.")
    assert sim.request("GET", "/").status == 404
    assert sim.request("GET", "/api/v2/user").status == 404


def test_a_body_past_the_limit_is_413(sim):
    assert sim.api("POST", "/user", b" " * (8 * 1024 * 1024 + 1)).status == 413
    assert sim.post(person("1")).status == 200


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", "null", '"users"', '{"users":{}}', '{"users":[]}', "nonsense",
                                  '{"users":[{}]} trailing', b'{"users":[{"id_num":"\xff"}]}', "[" * 100000])
def test_a_body_that_is_no_batch(sim, body):
    answer = sim.api("POST", "/user", body)
    assert answer.status == 400
    assert answer.error == "No data found or invalid JSON objects supplied. Could not parse input."


# Reading


def test_users_look_as_documented(sim):
    sim.post(PERSON)
    [user] = sim.api("GET", "/user").data
    assert list(user) == ["id", "id_num", "last_name", "first_name", "card_num", "credential_key", "email", "phone",
                          "access_effective", "access_expires", "enabled", "accesslevels"]
    assert (user["card_num"], user["enabled"]) == ("08769", True)
    assert user["access_effective"] == "2022-01-24T00:00:00.000Z" and user["access_expires"] == ""
    assert user["accesslevels"] == [{"id": 512, "name": "Cardholder"}, {"id": 208, "name": "Security"}]
    assert sim.api("GET", "/user", query={"id": user["id"]}).data == [user]
    assert sim.api("GET", "/user", query={"idnum": "ABC123"}).data == [user]


def test_the_pin_is_write_only(sim):
    sim.post({**PERSON, "pin": "0986"})
    assert b"0986" not in sim.api("GET", "/user").raw
    assert sim.user("ABC123")["pin"] == "0986"


@pytest.mark.parametrize("id_num", ["A B", "50%", "a&b=c", "a+b", "Müller/7", "日本", "#1?", '"', "\\"])
def test_ruling_42_idnum_is_percent_encoded(sim, id_num):
    sim.post(person(id_num))
    assert [user["id_num"] for user in sim.api("GET", "/user", query={"idnum": id_num}).data] == [id_num]
    assert [user["id_num"] for user in sim.api("GET", "/user").data] == [id_num]


def test_ruling_38_id_nums_are_compared_as_they_are(sim):
    sim.post(person("a1"), person("A1"))
    assert len(sim.users()) == 2


@pytest.mark.parametrize("nobody, status", [("404", 404), ("empty", 200)])
def test_ruling_22_nobody(sim, nobody, status):
    sim.settings(nobody=nobody)
    for query in ({"id": 7}, {"idnum": "7"}, {"idnum": ""}, {"id": 0}):
        answer = sim.api("GET", "/user", query=query)
        assert answer.status == status
        assert status == 404 or answer.data == []


def test_odd_arguments_are_refused(sim):
    assert sim.api("GET", "/user", query={"id": "seven"}).error == "Invalid id found: seven"
    assert sim.api("GET", "/user", query={"page": 1}).error == "Unknown argument found: page"
    sim.settings(strict=False)
    assert sim.api("GET", "/user", query={"page": 1}).data == []


def test_levels_look_as_documented(sim):
    assert sim.api("GET", "/accesslevel").data == [
        {"id": 208, "name": "Security", "doors": [{"id": 983, "name": "Office Door"},
                                                   {"id": 1087, "name": "Front Door"}]},
        {"id": 212, "name": "Administration"},
        {"id": 512, "name": "Cardholder"},
        {"id": 574, "name": "Housekeeping", "doors": [{"id": 1087, "name": "Front Door"}]}]


def test_ruling_30_ping_and_put_are_there_when_offered(sim):
    sim.settings(ping=True, put_user=True)
    assert sim.api("GET", "/ping").status == 200
    sim.post(PERSON)
    user_id = sim.user("ABC123")["id"]
    assert counts(sim.post({"id": user_id, "phone": "1", "enabled": "false"}, method="PUT")) == (1, 0, 1, 0)
    user = sim.user("ABC123")
    assert (user["phone"], user["enabled"], user["last_name"]) == ("1", False, "Peters")
    answer = sim.post({"id": 1, "phone": "1"}, method="PUT")
    assert answer.json["errors"][0]["error"] == ["Invalid id found: 1"]


# Writing


def test_creating_and_updating_are_counted(sim):
    assert counts(sim.post(PERSON, person("2"), **UPDATE)) == (2, 2, 0, 0)
    assert counts(sim.post({**PERSON, "first_name": "Tobias"}, person("3"), **UPDATE)) == (2, 1, 1, 0)
    assert sim.user("ABC123")["first_name"] == "Tobias"


def test_ruling_10_the_defaults_of_the_options(sim):
    sim.post(PERSON)
    assert counts(sim.post({**PERSON, "first_name": "Tobias"}, person("2"))) == (2, 1, 0, 0)
    assert sim.user("ABC123")["first_name"] == "Toby", "existing users are ignored, without a word"
    assert sim.post(person("3"), person("4", card_num="A1")).status == 400
    assert sim.user("3") is None, "a validation error fails the whole batch"
    sim.post({**PERSON, "accesslevels": [{"id": 574}]}, update_existing=True)
    assert sim.level_names("ABC123") == ["Housekeeping"], "privileges are replaced"


def test_privileges_are_added_when_asked_for(sim):
    sim.post(PERSON)
    sim.post({**PERSON, "accesslevels": [{"id": 574}, {"id": 512}]}, update_existing=1, replace_privileges="false")
    assert sim.level_names("ABC123") == ["Cardholder", "Housekeeping", "Security"]


@pytest.mark.parametrize("value, enabled", [("true", True), ("false", False), (True, True), (False, False), (1, True),
                                            (0, False), ("1", True), ("0", False), ("TRUE", True)])
def test_ruling_4_booleans_in_every_form(sim, value, enabled):
    sim.post(person("1", enabled=value))
    assert sim.user("1")["enabled"] is enabled


@pytest.mark.parametrize("properties, complaint", [
    ({"card_num": "A8914"}, "Non-Numeric card_num found: A8914"),
    ({"card_num": "8 9"}, "Non-Numeric card_num found: 8 9"),
    ({"email": "rgreswell0@@@@gravatar.com"}, "Invalid email address found: rgreswell0@@@@gravatar.com"),
    ({"email": "nobody"}, "Invalid email address found: nobody"),
    ({"email": "a b@example.org"}, "Invalid email address found: a b@example.org"),
    ({"email": "a@example"}, "Invalid email address found: a@example"),
    ({"email": "a@-example.org"}, "Invalid email address found: a@-example.org"),
    ({"accesslevels": [{"id": 999}]}, "Invalid access level found: 999"),
    ({"accesslevels": [512]}, "Invalid access level found: null"),
    ({"accesslevels": {"id": 512}}, 'Invalid accesslevels found: { "id": 512 }'),
    ({"access_expires": "2022-10-29T00:00:00.000Z"}, "Invalid access_expires found: 2022-10-29T00:00:00.000Z"),
    ({"access_expires": "2022-02-29 00:00:00"}, "Invalid access_expires found: 2022-02-29 00:00:00"),
    ({"access_effective": "tomorrow"}, "Invalid access_effective found: tomorrow"),
    ({"enabled": "perhaps"}, "Invalid enabled found: perhaps"),
    ({"enabled": 2}, "Invalid enabled found: 2"),
    ({"last_name": None}, "Invalid last_name found: null"),
    ({"last_name": 7}, "Invalid last_name found: 7"),
    ({"last_name": "a\u0000b"}, None),
    ({"last_name": "x" * 256}, "Value of last_name exceeds maximum of 255 bytes."),
    ({"nickname": "x"}, "Unknown property found: nickname"),
    ({"name": "Fob 1"}, "Unknown property found: name"),
])
def test_what_is_wrong_with_a_record_is_said(sim, properties, complaint):
    answer = sim.post({**person("1"), **properties})
    assert answer.status == 400
    assert answer.json["result"] == ["Validation errors found. Batch has failed. Details provided."]
    [error] = answer.json["errors"]
    assert complaint is None or error["error"] == [complaint]
    assert sim.users() == []


def test_ruling_8_and_11_failures_have_the_documented_shape(sim):
    record = {**PERSON, "card_num": "A8914", "email": "a@@b", "pin": "0986", "enabled": "false"}
    answer = sim.post(record)
    assert answer.status == 400
    assert answer.json == {
        "result": ["Validation errors found. Batch has failed. Details provided."],
        "errors": [{"error": ["Non-Numeric card_num found: A8914", "Invalid email address found: a@@b"],
                    "input_data": {"id": -1, **record, "enabled": False}}]}
    assert list(answer.json["errors"][0]["input_data"]) == [
        "id", "id_num", "first_name", "last_name", "card_num", "email", "phone", "access_effective", "access_expires",
        "pin", "enabled", "accesslevels"]


@pytest.mark.parametrize("shape, keys", [("details", {"result", "errors"}), ("counts", {"data"}),
                                         ("both", {"data", "result", "errors"})])
@pytest.mark.parametrize("status", [200, 400])
def test_ruling_11_a_batch_that_fails_in_part(sim, shape, keys, status):
    sim.settings(partial_status=status, partial_shape=shape)
    answer = sim.post(person("1"), person("2", card_num="x"), person("3"), **UPDATE)
    assert answer.status == status and set(answer.json) == keys
    if "data" in keys:
        assert answer.data == {"submitted": 3, "inserted": 2, "updated": 0, "errors": 1}
    if "errors" in keys:
        assert [error["input_data"]["id_num"] for error in answer.json["errors"]] == ["2"]
    assert [user["id_num"] for user in sim.users()] == ["1", "3"]


def test_ruling_16_the_batch_limit(sim):
    people = [person(str(i)) for i in range(101)]
    answer = sim.post(*people)
    assert (answer.status, answer.error) == (400, "Batch size exceeds maximum of 100 objects.")
    assert counts(sim.post(*people[:100])) == (100, 100, 0, 0)


def test_cards_and_addresses_are_unique(sim):
    sim.post(person("1", card_num="77", email="One@example.org"))
    answer = sim.post(person("2", card_num="77"), person("3", card_num="077"), person("4", email="a@example.org"),
                      validate_fails_batch=False)
    assert [error["error"] for error in answer.json["errors"]] == [["Card Number Already Exists: 77"]]
    sim.post(person("4", email="one@EXAMPLE.org"), **UPDATE)
    assert sim.user("4")["email"] == "a@example.org", "the id_num goes first, so the address is somebody else's"


def test_ruling_9_either_overwrites_whoever_has_the_address(sim):
    sim.add_user(id_num="old", email="a@example.org", last_name="Stranger", accesslevels=["Security"])
    assert counts(sim.post(person("new", email="A@example.org", accesslevels=[{"id": 512}]), **UPDATE)) == (1, 0, 1, 0)
    [user] = sim.users()
    assert (user["id_num"], user["last_name"]) == ("new", "Last new")


def test_ruling_9_both_finds_only_who_agrees_in_both(sim):
    sim.settings(match="both")
    sim.add_user(id_num="old", email="a@example.org")
    refused = sim.post(person("new", email="a@example.org"), **UPDATE)
    assert refused.json["errors"][0]["error"] == ["Email Address Already Exists: a@example.org"]
    refused = sim.post(person("old", email="b@example.org"), **UPDATE)
    assert refused.json["errors"][0]["error"] == ["ID Number Already Exists: old"]
    assert counts(sim.post(person("old", email="a@example.org"), **UPDATE)) == (1, 0, 1, 0)
    assert counts(sim.post(person("old"), **UPDATE)) == (1, 0, 1, 0)


def test_an_id_finds_the_user_only_when_that_is_set(sim):
    user = sim.add_user(id_num="old", last_name="Stranger")
    assert counts(sim.post({**person("new"), "id": user["id"]}, **UPDATE)) == (1, 1, 0, 0)
    sim.settings(match_id=True)
    assert counts(sim.post({**person("newer"), "id": str(user["id"])}, **UPDATE)) == (1, 0, 1, 0)
    assert sim.user_by_id(user["id"])["id_num"] == "newer"


def test_ruling_39_records_are_taken_one_after_the_other(sim):
    sim.post(person("1", card_num="1"), person("2", card_num="2"))
    giving_first = [person("1", card_num=""), person("2", card_num="1")]
    sim.settings(batch_order="reverse")
    assert sim.post(*giving_first, **UPDATE).json["errors"][0]["error"] == ["Card Number Already Exists: 1"]
    sim.settings(batch_order="forward")
    sim.set_user("1", card_num="1")
    assert counts(sim.post(*giving_first, **UPDATE)) == (2, 0, 2, 0)


@pytest.mark.parametrize("absent, phone", [("keep", "33344455555"), ("clear", "")])
def test_ruling_31_absent_properties(sim, absent, phone):
    sim.settings(absent=absent)
    sim.post(PERSON)
    sim.post(person("ABC123"), **UPDATE)
    assert sim.user("ABC123")["phone"] == phone
    assert len(sim.user("ABC123")["accesslevels"]) == (2 if absent == "keep" else 0)


@pytest.mark.parametrize("empty, card", [("keep", "08769"), ("clear", "")])
def test_ruling_31_empty_properties(sim, empty, card):
    sim.settings(empty=empty)
    sim.post(PERSON)
    sim.post({**PERSON, "card_num": "", "access_effective": ""}, **UPDATE)
    assert sim.user("ABC123")["card_num"] == card
    assert bool(sim.user("ABC123")["access_effective"]) == (empty == "keep")


@pytest.mark.parametrize("sent, offset, seen", [
    ("2022-10-29 00:00:00", 0, "2022-10-29T00:00:00.000Z"),
    ("2022-10-29 00:00:00", 120, "2022-10-28T22:00:00.000Z"),
    ("2024-02-29 23:59:59", 0, "2024-02-29T23:59:59.000Z"),
    ("0001-01-01 00:00:00", 0, "0001-01-01T00:00:00.000Z"),
    ("1969-12-31 23:59:59", 0, "1969-12-31T23:59:59.000Z"),
    ("9999-12-31 23:59:59", 0, "9999-12-31T23:59:59.000Z"),
    ("", 0, ""),
])
def test_ruling_7_times(sim, sent, offset, seen):
    sim.settings(utc_offset=offset)
    sim.post(person("1", access_expires=sent))
    assert sim.user("1")["access_expires"] == seen


def test_ruling_5_numbers_for_cards_and_strings_for_ids(sim):
    assert counts(sim.post(person("1", card_num=5599, accesslevels=[{"id": "512", "name": "ignored"}]))) == (1, 1, 0, 0)
    assert sim.user("1")["card_num"] == "5599" and sim.level_names("1") == ["Cardholder"]


def test_texts_come_back_as_they_were_sent(sim):
    text = "\"\\/\b\f\n\r\t\u0001 Ünïcödé 日本 😀"
    sim.post(person("1", first_name=text))
    assert sim.api("GET", "/user").data[0]["first_name"] == text


def test_options_that_cannot_be_understood(sim):
    assert sim.post(person("1"), update_existing="perhaps").error == "Invalid option found: update_existing"
    assert sim.post(person("1"), upsert=True).error == "Invalid option found: upsert"


# One write at a time


@pytest.mark.parametrize("overlap, status", [("400", 400), ("429", 429)])
def test_ruling_15_overlapping_writes_are_refused(sim, overlap, status):
    sim.settings(overlap=overlap, retry_after=7)
    fault = sim.fault("hold", method="POST", times=1)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(sim.post, person("1"))
        sim.wait_request(method="POST", state="running")
        second = sim.post(person("2"))
        assert sim.api("GET", "/user").data == [], "reads are not writes"
        sim.clear_fault(fault)
        assert counts(first.result()) == (1, 1, 0, 0)
    assert second.status == status and "overlapping" in second.error
    assert second.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert counts(sim.post(person("2"))) == (1, 1, 0, 0)
    seen = sim.counters()
    assert (seen["writes"], seen["overlaps"], seen["max_concurrent_writes"], seen["writes_now"]) == (3, 1, 2, 0)


def test_ruling_36_a_client_that_went_away_does_not_end_its_write(sim):
    fault = sim.fault("hold", method="POST", when="after", times=1)
    connection = sim.connect()
    connection.request("POST", "/api/v1/user", json.dumps({"users": [person("1")]}),
                       {"apiuser": sim.apiuser, "apikey": sim.apikey, "Content-Type": "application/json"})
    sim.wait_until(lambda: sim.user("1"))
    connection.close()
    assert "overlapping" in sim.post(person("2")).error
    sim.clear_fault(fault)
    sim.wait_until(lambda: sim.counters()["writes_now"] == 0)
    assert sim.post(person("2")).status == 200


def test_overlapping_writes_can_be_allowed(sim):
    sim.settings(overlap="allow")
    fault = sim.fault("hold", method="POST", times=1)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(sim.post, person("1"))
        sim.wait_request(method="POST", state="running")
        assert sim.post(person("2")).status == 200
        sim.clear_fault(fault)
        assert first.result().status == 200


# Many


def test_many_users_are_streamed_while_writes_go_on():
    with LocktSim(seed=20000) as sim, concurrent.futures.ThreadPoolExecutor() as pool:
        fault = sim.fault("stall", query="none", bytes=3000000, ms=3600000)
        listing = pool.submit(sim.api, "GET", "/user")
        sim.wait_request(method="GET", path="/user")
        assert sim.post({"id_num": "100001", "last_name": "Changed"}, person("new"), **UPDATE).status == 200
        sim.clear_fault(fault)
        users = listing.result().data
        assert len(users) == 20001 and users[-1]["id_num"] == "new"
        assert [user["id"] for user in users] == sorted(user["id"] for user in users)


def test_many_connections_at_once(sim):
    sim.settings(overlap="allow")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: sim.post(*[person(f"{n}-{i}") for i in range(50)]), range(32)))
    assert all(answer.status == 200 for answer in answers)
    assert len(sim.users()) == 1600 and len({user["id"] for user in sim.users()}) == 1600


def test_levels_are_named_by_an_option():
    with LocktSim(levels=["Cardholder", "Lab", "Lab"]) as sim:
        levels = sim.api("GET", "/accesslevel").data
        assert [level["name"] for level in levels] == ["Cardholder", "Lab", "Lab"]
        assert levels[0]["id"] == LEVELS["Cardholder"] and len({level["id"] for level in levels}) == 3

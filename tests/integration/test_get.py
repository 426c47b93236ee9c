"""locktsyncctl get and create: what Lockt holds, through the daemon, which has the keys."""

import contextlib
import json
import os
import socket
import subprocess

import pytest

from support.fakedaemon import END, FakeDaemon
from support.locktsyncd import program
from support.truth import opens
from support.writes import during


@pytest.fixture
def running(daemon):
    daemon.start()
    return daemon


def rows(daemon, *arguments):
    """The objects of `get … --json`."""
    result = daemon.ctl("get", *arguments, "--json")
    assert (result.returncode, result.stderr) == (0, "")
    return [json.loads(line)[arguments[0]] for line in result.stdout.splitlines()]


def table(daemon, *arguments):
    """The lines of a table, without trailing blanks."""
    result = daemon.ctl("get", *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.splitlines()


def test_users_are_shown_with_their_levels_and_without_their_keys(hr, lockt, running):
    lockt.add_user(id_num="G1", first_name="Gail", last_name="Get", card_num="0815", credential_key="AAAA-1111",
                   email="gail@example.org", enabled=True)
    [user] = rows(running, "users", "G1")
    assert (user["id_num"], user["first_name"], user["card_num"], user["enabled"]) == ("G1", "Gail", "0815", True)
    assert user["credential_key"] == "****" and "pin" not in user
    lines = table(running, "users", "gail@")
    assert lines[0].split()[:3] == ["ID", "ID_NUM", "NAME"]
    assert "Gail Get" in lines[1] and lines[-1] == "1 user with that."


def test_fobs_are_shown_and_are_no_users(lockt, running):
    lockt.post_fobs({"name": "Fob 1", "id_num": "F1", "card_num": "5599", "access_effective": "",
                     "access_expires": "2022-05-25 08:00:00"})
    [fob] = rows(running, "fobs")
    assert (fob["name"], fob["id_num"], fob["card_num"]) == ("Fob 1", "F1", "5599")
    assert fob["access_expires"] == "2022-05-25T08:00:00Z"
    assert rows(running, "users", "F1") == []
    assert "2022-05-25T08:00:00Z" in table(running, "fobs")[1]


def test_levels_are_shown_with_their_doors(lockt, running):
    lockt.add_door("Vault", levels=["Security"])
    [level] = rows(running, "levels", "Vault")
    assert level["name"] == "Security" and "Vault" in [door["name"] for door in level["doors"]]
    assert any("Security" in line and "Vault" in line for line in table(running, "levels"))


def test_doors_are_found_by_name_and_by_id(lockt, running):
    vault = lockt.add_door("Vault")
    assert [door["name"] for door in rows(running, "doors", "vAuL")] == ["Vault"]
    assert [door["name"] for door in rows(running, "doors", str(vault["id"]))] == ["Vault"]
    assert rows(running, "doors", "no such door") == []


def test_low_batteries_stand_out(lockt, running):
    lockt.add_door("Tired", battery_level=0.07)
    lockt.add_door("Fresh", battery_level=0.93)
    lines = table(running, "doorstates")
    assert next(line for line in lines if "Tired" in line).split()[-3:] == ["7", "%", "LOW"]
    assert next(line for line in lines if "Fresh" in line).split()[-2:] == ["93", "%"]
    assert lines[-1].startswith("1 battery is below 20 %")
    assert [state["battery_level"] for state in rows(running, "doorstates", "Tired")] == [0.07]


def test_schedules_are_shown_by_their_days(lockt, running):
    lockt.add_schedule("Office", days=[0, 1, 4], start="08:00:00", stop="16:59:59")
    [schedule] = rows(running, "schedules", "Office")
    assert (schedule["d0"], schedule["d2"], schedule["start"]) == (1, 0, "08:00:00")
    assert "Mo Tu -- -- Fr -- --" in next(line for line in table(running, "schedules") if "Office" in line)


def test_credentials_name_their_holder(lockt, running):
    user = lockt.add_user(id_num="G1", first_name="Gail", last_name="Get", card_num="0815")
    [credential] = rows(running, "credentials", "0815")
    assert [holder["id"] for holder in credential["user"]] == [user["id"]]
    assert "-" in credential["credential_key"]      # for the eyes of who may steer, as root may
    assert any("0815" in line and "Gail" in line for line in table(running, "credentials"))


def test_credentials_are_counted(lockt, running):
    lockt.add_user(id_num="G1", first_name="Gail", last_name="Get", card_num="0815")
    lockt.claim("0815")
    [summary] = rows(running, "credentialsummary")
    assert summary["claimed"] == 1
    assert any("claimed: 1" in line for line in table(running, "credentialsummary"))


@pytest.mark.parametrize("what", ["fobcheck", "nextcardnum"])
def test_what_is_pending_release_is_said_plainly_and_is_no_failure(lockt, running, what):   # ruling 28
    assert table(running, what) == [f"GET /{what} is not released on this instance (HTTP 404)."]


def test_the_next_card_number_is_told(lockt, running):
    lockt.settings(pending_release=True)
    [answer] = rows(running, "nextcardnum")
    assert answer["card_num"].isdigit()


def test_a_list_that_fails_is_no_short_list(lockt, running):
    lockt.fault("status", status=500, path="/door", times=1)
    result = running.ctl("get", "doors")
    assert result.returncode == 1 and "500" in result.stderr


def test_what_can_not_be_got_is_a_usage_error(running):
    result = running.ctl("get", "dors")
    assert result.returncode == 2 and "did you mean 'doors'?" in result.stderr
    assert running.ctl("get", "doors", "--follow").returncode == 2


def test_many_users_flow_through_a_slow_reader(lockt, running):
    """Back-pressure: neither the daemon nor the reader has to hold them all."""
    lockt.add_users([{"id_num": f"B{n}", "first_name": "Bulk", "last_name": "x" * 200, "enabled": False}
                     for n in range(3000)])
    assert len(rows(running, "users", "Bulk")) == 3000


def test_a_reader_that_takes_a_break_gets_all_the_same(lockt, running):
    """Lockt's answer is held meanwhile, and goes on."""
    lockt.add_users([{"id_num": f"B{n}", "first_name": "Bulk", "last_name": "x" * 250, "enabled": False}
                     for n in range(8000)])
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as reader:
        reader.settimeout(60)
        reader.connect(str(running.control))
        reader.sendall(b'{"command":"get","what":"users","filter":"Bulk"}\n')
        taken = reader.recv(1)
        for _ in range(20):
            running.status()        # which the daemon answers meanwhile
        while not taken.endswith(b'"exit":0}\n'):
            taken += reader.recv(1 << 16)
    assert taken.count(b'{"users":') == 8000


def test_a_revocation_does_not_wait_for_a_reader(hr, lockt, running, synced):
    """While a get is held by a client that takes nothing, writes go on."""
    synced()
    lockt.add_users([{"id_num": f"B{n}", "first_name": "Bulk", "last_name": "x" * 200, "enabled": False}
                     for n in range(3000)])
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect(str(running.control))
        stuck.sendall(b'{"command":"get","what":"users"}\n')
        assert opens(lockt, "E00001")
        hr.leave("E00001")
        running.wait(lambda: not opens(lockt, "E00001"), "E00001 to be out")


def test_fobs_are_shown_with_their_last_use_where_that_is_released(lockt, running):
    fob = lockt.add_user(name="Fob 1", id_num="F1", card_num="5599")
    lockt.settings(pending_release=True)
    lockt.add_door("Vault")
    lockt.knock("5599", "Vault", at="2026-05-05 09:00:00")
    [checked] = rows(running, "fobcheck")
    assert (checked["id"], checked["last_activity"]) == (fob["id"], "2026-05-05T09:00:00Z")
    assert "2026-05-05T09:00:00Z" in table(running, "fobcheck")[1]


def test_events_are_shown_as_they_happened(lockt, running):
    lockt.add_user(id_num="G1", first_name="Gail", last_name="Get", card_num="0815")
    lockt.add_door("Vault")
    assert not lockt.knock("0815", "Vault")
    [event] = rows(running, "events")
    assert (event["device"], event["card_num"], event["code_text"]) == ("Vault", "0815", "Access Denied")
    assert not lockt.knock("0815", "Vault")
    assert [event["id"] for event in rows(running, "events")] == sorted(event["id"] for event in lockt.events())
    assert any("0815" in line and "Access Denied" in line for line in table(running, "events", "0815"))


# events, from a script: the newest first, as the service tells them

EVENTS = [{"events": {"id": number, "device": "Core 1", "code": 49, "code_text": text, "subcode_text": more,
                      "user": "Jones, Adam", "card_num": "1000", "event_time": "2021-11-18T16:15:28Z"}}
          for number, text, more in ((865, "Access Denied", "Battery Missing"), (864, "Access Granted", ""),
                                     (864, "Access Granted", ""), (837, "Access Granted", ""))]


@pytest.fixture
def script(tmp_path):
    with FakeDaemon(tmp_path / "control") as fake:
        fake.answers["get"] = [*EVENTS, END]
        yield fake


def get(script, *arguments):
    return subprocess.run([program("locktsyncctl"), "--socket", script.path, "get", *arguments], capture_output=True,
                          text=True, timeout=60, env={**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "200"})


def test_events_are_read_from_the_oldest_to_the_newest_and_count_once(script):     # ruling 45
    lines = get(script, "events").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["ID", "837", "864", "865", "3"]
    assert "Access Denied: Battery Missing" in lines[3]


def test_the_newest_events_are_shown_unless_all_are_wanted(script):
    lines = get(script, "events", "--limit", "1").stdout.splitlines()
    assert lines[1].startswith("865") and "--limit 0 shows all" in lines[-1]
    shown = get(script, "events", "--limit", "0", "--json").stdout.splitlines()
    assert [json.loads(line)["events"]["id"] for line in shown] == [837, 864, 865]


def test_following_goes_on_from_the_last_event(script):
    with subprocess.Popen([program("locktsyncctl"), "--socket", script.path, "get", "events", "--follow", "--json"],
                          stdout=subprocess.PIPE, text=True) as process:
        assert [json.loads(process.stdout.readline())["events"]["id"] for _ in range(3)] == [837, 864, 865]
        script.answers["get"] = [{"events": {"id": 866}}, *EVENTS, END]
        assert json.loads(process.stdout.readline())["events"]["id"] == 866
        process.terminate()
    assert script.requests[0] == {"command": "get", "what": "events"}
    assert script.requests[1] == {"command": "get", "what": "events", "since": 865}


# create


def test_doors_are_created_from_a_file(lockt, running, tmp_path):
    file = tmp_path / "doors"
    file.write_text("# the new wing\n\n  Door 1 \nDoor 2\n")
    result = running.ctl("create", "doors", file)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "2 doors were created."
    assert {"Door 1", "Door 2"} <= {door["name"] for door in lockt.doors()}


def test_a_name_that_is_taken_is_refused_and_the_others_are_created(lockt, running, tmp_path):
    lockt.add_door("Door 1")
    file = tmp_path / "doors"
    file.write_text("Door 1\nDoor 2\n")
    result = running.ctl("create", "doors", file)
    assert result.returncode == 1
    assert "Door Name Already Exists" in result.stdout and "1 door was created." in result.stdout
    assert [door["name"] for door in lockt.doors()].count("Door 1") == 1
    assert "Door 2" in [door["name"] for door in lockt.doors()]


def test_more_doors_than_a_write_takes_go_in_several(lockt, running, tmp_path):
    file = tmp_path / "doors"
    file.write_text("".join(f"Bulk {n}\n" for n in range(120)))
    before = len(lockt.requests(method="POST", path="/door"))
    assert running.ctl("create", "doors", file).returncode == 0
    assert len(lockt.requests(method="POST", path="/door")) - before == 2


def test_doors_never_overlap_with_a_write_of_the_sync(hr, lockt, running, synced, tmp_path):     # ruling 15
    file = tmp_path / "doors"
    file.write_text("Slow door\n")
    synced()
    lockt.clear_counters()
    with during(lockt, "delay", method="POST", after_ms=300):
        person = hr.hire("Nina", "Neu")
        assert running.ctl("create", "doors", file).returncode == 0
        synced()
    counters = lockt.counters()
    assert (counters["max_concurrent_writes"], counters["overlaps"]) == (1, 0)
    assert lockt.user(person) and "Slow door" in [door["name"] for door in lockt.doors()]


def test_a_daemon_that_only_reports_creates_no_door(lockt, daemon, tmp_path):
    daemon.configure(mode="report")
    daemon.start()
    file = tmp_path / "doors"
    file.write_text("Door 1\n")
    result = daemon.ctl("create", "doors", file)
    assert result.returncode == 1 and "mode is report" in result.stderr
    assert lockt.requests(method="POST") == []

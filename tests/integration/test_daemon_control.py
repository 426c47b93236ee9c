"""The control socket: its lines, its answers, who may ask, and that nobody who asks stands in the daemon's way."""

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys

import pytest

from support.truth import opens


LONG = 2 * 1024 * 1024 + 64 * 1024   # more than any request has


@contextlib.contextmanager
def connection(daemon, timeout=30):
    """A raw connection, for what request() would not do."""
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(timeout)
        raw.connect(os.fspath(daemon.control))
        yield raw


def lines_of(raw, ends=1):
    """What comes until that many answers have ended, or the daemon closes."""
    found = []
    with raw.makefile("rb") as stream:
        for line in stream:
            found.append(json.loads(line))
            ends -= "exit" in found[-1]
            if ends == 0:
                break
    return found


def ask_raw(daemon, data, ends=1):
    with connection(daemon) as raw:
        raw.sendall(data)
        return lines_of(raw, ends)


# Lines

def test_several_requests_on_one_connection_are_answered_in_order(daemon):
    daemon.start()
    found = ask_raw(daemon, b'{"command":"ping"}\n{"command":"nonsense"}\n{"command":"ping"}\n', ends=3)
    assert [sorted(line) for line in found] == [["ping"], ["end", "exit"], ["error", "exit"], ["ping"], ["end", "exit"]]


def test_a_client_that_says_no_more_still_gets_its_answer(daemon):
    daemon.start()
    with connection(daemon) as raw:
        raw.sendall(b'{"command":"check"}\n')
        raw.shutdown(socket.SHUT_WR)
        found = lines_of(raw, ends=99)
    assert found[-1]["end"] is True


@pytest.mark.parametrize("line", [
    b"\n", b"status\n", b"[]\n", b"{}\n", b'{"command":1}\n', b'{"command":"status"} x\n', b'{"command":"\xff"}\n',
    b'{"command":"explain"}\n', b'{"command":"explain","id_num":""}\n', b'{"command":"explain","id_num":"a\\u0000b"}\n',
    b'{"command":"status","all":true}\n', b'{"command":"retry","keys":[]}\n', b"[" * 5000 + b"\n", b"\0" * 100 + b"\n",
])
def test_what_is_no_request_is_refused_and_the_next_one_answered(daemon, line):
    daemon.start()
    refused, ping, end = ask_raw(daemon, line + b'{"command":"ping"}\n', ends=2)
    assert refused["error"] and refused["exit"] == 2
    assert "ping" in ping and end["exit"] == 0


def test_a_line_without_end_is_refused(daemon):
    daemon.start()
    with connection(daemon) as raw:
        raw.sendall(b"x" * LONG)
        assert lines_of(raw, ends=2) == [{"error": "the request is longer than any", "exit": 2}]
    assert daemon.ask("ping")


def test_one_long_request_at_a_time_is_taken_in(daemon):
    daemon.start()
    with connection(daemon) as raw, connection(daemon) as other:
        raw.sendall(b'{"command":"plan","config":"' + b"x" * 900_000)   # more than a socket holds: it is being read
        other.sendall(b"y" * 65536)
        [refused] = lines_of(other)
        assert "another such is being taken in" in refused["error"] and refused["exit"] == 2
        raw.sendall(b'"}\n{"command":"ping"}\n')
        answer = lines_of(raw, ends=2)
        assert answer[0]["mistake"]["line"] == 1 and answer[1]["exit"] == 78 and "ping" in answer[2]
    assert "mistake" in daemon.request("plan", config="x" * 100000)[0]


# Who may

def test_the_socket_is_for_the_daemon_and_the_group_alone(daemon):
    daemon.start()
    mode = stat.S_IMODE(os.stat(daemon.control).st_mode)
    assert mode in (0o600, 0o660, 0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_who_is_in_none_of_the_groups_is_turned_away(daemon):
    daemon.start()
    os.chmod(daemon.folder, 0o755)
    os.chmod(daemon.control, 0o777)     # the kernel would turn him away; here the daemon does
    program = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(1000).decode())"
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c", program,
                           os.fspath(daemon.control)], capture_output=True, text=True, timeout=60, check=True)
    answer = json.loads(done.stdout)
    assert "only root and members of" in answer["error"] and answer["exit"] == 2


# Left over

def test_a_socket_that_was_left_over_is_replaced(daemon):
    daemon.start()
    daemon.kill()
    assert daemon.control.exists()
    daemon.start()
    assert daemon.ask("ping")


def test_a_socket_that_somebody_answers_is_not_taken(daemon, make_daemon):
    daemon.start()
    second = make_daemon()
    second.control = daemon.control
    second.start()
    assert second.said("another process answers on the control socket")
    second.stop()
    assert daemon.ask("ping")["pid"] == daemon.pid


def test_a_file_of_somebody_else_is_not_removed(daemon):
    daemon.control.write_text("precious", encoding="ascii")
    daemon.start()
    assert daemon.said("'.*control' is something else")
    daemon.stop()
    assert daemon.control.read_text(encoding="ascii") == "precious"


# Answers

def test_status(hr, lockt, daemon, synced):
    synced()
    status = daemon.status()
    assert status["pid"] == daemon.pid and status["mode"] == "apply" and status["leader"]
    assert status["hr"]["up"] and status["hr"]["listening"] and status["lockt"]["up"]
    assert status["counts"]["people"] == 500 and status["counts"]["parked"] == 2
    assert status["alarms"] == [] and not status["ok"]      # two are parked
    assert daemon.request("status").exit == 0


def test_status_fails_when_an_alarm_rings(daemon):
    daemon.configure(hr={"connection": "host=/nowhere dbname=hr"}, alarm={"stale": "1s"})
    daemon.start()
    daemon.wait_said("HR's data is older than 1s")
    answer = daemon.request("status")
    assert answer.exit == 1 and answer.of("status")[0]["alarms"] == ["stale"]
    daemon.wait(lambda: daemon.status_line.startswith("ALARM: HR's data is too old"), "STATUS=")


def test_parked_and_retry(hr, lockt, daemon, synced):
    synced()
    assert daemon.parked().keys() == {"E00015", "E00033"}
    assert daemon.request("retry", keys=["E00033"]).of("retry") == [{"id_num": "E00033", "found": True}]
    answer = daemon.request("retry", keys=["E00033", "nobody"])
    assert answer.exit == 1 and answer.of("retry")[1] == {"id_num": "nobody", "found": False}
    assert daemon.request("retry").exit == 0
    daemon.wait_said("asked to retry the whole queue")


def test_plan_touches_nothing_and_is_what_is_done(hr, lockt, daemon, synced, settled):
    synced()
    daemon.stop()
    daemon.configure(mode="report")
    hr.leave("E00001")
    new = hr.hire("Nina", "Neu", department="Sales", site="HQ")
    daemon.start()
    settled_status = lambda: daemon.status()["hr"]["last_read_usec"]
    daemon.wait(settled_status, "a read of HR")
    before = len(lockt.writes())

    answer = daemon.request("plan", bodies=True)
    assert answer.exit == 0, answer.error
    plan = {entry["id_num"]: entry for entry in answer.of("plan")}
    (summary,) = answer.of("summary")
    assert plan["E00001"]["action"] == "revoke" and plan["E00001"]["takes"] and plan["E00001"]["why"] == "left"
    assert [level["name"] for level in plan["E00001"]["lost"]] == ["Cardholder"]
    assert plan[new]["action"] == "create" and [level["name"] for level in plan[new]["gained"]] == ["Cardholder"]
    assert plan["E00033"]["action"] == "park" and plan["E00033"]["reason"]
    assert summary["actions"]["revoke"] == 1 and summary["actions"]["create"] == 1 and summary["rows"] == 501
    assert len(lockt.writes()) == before
    planned = [json.loads(body["body"]) for body in plan["E00001"]["bodies"]]

    daemon.configure(mode="apply")
    since = lockt.last_request()
    daemon.reload()
    synced()
    (sent,) = [write["body"] for write in lockt.writes(since) if "E00001" in json.dumps(write["body"])]
    # When access ends is the instant at which it is sent.
    for body in (sent, planned[0]):
        assert body["users"][0].pop("access_expires")
    assert planned == [sent]


def test_one_plan_at_a_time(hr_database, daemon, synced):
    synced()
    with connection(daemon) as first:
        blocker = hr_database.connect("postgres", autocommit=False)
        blocker.cursor().execute("LOCK TABLE hr.employments IN ACCESS EXCLUSIVE MODE")
        first.sendall(b'{"command":"plan"}\n')
        daemon.wait(lambda: daemon.request("plan").error or "", "a refusal")
        assert "another plan or explanation" in daemon.request("plan").error
        blocker.rollback()
        blocker.close()
        lines_of(first)
    daemon.wait(lambda: daemon.request("plan").exit == 0, "a plan afterwards")


def test_a_client_that_leaves_in_the_middle_of_a_plan_harms_nobody(hr_database, daemon, synced):
    hr_database.generate_people(3000)
    daemon.start()
    daemon.wait(lambda: daemon.status()["hr"]["last_read_usec"], "a read of HR", timeout=60)
    for _ in range(3):
        with connection(daemon) as raw:
            raw.sendall(b'{"command":"plan","bodies":true}\n')
            raw.recv(100)
    daemon.wait(lambda: daemon.request("plan").exit == 0, "a plan afterwards", timeout=60)


def test_a_client_that_does_not_read_is_waited_for_without_harm(hr, hr_database, lockt, daemon, synced):
    synced()
    hr_database.generate_people(2000)
    with connection(daemon) as slow:
        slow.sendall(b'{"command":"history","limit":0}\n' * 50)
        hr.leave("E00001")
        daemon.wait(lambda: opens(lockt, "E00001") == set(), "a revocation beside it")
        found = lines_of(slow, ends=50)
    assert sum("end" in line for line in found) == 50


def test_of_more_clients_than_are_served_the_idle_ones_go(daemon):
    daemon.start()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(daemon)) for _ in range(40)]
        daemon.wait(lambda: clients[7].recv(1, socket.MSG_PEEK) == b"", "the oldest being hung up on")
        for client in clients[8:]:
            client.sendall(b'{"command":"ping"}\n')
            assert "ping" in lines_of(client)[0]


def test_more_clients_than_are_served(daemon):
    """All of them have asked, and none reads: their answers fill what the kernel keeps."""
    daemon.careful = True
    daemon.start()
    daemon.wait_said("for the approval of the plan")    # so there are many lines to tell
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connection(daemon)) for _ in range(32)]
        for client in clients:
            client.sendall(b'{"command":"held"}\n' * 50)
        for client in clients:
            client.recv(1, socket.MSG_PEEK)
        with connection(daemon) as raw:
            assert "too many clients" in lines_of(raw)[0]["error"]
    daemon.wait(lambda: daemon.request("ping").exit == 0, "an answer when they are gone")


def test_one_check_at_a_time(hr_database, daemon, synced):
    """Each takes a connection of HR's, and reads everybody."""
    synced()
    with contextlib.closing(hr_database.connect(user="postgres")) as other, other.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE hr.people IN ACCESS EXCLUSIVE MODE")
        with connection(daemon) as first:
            first.sendall(b'{"command":"check"}\n')
            first.recv(1, socket.MSG_PEEK)
            assert "try again" in daemon.request("check").error
    daemon.wait(lambda: daemon.request("check").error is None, "a check when the other one is gone")


def test_explain(hr, lockt, daemon, synced, settled):
    synced()
    settled()
    answer = daemon.request("explain", id_num="E00002")
    (of_hr,), rules, (known,) = answer.of("hr"), answer.of("rule"), answer.of("explain")
    assert of_hr["reachable"] and of_hr["found"] and of_hr["row"]["employee_id"] == "E00002"
    assert len(rules) == 4 and rules[0]["matched"] and not all(rule["matched"] for rule in rules)
    assert known["link"]["lockt_id"] == lockt.user("E00002")["id"]
    assert daemon.request("explain", id_num="nobody").exit == 1


def test_explaining_somebody_does_not_make_the_others_absent(hr, lockt, daemon, synced, settled):
    synced()
    since = lockt.last_request()
    for _ in range(3):
        daemon.request("explain", id_num="E00002")
        daemon.request("explain", id_num="nobody")
    settled()
    assert lockt.writes(since) == []


def test_explain_works_without_hr(hr_database, daemon, synced):
    synced()
    hr_database.postgres.execute("ALTER DATABASE {} ALLOW_CONNECTIONS false".format(hr_database.name))
    try:
        hr_database.postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'locktsync'")
        answer = daemon.request("explain", id_num="E00002")
        assert not answer.of("hr")[0]["reachable"] and answer.of("hr")[0]["error"]
        assert answer.of("explain")[0]["link"]
    finally:
        hr_database.postgres.execute("ALTER DATABASE {} ALLOW_CONNECTIONS true".format(hr_database.name))


def test_history(hr, lockt, daemon, synced):
    synced()
    hr.leave("E00001")
    synced()
    entries = daemon.ask("history", id_num="E00001")
    assert [entry["id"] for entry in entries] == sorted((entry["id"] for entry in entries), reverse=True)
    revoked = next(entry for entry in entries if entry["action"] == "revoked")
    assert revoked["detail"]["before"]["enabled"] and not revoked["detail"]["after"]["enabled"]
    assert len(daemon.ask("history", limit=3)) == 3
    assert {entry["cycle"] for entry in daemon.ask("history", cycle=revoked["cycle"], limit=0)} == {revoked["cycle"]}


def test_unknown_users_of_lockt(lockt, daemon, synced):
    lockt.add_user(first_name="Visitor", last_name="One", id_num="V1", enabled=True,
                   accesslevels=[lockt.levels()[0]["id"]])
    synced(ignore=["V1"])
    (user,) = daemon.ask("unknown")
    assert user["id_num"] == "V1" and user["last_name"] == "One"
    assert user["levels"][0]["name"] == lockt.levels()[0]["name"]


def test_check_says_what_there_is_and_shows_nobody(hr, lockt, daemon, synced):
    synced()
    answer = daemon.request("check")
    checks = {line["what"]: line for line in answer.of("check")}
    assert answer.exit == 0
    assert checks.keys() == {"configuration", "state", "hr", "columns", "people", "lockt", "levels"}
    assert "employee_id (text)" in checks["columns"]["text"] and checks["people"]["text"] == "500 rows"
    people = answer.of("person")
    assert len(people) == 3 and people[0]["id_num"] == "E00001" and people[0]["levels"][0]["name"] == "Cardholder"
    shown = json.dumps(people)
    assert "Mustermann" not in shown and "10001" not in shown and "@example.org" in shown


def test_check_finds_what_is_wrong(lockt, daemon, synced):
    synced()
    lockt.settings(apikey="another-key-than-before")
    answer = daemon.request("check")
    assert answer.exit == 1
    assert [line["what"] for line in answer.of("check") if not line["ok"]] == ["lockt"]


def test_what_hr_says_cannot_write_lines_into_the_log(hr, lockt, daemon, synced):
    synced()
    hr.hire("Eve", "Evil", employee_id="X\n<0>all is well", site="HQ", badge="not a number")
    daemon.wait_said(r"X\\x0a<0>all is well is parked")
    assert not daemon.said("^<0>")

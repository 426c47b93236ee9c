"""locktsyncctl: what it asks the daemon, what it shows, what it exits with. The daemon is a script."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import time
import unicodedata

import pytest

from support.fakedaemon import END, FakeDaemon

PROGRAM = os.path.join(os.environ["LOCKTSYNC_BUILD"], "daemon/ctl/locktsyncctl") if "LOCKTSYNC_BUILD" in os.environ \
    else "locktsyncctl"
USEC = 1_000_000
NOW = int(time.time()) * USEC
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "xterm"}
for name in ("NO_COLOR", "COLUMNS"):
    ENVIRONMENT.pop(name, None)


@pytest.fixture
def daemon(tmp_path):
    with FakeDaemon(tmp_path / "control") as fake:
        yield fake


def run(*arguments, **environment):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60,
                          env={**ENVIRONMENT, **environment})


def ask(daemon, *arguments, **environment):
    return run("--socket", daemon.path, *arguments, **environment)


def ask_on_terminal(daemon, *arguments, columns=80, **environment):
    """On a terminal of that width; answers what it would have shown."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([PROGRAM, "--socket", daemon.path, *arguments], stdout=slave, stderr=subprocess.PIPE,
                               env={**ENVIRONMENT, **environment})
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    assert process.wait(timeout=60) == 0, process.stderr.read()
    process.stderr.close()
    return shown.decode().replace("\r\n", "\n")


def columns_of(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def status(**changes):
    base = {
        "version": "0.1.0", "pid": 99, "now_usec": NOW, "since_usec": NOW - 3600 * USEC, "mode": "apply",
        "leader": True,
        "ok": True, "text": "12,345 people", "config": {"path": "/etc/locktsync/locktsync.yaml",
                                                         "loaded_usec": NOW - 3600 * USEC, "refused": None},
        "cycle": 17, "last_cycle_usec": NOW - 12 * USEC, "last_cycle_duration_usec": 850000,
        "next_cycle_usec": NOW + 48 * USEC, "reading": False, "listing": False, "writing": False,
        "hr": {"up": True, "error": None, "refused": None, "last_read_usec": NOW - 12 * USEC,
               "as_of_usec": NOW - 185 * USEC, "listening": True},
        "lockt": {"up": True, "error": None, "unauthorized": False, "service_fault": False,
                  "first_update_bad": False,
                  "listed_usec": NOW - 7500 * USEC, "users": 12400, "unknown_users": 12, "batch_limit": 100,
                  "next_attempt_usec": None},
        "counts": {"people": 12345, "linked": 12300, "queued": 0, "takes_queued": 0, "parked": 0, "held": 0,
                   "unconfirmed": 0},
        "oldest_revocation_usec": None, "state_failed": None, "alarms": [],
    }
    for key, value in changes.items():
        base[key] = {**base[key], **value} if isinstance(value, dict) else value
    return base


# status

def test_status_of_a_daemon_that_works(daemon):
    daemon.answers["status"] = [{"status": status()}, END]
    result = ask(daemon, "status")
    assert (result.returncode, result.stderr) == (0, "")
    assert daemon.requests == [{"command": "status"}]
    for words in ["locktsync 0.1.0: working", "read 12 s ago; NOTIFYs arrive", "3 min 5 s ago",
                  "number 17, 12 s ago, took 850 ms",
                  "in 48 s", "12,345, 12,300 linked", "12,400 users, all listed 2 h 5 min ago", "12 users of Lockt"]:
        assert words in result.stdout
    assert "What to do" not in result.stdout


@pytest.mark.parametrize("changes, words", [
    ({"alarms": ["stale"]}, ["ALARM", "HR's data is too old"]),
    ({"alarms": ["revocation"], "oldest_revocation_usec": NOW - 600 * USEC, "counts": {"unconfirmed": 2}},
     ["ALARM", "2 acknowledged and not seen by reading; the oldest open one was decided 10 min ago",
      "disable the person in Lockt by hand"]),
    ({"state_failed": "disk full"}, ["ALARM", "can't be written: disk full", "look at the disk"]),
])
def test_status_exits_with_1_while_an_alarm_rings(daemon, changes, words):
    daemon.answers["status"] = [{"status": status(ok=False, **changes)}, {"end": True, "exit": 1}]
    result = ask(daemon, "status")
    assert result.returncode == 1
    flat = " ".join(result.stdout.split())
    for expected in words:
        assert expected in flat


@pytest.mark.parametrize("changes, words", [
    ({"hr": {"up": False, "error": "no route to host"}}, ["can't be read: no route to host", "locktsyncctl check"]),
    ({"hr": {"refused": "a load is running"}}, ["proves nothing: a load is running"]),
    ({"lockt": {"up": False, "unauthorized": True}}, ["refuses the credentials", "systemctl reload locktsyncd"]),
    ({"lockt": {"up": False, "error": "time-out", "next_attempt_usec": NOW + 5 * USEC}},
     ["does not answer: time-out", "tried again in 5 s"]),
    ({"lockt": {"service_fault": True, "error": "bad"}}, ["refuses every record, delivery pauses: bad"]),
    ({"lockt": {"first_update_bad": True}},
     ["first update changed what it should not: only leavers are revoked", "locktsyncctl resync --accept"]),
    ({"counts": {"parked": 2}}, ["Parked 2", "locktsyncctl parked"]),
    ({"counts": {"held": 7}}, ["Held back 7", "locktsyncctl held"]),
    ({"counts": {"queued": 3, "takes_queued": 1}}, ["3 wait, 1 revocation", "locktsyncctl queue"]),
    ({"config": {"refused": "x.yaml:3:1: unknown key"}}, ["former configuration runs: x.yaml:3:1", "check --config"]),
    ({"mode": "report"}, ["writes nothing to Lockt"]),
])
def test_status_says_what_is_wrong_and_what_to_do(daemon, changes, words):
    daemon.answers["status"] = [{"status": status(ok=False, **changes)}, END]
    result = ask(daemon, "status")
    assert result.returncode == 0
    flat = " ".join(result.stdout.split())
    for expected in ["needs attention", *words]:
        assert expected in flat


def test_status_of_a_second_daemon(daemon):
    daemon.answers["status"] = [{"status": status(leader=False)}, END]
    assert "stands by" in ask(daemon, "status").stdout


def test_status_survives_a_daemon_of_another_version(daemon):
    daemon.answers["status"] = [{"status": {"version": "9", "counts": 3, "hr": None, "alarms": "x", "new": [1]}}, END]
    assert ask(daemon, "status").returncode == 0


# JSON

def test_json_is_what_the_daemon_said_line_by_line(daemon):
    lines = [{"queue": {"id_num": "1", "new_member": None}}, {"queue": {"id_num": "2"}}]
    daemon.answers["queue"] = [*lines, END]
    result = ask(daemon, "queue", "--json")
    assert result.returncode == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == lines


def test_json_has_no_bytes_that_a_terminal_obeys(daemon):
    daemon.answers["parked"] = '{"parked":{"reason":"\x7f\u009b31m ü"}}\n{"end":true,"exit":0}\n'.encode()
    result = ask(daemon, "parked", "--json")
    assert "\x7f" not in result.stdout and "\u009b" not in result.stdout
    assert json.loads(result.stdout) == {"parked": {"reason": "\x7f\u009b31m ü"}}


# Lists

QUEUED = {"id_num": "4711", "lane": "take", "why": "left", "queued_usec": NOW - 60 * USEC, "changed_usec": NOW,
          "attempts": 3, "next_usec": NOW + 3600 * USEC, "last_error": "HTTP 503", "reads_first": False}


def test_queue(daemon):
    daemon.answers["queue"] = [{"queue": QUEUED},
                               {"queue": {**QUEUED, "id_num": "5", "lane": "create", "attempts": 0}}, END]
    result = ask(daemon, "queue", COLUMNS="120")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["ID_NUM", "LANE", "WHY", "QUEUED", "TRIES", "NEXT", "LAST", "ERROR"]
    assert lines[1].startswith("4711    take") and lines[1].endswith("HTTP 503")
    assert lines[-1] == "2 people wait, 1 revocation."


@pytest.mark.parametrize("command, words", [
    ("queue", "Nothing waits."), ("parked", "Nobody is parked."), ("held", "Nobody is held back."),
    ("unknown", "HR knows every user of Lockt."), ("history", "Nothing was done."),
])
def test_empty_lists_say_so(daemon, command, words):
    daemon.answers[command] = [END]
    assert ask(daemon, command).stdout == words + "\n"


def test_parked_and_held(daemon):
    daemon.answers["parked"] = [{"parked": {"id_num": "1", "kind": "data", "since_usec": NOW - 7200 * USEC,
                                            "reason": "Non-Numeric card_num found"}}, END]
    daemon.answers["held"] = [{"held": {"id_num": "2", "why": "absent: more people than safety.max_revoked allows",
                                        "since_usec": NOW - 60 * USEC}}, END]
    # On a busy machine it may be a minute more when it is asked.
    assert re.search("1       data  2 h( [0-9]+ min)? ago  Non-Numeric card_num found", ask(daemon, "parked").stdout)
    assert "1 person is parked." in ask(daemon, "parked").stdout
    assert "1 person is held back." in ask(daemon, "held").stdout


def test_unknown(daemon):
    user = {"lockt_id": 7, "id_num": None, "first_name": "Old", "last_name": "Hand", "email": None, "enabled": True,
            "access_effective": None, "access_expires": None,
            "levels": [{"id": 5, "name": "Cardholder"}, {"id": 6, "name": ""}],
            "seen_usec": NOW}
    daemon.answers["unknown"] = [{"unknown": user}, {"unknown": {**user, "enabled": False, "levels": None}},
                                 {"unknown": {**user, "access_expires": "2001-01-01T00:00:00Z"}},
                                 {"unknown": {**user, "access_effective": "9000-01-01T00:00:00Z"}}, END]
    shown = ask(daemon, "unknown").stdout
    assert re.search(r"7 +Old Hand +yes +Cardholder, #6", shown)
    assert re.search(r"disabled +not known", shown)
    assert "expired" in shown and "later" in shown
    assert "4 users of Lockt" in shown and "1 has access now" in shown.replace("\n", " ")


def test_history_shows_what_changed(daemon):
    before = {"id": 7, "enabled": True, "email": "a@b.c",
              "accesslevels": [{"id": 5, "name": "Cardholder"}, {"id": 6, "name": ""}]}
    daemon.answers["history"] = [
        {"history": {"id": 2, "at_usec": 1795437130 * USEC, "cycle": 17, "id_num": "4711", "action": "revoke",
                     "detail": {"before": before, "after": {**before, "enabled": False, "accesslevels": []},
                                "text": "left"}}},
        {"history": {"id": 1, "at_usec": NOW, "cycle": 16, "id_num": None, "action": "start", "detail": None}}, END]
    shown = " ".join(ask(daemon, "history", "4711", "--limit", "5", "--cycle", "17").stdout.split())
    assert daemon.requests[-1] == {"command": "history", "id_num": "4711", "limit": 5, "cycle": 17}
    assert "2026-11-23 12:32:10 17 4711 revoke left: enabled true → false; accesslevels Cardholder, #6 → (none)" in shown
    assert "a@b.c" not in shown


def test_history_that_is_not_what_was_written_fails(daemon):
    verdict = {"sound": False, "entries": 4, "first_id": 1, "first_usec": NOW, "last_id": 4, "last_usec": NOW,
               "head": "ab" * 32, "bad_id": 5}
    daemon.answers["verify"] = [{"verify": verdict}, {"end": True, "exit": 1}]
    result = ask(daemon, "history", "--verify")
    assert result.returncode == 1 and "entry 5 is missing or not what was written" in " ".join(result.stdout.split())
    daemon.answers["verify"] = [{"verify": {**verdict, "sound": True, "bad_id": None, "found": False}}, {"end": True, "exit": 1}]
    result = ask(daemon, "history", "--verify", "--head", "cd" * 32)
    assert daemon.requests[-1] == {"command": "verify", "head": "cd" * 32}
    assert "is what was written: 4 entries" in result.stdout and "cut short or replaced" in " ".join(result.stdout.split())
    assert ask(daemon, "history", "4711", "--verify").returncode == 2


def test_history_of_a_time(daemon):
    daemon.answers["history"] = [END]
    assert "Nothing was done in that time." in ask(daemon, "history", "--since", "2026-11-23T00:00:00Z").stdout
    assert daemon.requests[-1] == {"command": "history", "since_usec": 1795392000 * USEC}


# Backup

def test_a_backup_that_breaks_off_leaves_no_file(daemon, tmp_path):
    file = tmp_path / "backup"
    for lines in ([{"backup": {"size": 10}}, {"data": "AAAA"}, END], [{"backup": {"size": 3}}, {"data": "AAAA"}],
                  [{"backup": {"size": 3}}, {"data": "no base64!"}, END], [{"error": "disk full", "exit": 1}]):
        daemon.answers["backup"] = lines
        result = ask(daemon, "backup", str(file))
        assert result.returncode == 1 and len(result.stderr.splitlines()) == 1, result.stderr
        assert list(tmp_path.glob("backup*")) == []
    daemon.answers["backup"] = [{"progress": {"permille": 500}}, {"backup": {"size": 6}}, {"data": "AAAA"}, {"data": "AQID"}, END]
    assert ask(daemon, "backup", str(file)).returncode == 0
    assert file.read_bytes() == bytes([0, 0, 0, 1, 2, 3])


# Revert

def test_revert_shows_who_is_set_back_and_who_not(daemon):
    daemon.answers["revert"] = [
        {"revert": {"id_num": "1", "what": "gains 2 levels", "refused": None}},
        {"revert": {"id_num": "2", "what": None, "refused": "is in Lockt no more"}},
        {"reverting": {"cycle": 17, "people": 1, "refused": 1, "digest": "0123456789ab"}}, END]
    result = ask(daemon, "revert", "17", "--reason", "a mistake")
    assert daemon.requests[-1] == {"command": "revert", "cycle": 17, "reason": "a mistake"}
    assert re.search(r"1 +gains 2 levels", result.stdout) and "not: is in Lockt no more" in result.stdout
    assert "1 person waits for your approval" in result.stdout and "locktsyncctl approve 0123456789ab" in result.stdout


# Steering

def test_retry(daemon):
    daemon.answers["retry"] = [{"retry": {"id_num": "1", "found": True}}, {"retry": {"id_num": "2", "found": False}},
                               {"end": True, "exit": 1}]
    result = ask(daemon, "retry", "1", "2")
    assert daemon.requests == [{"command": "retry", "keys": ["1", "2"]}]
    assert result.returncode == 1
    assert result.stdout == "1: is tried again now\n2: neither waits nor is parked\n"


def test_retry_of_everything_names_nobody(daemon):
    daemon.answers["retry"] = [END]
    assert "All that waits" in ask(daemon, "retry").stdout
    assert daemon.requests == [{"command": "retry"}]


def test_resync(daemon):
    daemon.answers["resync"] = [{"resync": {"accept": False}}, END]
    assert "read anew" in ask(daemon, "resync").stdout
    assert "is believed" in ask(daemon, "resync", "--accept").stdout
    assert daemon.requests == [{"command": "resync"}, {"command": "resync", "accept": True}]


# Plan

def entry(action, id_num, **more):
    return {"plan": {"action": action, "id_num": id_num, "first_name": "Nina", "last_name": "Neu", "lockt_id": None,
                     "adopts": False, "takes": False, "gives": False, "why": "changed", "reason": None,
                     "properties": [],
                     "gained": [], "lost": [], **more}}


def summary(**more):
    return {"summary": {"rows": 1200, "actions": {"revoke": 1, "change": 0, "create": 1, "adopt": 0, "park": 1,
                                                  "hold": 0},
                        "gaining": 1, "losing": 1, "writes": 2, "unknown_users": 3,
                        "rules": [{"line": 43, "matches": 1200}, {"line": 44, "matches": 0}], "absence_proven": True,
                        "note": None, **more}}


def test_plan_reads_from_revocations_to_creations(daemon):
    daemon.answers["plan"] = [
        entry("create", "E1", gives=True, why="hired",
              properties=[{"property": "email", "from": "", "to": "nina@x.org"}],
              gained=[{"id": 5, "name": "Cardholder", "line": 43}]),
        entry("park", "E2", reason="the card number has letters"),
        entry("revoke", "E3", takes=True, why="left",
              properties=[{"property": "enabled", "from": "true", "to": "false"}],
              lost=[{"id": 5, "name": "Cardholder"}, {"id": 6, "name": ""}]),
        summary(), END]
    result = ask(daemon, "plan")
    assert result.returncode == 0
    shown = result.stdout
    assert shown.index("Revocations: 1 person") < shown.index("E3") < shown.index("Parked: 1 person") < \
        shown.index("E2") < shown.index("Creations: 1 person") < shown.index("E1")
    for words in ["nothing has been written", "People in HR     1,200", "E3  Nina Neu", "left; takes access",
                  "enabled  true → false", "- level Cardholder (5)", "- level (6)", "the card number has letters",
                  "hired; gives access", "email  (none) → nina@x.org", "+ level Cardholder (5), by the rule in line 43",
                  "matches 1,200 of 1,200 people", "matches nobody", "3 users of Lockt are not known to HR",
                  "1 person would lose access, 1 would gain access, in 2 requests."]:
        assert words in shown
    assert daemon.requests == [{"command": "plan"}]


def test_a_long_plan_is_cut_by_kind_and_says_how_to_see_it_all(daemon):
    daemon.answers["plan"] = [*(entry("create", f"E{n}") for n in range(1234)),
                              *(entry("revoke", f"R{n}") for n in range(3)), summary(), END]
    shown = ask(daemon, "plan").stdout
    assert len(re.findall(r"^  E\d+ ", shown, re.M)) == 50
    assert len(re.findall(r"^  R\d+ ", shown, re.M)) == 3
    assert "Creations: 1,234 people" in shown
    assert "and 1,184 more; 'locktsyncctl plan --all'" in shown
    shown = ask(daemon, "plan", "--all").stdout
    assert len(re.findall(r"^  E\d+ ", shown, re.M)) == 1234
    assert "more;" not in shown


def test_plan_with_bodies(daemon):
    body = {"method": "POST", "path": "/user", "body": "{\"pin\":\"****\"}"}
    daemon.answers["plan"] = [entry("change", "E1", bodies=[body]), summary(), END]
    shown = ask(daemon, "plan", "--bodies").stdout
    assert "POST /user" in shown and '{"pin":"****"}' in shown
    assert daemon.requests == [{"command": "plan", "bodies": True}]


def test_a_plan_that_does_nothing(daemon):
    daemon.answers["plan"] = [summary(writes=0, rules=[], absence_proven=False, note="rows without a key"), END]
    shown = ask(daemon, "plan").stdout
    assert "Nothing would be written." in shown
    assert "rows without a key" in shown and "proves of nobody" in shown


def test_a_plan_that_breaks_off_is_not_shown(daemon):
    daemon.answers["plan"] = [entry("revoke", "E1"), {"error": "can't read HR for the plan: gone", "exit": 1}]
    result = ask(daemon, "plan")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "locktsyncctl: can't read HR for the plan: gone\n"


# Explain

KNOWN = {"id_num": "4711", "person": {"read": 3, "revoked_read": 0, "absent": False, "gone": False, "boundary": None},
         "link": {"lockt_id": 7, "linked": "2020-01-01T00:00:00Z", "disabled_by_locktsync": None, "granted": []},
         "lockt": {"id_num": "4711", "first_name": "Nina", "enabled": True,
                   "accesslevels": [{"id": 5, "name": "Cardholder"}],
                   "id": 7, "seen": "2020-01-02T00:00:00Z", "acknowledged": None, "missing": False}}
ROW = {"hr": {"reachable": True, "error": None, "found": True,
              "row": {"employee_id": "4711", "pin": "(hidden)", "badge": None}}}


def explain(daemon, *lines, code=0):
    daemon.answers["explain"] = [*lines, {"end": True, "exit": code}]
    result = ask(daemon, "explain", "4711")
    assert result.returncode == code
    assert daemon.requests[-1] == {"command": "explain", "who": "4711"}
    return " ".join(result.stdout.split())


def test_explain_tells_the_way_of_the_data(daemon):
    shown = explain(daemon, ROW, {"rule": {"line": 43, "matched": True, "why": None}},
                    {"rule": {"line": 44, "matched": False, "why": "site is 'Annex', not one of HQ"}},
                    {"explain": KNOWN})
    for words in ["Nothing is to be done for 4711: Lockt is as HR wants it.", "employee_id 4711", "pin (hidden)",
                  "badge (null)", "line 43 matches", "line 44 does not match: site is 'Annex', not one of HQ",
                  "user 7, linked", "levels Cardholder (5)", "locktsyncctl history 4711"]:
        assert words in shown


@pytest.mark.parametrize("more, words", [
    ({"parked": {"reason": "two rows", "since": None}}, "4711 is parked: two rows"),
    ({"held": {}}, "4711 is held back"),
    ({"queue": {"lane": "take", "why": "left", "standing": "out", "wanted": {"enabled": False}, "attempts": 2,
                "queued": None, "next": None, "last_error": "HTTP 503"}}, "waits to be sent to Lockt: left"),
    ({"revocation": {"decided": None, "acknowledged": None, "confirmed": False, "next_look": None}},
     "has not been seen by reading yet"),
])
def test_explain_begins_with_the_answer(daemon, more, words):
    assert words in explain(daemon, ROW, {"explain": {**KNOWN, **more}})


def test_explain_without_hr(daemon):
    shown = explain(daemon, {"hr": {"reachable": False, "error": "gone", "found": False, "row": None}},
                    {"explain": KNOWN})
    assert "what HR says now could not be read" in shown and "can't be read: gone" in shown


def test_explain_nobody(daemon):
    shown = explain(daemon, {"hr": {"reachable": True, "error": None, "found": False, "row": None}},
                    {"explain": {"id_num": "4711"}}, code=1)
    assert "Nobody knows 4711" in shown


@pytest.mark.parametrize("record, words", [
    ({}, "Opens what these levels open: Cardholder (5)."),
    ({"access_expires": "9000-01-01T00:00:00Z"}, "open, until 9000-01-01T00:00:00Z: Cardholder (5)."),
    ({"enabled": False}, "Opens nothing: the user in Lockt is disabled."),
    ({"access_expires": "2001-01-01T00:00:00Z"}, "Opens nothing: the user in Lockt is expired."),
    ({"access_effective": "9000-01-01T00:00:00Z"}, "Opens nothing yet; from 9000-01-01T00:00:00Z on: Cardholder (5)."),
    ({"accesslevels": []}, "holds no levels"),
])
def test_explain_says_what_the_person_opens(daemon, record, words):
    assert words in explain(daemon, ROW, {"explain": {**KNOWN, "lockt": {**KNOWN["lockt"], **record}}})


# Check, by the daemon

def test_check_by_the_daemon(daemon):
    daemon.answers["check"] = [
        {"check": {"what": "hr", "ok": True, "text": "connected"}},
        {"check": {"what": "levels", "ok": False, "text": "x.yaml:3:4: no level 'Cardhodler'"}},
        {"person": {"id_num": "4711", "standing": "in",
                    "properties": {"first_name": "Ni…… (4 characters)", "email": None},
                    "levels": [{"id": 5, "name": "Cardholder"}], "fault": "Non-Numeric card_num"}},
        {"end": True, "exit": 1}]
    result = ask(daemon, "check")
    assert result.returncode == 1
    flat = " ".join(result.stdout.split())
    for words in ["ok hr connected", "error levels x.yaml:3:4: no level 'Cardhodler' → write the name as Lockt has it",
                  "person 4711 (HR says: in)", "email: (empty)", "levels: Cardholder", "withheld: Non-Numeric card_num",
                  "1 error, 0 warnings."]:
        assert words in flat


# Trouble with the daemon

def test_no_daemon(tmp_path):
    result = run("--socket", str(tmp_path / "nobody"), "status")
    assert result.returncode == 1
    assert "locktsyncd does not run" in result.stderr and "systemctl status locktsyncd" in result.stderr


def test_a_path_that_is_too_long():
    result = run("--socket", "/" + "x" * 200, "status")
    assert result.returncode == 1 and "longer than 107 bytes" in result.stderr


@pytest.mark.parametrize("code", [1, 2])
def test_what_the_daemon_refuses(daemon, code):
    daemon.answers["retry"] = [{"error": "'retry' is for root\x1b[31m", "exit": code}]
    result = ask(daemon, "retry")
    assert result.returncode == code
    assert result.stderr == "locktsyncctl: 'retry' is for root\ufffd[31m\n"


@pytest.mark.parametrize("answer, words", [
    (b"", "closed the connection"),
    (b'{"queue":{"id_num":"1"}}\n', "closed the connection"),
    (b'{"queue":{"id_num":"1"', "closed the connection"),
    (b"HTTP/1.1 400 Bad Request\n", "is not locktsyncd"),
    (b"[]\n", "is not locktsyncd"),
    (b"{} trailing\n", "is not locktsyncd"),
    pytest.param(b'{"a":' * 100 + b"\n", "is not locktsyncd", id="deep"),
])
def test_answers_that_are_none(daemon, answer, words):
    daemon.answers["queue"] = answer
    result = ask(daemon, "queue")
    assert result.returncode == 1
    assert words in result.stderr
    assert "Nothing waits" not in result.stdout


def test_a_line_without_end(daemon):
    daemon.answers["queue"] = b'{"queue":"' + b"x" * (17 * 1024 * 1024)
    result = ask(daemon, "queue")
    assert result.returncode == 1 and "longer than 16 MiB" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["status", "--limit", "3"], ["explain"],
                                       ["history", "--limit", "x"]])
def test_usage(arguments):
    result = run(*arguments)
    assert result.returncode == 2 and result.stdout == "" and result.stderr.startswith("locktsyncctl: ")


def test_a_full_disk_is_a_failure():
    with open("/dev/full", "w") as full:
        result = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert result.returncode == 1 and "can't write the output" in result.stderr


# Terminals

EVIL = {"id_num": "47\x1b]0;pwned\x07", "kind": "data", "since_usec": NOW,
        "reason": "\u202eevil\u009b2J\r\n山田太郎 " + "a very long reason " * 8}


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 133])
def test_tables_fit_any_terminal_and_disarm_what_they_show(daemon, columns):
    daemon.answers["parked"] = [{"parked": EVIL}, END]
    shown = ask_on_terminal(daemon, "parked", "--no-color", columns=columns)
    assert max(columns_of(line) for line in shown.splitlines()) <= columns
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)


@pytest.mark.parametrize("columns", [30, 80])
def test_status_and_plan_fit_the_terminal(daemon, columns):
    daemon.answers["status"] = [{"status": status(ok=False, alarms=["stale", "revocation"], state_failed="x" * 300)},
                                END]
    daemon.answers["plan"] = [entry("revoke", "E" * 50, why="y" * 200, reason="z " * 100), summary(), END]
    for command in ("status", "plan"):
        shown = ask_on_terminal(daemon, command, "--no-color", columns=columns)
        assert max(columns_of(line) for line in shown.splitlines()) <= columns


def test_colour_is_for_terminals_only(daemon):
    daemon.answers["status"] = [{"status": status()}, END]
    assert "\x1b[32m" in ask_on_terminal(daemon, "status")
    assert "\x1b" not in ask_on_terminal(daemon, "status", "--no-color")
    assert "\x1b" not in ask_on_terminal(daemon, "status", NO_COLOR="1")
    assert "\x1b" not in ask_on_terminal(daemon, "status", TERM="dumb")
    assert "\x1b" not in ask(daemon, "status").stdout


def test_another_locale_has_plain_signs_and_whole_names(daemon):
    daemon.answers["plan"] = [entry("revoke", "E1", first_name="Jürgen",
                                    properties=[{"property": "enabled", "from": "true", "to": "false"}]), summary(),
                                    END]
    shown = ask(daemon, "plan", LC_ALL="C").stdout
    assert "true -> false" in shown and "Jürgen" in shown

"""What must not harm the daemon: a reload amid anything, a state that can't be written, clients that misbehave."""

import contextlib
import json
import os
import resource
import signal
import socket

from support.truth import opens
from support.waiting import wait_until


@contextlib.contextmanager
def client(daemon, *requests):
    """A raw connection to the control socket, with requests on their way."""
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(60)
        raw.connect(os.fspath(daemon.control))
        raw.sendall(b"".join(json.dumps(request).encode() + b"\n" for request in requests))
        yield raw


def answers(raw, ends=1):
    """The lines up to the end of that many answers, or of the connection."""
    found = []
    with raw.makefile("rb") as stream:
        for line in stream:
            found.append(json.loads(line))
            ends -= "exit" in found[-1]
            if ends == 0:
                break
    return found


# A reload in the middle

def test_a_check_that_a_reload_overtakes_at_lockt(lockt, daemon, synced):
    synced()
    since = lockt.last_request()
    held = lockt.fault("hold", method="GET")
    with client(daemon, {"command": "check"}) as raw:
        lockt.wait_request(since, "GET", state="running")
        daemon.reload()
        lockt.clear_fault(held)
        assert "read again" in answers(raw)[-1]["error"]
    assert daemon.ask("ping")


def test_a_check_that_a_reload_overtakes_at_hr(hr, hr_database, daemon, synced):
    daemon.configure(hr={"poll": "1h", "listen": None}, alarm={"stale": "1d"})
    synced()
    with contextlib.closing(hr_database.postgres.connect(hr_database.name)) as other, other.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE hr.people IN ACCESS EXCLUSIVE MODE")
        with client(daemon, {"command": "check"}) as raw:
            wait_until(lambda: hr.execute("SELECT pid FROM pg_locks WHERE NOT granted"), "a read that waits")
            daemon.reload()
            cursor.execute("COMMIT")
            assert "exit" in answers(raw)[-1]
    assert daemon.ask("ping")


def test_a_plan_and_an_explanation_that_a_reload_overtakes(hr_database, hr, daemon, synced):
    daemon.configure(hr={"poll": "1h", "listen": None}, alarm={"stale": "1d"})
    synced()
    for request in ({"command": "plan"}, {"command": "explain", "id_num": "E00001"}):
        with contextlib.closing(hr_database.postgres.connect(hr_database.name)) as other, other.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE hr.people IN ACCESS EXCLUSIVE MODE")
            with client(daemon, request) as raw:
                wait_until(lambda: hr.execute("SELECT pid FROM pg_locks WHERE NOT granted"), "a read that waits")
                daemon.reload()
                cursor.execute("COMMIT")
                assert "exit" in answers(raw)[-1]
    assert daemon.request("plan").exit == 0


def test_a_reload_that_changes_nothing_keeps_the_watching_connection(hr, daemon, synced):
    """With it the lock would go: another daemon might lead, or we stand by for what is left of our own session."""
    def watchers():
        return {row["pid"] for row in hr.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")}
    synced()
    daemon.wait(watchers, "the lock")
    before = watchers()
    for _ in range(5):
        daemon.reload()
    assert watchers() == before
    assert not daemon.said("standing by")


def test_a_reload_while_stopping_does_not_say_ready(hr, lockt, daemon, synced):
    synced()
    since = lockt.last_request()
    lockt.fault("hold", method="POST")
    hr.leave("E00001")
    lockt.wait_request(since, method="POST")
    daemon.signal(signal.SIGTERM)
    daemon.signal(signal.SIGHUP)
    daemon.signal(signal.SIGUSR1)
    assert daemon.join() == 0
    told = [name for message in daemon.notified for name in message if name in ("STOPPING", "READY", "RELOADING")]
    assert told[-1] == "STOPPING", told


# A state that can't be written

@contextlib.contextmanager
def full_disk(daemon):
    """No file of the daemon's grows: each write to one fails, as on a full disk."""
    infinite = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, infinite)


def test_all_goes_on_after_a_full_disk(hr, lockt, daemon, synced):
    synced()
    with full_disk(daemon):
        hr.leave("E00001")
        hr.hire(employee_id="E90001")
        daemon.wait_said("the state can't be written")
    daemon.wait_said("the state can be written again")
    synced()
    assert opens(lockt, "E00001") == set() and opens(lockt, "E90001")
    assert len(daemon.said("the state can't be written")) == 1
    assert not daemon.said("HR can't be read") and not daemon.said("Lockt does not answer")


def test_a_start_on_a_full_disk_is_made_up_for(hr, lockt, daemon, synced):
    """The first answers of Lockt find no place; they are asked for again."""
    held = lockt.fault("hold", method="GET")
    daemon.start()
    lockt.wait_request(0, "GET", state="running")
    with full_disk(daemon):
        lockt.clear_fault(held)
        daemon.wait_said("the state can't be written")
    synced()


def test_a_resync_on_a_full_disk_is_made_up_for(hr, lockt, daemon, synced):
    synced()
    with full_disk(daemon):
        daemon.resync()
        daemon.wait_said("the state can't be written")
    daemon.wait_said("the state can be written again")
    hr.leave("E00001")
    synced()
    assert not daemon.said("Lockt does not answer") and not daemon.said("HR can't be read")


# Clients

def test_many_requests_at_once_are_all_answered(daemon, synced):
    synced()
    requests = [{"command": "status"}] * 200 + [{"command": "ping"}]
    with client(daemon, *requests) as raw:
        found = answers(raw, len(requests))
    assert sum("exit" in line for line in found) == len(requests)


def test_many_requests_of_a_client_that_says_no_more_are_all_answered(daemon, synced):
    synced()
    requests = [{"command": "status"}] * 200
    with client(daemon, *requests) as raw:
        raw.shutdown(socket.SHUT_WR)
        found = answers(raw, len(requests))
    assert sum("exit" in line for line in found) == len(requests)


def test_a_client_that_asks_nothing_does_not_keep_out_who_does(daemon):
    daemon.start()
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(client(daemon))
        assert daemon.ask("ping")


def test_a_retry_of_a_thousand_keys(daemon, synced):
    synced()
    answer = daemon.request("retry", keys=[f"nobody-{i}" for i in range(999)] + ["E00033"])
    assert [entry["found"] for entry in answer.of("retry")] == [False] * 999 + [True] and answer.exit == 1


# News

def test_who_has_vanished_from_lockt_is_told_once(hr, lockt, daemon, settled, synced):
    synced()
    lockt.delete_user("E00001")
    daemon.request("resync")
    daemon.wait_said("E00001.*(vanish|gone|no longer)")
    for _ in range(4):
        settled()
    assert len(daemon.said("E00001")) <= len(set(daemon.said("E00001"))), daemon.said("E00001")

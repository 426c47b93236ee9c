"""Invariant 16: it can always be stopped and reloaded."""

import signal
import time

import pytest

from support.truth import PEOPLE, opens
from support.writes import during

STOP_WITHIN = 1.0 + 1.5     # a second; the rest is for a sanitized build that looks for leaks at its end


def seconds_to_stop(daemon):
    begun = time.monotonic()
    assert daemon.stop() == 0
    return time.monotonic() - begun


def test_stopped_while_it_has_nothing_to_do(hr, lockt, daemon, synced):
    synced()
    assert seconds_to_stop(daemon) < STOP_WITHIN
    assert daemon.told("STOPPING") == "1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_while_a_write_is_under_way_that_nobody_answers(hr, lockt, daemon, synced, number):
    synced()
    held = lockt.fault("hold", method="POST", when="before")
    since = lockt.last_request()
    nina = hr.hire("Nina", "Neu")
    lockt.wait_request(since, "POST", "/user", "running")
    begun = time.monotonic()
    daemon.signal(number)
    assert daemon.join() == 0
    assert time.monotonic() - begun < STOP_WITHIN
    lockt.clear_fault(held)
    synced()
    assert opens(lockt, nina)


def test_stopped_while_a_list_is_read_that_has_no_end(hr, lockt, daemon, synced):
    synced()
    with during(lockt, "stall", path="/user", bytes=2000, ms=60000):
        since = lockt.last_request()
        daemon.resync()
        lockt.wait_until(lambda: any("stall" in request["faults"] for request in lockt.requests(since)))
        assert seconds_to_stop(daemon) < STOP_WITHIN


def test_stopped_while_hr_takes_its_time(hr, lockt, daemon, synced):
    daemon.configure(hr={"people": PEOPLE.replace("  FROM", "       , pg_sleep(1)::text AS nap\n  FROM")})
    daemon.start()
    daemon.wait(lambda: daemon.status()["reading"], "a read under way")
    assert seconds_to_stop(daemon) < STOP_WITHIN


def test_stopped_while_hr_is_not_reachable(hr, lockt, daemon):
    # An address of a documentation network: packets vanish, nobody answers.
    daemon.configure(hr={"connection": "host=192.0.2.1 dbname=hr user=locktsync connect_timeout=60"})
    daemon.start()
    assert seconds_to_stop(daemon) < STOP_WITHIN


BROKEN = [
    ("hr: [1, 2", ":"),
    ("version: 1\nhr:\n  poll: soon\n", "'soon'"),
]


@pytest.mark.parametrize("text, hint", BROKEN)
def test_a_broken_file_on_reload_is_refused_and_the_running_configuration_stays(hr, lockt, daemon, synced, text, hint):
    synced()
    daemon.reload(text)
    said = daemon.wait_said(r"locktsync\.yaml:\d+:\d+: ")
    assert any(hint in line for line in said)
    daemon.wait_said("the running configuration stays")
    daemon.wait(lambda: "refused" in daemon.status_line, "the status line to say so")
    assert daemon.status()["config"]["refused"]
    hr.leave("E00001")
    daemon.wait(lambda: not opens(lockt, "E00001"), "E00001 to be out")
    daemon._written = None
    daemon.reload()
    assert daemon.status()["config"]["refused"] is None


def test_a_good_file_on_reload_is_in_force(hr, lockt, daemon, synced):
    synced()
    daemon.configure(access_levels={"rules": [{"grant": ["Cardholder", "Server Room"]}]}, safety={"max_changed": "100%"})
    daemon.reload()
    daemon.wait(lambda: opens(lockt, "E00001") == {"Cardholder", "Server Room"}, "the new rule")
    assert daemon.told("RELOADING") is None or daemon.said("read again")


def test_reloaded_a_hundred_times_while_it_works(hr, lockt, daemon, synced):
    synced()
    hr.hire_many(300)
    for turn in range(100):
        daemon.configure(hr={"poll": f"{1 + turn % 3}s"})
        daemon.reload()
    synced()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2])
def test_signals_in_a_storm(hr, lockt, daemon, synced, number):
    synced()
    for _ in range(200):
        daemon.signal(number)
    hr.leave("E00001")
    synced()
    assert daemon.running

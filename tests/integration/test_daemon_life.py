"""locktsyncd as the service manager and the administrator see it: start, stop, signals, exit statuses, what it says."""

import os
import resource
import signal
import socket
import subprocess
import time

import pytest

from support.locktsyncd import program
from support.truth import instant, opens

CONFIGURATION = 78
TODAY = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime())


def run(*arguments):
    return subprocess.run([program("locktsyncd"), *arguments], capture_output=True, text=True, timeout=60, check=False)


# Options

def test_help_and_version_go_to_stdout():
    assert run("--help").stdout.startswith("Usage: locktsyncd")
    done = run("--version")
    assert done.returncode == 0 and done.stdout.startswith("locktsyncd ") and not done.stderr


@pytest.mark.parametrize("argument", ["--verbose", "start", "--config"])
def test_what_it_does_not_know_is_a_usage_error(argument):
    done = run(argument)
    assert done.returncode == 2 and argument in done.stderr and not done.stdout


# Start

def test_every_error_of_the_configuration_is_told_and_the_status_is_78(daemon):
    daemon.configure(hr={"poll": "soon"}, lockt={"url": "ftp://x"}, nonsense=1)
    daemon.spawn()
    assert daemon.join() == CONFIGURATION
    for word in ("soon", "'url' takes", "nonsense"):
        assert daemon.said(rf"^<3>{daemon.config_path}:\d+:\d+: .*{word}"), daemon.log_text
    assert not daemon.told("READY")


def test_no_configuration(daemon):
    daemon.spawn(write_config=False)
    assert daemon.join() == CONFIGURATION
    assert daemon.said(str(daemon.config_path))


def test_a_credential_that_is_not_there_is_an_error_of_the_configuration(daemon):
    (daemon.credentials / "apikey").unlink()
    daemon.spawn()
    assert daemon.join() == CONFIGURATION
    assert daemon.said("apikey")


def test_ready_while_neither_hr_nor_lockt_answer(daemon):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        daemon.configure(hr={"connection": f"host=127.0.0.1 port={port} dbname=hr user=x"},
                         lockt={"url": f"http://127.0.0.1:{port}/api/v1"})
        daemon.start()
        daemon.wait_said("Lockt does not answer")
        daemon.wait(lambda: "Lockt does not answer" in daemon.status_line, "a true STATUS=")
        assert daemon.stop() == 0


def test_a_second_daemon_on_the_same_state_refuses_to_start(daemon, make_daemon):
    daemon.start()
    second = make_daemon()
    second.state = daemon.state
    second.spawn()
    assert second.join() == 1
    assert second.said("another locktsyncd uses this state directory")
    assert daemon.running


def test_a_state_directory_that_is_none(daemon):
    daemon.state = daemon.config_path
    daemon.spawn()
    assert daemon.join() == 1
    assert daemon.said("can't use the state")


def test_a_damaged_state_is_set_aside(daemon, synced):
    synced()
    daemon.stop()
    (daemon.state / "state.sqlite").write_bytes(b"this is no database" * 1000)
    daemon.start()
    assert daemon.said("the state is damaged")
    assert list(daemon.state.glob("state.sqlite.damaged-*"))
    synced()


# Stop

def test_sigterm_is_obeyed_within_a_second_while_lockt_is_silent(hr, lockt, daemon, synced):
    synced()
    lockt.fault("hold", method="POST")
    since = lockt.last_request()
    hr.leave("E00001")
    lockt.wait_request(since, method="POST")
    before = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - before < 2        # a second, and what a sanitizer takes to say goodbye
    assert daemon.told("STOPPING") == "1"


def test_sigterm_is_obeyed_while_hr_does_not_answer(daemon):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        daemon.configure(hr={"connection": f"host=127.0.0.1 port={silent.getsockname()[1]} dbname=hr user=x"})
        daemon.start()
        silent.settimeout(30)
        connection = silent.accept()[0]
        before = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - before < 2
        connection.close()


def test_sigint_stops_too(daemon):
    daemon.start()
    daemon.signal(signal.SIGINT)
    assert daemon.join() == 0
    assert not os.path.exists(daemon.control)


# Signals

def test_reload_takes_the_new_configuration(hr, lockt, daemon, synced):
    synced()
    lockt.add_level("Visitors")
    daemon.config["access_levels"]["rules"][0]["grant"] = ["Cardholder", "Visitors"]
    daemon.reload()
    assert daemon.said("are in force")
    daemon.wait(lambda: "Visitors" in opens(lockt, "E00002"), "the new level")
    messages = [message for message in daemon.notified if "RELOADING" in message]
    assert messages and int(messages[0]["MONOTONIC_USEC"]) > 0


def test_reload_refuses_a_broken_file_and_goes_on(hr, lockt, daemon, synced):
    synced()
    daemon.reload("version: 1\nhr: [\n")
    assert daemon.said(rf"^<3>{daemon.config_path}:\d+:\d+: ") and daemon.said("the running configuration stays")
    daemon.wait(lambda: "is refused" in daemon.status_line, "STATUS= that says so")
    assert daemon.status()["config"]["refused"]
    hr.leave("E00001")
    synced()
    daemon.reload()
    assert daemon.status()["config"]["refused"] is None


def test_reload_with_reads_and_writes_under_way_loses_nothing(hr, lockt, daemon, synced):
    synced()
    for user in [user for user in lockt.users() if instant(user["access_effective"]) < instant(TODAY)][:5]:
        hr.leave(user["id_num"])
        daemon.signal(signal.SIGHUP)
    synced()
    assert not daemon.said("HR can't be read")


def test_sigusr1_reads_lockt_anew_and_repairs_it(lockt, daemon, synced):
    synced()
    lockt.set_user("E00002", last_name="Somebody")
    daemon.resync()
    synced()
    assert daemon.said("SIGUSR1 asked for a resync")


def test_sigusr2_reports(daemon, synced):
    synced()
    mark = daemon.mark()
    daemon.signal(signal.SIGUSR2)
    daemon.wait_said(r"^<5>\d+ people, \d+ linked", since=mark)
    assert daemon.said("^<5>HR: up", mark) and daemon.said("^<5>Lockt: up", mark)


# What it says

def test_a_quiet_daemon_is_silent(hr, daemon, synced, settled):
    # Of two who share an e-mail one is parked, at first since both want it, then since the other has it.
    hr.set_email("E00015", "another@example.org")
    synced()
    settled()
    mark = daemon.mark()
    settled()
    settled()
    assert daemon.lines[mark:] == []


def test_the_watchdog_is_fed_by_the_loop_and_starves_without_it(daemon):
    daemon.environment["WATCHDOG_USEC"] = "200000"
    daemon.start()
    fed = lambda: sum("WATCHDOG" in message for message in daemon.notified)
    daemon.wait(lambda: fed() >= 3, "WATCHDOG=1")
    daemon.signal(signal.SIGSTOP)
    daemon.wait_stopped()
    before = fed()
    time.sleep(0.5)     # that nothing comes can only be waited for: two times and a half of what the watchdog allows
    assert fed() == before
    daemon.signal(signal.SIGCONT)


def test_a_column_that_hr_lacks_is_told_with_its_place_once_and_when_it_is_back(hr, lockt, daemon, synced):
    daemon.configure(user={"email": "e_mail"})
    daemon.start()
    found = daemon.wait_said(r"no column 'e_mail'")
    daemon.wait(lambda: "HR can't be read" in daemon.status_line, "STATUS=")
    assert any(line.startswith(f"<3>{daemon.config_path}:") for line in found)
    daemon.configure(user={"email": "work_email"})
    daemon.reload()
    synced()
    assert daemon.said("HR can be read again")


def test_secrets_are_in_nothing_that_it_says(lockt, daemon, synced):
    synced()
    for number in (signal.SIGUSR2, signal.SIGHUP):
        daemon.signal(number)
    lockt.settings(apikey="another-key-than-before")
    daemon.resync()
    daemon.wait_said("refuses the API user or key")
    daemon.stop()
    key = (daemon.credentials / "apikey").read_text(encoding="ascii").strip()
    assert key not in daemon.log_text
    assert all(key not in value for message in daemon.notified for value in message.values())
    assert all(key.encode() not in path.read_bytes() for path in daemon.state.iterdir())


def test_new_credentials_in_their_files_are_noticed(hr, lockt, daemon, synced):
    synced()
    lockt.settings(apikey="another-key-than-before")
    hr.leave("E00001")
    daemon.wait_said("refuses the API user or key")
    daemon.wait(lambda: "refuses the credentials" in daemon.status_line, "STATUS=")
    for name in ("apiuser", "apikey"):
        (daemon.credentials / name).unlink()
    daemon.set_credentials(lockt.apiuser, lockt.apikey)
    synced()
    assert daemon.said("the credentials for Lockt have changed")


def test_a_second_daemon_for_the_same_instance_stands_by_and_takes_over(hr, lockt, daemon, make_daemon, synced):
    synced()
    second = make_daemon()
    second.start()
    second.wait_said("standing by, writing nothing")
    second.wait(lambda: "standing by" in second.status_line, "STATUS=")
    assert not second.status()["leader"]
    daemon.kill()
    second.wait_said("taking over")
    hr.leave("E00001")
    second.wait(lambda: opens(lockt, "E00001") == set(), "the second one's revocation")


def test_a_state_that_has_no_room_stops_delivery_until_it_has(hr, lockt, daemon, synced):
    synced()
    sizes = [path.stat().st_size for path in daemon.state.iterdir()]
    soft, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (min(sizes), hard))     # as a full disk, or a quota
    since = lockt.last_request()
    hr.leave("E00001")
    daemon.wait_said("^<2>the state can't be written: .*nothing is delivered")
    daemon.wait(lambda: "the state can't be written" in daemon.status_line, "STATUS=")
    assert daemon.request("status").exit == 1
    assert lockt.writes(since) == []

    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (soft, hard))
    synced()
    assert len(daemon.said("the state can't be written")) == 1
    assert len(daemon.said("the state can be written again")) == 1
    daemon.wait(lambda: "state" not in daemon.status_line, "STATUS= afterwards")


# --once

def test_once(hr, lockt, daemon):
    hr.set_badge("E00033", "38990")
    hr.set_email("E00015", "another@example.org")
    assert daemon.once() == 0, daemon.log_text
    assert opens(lockt, "E00001") >= {"Cardholder"}
    hr.leave("E00001")
    assert daemon.once() == 0, daemon.log_text
    assert opens(lockt, "E00001") == set()


def test_once_says_by_its_status_that_somebody_is_parked(daemon):
    assert daemon.once() == 1       # the sample company has records that can't be right


@pytest.mark.parametrize("side", ["hr", "lockt"])
def test_once_fails_when_a_side_is_down(daemon, side):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        daemon.configure(**({"hr": {"connection": f"host=127.0.0.1 port={port} dbname=hr user=x"}} if side == "hr"
                            else {"lockt": {"url": f"http://127.0.0.1:{port}/api/v1"}}))
        assert daemon.once() == 1

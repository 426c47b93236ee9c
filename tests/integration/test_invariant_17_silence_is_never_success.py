"""Invariant 17: what is old or waits is seen: in STATUS=, in the log, in the exit status of locktsyncctl."""

from support.truth import opens
from support.writes import during


def test_the_status_says_what_is(hr, lockt, daemon, synced):
    synced()
    status = daemon.status()
    assert status["counts"]["parked"] == 2 and status["alarms"] == []
    assert (status["mode"], status["leader"], status["counts"]["people"]) == ("apply", True, 500)
    assert status["lockt"]["users"] == len(lockt.users())
    daemon.wait(lambda: "500 people, HR as of" in daemon.status_line, "the status line")


def test_data_that_grows_old_is_an_alarm(hr, lockt, daemon, synced):
    daemon.configure(alarm={"stale": "3s"})
    synced()
    assert "stale" not in daemon.status()["alarms"]
    hr.execute("REVOKE SELECT ON locktsync.people FROM locktsync")
    daemon.wait(lambda: "ALARM" in daemon.status_line, "the alarm in the status line")
    assert daemon.request("status").exit == 1
    assert daemon.ctl("status").returncode == 1
    hr.execute("GRANT SELECT ON locktsync.people TO locktsync")
    daemon.wait(lambda: "ALARM" not in daemon.status_line, "the alarm's end")
    daemon.wait(lambda: daemon.request("status").exit == 0, "a status without alarm")


def test_a_revocation_that_waits_is_an_alarm(hr, lockt, daemon, synced):
    daemon.configure(alarm={"revocation": "2s"})
    synced()
    with during(lockt, "status", method="POST", status=503):
        hr.leave("E00001")
        daemon.wait(lambda: "revocation" in daemon.status()["alarms"], "the alarm")
        daemon.wait(lambda: "ALARM: a revocation" in daemon.status_line, "the alarm in the status line")
        assert daemon.request("status").exit == 1
    synced()
    daemon.wait(lambda: "revocation" not in daemon.status()["alarms"], "the alarm's end")


def test_a_second_instance_on_one_state_directory_refuses_to_start(hr, lockt, daemon, make_daemon, synced):
    synced()
    second = make_daemon()
    second.state.rmdir()
    second.state = daemon.state
    second.spawn()
    assert second.join() == 1
    assert second.said("another locktsyncd uses this state directory")
    assert daemon.running


def test_a_second_instance_for_one_lockt_stands_by_and_takes_over(hr, lockt, daemon, make_daemon, synced):
    synced()
    second = make_daemon()
    second.start()
    second.wait(lambda: not second.status()["leader"], "the second to stand by")
    second.wait(lambda: "standing by" in second.status_line, "the second to say so")
    before = lockt.counters()["writes"]
    hr.leave("E00001")
    synced()
    assert lockt.counters()["writes"] == before + 1, "only one of them wrote"
    daemon.kill()
    hr.leave("E00002")
    second.wait(lambda: second.status()["leader"], "the second to lead")
    second.wait(lambda: not opens(lockt, "E00002"), "E00002 to be out")


def test_the_watchdog_is_fed(hr, lockt, daemon, synced):
    daemon.environment["WATCHDOG_USEC"] = "400000"
    synced()
    daemon.wait(lambda: len([message for message in daemon.notified if message.get("WATCHDOG") == "1"]) >= 3,
                "three signs of life")


def test_ready_while_both_sides_are_away(hr, lockt, daemon):
    daemon.configure(hr={"connection": "host=127.0.0.1 port=1 dbname=hr user=locktsync"})
    lockt.fault("status", status=503)
    daemon.start()
    daemon.wait_said("HR can't be read|Lockt does not answer")
    assert daemon.status()["ok"] is False


def test_sigusr2_writes_the_status_to_the_log(hr, lockt, daemon, synced):
    import signal
    synced()
    daemon.signal(signal.SIGUSR2)
    daemon.wait_said("500 people, .* linked, .* queued")

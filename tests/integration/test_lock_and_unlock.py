"""`locktsyncctl lock` and `unlock`: out at once, whatever HR says, also when HR can't say anything."""

import contextlib

import pytest

from support.truth import opens
from support.writes import during, records, takes

REASON = "badge stolen"


@contextlib.contextmanager
def hr_down(database, daemon):
    """Nobody gets a connection to HR."""
    database.postgres.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS false")
    database.postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                              "WHERE usename = 'locktsync' AND datname = %s", (database.name,))
    daemon.wait(lambda: not daemon.status()["hr"]["up"], "HR to be down")
    try:
        yield
    finally:
        database.postgres.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS true")


def test_somebody_is_out_at_once_and_stays_out(hr, lockt, daemon, synced, settled):
    synced()
    since = lockt.last_request()
    run = daemon.ctl("lock", "E00001", "--reason", REASON)
    assert run.returncode == 0 and "E00001 is locked; the revocation of his user" in run.stdout
    daemon.wait(lambda: opens(lockt, "E00001") == set(), "E00001 to be out")
    [write] = lockt.writes(since)
    [record] = records(write)
    assert record["id_num"] == "E00001" and takes(record)

    hr.move("E00001", job_title="Chief Scientist", department="Security", site="HQ")
    hr.set_badge("E00001", "777002")
    settled()
    lockt.set_user("E00001", enabled=True, accesslevels=["Cardholder"], access_expires="")
    daemon.resync()
    daemon.wait(lambda: opens(lockt, "E00001") == set(), "E00001 to be out again")
    daemon.kill()
    daemon.start()
    settled()
    assert opens(lockt, "E00001") == set() and opens(lockt, "E00002")


def test_it_is_seen_wherever_somebody_looks(hr, lockt, daemon, synced, settled):
    synced()
    assert "Nobody is locked." in daemon.ctl("locked").stdout and daemon.status()["counts"]["locked"] == 0
    with during(lockt, "hold", method="POST", when="before"):
        daemon.ctl("lock", "E00001", "--reason", REASON, check=True)
        [entry] = [entry for entry in daemon.ask("plan") if entry["id_num"] == "E00001"]
        assert (entry["action"], entry["why"]) == ("revoke", f"locked: {REASON}")
    daemon.wait(lambda: opens(lockt, "E00001") == set(), "E00001 to be out")
    settled()

    assert daemon.status()["counts"]["locked"] == 1
    assert "Locked by hand" in daemon.ctl("status").stdout
    [row] = daemon.ask("locked")
    assert (row["id_num"], row["reason"]) == ("E00001", REASON) and row["by"].startswith("user id ")
    assert REASON in daemon.ctl("locked").stdout
    lock = daemon.ask("explain", id_num="E00001")["lock"]
    assert (lock["reason"], lock["by"]) == (REASON, row["by"])
    assert f"E00001 is locked by {row['by']}: {REASON}" in daemon.ctl("explain", "E00001").stdout
    locked, revoked = [entry for entry in daemon.history("E00001") if entry["action"] in ("locked", "revoked")][:2]
    assert (locked["detail"]["text"], locked["detail"]["by"]) == (REASON, row["by"])
    assert revoked["detail"]["text"] == f"locked: {REASON}"
    assert daemon.said(rf"user id \d+ has locked E00001")


def test_lock_and_unlock_while_hr_is_down(hr, hr_database, lockt, daemon, synced, settled):
    synced()
    with hr_down(hr_database, daemon):
        run = daemon.ctl("lock", "E00001", "--reason", REASON)
        assert run.returncode == 0
        daemon.wait(lambda: opens(lockt, "E00001") == set(), "E00001 to be out")
        run = daemon.ctl("unlock", "E00001")
        assert run.returncode == 0 and "HR can't be read at the moment" in run.stdout
        assert daemon.status()["counts"]["locked"] == 0 and opens(lockt, "E00001") == set()
    synced()
    assert opens(lockt, "E00001")
    assert "unlocked" in {entry["action"] for entry in daemon.history("E00001")}


def test_who_is_unlocked_gets_what_hr_says_by_then(hr, lockt, daemon, synced):
    synced()
    for person in ("E00001", "E00002"):
        daemon.ctl("lock", person, "--reason", REASON, check=True)
    hr.leave("E00001")
    daemon.wait(lambda: not opens(lockt, "E00001") and not opens(lockt, "E00002"), "both to be out")
    for person in ("E00001", "E00002"):
        daemon.ctl("unlock", person, check=True)
    synced()
    assert opens(lockt, "E00001") == set() and opens(lockt, "E00002")


def test_lock_while_the_service_is_away_says_so(hr, lockt, daemon, synced):
    synced()
    with during(lockt, "status", status=503):
        hr.set_mobile("E00002", "+49 30 78")
        daemon.wait(lambda: not daemon.status()["lockt"]["up"], "Lockt to be down")
        run = daemon.ctl("lock", "E00001", "--reason", REASON)
        assert run.returncode == 1 and "disable him there by hand" in run.stdout
    daemon.wait(lambda: opens(lockt, "E00001") == set(), "E00001 to be out")


def test_lock_of_people_whom_no_user_is_linked_to(hr, lockt, daemon, synced, settled):
    synced()
    stranger = lockt.add_user(id_num="V-17", first_name="Vera", last_name="Visitor", enabled=True)
    daemon.resync()
    daemon.wait(lambda: daemon.status()["lockt"]["unknown_users"] == 1, "the stranger to be listed")
    run = daemon.ctl("lock", "V-17", "--reason", REASON)
    assert run.returncode == 1 and f"locktsyncctl link V-17 {stranger['id']}" in run.stdout
    run = daemon.ctl("lock", "N-1", "--reason", REASON)
    assert run.returncode == 1 and "is it the right one?" in run.stdout
    hr.hire("Nina", "Neu", employee_id="N-1")
    settled()
    assert lockt.user("N-1") is None and lockt.user("V-17") == stranger
    daemon.ctl("unlock", "N-1", check=True)
    synced(ignore={"V-17"})
    assert opens(lockt, "N-1")


@pytest.mark.parametrize("arguments, status, words", [
    (("lock", "E00001"), 2, "'lock' needs a reason"),
    (("lock", "E00001", "--reason", ""), 2, "'lock' needs a reason"),
    (("lock", "E00001", "--reason", "a\nb"), 1, "without control characters"),
    (("lock", "E0049", "--reason", REASON), 1, "excluded by 'exclude'"),
    (("unlock", "E00001"), 1, "is neither locked nor"),
    (("link", "E00001"), 2, "'link' takes"),
    (("link", "E00001", "seven"), 2, "not 'seven'"),
    (("link", "E00001", "77", "--file", "x"), 2, "'link' takes"),
    (("link", "--file", "/nowhere.csv"), 1, "can't take '/nowhere.csv'"),
    (("unlink", "N-1"), 1, "linked to no user"),
])
def test_what_is_refused_says_why(daemon, arguments, status, words):
    daemon.configure(exclude={"id_num": ["E0049*"]})
    daemon.start()
    run = daemon.ctl(*arguments)
    assert (run.returncode, run.stdout) == (status, "") and words in run.stderr
    assert daemon.ask("locked") == []

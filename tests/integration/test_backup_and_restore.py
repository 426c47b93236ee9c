"""A copy of the state while the daemon works, and a day after which it had to be put back."""

import json
import os
import shutil
import socket
import sqlite3
import stat

from support.truth import opens


def restore(daemon, backup):
    """As locktsyncd(8) says."""
    daemon.stop()
    before = daemon.state / "before"
    before.mkdir()
    for path in daemon.state.glob("state.sqlite*"):
        path.rename(before / path.name)
    shutil.copy(backup, daemon.state / "state.sqlite")


def test_a_backup_is_whole_and_nobody_elses(hr, lockt, daemon, synced, tmp_path):
    synced()
    backup = tmp_path / "state.backup"
    old = os.umask(0)
    try:
        result = daemon.ctl("backup", backup)
    finally:
        os.umask(old)
    assert result.returncode == 0, result.stderr
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["state.backup"] and not list(daemon.state.glob("*.copy*"))
    assert "pin.key" in result.stdout and "locktsyncd(8)" in result.stdout
    with sqlite3.connect(backup) as state:
        assert state.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        [[linked]] = state.execute("SELECT count(*) FROM link")
    assert linked == daemon.status()["counts"]["linked"]


def test_nothing_is_replaced_by_a_backup(hr, lockt, daemon, synced, tmp_path):
    synced()
    backup = tmp_path / "precious"
    backup.write_text("mine")
    result = daemon.ctl("backup", backup)
    assert result.returncode == 1 and "is there already: name a new file" in result.stderr
    assert backup.read_text() == "mine"
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    assert daemon.ctl("backup", link).returncode == 1 and not (tmp_path / "elsewhere").exists()
    part = tmp_path / "new.part"
    part.write_text("of another one")
    result = daemon.ctl("backup", tmp_path / "new")
    assert result.returncode == 1 and "another backup" in result.stderr and part.read_text() == "of another one"
    assert daemon.ctl("backup", "/nonexistent/new").returncode == 1


def test_revocations_go_on_while_a_backup_is_taken_slowly(hr, lockt, daemon, synced):
    """A client that takes its time holds up nobody, and another backup is told to wait."""
    synced()
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(os.fspath(daemon.control))
        slow.sendall(b'{"command":"backup"}\n')
        assert slow.recv(1)
        second = daemon.request("backup")
        assert "another 'backup' is being made" in second.error
        hr.leave("E00001")
        synced()
        assert not opens(lockt, "E00001")
        slow.settimeout(30)
        rest = b"{"
        with slow.makefile("rb") as lines:
            for line in lines:
                line, rest = rest + line, b""
                if "end" in json.loads(line):
                    break
    assert not list(daemon.state.glob("*.copy*"))


def test_a_client_that_goes_away_leaves_no_copy(hr, lockt, daemon, synced):
    synced()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(os.fspath(daemon.control))
        client.sendall(b'{"command":"backup"}\n')
        client.recv(1)
    daemon.wait(lambda: not list(daemon.state.glob("*.copy*")), "the copy to go away")
    assert daemon.request("backup").exit == 0


def test_the_day_after_a_backup_happens_again_and_nobody_is_let_in_or_made_twice(hr, lockt, daemon, synced, settled, tmp_path):
    synced()
    anna, berta = hr.hire("Anna", "Alt"), hr.hire("Berta", "Bleibt")
    synced()
    backup = tmp_path / "yesterday"
    assert daemon.ctl("backup", backup).returncode == 0

    hr.leave(anna)
    carla = hr.hire("Carla", "Neu")
    hr.move(berta, department="Security", site="HQ")
    synced()
    users = len(lockt.users())
    assert not opens(lockt, anna) and opens(lockt, carla)

    restore(daemon, backup)
    mark, since = daemon.mark(), lockt.last_request()
    daemon.start()
    daemon.wait_said("this state is a backup of .*what was done since is not in it", since=mark)
    synced()
    settled()
    assert not opens(lockt, anna)
    assert opens(lockt, carla) and opens(lockt, berta) == {"Cardholder", "Security", "Administration"}
    assert len(lockt.users()) == users, "nobody was made twice"
    records = [record for request in lockt.writes(since) if isinstance(request["body"], dict)
               for record in request["body"].get("users", [])]
    assert not [record for record in records if record.get("id_num") == anna and
                str(record.get("enabled", "true")).lower() == "true"], "nobody was let in, not even for a moment"
    assert "Restored" in daemon.ctl("status").stdout and "decided by hand since is lost" in \
        " ".join(daemon.ctl("status").stdout.split())
    assert [entry["action"] for entry in daemon.history() if entry["action"] == "restored"] == ["restored"]
    assert daemon.ctl("history", "--verify").returncode == 0
    mark = daemon.mark()
    daemon.restart()
    settled()
    assert not daemon.said("this state is a backup", mark), "said once"


def test_a_gift_that_waited_in_the_backup_is_not_given_to_somebody_who_has_left_since(hr, lockt, daemon, synced, settled, tmp_path):
    synced()
    number = lockt.fault("status", status=503, method="POST")
    nina = hr.hire("Nina", "Neu")
    daemon.wait(lambda: nina in daemon.queue(), "her creation to wait")
    backup = tmp_path / "then"
    assert daemon.ctl("backup", backup).returncode == 0
    daemon.stop()
    lockt.clear_fault(number)
    hr.leave(nina)
    restore(daemon, backup)
    daemon.start()
    synced()
    settled()
    assert not opens(lockt, nina)
    assert lockt.user(nina) is None, "she was never created"


def test_without_pin_key_a_restored_state_starts(hr, lockt, daemon, synced, settled, tmp_path):
    synced()
    backup = tmp_path / "copy"
    assert daemon.ctl("backup", backup).returncode == 0
    restore(daemon, backup)
    (daemon.state / "pin.key").unlink()
    since = lockt.last_request()
    daemon.start()
    settled()
    assert lockt.writes(since) == [], "no PIN is mapped here: nothing is to be sent"

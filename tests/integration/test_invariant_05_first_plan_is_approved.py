"""Invariant 5: with a new ledger, another mapping or another HR nothing is written but what explicit leavers lose,
until somebody has approved the plan; and whatever was lost or restored, nobody is let in who should be out."""

import contextlib
import json
import os
import re
import shutil
import stat

import pytest

from support.fixtures_postgres import SQL_HR, TEMPLATE, HRDatabase
from support.postgres import PostgresCluster
from support.sim import LocktSim
from support.truth import LEVELS, desired, opens

WAITS = "for the approval of the plan"


@pytest.fixture
def says(daemon):
    """says("the mapping has changed"): `locktsyncctl status` tells it to people. Answers the plan's digest."""
    def look(*parts):
        text = " ".join(daemon.ctl("status").stdout.split())
        for part in parts:
            assert part in text, f"'{part}' is not in: {text}"
        found = re.search(r"since [^:]*: [0-9]+ (?:people wait|person waits) for the approval of the plan .*?"
                          r"`locktsyncctl plan`, then `locktsyncctl approve ([0-9a-f]{12})`", text)
        assert found, f"the status does not say since when, and what decides it: {text}"
        return found[1]
    return look


@pytest.fixture
def waits(daemon):
    """waits("the mapping has changed"): until a plan waits for that reason, and HR was read once more."""
    def wait(reason):
        daemon.wait_said(rf"{WAITS} \(.*{re.escape(reason)}")
        daemon.wait_read()
    return wait


def test_the_first_plan_of_all_is_approved_before_anything_is_written(hr, lockt, daemon, synced, says, waits):
    lockt.add_users([{"id_num": f"X{number}", "last_name": "Somebody", "first_name": "Else",
                      "email": f"x{number}@example.com"} for number in range(20)])
    before = lockt.users()
    daemon.careful = True
    daemon.start()
    waits("this ledger is new")
    daemon.restart()
    daemon.wait_read()
    assert lockt.writes() == [] and lockt.users() == before
    digest = says("this ledger is new: its first plan is to be looked at")
    shown = daemon.ctl("plan")
    assert digest in shown.stdout and "E00001" in shown.stdout
    assert not list(daemon.state.glob("lockt-users-before-*"))

    done = daemon.ctl("approve", digest, "--reason", "looked at by two of us")
    assert done.returncode == 0, done.stderr
    synced(ignore={user["id_num"] for user in before})
    # What Lockt held was saved before the first write.
    [saved] = daemon.state.glob("lockt-users-before-*")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    users = [json.loads(line) for line in saved.read_text(encoding="utf-8").splitlines()]
    assert [user["id_num"] for user in users] == [user["id_num"] for user in before]
    assert [user["id"] for user in users] == [user["id"] for user in before]
    assert daemon.said("what Lockt holds before the first write is saved")
    [entry] = [entry for entry in daemon.history() if entry["action"] == "approved"]
    assert entry["detail"]["reason"] == "looked at by two of us" and entry["detail"]["kind"] == "plan"
    # Once approved, people come and go without another word.
    nina = hr.hire("Nina", "Neu")
    lockt.wait_until(lambda: opens(lockt, nina))


def test_a_first_run_by_hand_is_approved_with_a_second_one(hr, lockt, daemon):
    daemon.careful = True
    assert daemon.once() == 1
    assert lockt.writes() == []
    [line] = daemon.said(WAITS)
    digest = re.search(r"`locktsyncctl approve ([0-9a-f]+)`", line)[1]
    assert daemon.once("--approve", "000000000000") != 0
    assert lockt.writes() == []
    daemon.once("--approve", digest)
    assert opens(lockt, "E00001") and len(lockt.users()) > 400


def test_a_changed_mapping_waits_and_leavers_do_not(hr, lockt, daemon, synced, says, waits):
    synced()
    daemon.careful = True
    since = lockt.last_request()
    rules = daemon.config["access_levels"]["rules"]
    daemon.configure(access_levels={"rules": [*rules, {"when": {"department": "Sales"}, "grant": "Server Room"}]})
    daemon.reload()
    waits("the mapping has changed")
    assert lockt.writes(since) == []
    says("the mapping has changed")
    hr.leave("E00001")
    nina = hr.hire("Nina", "Neu")
    lockt.wait_until(lambda: not opens(lockt, "E00001"))
    daemon.wait(lambda: nina in daemon.held(), "the hire to wait with the plan")
    # A restart is no approval.
    daemon.restart()
    daemon.wait_read()
    assert lockt.user(nina) is None
    assert not any("Server Room" in opens(lockt, person) for person in daemon.held())
    assert len(lockt.writes(since)) == 1

    # The former file ends the wait: nothing of the other mapping is ever done.
    daemon.configure(access_levels={"rules": rules})
    daemon.reload()
    synced()
    assert daemon.holds() == {} and daemon.status()["gate"] is None
    assert not [user for user in lockt.users() if "Server Room" in {level["name"] for level in user["accesslevels"]}
                and "Server Room" not in (hr.row(user["id_num"])["access_profile"] or ())]


def test_a_changed_mapping_goes_when_it_is_approved(hr, lockt, daemon, synced, says, waits):
    synced()
    daemon.careful = True
    daemon.configure(user={"first_name": {"template": "{given_name} {job_title}"}})
    daemon.reload()
    waits("the mapping has changed")
    assert daemon.ctl("approve", says("the mapping has changed")).returncode == 0
    daemon.wait(lambda: lockt.user("E00001")["first_name"].startswith("Erika "), "the new names")
    daemon.wait(lambda: not daemon.holds() and daemon.status()["gate"] is None, "the wait to end")


def test_a_changed_mapping_goes_at_once_where_the_file_says_so(hr, lockt, daemon, synced):
    synced()
    daemon.careful = True
    daemon.configure(user={"first_name": {"template": "{given_name} {job_title}"}}, safety={"mapping_change": "go"})
    daemon.reload()
    daemon.wait(lambda: lockt.user("E00001")["first_name"].startswith("Erika "), "the new names")
    assert not daemon.said("the mapping has changed")


def test_another_hr_database_is_a_plan_and_its_leavers_are_out(hr, lockt, daemon, synced, postgres, says, waits):
    synced()
    daemon.careful = True
    since = lockt.last_request()
    with contextlib.closing(HRDatabase(postgres, postgres.create_database(template=TEMPLATE)).hr) as other:
        nina = other.hire("Nina", "Neu")
        other.leave("E00001")
        other.forget("E00002")
        name = other.execute("SELECT current_database() AS name")[0]["name"]
        daemon.configure(hr={"connection": postgres.conninfo(name, "locktsync")})
        daemon.reload()
        waits("HR is another database than before")
        says("HR is another database than before")
        lockt.wait_until(lambda: not opens(lockt, "E00001"))
        daemon.wait_read()
        assert lockt.user(nina) is None and opens(lockt, "E00002") and len(lockt.writes(since)) == 1
        daemon.approve()
        lockt.wait_until(lambda: opens(lockt, nina) and not opens(lockt, "E00002"))
        daemon.wait(lambda: daemon.status()["gate"] is None, "the wait to end")
    daemon.stop()
    postgres.drop_database(name)


@pytest.mark.parametrize("damage", ["removed", "damaged"])
def test_a_lost_state_lets_nobody_in_and_finds_everybody_again(hr, lockt, daemon, synced, says, waits, damage):
    synced()
    hr.leave("E00001")
    synced()
    daemon.stop()
    [database] = [path for path in daemon.state.iterdir() if path.suffix in (".db", ".sqlite", ".sqlite3")]
    hr.suspend("E00002")
    before, since = lockt.users(), lockt.last_request()
    if damage == "removed":
        for path in daemon.state.iterdir():
            path.unlink()
    else:
        database.write_bytes(os.urandom(8192))
    daemon.careful = True
    daemon.start()
    waits("this ledger is new")
    assert lockt.writes(since) == [] and lockt.users() == before
    assert list(daemon.state.glob("*damaged*")) if damage == "damaged" else True
    assert daemon.ctl("approve", says("this ledger is new")).returncode == 0
    synced()
    assert opens(lockt, "E00001") == opens(lockt, "E00002") == set()
    assert [user["id"] for user in lockt.users()] == [user["id"] for user in before], "nobody was created twice"


def test_a_state_of_another_instance_is_refused_with_words(hr, lockt, daemon, synced):
    synced()
    with LocktSim(levels=LEVELS) as other:
        daemon.configure(lockt={"url": other.url})
        daemon.reload()
        refused = daemon.status()["config"]["refused"]
        assert "belongs to the Lockt instance" in refused and "--state-dir" in refused, refused
        daemon.stop()
        daemon.spawn()
        assert daemon.join() != 0
        assert daemon.said("this state belongs to the Lockt instance .*: give each instance a state directory")
        assert other.requests() == []
    daemon.configure(lockt={"url": lockt.url})
    synced()


@pytest.fixture
def own_hr():
    """An HR in a cluster of its own, whose files can be put back."""
    with PostgresCluster() as cluster:
        cluster.psql(file=SQL_HR / "everything.sql", dbname=cluster.create_database("hr"))
        yield HRDatabase(cluster, "hr")


class Files:
    """The files of a cluster at a time."""

    def __init__(self, database, name):
        self.database, self.kept = database, f"{database.postgres.data}-{name}"
        database.postgres.stop()
        self._copy(database.postgres.data, self.kept)

    def put_back(self, standby=False):
        cluster = self.database.postgres
        cluster.stop()
        shutil.rmtree(cluster.data)
        self._copy(self.kept, cluster.data)
        if standby:
            signal = os.path.join(cluster.data, "standby.signal")
            with open(signal, "w", encoding="ascii"):
                pass
            shutil.copystat(os.path.join(cluster.data, "PG_VERSION"), signal)
            owner = os.stat(cluster.data)
            os.chown(signal, owner.st_uid, owner.st_gid)
        cluster.start()

    @staticmethod
    def _copy(source, target):
        owner = os.stat(source)
        shutil.copytree(source, target)
        for folder, _, names in os.walk(target):
            for path in (folder, *(os.path.join(folder, name) for name in names)):
                os.chown(path, owner.st_uid, owner.st_gid)


def last_week(own_hr, lockt, daemon):
    """Everybody is in; a week later E00001 has left. Answers the files of before, and of now."""
    daemon.configure(hr={"connection": own_hr.conninfo})
    daemon.start()
    lockt.wait_until(lambda: opens(lockt, "E00001"))
    before = Files(own_hr, "before")
    own_hr.postgres.start()
    own_hr.reconnect()
    own_hr.hr.leave("E00001")
    own_hr.psql("SELECT pg_switch_wal()")
    own_hr.hr.rename("E00005", family="Neuer-Name")     # the position has moved on
    lockt.wait_until(lambda: not opens(lockt, "E00001") and lockt.user("E00005")["last_name"] == "Neuer-Name")
    daemon.wait_read()
    return before, lambda: Files(own_hr, "now")


def test_hr_restored_from_last_weeks_files_gives_nobody_access_however_far_it_gets(own_hr, lockt, daemon):
    before, _ = last_week(own_hr, lockt, daemon)
    before.put_back()
    hr = own_hr.reconnect()
    daemon.wait_said("HR lost changes that were acted upon")
    # It works on, and its position gets beyond the former one.
    nina = hr.hire("Nina", "Neu")
    for _ in range(4):
        own_hr.psql("CREATE TABLE IF NOT EXISTS filler (n int); INSERT INTO filler VALUES (1); SELECT pg_switch_wal()")
    hr.suspend("E00002")
    lockt.wait_until(lambda: not opens(lockt, "E00002"))
    daemon.wait_read()
    assert desired(hr)["E00001"] and opens(lockt, "E00001") == set() and lockt.user(nina) is None
    daemon.restart()
    daemon.wait_read()
    assert opens(lockt, "E00001") == set() and lockt.user(nina) is None
    text = " ".join(daemon.ctl("status").stdout.split())
    assert "HR lost changes that were acted upon" in text and "`locktsyncctl resync --accept`" in text
    # Somebody puts right what was lost, and says so.
    hr.leave("E00001")
    assert daemon.ctl("resync", "--accept").returncode == 0
    lockt.wait_until(lambda: opens(lockt, nina))
    daemon.wait_read()
    assert opens(lockt, "E00001") == set()
    assert "HR lost changes" not in daemon.ctl("status").stdout


def test_a_standby_that_lags_gives_nothing_until_it_has_caught_up(own_hr, lockt, daemon):
    before, keep_now = last_week(own_hr, lockt, daemon)
    own_hr.hr.set_mobile("E00005", "+49 30 815")
    now = keep_now()
    before.put_back(standby=True)
    daemon.wait_said("HR went backwards")
    daemon.wait_read()
    assert opens(lockt, "E00001") == set() and lockt.user("E00005")["last_name"] == "Neuer-Name"
    assert "until it has caught up" in " ".join(daemon.ctl("status").stdout.split())
    now.put_back()
    daemon.wait(lambda: lockt.user("E00005")["phone"] == "4930815", "HR to be believed again")
    daemon.wait(lambda: daemon.status()["hr"]["refused"] is None, "the status to say so")
    assert opens(lockt, "E00001") == set()

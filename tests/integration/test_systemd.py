"""locktsyncd under a real systemd, with its unit, its journal and its catalog as they are installed.

The systemd is one of our own for the whole file (support/systemdbox.py); HR's PostgreSQL and lockt-sim run beside it.
"""

import copy
import json
import os
import pathlib
import re

import pytest
import yaml

from support import systemdbox, truth
from support.fixtures_postgres import TEMPLATE, HRDatabase
from support.locktsyncd import SANITIZER, merged
from support.sim import LocktSim
from support.waiting import wait_until

WHY_NOT = systemdbox.missing()
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=f"no systemd of our own: {WHY_NOT}")

ROOT = pathlib.Path(__file__).resolve().parents[2]
MESSAGES = dict(re.findall(r'#define MESSAGE_(\w+)\s+"([0-9a-f]{32})"',
                           (ROOT / "daemon/messages.h").read_text(encoding="utf-8")))
UNIT_STARTED = "39f53479d3a045ac8e11786248231fbf"       # systemd's own (sd-messages.h)
EXPOSURE = 12           # the limit of systemd-analyze security, in tenths; the unit says what it is made of

# A status line that begins with nothing worse than who waits or is parked.
COMPLAINTLESS = re.compile(r"\d+ (waiting|parked|people)")

# What a sanitizer would do beside its work is not what the sandbox is for.
DROP_IN = "[Service]\nEnvironment=ASAN_OPTIONS=detect_leaks=0\n"


class Service:
    """An installed instance: "" is locktsyncd.service, NAME locktsyncd@NAME.service."""

    def __init__(self, box, lockt, conninfo, name=""):
        self.box = box
        self.lockt = lockt
        self.unit = f"locktsyncd@{name}.service" if name else "locktsyncd.service"
        self.suffix = f"-{name}" if name else ""
        self.config_path = f"/etc/locktsync{self.suffix}/locktsync.yaml"
        self.config = merged(copy.deepcopy(truth.CONFIG), {"hr": {"connection": conninfo}, "lockt": {"url": lockt.url}})
        self.drop_in("test", DROP_IN)
        self.write_credentials(lockt.apiuser, lockt.apikey)
        self.write_config()

    def write_config(self, **changes):
        self.write_text(yaml.safe_dump(merged(self.config, changes), sort_keys=False))

    def write_text(self, text):
        self.box.write(self.config_path, text)

    def write_credentials(self, apiuser, apikey):
        for name, value in (("apiuser", apiuser), ("apikey", apikey)):
            self.box.write(f"/etc/locktsync{self.suffix}/credentials/{name}", value + "\n", 0o600)

    def drop_in(self, name, text):
        self.box.write(f"/run/systemd/system/{self.unit}.d/{name}.conf", text)
        self.box.systemctl("daemon-reload")

    def remove_drop_in(self, name):
        self.box.path(f"/run/systemd/system/{self.unit}.d/{name}.conf").unlink()
        self.box.systemctl("daemon-reload")

    def show(self, name):
        return self.box.show(self.unit, name)

    @property
    def pid(self):
        return int(self.show("MainPID"))

    @property
    def status_line(self):
        return self.show("StatusText")

    def said(self, message, *arguments, **fields):
        """The entries of the journal with this message."""
        return self.box.journal(*arguments, unit=self.unit, MESSAGE_ID=MESSAGES[message], **fields)

    def wait_said(self, message, times):
        """Waits until there are so many; returns the newest."""
        return wait_until(lambda: (found := self.said(message)) and len(found) >= times and found[-1],
                          lambda: f"{message}, {times} times, in the journal: {self.tail()}")

    def tail(self):
        return "\n".join(entry["MESSAGE"] for entry in self.box.journal("--lines=20", unit=self.unit))

    def ctl(self, *arguments, check=True):
        return self.box.run("locktsyncctl", "--socket", f"/run/locktsync{self.suffix}/control", *arguments, check=check)

    def status(self):
        return json.loads(self.ctl("status", "--json", check=False).stdout)["status"]

    def start_for_good(self):
        """Starts it, approves its first plan, and waits until all of it was sent."""
        self.box.systemctl("start", self.unit)
        wait_until(lambda: self.digests(), lambda: f"the first plan: {self.status_line}\n{self.tail()}")
        wait_until(lambda: not any([self.ctl("approve", digest, "--reason", "a test", check=False)
                                    for digest in self.digests()]) and COMPLAINTLESS.match(self.status_line),
                   lambda: f"the first plan to be sent: {self.status_line}\n{self.tail()}")

    def digests(self):
        """Of the plans that wait to be approved."""
        return [hold["digest"] for hold in self.status()["holds"] if hold["kind"] == "plan"]

    def wait_opens(self, person, yes=True):
        wait_until(lambda: bool(truth.opens(self.lockt, person)) == yes,
                   lambda: f"{person} {'in' if yes else 'out'}: {self.status_line}\n{self.tail()}")

    def well(self):
        """It runs, with the configuration as it was first, and has nothing to complain of."""
        self.write_config()
        self.box.systemctl("reload-or-restart", self.unit)
        wait_until(lambda: COMPLAINTLESS.match(self.status_line),
                   lambda: f"a status without a complaint, not '{self.status_line}': {self.tail()}")


@pytest.fixture(scope="module")
def box():
    with systemdbox.SystemdBox() as systemd:
        yield systemd
        found = [entry["MESSAGE"] for entry in systemd.journal() if SANITIZER.search(str(entry.get("MESSAGE")))]
        assert not found, f"a sanitizer found: {found[:3]}"


@pytest.fixture(scope="module")
def database(postgres):
    """One sample company for the whole file."""
    company = HRDatabase(postgres, postgres.create_database(template=TEMPLATE))
    yield company
    company.drop()


@pytest.fixture(scope="module")
def conninfo(database):
    """How the service finds it: not through a socket in a folder of this machine's."""
    return database.postgres.conninfo(database.name, "locktsync", host="127.0.0.1")


@pytest.fixture
def hr(database):
    return database.hr


@pytest.fixture(scope="module")
def started(box, conninfo):
    """locktsyncd.service, started once, its first plan approved."""
    with LocktSim(levels=truth.LEVELS) as lockt:
        service = Service(box, lockt, conninfo)
        service.start_for_good()
        yield service
        box.systemctl("stop", service.unit)


@pytest.fixture
def service(started):
    """locktsyncd.service, running, and well whatever the test before has left."""
    if started.show("ActiveState") != "active" or not COMPLAINTLESS.match(started.status_line):
        started.well()
    return started


# Starting

def test_it_is_started_only_when_it_is_ready(service):
    service.box.systemctl("restart", service.unit)
    # systemctl comes back when the service is ready: it answers at once, and has said so before systemd did.
    assert service.ctl("status", "--json", check=False).stdout
    entries = service.box.journal("_SYSTEMD_UNIT=" + service.unit, "+", "UNIT=" + service.unit)
    ids = [entry.get("MESSAGE_ID") for entry in entries]
    last = len(ids) - 1 - ids[::-1].index(UNIT_STARTED)
    assert MESSAGES["READY"] in ids[:last]
    assert ids[:last].count(MESSAGES["READY"]) > ids[:last].count(UNIT_STARTED)


def test_it_is_ready_though_hr_and_lockt_are_down(box, started, conninfo):
    alone = Service(box, started.lockt, conninfo, "alone")
    alone.write_config(hr={"connection": "host=127.0.0.1 port=1 dbname=hr user=locktsync"},
                       lockt={"url": "http://127.0.0.1:1/api/v1"})
    box.systemctl("start", alone.unit)
    assert alone.show("ActiveState") == "active"
    wait_until(lambda: "Lockt does not answer" in alone.status_line and "HR not read yet" in alone.status_line,
               lambda: f"both in the status: {alone.status_line}")
    box.systemctl("stop", alone.unit)


def test_a_broken_configuration_is_not_tried_again_and_again(box, service, conninfo):
    broken = Service(box, service.lockt, conninfo, "broken")
    broken.write_text("version: 1\nhr: nonsense\n")
    assert box.systemctl("start", broken.unit, check=False).returncode != 0
    assert (broken.show("ActiveState"), broken.show("SubState")) == ("failed", "failed")
    assert (broken.show("ExecMainStatus"), broken.show("NRestarts")) == ("78", "0")
    told = [entry["MESSAGE"] for entry in broken.said("CONFIG_ERROR")]
    assert [line for line in told if line.startswith("/etc/locktsync-broken/locktsync.yaml:2:5: ")], told


# Status

def test_the_status_line_says_what_is_wrong_and_when_it_is_over(service):
    service.lockt.fault("status", status=503)
    service.box.systemctl("kill", "--kill-who=main", "--signal=USR1", service.unit)
    wait_until(lambda: "Lockt does not answer" in service.status_line, lambda: service.status_line)
    assert "Lockt does not answer" in service.box.systemctl("status", service.unit).stdout
    service.lockt.clear_faults()
    wait_until(lambda: COMPLAINTLESS.match(service.status_line), lambda: service.status_line)


# Reload

def test_reload_takes_a_good_file(service):
    pid, before = service.pid, len(service.said("RELOADED"))
    service.write_config(mode="report")
    service.box.systemctl("reload", service.unit)
    service.wait_said("RELOADED", before + 1)
    wait_until(lambda: "mode report" in service.status_line, lambda: service.status_line)
    assert service.pid == pid
    service.well()


def test_reload_refuses_a_bad_file_by_its_line_and_the_old_one_runs_on(service, hr):
    pid, before = service.pid, len(service.said("RELOAD_REFUSED"))
    text = yaml.safe_dump(service.config, sort_keys=False)
    service.write_text(text + "nonsense: 1\n")
    service.box.systemctl("reload", service.unit)
    service.wait_said("RELOAD_REFUSED", before + 1)
    line = str(text.count("\n") + 1)
    told = service.said("CONFIG_ERROR")[-1]
    assert (told["CONFIG_FILE"], told["CONFIG_LINE"]) == (service.config_path, line)
    assert told["MESSAGE"].startswith(f"{service.config_path}:{line}:1: ")
    wait_until(lambda: "the changed configuration is refused" in service.status_line, lambda: service.status_line)
    # The former one is at work, in the same process.
    service.wait_opens(hr.hire())
    assert (service.pid, service.show("ActiveState")) == (pid, "active")
    service.well()


# Signals

def test_sigusr1_reads_lockt_anew(service):
    before, last = len(service.said("RESYNC_ASKED")), service.lockt.last_request()
    service.box.signal(service.unit, "USR1")
    service.wait_said("RESYNC_ASKED", before + 1)
    service.lockt.wait_request(last, "GET", "/user")


def test_sigusr2_writes_a_report_to_the_journal(service):
    before = len(service.said("STATUS_REPORT"))
    service.box.signal(service.unit, "USR2")
    report = service.wait_said("STATUS_REPORT", before + 1)
    assert (report["LOCKTSYNC_EVENT"], report["_SYSTEMD_UNIT"]) == ("status-report", service.unit)


def test_it_stops_within_a_second_and_says_so(service):
    service.box.systemctl("stop", service.unit)
    assert (service.show("Result"), service.show("ExecMainStatus")) == ("success", "0")
    assert service.said("STOPPED")
    assert service.show("ActiveState") == "inactive"
    service.box.systemctl("start", service.unit)


# Dying

def restarted(service, pid, restarts):
    wait_until(lambda: service.show("NRestarts") == str(restarts + 1) and service.show("ActiveState") == "active",
               lambda: f"a restart: {service.tail()}")
    assert service.pid not in (0, pid)


def test_a_killed_daemon_is_started_again_and_carries_on(service, hr):
    person = hr.hire()
    service.wait_opens(person)
    pid, restarts = service.pid, int(service.show("NRestarts"))
    service.box.signal(service.unit, "KILL")
    hr.leave(person)
    restarted(service, pid, restarts)
    # With the state as it was: no plan waits to be approved again.
    service.wait_opens(person, yes=False)


def test_a_daemon_that_stands_still_is_ended_by_the_watchdog_and_started_again(service, hr):
    service.drop_in("watchdog", "[Service]\nWatchdogSec=3s\n")
    service.box.systemctl("restart", service.unit)
    pid, restarts = service.pid, int(service.show("NRestarts"))
    service.box.signal(service.unit, "STOP")
    restarted(service, pid, restarts)
    assert [entry for entry in service.box.journal(UNIT=service.unit) if "Watchdog timeout" in entry["MESSAGE"]]
    service.wait_opens(hr.hire())
    service.remove_drop_in("watchdog")
    service.box.systemctl("restart", service.unit)


# Credentials

def test_credentials_are_the_services_own_copies(service):
    folder = service.box.path(f"/run/credentials/{service.unit}")
    names = {name: os.stat(folder / name) for name in ("apiuser", "apikey")}
    assert {stat.st_mode & 0o777 for stat in names.values()} == {0o400}
    # What the service reads, its user need not be able to read in /etc.
    refused = service.box.run("setpriv", "--reuid=locktsync", "--regid=locktsync", "--clear-groups", "cat",
                              "/etc/locktsync/credentials/apikey", check=False)
    assert refused.returncode != 0 and "Permission denied" in refused.stderr


def test_a_new_key_of_loadcredential_takes_a_restart(service, hr):
    former = service.lockt.apikey
    service.lockt.settings(apikey="another-key")
    person = hr.hire()
    wait_until(lambda: "Lockt refuses the credentials" in service.status_line, lambda: service.status_line)
    service.write_credentials(service.lockt.apiuser, "another-key")
    before = len(service.said("RELOADED"))
    service.box.systemctl("reload", service.unit)
    service.wait_said("RELOADED", before + 1)
    folder = service.box.path(f"/run/credentials/{service.unit}")
    assert (folder / "apikey").read_text(encoding="utf-8").strip() == former
    service.box.systemctl("restart", service.unit)
    service.wait_opens(person)


def test_a_new_key_in_a_file_that_the_configuration_names_takes_a_reload(service, hr):
    key = "/etc/locktsync/apikey"

    def write_key(text):
        service.box.write(key, text + "\n", 0o640)
        service.box.run("chgrp", "locktsync", key)

    write_key(service.lockt.apikey)
    service.write_config(lockt={"apikey": "file:" + key})
    service.box.systemctl("restart", service.unit)
    pid = service.pid
    service.lockt.settings(apikey="a-key-in-a-file")
    person = hr.hire()
    wait_until(lambda: "Lockt refuses the credentials" in service.status_line, lambda: service.status_line)
    write_key("a-key-in-a-file")
    service.box.systemctl("reload", service.unit)
    service.wait_opens(person)
    assert service.pid == pid

    service.write_credentials(service.lockt.apiuser, service.lockt.apikey)
    service.write_config()
    service.box.systemctl("restart", service.unit)


# The journal

def catalog_entry(number):
    """What the catalog says of a message: subject and lines."""
    text = (ROOT / "packaging/systemd/locktsync.catalog").read_text(encoding="utf-8")
    [entry] = [part for part in re.split(r"^-- ", text, flags=re.M) if part.startswith(number)]
    head, _, body = entry.partition("\n\n")
    lines = [line for line in body.splitlines() if line and "@" not in line and not line.startswith("#")]
    return re.search(r"^Subject: (.*)$", head, flags=re.M)[1], lines


def test_journalctl_explains_a_revocation_by_the_catalog(service, hr):
    person = hr.hire()
    service.wait_opens(person)
    hr.leave(person)
    service.wait_opens(person, yes=False)
    [entry] = wait_until(lambda: service.said("REVOKED", LOCKTSYNC_ID_NUM=person), lambda: service.tail())
    assert entry["LOCKTSYNC_EVENT"] == "revoked"
    assert person in entry["MESSAGE"] and int(entry["LOCKTSYNC_CYCLE"]) > 0
    assert entry["_SYSTEMD_UNIT"] == service.unit and entry["SYSLOG_IDENTIFIER"] == "locktsyncd"

    explained = service.box.run("journalctl", "--catalog", f"MESSAGE_ID={MESSAGES['REVOKED']}",
                                f"LOCKTSYNC_ID_NUM={person}").stdout
    subject, lines = catalog_entry(MESSAGES["REVOKED"])
    assert lines and all(line.strip() in explained for line in lines)
    assert "@" in subject or subject in explained


# The sandbox

PROBE = pathlib.Path(__file__).with_name("support") / "sandbox_probe.py"


@pytest.fixture(scope="module")
def probed(box, started, conninfo):
    """What a program finds that runs in the place of an instance's daemon, in its sandbox."""
    instance = Service(box, started.lockt, conninfo, "probe")
    box.write("/etc/locktsync-probe/probe.py", PROBE.read_text(encoding="utf-8"))
    instance.drop_in("probe", "[Service]\nType=oneshot\nWatchdogSec=0\nExecStart=\n"
                              "ExecStart=/usr/bin/python3 -I /etc/locktsync-probe/probe.py\n")
    box.systemctl("start", instance.unit)
    [line] = [entry["MESSAGE"] for entry in box.journal(unit=instance.unit) if entry["MESSAGE"].startswith("{")]
    return json.loads(line)


def test_the_sandbox_lets_it_write_to_its_state_and_nowhere_else(probed):
    writes = probed["writes"]
    assert {path for path, result in writes.items() if result == "written"} == {
        "/var/lib/locktsync-probe", "/run/locktsync-probe", "/tmp"}
    assert writes["/var/lib/locktsync"] in ("EROFS", "EACCES")      # the state of another instance
    assert probed["owner"] == {"user": "locktsync", "mode": "0o700"}


def test_the_sandbox_leaves_it_what_libpq_libcurl_and_nss_need(probed):
    works = probed["works"]
    assert works == dict.fromkeys(works, "works") and len(works) >= 6


def test_the_sandbox_refuses_what_no_daemon_of_ours_does(probed):
    refused = probed["refused"]
    assert {name: error for name, error in refused.items() if error not in ("EPERM", "EAFNOSUPPORT")} == {}
    assert len(refused) >= 7
    assert probed["status"] == {"CapBnd": "0000000000000000", "CapEff": "0000000000000000", "NoNewPrivs": "1",
                                "Seccomp": "2"}
    assert probed["foreign processes"] == 0


@pytest.mark.parametrize("unit", ["locktsyncd.service", "locktsyncd@north.service"])
def test_systemd_finds_the_unit_sound_and_little_exposed(box, started, unit):
    path = "/usr/local/lib/systemd/system/" + re.sub("@.*[.]", "@.", unit)
    verified = box.run("systemd-analyze", "verify", path, check=False)
    assert (verified.returncode, [line for line in verified.stderr.splitlines() if "locktsync" in line]) == (0, [])
    judged = box.run("systemd-analyze", "security", f"--threshold={EXPOSURE}", unit, check=False)
    assert judged.returncode == 0, judged.stdout


# Several instances

def test_two_instances_live_side_by_side(box, hr, conninfo):
    with LocktSim(levels=truth.LEVELS) as north_lockt, LocktSim(levels=truth.LEVELS, apikey="south") as south_lockt:
        instances = [Service(box, north_lockt, conninfo, "north"), Service(box, south_lockt, conninfo, "south")]
        for instance in instances:
            instance.start_for_good()
        person = hr.hire()
        for instance in instances:
            instance.wait_opens(person)
        for folder in ("/var/lib/locktsync-{}/state.sqlite", "/run/locktsync-{}/control"):
            assert all(box.path(folder.format(name)).exists() for name in ("north", "south"))
        # One stops, and the other carries on.
        box.systemctl("stop", instances[0].unit)
        assert not box.path("/run/locktsync-north").exists()
        hr.leave(person)
        instances[1].wait_opens(person, yes=False)
        instances[0].wait_opens(person, yes=True)
        box.systemctl("stop", instances[1].unit)

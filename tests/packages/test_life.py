"""Packages are installed, upgraded, removed and purged, on a machine that looks like this one (machine.py)."""

import os
import shutil

import pytest

from conftest import run
from machine import Machine

NEEDED = ("unshare", "nsenter", "chroot", "dpkg", "systemd-sysusers", "journalctl", "deb-systemd-helper")
MISSING = [program for program in NEEDED if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")]

pytestmark = [pytest.mark.skipif(os.geteuid() != 0, reason="root is needed to install packages"),
              pytest.mark.skipif(bool(MISSING), reason=f"these are missing to install packages: {', '.join(MISSING)}")]

CONFIG = "/etc/locktsync/locktsync.yaml"
STATE = "/var/lib/locktsync/state.sqlite"


@pytest.fixture(scope="session")
def newer(packages, tmp_path_factory):
    """A folder with locktsync.deb, and a newer version of it as newer.deb: its example and its unit have changed."""
    folder = tmp_path_factory.mktemp("newer")
    shutil.copy(packages.files["locktsync"], folder / "locktsync.deb")
    run("dpkg-deb", "--raw-extract", folder / "locktsync.deb", folder / "tree")
    control = folder / "tree/DEBIAN/control"
    control.write_text(control.read_text(encoding="utf-8").replace(
        f"Version: {packages.field('locktsync', 'Version')}\n", "Version: 99.0\n"), encoding="utf-8")
    with open(folder / f"tree{CONFIG}", "a", encoding="utf-8") as example:
        example.write("# A newer example.\n")
    with open(folder / "tree/lib/systemd/system/locktsyncd.service", "a", encoding="utf-8") as unit:
        unit.write("# A newer unit.\n")
    run("dpkg-deb", "--build", folder / "tree", folder / "newer.deb")
    shutil.rmtree(folder / "tree")
    return folder


@pytest.fixture
def machine(newer):
    try:
        machine = Machine(newer).__enter__()
    except OSError as error:
        pytest.skip(str(error))
    try:
        yield machine
    finally:
        machine.__exit__()


@pytest.fixture
def installed(machine):
    """A machine on which locktsync is installed, configured and has a state."""
    machine.run("dpkg -i /mnt/locktsync.deb")
    machine.run(f"sed -i 's/hr.example.org/hr.company.example/' {CONFIG}")
    machine.run("install -d -m 700 /etc/locktsync/credentials && echo key >/etc/locktsync/credentials/apikey")
    machine.run("echo own >/etc/locktsync/of-ours.pem")
    machine.run(f"install -d -m 700 -o locktsync -g locktsync {STATE.rpartition('/')[0]} && echo state >{STATE}")
    machine.asked()
    return machine


def test_installation_makes_the_users_and_starts_nothing(machine):
    machine.run("dpkg -i /mnt/locktsync.deb")
    assert machine.run("id -un locktsync").strip() == "locktsync"
    assert machine.holds("getent group locktsync-admin")
    asked = machine.asked()
    assert "systemctl --system daemon-reload" in asked
    assert [line for line in asked if "locktsyncd" in line] == []
    assert not machine.holds("find /etc/systemd/system -name 'locktsyncd*' | grep .")


def test_journal_explains_the_messages_once_it_is_installed(machine):
    machine.run("dpkg -i /mnt/locktsync.deb")
    entry = machine.run("grep -m 1 -- '^-- ' /usr/lib/systemd/catalog/locktsync.catalog").split()[1]
    assert machine.run(f"journalctl --dump-catalog {entry}").startswith(f"-- {entry}")


def test_upgrade_restarts_the_daemon_if_it_runs_and_asks_nothing(installed):
    installed.run("dpkg --force-confold -i /mnt/newer.deb")
    about = [line.split() for line in installed.asked() if "locktsyncd" in line]
    assert {tuple(words[:2]) for words in about} == {("deb-systemd-invoke", "try-restart")}
    assert {"locktsyncd.service", "locktsyncd@*.service"} <= {unit for words in about for unit in words[2:]}
    assert installed.run("tail -n 1 /lib/systemd/system/locktsyncd.service") == "# A newer unit.\n"


def test_upgrade_keeps_the_configuration_and_the_state(installed):
    installed.run("dpkg --force-confold -i /mnt/newer.deb")
    assert "hr.company.example" in installed.run(f"cat {CONFIG}")
    assert installed.run(f"tail -n 1 {CONFIG}.dpkg-dist") == "# A newer example.\n"
    assert installed.run(f"cat {STATE}") == "state\n"


def test_upgrade_without_a_changed_example_has_no_question(installed):
    """What dpkg would ask would have no answer: there is nobody to give one."""
    installed.run("dpkg -i /mnt/locktsync.deb")
    assert "hr.company.example" in installed.run(f"cat {CONFIG}")


def test_removal_stops_the_daemon_and_keeps_configuration_and_state(installed):
    installed.run("dpkg -r locktsync")
    about = [line.split() for line in installed.asked() if "locktsyncd" in line]
    assert {tuple(words[:2]) for words in about} == {("deb-systemd-invoke", "stop")}
    assert {"locktsyncd.service", "locktsyncd@*.service"} <= {unit for words in about for unit in words[2:]}
    assert not installed.holds("test -e /usr/sbin/locktsyncd")
    assert installed.run(f"cat {STATE} /etc/locktsync/credentials/apikey") == "state\nkey\n"
    assert "hr.company.example" in installed.run(f"cat {CONFIG}")
    installed.run("dpkg -i /mnt/locktsync.deb")
    assert "hr.company.example" in installed.run(f"cat {CONFIG}")


def test_purge_takes_state_and_secrets_and_leaves_the_users_and_what_is_not_ours(installed):
    installed.run("dpkg -P locktsync")
    assert not installed.holds(f"test -e {STATE.rpartition('/')[0]}")
    assert not installed.holds("test -e /etc/locktsync/credentials")
    assert not installed.holds(f"test -e {CONFIG}")
    assert installed.run("cat /etc/locktsync/of-ours.pem") == "own\n"
    assert installed.holds("getent passwd locktsync && getent group locktsync-admin")
    assert not installed.holds("find /etc/systemd /var/lib/systemd/deb-systemd-helper-* -name 'locktsync*' | grep .")

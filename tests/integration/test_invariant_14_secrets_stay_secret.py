"""Invariant 14: key, password and PIN are never where others could read them; people appear by id_num alone."""

import pathlib

import pytest

PASSWORD = "hr-passw0rd-4711"
PIN = "80867531"


@pytest.fixture
def with_secrets(hr, lockt, daemon, hr_database):
    """A daemon with a key, a password and PINs of its own."""
    lockt.settings(apiuser="secret-user-of-the-api", apikey="secret-key-of-the-api")
    daemon.set_credentials(lockt.apiuser, lockt.apikey)
    passfile = daemon.folder / "pgpass"
    passfile.write_text(f"*:*:*:*:{PASSWORD}\n", encoding="ascii")
    passfile.chmod(0o600)
    daemon.configure(
        hr={"connection": f"{hr_database.conninfo} passfile={passfile}",
            "people": daemon.config["hr"]["people"].replace(" badge_no,", f" badge_no, '{PIN}' AS door_pin,")},
        user={"pin": "door_pin"})
    return daemon


def test_no_secret_is_anywhere(hr, lockt, with_secrets, synced):
    daemon = with_secrets
    synced()
    assert lockt.user("E00001")["pin"] == PIN
    hr.rename("E00001", family="Musterfrau")
    lockt.fault("refuse", id_num="E60001", text="Not this one.")
    lockt.fault("cut", method="POST", when="after", times=1)
    hr.hire("Nina", "Neu")
    daemon.wait_said("E60001 is parked")
    answers = [str(daemon.request(command, **members)) for command, members in
               [("status", {}), ("queue", {}), ("parked", {}), ("history", {"limit": 0}), ("unknown", {}),
                ("plan", {"bodies": True}), ("explain", {"id_num": "E00001"}), ("check", {})]]
    process = pathlib.Path(f"/proc/{daemon.pid}")
    secrets = [lockt.apiuser, lockt.apikey, PASSWORD, PIN]
    for secret in secrets:
        assert secret not in daemon.log_text
        assert secret.encode() not in (process / "cmdline").read_bytes()
        assert secret.encode() not in (process / "environ").read_bytes()
        assert not [answer for answer in answers if secret in answer]
    daemon.stop()
    for path in daemon.state.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [secret for secret in secrets if secret.encode() in content], path


def test_the_journal_names_people_by_id_num_alone(hr, lockt, daemon, synced):
    synced()
    hr.rename("E00001", family="Musterfrau")
    hr.leave("E00002")
    hr.set_email("E00005", "no address")
    synced(ignore={"E00005"})
    daemon.wait_said("E00005 is parked")
    for personal in ("Musterfrau", "Mustermann", "Brien", "erika.mustermann", "no address", "A8914", "paar@"):
        assert personal not in daemon.log_text, personal
    assert "Musterfrau" not in daemon.status_line


def test_what_it_writes_is_its_own(hr, lockt, daemon, synced):
    synced()
    for path in [daemon.state, *daemon.state.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path

"""locktsyncctl check --config: a file, a real HR, a simulated Lockt, no daemon. Then every command on a real one."""

import json
import os
import subprocess

import pytest

PROGRAM = os.path.join(os.environ["LOCKTSYNC_BUILD"], "daemon/ctl/locktsyncctl") if "LOCKTSYNC_BUILD" in os.environ \
    else "locktsyncctl"


def run(daemon, *arguments, credentials=True):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "1000"}
    environment.pop("CREDENTIALS_DIRECTORY", None)
    if credentials:
        environment["CREDENTIALS_DIRECTORY"] = str(daemon.credentials)
    return subprocess.run([PROGRAM, "--socket", str(daemon.control), *arguments], capture_output=True, text=True,
                          timeout=120, env=environment)


def check(daemon, *arguments, **options):
    daemon.write_config()
    result = run(daemon, "check", "--config", str(daemon.config_path), *arguments, **options)
    # The process holds the API key: nothing of it may be seen, whatever happens.
    assert "lockt-sim-key" not in result.stdout + result.stderr
    assert "Sanitizer" not in result.stderr
    return result


def test_all_is_well(daemon):
    result = check(daemon)
    assert (result.returncode, result.stderr) == (0, "")
    for words in ["accepts the credentials", "all that rules name are among the 5 of Lockt", "connected to database",
                  "all that the mapping names are among the 14 of the query", "card_num: 99999"]:
        assert words in result.stdout
    assert result.stdout.count(" person ") == 3
    assert "All is well." in result.stdout or "0 errors" in result.stdout


def test_people_are_masked(daemon, hr):
    hr.execute("DELETE FROM hr.people")
    hr.hire("Wilhelmine", "Zzyzx", employee_id="E1", email="wilhelmine@example.org", mobile="+49 30 1234")
    shown = check(daemon).stdout
    for value in ("Wilhelmine", "Zzyzx", "wilhelmine", "1234"):
        assert value not in shown
    for form in ("first_name: Xxxxxxxxxx", "last_name: Xxxxx", "email: xxxxxxxxxx@xxxxxxx.xxx", "phone: 99999999"):
        assert form in shown


def test_mistakes_of_the_file_alone(daemon):
    daemon.configure(hr={"pol": "1s"}, lockt={"resync": "daily"})
    result = check(daemon)
    assert result.returncode == 78
    lines = result.stderr.splitlines()
    assert len(lines) == 2 and all(line.startswith(f"{daemon.config_path}:") for line in lines)
    result = check(daemon, "--json")
    assert result.returncode == 78
    assert [json.loads(line)["check"]["ok"] for line in result.stdout.splitlines()] == [False, False]


def test_a_file_that_is_not_there(daemon):
    result = run(daemon, "check", "--config", "/nowhere/locktsync.yaml")
    assert result.returncode == 78 and "/nowhere/locktsync.yaml" in result.stderr


def test_columns_and_levels_that_are_not_there(daemon):
    daemon.configure(user={"phone": "mobil", "email": "mail"})
    daemon.config["access_levels"]["rules"][0]["grant"] = "Cardhodler"
    result = check(daemon)
    assert result.returncode == 78
    assert result.stdout.count(f"{daemon.config_path}:") == 3
    for words in ["mobil", "did you mean 'mobile'", "Cardhodler"]:
        assert words in result.stdout
    assert "3 errors" in result.stdout


def test_hr_does_not_answer(daemon):
    daemon.configure(hr={"connection": "host=/nowhere dbname=hr user=locktsync"})
    result = check(daemon)
    assert result.returncode == 1
    assert "error    hr" in result.stdout and "accepts the credentials" in result.stdout


def test_the_query_is_wrong(daemon):
    daemon.configure(hr={"people": "SELECT * FROM nowhere"})
    result = check(daemon)
    assert result.returncode == 1 and "nowhere" in result.stdout


def test_lockt_refuses_the_credentials(daemon):
    daemon.set_credentials("somebody", "else")
    result = check(daemon)
    assert result.returncode == 1
    assert "refuses the credentials" in result.stdout and "connected to database" in result.stdout


def test_without_credentials_lockt_is_left_out(daemon):
    result = check(daemon, credentials=False)
    assert result.returncode == 0
    assert "warning  lockt" in result.stdout and "is there for the service alone" in result.stdout


def test_nobody_in_hr(daemon):
    daemon.config["hr"]["people"] += " WHERE false"
    result = check(daemon)
    assert result.returncode == 1 and "returns no rows" in result.stdout


def test_rows_that_prove_nothing(daemon):
    people = daemon.config["hr"]["people"]
    daemon.config["hr"]["people"] = f"({people}) UNION ALL ({people})"
    result = check(daemon)
    assert result.returncode == 0
    assert "with the key of another" in result.stdout


def test_statuses_that_nobody_named(daemon):
    daemon.config["user"]["enabled"]["in"] = ["active"]
    result = check(daemon)
    assert result.returncode == 0 and "neither in nor out" in result.stdout


def test_json_of_a_check_alone(daemon):
    result = check(daemon, "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["check"]["what"] for line in lines if "check" in line} == \
        {"configuration", "lockt", "levels", "hr", "columns", "people"}
    people = [line["person"] for line in lines if "person" in line]
    assert len(people) == 3
    assert set(people[0]) == {"id_num", "standing", "properties", "levels", "fault"}
    assert people[0]["levels"][0].keys() == {"id", "name"}


def test_without_a_daemon_the_installed_file_is_checked(daemon):
    result = run(daemon, "check")
    assert "without the daemon" in result.stderr
    assert result.returncode in (0, 1, 78)


# The real daemon

@pytest.fixture
def running(synced, daemon):
    synced()
    return daemon


def test_every_command_is_answered_by_the_real_daemon(running, hr, settled):
    settled()
    for arguments, words in [
            (["status"], "locktsync"), (["queue"], "Nothing waits."), (["held"], "Nobody is held back."),
            (["parked"], "parked"), (["unknown"], "HR knows every user of Lockt."),
            (["plan"], "Nothing would be written."),
            (["plan", "--all", "--bodies"], "Nothing would be written."), (["history", "--limit", "3"], "ACTION"),
            (["explain", "E00001"], "HR"), (["retry"], "All that waits"), (["resync"], "read anew"),
            (["check"], "accepts the credentials")]:
        result = run(running, *arguments)
        assert words in result.stdout, (arguments, result)
        assert result.stderr == ""


def test_a_plan_of_the_real_daemon(running, hr, settled, lockt):
    settled()
    running.stop()
    running.configure(mode="report")
    running.start()
    settled()
    hr.leave("E00001")
    shown = run(running, "plan").stdout
    assert "Revocations: 1 person loses access" in shown
    assert "E00001" in shown and "- level Cardholder" in shown


def test_retry_of_nobody_fails(running):
    result = run(running, "retry", "nobody")
    assert (result.returncode, result.stdout) == (1, "nobody: neither waits nor is parked\n")


def test_explain_of_nobody_fails(running):
    result = run(running, "explain", "nobody")
    assert result.returncode == 1 and "Nobody knows nobody" in result.stdout

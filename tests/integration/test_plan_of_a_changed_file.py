"""locktsyncctl plan --config NEW: what a changed file would do, before it is in force (invariants 5 and 12)."""

import json
import re
import subprocess

import pytest
import yaml

from support.locktsyncd import merged, program
from support.truth import CONFIG, PEOPLE, opens
from support.writes import records

RULES = CONFIG["access_levels"]["rules"]
SLOW = {"people": PEOPLE.rstrip() + " WHERE pg_sleep(0.5) IS NOT NULL", "statement_timeout": "1h"}
SLOW_RUNS = """SELECT 1 FROM pg_stat_activity
                WHERE query LIKE '%pg_sleep%' AND state = 'active' AND application_name = 'locktsync'"""


@pytest.fixture(autouse=True)
def quiet(daemon):
    """HR is read when a plan is asked for, not in between."""
    daemon.configure(hr={"poll": "1h", "listen": None}, alarm={"stale": "1d"})


@pytest.fixture
def changed(daemon):
    """changed(safety={…}): the path of a file that differs in these sections from the one that runs."""
    def write(name="new.yaml", text=None, **sections):
        path = daemon.folder / name
        if text is None:
            text = yaml.safe_dump(merged(daemon.config, sections), sort_keys=False, allow_unicode=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write


@pytest.fixture
def planned(daemon):
    """planned(path): entries by id_num, and the summary."""
    def plan(path, *arguments):
        result = daemon.ctl("plan", "--config", path, "--json", *arguments)
        assert (result.returncode, result.stderr) == (0, "")
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        summary = [line["summary"] for line in lines if "summary" in line]
        return {line["plan"]["id_num"]: line["plan"] for line in lines if "plan" in line}, summary[0]

    return plan


def people_of(hr, where):
    return {row["employee_id"] for row in hr.execute(f"SELECT employee_id FROM locktsync.people WHERE {where}")}


def line_of(path, text):
    """Where a text first stands in a file, as compilers say it."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if text in line:
            return number
    raise AssertionError(f"{path} has no '{text}'")


@pytest.fixture
def more_rooms(changed):
    """A file in which Research gets the server room, and housekeeping is no longer for the Annex alone to lack."""
    rules = [RULES[0], {"when": {"department": "Research"}, "grant": "Server Room"}, RULES[1],
             {"when": {"job_title": "Housekeep*"}, "grant": "Housekeeping"}]
    return changed(access_levels={"rules": rules})


def test_a_changed_rule_shows_who_gains_and_writes_nothing(hr, lockt, daemon, synced, more_rooms, planned):
    synced()
    since, before = lockt.last_request(), daemon.status()["config"]
    entries, summary = planned(more_rooms)
    research = people_of(hr, "department = 'Research' AND status IN ('active', 'leave')")
    gaining = {key for key, entry in entries.items() if "Server Room" in [level["name"] for level in entry["gained"]]}
    assert gaining and gaining <= research
    assert all(entries[key]["why"] == "by the new file" and entries[key]["gives"] for key in gaining)
    assert lockt.writes(since) == []
    assert daemon.status()["config"] == before
    assert not any("Server Room" in opens(lockt, key) for key in gaining)
    assert all(entry["action"] == "park" for entry in daemon.ask("plan"))


def test_each_rule_says_how_many_it_matches_and_how_many_it_did(hr, daemon, synced, more_rooms, planned):
    synced()
    _, summary = planned(more_rooms)
    rows = len(hr.rows())
    here = {key: line_of(more_rooms, text) for key, text in
            (("all", "grant: Cardholder"), ("new", "department: Research"), ("guards", "department: Security"),
             ("cleaners", "job_title: Housekeep"))}
    by_line = {rule["line"]: rule for rule in summary["rules"]}
    assert [rule["line"] for rule in summary["rules"]] == sorted(by_line)
    counts = [by_line[line] for line in sorted(by_line)]
    guards = len(people_of(hr, "department = 'Security' AND site IN ('HQ', 'Annex')"))
    cleaners = len(people_of(hr, "job_title LIKE 'Housekeep%'"))
    before = len(people_of(hr, "job_title LIKE 'Housekeep%' AND site <> 'Annex'"))
    assert (counts[0]["matches"], counts[0]["was"]) == (rows, rows)
    assert (counts[1]["matches"], counts[1]["was"]) == (len(people_of(hr, "department = 'Research'")), None)
    assert (counts[2]["matches"], counts[2]["was"]) == (guards, guards)
    assert (counts[3]["matches"], counts[3]["was"]) == (cleaners, before)
    # Where each stands: a rule's line is that of its first key.
    assert [abs(rule["line"] - here[key]) <= 2 for rule, key in zip(counts, ("all", "new", "guards", "cleaners"))] == \
        [True] * 4
    assert len(summary["gone"]) == 1 and summary["gone"][0]["was"] == rows
    assert summary["file"]["compared"] is True


def test_what_the_file_was_shown_to_do_is_done_when_it_is_loaded_and_approved(
        hr, lockt, daemon, synced, more_rooms, planned):
    synced()
    entries, summary = planned(more_rooms, "--bodies")
    assert summary["gate"] == "the mapping has changed" and summary["file"]["mapping"] == "held"
    promised = {key: [record for body in entry["bodies"] for record in json.loads(body["body"])["users"]]
                for key, entry in entries.items() if entry["bodies"]}
    since = lockt.last_request()

    daemon.careful = True
    mark = daemon.mark()
    daemon.reload(more_rooms.read_text(encoding="utf-8"))
    daemon.wait_said("for the approval of the plan", since=mark)
    assert lockt.writes(since) == []
    daemon.approve()
    daemon.wait(lambda: lockt.writes(since) and not daemon.status()["holds"] and daemon.at_rest(), "the plan's deeds")
    sent = {}
    for request in lockt.writes(since):
        for record in records(request):
            sent.setdefault(record["id_num"], []).append(record)
    assert sent == promised
    assert summary["writes"] == len(lockt.writes(since))


def test_the_head_says_what_a_reload_would_hold(daemon, synced, more_rooms, changed):
    synced()
    shown = daemon.ctl("plan", "--config", more_rooms).stdout
    assert f"by {more_rooms}; nothing has been written, and the running configuration stays." in " ".join(shown.split())
    assert "nothing of this is written before it is approved: the mapping has changed" in " ".join(shown.split())
    assert re.search(r"matches [\d,]+ of [\d,]+ people, was [\d,]+", shown)
    assert re.search(r"matches [\d,]+ of [\d,]+ people, a new rule", shown)
    assert re.search(r"the rule in line \d+ of the running file is gone, it matched [\d,]+ people", shown)

    goes = changed("goes.yaml", user={"phone": None}, safety={"mapping_change": "go"})
    assert "does it at once: safety.mapping_change is 'go'" in daemon.ctl("plan", "--config", goes).stdout
    same = changed("same.yaml", safety={"max_revoked": 1})
    assert "The mapping is the one that was approved" in daemon.ctl("plan", "--config", same).stdout
    silent = changed("silent.yaml", mode="report")
    assert "with it nothing is written" in daemon.ctl("plan", "--config", silent).stdout


def test_the_limits_of_the_new_file_count(hr, lockt, daemon, synced, changed, planned):
    daemon.configure(safety={"max_revoked": 50})
    synced()
    here = people_of(hr, "status = 'active' AND hired_on < current_date")
    hr.leave(*[key for key in sorted(here) if opens(lockt, key)][:3])
    assert daemon.request("plan").of("summary")[0]["actions"]["hold"] == 0
    _, summary = planned(changed(safety={"max_revoked": 0}))
    assert summary["actions"]["hold"] == 3 and summary["file"]["mapping"] == "same"


def test_another_query_is_asked_and_whom_it_does_not_bring_would_be_out(hr, lockt, daemon, synced, changed, planned):
    daemon.configure(leavers={"absent_for": "15m"})
    synced()
    berlin = changed(hr={"people": PEOPLE + " WHERE site = 'HQ'"}, safety={"max_revoked": "100%"})
    entries, summary = planned(berlin)
    elsewhere = {key for key in people_of(hr, "coalesce(site, '') <> 'HQ'") if opens(lockt, key)}
    assert elsewhere == {key for key, entry in entries.items() if entry["why"] == "not in the new query"}
    assert all(entries[key]["action"] == "revoke" for key in elsewhere)
    assert summary["rows"] == len(people_of(hr, "site = 'HQ'"))
    assert opens(lockt, sorted(elsewhere)[0])


def test_where_the_new_query_lacks_a_column_of_the_old_rules_nothing_is_compared(daemon, synced, changed):
    synced()
    path = changed(hr={"people": PEOPLE.replace(", access_profile", "")}, access_levels={"rules": RULES[:3]})
    result = daemon.ctl("plan", "--config", path)
    assert result.returncode == 0
    assert "What the running file's rules match is not known" in " ".join(result.stdout.split())
    assert ", was" not in result.stdout


# What is wrong with the file

MISTAKES = [
    ("an unknown key", {"hr": {"pol": "1s"}}, " pol:", "did you mean 'poll'"),
    ("a column that the query lacks", {"user": {"email": "work_mail"}}, "work_mail", "did you mean 'work_email'"),
    ("a key that the query lacks", {"user": {"id_num": "nobodys_id"}}, "nobodys_id", "nobodys_id"),
    ("a wrong query", {"hr": {"people": "SELECT nothing FROM locktsync.nowhere"}}, "nowhere", "nowhere"),
]


@pytest.mark.parametrize("sections, text, words", [mistake[1:] for mistake in MISTAKES],
                         ids=[mistake[0] for mistake in MISTAKES])
def test_a_mistake_is_told_with_its_place_in_the_callers_file(daemon, synced, changed, sections, text, words):
    synced()
    mark = daemon.mark()
    path = changed("draft.yaml", **sections)
    result = daemon.ctl("plan", "--config", path)
    assert (result.returncode, result.stdout) == (78, "")
    first, last = result.stderr.splitlines()[0], result.stderr.splitlines()[-1]
    assert first.startswith(f"{path}:{line_of(path, text)}:") and words in first
    assert last == "locktsyncctl: 1 mistake in this configuration: no plan was made"
    assert daemon.said("draft.yaml|work_mail|nowhere", mark) == []
    assert daemon.request("plan").exit == 0


def test_all_mistakes_are_told_in_one_go(daemon, synced, changed):
    synced()
    path = changed(hr={"poll": "soon"}, user={"emial": "work_email"}, retry={"first": "never", "max": "1m"})
    result = daemon.ctl("plan", "--config", path)
    assert result.returncode == 78
    assert len([line for line in result.stderr.splitlines() if line.startswith(f"{path}:")]) == 3
    assert "3 mistakes" in result.stderr


@pytest.mark.parametrize("text, words", [("", "the file is empty"), ("version: 1\n\tx: 1\n", "a tab indents this line"),
                                         ("version: \u0007", "U+0007")], ids=["empty", "a tab", "a bell"])
def test_what_is_no_configuration_at_all_is_refused(daemon, synced, changed, text, words):
    synced()
    result = daemon.ctl("plan", "--config", changed(text=text))
    assert result.returncode == 78 and words in result.stderr


def test_a_file_that_the_caller_can_not_read_is_refused_without_the_daemon(daemon, changed):
    result = daemon.ctl("plan", "--config", daemon.folder / "nowhere.yaml")
    assert result.returncode == 78 and "No such file" in result.stderr


def test_a_level_that_lockt_lacks_is_remarked_upon(daemon, synced, changed):
    synced()
    path = changed(access_levels={"rules": [*RULES, {"grant": "Sever Room"}]})
    result = daemon.ctl("plan", "--config", path)
    assert result.returncode == 0
    assert re.search(rf"{re.escape(str(path))}:\d+:\d+: .*'Sever Room'", " ".join(result.stdout.split()))


def test_where_hr_and_lockt_are_is_not_taken_from_the_file(lockt, daemon, synced, changed, planned):
    synced()
    mark = daemon.mark()
    path = changed(hr={"connection": "host=nowhere.example password=Kennwort77"},
                   lockt={"url": "https://nowhere.example/api/v1", "apikey": "credential:other"})
    entries, summary = planned(path)
    assert {entry["action"] for entry in entries.values()} == {"park"} and summary["rows"] > 0
    assert summary["file"]["ignored"] == ["hr.connection", "lockt.url", "lockt.apikey"]
    shown = daemon.ctl("plan", "--config", path)
    assert "hr.connection differs and is not followed" in shown.stdout
    assert "Kennwort77" not in shown.stdout + shown.stderr
    assert not daemon.said("Kennwort77|nowhere.example", mark)


def test_a_large_file_is_taken_and_a_huge_one_is_not(daemon, synced, changed, planned):
    synced()
    text = yaml.safe_dump(daemon.config, sort_keys=False)
    _, summary = planned(changed(text=text + "# \u00e4 'quoted' \"twice\" \\\n" * 30000))
    assert summary["file"]["mapping"] == "same"
    result = daemon.ctl("plan", "--config", changed(text=text + "#" * (1024 * 1024)))
    assert result.returncode == 78 and "larger than 1 MiB" in result.stderr


# What goes on meanwhile

def test_a_revocation_leaves_while_the_new_query_is_slow(hr, lockt, daemon, synced, changed):
    daemon.configure(hr={"listen": "locktsync"})
    synced()
    slow = changed(hr=SLOW)
    with subprocess.Popen([program("locktsyncctl"), "--socket", daemon.control, "plan", "--config", slow],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as asking:
        daemon.wait(lambda: hr.execute(SLOW_RUNS), "the slow query to run")
        hr.leave("E00001")
        daemon.wait(lambda: not opens(lockt, "E00001"), "the revocation")
        assert asking.poll() is None
        asking.kill()
    daemon.wait(lambda: daemon.request("plan").exit == 0, "a plan afterwards")


def test_a_reload_ends_a_plan_of_another_file(hr, daemon, synced, changed):
    synced()
    slow = changed(hr=SLOW)
    with subprocess.Popen([program("locktsyncctl"), "--socket", daemon.control, "plan", "--config", slow],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as asking:
        daemon.wait(lambda: hr.execute(SLOW_RUNS), "the slow query to run")
        daemon.reload()
        assert "read again" in asking.communicate(timeout=60)[1]
        assert asking.returncode == 1
    assert daemon.request("plan").exit == 0


# Plans while nothing is approved, and what they list apart

def test_a_plan_behind_the_closed_gate_names_the_command_that_opens_it(hr, lockt, daemon):
    daemon.careful = True
    daemon.start()
    daemon.wait_said("for the approval of the plan")
    shown = " ".join(daemon.ctl("plan").stdout.split())
    digest = re.search(r"Nothing of this is written before it is approved: locktsyncctl approve ([0-9a-f]{12}) ", shown)
    assert digest and lockt.writes() == []
    assert daemon.ctl("approve", digest[1]).returncode == 0
    daemon.wait(lambda: lockt.writes(), "the first write")
    daemon.wait(lambda: not daemon.status()["gate"], "the gate to open")
    assert "before it is approved" not in daemon.ctl("plan").stdout


def test_probable_doubles_and_emptied_values_are_listed_apart(hr, lockt, daemon, synced):
    synced()
    double, before = "E60001", daemon.status()["lockt"]["listed_usec"]
    lockt.add_user(id_num=double, first_name="Somebody", last_name="Else", email="else@example.org")
    daemon.ask("resync")
    daemon.wait(lambda: daemon.status()["lockt"]["listed_usec"] > before and daemon.at_rest(), "another listing")
    hr.hire("Dora", "Doppel", employee_id=double)
    hr.set_mobile("E00001", None)
    result = daemon.ctl("plan").stdout
    doubles = result[result.index("Probable doubles: 2 people"):result.index("Parked: 1 person")]
    assert f"  {double}" in doubles and "  E00015" in doubles
    emptied = result[result.index("Emptied values: 1 person"):]
    assert "E00001" in emptied and re.search(r"phone  \S+ → \(none\)", emptied)
    [entry] = [entry for entry in daemon.ask("plan") if entry["id_num"] == double]
    assert (entry["action"], entry["kind"]) == ("park", "conflict")

"""Invariant 15: for any person, whoever asks is told why he has what he has, and when it came to be."""

import hashlib
import json
import re
import sqlite3

import pytest

from support.truth import opens


def told(result):
    """What locktsyncctl printed, in one line."""
    return " ".join(result.stdout.split())


def explained(daemon, id_num):
    return daemon.ask("explain", id_num=id_num)


def cycle_of(daemon, person, action):
    return [entry["cycle"] for entry in daemon.history(person) if entry["action"] == action][-1]


def age_history(state):
    """Makes all entries two days older, and computes the chain anew."""
    def number(value):
        return value.to_bytes(8, "little")

    hash_ = bytes(32)
    for id_, at, cycle, *texts in state.execute("SELECT id, at_usec, cycle, key, action, detail FROM history ORDER BY id"
                                                ).fetchall():
        at -= 2 * 86400 * 10**6
        entry = number(id_) + number(at) + number(cycle)
        for text in texts:
            entry += number(len((text or "").encode())) + (text or "").encode()
        previous, hash_ = hash_, hashlib.blake2b(hash_ + entry, digest_size=32).digest()
        state.execute("UPDATE history SET at_usec = ?, previous = ?, hash = ? WHERE id = ?", (at, previous, hash_, id_))
    state.execute("UPDATE history_end SET hash = ? WHERE name = 'head'", (hash_,))


def approve(daemon, digest, *only):
    arguments = ["approve", digest, *(["--only", *only] if only else [])]
    result = daemon.ctl(*arguments)
    assert result.returncode == 0, result.stderr


# Times

def test_one_line_tells_when_hr_changed_and_when_that_was_seen_sent_acknowledged_and_read_back(hr, lockt, daemon, synced):
    daemon.configure(hr={"listen": None})
    synced()
    before = daemon.status()["now_usec"]
    hr.leave("E00001")
    synced()
    daemon.wait(lambda: explained(daemon, "E00001")["times"].get("read_back_usec"), "the revocation to be read back")
    times = explained(daemon, "E00001")["times"]
    assert times["action"] == "revoked" and times["notified_usec"] is None and not times["approved_between"]
    order = [times[name] for name in ("hr_after_usec", "hr_before_usec", "seen_usec", "sent_usec", "acknowledged_usec",
                                      "read_back_usec")]
    assert order == sorted(order) and times["hr_before_usec"] > before
    moment = r"\d\d:\d\d:\d\d\.\d{3}"
    assert re.search(rf"The last change \(revoked\): HR changed between \S*\s?{moment} and {moment}, seen {moment}, "
                     rf"sent {moment}, acknowledged {moment}, read back {moment}\.", told(daemon.ctl("explain", "E00001")))


def test_a_change_that_hr_told_of_is_dated_by_that(hr, lockt, daemon, synced):
    daemon.configure(hr={"poll": "5m"})
    synced()
    before = daemon.status()["now_usec"]
    hr.leave("E00001")
    synced()
    times = explained(daemon, "E00001")["times"]
    assert before <= times["notified_usec"] <= times["seen_usec"]
    assert "HR changed by" in told(daemon.ctl("explain", "E00001"))


def test_times_outlast_a_restart(hr, lockt, daemon, synced):
    synced()
    nina = hr.hire("Nina", "Neu")
    synced()
    before = explained(daemon, nina)["times"]
    daemon.restart()
    after = explained(daemon, nina)["times"]
    assert before["action"] == "created"
    assert {name: after[name] for name in ("seen_usec", "sent_usec", "acknowledged_usec")} == \
           {name: before[name] for name in ("seen_usec", "sent_usec", "acknowledged_usec")}


# Whom

def test_a_person_is_found_by_number_name_email_and_card(hr, lockt, daemon, synced):
    synced()
    nina = hr.hire("Nina", "Nadelöhr", email="nina.n@example.org", badge="00077001")
    synced()
    for who in (nina, "Nina Nadelöhr", "nadelöhr, nina", "Nadelöhr", "NINA.N@example.org", "00077001"):
        shown = daemon.ctl("explain", who)
        assert shown.returncode == 0 and f"locktsyncctl history {nina}" in shown.stdout, who
        assert who == nina or f"'{who}' is {nina}: Nina Nadelöhr" in shown.stdout
    nobody = daemon.ctl("explain", "Nobody Atall")
    assert nobody.returncode == 1


def test_several_who_could_be_meant_are_listed(hr, lockt, daemon, synced):
    synced()
    twins = [hr.hire(given, "Zwilling") for given in ("Anna", "Berta")]
    synced()
    stranger = lockt.add_user(id_num="V-1", first_name="Vera", last_name="Zwilling", enabled=True)
    daemon.resync()
    daemon.wait(lambda: [row for row in daemon.ask("unknown") if row["lockt_id"] == int(stranger["id"])], "the stranger to be listed")
    result = daemon.ctl("explain", "zwilling")
    assert result.returncode == 1
    assert all(person in result.stdout for person in twins) and "Anna Zwilling" in result.stdout
    assert re.search(r"V-1 .*Vera Zwilling +not known to HR", result.stdout)


# Why

def test_rules_and_wishes_stand_beside_what_lockt_holds(hr, lockt, daemon, synced):
    synced()
    nina = hr.hire("Nina", "Neu", department="Security", site="HQ", badge=None)
    synced()
    shown = told(daemon.ctl("explain", nina))
    assert "matches" in shown and "does not match" in shown
    assert re.search(r"first_name Nina Nina", shown) and "Security (line " in shown
    assert "card_num (empty in HR: stays)" in shown
    hr.leave(nina)
    synced()
    assert "no access: the row says that this person is out" in told(daemon.ctl("explain", nina))


def test_a_hold_is_explained_with_the_command_that_approves_it(hr, lockt, daemon, synced, settled):
    daemon.configure(safety={"max_revoked": 1})
    synced()
    people = hr.hire_many(3)
    synced()
    hr.forget(*people)
    daemon.wait(lambda: set(daemon.held()) & set(people), "some of them to be held")
    held = sorted(set(daemon.held()) & set(people))[0]
    shown = told(daemon.ctl("explain", held))
    command = re.search(rf"locktsyncctl approve ([0-9a-f]{{12}}) --only {held}", shown)
    assert command and f"{held} is held back until somebody approves it" in shown
    approve(daemon, command[1], held)
    daemon.wait(lambda: not opens(lockt, held), "him to lose access")


# History

def test_history_tells_what_changed_from_what_to_what(hr, lockt, daemon, synced):
    synced()
    nina = hr.hire("Nina", "Neu")
    synced()
    hr.move(nina, department="Security", site="HQ")
    synced()
    shown = told(daemon.ctl("history", nina))
    assert re.search(r"accesslevels Cardholder → .*Security", shown)
    assert "first_name" not in shown.split("created")[0], "what stayed as it was is not told"
    assert daemon.ctl("history", nina, "--since", "1h").stdout == daemon.ctl("history", nina).stdout
    assert "Nothing was done" in daemon.ctl("history", nina, "--until", "1h").stdout
    assert "Nothing was done" in daemon.ctl("history", "--until", "2020-01-01").stdout
    wrong = daemon.ctl("history", "--since", "yesterday")
    assert wrong.returncode == 2 and "takes a time as 2026-11-23" in wrong.stderr


def test_a_history_that_somebody_changed_is_found_out(hr, lockt, daemon, synced):
    synced()
    hr.leave("E00001")
    synced()
    sound = daemon.ctl("history", "--verify")
    assert sound.returncode == 0 and "The history is what was written" in sound.stdout
    head = re.search(r"head +([0-9a-f]{64})", sound.stdout)[1]
    assert "is that of entry" in daemon.ctl("history", "--verify", "--head", head).stdout
    daemon.stop()
    with sqlite3.connect(daemon.state / "state.sqlite") as state:
        [[changed]] = state.execute("SELECT id FROM history WHERE key = 'E00001' AND action = 'revoked'")
        state.execute("UPDATE history SET key = 'E00002' WHERE id = ?", (changed,))
    daemon.start()
    result = daemon.ctl("history", "--verify")
    assert result.returncode == 1
    assert f"entry {changed} is missing or not what was written" in told(result)
    assert daemon.ctl("history", "--verify", "--head", "0" * 64).returncode == 1
    assert daemon.ctl("history", "--verify", "--head", "short").returncode == 2
    assert daemon.ctl("history", "--head", head).returncode == 2


def test_the_journal_has_a_head_each_day_and_a_history_that_was_cut_short_lacks_it(hr, lockt, daemon, synced):
    synced()
    daemon.wait_said("the history ends with entry")
    daemon.restart()
    synced()
    assert len(daemon.said("the history ends with entry")) == 1, "once a day"
    daemon.stop()
    with sqlite3.connect(daemon.state / "state.sqlite") as state:
        state.execute("UPDATE fact SET number = number - 1 WHERE name = 'head_told'")   # that was yesterday
    mark = daemon.mark()
    daemon.start()
    [line] = daemon.wait_said("the history ends with entry", since=mark)
    number, head = re.search(r"entry (\d+), its head is ([0-9a-f]{64})", line).groups()
    assert daemon.ctl("history", "--verify", "--head", head).returncode == 0
    daemon.stop()
    with sqlite3.connect(daemon.state / "state.sqlite") as state:
        last = int(number) - 1
        state.execute("DELETE FROM history WHERE id > ?", (last,))
        state.execute("UPDATE history_end SET id = ?1, hash = (SELECT hash FROM history WHERE id = ?1) WHERE name = 'head'",
                      (last,))
    daemon.start()
    assert daemon.ctl("history", "--verify").returncode == 0, "the chain in itself is whole"
    result = daemon.ctl("history", "--verify", "--head", head)
    assert result.returncode == 1 and "cut short or replaced" in told(result)


def test_a_history_is_still_sound_when_old_entries_are_dropped(hr, lockt, daemon, synced, settled):
    daemon.configure(history={"keep": "1d"})
    synced()
    hr.leave("E00001")
    synced()

    def first():
        settled()
        return daemon.ask("verify")[0]["first_id"] > 1
    daemon.stop()
    with sqlite3.connect(daemon.state / "state.sqlite") as state:
        # Two days pass for what was done so far, and the chain is what it would be then.
        age_history(state)
    daemon.start()
    hr.leave("E00002")
    synced()
    daemon.wait(first, "old entries to be dropped")
    assert daemon.ctl("history", "--verify").returncode == 0


# Revert

def test_a_cycle_that_was_a_mistake_is_taken_back(hr, lockt, daemon, synced, settled):
    daemon.configure(hr={"listen": None}, safety={"max_revoked": "100%", "max_restored": "100%"})
    synced()
    people = hr.hire_many(5, department="Security", site="HQ")
    synced()
    before = {person: lockt.user(person) for person in people}
    hr.leave(*people)
    synced()
    assert not any(opens(lockt, person) for person in people)
    cycle = cycle_of(daemon, people[0], "revoked")

    planned = daemon.ctl("revert", cycle, "--reason", "HR was loaded by mistake")
    assert planned.returncode == 0, planned.stderr
    assert "5 people wait for your approval" in told(planned)
    assert not any(opens(lockt, person) for person in people), "nothing before the approval"
    assert set(daemon.held()) == set(people)
    digest = re.search(r"locktsyncctl approve ([0-9a-f]{12})", planned.stdout)[1]
    approve(daemon, digest)
    daemon.wait(lambda: all(opens(lockt, person) == {"Cardholder", "Security", "Administration"} for person in people),
                "everybody to have his levels back")
    for person in people:
        after = lockt.user(person)
        assert {name: after[name] for name in ("first_name", "card_num", "email", "access_expires", "enabled")} == \
               {name: before[person][name] for name in ("first_name", "card_num", "email", "access_expires", "enabled")}

    # HR's rows have not changed, and are not acted upon; not by a complete reading of both sides, nor after a restart.
    daemon.resync()
    settled()
    daemon.restart()
    settled()
    assert all(opens(lockt, person) for person in people)
    status = told(daemon.ctl("status"))
    assert f"5 people are as before cycle {cycle}, not as HR wants, until HR changes their row" in status
    assert f"is as before cycle {cycle}, not as HR wants" in told(daemon.ctl("explain", people[0]))

    # Whose row changes is again as HR wants; the others stay.
    hr.rename(people[0], family="Anders")
    daemon.wait(lambda: not opens(lockt, people[0]), "HR's wish to count again")
    settled()
    assert all(opens(lockt, person) for person in people[1:])
    assert daemon.status()["counts"]["reverted"] == 4
    assert daemon.ctl("history", "--verify").returncode == 0
    planned = [entry for entry in daemon.history() if entry["action"] == "revert-planned"]
    assert [(entry["detail"]["people"], entry["detail"]["reason"]) for entry in planned] == [(5, "HR was loaded by mistake")]


def test_only_what_that_cycle_changed_goes_back(hr, lockt, daemon, synced):
    daemon.configure(hr={"listen": None})
    synced()
    nina = hr.hire("Nina", "Neu")
    synced()
    hr.move(nina, department="Security", site="HQ")
    synced()
    moved = cycle_of(daemon, nina, "changed")
    hr.rename(nina, family="Alt")
    synced()
    digest = daemon.request("revert", cycle=moved).of("reverting")[0]["digest"]
    approve(daemon, digest, nina)
    daemon.wait(lambda: opens(lockt, nina) == {"Cardholder"}, "the levels of the move to go")
    assert lockt.user(nina)["last_name"] == "Alt", "what came later stays"


def test_who_was_created_by_mistake_loses_access(hr, lockt, daemon, synced):
    daemon.configure(hr={"listen": None})
    synced()
    nina = hr.hire("Nina", "Neu")
    synced()
    answer = daemon.request("revert", cycle=cycle_of(daemon, nina, "created"))
    assert "was created by that cycle" in [line for line in answer.of("revert") if line["id_num"] == nina][0]["what"]
    approve(daemon, answer.of("reverting")[0]["digest"], nina)
    daemon.wait(lambda: not opens(lockt, nina), "her to lose access")


@pytest.mark.parametrize("cycle, words", [("999999", "there was no cycle 999999 yet"), ("0", "takes the number of a cycle"),
                                          ("x", "takes the number of a cycle")])
def test_what_can_not_be_reverted_is_refused_with_the_reason(hr, lockt, daemon, synced, cycle, words):
    synced()
    result = daemon.ctl("revert", cycle)
    assert result.returncode != 0 and words in result.stderr


def test_a_cycle_that_changed_nobody_is_refused(hr, lockt, daemon, synced, settled):
    synced()
    settled()
    quiet = daemon.status()["cycle"]
    result = daemon.ctl("revert", quiet)
    assert result.returncode == 1 and "changed nobody" in result.stderr


def test_who_was_locked_meanwhile_is_not_set_back(hr, lockt, daemon, synced):
    daemon.configure(hr={"listen": None})
    synced()
    hr.leave("E00001")
    synced()
    cycle = cycle_of(daemon, "E00001", "revoked")
    assert daemon.ctl("lock", "E00001", "--reason", "lost his temper").returncode == 0
    synced()
    answer = daemon.request("revert", cycle=cycle)
    assert [line["refused"] for line in answer.of("revert")] == ["is locked by hand: `locktsyncctl unlock` first"]
    assert "nobody whom cycle" in answer.error


def test_who_is_locked_while_his_way_back_waits_stays_out(hr, lockt, daemon, synced, settled):
    synced()
    hr.leave("E00001")
    synced()
    answer = daemon.request("revert", cycle=cycle_of(daemon, "E00001", "revoked"))
    assert daemon.ctl("lock", "E00001", "--reason", "lost his temper").returncode == 0
    daemon.ctl("approve", answer.of("reverting")[0]["digest"])
    settled()
    assert not opens(lockt, "E00001") and daemon.status()["counts"]["reverted"] == 0


def test_a_pin_can_not_be_brought_back(hr, lockt, daemon, synced):
    people = daemon.config["hr"]["people"].replace(
        " badge_no,", " badge_no, CASE WHEN mobile ~ '^[0-9]{6}$' THEN mobile END AS door_pin,")
    daemon.configure(hr={"people": people, "listen": None}, user={"pin": "door_pin", "phone": None})
    daemon.start()
    nina = hr.hire("Nina", "Neu", mobile="123456")
    daemon.wait(lambda: (lockt.user(nina) or {}).get("pin") == "123456" and nina not in daemon.queue(), "her PIN to be set")
    daemon.wait(daemon.at_rest, "the daemon to be at rest")
    hr.set_mobile(nina, "654321")
    daemon.wait(lambda: lockt.user(nina)["pin"] == "654321" and daemon.at_rest(), "her PIN to be changed")
    answer = daemon.request("revert", cycle=cycle_of(daemon, nina, "changed"))
    assert [line["refused"] for line in answer.of("revert") if line["id_num"] == nina] == [
        "only its PIN was changed, and PINs are not kept: set it in HR or in Lockt"]
    assert "654321" not in str(daemon.ask("history", id_num=nina))


def test_the_json_of_explain_has_all_of_it(hr, lockt, daemon, synced):
    synced()
    lines = [json.loads(line) for line in daemon.ctl("--json", "explain", "E00002").stdout.splitlines()]
    names = [next(iter(line)) for line in lines]
    assert names[0] == "hr" and names[-1] == "explain"
    known = next(line["explain"] for line in lines if "explain" in line)
    assert known["wanted"]["standing"] == "in" and known["wanted"]["properties"]["id_num"] == "E00002"
    assert known["times"]["action"] == "created"

"""Invariant 4: more people than `safety` allows within a window do not lose, gain or get back access before somebody
has looked; and all else goes on."""

import datetime
import re

import pytest

from support.truth import UTC, desired, instant, opens
from support.writes import written

# What the sample file says. support/truth.py has limits that stand in nobody's way.
LIMITS = {"max_revoked": "5%", "max_restored": "2%", "max_granted": "20%", "max_changed": "50%"}


@pytest.fixture
def guarded(daemon, synced):
    """guarded(max_revoked=10): starts from what was approved, with these limits from then on."""
    def start(**limits):
        synced()
        daemon.configure(safety={**LIMITS, **limits})
        daemon.reload()
    return start


@pytest.fixture
def says(daemon):
    """says("40 people would gain access", "max_granted"): `locktsyncctl status` tells it as a person reads it: how
    many, why, since when, and the command that decides it. Answers the digest."""
    def look(*parts):
        text = " ".join(daemon.ctl("status").stdout.split())
        for part in parts:
            assert part in text, f"'{part}' is not in: {text}"
        found = re.search(r"since [^:]*: " + re.escape(parts[0]) + r".*?then `locktsyncctl approve ([0-9a-f]{12})`",
                          text)
        assert found, f"the status does not say since when, and what decides it: {text}"
        return found[1]
    return look


def active(hr, n, after="E00100"):
    """The first few who are in today, and who are nobody special."""
    now, wanted = datetime.datetime.now(UTC), desired(hr)
    return [person for person in sorted(wanted)
            if person > after and wanted[person] and wanted[person]["begin"] < now][:n]


def out(lockt, people):
    return [person for person in people if not opens(lockt, person)]


def wait_decided(daemon, lockt, people):
    """Each has lost his access, or is held."""
    daemon.wait(lambda: all(not opens(lockt, person) or person in daemon.held() for person in people),
                "all to be decided")


def test_a_drip_of_one_person_at_a_time_does_not_empty_a_building(hr, lockt, daemon, guarded, says):
    guarded(max_revoked=10)
    leavers = active(hr, 15)
    for person in leavers:
        hr.leave(person)
        wait_decided(daemon, lockt, [person])
    assert out(lockt, leavers) == leavers[:10]
    assert daemon.held() == {person: "left" for person in leavers[10:]}
    assert len(daemon.said(r"held back: 1 person would lose access: more than safety.max_revoked \(10\) allows")) == 1
    digest = says("5 people would lose access", "safety.max_revoked (10)", "Held back 5", "locktsyncctl held")

    # Neither the next reads nor a restart let them go.
    daemon.restart()
    daemon.wait_read()
    assert out(lockt, leavers) == leavers[:10]
    one_more = active(hr, 20)[-1]
    hr.leave(one_more)
    wait_decided(daemon, lockt, [one_more])
    assert opens(lockt, one_more), "the window has survived the restart"

    done = daemon.ctl("approve", digest, "--reason", "the warehouse is closed")
    assert done.returncode == 0 and "5 people's changes are approved" in done.stdout
    daemon.wait(lambda: out(lockt, leavers) == leavers, "those who were approved to be out")
    assert daemon.held() == {one_more: "left"}
    approved = " ".join(daemon.ctl("history").stdout.split())
    assert "approved" in approved and "the warehouse is closed" in approved
    [entry] = [entry for entry in daemon.history() if (entry["detail"] or {}).get("digest") == digest]
    assert entry["action"] == "approved" and entry["detail"]["by"].startswith("user id ")


def test_a_reorganisation_has_limits_for_what_is_lost_and_for_what_is_gained(hr, lockt, daemon, guarded, says):
    movers = hr.hire_many(60, department="Security", job_title="Guard")
    guarded(max_revoked=100, max_granted=30)
    with hr.transaction():
        for person in movers:
            hr.move(person, department="Facilities", job_title="Housekeeper")
    # What is held does not hold what is within the limit: everybody loses what the former department had.
    daemon.wait(lambda: all(opens(lockt, person) == {"Cardholder"} for person in movers), "the losses to be sent")
    says("60 people would gain access", "safety.max_granted (30)")
    assert set(daemon.held()) == set(movers)
    assert "gains 1 level" in daemon.held()[movers[0]]

    # And the other way round: what is lost beyond the limit is held, gains and all.
    daemon.approve("granted", reason="the reorganisation of November")
    daemon.wait(lambda: all(opens(lockt, person) == {"Cardholder", "Housekeeping"} for person in movers), "the gains")
    assert daemon.holds() == {}
    daemon.configure(safety={"max_revoked": 80})        # 60 have lost something today
    daemon.reload()
    with hr.transaction():
        for person in active(hr, 40):
            hr.suspend(person)
    daemon.wait(lambda: "revoked" in daemon.holds(), "the others to be held")
    n = daemon.holds()["revoked"]["people"]
    says(f"{n} people would lose access", "safety.max_revoked (80)")
    assert 20 < n < 40


def test_a_merger_waits_for_one_approval(hr, lockt, daemon, guarded, says):
    daemon.configure(hr={"listen": None})       # all of it is found by one read
    guarded()
    since = lockt.last_request()
    people = hr.hire_many(150, department="Sales")
    daemon.wait(lambda: "granted" in daemon.holds(), "the merger to be held")
    n = daemon.holds()["granted"]["people"]
    digest = says(f"{n} people would gain access", "safety.max_granted (20%)")
    assert set(people) <= daemon.held().keys()
    assert n - 150 in (0, 1), "at most the couple with one e-mail is found again, too"
    assert lockt.writes(since) == []
    # Meanwhile HR goes on: somebody leaves, somebody's name changes.
    leaver, renamed = active(hr, 2)
    hr.leave(leaver)
    hr.rename(renamed, family="Neuer-Name")
    daemon.wait(lambda: not opens(lockt, leaver) and lockt.user(renamed)["last_name"] == "Neuer-Name",
                "all else to go on")
    assert daemon.ctl("approve", digest, "--reason", "the merger").returncode == 0
    daemon.wait(lambda: all(opens(lockt, person) for person in people), "everybody to be created")
    assert daemon.holds() == {}


def test_a_merger_that_is_notified_person_by_person_lets_no_more_in_than_the_limit(hr, lockt, daemon, guarded):
    guarded(max_granted=30)
    people = set(hr.hire_many(150, department="Sales"))
    daemon.wait(lambda: len(people & daemon.held().keys()) >= 120 and daemon.at_rest(), "them to be decided")
    held = people & daemon.held().keys()
    assert {person for person in people if lockt.user(person)} == people - held


def test_contracts_that_end_at_midnight_were_announced_and_are_not_held(hr, lockt, daemon, synced):
    """Two hundred on New Year's Eve: their ends are known to Lockt, and counted when they were sent."""
    daemon.configure(user={"access_expires": "ends_at"}, hr={"people":
                     "SELECT p.*, CASE WHEN p.employee_id > 'E00200' THEN l.loaded_at END AS ends_at"
                     " FROM locktsync.people p, locktsync.load l"})
    hr.end_load(hr.execute("SELECT date_trunc('second', now()) + interval '1 day' AS far")[0]["far"])
    daemon.start()
    daemon.wait(lambda: lockt.users() and daemon.at_rest({"E00015", "E00033"}), "everybody to be in Lockt", timeout=60)
    contracts = {person for person in active(hr, 1000, "E00200") if opens(lockt, person)}
    assert len(contracts) > 200
    hr.end_load(hr.execute("SELECT date_trunc('second', now()) + interval '15 s' AS midnight")[0]["midnight"])
    end = hr.execute("SELECT loaded_at FROM locktsync.load")[0]["loaded_at"]
    hr.execute("SELECT pg_notify('locktsync', '')")
    daemon.wait(lambda: all(instant(user["access_expires"]) == end or not user["enabled"] for user in lockt.users()
                            if user["id_num"] in contracts), "the ends to be announced")
    # From here on nobody else may lose anything: all of those count already.
    daemon.configure(safety={"max_revoked": 10})
    daemon.reload()
    daemon.wait(lambda: not any(user["enabled"] for user in lockt.users() if user["id_num"] in contracts),
                "all to be out", timeout=60)
    assert daemon.held() == {} and daemon.said("would lose access") == []


def test_somebody_fired_at_nine_is_out_at_once_while_many_are_held_since_midnight(hr, lockt, daemon, guarded, says):
    guarded()
    absent = active(hr, 150)
    hr.forget(*absent)
    daemon.wait(lambda: len(daemon.held()) == 150, "those who are absent to be held")
    since = lockt.last_request()
    fired = active(hr, 1, "E00400")[0]
    hr.suspend(fired)
    lockt.wait_until(lambda: not opens(lockt, fired))
    assert written(lockt, since) == [[fired]]
    says("150 people would lose access", "safety.max_revoked (5%)")
    assert out(lockt, absent) == [] and set(daemon.held().values()) == {"absent from HR"}


def test_the_last_tenth_of_the_limit_is_not_for_a_crowd(hr, lockt, daemon, guarded):
    guarded(max_revoked=20)
    crowd = active(hr, 60)
    hr.leave(*crowd)
    wait_decided(daemon, lockt, crowd)
    assert len(out(lockt, crowd)) == 18 and len(daemon.held()) == 42
    fired = active(hr, 2, "E00400")
    for person in fired:
        hr.suspend(person)
        lockt.wait_until(lambda person=person: not opens(lockt, person))
    assert len(daemon.held()) == 42


def test_an_approval_is_typed_while_hr_commits_all_the_time(hr, lockt, daemon, guarded, says):
    """Those who were shown go; those who came since do not, nor does anybody who is wanted again."""
    guarded(max_revoked=5)
    crowd, later = active(hr, 30), active(hr, 20, "E00300")
    hr.leave(*crowd)
    wait_decided(daemon, lockt, crowd)
    digest = says("26 people would lose access")
    pardoned = sorted(daemon.held())[0]
    for turn, person in enumerate(later):
        hr.leave(person)
        hr.set_mobile(crowd[turn], f"+49 30 {turn}")
        if turn == 8:
            with hr.transaction():
                hr.set_status(pardoned, status="active")
                hr.withdraw_notice(pardoned)
        if turn == 10:
            assert daemon.ctl("approve", digest).returncode == 0
    wait_decided(daemon, lockt, later)
    daemon.wait(lambda: out(lockt, crowd) == [person for person in crowd if person != pardoned],
                "those who were shown to be out")
    # One place was left in the window, for who comes alone.
    assert len(out(lockt, later)) <= 1
    assert set(daemon.held()) == set(later) - set(out(lockt, later))
    assert opens(lockt, pardoned)


def test_some_are_let_go_and_the_others_wait(hr, lockt, daemon, guarded):
    guarded(max_revoked=5)
    crowd = active(hr, 20)
    hr.leave(*crowd)
    wait_decided(daemon, lockt, crowd)
    held = sorted(daemon.held())
    done = daemon.ctl("approve", daemon.holds()["revoked"]["digest"], "--only", held[0], held[1])
    assert done.returncode == 0, done.stdout + done.stderr
    daemon.wait(lambda: out(lockt, held) == held[:2], "the two to be out")
    assert sorted(daemon.held()) == held[2:]
    stranger = daemon.ctl("approve", daemon.holds()["revoked"]["digest"], "--only", "E00001")
    assert stranger.returncode == 1 and "E00001: was not held" in stranger.stdout
    assert opens(lockt, "E00001")


def test_what_nobody_was_shown_is_not_approved(hr, lockt, daemon, guarded):
    guarded(max_revoked=5)
    hr.leave(*active(hr, 20))
    daemon.wait(lambda: daemon.held(), "somebody to be held")
    for digest in ("000000000000", "abc", "zzzzzzzzzzzz"):
        done = daemon.ctl("approve", digest)
        assert done.returncode == 1 and "locktsyncctl held" in done.stderr, done
    assert len(daemon.held()) == 16
    assert not [entry for entry in daemon.history() if (entry["detail"] or {}).get("kind") == "revoked"]


def test_held_absences_clear_by_reappearing_and_never_by_becoming_few(hr, lockt, daemon, guarded, settled, says):
    guarded(max_revoked=5)
    people = active(hr, 12)
    rows = hr.execute("SELECT * FROM hr.people WHERE employee_id = ANY (%s) ORDER BY employee_id", people)
    hr.forget(*people)
    daemon.wait(lambda: len(daemon.held()) == 12, "those who are absent to be held")
    for row in rows[:10]:
        hr.execute("INSERT INTO hr.people (employee_id, given_name, family_name) VALUES (%s, %s, %s)",
                   row["employee_id"], row["given_name"], row["family_name"])
        hr.rehire(row["employee_id"])
    daemon.wait(lambda: set(daemon.held()) == set(people[10:]), "those who are back to be free")
    settled()
    settled()
    assert set(daemon.held()) == set(people[10:]) and out(lockt, people) == []
    assert daemon.ctl("approve", says("2 people would lose access")).returncode == 0
    daemon.wait(lambda: out(lockt, people) == people[10:], "the last two to be out")
    daemon.wait_said("held back no more: who would lose access")


def test_a_level_that_many_would_gain_is_held_for_itself(hr, lockt, daemon, guarded, says):
    guarded()
    crowd, others = active(hr, 12), active(hr, 3, "E00300")
    before = {person: opens(lockt, person) for person in crowd}
    with hr.transaction():
        for person in crowd:
            hr.set_access_profile(person, ["Server Room"])
        for person in others:
            hr.set_access_profile(person, ["Housekeeping"])
    daemon.wait(lambda: all("Housekeeping" in opens(lockt, person) for person in others), "the others to go on")
    says("12 people would gain the level 'Server Room'", "safety.max_granted (20% of those who hold it)")
    assert {person: opens(lockt, person) for person in crowd} == before
    daemon.approve("granted")
    daemon.wait(lambda: all("Server Room" in opens(lockt, person) for person in crowd), "the level")


def test_hr_restored_from_last_weeks_backup_opens_no_doors(hr, lockt, daemon, guarded, synced, says):
    """The rows of a week ago, in the same database: those who left since are back in them."""
    daemon.configure(safety={"max_revoked": 1000})
    synced()
    employments = hr.execute("SELECT employment_id, status, leaves_on FROM hr.employments")
    leavers = active(hr, 30)
    hr.leave(*leavers)
    synced()
    guarded()
    with hr.transaction():
        for row in employments:
            hr.execute("UPDATE hr.employments SET status = %s, leaves_on = %s"
                       " WHERE employment_id = %s AND status <> %s",
                       row["status"], row["leaves_on"], row["employment_id"], row["status"])
    daemon.wait(lambda: len(daemon.held()) == 30, "them to be held")
    says("30 people whom locktsync had disabled would be enabled again", "safety.max_restored (2%)")
    assert out(lockt, leavers) == leavers
    # HR is put right, and nothing is left to be decided.
    hr.leave(*leavers)
    daemon.wait(lambda: not daemon.held(), "nobody to be held")
    synced()
    assert out(lockt, leavers) == leavers


def test_a_query_that_changes_everybody_is_held(hr, lockt, daemon, guarded, says):
    guarded()
    since = lockt.last_request()
    hr.execute("UPDATE hr.contacts SET mobile = '+49 30 4711'")
    daemon.wait(lambda: "changed" in daemon.holds(), "the changes to be held")
    says(f"{daemon.holds()['changed']['people']} people would be changed", "safety.max_changed (50%)")
    assert lockt.writes(since) == []

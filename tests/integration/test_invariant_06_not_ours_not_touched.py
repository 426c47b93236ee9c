"""Invariant 6: a user of Lockt who is not linked is never written to, and what others have done there stays."""

import datetime

import pytest

from support.truth import COUPLE, desired, doors, opens
from support.writes import records

STRANGERS = 60


def insiders(hr):
    """The people whom HR wants in, with a name and an e-mail of their own, in order: (id_num, row of HR)."""
    rows = hr.rows()
    return [(key, rows[key]) for key, wanted in sorted(desired(hr).items())
            if wanted and key not in COUPLE | {"E00033"} and rows[key]["work_email"] and rows[key]["given_name"]]


def user_of(row, **changes):
    """A user as somebody in the building would have typed it."""
    return {"id_num": row["employee_id"], "first_name": row["given_name"], "last_name": row["family_name"],
            "email": row["work_email"], "enabled": True, "accesslevels": ["Server Room"], **changes}


def nobody(number):
    return {"id_num": f"V-{number}", "first_name": "Vera", "last_name": f"Visitor {number}", "enabled": True,
            "email": f"vera{number}@elsewhere.example", "accesslevels": ["Cardholder"]}


@pytest.fixture
def building(hr, lockt):
    """Users made by hand, some of which are people of HR. By kind, who of HR they are about."""
    everybody = insiders(hr)
    # Names are compared without case where that is ASCII's.
    namesakes = [(key, row) for key, row in everybody[100:] if (row["given_name"] + row["family_name"]).isascii()][:5]
    people = iter([person for person in everybody if person not in namesakes])
    kinds = {
        "by number": [next(people) for _ in range(60)],
        "by e-mail": [next(people) for _ in range(40)],
        "one e-mail for two users": [next(people) for _ in range(5)],
        "another person's number": [next(people) for _ in range(5)],
        "only the name": namesakes,
        "not there yet": list(people),
    }
    users = [nobody(number) for number in range(STRANGERS)]
    for _, row in kinds["by number"]:
        users.append(user_of(row, phone="49301"))
    for _, row in kinds["by e-mail"]:
        users.append(user_of(row, id_num="", last_name=row["family_name"].upper()))
    for _, row in kinds["one e-mail for two users"]:
        users += [user_of(row, id_num=""), user_of(row, id_num="", first_name="Somebody", last_name="Else")]
    # Each has the number of the one before.
    mixed = kinds["another person's number"]
    for (_, row), (number, _) in zip(mixed, mixed[-1:] + mixed[:-1]):
        users.append(user_of(row, id_num=number))
    for _, row in kinds["only the name"]:
        users.append(user_of(row, id_num="", email="", first_name=row["given_name"].lower()))
    lockt.add_users(users)
    return {kind: [key for key, _ in people] for kind, people in kinds.items()}


@pytest.fixture
def adopting(daemon):
    daemon.configure(lockt={"link_by": ["id_num", "email"]})
    return daemon


def by_id(lockt):
    return {user["id"]: user for user in lockt.users()}


def written_ids(lockt):
    """The ids of all users that were changed, and the id_nums of those that were created."""
    written = [record for request in lockt.writes() for record in records(request)]
    return {int(record["id"]) for record in written if record.get("id")}, \
           {record["id_num"] for record in written if not record.get("id")}


def test_a_building_with_users_made_by_hand(hr, lockt, adopting, building):
    before = by_id(lockt)
    adopting.careful = True
    adopting.start()
    adopting.wait(lambda: "plan" in adopting.holds(), "the first plan to be held")
    assert lockt.writes() == [], "nothing is written before somebody has looked"
    parked = building["one e-mail for two users"] + building["another person's number"] + building["only the name"]
    summary = adopting.request("plan").of("summary")[0]
    assert summary["actions"]["park"] >= len(parked)
    assert summary["actions"]["adopt"] + summary["actions"]["change"] >= 100

    adopting.approve("plan")
    linked = building["by number"] + building["by e-mail"] + building["not there yet"]
    adopting.wait(lambda: all(opens(lockt, key) >= {"Cardholder"} for key in linked) and adopting.at_rest(),
                  lambda: f"everybody to be adopted or created: {adopting.status()}")
    reasons = adopting.parked()
    for kind, words in (("one e-mail for two users", "both have its e-mail"),
                        ("another person's number", "neither last name, e-mail nor card agree"),
                        ("only the name", "has the same name")):
        for key in building[kind]:
            assert words in reasons[key], (kind, key, reasons[key])
    for key in building["only the name"]:
        assert f"locktsyncctl link {key} new" in reasons[key]
    assert COUPLE <= reasons.keys() or len(COUPLE - reasons.keys()) == 1

    adopted = {user["id"] for user in by_id(lockt).values()
               if user["id"] in before and user["id_num"] in building["by number"] + building["by e-mail"]}
    assert len(adopted) == 100
    changed, created = written_ids(lockt)
    assert changed == adopted, "nobody who is not linked was written to"
    assert not created & set(parked), "nobody was created twice"
    after = by_id(lockt)
    assert {key: user for key, user in after.items() if key in before and key not in adopted} == \
           {key: user for key, user in before.items() if key not in adopted}
    # What was granted by hand stays.
    assert all("Server Room" in opens(lockt, key) for key in building["by number"] + building["by e-mail"])


def test_an_e_mail_that_two_people_share_adopts_neither(hr, lockt, adopting, settled):
    one, other = sorted(COUPLE)
    row = hr.rows()[one]
    lockt.add_user(**user_of(row, id_num="", first_name="Some", last_name="Body"))
    before = by_id(lockt)
    adopting.start()
    adopting.wait(lambda: COUPLE <= adopting.parked().keys(), "both to be parked")
    settled()
    assert "so has" in adopting.parked()[one] and "so has" in adopting.parked()[other]
    adopting.ctl("retry", one)
    settled()
    [stranger] = before
    assert by_id(lockt)[stranger] == before[stranger]


def test_levels_by_hand_are_kept_and_those_of_a_rule_go_with_it(hr, lockt, daemon, synced):
    cleaner = hr.hire("Nina", "Neu", department="Facilities", site="HQ", job_title="Housekeeper")
    lockt.add_user(id_num=cleaner, first_name="Nina", last_name="Neu", enabled=True, accesslevels=["Server Room"])
    synced(ignore={cleaner})
    daemon.wait(lambda: opens(lockt, cleaner) == {"Cardholder", "Housekeeping", "Server Room"}, "the rules' levels")
    hr.move(cleaner, site="Annex")
    daemon.wait(lambda: opens(lockt, cleaner) == {"Cardholder", "Server Room"}, "the rule's level to go")


@pytest.mark.parametrize("drift", ["repair", "report"])
def test_drift_is_repaired_or_shown_by_the_plan(hr, lockt, daemon, synced, settled, drift):
    daemon.configure(lockt={"drift": drift})
    synced()
    since = lockt.last_request()
    lockt.set_user("E00001", last_name="Somebody", accesslevels=["Server Room"])
    daemon.resync()
    if drift == "repair":
        daemon.wait(lambda: lockt.user("E00001")["last_name"] != "Somebody", "the repair")
        assert "Cardholder" in opens(lockt, "E00001")
        return
    daemon.wait(lambda: lockt.requests(since, "GET", "/user"), "a listing")
    settled()
    assert lockt.writes(since) == []
    entries = {entry["id_num"]: entry for entry in daemon.ask("plan")}
    assert {change["property"] for change in entries["E00001"]["properties"]} == {"last_name"}
    assert [level["name"] for level in entries["E00001"]["gained"]] == ["Cardholder"]


def test_disabled_by_hand_stays_disabled_before_it_was_seen(hr, lockt, daemon, synced, settled):
    """Between the last look and the write: the record is read again first (lockt.fresh)."""
    daemon.configure(lockt={"fresh": "1s"})
    synced()
    lockt.set_user("E00001", enabled=False)
    changed = daemon.status()["now_usec"]
    daemon.wait(lambda: daemon.status()["now_usec"] - changed > 1_200_000, "what was seen to be old")
    hr.set_mobile("E00001", "+49 30 77")
    daemon.wait(lambda: lockt.user("E00001")["phone"] == "493077", "the change")
    settled()
    assert opens(lockt, "E00001") == set()
    assert [row["id_num"] for row in daemon.ask("blocked")] == ["E00001"]

    run = daemon.ctl("unlock", "E00001")
    assert run.returncode == 0 and "was disabled there by hand" in run.stdout
    daemon.wait(lambda: "Cardholder" in opens(lockt, "E00001"), "the block to be lifted")
    assert "Nobody is disabled" in daemon.ctl("blocked").stdout


# Decided by hand

def test_somebody_who_looks_alike_is_linked_or_new(hr, lockt, daemon, synced):
    synced()
    twins = [lockt.add_user(id_num="", first_name=first, last_name=last, email=f"{first}@old.example", enabled=True,
                            accesslevels=["Server Room"]) for first, last in (("Nina", "Neu"), ("Paul", "Alt"))]
    daemon.resync()
    daemon.wait(lambda: daemon.status()["lockt"]["unknown_users"] == 2, "the two to be listed")
    nina, paul = hr.hire("Nina", "Neu"), hr.hire("Paul", "Alt")
    daemon.wait(lambda: {nina, paul} <= daemon.parked().keys(), "both to be parked")
    assert f"locktsyncctl link {nina} {twins[0]['id']}" in daemon.parked()[nina]

    run = daemon.ctl("link", nina, twins[0]["id"])
    assert run.returncode == 0 and f"{nina} is linked to user {twins[0]['id']} of Lockt." in run.stdout
    assert daemon.ctl("link", paul, "new").returncode == 0
    synced(ignore={nina, ""})
    daemon.wait(lambda: opens(lockt, nina) == {"Cardholder", "Server Room"}, "Nina's levels")
    assert (lockt.user(nina)["id"], lockt.user(nina)["email"]) == (twins[0]["id"], hr.row(nina)["work_email"])
    assert lockt.user_by_id(twins[1]["id"]) == twins[1] and opens(lockt, paul) == {"Cardholder"}


def test_a_rehire_with_a_new_number_takes_over_from_the_old(hr, lockt, daemon, synced):
    synced()
    old = hr.hire("Nina", "Neu", badge="777001")
    synced()
    user = lockt.user(old)
    hr.leave(old)
    synced()
    with hr.transaction():
        hr.forget(old)
        new = hr.hire("Nina", "Neu", badge="777001")
        linked = daemon.ctl("link", new, user["id"])
    assert linked.returncode == 0 and f"taken over from {old}" in linked.stdout
    synced()
    assert lockt.user(new)["id"] == user["id"] and opens(lockt, new) == {"Cardholder"}
    assert lockt.user(old) is None and [entry["action"] for entry in daemon.history(old)][-1] == "unlinked"
    assert [entry["detail"]["text"] for entry in daemon.history(new) if entry["action"] == "linked"] == \
           [f"taken over from {old}"]


def test_a_list_of_links_is_taken_whole_or_not_at_all(hr, lockt, daemon, synced):
    synced()
    users = {f"Q{n}": lockt.add_user(id_num="", first_name=f"Quentin {n}", last_name="Quest", enabled=True)
             for n in range(3)}
    fob = lockt.add_user(name="FOB 12", id_num="FOB12", card_num="4242")
    daemon.resync()
    daemon.wait(lambda: daemon.status()["lockt"]["unknown_users"] == 3, "the new users to be listed")
    linked = lockt.user("E00001")["id"]
    wrong = daemon.folder / "wrong.csv"
    wrong.write_text(f"id_num,lockt_id\nQ0,{users['Q0']['id']}\nQ1,999999\nQ2,{fob['id']}\nQ3,{linked}\n"
                     f"E00001,{linked}\nQ5,seven\n")
    run = daemon.ctl("link", "--file", wrong)
    assert run.returncode == 1
    assert f"{wrong}:6: the lockt_id stands in line 5 already" in run.stderr
    assert f"{wrong}:7: the lockt_id is neither a number of 1 or more nor 'new'" in run.stderr
    wrong.write_text(wrong.read_text().replace(f"E00001,{linked}\nQ5,seven\n", ""))
    run = daemon.ctl("link", "--file", wrong)
    assert run.returncode == 1 and "nobody of" in run.stderr
    assert f"{wrong}:3: Lockt has no user 999999" in run.stderr
    assert f"{wrong}:4: {fob['id']} is a fob" in run.stderr
    assert f"{wrong}:5: user {linked} of Lockt is linked to E00001, whom HR has and wants in" in run.stderr
    assert daemon.status()["lockt"]["unknown_users"] == 3

    right = daemon.folder / "right.csv"
    right.write_text("id_num;lockt_id\r\n" + "".join(f"{key};{user['id']}\r\n" for key, user in users.items()))
    run = daemon.ctl("link", "--file", right)
    assert run.returncode == 0 and "3 people are linked." in run.stdout
    assert daemon.status()["lockt"]["unknown_users"] == 0


def test_whoever_is_unlinked_is_never_written_again(hr, lockt, daemon, synced, settled):
    synced()
    before = lockt.user("E00001")
    run = daemon.ctl("unlink", "E00001")
    assert run.returncode == 0 and "keeps the access that it has" in run.stdout
    since = lockt.last_request()
    hr.leave("E00001")
    settled()
    daemon.resync()
    settled()
    assert lockt.writes(since) == [] and lockt.user("E00001") == before
    assert daemon.ctl("unlink", "E00001").returncode == 1
    assert "E00001" not in {entry["id_num"] for entry in daemon.ask("plan") if entry["takes"]}


def test_a_user_who_has_vanished_is_created_again_when_somebody_says_so(hr, lockt, daemon, synced, settled):
    synced()
    lockt.delete_user("E00001")
    daemon.resync()
    daemon.wait(lambda: "has vanished" in daemon.parked().get("E00001", ""), "E00001 to be parked")
    settled()
    assert lockt.user("E00001") is None
    assert daemon.ctl("link", "E00001", "new").returncode == 0
    synced()
    assert opens(lockt, "E00001") and lockt.user("E00001")["last_name"] == "Mustermann"

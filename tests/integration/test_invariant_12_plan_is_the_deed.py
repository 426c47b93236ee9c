"""Invariant 12: the plan and the cycle are one code path up to the socket."""

import json

from support.truth import opens
from support.writes import records


def planned(daemon, **members):
    answer = daemon.request("plan", **members)
    assert answer.error is None, answer.error
    return answer.of("plan"), answer.of("summary")[0]


def test_what_a_plan_says_is_what_is_done(hr, lockt, daemon, synced):
    daemon.configure(mode="report")
    daemon.careful = True
    daemon.start()
    daemon.wait_said("for the approval of the plan")
    entries, summary = planned(daemon, bodies=True)
    assert lockt.writes() == [] and lockt.users() == []
    promised = {}
    for entry in entries:
        for body in entry.get("bodies") or ():
            for record in json.loads(body["body"])["users"]:
                promised.setdefault(record["id_num"], []).append(record)

    daemon.configure(mode="apply")
    daemon.reload()
    daemon.approve()
    synced()
    sent = {}
    for request in lockt.writes():
        for record in records(request):
            sent.setdefault(record["id_num"], []).append(record)
    assert sent == promised
    assert summary["writes"] == len(lockt.writes())
    assert summary["actions"]["create"] == len(lockt.users())
    assert {entry["id_num"] for entry in entries if entry["action"] == "park"} == set(daemon.parked())


def test_a_plan_of_changes_names_who_and_why_and_touches_nothing(hr, lockt, daemon, synced):
    daemon.configure(hr={"listen": None})
    synced()
    daemon.configure(mode="report")
    daemon.reload()
    since = lockt.last_request()
    hr.leave("E00001")
    hr.move("E00037", department="Sales", job_title="Account Manager")
    nina = hr.hire("Nina", "Neu", department="Security")
    entries, summary = planned(daemon)
    by_person = {entry["id_num"]: entry for entry in entries}
    assert by_person["E00001"]["action"] == "revoke" and by_person["E00001"]["takes"]
    assert {level["name"] for level in by_person["E00037"]["lost"]} == {"Security", "Administration"}
    assert by_person[nina]["action"] == "create"
    assert {level["name"] for level in by_person[nina]["gained"]} == {"Cardholder", "Security", "Administration"}
    assert summary["losing"] == 2
    assert lockt.writes(since) == [] and opens(lockt, "E00001")


def test_a_plan_while_hr_is_unreachable_says_so(hr, lockt, daemon, synced, hr_database):
    synced()
    hr.execute("REVOKE SELECT ON locktsync.people FROM locktsync")
    answer = daemon.request("plan")
    assert answer.exit == 1 and "permission denied" in answer.error

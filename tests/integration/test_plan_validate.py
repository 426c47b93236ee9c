"""locktsyncctl plan --validate: Lockt is asked whether it would take the records, and nothing is carried out."""

import json

import pytest


@pytest.fixture
def planning(lockt, daemon):
    """A daemon that has read Lockt and writes nothing."""
    daemon.configure(mode="report")
    daemon.start()
    daemon.wait(lambda: daemon.status()["lockt"]["listed_usec"], "Lockt to be listed")
    return daemon


def test_an_instance_that_can_not_be_asked_is_no_failure(lockt, planning):     # ruling 28
    result = planning.ctl("plan", "--validate")
    assert (result.returncode, result.stderr) == (0, "")
    assert "POST /uservalidate is not released on this instance (HTTP 404)." in result.stdout


def test_what_lockt_would_take_is_said_so_and_nothing_is_done(lockt, planning):
    lockt.settings(pending_release=True)
    result = planning.ctl("plan", "--validate")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Lockt would take these records." in result.stdout
    asked = lockt.requests(method="POST")
    assert {request["path"].rsplit("/", 1)[-1] for request in asked} == {"uservalidate"}
    assert max(len(request["body"]["users"]) for request in asked) == 100
    assert lockt.users() == []


def test_what_lockt_would_refuse_is_told_and_nothing_is_done(hr, lockt, planning):
    lockt.settings(pending_release=True)
    hr.rename("E00001", family="x" * 300)       # which Lockt has no room for
    result = planning.ctl("plan", "--validate")
    assert result.returncode == 1
    assert "Lockt would refuse E00001: Value of last_name exceeds maximum" in result.stdout
    told = [json.loads(line) for line in planning.ctl("plan", "--validate", "--json").stdout.splitlines()]
    assert [line["invalid"]["id_num"] for line in told if "invalid" in line] == ["E00001"]
    assert lockt.users() == []


def test_a_validation_that_fails_ends_the_plan_with_the_reason(lockt, planning):
    lockt.settings(pending_release=True)
    lockt.fault("status", status=500, path="/uservalidate")
    result = planning.ctl("plan", "--validate")
    assert result.returncode == 1 and "can't validate the plan" in result.stderr


def test_a_plan_asks_lockt_nothing_unless_it_shall(lockt, planning):
    lockt.settings(pending_release=True)
    assert planning.ctl("plan").returncode == 0
    assert lockt.requests(method="POST") == []

"""Each way in which the service can answer wrongly, late or not at all: what Lockt holds in the end, and what was said.

The order of each test is the same: a quiet company, a fault, a hire and a leaver, and then Lockt is what HR wants.
"""

import pytest

from support.truth import differences, opens
from support.writes import during, records, written

# Faults that pass by themselves: the parameters for the simulator, and how often they strike.
PASSING = {
    "status 500": (dict(action="status", status=500), 2),
    "status 500, and the work was done": (dict(action="status", status=500, when="after"), 2),
    "status 502": (dict(action="status", status=502), 3),
    "status 503 with Retry-After": (dict(action="status", status=503, retry_after=1), 2),
    "status 429": (dict(action="status", status=429), 2),
    "status 429 with Retry-After": (dict(action="status", status=429, retry_after=1), 1),
    "overlapping, in words": (dict(action="fail_batch", text="Simultaneous POST operations are not allowed."), 2),
    "ruling 17: dependant record": (dict(action="fail_batch", text="Unable to enumerate dependant record."), 2),
    "ruling 17: template": (dict(action="fail_batch", text="Unable to locate template."), 2),
    "redirect": (dict(action="status", status=302, headers={"Location": "http://127.0.0.1:1/"}), 2),
    "login page": (dict(action="html"), 2),
    "login page, and the work was done": (dict(action="html", when="after"), 2),
    "no JSON": (dict(action="garbage", bytes=5000), 2),
    "no JSON, and the work was done": (dict(action="garbage", bytes=300, when="after"), 2),
    "hangs up before the work": (dict(action="cut", when="before"), 2),
    "hangs up after the work": (dict(action="cut", when="after"), 2),
    "resets before the work": (dict(action="cut", when="before", reset=True), 2),
    "resets after the work": (dict(action="cut", when="after", reset=True), 2),
    "half an answer": (dict(action="cut_body", bytes=15), 2),
    "half an answer, chunked": (dict(action="cut_body", bytes=15, framing="chunked"), 2),
    "counts that do not add up": (dict(action="counts", inserted=0, updated=0), 1),
    "counts of more than was sent": (dict(action="counts", submitted=99), 1),
    "echoes a record of nobody": (dict(action="echo_nobody"), 1),
    "slow": (dict(action="delay", before_ms=300, after_ms=300), 2),
    "too late": (dict(action="delay", after_ms=1500), 1),
}


def a_hire_and_a_leaver(hr):
    with hr.transaction():
        hr.leave("E00001")
        hr.rename("E00002", family="Anders")
        return hr.hire("Nina", "Neu")


@pytest.mark.parametrize("name", PASSING)
def test_a_write_is_answered_wrongly_and_all_is_well_in_the_end(hr, lockt, daemon, synced, name):
    parameters, times = PASSING[name]
    daemon.configure(lockt={"timeout": "1s"})
    synced()
    parked = daemon.parked()
    lockt.fault(method="POST", path="/user", times=times, **parameters)
    nina = a_hire_and_a_leaver(hr)
    synced()
    assert opens(lockt, nina) and not opens(lockt, "E00001")
    assert daemon.parked().keys() == parked.keys(), "nobody is parked for what the service does"
    assert len([user for user in lockt.users() if user["id_num"] == nina]) == 1


READING = {
    "status 500": dict(action="status", status=500),
    "login page": dict(action="html"),
    "no JSON": dict(action="garbage", bytes=100000),
    "hangs up": dict(action="cut", when="before"),
    "half a list": dict(action="cut_body", bytes=20000),
    "half a list, chunked": dict(action="cut_body", bytes=20000, framing="chunked"),
    "a list that breaks off": dict(action="list_broken", users=200),
    "nobody, in words": dict(action="status", status=404),
}


@pytest.mark.parametrize("name", READING)
def test_a_list_is_answered_wrongly_and_nobody_is_harmed(hr, lockt, daemon, synced, settled, name):
    synced()
    since = lockt.last_request()
    lockt.fault(method="GET", path="/user", query="none", times=2, **READING[name])
    daemon.resync()
    lockt.wait_until(lambda: any(fault["applied"] == 2 for fault in lockt.faults()) or not lockt.faults())
    settled()
    assert lockt.writes(since) == [] and differences(hr, lockt) == {}


FORMS = {
    "booleans as texts": dict(action="booleans", **{"as": "string"}),
    "booleans as numbers": dict(action="booleans", **{"as": "number"}),
    "ids as texts": dict(action="numbers_as_strings"),
    "empty values as null": dict(action="nulls"),
    "properties that nobody documented": dict(action="unknown_properties"),
    "somebody twice": dict(action="twin", id_num="E00001"),
    "no levels when asked for one": dict(action="omit", property="accesslevels", query="id"),
}


@pytest.mark.parametrize("name", FORMS)
def test_other_forms_of_the_same_truth_are_understood(hr, lockt, daemon, synced, settled, name):
    with during(lockt, **FORMS[name]):
        synced()
        nina = a_hire_and_a_leaver(hr)
        synced()
        assert opens(lockt, nina) and not opens(lockt, "E00001")
        daemon.resync()
        settled()
        since = lockt.last_request()
        daemon.resync()
        settled()
        assert lockt.writes(since) == [], "the other form is no difference"


SETTINGS = [
    dict(overlap="429"), dict(match="both"), dict(absent="clear"), dict(empty="keep"), dict(nobody="empty"),
    dict(partial_status=400, partial_shape="counts"), dict(partial_shape="both"), dict(batch_order="reverse"),
    dict(ping=True), dict(match_id=True),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: " ".join(f"{k}={v}" for k, v in settings.items()))
def test_every_reading_of_the_document_is_lived_with(hr, lockt, daemon, synced, settled, settings):
    lockt.settings(**settings)
    synced()
    lockt.fault("refuse", id_num="E60002", times=1, text="Not this one.")
    nina = a_hire_and_a_leaver(hr)
    hr.hire_many(3)
    synced(ignore={"E60002"})
    assert opens(lockt, nina) and not opens(lockt, "E00001")


def test_put_updates_by_the_changed_properties_only(hr, lockt, daemon, synced):
    """Ruling 30."""
    lockt.settings(put_user=True)
    daemon.configure(lockt={"update_with": "put"})
    synced()
    since = lockt.last_request()
    hr.rename("E00002", family="Anders")
    synced()
    [write] = lockt.writes(since)
    assert write["method"] == "PUT"
    assert set(records(write)[0]) == {"id", "last_name"}


def test_the_key_is_refused_and_accepted_again(hr, lockt, daemon, synced):
    """Ruling 19: nothing is wrong with the records."""
    synced()
    parked = daemon.parked()
    lockt.settings(apikey="another-key")
    nina = a_hire_and_a_leaver(hr)
    daemon.wait_said("refuses the API user or key")
    daemon.wait(lambda: "credentials" in daemon.status_line, "the status line to say so")
    assert daemon.status()["lockt"]["unauthorized"] and daemon.parked().keys() == parked.keys()
    daemon.set_credentials(lockt.apiuser, "another-key")
    daemon.reload()
    synced()
    assert opens(lockt, nina) and not opens(lockt, "E00001")
    assert daemon.said("accepts the credentials again")


def test_the_service_is_away_for_a_moment_with_401(hr, lockt, daemon, synced):
    synced()
    with during(lockt, "status", status=401):
        a_hire_and_a_leaver(hr)
        daemon.wait_said("refuses the API user or key")
    synced()


def test_a_batch_that_is_too_large_for_the_service_is_halved(hr, lockt, daemon, synced):
    """Ruling 41: 413."""
    synced()
    since = lockt.last_request()
    lockt.fault("status", status=413, method="POST", times=3)
    hr.hire_many(60)
    synced()
    assert max(len(write) for write in written(lockt, since)[3:]) <= 30


@pytest.mark.parametrize("alter", [dict(property="card_num", how="strip_zeros"),
                                   dict(property="last_name", how="cut", length=10),
                                   dict(property="email", how="lower")],
                         ids=lambda alter: f"{alter['property']} {alter['how']}")
def test_ruling_33_no_ping_pong(hr, lockt, daemon, synced, settled, alter):
    lockt.fault("alter", **alter)
    daemon.start()
    for _ in range(3):
        daemon.resync()
        settled()
    since = lockt.last_request()
    for _ in range(3):
        daemon.resync()
        settled()
    repeated = {person for write in written(lockt, since) for person in write}
    # Cards are more than words: such a difference is retried and is an alarm. All else is left alone.
    assert alter["property"] == "card_num" or repeated == set()

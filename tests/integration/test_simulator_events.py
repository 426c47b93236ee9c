"""lockt-sim at the door: cards and fobs are shown, doors open or stay shut, and the service learns of it."""

import datetime

import pytest

from support.api_samples import looks_like, sample
from support.sim import LocktSim

MONDAY = datetime.datetime(2022, 5, 2, 12, 0, 0, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
UPDATE = {"update_existing": "true", "validate_fails_batch": "false", "replace_privileges": "true"}
DENIED, GRANTED = "Access Denied", "Access Granted"


def person(id_num, **properties):
    return {"id_num": id_num, "first_name": "Jo", "last_name": "Baker", "card_num": id_num, "enabled": "true",
            "accesslevels": [{"id": 208}], **properties}


@pytest.fixture
def sim():
    """With 1000, who opens the Office Door and the Front Door, and with a Lab, which nobody opens."""
    with LocktSim() as simulator:
        simulator.add_door("Lab", location="Annex")
        simulator.post(person("1000"))
        yield simulator


def reason(sim, card="1000", door="Office Door", at=MONDAY):
    return sim.show(card, door, at)["reason"]


def told(sim):
    """What the events say, the oldest first: (device, code_text, hw_time)."""
    return [(event["device"], event["code_text"], event["hw_time"]) for event in reversed(sim.events())]


# The samples


def test_events_look_as_documented(sim):
    sim.set_door("Lab", battery_level=0)
    sim.knock("1000", "Office Door", MONDAY)
    sim.knock("1000", "Lab", MONDAY)
    answer = sim.api("GET", "/events")
    assert looks_like(answer.json, sample("events-answer"))
    [denied, granted] = answer.data
    documented = sample("events-answer")["data"]
    for event, like in ((denied, documented[0]), (granted, documented[2])):
        same = ("code", "code_text", "subcode", "subcode_text", "category", "category_text", "user")
        assert {key: event.get(key) for key in same} == {key: like.get(key) for key in same} | {"user": "Baker, Jo"}
    assert looks_like(sim.api("GET", "/events", query={"id": granted["id"]}).json, sample("events-since-answer"))


# Does the door open?


def test_a_card_opens_the_doors_of_its_users_levels(sim):
    assert sim.opens("1000", MONDAY) == {"Office Door", "Front Door"}
    sim.post(person("1000", accesslevels=[{"id": 574}]), **UPDATE)
    assert sim.opens("1000", MONDAY) == {"Front Door"}
    assert reason(sim) == "No Access Level"
    sim.set_level("Housekeeping", doors=["Lab"])
    assert sim.opens("1000", MONDAY) == {"Lab"}


@pytest.mark.parametrize("change, why", [
    ({"enabled": "false"}, "User Disabled"),
    ({"accesslevels": []}, "No Access Level"),
    ({"access_effective": "2022-05-02 12:00:01"}, "Not Yet Effective"),
    ({"access_expires": "2022-05-02 12:00:00"}, "Access Expired"),
    ({"card_num": "1001"}, "Unknown Credential"),
    ({"card_num": ""}, "Unknown Credential"),
    ({"access_effective": "2022-05-02 12:00:00", "access_expires": "2022-05-02 12:00:01"}, GRANTED),
])
def test_what_the_api_takes_shuts_the_door(sim, change, why):
    assert reason(sim) == GRANTED
    sim.post(person("1000", **change), **UPDATE)
    assert reason(sim) == why
    assert sim.knock("1000", "Office Door", MONDAY) == (why == GRANTED)


def test_a_door_that_is_disabled_or_without_power_stays_shut(sim):
    sim.set_door("Office Door", enabled=False)
    assert reason(sim) == "Door Disabled"
    sim.set_door("Office Door", battery_level=0)
    assert reason(sim) == "Battery Missing"


@pytest.mark.parametrize("at, opens", [
    (datetime.datetime(2022, 5, 2, 7, 59, 59), False), (datetime.datetime(2022, 5, 2, 8, 0, 0), True),
    (datetime.datetime(2022, 5, 6, 16, 59, 59), True), (datetime.datetime(2022, 5, 6, 17, 0, 0), False),
    (datetime.datetime(2022, 5, 7, 12, 0, 0), False), (datetime.datetime(1969, 12, 29, 12, 0, 0), True),
    (datetime.datetime(1969, 12, 28, 12, 0, 0), False),
])
def test_a_schedule_opens_on_its_days_and_hours(sim, at, opens):
    sim.set_level("Security", schedule="0800-1700 M-F")
    at = at.replace(tzinfo=datetime.timezone.utc)
    assert sim.knock("1000", "Office Door", at) is opens
    assert sim.events()[0]["schedule"] == ("0800-1700 M-F" if opens else "")
    assert opens or sim.events()[0]["subcode_text"] == "Outside Schedule"


@pytest.mark.parametrize("at, opens", [
    ("2022-05-06 21:59:59", False), ("2022-05-06 22:00:00", True), ("2022-05-07 05:59:59", True),
    ("2022-05-07 06:00:00", False), ("2022-05-07 23:00:00", False), ("2022-05-06 05:00:00", False),
])
def test_hours_past_midnight_belong_to_the_day_before(sim, at, opens):
    sim.add_schedule("Friday night", days=(4,), start="22:00:00", stop="05:59:59")
    sim.set_level("Security", schedule="Friday night")
    assert sim.knock("1000", "Office Door", at) is opens


def test_schedules_go_by_the_wall_clock_at_the_doors(sim):
    sim.set_level("Security", schedule="0800-1700 M-F")
    early = MONDAY.replace(hour=6, minute=30)
    assert not sim.knock("1000", "Office Door", early)
    sim.settings(door_offset=120)
    assert sim.knock("1000", "Office Door", early)


def test_another_level_opens_what_a_schedule_does_not(sim):
    sim.set_level("Security", schedule="Weekend Cleaners")
    sim.set_level("Cardholder", doors=["Office Door"])
    assert not sim.knock("1000", "Office Door", MONDAY)
    sim.post(person("1000", accesslevels=[{"id": 208}, {"id": 512}]), **UPDATE)
    assert sim.show("1000", "Office Door", MONDAY) == {"granted": True, "reason": GRANTED}


def test_ruling_48_an_old_card_that_was_left_still_opens(sim):
    sim.settings(cards="add")
    sim.post(person("1000", card_num="2000"), **UPDATE)
    assert sim.knock("1000", "Office Door", MONDAY) and sim.knock("2000", "Office Door", MONDAY)
    sim.settings(cards="replace")
    sim.post(person("1000", card_num="3000"), **UPDATE)
    assert not sim.knock("2000", "Office Door", MONDAY)


# Fobs


@pytest.fixture
def fob(sim):
    """7, in the hands of 1000."""
    sim.post_fobs({"name": "Fob 1", "id_num": "F1", "card_num": "7"})
    sim.post_fobs({"id": sim.fob("F1")["id"], "user_id": sim.user("1000")["id"]}, method="PUT")
    return sim


def put_fob(sim, **change):
    assert sim.post_fobs({"id": sim.fob("F1")["id"], **change}, method="PUT").status == 200


def test_a_fob_opens_what_its_holder_may(fob):
    assert fob.opens("7", MONDAY) == {"Office Door", "Front Door"}
    assert fob.knock_as("F1", "Front Door", MONDAY)
    assert fob.events()[0]["user"] == "Baker, Jo" and fob.events()[0]["card_num"] == "7"
    fob.post(person("1001", accesslevels=[{"id": 574}]))
    put_fob(fob, user_id=fob.user("1001")["id"])
    assert fob.opens("7", MONDAY) == {"Front Door"}


def test_a_fob_that_is_nobodys_opens_nothing(sim):
    sim.post_fobs({"name": "Fob 1", "id_num": "F1", "card_num": "7"})
    assert reason(sim, card="7") == "User Disabled"
    sim.set_user("F1", enabled=True)
    assert reason(sim, card="7") == "No Access Level"
    assert sim.events()[0]["user"] == "Fob 1"
    sim.set_user("F1", accesslevels=["Security"])
    assert reason(sim, card="7") == GRANTED, "levels of its own"


@pytest.mark.parametrize("change", [{"enabled": "false"}, {"access_expires": "2022-05-02 12:00:00"}])
def test_whether_a_fob_follows_its_holders_state_is_a_setting(fob, change):
    fob.post(person("1000", **change), **UPDATE)
    assert not fob.knock("7", "Office Door", MONDAY)
    fob.settings(fob_state="own")
    assert fob.knock("7", "Office Door", MONDAY)
    fob.post(person("1000", **change, accesslevels=[]), **UPDATE)
    assert not fob.knock("7", "Office Door", MONDAY), "without levels there is nothing to open"


def test_an_expired_fob_stays_shut(fob):
    put_fob(fob, access_expires="2022-05-02 12:00:00")
    assert reason(fob, card="7") == "Access Expired"
    assert reason(fob, card="7", at=MONDAY - HOUR) == GRANTED


def test_a_check_of_fobs_tells_when_each_was_last_seen(fob):
    fob.settings(pending_release=True)
    fob.post_fobs({"name": "Fob 2", "id_num": "F2", "card_num": "8"})
    fob.knock("7", "Lab", MONDAY)
    fob.knock("7", "Lab", MONDAY - DAY)
    [used, unused] = fob.api("GET", "/fobcheck").data
    assert list(used) == [*fob.fobs()[0], "last_activity"]
    assert (used["id_num"], used["last_activity"]) == ("F1", "2022-05-02T12:00:00.000Z")
    assert (unused["id_num"], unused["last_activity"]) == ("F2", "")


# What the service learns


def test_every_knock_is_an_event_and_a_question_is_none(sim):
    sim.knock("1000", "Office Door", MONDAY)
    sim.knock("999", "Lab", MONDAY + HOUR)
    sim.opens("1000", MONDAY)
    assert told(sim) == [("Office Door", GRANTED, "2022-05-02T12:00:00.000Z"),
                         ("Lab", DENIED, "2022-05-02T13:00:00.000Z")]
    [unknown, known] = sim.events()
    assert (unknown["card_num"], unknown["user"], unknown["location"]) == ("999", "", "Annex")
    assert unknown["id"] == known["id"] + 1


def test_now_is_now(sim):
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    assert sim.knock("1000", "Office Door")
    at = datetime.datetime.fromisoformat(sim.events()[0]["hw_time"].replace("Z", "+00:00"))
    assert before <= at <= datetime.datetime.now(datetime.timezone.utc)


def test_ruling_45_events_after_an_event_or_from_it_on(sim):
    for _ in range(3):
        sim.knock("1000", "Office Door", MONDAY)
    ids = [event["id"] for event in sim.events()]
    assert ids == sorted(ids, reverse=True) and len(ids) == 3
    assert [event["id"] for event in sim.events(since=ids[1])] == ids[:1]
    assert sim.events(since=ids[0]) == []
    sim.settings(events_from="including")
    assert [event["id"] for event in sim.events(since=ids[1])] == ids[:2]
    assert sim.api("GET", "/events", query={"id": "x"}).error == "Invalid id found: x"
    assert sim.api("GET", "/events", query={"since": 1}).error == "Unknown argument found: since"


@pytest.mark.parametrize("order, expected", [("newest", [3, 2, 1, 0]), ("oldest", [0, 1, 2, 3])])
def test_the_order_of_events(sim, order, expected):
    sim.settings(events_order=order)
    for _ in range(4):
        sim.knock("1000", "Office Door", MONDAY)
    ids = [event["id"] for event in sim.events()]
    assert [each - min(ids) for each in ids] == expected


def test_events_can_come_in_no_order(sim):
    sim.knock("1000", "Office Door", MONDAY, repeat=40)
    sim.settings(events_order="shuffled")
    ids = [event["id"] for event in sim.events()]
    assert len(set(ids)) == 41 and ids not in (sorted(ids), sorted(ids, reverse=True))


def test_the_service_keeps_five_thousand_events(sim):
    assert sim.settings()["max_events"] == 5000
    sim.settings(max_events=3)
    for hour in range(5):
        sim.knock("1000", "Office Door", MONDAY + hour * HOUR)
    assert [event["hw_time"][11:13] for event in sim.events()] == ["16", "15", "14"]
    first = sim.events()[-1]["id"]
    assert len(sim.events(since=first - 2)) == 3, "what is gone leaves a gap"


def test_ruling_27_the_time_of_the_device_has_two_names(sim):
    sim.settings(event_time="event_time")
    sim.knock("1000", "Office Door", MONDAY)
    assert sim.events()[0]["event_time"] == "2022-05-02T12:00:00.000Z" and "hw_time" not in sim.events()[0]


def test_the_clock_of_a_door_can_be_wrong_and_decides_all_the_same(sim):
    sim.post(person("1000", access_expires="2022-05-02 12:00:00"), **UPDATE)
    sim.set_door("Office Door", clock_skew=-3600)
    assert sim.knock("1000", "Office Door", MONDAY), "it thinks that it is eleven o'clock"
    event = sim.events()[0]
    assert (event["hw_time"], event["db_time"]) == ("2022-05-02T11:00:00.000Z", "2022-05-02T12:00:00.000Z")
    assert not sim.knock("1000", "Front Door", MONDAY)


def test_late_events_have_an_older_time(sim):
    sim.knock("1000", "Office Door", MONDAY, late=7200)
    assert (sim.events()[0]["hw_time"], sim.events()[0]["db_time"]) == (
        "2022-05-02T12:00:00.000Z", "2022-05-02T14:00:00.000Z")


def test_repeated_events_have_new_ids(sim):
    sim.knock("1000", "Office Door", MONDAY, repeat=2)
    events = sim.events()
    assert len({event["id"] for event in events}) == 3
    assert len({event["hw_time"] for event in events}) == 1


@pytest.mark.parametrize("order, hours", [("forward", ["14", "12", "13"]), ("reverse", ["14", "13", "12"])])
def test_events_that_were_kept_back_arrive_after_newer_ones(sim, order, hours):
    for hour in (0, 1):
        sim.knock("1000", "Office Door", MONDAY + hour * HOUR, withhold=True)
    sim.knock("1000", "Office Door", MONDAY + 2 * HOUR)
    assert len(sim.events()) == 1
    assert sim.release_events(order) == 2
    assert [event["hw_time"][11:13] for event in reversed(sim.events())] == hours
    assert sim.release_events() == 0


def test_events_of_any_kind_are_made_by_hand(sim):
    sim.add_event(id=865, code=17, code_text="Door Forced", device="Lab")
    sim.add_event()
    assert [set(event) for event in sim.events()] == [{"id"}, {"id", "code", "code_text", "device"}]
    assert sim.events()[1] == {"id": 865, "code": 17, "code_text": "Door Forced", "device": "Lab"}
    newest = sim.events()[0]["id"]
    sim.delete_events()
    assert sim.events() == []
    sim.knock("1000", "Office Door", MONDAY)
    assert sim.events()[0]["id"] > newest, "no id is given out twice"


def test_events_outlive_the_service(tmp_path):
    with LocktSim(database=tmp_path / "lockt.db") as sim:
        sim.post(person("1000"))
        sim.knock("1000", "Office Door", MONDAY)
        sim.knock("1000", "Office Door", MONDAY, withhold=True)
        before = sim.events()
        sim.restart()
        assert sim.events() == before and sim.release_events() == 1


@pytest.mark.parametrize("knock", [
    {}, {"card_num": "1000"}, {"door": "Lab"}, {"card_num": "1000", "door": "Nowhere"}, {"card_num": "", "door": "Lab"},
    {"card_num": "1000", "door": 7}, {"id_num": "nobody", "door": "Lab"},
    {"card_num": "1000", "door": "Lab", "at": "now"},
    {"card_num": "1000", "door": "Lab", "late": -1}, {"card_num": "1000", "door": "Lab", "repeat": 101},
    {"card_num": "1000", "door": "Lab", "hard": True},
])
def test_a_mistake_is_no_knock(sim, knock):
    assert sim.request("POST", "/_sim/knocks", knock).status == 400
    assert sim.events() == []


# Faults


def test_faults_are_there_for_events(sim):
    sim.knock("1000", "Office Door", MONDAY, repeat=2)
    sim.knock("999", "Lab", MONDAY)
    whole = sim.events()
    sim.fault("twin", path="/events", id_num="999")
    assert sim.events() == [whole[0], *whole], "the same event twice"
    sim.clear_faults()
    sim.fault("hide", path="/events", id_num="999")
    assert sim.events() == whole[1:]
    sim.clear_faults()
    sim.fault("change", path="/events", id_num="999", set={"hw_time": "2022-05-02T14:00:00.000Z"})
    assert sim.events()[0]["hw_time"] == "2022-05-02T14:00:00.000Z"
    sim.clear_faults()
    sim.fault("list_broken", path="/events", users=1)
    assert not sim.api("GET", "/events").raw.endswith(b"]}")
    sim.clear_faults()
    sim.fault("status", path="/events", query="id", status=503)
    assert sim.api("GET", "/events", query={"id": 1}).status == 503
    assert sim.api("GET", "/events").status == 200

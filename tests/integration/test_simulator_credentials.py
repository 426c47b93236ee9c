"""lockt-sim: credentials, claimed and unclaimed, of people and of fobs; and what is pending release."""

import re

import pytest

from support.api_samples import looks_like, sample
from support.sim import LocktSim

UPDATE = {"update_existing": "true", "validate_fails_batch": "false", "replace_privileges": "true"}


def person(id_num, **properties):
    return {"id_num": id_num, "last_name": f"Last {id_num}", **properties}


@pytest.fixture
def sim():
    with LocktSim() as simulator:
        yield simulator


@pytest.fixture
def released(sim):
    sim.settings(pending_release=True)
    return sim


def by_card(sim):
    return {credential["card_num"]: credential for credential in sim.api("GET", "/credential").data}


def complaints(answer):
    assert answer.status == 400, answer.raw
    return [sentence for error in answer.json["errors"] for sentence in error["error"]]


# Credentials


def test_credentials_look_as_documented(sim):
    sim.add_users([{"id": 300, "last_name": "Baker", "first_name": "Jo", "card_num": "1003",
                    "credential_key": "AAAA-BBBB-1111-2222"},
                   {"id": 244, "last_name": "Fuller", "first_name": "Ed", "card_num": "1234",
                    "credential_key": "CCCC-DDDD-5555-6666"}])
    sim.claim("1003")
    answer = sim.api("GET", "/credential")
    assert looks_like(answer.json, sample("credential-answer"))
    wanted = {credential["card_num"]: {**credential, "id": 0} for credential in sample("credential-answer")["data"]}
    assert {card: {**credential, "id": 0} for card, credential in by_card(sim).items()} == wanted


def test_every_card_has_one_with_an_id_and_a_key_of_its_own(sim):
    sim.post(person("1", card_num="1"), person("2", card_num="2"), person("3"))
    credentials = sim.api("GET", "/credential").data
    assert [credential["card_num"] for credential in credentials] == ["1", "2"]
    assert len({credential["id"] for credential in credentials}) == 2
    assert len({credential["credential_key"] for credential in credentials}) == 2
    assert all(re.fullmatch("[0-9A-F]{4}(-[0-9A-F]{4}){3}", each["credential_key"]) for each in credentials)
    assert all(each["claim_status"] == "Unclaimed" for each in credentials)


def test_ruling_46_the_user_of_a_credential_is_an_array_or_an_object(sim):
    sim.post(person("1", first_name="Jo", card_num="1"))
    user = {"id": sim.user("1")["id"], "name": "Last 1, Jo"}
    assert by_card(sim)["1"]["user"] == [user]
    sim.settings(credential_user="object")
    assert by_card(sim)["1"]["user"] == user


def test_ruling_24_the_card_of_a_fob_is_its_holders(sim):
    sim.post(person("1"))
    sim.post_fobs({"name": "Fob 1", "id_num": "F1", "card_num": "7"})
    assert by_card(sim)["7"]["user"] == []
    sim.post_fobs({"id": sim.fob("F1")["id"], "user_id": sim.user("1")["id"]}, method="PUT")
    assert by_card(sim)["7"]["user"] == [{"id": sim.user("1")["id"], "name": "Last 1"}]
    sim.settings(credential_fobs=False)
    assert by_card(sim) == {}


def test_the_summary_counts_claimed_and_unclaimed(sim):
    sim.post(person("1", card_num="1"), person("2", card_num="2"), person("3", card_num="3"))
    sim.claim("2")
    assert sim.api("GET", "/credentialsummary").data == [{"claimed": 1, "unclaimed": 2}]
    sim.add_card("1", "11", claim_status="Claimed")
    assert sim.api("GET", "/credentialsummary").data == [{"claimed": 2, "unclaimed": 2}]


def test_a_new_card_is_unclaimed_and_an_old_one_stays_claimed(sim):
    sim.post(person("1", card_num="1"))
    sim.claim("1")
    sim.post(person("1", card_num="1", phone="5"), **UPDATE)
    assert by_card(sim)["1"]["claim_status"] == "Claimed"
    sim.settings(absent="clear")
    sim.post(person("1", card_num="1"), **UPDATE)
    assert by_card(sim)["1"]["claim_status"] == "Claimed"
    sim.post(person("1", card_num="2"), **UPDATE)
    assert {card: each["claim_status"] for card, each in by_card(sim).items()} == {"2": "Unclaimed"}


def test_ruling_48_a_new_card_replaces_the_old_one_or_is_added(sim):
    sim.post(person("1", card_num="1"))
    sim.post(person("1", card_num="2"), **UPDATE)
    assert sim.cards("1") == ["2"]
    sim.settings(cards="add")
    sim.post(person("1", card_num="3"), **UPDATE)
    assert sim.cards("1") == ["2", "3"] and sim.user("1")["card_num"] == "3"
    assert complaints(sim.post(person("2", card_num="2"))) == ["Card Number Already Exists: 2"]
    sim.post(person("1", card_num="2"), **UPDATE)
    assert sim.cards("1") == ["2", "3"], "back to the one before: still two"
    sim.post(person("1", card_num=""), **UPDATE)
    assert sim.cards("1") == ["3"]
    sim.delete_card("1", "3")
    assert sim.post(person("2", card_num="3")).status == 200


def test_further_cards_go_with_their_user(sim):
    sim.post(person("1", card_num="1"))
    sim.add_card("1", "11")
    assert sim.cards("1") == ["1", "11"]
    sim.delete_user("1")
    assert sim.credentials() == []


def test_all_credentials_are_streamed():
    with LocktSim(seed=1000) as sim:
        sim.add_card("100001", "9")
        answer = sim.api("GET", "/credential").data
        assert len(answer) == 1001 == len({credential["id"] for credential in answer})
        sim.fault("list_short", path="/credential", users=700)
        assert len(sim.api("GET", "/credential").data) == 700


def test_forms_of_numbers_are_there_for_credentials_and_levels(sim):
    sim.post(person("1", card_num="0815"))
    sim.fault("numbers_as_strings", path="/credential")
    sim.fault("strings_as_numbers", path="/credential", property="card_num")
    [credential] = sim.api("GET", "/credential").data
    assert credential["user"] == [{"id": str(sim.user("1")["id"]), "name": "Last 1"}]
    assert isinstance(credential["id"], str) and credential["card_num"] == 815
    sim.fault("numbers_as_strings", path="/accesslevel")
    assert sim.api("GET", "/accesslevel").data[3]["doors"] == [{"id": "1087", "name": "Front Door"}]


def test_the_fob_of_somebody_who_was_deleted_is_nobodys(sim):
    sim.post(person("1", accesslevels=[{"id": 208}]))
    sim.post_fobs({"name": "Fob 1", "id_num": "F1", "card_num": "7"})
    sim.post_fobs({"id": sim.fob("F1")["id"], "user_id": sim.user("1")["id"]}, method="PUT")
    assert sim.knock("7", "Front Door")
    sim.delete_user("1")
    assert by_card(sim)["7"]["user"] == []
    assert sim.opens("7") == set()


def test_a_mistake_makes_no_credential(sim):
    for wrong in ({"card_num": "1"}, {"card_num": "1", "user_id": 7}, {"user_id": 7, "card_num": ""}, {}):
        assert sim.request("POST", "/_sim/credentials", wrong).status == 400
    assert sim.request("PATCH", "/_sim/credentials?card_num=1", {"claim_status": "Claimed"}).status == 404
    assert sim.request("PATCH", "/_sim/credentials?card_num=1", {"claim_status": "Perhaps"}).status == 400
    assert sim.request("DELETE", "/_sim/credentials?card_num=1").status == 404


# Pending release


@pytest.mark.parametrize("method, path", [("POST", "/uservalidate"), ("POST", "/credential"), ("GET", "/nextcardnum"),
                                          ("GET", "/fobcheck")])
def test_ruling_28_what_is_pending_release_is_not_found(sim, method, path):
    answer = sim.api(method, path, {} if method == "POST" else None)
    assert (answer.status, answer.json) == (404, sample("error-answer"))
    sim.settings(pending_release=True)
    assert sim.api(method, path, {} if method == "POST" else None).status == (400 if method == "POST" else 200)


def test_validation_answers_as_the_write_would_and_changes_nothing(released):
    released.post(person("1"))
    body = {"users": [person("1", phone="5"), person("2"), person("3", card_num="x")],
            "options": {"update_existing": "true", "validate_fails_batch": "false"}}
    validated = released.api("POST", "/uservalidate", body)
    assert [user["id_num"] for user in released.users()] == ["1"] and released.user("1")["phone"] == ""
    written = released.api("POST", "/user", body)
    assert (validated.status, validated.json) == (written.status, written.json)
    assert len(released.users()) == 2


def test_the_next_card_number_is_above_all_others(released):
    assert released.api("GET", "/nextcardnum").data == [{"card_num": "1"}]
    released.post(person("1", card_num="00099"))
    released.post_fobs({"name": "Fob 1", "id_num": "F1", "card_num": "100"})
    assert released.api("GET", "/nextcardnum").data == [{"card_num": "101"}]
    released.add_card("1", "200")
    assert released.api("GET", "/nextcardnum").data == [{"card_num": "201"}]


def test_a_reissued_credential_is_unclaimed_and_has_another_key(released):
    released.post(person("1", card_num="1"))
    released.add_card("1", "11", claim_status="Claimed")
    released.claim("1")
    before = by_card(released)
    answer = released.api("POST", "/credential", {"credentials": [{"id": before["1"]["id"]}, {"card_num": "11"}]})
    assert answer.data == {"submitted": 2, "inserted": 0, "updated": 2, "errors": 0}
    after = by_card(released)
    for card in ("1", "11"):
        assert after[card]["claim_status"] == "Unclaimed"
        assert after[card]["credential_key"] != before[card]["credential_key"]
    refused = released.api("POST", "/credential", {"credentials": [{"id": 7}, {"card_num": "8"}, {}]})
    assert complaints(refused) == ["Invalid id found: 7", "Invalid card_num found: 8", "Invalid card_num found: "]

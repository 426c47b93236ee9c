"""A day in the life: hired, moved, badge lost, on leave, back, left. Everything works; faults have files of their own."""

from support.truth import desired, differences, instant, opens


def test_first_sync_brings_everybody_who_may_come_in_and_nobody_else(hr, lockt, daemon, synced):
    synced()
    in_hr = {person for person, wanted in desired(hr).items() if wanted}
    assert {user["id_num"] for user in lockt.users()} <= in_hr


def test_a_cycle_without_changes_writes_nothing(hr, lockt, daemon, synced, settled):
    synced()
    settled()
    before = len(lockt.writes())
    settled()
    settled()
    assert len(lockt.writes()) == before


def test_a_hire_a_move_and_a_leaver(hr, lockt, daemon, synced):
    synced()
    nina = hr.hire("Nina", "Neu", department="Sales", site="HQ", job_title="Account Manager")
    synced()
    assert opens(lockt, nina) == {"Cardholder"}

    hr.move(nina, department="Security", job_title="Security Officer")
    synced()
    assert opens(lockt, nina) == {"Cardholder", "Security", "Administration"}

    hr.move(nina, site="London")
    synced()
    assert opens(lockt, nina) == {"Cardholder"}

    hr.leave(nina)
    synced()
    assert opens(lockt, nina) == set()
    user = lockt.user(nina)
    assert (user["enabled"], user["accesslevels"]) == (False, []) and instant(user["access_expires"])
    assert [entry["action"] for entry in daemon.history(nina)][0].startswith("creat")


def test_particulars_follow(hr, lockt, daemon, synced):
    synced()
    hr.rename("E00001", family="Musterfrau")
    hr.set_badge("E00001", "0070071")
    hr.set_email("E00001", "erika@example.org")
    hr.set_mobile("E00001", "+49 (30) 23125-999")
    synced()
    user = lockt.user("E00001")
    assert (user["last_name"], user["card_num"], user["phone"]) == ("Musterfrau", "0070071", "493023125999")


def test_leave_suspension_and_return(hr, lockt, daemon, synced):
    synced()
    hr.go_on_leave("E00001")
    hr.suspend("E00002")
    synced()
    assert opens(lockt, "E00001") and not opens(lockt, "E00002")
    hr.come_back("E00001", "E00002")
    synced()
    assert opens(lockt, "E00001") and opens(lockt, "E00002")


def test_two_people_swap_their_badges(hr, lockt, daemon, synced):
    synced()
    cards = lockt.user("E00001")["card_num"], lockt.user("E00002")["card_num"]
    hr.swap_badges("E00001", "E00002")
    synced()
    assert (lockt.user("E00002")["card_num"], lockt.user("E00001")["card_num"]) == cards


def test_starters_are_sent_ahead_with_their_date(hr, lockt, daemon, synced):
    synced()
    assert instant(lockt.user("E00003")["access_effective"]) == desired(hr)["E00003"]["begin"]


def test_levels_and_users_of_others_are_left_alone(hr, lockt, daemon, synced):
    lockt.add_level("Cellar", 900)
    stranger = lockt.add_user(id_num="X-1", first_name="Some", last_name="Body", enabled=True, accesslevels=["Cellar"])
    synced(ignore={"X-1"})
    lockt.set_user("E00001", accesslevels=["Cardholder", "Cellar"])
    daemon.resync()
    hr.rename("E00001", family="Musterfrau")
    daemon.wait(lambda: lockt.user("E00001")["last_name"] == "Musterfrau", "the new name")
    assert opens(lockt, "E00001") == {"Cardholder", "Cellar"}
    assert lockt.user("X-1") == stranger


def test_once_does_it_all_and_ends(hr, lockt, daemon):
    status = daemon.once()
    assert differences(hr, lockt) == {}
    # 1, since the sample company has records that can't be carried: they are parked, which is said.
    assert status == 1 and daemon.said("E00033 is parked")


def test_nothing_is_written_in_report_mode(hr, lockt, daemon):
    daemon.configure(mode="report")
    daemon.once()
    assert lockt.writes() == [] and lockt.users() == []

"""What a person can get wrong: in the file, in the query, in the rows, in the database. Each is said so that it can be
mended, and none of it harms anybody."""

import pytest

from support.fixtures_postgres import TEMPLATE, HRDatabase
from support.truth import PEOPLE, opens


def refused(daemon, text=None):
    """Starts it on a file that is to be refused; what was said about it."""
    daemon.write_config(text)
    daemon.spawn(write_config=False)
    assert daemon.join() == 78
    return [line for line in daemon.lines if "locktsync.yaml" in line]


def test_all_errors_of_a_file_are_listed_with_their_places(daemon):
    daemon.configure(hr={"poll": "soon", "pol": "60s"}, mode="aply", lockt={"resync": "-1h"})
    said = refused(daemon)
    assert len(said) >= 4
    assert all(line.startswith(f"<3>{daemon.config_path}:") and line.split(":")[1].isdigit() for line in said)
    text = "\n".join(said)
    for hint in ("'soon'", "did you mean", "'aply'", "resync"):
        assert hint in text


@pytest.mark.parametrize("text", ["", "{", "\x00", "a: &a [*a]", "- 1\n" * 100000, "\t", "version: 2\n"],
                         ids=["empty", "open", "nul", "bomb", "long", "tab", "another version"])
def test_a_file_that_is_none(daemon, text):
    assert refused(daemon, text)


def test_there_is_no_file(daemon):
    daemon.spawn(write_config=False)
    assert daemon.join() == 78
    assert daemon.said("locktsync.yaml.*No such file")


def test_credentials_that_are_not_there(daemon):
    (daemon.credentials / "apikey").unlink()
    assert any("apikey" in line for line in refused(daemon))


def test_a_column_that_the_query_lacks(hr, lockt, daemon, synced):
    daemon.configure(user={"card_num": "bagde_no"})
    daemon.start()
    line = daemon.wait_said(r"locktsync\.yaml:\d+:\d+: no column 'bagde_no'")[0]
    assert "did you mean 'badge_no'" in line and "employee_id" in line, "what was meant, and what it has"
    assert daemon.running and lockt.users() == []
    daemon.configure(user={"card_num": "badge_no"})
    daemon.reload()
    synced()


def test_once_with_a_column_that_the_query_lacks(daemon):
    daemon.configure(user={"card_num": "bagde_no"})
    assert daemon.once() in (1, 78)
    assert daemon.said("no column 'bagde_no'.*did you mean 'badge_no'")


@pytest.mark.parametrize("query, hint", [
    ("SELECT employee_id FROM locktsync.peeple", "peeple"),
    ("SELEKT 1", "syntax error at or near"),
    ("SELECT employee_id,, given_name FROM locktsync.people", "syntax error"),
    (PEOPLE.replace("  FROM", "       , 1 / (length(employee_id) - 6) AS crash\n  FROM"), "division by zero"),
    ("SELECT * FROM hr.people", "permission denied"),
    ("DELETE FROM hr.people RETURNING *", "DELETE|read-only|permission denied|syntax"),
    ("SELECT 1; SELECT 2", "syntax|multiple|';'"),
])
def test_a_query_that_fails_says_why_and_harms_nobody(hr, lockt, daemon, synced, query, hint):
    synced()
    since = lockt.last_request()
    daemon.configure(hr={"people": query})
    mark = daemon.mark()
    daemon.reload()
    daemon.wait_said(hint, since=mark)
    assert lockt.writes(since) == [] and daemon.running
    assert len(hr.rows()) >= 500
    daemon.configure(hr={"people": PEOPLE})
    daemon.reload()
    hr.leave("E00001")
    synced()


def test_the_place_in_the_query_is_said(hr, lockt, daemon):
    daemon.configure(hr={"people": "SELECT employee_id,\n       given_nam\n  FROM locktsync.people\n"})
    daemon.start()
    [line] = daemon.wait_said("given_nam")
    assert "line 2" in line or ":2" in line


@pytest.mark.parametrize("connection, hint", [
    ("host=127.0.0.1 port=1 dbname=hr user=locktsync", "port 1|refused"),
    ("host=nowhere.invalid dbname=hr user=locktsync", "nowhere.invalid"),
])
def test_hr_is_not_there(hr, lockt, daemon, connection, hint):
    daemon.configure(hr={"connection": connection})
    daemon.start()
    daemon.wait_said(f"HR can't be read.*({hint})")
    assert daemon.running


def test_another_database_than_before_gives_and_takes_nothing(hr, lockt, daemon, synced, postgres, hr_database):
    synced()
    daemon.careful = True
    before, since = lockt.users(), lockt.last_request()
    other = HRDatabase(postgres, postgres.create_database(template=TEMPLATE))
    try:
        other.hr.forget("E00001")
        other.hr.hire("Nina", "Neu")
        daemon.configure(hr={"connection": other.conninfo})
        daemon.reload()
        daemon.wait_said("wait for the approval of the plan .HR is another database than before")
        assert lockt.writes(since) == [] and lockt.users() == before
    finally:
        daemon.stop()
        other.drop()


def test_dates_and_cards_that_lockt_cant_carry(hr, lockt, daemon, synced):
    synced()
    hr.set_leaves_on("E00001", day="12000-01-01")
    hr.set_badge("E00002", "12-34")
    hr.execute("UPDATE hr.employments SET hired_on = '0044-03-15 BC' WHERE employee_id = 'E00005'")
    daemon.wait_said("E00001 is parked: access_expires .*9999")
    daemon.wait_said("E00002 is parked: Non-Numeric card_num")
    daemon.wait_said("E00005 is parked: access_effective .*year 1")
    assert all(opens(lockt, person) for person in ("E00001", "E00002", "E00005"))
    with hr.transaction():
        hr.set_leaves_on("E00001", day=None)
        hr.set_badge("E00002", "1234")
        hr.set_hired_on("E00005", day="2014-02-01")
    synced()
    assert daemon.parked().keys() == {"E00015", "E00033"}


def test_bytes_that_are_no_utf_8(hr, lockt, daemon, synced, postgres):
    """An SQL_ASCII database holds whatever bytes it was given."""
    name = postgres.create_database(encoding="SQL_ASCII")
    postgres.psql(r"""
        CREATE TABLE people (employee_id text, given_name text, family_name text, status text);
        INSERT INTO people VALUES ('A1', 'Anna', 'Anders', 'active'), ('A2', E'Ren\351', E'\377\376', 'active'),
                                  ('A3', 'Carl', 'Curt', 'active');
        GRANT SELECT ON people TO locktsync""", dbname=name)
    try:
        daemon.configure(hr={"connection": postgres.conninfo(name, "locktsync"), "listen": None,
                             "people": "SELECT * FROM public.people"},
                         user={"email": None, "phone": None, "card_num": None, "access_effective": None,
                               "access_expires": None},
                         access_levels={"rules": [{"grant": "Cardholder"}]})
        daemon.start()
        daemon.wait(lambda: opens(lockt, "A1") and opens(lockt, "A3"), "the others to be let in")
        daemon.wait_said("A2 is parked|UTF-?8|encoding")
        assert lockt.user("A2") is None
        assert daemon.running
    finally:
        daemon.stop()
        postgres.drop_database(name)


def test_a_row_of_a_megabyte(hr, lockt, daemon, synced):
    synced()
    hr.rename("E00001", family="x" * 1_000_000)
    hr.rename("E00002", family="Anders")
    daemon.wait(lambda: lockt.user("E00002")["last_name"] == "Anders", "the others to go on")
    daemon.wait_said("E00001 is parked: .*bytes")
    assert opens(lockt, "E00001")


def test_a_leaver_with_a_row_of_a_megabyte(hr, lockt, daemon, synced):
    """Whatever else HR's row holds: a leaver is a leaver."""
    synced()
    with hr.transaction():
        hr.rename("E00001", family="x" * 1_000_000)
        hr.leave("E00001")
    daemon.wait(lambda: not opens(lockt, "E00001"), "E00001 to be out", timeout=10)


def test_a_key_with_everything_that_could_hurt(hr, lockt, daemon, synced):
    """SQL, URLs, JSON, terminals: a key is only a key."""
    keys = ["a'b\"c", "50%", "a&b=c/d?e#f", "ÄÖÜß", "{\"x\":1}", "-- x", "x y", "\\", "<4>fake"]
    synced()
    for key in keys:
        hr.hire("Nina", "Neu", employee_id=key)
    synced()
    daemon.resync()
    hr.leave(*keys)
    synced()
    assert all(opens(lockt, key) == set() for key in keys)


def test_names_that_could_hurt_a_log_do_not_reach_it(hr, lockt, daemon, synced):
    synced()
    with hr.transaction():
        hr.rename("E00001", family="Line\nbreak \x1b[31mred")
        hr.execute("ALTER TABLE hr.employments DROP CONSTRAINT employments_status_check")
        hr.set_status("E00002", status="odd\n<0>fake \x1b[31m")
    daemon.wait_said("E00001 is parked: last_name holds control characters")
    daemon.wait_said("E00002 is parked")
    assert not [line for line in daemon.lines if line.startswith("<0>") or "\x1b" in line]

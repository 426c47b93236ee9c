"""The sample company, and what a DBA installs for locktsync: sql/hr on a real PostgreSQL."""

import contextlib
import datetime
import unicodedata

import psycopg2
import pytest

from support.fixtures_postgres import SQL_HR, TEMPLATE, hr_database, postgres  # noqa: F401 (fixtures)
from support.postgres import PostgresError

COLUMNS = ["employee_id", "given_name", "family_name", "work_email", "mobile", "badge_no", "department", "site",
           "job_title", "hired_on", "leaves_on", "status", "site_tz", "access_profile"]

MAX_KEYS = 100


@pytest.fixture
def hr(hr_database):
    return hr_database.hr


@pytest.fixture
def locktsync(hr_database):
    """A connection of the role locktsync."""
    with contextlib.closing(hr_database.connect()) as connection:
        yield connection


@pytest.fixture
def notified(hr_database):
    """A listener on the channel locktsync."""
    with hr_database.listen() as listener:
        yield listener


def select(connection, statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall()


# The view


def test_view_has_the_columns_of_the_mapping(locktsync):
    with locktsync.cursor() as cursor:
        cursor.execute("SELECT * FROM locktsync.people LIMIT 0")
        assert [column.name for column in cursor.description] == COLUMNS


def test_view_has_one_row_a_person(hr):
    counts = hr.execute("""SELECT count(*), count(DISTINCT employee_id),
                                  (SELECT count(*) FROM hr.people) AS people,
                                  (SELECT count(*) FROM hr.employments) AS employments,
                                  (SELECT count(*) FROM hr.positions) AS positions
                             FROM locktsync.people""")[0]
    assert counts["count"] == counts["people"] == 500
    assert counts["employments"] > 500 and counts["positions"] > 500


def test_view_is_ordered_by_bytes_as_locktsync_reads_it(hr, locktsync):
    for odd in ["e00001", "E-1", "É1", "Z9"]:
        hr.hire(employee_id=odd)
    read = [key for key, in
            select(locktsync, 'SELECT employee_id FROM locktsync.people ORDER BY employee_id COLLATE "C"')]
    assert read == sorted(read, key=lambda key: key.encode())


def test_view_shows_fixed_width_columns_as_they_are(hr_database):
    assert hr_database.psql("COPY (SELECT site FROM locktsync.people WHERE employee_id = 'E00001') TO STDOUT") \
        == "HQ      \n"


def test_person_without_employment_has_no_status(hr):
    hr.execute("INSERT INTO hr.people (employee_id, family_name) VALUES ('E70000', 'Halb')")
    row = hr.row("E70000")
    assert row.pop("employee_id") == "E70000" and row.pop("family_name") == "Halb"
    assert set(row.values()) == {None}


@pytest.mark.parametrize("title, employments, shown", [
    ("holds today, the next is to come", [("left", -900, 5), ("active", 6, None)], 0),
    ("ended yesterday, the next holds today", [("left", -900, -1), ("active", 0, None)], 1),
    ("both hold on the day of the change", [("left", -900, 0), ("active", 0, None)], 1),
    ("ended, the next is to come", [("left", -900, -10), ("active", 10, None)], 1),
    ("both ended", [("left", -900, -500), ("retired", -400, -10)], 1),
    ("ends at infinity, the next is to come", [("active", -900, "infinity"), ("active", 10, None)], 0),
    ("both to come", [("active", 10, 20), ("active", 30, None)], 1),
    ("three of them", [("left", -900, -800), ("active", -700, None), ("active", 100, None)], 1),
], ids=lambda value: value if isinstance(value, str) else "")
def test_of_several_employments_the_one_of_today_counts_then_the_newest(hr, title, employments, shown):
    today = hr.today()

    def day(offset):
        return today + datetime.timedelta(days=offset) if isinstance(offset, int) else offset

    hr.execute("INSERT INTO hr.people (employee_id, family_name) VALUES ('E70000', 'Oft')")
    for status, hired, leaves in employments:
        hr.execute("""INSERT INTO hr.employments (employee_id, status, hired_on, leaves_on)
                      VALUES ('E70000', %s, %s, %s)""", status, day(hired), day(leaves))
    assert hr.row("E70000")["hired_on"] == day(employments[shown][1])
    assert hr.row("E70000")["status"] == employments[shown][0]


@pytest.mark.parametrize("title, hired, positions, department", [
    ("the present one", -900, [("IT", -900, -1), ("Sales", 0, None)], "Sales"),
    ("not yet the next one", -900, [("IT", -900, 0), ("Sales", 1, None)], "IT"),
    ("none between two", -900, [("IT", -900, -1), ("Sales", 1, None)], None),
    ("the newer of two that overlap", -900, [("IT", -900, None), ("Sales", -10, None)], "Sales"),
    ("of a starter, the first one", 10, [("IT", 10, 19), ("Sales", 20, None)], "IT"),
    ("of a starter, none that begins later than he", 10, [("IT", 11, None)], None),
    ("of a starter, not the one from before", 10, [("IT", -900, -100), ("Sales", 10, None)], "Sales"),
    ("none at all", -900, [], None),
], ids=lambda value: value if isinstance(value, str) else "")
def test_position_of_today_or_of_the_first_day(hr, title, hired, positions, department):
    today = hr.today()

    def day(offset):
        return None if offset is None else today + datetime.timedelta(days=offset)

    person = hr.hire(hired_on=day(hired), department=None)
    for name, begin, end in positions:
        hr.execute("""INSERT INTO hr.positions (employee_id, department_id, site_code, job_title, from_date, to_date)
                      SELECT %s, department_id, 'HQ', 'Tester', %s, %s FROM hr.departments WHERE name = %s""",
                   person, day(begin), day(end), name)
    row = hr.row(person)
    assert row["department"] == department
    assert row["site_tz"] == ("Europe/Berlin" if department else None)


def test_position_of_a_leaver_is_that_of_the_last_day(hr):
    today = hr.today()
    person = hr.hire(hired_on=today - datetime.timedelta(days=900), department="Sales", site="Tokyo")
    hr.move(person, department="Observatory", site="Honolulu", on=today - datetime.timedelta(days=30))
    hr.leave(person, on=today - datetime.timedelta(days=1))
    row = hr.row(person)
    assert (row["status"], row["department"], row["site_tz"]) == ("left", "Observatory", "Pacific/Honolulu")


# The sample people


def test_each_story_is_there(hr):
    today = hr.today()
    rows = hr.rows()

    def days_from_today(day):
        return (day - today).days

    assert days_from_today(rows["E00003"]["hired_on"]) == 14 and rows["E00003"]["department"] == "Research"
    assert days_from_today(rows["E00004"]["hired_on"]) == 90 and rows["E00004"]["badge_no"] is None
    assert rows["E00005"]["status"] == "leave"
    assert rows["E00006"]["status"] == "left" and days_from_today(rows["E00006"]["leaves_on"]) == -30
    assert rows["E00006"]["site_tz"] == "Europe/Berlin"
    assert rows["E00007"]["status"] == "left" and days_from_today(rows["E00007"]["leaves_on"]) == -1
    assert rows["E00008"]["status"] == "retired" and rows["E00008"]["badge_no"] is None
    assert rows["E00009"]["status"] == "suspended"
    assert rows["E00010"]["status"] == "active" and days_from_today(rows["E00010"]["leaves_on"]) == 21
    assert rows["E00011"]["status"] == "active" and rows["E00011"]["leaves_on"] == today
    assert rows["E00012"]["status"] == "active" and rows["E00012"]["hired_on"] == datetime.date(2023, 1, 16)
    assert rows["E00012"]["department"] == "Research" and rows["E00012"]["badge_no"] == "10012"
    assert rows["E00013"]["status"] == "active" and days_from_today(rows["E00013"]["hired_on"]) == 20
    assert rows["E00013"]["site"].rstrip() == "Annex"
    assert rows["E00014"]["work_email"] == rows["E00015"]["work_email"] == "paar@example.org"
    assert rows["E00016"]["badge_no"] == "0000081502" and rows["E00016"]["family_name"] == "Null"
    assert rows["E00017"]["work_email"] is None
    assert rows["E00018"]["badge_no"] is None
    assert rows["E00019"]["mobile"] is None
    assert rows["E00022"]["status"] == "active"
    assert {person for person, row in rows.items() if row["department"] is None} == {"E00022"}
    assert rows["E00023"]["given_name"] == unicodedata.normalize("NFD", "José")
    assert rows["E00024"]["given_name"] == unicodedata.normalize("NFC", "José")
    assert rows["E00025"]["given_name"] is None
    assert rows["E00026"]["access_profile"] == ["Administration", "Server Room"]
    assert rows["E00027"]["access_profile"] == []
    assert rows["E00028"]["family_name"] == "Yıldırım"
    assert rows["E00029"]["badge_no"] == "10129"
    assert rows["E00030"]["department"] == "Security"
    assert len(rows["E00031"]["family_name"]) > 64
    assert rows["E00033"]["badge_no"] == "A8914"
    assert rows["E00034"]["hired_on"] == today
    assert (rows["E00035"]["job_title"], rows["E00035"]["site"].rstrip()) == ("Housekeeping Lead", "HQ")
    assert (rows["E00036"]["job_title"], rows["E00036"]["site"].rstrip()) == ("Housekeeping Lead", "Annex")
    assert rows["E00037"]["department"] == "Security"
    assert rows["E00038"]["family_name"] == "Ka\u02bbōpua"
    assert rows["E00039"]["department"] == "Sales"


def test_last_day_may_be_infinity_or_the_end_of_calendars(locktsync):
    assert select(locktsync, """SELECT leaves_on::text FROM locktsync.people
                                 WHERE employee_id IN ('E00020', 'E00021') ORDER BY employee_id""") \
        == [("infinity",), ("9999-12-31",)]


def test_midnight_changes_what_the_view_shows(postgres, hr):
    """The sample made for yesterday is what everybody's situation will be tomorrow."""
    name = postgres.create_database()
    postgres.psql(file=SQL_HR / "everything.sql", dbname=name,
                  variables={"today": hr.today() - datetime.timedelta(days=1)})
    shown = dict(postgres.execute("SELECT employee_id, department FROM locktsync.people", dbname=name))
    postgres.drop_database(name)
    assert (hr.row("E00030")["department"], shown["E00030"]) == ("Security", "Sales")
    changed = {person for person, row in hr.rows().items() if shown[person] != row["department"]}
    assert changed == {"E00030"}


def test_names_come_in_many_scripts(hr):
    scripts = {unicodedata.name(letter).split()[0]
               for row in hr.rows().values() for letter in (row["given_name"] or "") + row["family_name"]
               if letter.isalpha()}
    assert {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "CJK", "HANGUL", "HIRAGANA", "KATAKANA", "HALFWIDTH",
            "DEVANAGARI"} <= scripts
    letters = {letter for row in hr.rows().values() for letter in (row["given_name"] or "") + row["family_name"]}
    assert set("ıİßœøðÞőŁễ\u02bb'- ") - letters == set()


def test_everybody_is_evidently_invented(hr):
    for row in hr.rows().values():
        assert row["work_email"] is None or row["work_email"].lower().endswith("@example.org")
        assert row["mobile"] is None or row["mobile"].startswith(
            ("+49 30 23125 ", "+44 7700 900", "+1 212 555 01", "+1 808 555 01", "+61 2 5550 0"))


def test_mail_addresses_cards_and_telephones_are_shared_by_nobody_else(hr):
    rows = hr.rows().values()
    for column, shared in [("work_email", {"paar@example.org"}), ("badge_no", set()), ("mobile", set())]:
        values = [row[column] for row in rows if row[column] is not None]
        assert {value for value in values if values.count(value) > 1} == shared


def test_the_crowd_has_something_of_everything(hr):
    rows = hr.rows().values()
    assert {row["status"] for row in rows} == {"active", "leave", "left", "retired", "suspended"}
    assert len({row["site_tz"] for row in rows if row["site_tz"]}) == 7
    assert {"Security", "Facilities", "Research", "Sales", "HR", "IT"} <= {row["department"] for row in rows}
    titles = [row["job_title"] for row in rows]
    assert titles.count("Housekeeper") > 10 and titles.count("Housekeeping Lead") > 3
    assert sum(row["hired_on"] > hr.today() for row in rows) > 5


def test_sample_is_the_same_each_time(postgres):
    def digests(name):
        return [postgres.execute(f"SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM hr.{table} AS t",
                                 dbname=name)
                for table in ["people", "employments", "positions", "contacts", "badges", "fobs", "sites", "departments"]]

    names = [postgres.create_database() for _ in range(2)]
    for name in names:
        postgres.psql(file=SQL_HR / "everything.sql", dbname=name, variables={"today": "2024-02-29"})
    assert digests(names[0]) == digests(names[1])
    for name in names:
        postgres.drop_database(name)


@pytest.mark.parametrize("today", ["2024-02-29", "2031-12-31"])
def test_sample_can_be_made_for_any_day(postgres, today):
    name = postgres.create_database()
    postgres.psql(file=SQL_HR / "everything.sql", dbname=name, variables={"today": today})
    assert postgres.execute("SELECT count(*) FROM locktsync.people", dbname=name) == [(500,)]
    postgres.drop_database(name)


def test_sample_fits_a_database_without_encoding(postgres):
    name = postgres.create_database(encoding="SQL_ASCII")
    postgres.psql(file=SQL_HR / "everything.sql", dbname=name)
    assert postgres.psql("SELECT family_name FROM locktsync.people WHERE employee_id = 'E00028'", dbname=name) \
        == "Yıldırım\n"
    postgres.drop_database(name)


# The role


def test_role_reads_three_relations_and_nothing_else(locktsync):
    relations = select(locktsync, """SELECT c.oid::regclass::text, has_any_column_privilege(c.oid, 'SELECT')
                                       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
                                      WHERE relkind IN ('r', 'v', 'm', 'p', 'f')
                                        AND nspname IN ('hr', 'locktsync', 'public')""")
    assert {name for name, readable in relations if readable} == {"people", "fobs", "load"}
    assert {name for name, readable in relations if not readable} \
        == {"hr.people", "hr.employments", "hr.positions", "hr.contacts", "hr.badges", "hr.fobs", "hr.sites",
            "hr.departments"}
    for name, readable in relations:
        if not readable:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                select(locktsync, f"SELECT * FROM {name}")
    assert len(select(locktsync, "SELECT loaded_at FROM locktsync.load")) == 1


@pytest.mark.parametrize("statement", [
    "INSERT INTO locktsync.people (employee_id) VALUES ('E99999')",
    "UPDATE locktsync.people SET status = 'left'",
    "DELETE FROM locktsync.people",
    "UPDATE locktsync.fobs SET holder_id = NULL",
    "UPDATE locktsync.load SET loaded_at = now()",
    "INSERT INTO locktsync.load VALUES (true, now())",
    "UPDATE hr.people SET given_name = 'Eve'",
    "TRUNCATE hr.people CASCADE",
    "CREATE TABLE locktsync.mine ()",
    "CREATE TABLE hr.mine ()",
    "CREATE TABLE public.mine ()",
    "CREATE SCHEMA mine",
    "ALTER VIEW locktsync.people RENAME TO theirs",
    "SELECT setval('hr.badges_badge_id_seq', 1)",
    "SELECT locktsync.notify_people()",
    "SET ROLE postgres",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
])
def test_role_cannot_write_even_when_it_asks_for_it(locktsync, statement):
    for read_only in ["on", "off"]:
        select(locktsync, f"SELECT set_config('default_transaction_read_only', '{read_only}', false)")
        with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction,
                            psycopg2.errors.ObjectNotInPrerequisiteState)) as refusal:
            select(locktsync, statement)
    # Without the default, what is missing is the privilege (or, for views of several tables, the possibility).
    assert not isinstance(refusal.value, psycopg2.errors.ReadOnlySqlTransaction)


def test_role_has_a_guests_settings(locktsync):
    for name, value in [("default_transaction_read_only", "on"), ("statement_timeout", "5min"), ("lock_timeout", "5s"),
                        ("idle_in_transaction_session_timeout", "1min"), ("idle_session_timeout", "0"),
                        ("TimeZone", "Europe/Berlin"), ("jit", "off"), ("work_mem", "4MB"),
                        ("max_parallel_workers_per_gather", "0")]:
        assert select(locktsync, f"SHOW {name}") == [(value,)]
    assert select(locktsync, """SELECT rolcanlogin, rolinherit, rolconnlimit, rolsuper, rolcreaterole, rolcreatedb,
                                       rolreplication, rolbypassrls FROM pg_roles WHERE rolname = current_user""") \
        == [(True, False, 8, False, False, False, False, False)]


def test_role_may_listen_and_take_an_advisory_lock(locktsync):
    select(locktsync, "SELECT pg_advisory_lock(1)")
    with locktsync.cursor() as cursor:
        cursor.execute("LISTEN locktsync")


def test_installing_again_changes_nothing_but_the_names_asked_for(hr_database, locktsync):
    before = hr_database.psql("\\drds\n\\d+ locktsync.people\n\\dp locktsync.*\n\\d hr.badges")
    for file in ["20-locktsync-role.sql", "30-locktsync-view.sql", "40-locktsync-notify.sql"]:
        hr_database.psql(file=SQL_HR / file)
    assert hr_database.psql("\\drds\n\\d+ locktsync.people\n\\dp locktsync.*\n\\d hr.badges") == before
    assert len(select(locktsync, "SELECT * FROM locktsync.people")) == 500


def test_all_names_can_be_others(hr_database):
    role = f"Doors of {hr_database.name}"
    names = {"role": role, "channel": "Türen & more", "max_keys": 2, "hr_timezone": "Asia/Tokyo"}
    for file in ["20-locktsync-role.sql", "30-locktsync-view.sql", "40-locktsync-notify.sql"]:
        hr_database.psql(file=SQL_HR / file, variables=names)
    try:
        with contextlib.closing(hr_database.connect(user=role)) as connection:
            assert len(select(connection, "SELECT * FROM locktsync.people")) == 500
            assert select(connection, "SHOW TimeZone") == [("Asia/Tokyo",)]
        with hr_database.listen("Türen & more") as notified:
            people = hr_database.hr.hire_many(2)
            assert notified.received() == people
            hr_database.hr.leave(*people, "E00001")
            assert notified.received() == [""]
    finally:
        hr_database.psql(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


def test_role_with_more_privileges_than_needed_is_refused(hr_database):
    for mighty in ["CREATE ROLE mighty CREATEDB", "DROP ROLE mighty; CREATE ROLE mighty IN ROLE pg_read_all_data"]:
        hr_database.psql(mighty)
        with pytest.raises(PostgresError, match='role "mighty" has privileges beyond LOGIN'):
            hr_database.psql(file=SQL_HR / "20-locktsync-role.sql", variables={"role": "mighty"})
    hr_database.psql("DROP ROLE mighty")


def test_loader_may_say_when_it_has_loaded(hr_database):
    loader = f"loader_of_{hr_database.name}"
    hr_database.psql(f"CREATE ROLE {loader} LOGIN")
    hr_database.psql(file=SQL_HR / "30-locktsync-view.sql", variables={"loader": loader})
    with contextlib.closing(hr_database.connect(user=loader)) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE locktsync.load SET loaded_at = NULL")
        assert cursor.rowcount == 1
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("SELECT * FROM locktsync.people")
    hr_database.psql(f"DROP OWNED BY {loader}; DROP ROLE {loader}")


# Speed


def plan_nodes(connection, statement, *parameters):
    [[[plan]]] = select(connection, "EXPLAIN (FORMAT JSON) " + statement, *parameters)
    nodes, found = [plan["Plan"]], []
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        found.append(node)
    return found


BIG = {"people", "contacts", "employments", "positions", "badges"}


@pytest.fixture
def big_company(hr_database):
    hr_database.generate_people(5000)
    with contextlib.closing(hr_database.connect()) as connection:
        yield connection


@pytest.mark.parametrize("condition", [
    "employee_id = 'P0002345'",
    "employee_id = ANY ('{P0002345,P0000077,P0001234}')",
    "employee_id = ANY (ARRAY(SELECT 'P0002345'))",
])
def test_one_key_reaches_an_index_through_the_view(big_company, condition):
    statement = f"SELECT * FROM (SELECT * FROM locktsync.people) AS q WHERE {condition}"
    nodes = plan_nodes(big_company, statement)
    scans = {node["Relation Name"]: node for node in nodes if "Relation Name" in node}
    for relation in BIG:
        assert scans[relation]["Node Type"] == "Index Scan", relation
        assert "employee_id = " in scans[relation]["Index Cond"]
    assert len(select(big_company, statement)) == (3 if "P0000077" in condition else 1)


@pytest.mark.parametrize("plan", ["force_generic_plan", "force_custom_plan"])
def test_one_key_reaches_an_index_when_prepared(big_company, plan):
    with big_company.cursor() as cursor:
        cursor.execute("SELECT set_config('plan_cache_mode', %s, false)", [plan])
        cursor.execute("PREPARE read (text[]) AS SELECT * FROM locktsync.people WHERE employee_id = ANY ($1)")
        for node in plan_nodes(big_company, "EXECUTE read ('{P0002345,P0000077}')"):
            if node.get("Relation Name") in BIG:
                assert node["Node Type"] == "Index Scan" and "employee_id = " in node["Index Cond"]


def test_everybody_can_be_read_in_the_order_of_an_index(big_company):
    # With fewer than a hundred thousand people or so, sorting them is cheaper; here it is to be seen that it is possible.
    select(big_company, "SELECT set_config('enable_sort', 'off', false)")
    nodes = plan_nodes(big_company, 'SELECT * FROM locktsync.people ORDER BY employee_id COLLATE "C"')
    assert not {"Sort", "Incremental Sort", "Gather Merge"} & {node["Node Type"] for node in nodes}


def test_generated_people_are_of_every_kind(hr_database, big_company):
    assert select(big_company, """SELECT count(*), count(DISTINCT badge_no), count(DISTINCT work_email)
                                    FROM locktsync.people WHERE employee_id LIKE 'P%'""") == [(5000, 4850, 4900)]
    counted = dict(select(big_company, """SELECT status, count(*) FROM locktsync.people
                                            WHERE employee_id LIKE 'P%' GROUP BY status"""))
    assert counted == {"active": 4500, "left": 300, "retired": 75, "suspended": 25, "leave": 100}
    # Nothing that was skipped for speed is missing.
    assert hr_database.hr.execute("""SELECT count(*) FROM hr.positions LEFT JOIN hr.people USING (employee_id)
                                       LEFT JOIN hr.sites USING (site_code) LEFT JOIN hr.departments USING (department_id)
                                      WHERE people IS NULL OR sites IS NULL OR departments.name IS NULL""") == [{"count": 0}]


# Notifications


def test_hire_names_the_person_once(hr, notified):
    person = hr.hire()
    assert notified.received() == [person]


def test_every_change_names_the_person(hr, notified):
    person = hr.hire(hired_on=datetime.date(2020, 1, 1))
    notified.received()
    for change in [lambda: hr.move(person, department="Security", site="Annex"),
                   lambda: hr.set_email(person, "other@example.org"),
                   lambda: hr.set_mobile(person, "+44 7700 900999"),
                   lambda: hr.set_badge(person, "4711"),
                   lambda: hr.lose_badge(person),
                   lambda: hr.rename(person, family="Alt"),
                   lambda: hr.rename(person, given="Nena"),
                   lambda: hr.set_access_profile(person, ["Administration"]),
                   lambda: hr.set_access_profile(person, None),
                   lambda: hr.set_hired_on(person, day=datetime.date(2019, 1, 1)),
                   lambda: hr.give_notice(person, on=hr.today() + datetime.timedelta(days=30)),
                   lambda: hr.withdraw_notice(person),
                   lambda: hr.go_on_leave(person),
                   lambda: hr.come_back(person),
                   lambda: hr.suspend(person),
                   lambda: hr.leave(person),
                   lambda: hr.rehire(person),
                   lambda: hr.retire(person),
                   lambda: hr.forget(person)]:
        before = hr.row(person)
        change()
        assert hr.row(person) != before
        assert notified.received() == [person]


def test_fobs_say_everybody(hr, notified):
    for change in [lambda: hr.add_fob("F100", "Van 3", "70000100"), lambda: hr.give_fob("F100", "E00001"),
                   lambda: hr.give_fob("F100", None), lambda: hr.remove_fob("F100")]:
        change()
        assert notified.received() == [""]


def test_swap_names_both(hr, notified):
    cards = hr.badge("E00001"), hr.badge("E00002")
    hr.swap_badges("E00001", "E00002")
    assert (hr.badge("E00002"), hr.badge("E00001")) == cards
    assert sorted(notified.received()) == ["E00001", "E00002"]


def test_row_that_goes_to_somebody_else_names_both(hr, notified):
    hr.return_badge("E00002")
    notified.received()
    hr.execute("UPDATE hr.badges SET employee_id = 'E00002' WHERE employee_id = 'E00001'")
    assert sorted(notified.received()) == ["E00001", "E00002"]


def test_new_personnel_number_names_old_and_new(hr, notified):
    hr.execute("INSERT INTO hr.people (employee_id, family_name) VALUES ('E70000', 'Alt')")
    notified.received()
    hr.execute("UPDATE hr.people SET employee_id = 'E70001' WHERE employee_id = 'E70000'")
    assert sorted(notified.received()) == ["E70000", "E70001"]


@pytest.mark.parametrize("statement", [
    "UPDATE hr.people SET birth_date = '1990-01-01'",
    "UPDATE hr.employments SET pay_grade = 'E15'",
    "UPDATE hr.contacts SET home_address = 'elsewhere', private_email = NULL",
    "UPDATE hr.badges SET reason = 'lost' WHERE returned_on IS NOT NULL",
    "UPDATE hr.people SET given_name = given_name",
    "UPDATE hr.people SET given_name = 'Eve' WHERE false",
    "DELETE FROM hr.badges WHERE false",
    "UPDATE hr.departments SET cost_centre = cost_centre, part_of = NULL",
    "UPDATE hr.sites SET name = upper(name)",
    "INSERT INTO hr.departments (name, cost_centre) VALUES ('Legal', '9500')",
    "SELECT count(*) FROM hr.people",
])
def test_what_the_view_does_not_show_notifies_nobody(hr, notified, statement):
    hr.execute(statement)
    assert notified.received() == []


@pytest.mark.parametrize("statement", [
    "UPDATE hr.departments SET name = 'Guards' WHERE name = 'Security'",
    "UPDATE hr.sites SET time_zone = 'Europe/Vienna' WHERE site_code = 'HQ'",
    "TRUNCATE hr.badges",
    "TRUNCATE hr.people CASCADE",
    "TRUNCATE hr.fobs",
    "UPDATE hr.fobs SET label = upper(label)",
    "UPDATE locktsync.load SET loaded_at = clock_timestamp()",
])
def test_what_concerns_many_says_everybody(hr, notified, statement):
    hr.execute(statement)
    assert notified.received() == [""]


def test_load_says_everybody_when_it_ends(hr, notified):
    hr.begin_load()
    assert notified.received() == []
    hr.end_load()
    assert notified.received() == [""]


@pytest.mark.parametrize("count, named", [(1, True), (MAX_KEYS, True), (MAX_KEYS + 1, False), (500, False)])
def test_bulk_change_names_people_or_says_everybody(hr, notified, count, named):
    hr.execute("""UPDATE hr.contacts SET mobile = '0' WHERE employee_id IN
                         (SELECT employee_id FROM hr.people ORDER BY employee_id LIMIT %s)""", count)
    received = notified.received()
    if named:
        assert sorted(received) == [f"E{number:05}" for number in range(1, count + 1)]
    else:
        assert received == [""]


def test_bulk_load_says_everybody(hr_database, notified):
    hr_database.generate_people(2000)
    assert notified.received() == [""]
    with contextlib.closing(hr_database.connect("postgres")) as connection, connection.cursor() as cursor:
        # More rows than are looked at one by one.
        cursor.execute("UPDATE hr.employments SET pay_grade = 'E1' WHERE employee_id LIKE 'P%'")
        assert notified.received() == [""]
        cursor.execute("DELETE FROM hr.people WHERE employee_id LIKE 'P%'")
        assert notified.received() == [""]


def test_import_row_by_row_says_everybody_once(hr, notified):
    people = hr.hire_many(MAX_KEYS + 20)
    received = notified.received()
    assert received == [*people[:MAX_KEYS], ""]
    # The next transaction starts afresh.
    hr.set_mobile(people[0], "1")
    assert notified.received() == [people[0]]


def test_rollback_notifies_nobody(hr, notified):
    class Mistake(Exception):
        pass

    with pytest.raises(Mistake), hr.transaction():
        hr.leave("E00001")
        raise Mistake
    assert notified.received() == []
    assert hr.row("E00001")["status"] == "active"


def test_savepoint_rolled_back_is_forgotten(hr, notified):
    with hr.transaction():
        hr.execute("SAVEPOINT before")
        hr.execute("UPDATE hr.contacts SET mobile = '0'")
        hr.execute("ROLLBACK TO SAVEPOINT before")
        hr.set_mobile("E00001", "1")
        hr.execute("SAVEPOINT again")
        hr.set_mobile("E00002", "1")
        hr.execute("RELEASE SAVEPOINT again")
        hr.set_mobile("E00002", "2")
    assert notified.received() == ["E00001", "E00002"]


def test_nothing_is_notified_before_commit(hr, notified):
    with hr.transaction():
        hr.leave("E00001")
        assert notified.received() == []
    assert notified.received() == ["E00001"]


def test_upsert_merge_and_copy_name_people(hr_database, notified):
    hr_database.psql("""INSERT INTO hr.contacts (employee_id, mobile) VALUES ('E00001', '1')
                        ON CONFLICT (employee_id) DO UPDATE SET mobile = excluded.mobile""")
    assert notified.received() == ["E00001"]
    hr_database.psql("""MERGE INTO hr.contacts AS c
                        USING (VALUES ('E00002'), ('E00003')) AS v (id) ON c.employee_id = v.id
                         WHEN MATCHED THEN UPDATE SET mobile = '2'""")
    assert sorted(notified.received()) == ["E00002", "E00003"]
    hr_database.psql("COPY hr.people (employee_id, family_name) FROM STDIN;\nE70000\tKopie\n\\.\n")
    assert notified.received() == ["E70000"]


def test_keys_of_any_form_are_named(hr, notified):
    for key in ["{}", '"', "a,b", "NULL", "\\", "everybody", "Å", "x y"]:
        hr.execute("INSERT INTO hr.people (employee_id, family_name) VALUES (%s, 'Seltsam')", key)
        assert notified.received() == [key]
    with hr.transaction():
        for key in ["{}", '"', "a,b", "NULL", "\\", "everybody"]:
            hr.rename(key, family="Normal")
            hr.rename(key, given="Otto")
    assert notified.received() == ["{}", '"', "a,b", "NULL", "\\", "everybody"]


def test_hr_needs_no_rights_of_ours(hr_database, notified):
    clerk = f"clerk_of_{hr_database.name}"
    hr_database.psql(f"""CREATE ROLE {clerk} LOGIN; GRANT USAGE ON SCHEMA hr TO {clerk};
                         GRANT SELECT, UPDATE ON hr.contacts TO {clerk}""")
    with contextlib.closing(hr_database.connect(user=clerk)) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE hr.contacts SET mobile = '0' WHERE employee_id = 'E00001'")
    assert notified.received() == ["E00001"]
    hr_database.psql(f"DROP OWNED BY {clerk}; DROP ROLE {clerk}")


def test_failing_trigger_leaves_hr_alone(hr_database, hr, notified):
    key = "E" + "9" * 2000 + "é" * 3000  # more than a payload holds, and still what an index holds when compressed
    hr.execute("INSERT INTO hr.people (employee_id, family_name) VALUES (%s, 'Lang')", key)
    assert notified.received() == [""]
    assert hr.row(key)["family_name"] == "Lang"
    assert "locktsync cannot tell who changed in hr.people: payload string too long" in hr_database.postgres.log_text()

    # A function broken altogether: the column list does not fit the table any more.
    hr.execute("ALTER TABLE hr.contacts RENAME mobile TO mobile_phone")
    hr.execute("UPDATE hr.contacts SET mobile_phone = '0' WHERE employee_id = 'E00001'")
    assert notified.received() == [""]
    assert hr.row("E00001")["mobile"] == "0"


def test_setting_that_somebody_plays_with_only_costs_a_complete_read(hr, notified):
    hr.execute("SELECT set_config('locktsync.notified', '{broken', false)")
    hr.leave("E00001")
    assert notified.received() == [""]


@pytest.mark.parametrize("name, value", [("max_keys", "many"), ("channel", "c" * 64), ("channel", "")])
def test_notify_refuses_nonsense_when_installed(hr_database, notified, name, value):
    with pytest.raises(PostgresError):
        hr_database.psql(file=SQL_HR / "40-locktsync-notify.sql", variables={name: value})
    hr_database.hr.leave("E00001")
    assert notified.received() == ["E00001"]


def test_install_says_everybody(hr_database, notified):
    hr_database.psql(file=SQL_HR / "40-locktsync-notify.sql")
    assert notified.received() == [""]


def test_functions_of_others_do_not_get_in_the_way(hr_database, notified):
    """Whoever may create functions could shadow ours with a search_path of his; the triggers have one of their own."""
    hr_database.psql("""CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT 1/0';
                        SET search_path = public, pg_catalog;
                        UPDATE hr.contacts SET mobile = '0' WHERE employee_id = 'E00001'""")
    assert notified.received() == ["E00001"]


def test_notifications_can_be_removed(hr_database, hr, notified):
    hr_database.psql("DROP FUNCTION locktsync.notify_people, locktsync.notify_everybody CASCADE")
    hr.leave("E00001")
    hr.rename_department("Security", "Guards")
    assert notified.received() == []


# The support for other tests


def test_committed_changes_survive_a_kill(postgres):
    name = postgres.create_database(template=TEMPLATE)
    postgres.execute("UPDATE hr.people SET given_name = 'Erna' WHERE employee_id = 'E00001'", dbname=name)
    postgres.kill()
    assert not postgres.running
    with pytest.raises(psycopg2.OperationalError):
        postgres.connect(name)
    postgres.start()
    assert postgres.execute("SELECT given_name FROM locktsync.people WHERE employee_id = 'E00001'", dbname=name,
                            user="locktsync") == [("Erna",)]
    postgres.restart()
    assert postgres.execute("SELECT count(*) FROM locktsync.people", dbname=name) == [(500,)]
    postgres.drop_database(name)


def test_database_may_be_of_another_encoding(postgres):
    name = postgres.create_database(encoding="LATIN1")
    postgres.psql(file=SQL_HR / "10-schema.sql", dbname=name)
    postgres.psql("""SET client_encoding = 'UTF8';
                     INSERT INTO hr.people (employee_id, family_name) VALUES ('E1', 'Großkopf')""", dbname=name)
    assert postgres.execute("SELECT octet_length(family_name), pg_encoding_to_char(encoding) FROM hr.people, pg_database"
                            " WHERE datname = current_database()", dbname=name) == [(8, "LATIN1")]
    postgres.drop_database(name)


def test_bulk_leave_and_return(hr):
    people = hr.hire_many(3, department="Security", site="Annex", badge=None)
    hr.leave(*people)
    assert {hr.row(person)["status"] for person in people} == {"left"}
    hr.come_back(*people)
    assert {hr.row(person)["status"] for person in people} == {"active"}
    hr.forget(*people)
    assert not set(people) & set(hr.rows())
    hr.forget_everybody()
    assert hr.rows() == {}

"""lib/hr against a real PostgreSQL, by way of tests/unit/hr-probe.c, which prints what the handlers are told."""

import contextlib
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time

import pytest

from support.fixtures_postgres import postgres  # noqa: F401 (fixture)

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 30  # seconds; for what should take none
BAD_BYTES = r"E'\351\377'"


def find_probe():
    build = os.environ.get("LOCKTSYNC_BUILD")
    places = [pathlib.Path(build)] if build else sorted(SOURCE.glob("build*"))
    for place in places:
        if (place / "tests/unit/hr-probe").exists():
            return place / "tests/unit/hr-probe"
    pytest.skip("no hr-probe: build first, or name the build folder in LOCKTSYNC_BUILD")


class Probe:
    """A running hr-probe. Its events are lists of fields, the first one their name."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([find_probe(), *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.events = []
        self._rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.communicate()

    def wait(self, name, timeout=PATIENCE):
        """Reads on until an event of that name, and returns it."""
        deadline = time.monotonic() + timeout
        while True:
            while b"\n" in self._rest:
                line, self._rest = self._rest.split(b"\n", 1)
                self.events.append(line.split(b"|"))
                if self.events[-1][0] == name.encode():
                    return [field.decode("utf-8", "replace") for field in self.events[-1]]
            ready = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]
            assert ready, f"no {name} within {timeout} s, but {self.events[-3:]}"
            more = os.read(self.process.stdout.fileno(), 65536)
            assert more, f"ended without {name}: {self.events[-3:]} {self.process.stderr.read().decode()}"
            self._rest += more

    def go_on(self):
        """Lets the next read of --pause begin."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def finish(self, timeout=PATIENCE):
        """Waits for its end, after which nothing may have been left undone: sanitizers see to that."""
        self.wait("done", timeout)
        self.process.stdin.close()
        self.process.stdin = None
        assert self.process.wait(timeout) in (0, 1), self.process.stderr.read().decode()


class Result:
    """What one read told: rows as lists of the columns' raw text, and the end."""

    def __init__(self, events):
        self.rows = [b"|".join(e[1:]).split(b"\t") for e in events if e[0] == b"row"]
        self.begun = next(([f.decode() for f in e] for e in events if e[0] == b"begun"), None)
        end = [f.decode("utf-8", "replace") for e in events if e[0] == b"end" for f in e]
        self.result, self.sqlstate = end[1], end[3]
        self.place = ["", "hr.people", "hr.as_of"][int(end[4])]
        self.line, self.column = int(end[5]), int(end[6])
        self.message = "|".join(end[7:])

    @property
    def keys(self):
        return [row[0].decode("utf-8", "surrogateescape") for row in self.rows]


def reads(conninfo, query, *options, key="k"):
    """Runs the probe to its end; one Result for each read."""
    with Probe(*options, "read", conninfo, query, key) as probe:
        probe.finish()
    ends = [i for i, event in enumerate(probe.events) if event[0] == b"end"]
    return [Result(probe.events[a:b + 1]) for a, b in zip([0, *[e + 1 for e in ends]], ends)]


def read(conninfo, query, *options, key="k"):
    return reads(conninfo, query, *options, key=key)[0]


@pytest.fixture(params=["socket", "tcp"])
def hr(request, postgres):  # noqa: F811
    """A connection string, through the socket and through a name that must be looked up."""
    return postgres.conninfo() if request.param == "socket" else postgres.conninfo(host="localhost")


@pytest.fixture
def database(postgres):  # noqa: F811
    return postgres.conninfo()


# Order


def test_rows_come_in_the_order_of_utf8_bytes_with_nulls_first(hr):
    keys = ["b", "a", "B", "", "ä", "z", "é", "e\u0301", "\U0001f600", "\uffee", "10", "9", "a b", "a\tb", "A"]
    values = ", ".join(f"('{key}')" for key in keys)
    result = read(hr, f"SELECT * FROM (VALUES {values}, (NULL)) AS v(k)")
    assert result.result == "0"
    assert result.keys == ["\\N"] + sorted((k.replace("\t", "\\t") for k in keys),
                                           key=lambda k: k.replace("\\t", "\t").encode())


@pytest.mark.parametrize("expression, oid", [
    ("g", 23), ("g::bigint", 20), ("g::numeric", 1700), ("g::text", 25), ("g::varchar(9)", 1043),
    ("g::text::bpchar(7)", 1042), ("g::text::\"char\"", 18), ("g::text::name", 19),
])
def test_keys_of_any_type_are_ordered_as_text(database, expression, oid):
    last = 9 if oid == 18 else 120
    result = read(database, f"SELECT {expression} AS k FROM generate_series(1, {last}) AS g")
    assert result.begun[9] == f"k:{oid}"
    assert [key.strip() for key in result.keys] == sorted(str(g) for g in range(1, last + 1))


def test_a_domain_is_told_as_its_base_type(postgres, database):  # noqa: F811
    postgres.execute("CREATE DOMAIN employee_number AS varchar(8) CHECK (value ~ '^E')")
    result = read(database, "SELECT 'E1'::employee_number AS k", "--key", "E1")
    assert (result.begun[9], result.keys) == ("k:1043", ["E1"])


def test_doubled_keys_all_come(hr):
    result = read(hr, "SELECT * FROM (VALUES ('b', 1), ('a', 2), ('b', 3)) AS v(k, n)")
    assert result.keys == ["a", "b", "b"]


def test_nobody_is_a_good_read(hr):
    result = read(hr, "SELECT 'x' AS k WHERE false")
    assert (result.result, result.rows) == ("0", [])


def test_another_key_column_with_an_odd_name(database):
    result = read(database, 'SELECT 1 AS "a""B ä", g AS k FROM generate_series(1, 2) AS g', key='a"B ä')
    assert (result.result, len(result.rows)) == ("0", 2)


@pytest.mark.parametrize("encoding", ["LATIN1", "LATIN9", "EUC_JP", "SQL_ASCII"])
def test_other_encodings_sort_like_utf8(postgres, encoding):  # noqa: F811
    database = postgres.create_database(encoding=encoding)
    keys = ["a", "z", "~"] + {"LATIN1": ["ä", "é", "ß"], "LATIN9": ["€", "ä", "Œ", "é"],
                              "EUC_JP": ["ア", "亜", "Ａ", "愛"]}.get(encoding, [])
    values = ", ".join(f"('{key}')" for key in keys)
    result = read(postgres.conninfo(database), f"SELECT * FROM (VALUES {values}) AS v(k)")
    assert (result.result, result.keys) == ("0", sorted(keys, key=str.encode))


def test_bytes_that_are_no_text_do_not_fail_the_read(postgres):  # noqa: F811
    database = postgres.create_database(encoding="SQL_ASCII")
    result = read(postgres.conninfo(database), f"SELECT * FROM (VALUES ('b', 'x'), ('a', {BAD_BYTES})) AS v(k, name)")
    assert (result.result, result.rows) == ("0", [[b"a", b"\xe9\xff"], [b"b", b"x"]])


# Some keys


def test_some_keys(hr):
    query = "SELECT * FROM (VALUES ('a'), ('ä'), ('b'), ('{\"'), ('\\'), ('''')) AS v(k)"
    wanted = ["ä", "a", '{"', "\\", "'", "nobody", ""]
    result = read(hr, query, *[x for key in wanted for x in ("--key", key)])
    assert (result.result, result.keys) == ("0", ["'", "\\\\", "a", "{\"", "ä"][:1] + ["\\\\", "a", "{\"", "ä"])


def test_some_keys_of_numbers(hr):
    query = "SELECT g AS k FROM generate_series(1, 100) AS g"
    assert read(hr, query, "--key", "7", "--key", "0042", "--key", "1000").keys == ["42", "7"]


def test_a_fixed_width_key_is_found_without_its_blanks(database):
    assert read(database, "SELECT 'E1'::char(9) AS k", "--key", "E1").keys == ["E1       "]


@pytest.mark.parametrize("key", ["x", "", "99999999999", "1.5", "1,2", "{1}"])
def test_a_key_of_another_type_is_edom_and_the_connection_stays(hr, key):
    first, second = reads(hr, "SELECT g AS k FROM generate_series(1, 9) AS g", "--key", key, "--repeat", 2)
    assert first.result == second.result == "EDOM"
    assert key == "" or key not in re.sub(r"SQLSTATE \w+", "", first.message)


def test_a_bad_value_of_hr_is_not_blamed_on_the_keys(hr):
    result = read(hr, "SELECT t::int AS k FROM (VALUES ('1'), ('Müller')) AS v(t)", "--key", "1")
    assert result.result == "EBADMSG"


def test_a_key_that_the_database_cannot_write_is_edom(postgres):  # noqa: F811
    database = postgres.create_database(encoding="LATIN1")
    assert read(postgres.conninfo(database), "SELECT 'a'::text AS k", "--key", "\u4e9c").result == "EDOM"


@pytest.mark.parametrize("type_", ["text", "varchar(20)", "int", "char(10)", "uuid"])
def test_some_keys_reach_the_index(postgres, type_):  # noqa: F811
    """By what the statement costs: the table's own count of rows that were read."""
    name = postgres.create_database()
    value = "md5(g::text)::uuid" if type_ == "uuid" else f"g::text::{type_}"
    postgres.psql(f"CREATE TABLE p AS SELECT {value} AS k FROM generate_series(1, 20000) AS g;"
                  "CREATE UNIQUE INDEX ON p (k); ANALYZE p;", dbname=name)
    key = "a87ff679-a2f3-e71d-9181-a67b7542122c" if type_ == "uuid" else "4"
    result = read(postgres.conninfo(name), "SELECT * FROM p", "--key", key)
    assert [k.strip() for k in result.keys] == [key]
    deadline = time.monotonic() + PATIENCE
    while True:  # counted when the session that read has ended
        [(scans, rows)] = postgres.execute("SELECT idx_scan, seq_tup_read FROM pg_stat_user_tables WHERE relname = 'p'",
                                           dbname=name)
        if scans:
            break
        assert time.monotonic() < deadline
    assert (scans, rows) == (1, 20000)  # the one complete scan was CREATE INDEX


# The snapshot


def test_the_snapshot_says_where_it_is_from(postgres, hr):  # noqa: F811
    begun = read(hr, "SELECT 1 AS k, true AS b, now() AS t, ARRAY['x'] AS a").begun
    identifier = postgres.execute("SELECT system_identifier::text FROM pg_control_system()")[0][0]
    assert begun == ["begun", identifier, "postgres", "1", "1", "0", "0", "0", "0", "k:23", "b:16", "t:1184", "a:1009"]


def test_a_role_that_may_not_see_the_cluster_reads_all_the_same(postgres):  # noqa: F811
    name = postgres.create_database()
    postgres.psql("REVOKE EXECUTE ON FUNCTION pg_control_system(), pg_control_checkpoint() FROM PUBLIC;"
                  "DROP ROLE IF EXISTS blinkered; CREATE ROLE blinkered LOGIN", dbname=name)
    result = read(postgres.conninfo(name, "blinkered"), "SELECT 1 AS k")
    assert (result.result, result.begun[1], result.begun[3]) == ("0", "", "0")


@pytest.mark.parametrize("as_of, zone, expected", [
    ("SELECT '2024-01-01 00:00:00+00'::timestamptz", "Europe/Berlin", ["1", "0", "1704067200"]),
    ("SELECT '2024-01-01 00:00:00'::timestamp", "Europe/Berlin", ["1", "0", "1704063600"]),
    ("SELECT '2024-01-01'::date;\n", "UTC", ["1", "0", "1704067200"]),
    ("SELECT '2024-01-01 00:00:00.9+00'::text -- as text", "UTC", ["1", "0", "1704067200"]),
    ("SELECT max(now()) FROM generate_series(1, 0)", "UTC", ["0", "1", "0"]),
    ("SELECT now() WHERE false", "UTC", ["0", "1", "0"]),
])
def test_as_of(hr, as_of, zone, expected):
    first, second = reads(hr, "SELECT 1 AS k", "--as-of", as_of, "--zone", zone, "--repeat", 2)
    assert first.begun[6:9] == second.begun[6:9] == expected


def test_times_of_the_rows_stay_in_utc(hr):
    result = read(hr, "SELECT '2024-07-01 12:00+02'::timestamptz AS k", "--as-of", "SELECT now()", "--zone",
                  "Asia/Tokyo")
    assert result.keys == ["2024-07-01 10:00:00+00"]


@pytest.mark.parametrize("as_of, result, message", [
    ("SELECT loaded\nFROM nowhere", "EINVAL", "at line 2, column 6 of hr.as_of"),
    ("SELECT now() FROM generate_series(1, 2)", "EINVAL", "more than one row"),
    ("SELECT 'infinity'::timestamptz", "EINVAL", "infinity"),
    ("SELECT 'Müller'", "EBADMSG", "hr.as_of"),
])
def test_a_bad_as_of_fails_the_read(hr, as_of, result, message):
    read_ = read(hr, "SELECT 1 AS k", "--as-of", as_of)
    assert (read_.result, read_.place, read_.rows) == (result, "hr.as_of", [])
    assert message in read_.message and "Müller" not in read_.message


def test_an_unknown_zone(hr):
    result = read(hr, "SELECT 1 AS k", "--as-of", "SELECT now()", "--zone", "Mars/Olympus")
    assert result.result == "EINVAL" and "Mars/Olympus" in result.message


# Errors of the query


@pytest.mark.parametrize("query, sqlstate, line, column", [
    ("SELECT employee FROM nowhere", "42P01", 1, 22),
    ("SELECT 1 AS k,\n       'ä' || badge\n", "42703", 2, 15),
    ("SELECT 1 AS k FROM (SELECT", "42601", 1, 27),
    ("SELECT 1 AS k; DELETE FROM x", "42601", 1, 14),
    ("SELECT 1 AS k) AS q; DROP TABLE x; --", "42601", 1, 37),
    ("SELECT $1 AS k", "42P18", 0, 0),
])
def test_an_error_in_the_query_is_told_by_line_and_column(hr, query, sqlstate, line, column):
    first, second = reads(hr, query, "--repeat", 2)
    if sqlstate != "42P18":
        assert (first.result, first.sqlstate) == ("EINVAL", sqlstate)
    if line and "DROP" not in query:
        assert (first.line, first.column, first.place) == (line, column, "hr.people")
        assert f"at line {line}, column {column} of hr.people" in first.message
    assert first.result == second.result != "0"


def test_no_key_column(hr):
    result = read(hr, "SELECT 1 AS a", key="badge")
    assert result.result == "ENOENT" and result.begun and "'badge'" in result.message


def test_too_many_columns(hr):
    assert read(hr, "SELECT " + ", ".join(f"{i} AS c{i}" for i in range(300))).result == "EINVAL"


def test_no_value_of_a_person_is_in_an_error(hr):
    result = read(hr, "SELECT t::date AS k FROM (VALUES ('2024-01-01'), ('Geheim Müller')) AS v(t)")
    assert (result.result, result.sqlstate) == ("EBADMSG", "22007")
    assert "Geheim" not in result.message


def test_an_error_of_a_function_of_theirs_is_not_repeated(postgres, hr):  # noqa: F811
    postgres.psql("CREATE OR REPLACE FUNCTION fail() RETURNS int LANGUAGE plpgsql AS "
                  "$$BEGIN RAISE EXCEPTION 'bad Geheim' USING HINT = 'Müller'; END$$")
    result = read(hr, "SELECT fail() AS k")
    assert result.sqlstate == "P0001" and "Geheim" not in result.message and "Müller" not in result.message


def test_permission_denied(postgres):  # noqa: F811
    postgres.psql("DROP TABLE IF EXISTS secrets; DROP ROLE IF EXISTS nosy; CREATE TABLE secrets (k int);"
                  "CREATE ROLE nosy LOGIN")
    result = read(postgres.conninfo(user="nosy"), "SELECT * FROM secrets")
    assert result.result == "EACCES" and "secrets" in result.message


def test_a_query_cannot_write(postgres, hr):  # noqa: F811
    postgres.psql("DROP SEQUENCE IF EXISTS s; CREATE SEQUENCE s")
    assert read(hr, "SELECT nextval('s') AS k").sqlstate == "25006"


def test_statement_timeout(hr):
    started = time.monotonic()
    first, second = reads(hr, "SELECT 1 AS k FROM pg_sleep(20)", "--statement-timeout", 200, "--repeat", 2)
    assert first.result == second.result == "ETIMEDOUT" and first.sqlstate == "57014"
    assert time.monotonic() - started < 10


def test_lock_timeout(postgres, hr):  # noqa: F811
    postgres.psql("DROP TABLE IF EXISTS locked; CREATE TABLE locked (k int)")
    with contextlib.closing(postgres.connect(autocommit=False)) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE locked")
        assert read(hr, "SELECT * FROM locked", "--lock-timeout", 100).sqlstate == "55P03"


# Ends


def test_the_caller_may_end_a_read(hr):
    series = "SELECT g AS k FROM generate_series(1, 50000) AS g"
    for option in ("--refuse-begin", "--refuse-after=3"):
        first, second = reads(hr, series, option, "--repeat", 2)
        assert first.result == second.result == "EOPNOTSUPP" and first.message


def test_the_reader_may_be_freed_in_end(hr):
    for query in ("SELECT 1 AS k", "SELECT nothing"):
        with Probe("--free-in-end", "read", hr, query, "k") as probe:
            probe.finish()


def test_cancel_mid_read_ends_at_once_and_the_next_read_is_whole(hr):
    with Probe("--cancel-after", 3000, "--repeat", 2, "--pause", "read", hr,
               "SELECT g AS k, repeat('x', 1000) FROM generate_series(1, 20000) AS g", "k") as probe:
        for _ in range(2):
            probe.go_on()
            assert probe.wait("end")[1:3] == ["ECANCELED", "3000"]
        probe.finish()
    assert [e[0] for e in probe.events[-4:]] == [b"row", b"cancel", b"end", b"done"]


def backends(postgres):  # noqa: F811
    return postgres.execute("SELECT pid, state FROM pg_stat_activity WHERE application_name = 'locktsync'")


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def alone(postgres):  # noqa: F811
    """No session of an earlier test is left, which a server may take two seconds to notice."""
    wait_until(lambda: not backends(postgres))


def test_who_left_is_noticed_by_the_server(postgres, hr, alone):  # noqa: F811
    """A sort of a second read is not left running for nobody."""
    with Probe("--free-after", 300, "read", hr, "SELECT 1 AS k FROM pg_sleep(600)", "k") as probe:
        probe.wait("freed")
        probe.finish()
    wait_until(lambda: not backends(postgres))


def test_between_reads_there_is_no_transaction(postgres, hr, alone):  # noqa: F811
    with Probe("--repeat", 2, "--pause", "read", hr, "SELECT 1 AS k", "k") as probe:
        probe.go_on()
        probe.wait("end")
        assert [state for _, state in backends(postgres)] == ["idle"]
        probe.go_on()
        probe.finish()


def test_killed_while_the_server_sorts(postgres, hr, alone):  # noqa: F811
    with Probe("--repeat", 2, "--pause", "read", hr, "SELECT 1 AS k FROM pg_sleep(600)", "k") as probe:
        for _ in range(2):
            probe.go_on()
            wait_until(lambda: any(state == "active" for _, state in backends(postgres)))
            postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                             "WHERE application_name = 'locktsync'")
            end = probe.wait("end")
            assert end[1:4] == ["ECONNRESET", "0", "57P01"]
            wait_until(lambda: not backends(postgres))
        probe.finish()


LONG = "SELECT g AS k, repeat('x', 500) AS x FROM generate_series(1, 100000) AS g"


@contextlib.contextmanager
def held_mid_read(*arguments):
    """A probe that is stopped when its first rows are there, the server having many more to send."""
    with Probe("--quiet", "--pause", "--repeat", 2, "--stop-after", 5, "read", *arguments) as probe:
        probe.go_on()
        probe.wait("stopped")
        yield probe


def continue_(probe):
    """Lets a stopped probe go on, once it has really stopped."""
    stat = pathlib.Path(f"/proc/{probe.process.pid}/stat")
    wait_until(lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "T")
    probe.process.send_signal(signal.SIGCONT)


def test_killed_mid_read_and_the_next_read_is_whole(postgres, hr, alone):  # noqa: F811
    with held_mid_read(hr, LONG, "k") as probe:
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'locktsync'")
        wait_until(lambda: not backends(postgres))
        continue_(probe)
        assert probe.wait("end")[1] == "ECONNRESET"
        probe.go_on()
        assert probe.wait("end")[1:3] == ["0", "100000"]
        probe.finish()


def test_the_server_is_restarted_mid_read(postgres, hr, alone):  # noqa: F811
    with held_mid_read(hr, LONG, "k") as probe:
        postgres.kill()
        continue_(probe)
        assert probe.wait("end")[1] == "ECONNRESET"
        probe.go_on()
        assert probe.wait("end")[1] == "ECONNREFUSED"
        postgres.start()
        probe.finish()
    assert read(hr, "SELECT 1 AS k").result == "0"


def test_the_server_restarts_while_idle(postgres, hr):  # noqa: F811
    with Probe("--repeat", 2, "--pause", "read", hr, "SELECT 1 AS k", "k") as probe:
        probe.go_on()
        probe.wait("end")
        postgres.restart()
        probe.go_on()
        assert probe.wait("end")[1] in ("0", "ECONNRESET")
        probe.finish()


# Connecting


def test_a_name_that_nobody_knows():
    result = read("host=nobody.invalid password=geheim", "SELECT 1 AS k")
    assert result.result == "EHOSTUNREACH" and "'nobody.invalid'" in result.message and "geheim" not in result.message


def test_name_servers_that_hang_hold_nothing_up():
    with Probe("--free-after", 100, "read", "host=hr.slow.invalid", "SELECT 1 AS k", "k") as probe:
        assert int(probe.wait("freed")[1]) < 100_000
        probe.finish(2)


def test_name_servers_that_hang_are_an_error_in_time():
    result = read("host=hr.slow.invalid", "SELECT 1 AS k", "--connect-timeout", 100)
    assert result.result == "ETIMEDOUT" and "name servers" in result.message


def test_lookups_that_hang_do_not_pile_up():
    results = reads("host=hr.slow.invalid", "SELECT 1 AS k", "--connect-timeout", 20, "--repeat", 10)
    assert [r.result for r in results] == ["ETIMEDOUT"] * 8 + ["EAGAIN"] * 2


def test_a_server_that_accepts_and_says_nothing():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        conninfo = f"host=127.0.0.1 port={silent.getsockname()[1]}"
        assert read(conninfo, "SELECT 1 AS k", "--connect-timeout", 100).result == "ETIMEDOUT"
        with Probe("--free-after", 100, "read", conninfo, "SELECT 1 AS k", "k") as probe:
            probe.finish(2)


@pytest.mark.parametrize("conninfo, result", [
    ("host=127.0.0.1 port=1", "ECONNREFUSED"),
    ("host=/nowhere", "ECONNREFUSED"),
    ("service=nowhere", "ECONNREFUSED"),
    ("host=x password=geheim und mehr", "EINVAL"),
    ("postgresql://u:geheim@[::1", "EINVAL"),
    ("geheim", "EINVAL"),
    ("host=a,b,c port=1,2", "ECONNREFUSED"),
])
def test_connections_that_cannot_be(conninfo, result):
    read_ = read(conninfo, "SELECT 1 AS k")
    assert read_.result == result and read_.message and "geheim" not in read_.message


def test_the_first_host_that_answers_is_taken(postgres):  # noqa: F811
    for hosts in ("nobody.invalid,localhost", "127.0.0.1,localhost", f"localhost,{postgres.folder}", "::1,localhost"):
        assert read(postgres.conninfo(host=hosts), "SELECT 1 AS k").result == "0"
    assert read(postgres.conninfo(host="localhost,localhost", port=f"1,{postgres.port}"), "SELECT 1 AS k").result == "0"
    assert read(f"postgresql://postgres@localhost:{postgres.port}/postgres", "SELECT 1 AS k").result == "0"


def test_a_service_file_and_a_password_file(postgres, tmp_path, monkeypatch):  # noqa: F811
    service = tmp_path / "pg_service.conf"
    service.write_text(f"[hr]\nhost=localhost\nport={postgres.port}\ndbname=postgres\nuser=postgres\n")
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    assert read("service=hr", "SELECT 1 AS k").result == "0"
    monkeypatch.setenv("PGHOST", "nobody.invalid")
    assert read("dbname=postgres", "SELECT 1 AS k").result == "EHOSTUNREACH"


@pytest.fixture
def tls(postgres):  # noqa: F811
    """The server speaks TLS with a certificate for the name localhost; the path of that certificate."""
    certificate, key = (os.path.join(postgres.folder, name) for name in ("tls.crt", "tls.key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-out", certificate,
                    "-keyout", key], check=True, stderr=subprocess.DEVNULL)
    owner = os.stat(postgres.data)
    os.chown(key, owner.st_uid, owner.st_gid)
    os.chmod(key, 0o600)
    os.chmod(certificate, 0o644)
    postgres.configure(ssl_cert_file=certificate, ssl_key_file=key, ssl="on")
    yield certificate
    postgres.configure(ssl="off")


def test_the_name_is_checked_although_it_was_looked_up_before(postgres, tls):  # noqa: F811
    options = {"sslmode": "verify-full", "sslrootcert": tls}
    good = postgres.conninfo(host="localhost", **options)
    query = "SELECT ssl::text AS k FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    wait_until(lambda: read(good, query).result == "0")
    assert read(good, query).keys == ["true"]
    wrong = read(postgres.conninfo(host="127.0.0.1", **options), "SELECT 1 AS k")
    assert wrong.result == "ECONNREFUSED" and "does not match" in wrong.message


def test_rows_of_any_length_arrive_through_tls(postgres, tls):  # noqa: F811
    """What waits within the TLS library is not seen by epoll, and a server that has sent all sends nothing more."""
    good = postgres.conninfo(host="localhost", sslmode="verify-full", sslrootcert=tls)
    wait_until(lambda: read(good, "SELECT 1 AS k").result == "0")
    for size in (10, 8150, 8192, 16000, 16384, 20000, 100_000, 1_000_000):
        result = read(good, f"SELECT g AS k, repeat('x', {size}) FROM generate_series(1, 9) AS g")
        assert (result.result, [len(row[1]) for row in result.rows]) == ("0", [size] * 9)


# The watcher


def test_a_notification_arrives(postgres, hr):  # noqa: F811
    with Probe("--free-in-end", "watch", hr, 'Lockt "sync', 41) as probe:
        assert probe.wait("up")[1:] == ["1", "1"]
        postgres.execute('NOTIFY "Lockt ""sync", \'E4711,ä\'')
        assert probe.wait("notified") == ["notified", "E4711,ä"]
        probe.finish()


def test_a_watcher_without_a_channel(database):
    with Probe("--free-after", 200, "watch", database, "", 40) as probe:
        assert probe.wait("up")[1:] == ["1", "0"]
        probe.finish()


def test_the_second_watcher_waits_and_takes_over(postgres, hr, alone):  # noqa: F811
    with Probe("--", "watch", hr, "c", -42) as first:
        assert first.wait("up")[1] == "1"
        with Probe("--", "watch", hr, "c", -42) as second:
            assert second.wait("up")[1:] == ["0", "1"]
            first.process.kill()
            second.wait("leader")
            # A leader that loses its session is none any more, and says so before it comes back.
            postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                             "WHERE application_name = 'locktsync'")
            assert second.wait("down")[1]
            assert second.wait("up")[1] == "1"
            postgres.execute("NOTIFY c, 'again'")
            assert second.wait("notified")[1] == "again"


def test_the_watcher_outlives_the_server(postgres, hr):  # noqa: F811
    with Probe("watch", hr, "c", 43) as probe:
        probe.wait("up")
        postgres.stop("immediate")
        probe.wait("down")
        postgres.start()
        assert probe.wait("up")[1:] == ["1", "1"]
        assert [e[0] for e in probe.events] == [b"up", b"down", b"up"]


def test_the_watcher_says_once_that_it_is_down():
    with Probe("--free-after", 2500, "watch", "host=127.0.0.1 port=1", "c", 44) as probe:
        probe.finish()
    assert [e[0] for e in probe.events] == [b"down", b"freed", b"done"]


def test_the_watcher_is_never_in_a_transaction(postgres, hr, alone):  # noqa: F811
    with Probe("watch", hr, "c", 45) as probe:
        probe.wait("up")
        assert [state for _, state in backends(postgres)] == ["idle"]


# Numbers


def test_a_million_rows(postgres, capsys):  # noqa: F811
    postgres.psql("DROP TABLE IF EXISTS many; CREATE TABLE many AS SELECT 'E' || lpad(g::text, 8, '0') AS k, "
                  "md5(g::text) AS a, md5((g + 1)::text) AS b, 'Müller' AS n, now() AS h, NULL AS x "
                  "FROM generate_series(1, 1000000) AS g; ANALYZE many")
    conninfo = postgres.conninfo()
    copy = 'COPY (SELECT q.* FROM (SELECT * FROM many) AS q ORDER BY q.k::text COLLATE "C" NULLS FIRST) TO STDOUT'
    ours, theirs = [], []
    for _ in range(3):
        with Probe("--quiet", "read", conninfo, "SELECT * FROM many", "k") as probe:
            assert probe.wait("end", 120)[1:3] == ["0", "1000000"]
            done = probe.wait("done")
        ours.append(int(done[1]) / 1e6)
        started = time.monotonic()
        subprocess.run([os.path.join(postgres.bindir, "psql"), conninfo, "-qXc", copy], stdout=subprocess.DEVNULL,
                       check=True)
        theirs.append(time.monotonic() - started)
    sanitized = b"__asan_init" in find_probe().read_bytes()
    with capsys.disabled():
        print(f"\n1,000,000 rows: {min(ours):.3f} s, psql {min(theirs):.3f} s, ratio {min(ours) / min(theirs):.3f}, "
              f"peak {int(done[2]) / 1024:.1f} MiB")
    assert sanitized or int(done[2]) < 16 * 1024

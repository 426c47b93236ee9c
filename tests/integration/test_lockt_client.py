"""lib/lockt against lockt-sim, by way of tests/unit/lockt-probe.c, which prints users and levels, then the answer."""

import contextlib
import http.server
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from support.sim import LEVELS, LocktSim

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds; for what should take none

PERSON = {"id_num": "ABC123", "first_name": "Toby", "last_name": "Peters", "card_num": "08769",
          "email": "toby.peters@web.place", "phone": "33344455555", "access_effective": "2022-01-24 00:00:00",
          "enabled": "true", "accesslevels": "208,512"}


def find_probe():
    build = os.environ.get("LOCKTSYNC_BUILD")
    places = [pathlib.Path(build)] if build else sorted(SOURCE.glob("build*"))
    for place in places:
        if (place / "tests/unit/lockt-probe").exists():
            return place / "tests/unit/lockt-probe"
    pytest.skip("no lockt-probe: build first, or name the build folder in LOCKTSYNC_BUILD")


class Told:
    """What the probe printed: the lines before the answer, and the members of the answer."""

    def __init__(self, finished):
        assert finished.returncode == 0, finished.stderr
        lines = [json.loads(line) for line in finished.stdout.splitlines()]
        self.lines = lines[:-1]
        self.answer = lines[-1]
        self.output = finished.stdout + finished.stderr

    def __getattr__(self, name):
        try:
            return self.answer[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def ids(self):
        return [line["id"] for line in self.lines]


def run_probe(url, *arguments, options=(), env=None):
    return subprocess.run([find_probe(), *options, url, *map(str, arguments)], capture_output=True, text=True,
                          timeout=PATIENCE, check=False, env=env)


def record(**properties):
    return [f"{name}={value}" for name, value in properties.items()]


def batch(*records):
    """Records as arguments, with commas between them."""
    arguments = []
    for properties in records:
        arguments += [","] * bool(arguments) + record(**properties)
    return arguments


@pytest.fixture
def sim():
    with LocktSim() as simulator:
        yield simulator


@pytest.fixture
def three():
    with LocktSim(seed=3, seed_start="1") as simulator:
        yield simulator


@pytest.fixture
def ask(request):
    """ask("list"), ask("create", …): of whichever simulator the test has."""
    simulator = request.getfixturevalue("three" if "three" in request.fixturenames else "sim")

    def of_simulator(*arguments, options=()):
        return Told(run_probe(simulator.url, *arguments,
                              options=["--apiuser", simulator.apiuser, "--apikey", simulator.apikey, *options]))

    return of_simulator


# Reading


def test_users_are_listed(three, ask):
    told = ask("list")
    assert (told.verdict, told.status, told.sent, told.users) == ("ok", 200, True, 3)
    assert [user["id_num"] for user in told.lines] == ["1", "2", "3"]
    assert told.lines[0]["accesslevels"] == [LEVELS["Cardholder"]]
    assert told.lines[0]["enabled"] and told.lines[0]["levels_known"] and not told.lines[0]["unclear"]
    assert told.lines[0]["access_effective"].endswith("Z") and told.lines[0]["access_expires"] == ""


def test_nobody_is_listed(sim, ask):
    told = ask("list")
    assert (told.verdict, told.users) == ("ok", 0)


def test_levels_are_listed(sim, ask):
    told = ask("levels")
    assert told.verdict == "ok"
    assert sorted((level["name"], level["id"]) for level in told.lines) == \
        sorted((level["name"], level["id"]) for level in sim.levels())


def test_every_form_of_a_property_is_understood(three, ask):
    three.fault("booleans", id_num="1")
    three.fault("booleans", **{"as": "number"}, id_num="2")
    three.fault("numbers_as_strings")
    three.fault("unknown_properties")
    told = ask("list")
    assert (told.verdict, told.users, told.unclear) == ("ok", 3, 0)
    assert all(user["enabled"] for user in told.lines)


def test_one_user_is_read(three, ask):
    by_number = ask("idnum", "2")
    assert (by_number.verdict, by_number.users) == ("ok", 1)
    by_id = ask("id", by_number.lines[0]["id"])
    assert by_id.lines == by_number.lines


@pytest.mark.parametrize("id_num", ["a b", "ä&?=#%/+", "x" * 150])
def test_an_id_num_is_percent_encoded(sim, ask, id_num):  # ruling 42
    sim.add_user(id_num=id_num, last_name="Lee")
    told = ask("idnum", id_num)
    assert (told.verdict, told.lines[0]["id_num"]) == ("ok", id_num)


@pytest.mark.parametrize("absent", ["404", "empty"])
def test_nobody_is_absent(three, ask, absent):  # ruling 22
    three.settings(nobody=absent)
    assert ask("idnum", "9").verdict == "absent"
    assert ask("id", "9").verdict == "absent"


def test_another_user_than_asked_for_is_unknown(three, ask):  # ruling 42
    three.fault("status", status=200, body={"data": [{"id": 7, "id_num": "7", "enabled": True}]}, path="/user")
    assert ask("idnum", "1").verdict == "unknown"
    assert ask("id", "8").verdict == "unknown"
    assert ask("id", "7").verdict == "ok"


def test_one_user_twice(three, ask):  # ruling 34
    one = {"id": 7, "id_num": "7", "enabled": True}
    number = three.fault("status", status=200, body={"data": [one, one]}, path="/user")
    assert (ask("id", "7").verdict, ask("id", "7").users) == ("ok", 1)
    three.clear_fault(number)
    three.fault("status", status=200, body={"data": [one, dict(one, enabled=False)]}, path="/user")
    assert (ask("id", "7").verdict, ask("id", "7").users) == ("unknown", 0)


def test_a_list_that_was_cut_off_is_none(three, ask):  # ruling 20
    whole = len(three.api("GET", "/user").raw)
    for framing in ("length", "chunked"):
        for at in (0, 1, whole // 2, whole - 1):
            number = three.fault("cut_body", bytes=at, framing=framing, path="/user")
            assert ask("list").verdict == "unavailable"
            three.clear_fault(number)
    three.fault("list_broken", users=1)
    assert ask("list").verdict == "unknown"


def test_a_listing_can_be_stopped(three, ask):
    told = ask("list", options=["--stop-after-first"])
    assert (told.verdict, told.users) == ("unknown", 1)
    assert "stopped" in told.message


@pytest.mark.parametrize("verb", ["list", "levels", "ping", ("idnum", "1")])
@pytest.mark.parametrize("fault, verdict", [
    (dict(action="status", status=401), "unauthorized"),
    (dict(action="status", status=500), "unavailable"),
    (dict(action="status", status=502), "unavailable"),
    (dict(action="status", status=504), "unavailable"),
    (dict(action="status", status=302, headers={"Location": "http://127.0.0.1:1/"}), "unavailable"),
    (dict(action="html"), "unknown"),
    (dict(action="garbage", bytes=1000), "unknown"),
    (dict(action="cut"), "unavailable"),
    (dict(action="cut", reset=True), "unavailable"),
])
def test_reads_that_fail(three, ask, verb, fault, verdict):
    three.fault(**fault)
    told = ask(*([verb] if isinstance(verb, str) else verb))
    assert (told.verdict, told.users) == (verdict, 0), told.message


def test_ping_falls_back_to_the_levels(sim, ask):  # ruling 30
    sim.settings(ping=True)
    assert ask("ping").verdict == "ok"
    assert [request["path"] for request in sim.requests()] == ["/api/v1/ping"]
    sim.settings(ping=False)
    assert ask("ping").verdict == "ok"
    assert [request["path"] for request in sim.requests()][-1] == "/api/v1/accesslevel"
    sim.fault("status", status=401, path="/accesslevel")
    assert ask("ping").verdict == "unauthorized"


def test_wrong_keys_are_said_and_not_shown(sim):
    told = Told(run_probe(sim.url, "ping", options=["--apikey", "a-secret-key"]))
    assert told.verdict == "unauthorized"
    assert "a-secret-key" not in told.output


# Writing


def test_a_user_is_created_and_changed(sim, ask):
    told = ask("create", *record(**PERSON))
    assert (told.verdict, told.submitted, told.inserted, told.errors) == ("ok", 1, 1, 0)
    user = ask("idnum", "ABC123").lines[0]
    assert (user["card_num"], user["accesslevels"]) == ("08769", [208, 512])
    assert user["access_effective"] == "2022-01-24T00:00:00Z"

    told = ask("update", *record(id=user["id"], **dict(PERSON, enabled="false", accesslevels="")))
    assert (told.verdict, told.updated) == ("ok", 1)
    user = ask("idnum", "ABC123").lines[0]
    assert not user["enabled"] and user["accesslevels"] == [] and user["levels_known"]


def test_put_changes_only_what_it_names(sim, ask):  # ruling 30
    sim.settings(put_user=True)
    ask("create", *record(**PERSON))
    before = ask("idnum", "ABC123").lines[0]
    told = ask("put", f"id={before['id']}", "enabled=false")
    assert told.verdict == "ok", told.message
    assert ask("idnum", "ABC123").lines[0] == dict(before, enabled=False)


def test_put_may_not_be_released(sim, ask):
    assert not sim.settings()["put_user"]
    told = ask("put", "id=1", "enabled=false")
    assert (told.verdict, told.failures) == ("not-released", [])


def test_who_is_there_already_is_not_created_again(sim, ask):  # ruling 10
    ask("create", *record(**PERSON))
    told = ask("create", *batch(dict(PERSON, last_name="Other"), {"id_num": "NEW", "last_name": "New"}))
    assert (told.verdict, told.submitted, told.inserted, told.updated) == ("ok", 2, 1, 0)
    assert sim.user("ABC123")["last_name"] == "Peters"


@pytest.mark.parametrize("status", ["200", "400"])
@pytest.mark.parametrize("shape", ["details", "both"])
def test_a_failed_record_is_known(sim, ask, status, shape):  # rulings 11 and 12
    sim.settings(partial_status=status, partial_shape=shape)
    told = ask("create", *batch(PERSON, {"id_num": "B", "last_name": "B", "card_num": "A8914"},
                                {"id_num": "C", "last_name": "C", "email": "rgreswell0@@@@gravatar.com"}))
    assert told.verdict == "ok", told.message
    assert told.failures == [{"index": 1, "message": "Non-Numeric card_num found"},
                             {"index": 2, "message": "Invalid email address found"}]
    assert "gravatar" not in told.output
    assert sim.user("ABC123") and not sim.user("B") and not sim.user("C")


def test_failures_that_are_only_counted_are_unknown(sim, ask):  # ruling 13
    sim.settings(partial_shape="counts")
    told = ask("create", *batch(PERSON, {"id_num": "B", "last_name": "B", "card_num": "A8914"}))
    assert (told.verdict, told.failures) == ("unknown", [])


def test_a_failure_of_nobody_is_unknown(sim, ask):  # ruling 12
    sim.fault("echo_nobody")
    told = ask("create", *batch(PERSON, {"id_num": "B", "last_name": "B", "card_num": "A8914"}))
    assert (told.verdict, told.failures) == ("unknown", [])


def test_counts_that_do_not_add_up_are_unknown(sim, ask):  # ruling 13
    sim.fault("counts", submitted=1, inserted=2, updated=0, errors=0)
    assert ask("create", *record(**PERSON)).verdict == "unknown"


def test_a_batch_limit_is_learnt(sim, ask):  # ruling 16
    sim.settings(batch_limit=2)
    told = ask("create", *batch(*({"id_num": str(n), "last_name": "L"} for n in range(3))))
    assert (told.verdict, told.batch_limit) == ("too-large", 2)
    assert sim.users() == []


@pytest.mark.parametrize("fault, verdict, sent", [
    (dict(action="status", status=401), "unauthorized", True),
    (dict(action="status", status=404), "unavailable", True),
    (dict(action="status", status=413), "refused", True),
    (dict(action="status", status=429, retry_after=17), "busy", True),
    (dict(action="status", status=500), "unavailable", True),
    (dict(action="status", status=503), "unavailable", True),
    (dict(action="status", status=504), "unknown", True),
    (dict(action="status", status=302, headers={"Location": "/api/v1/accesslevel"}), "unknown", True),
    (dict(action="fail_batch", text="Batch rejected."), "refused", True),
    (dict(action="fail_batch", text="Simultaneous POST operations."), "busy", True),
    (dict(action="fail_batch", text="Unable to locate template."), "unavailable", True),
    (dict(action="html"), "unknown", True),
    (dict(action="html", when="after"), "unknown", True),
    (dict(action="garbage", bytes=1000), "unknown", True),
    (dict(action="cut"), "unknown", True),
    (dict(action="cut", when="after"), "unknown", True),
    (dict(action="cut", when="after", reset=True), "unknown", True),
    (dict(action="cut_body", bytes=10), "unknown", True),
    (dict(action="hold"), "unknown", True),
])
def test_writes_that_fail(sim, ask, fault, verdict, sent):
    sim.fault(**fault)
    told = ask("update", *record(**PERSON), options=["--timeout-ms", "300"] if fault["action"] == "hold" else [])
    assert (told.verdict, told.sent) == (verdict, sent), told.message
    assert told.retry_after_usec == fault.get("retry_after", 0) * 1000000
    assert len(told.message) < 400 and PERSON["email"] not in told.output


def test_a_redirect_is_not_followed(sim, ask):  # ruling 41
    sim.fault("status", status=302, headers={"Location": sim.url + "/accesslevel"}, path="/user")
    ask("list")
    assert [request["path"] for request in sim.requests()] == ["/api/v1/user"]


def test_a_pin_goes_out_and_nowhere_else(sim, ask):
    told = ask("create", *record(**PERSON, pin="0986"))
    assert sim.user("ABC123")["pin"] == "0986"
    assert "0986" not in told.output


def test_a_write_goes_once(sim, ask):
    ask("create", *record(**PERSON))
    assert len(sim.writes()) == 1
    assert sim.counters()["overlaps"] == 0


# The far side as a whole


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_nobody_listens():
    told = Told(run_probe(f"http://127.0.0.1:{free_port()}/api/v1", "update", *record(**PERSON)))
    assert (told.verdict, told.sent, told.status) == ("unavailable", False, 0)
    assert "cannot connect to 127.0.0.1" in told.message


def test_a_name_that_nobody_knows():
    told = Told(run_probe("https://nowhere.invalid/api/v1", "update", *record(**PERSON),
                          options=["--timeout-ms", "5000"]))
    assert (told.verdict, told.sent) == ("unavailable", False)


@pytest.mark.parametrize("url, sentence", [
    ("http://cloudapi.lockt.com/api/v1", "https:// alone"),
    ("https://user:word@cloudapi.lockt.com/", "holds a user or password"),
    ("cloudapi.lockt.com", "is no URL"),
])
def test_a_url_that_is_refused(url, sentence):  # ruling 1
    finished = run_probe(url, "ping")
    assert finished.returncode == 1 and sentence in finished.stderr


def test_an_answer_of_another_length_of_patience(three, ask):
    """A listing may take longer than the timeout as long as bytes arrive, and not when none do."""
    three.fault("stall", bytes=100, ms=3600000, path="/user")
    begun = time.monotonic()
    told = ask("list", options=["--timeout-ms", "1000"])
    assert told.verdict == "unavailable"
    assert time.monotonic() - begun < 10


@contextlib.contextmanager
def started_probe(url, *arguments, options=()):
    """A probe that is waiting for something."""
    process = subprocess.Popen([find_probe(), *options, url, *arguments], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr.readline() == "started\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def stop(process):
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 3
    return time.monotonic() - begun


def test_a_stop_waits_for_no_name_server():
    with started_probe("https://nowhere.invalid/api/v1", "ping", options=["--hang-resolver"]) as process:
        assert stop(process) < 1


def test_a_stop_waits_for_no_answer(sim):
    sim.fault("hold")
    with started_probe(sim.url, "list") as process:
        sim.wait_request(path="/user", state="running")
        assert stop(process) < 1


# TLS


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"data":[{"id":1,"enabled":true}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody signed but itself, for localhost and not for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
                       check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl")
    return folder


@contextlib.contextmanager
def https_server(folder, newest=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = newest
    if newest == ssl.TLSVersion.TLSv1_1:
        context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def over_tls(port, *options, host="localhost"):
    return Told(run_probe(f"https://{host}:{port}/api/v1", "list", options=options,
                          env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()}))


def test_a_certificate_is_verified(certificate):
    with https_server(certificate) as port:
        trusted = over_tls(port, "--ca-file", certificate / "certificate.pem")
        assert (trusted.verdict, trusted.users) == ("ok", 1)

        stranger = over_tls(port)
        assert (stranger.verdict, stranger.sent) == ("unavailable", False)
        assert "cannot trust the TLS certificate of localhost" in stranger.message

        elsewhere = over_tls(port, "--ca-file", certificate / "certificate.pem", host="127.0.0.1")
        assert (elsewhere.verdict, elsewhere.sent) == ("unavailable", False)

        missing = over_tls(port, "--ca-file", certificate / "nothing.pem")
        assert (missing.verdict, missing.sent) == ("unavailable", False)
        assert "lockt.ca_file" in missing.message


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(certificate):
    with https_server(certificate, ssl.TLSVersion.TLSv1_1) as port:
        told = over_tls(port, "--ca-file", certificate / "certificate.pem")
        assert (told.verdict, told.sent) == ("unavailable", False)


# Numbers


def test_memory_does_not_grow_with_the_list(monkeypatch):
    # A sanitizer keeps what was freed, to find who uses it still: here that is what is measured.
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=0:thread_local_quarantine_size_kb=0")
    used = []
    for n in (200, 20000):
        with LocktSim(seed=n) as sim:
            told = Told(run_probe(sim.url, "count"))
            assert (told.verdict, told.users) == ("ok", n)
            used.append(told.rss_kib)
    assert used[1] - used[0] < 2048

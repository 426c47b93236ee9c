"""lockt-sim for tests: starts one on a free port, steers it, and says what it saw."""

import datetime
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

APIUSER = "lockt-sim"
APIKEY = "lockt-sim-key"
LEVELS = {"Security": 208, "Administration": 212, "Cardholder": 512, "Housekeeping": 574}

START_TIMEOUT = 60          # of which a sanitized build seeding many users takes the most
STOP_TIMEOUT = 20
REQUEST_TIMEOUT = 60


def binary():
    """The path of lockt-sim in the build that LOCKTSYNC_BUILD names, or of the installed one."""
    build = os.environ.get("LOCKTSYNC_BUILD")
    return os.path.join(build, "tests/simulator/lockt-sim") if build else "lockt-sim"


class Answer:
    """What the simulator answered: status, headers, raw body, and the body as JSON."""

    def __init__(self, status, headers, raw):
        self.status = status
        self.headers = headers
        self.raw = raw

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def data(self):
        return self.json["data"]

    @property
    def error(self):
        return self.json["data"]["error"]


class LocktSim:
    """
    One simulator process. Also a context manager:

        with LocktSim(seed=10) as sim:
            sim.fault("status", status=503, path="/user", times=2)
    """

    def __init__(self, seed=0, seed_start=None, levels=None, apiuser=APIUSER, apikey=APIKEY, database=None, log=None,
                 batch_limit=None, listen="127.0.0.1:0", arguments=(), settings=None):
        self.apiuser = apiuser
        self.apikey = apikey
        self.process = None
        self.host = "127.0.0.1"
        self.port = None
        self._listen = listen
        self._initial = settings or {}
        self._folder = None
        self._arguments = ["--apiuser", apiuser, "--apikey", apikey, *arguments]
        for option, value in (("--seed", seed or None), ("--seed-start", seed_start), ("--database", database),
                              ("--levels", ",".join(levels) if levels else None), ("--log", log),
                              ("--batch-limit", batch_limit)):
            if value is not None:
                self._arguments += [option, str(value)]

    # Life

    def start(self):
        self._folder = tempfile.TemporaryDirectory(prefix="lockt-sim-")
        port_file = os.path.join(self._folder.name, "port")
        # Its standard output ends a pipe: reading the line that says it listens waits without asking again and again.
        self.process = subprocess.Popen(
            [binary(), "--listen", self._listen, "--port-file", port_file, *self._arguments],
            stdout=subprocess.PIPE, text=True)
        watchdog = threading.Timer(START_TIMEOUT, self.process.kill)
        watchdog.start()
        try:
            line = self.process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise RuntimeError(f"lockt-sim did not start: exit status {self.process.wait(STOP_TIMEOUT)}")
        with open(port_file, encoding="ascii") as file:
            self.port = int(file.read())
        if self._initial:
            self.settings(**self._initial)
        return self

    def stop(self):
        """Ends it as an administrator would; answers the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait(STOP_TIMEOUT)
        self.process.stdout.close()
        self.process = None
        self._folder.cleanup()
        return status

    def restart(self):
        """Stops it and starts it on the same port, with the same options. Without a database file all is forgotten."""
        self._listen = f"127.0.0.1:{self.port}"
        self.stop()
        return self.start()

    def kill(self):
        """As if the machine went away."""
        self.process.kill()
        self.process.wait(STOP_TIMEOUT)
        self.process.stdout.close()
        self.process = None
        self._folder.cleanup()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        status = self.stop()
        if kind is None and status:
            raise RuntimeError(f"lockt-sim ended with status {status}")

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/api/v1"

    # HTTP

    def connect(self, timeout=REQUEST_TIMEOUT):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def request(self, method, target, body=None, headers=None, connection=None):
        """One request to any path; @body is JSON, or text as it is."""
        own = connection is None
        connection = connection or self.connect()
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        try:
            connection.request(method, target, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            if own:
                connection.close()

    def api(self, method, path, body=None, query=None, headers=None, connection=None):
        """A request as a client of the API makes it."""
        own = {"apiuser": self.apiuser, "apikey": self.apikey, "Content-Type": "application/json"}
        own.update(headers or {})
        own = {name: value for name, value in own.items() if value is not None}
        target = "/api/v1" + path + ("?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote) if query else "")
        return self.request(method, target, body, own, connection)

    def post(self, *users, connection=None, method="POST", **options):
        """POST /user; options that are not given are absent."""
        body = {"users": list(users)}
        if options:
            body["options"] = options
        return self.api(method, "/user", body, connection=connection)

    def post_fobs(self, *fobs, connection=None, method="POST"):
        """POST /fob, or PUT /fob."""
        return self.api(method, "/fob", {"fobs": list(fobs)}, connection=connection)

    def _admin(self, method, path, body=None, **query):
        query = {key: value for key, value in query.items() if value is not None}
        target = "/_sim" + path + ("?" + urllib.parse.urlencode(query) if query else "")
        answer = self.request(method, target, body)
        if answer.status != 200:
            raise ValueError(f"{method} {target}: {answer.status} {answer.raw.decode(errors='replace')}")
        return answer.json

    # What it holds

    def users(self):
        """All users, with their PINs, in the order of their ids."""
        return self._admin("GET", "/users")["users"]

    def user(self, id_num):
        """The user with this id_num, or None."""
        found = self._admin("GET", "/users", id_num=id_num)["users"]
        return found[0] if found else None

    def user_by_id(self, user_id):
        found = self._admin("GET", "/users", id=user_id)["users"]
        return found[0] if found else None

    def level_names(self, id_num):
        """The names of the user's levels, sorted."""
        return sorted(level["name"] for level in self.user(id_num)["accesslevels"])

    def add_user(self, **properties):
        """Makes a user (or a fob, with a `name`) by hand."""
        return self._admin("POST", "/users", properties)["users"][0]

    def add_users(self, users):
        return self._admin("POST", "/users", {"users": users})["users"]

    def set_user(self, id_num, /, **properties):
        """Changes a user by hand."""
        return self._admin("PATCH", "/users", properties, id_num=id_num)["users"][0]

    def delete_user(self, id_num):
        return self._admin("DELETE", "/users", id_num=id_num)["deleted"]

    def delete_users(self):
        return self._admin("DELETE", "/users")["deleted"]

    def fobs(self):
        """All fobs, as GET /fob shows them."""
        return self.api("GET", "/fob").data

    def fob(self, id_num):
        """The fob with this id_num, with its `user_id` when it is assigned; or None."""
        found = self._admin("GET", "/users", id_num=id_num)["users"]
        return next((record for record in found if record.get("name")), None)

    def credentials(self):
        """All credentials, as GET /credential shows them."""
        return self._admin("GET", "/credentials")["credentials"]

    def cards(self, id_num):
        """The card numbers that somebody's credentials have, sorted."""
        user_id = self.user(id_num)["id"]
        return sorted(credential["card_num"] for credential in self.credentials()
                      if user_id in [user["id"] for user in credential["user"]])

    def add_card(self, id_num, card_num, claim_status="Unclaimed"):
        """A further credential, by hand."""
        self._admin("POST", "/credentials",
                    {"user_id": self.user(id_num)["id"], "card_num": card_num, "claim_status": claim_status})

    def claim(self, card_num, status="Claimed"):
        """Somebody's phone takes the credential, or gives it back."""
        self._admin("PATCH", "/credentials", {"claim_status": status}, card_num=card_num)

    def delete_card(self, id_num, card_num):
        """Takes a further credential away by hand."""
        self._admin("DELETE", "/credentials", user_id=self.user(id_num)["id"], card_num=card_num)

    def levels(self):
        return self._admin("GET", "/levels")["levels"]

    def add_level(self, name, level_id=None, **properties):
        """Makes a level by hand; @properties are `doors` and `schedule`, each by name or id."""
        return self._admin("POST", "/levels",
                           {"name": name, **({} if level_id is None else {"id": level_id}), **properties})

    def set_level(self, name, /, **properties):
        """Changes a level by hand: its `doors` (these and no others), its `schedule` (None: always)."""
        return self._admin("PATCH", "/levels", properties, name=name)

    def rename_level(self, name, new_name):
        return self._admin("PATCH", "/levels", {"name": new_name}, name=name)

    def delete_level(self, name):
        return self._admin("DELETE", "/levels", name=name)

    def doors(self):
        """All doors, with their batteries and clocks."""
        return self._admin("GET", "/doors")["doors"]

    def add_door(self, name, levels=(), **properties):
        """Makes a door by hand, which these access levels open too."""
        return self._admin("POST", "/doors", {"name": name, "levels": list(levels), **properties})["doors"][0]

    def set_door(self, name, /, **properties):
        return self._admin("PATCH", "/doors", properties, name=name)

    def delete_door(self, name):
        return self._admin("DELETE", "/doors", name=name)["deleted"]

    def schedules(self):
        return self._admin("GET", "/schedules")["schedules"]

    def add_schedule(self, name, days=(), **properties):
        """Makes a schedule by hand; @days are numbers, 0 is Monday; @properties are `start` and `stop`."""
        return self._admin("POST", "/schedules", {"name": name, **{f"d{day}": 1 for day in days}, **properties})

    def set_schedule(self, name, /, **properties):
        return self._admin("PATCH", "/schedules", properties, name=name)

    def delete_schedule(self, name):
        return self._admin("DELETE", "/schedules", name=name)["deleted"]

    # What happens at the doors

    def knock(self, card, door, at=None, **options):
        """
        Somebody shows a card at a door, now or @at some time: does the door open? Options: `late` (seconds until the
        service learns of it), `repeat` (the door tells it so many times more), `withhold` (not before
        release_events()), `dry` (nothing is told).
        """
        return self.show(card, door, at, **options)["granted"]

    def knock_as(self, id_num, door, at=None, **options):
        """The same with the card of the user or the fob with this id_num."""
        return self._knock({"id_num": id_num, "door": door, **options}, at)["granted"]

    def show(self, card, door, at=None, **options):
        """knock(), and the reason: {"granted": False, "reason": "Access Expired"}."""
        return self._knock({"card_num": card, "door": door, **options}, at)

    def _knock(self, knock, at):
        if isinstance(at, datetime.datetime):
            at = at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        return self._admin("POST", "/knocks", {**knock, **({"at": at} if at else {})})

    def opens(self, card, at=None):
        """The names of the doors that the card would open; nothing is told of it."""
        return {door["name"] for door in self.doors() if self.knock(card, door["id"], at, dry=True)}

    def events(self, since=None):
        """GET /events, or those after an event."""
        return self.api("GET", "/events", query=None if since is None else {"id": since}).data

    def add_event(self, **properties):
        """An event by hand, with any properties."""
        self._admin("POST", "/events", properties)

    def release_events(self, order="forward"):
        """Lets the events arrive that were kept back, "forward" or in "reverse"; tells how many."""
        return self._admin("POST", "/release", {"order": order})["released"]

    def delete_events(self):
        self._admin("DELETE", "/events")

    # What goes wrong

    def settings(self, **changes):
        """Changes settings, and answers all of them."""
        answer = self._admin("PUT", "/settings", changes) if changes else self._admin("GET", "/settings")
        if "apiuser" in changes:
            self.apiuser = changes["apiuser"]
        if "apikey" in changes:
            self.apikey = changes["apikey"]
        return answer

    def fault(self, action, **parameters):
        """Asks for a fault; answers its number."""
        return self._admin("POST", "/faults", {"action": action, **parameters})["ids"][0]

    def clear_fault(self, number):
        return self._admin("DELETE", "/faults", id=number)["cleared"]

    def clear_faults(self):
        return self._admin("DELETE", "/faults")["cleared"]

    def faults(self):
        """The faults that were asked for: number, how often matched and applied, what was asked for."""
        return self._admin("GET", "/faults")["faults"]

    # What it saw

    def requests(self, since=0, method=None, path=None):
        """The requests to the API, the oldest first; @path without the base path."""
        found = self._admin("GET", "/requests", since=since)["requests"]
        return [request for request in found
                if (method is None or request["method"] == method)
                and (path is None or request["path"] == "/api/v1" + path)]

    def last_request(self):
        """The number of the newest request: what comes later has a higher one."""
        return self._admin("GET", "/requests", since=10 ** 17)["last"]

    def writes(self, since=0):
        """The POSTs and PUTs among the requests."""
        return [request for request in self.requests(since) if request["method"] in ("POST", "PUT")]

    def clear_requests(self):
        return self._admin("DELETE", "/requests")

    def wait_until(self, condition, timeout=60):
        """
        Waits until @condition() is true, and answers what it said. It is asked again whenever the simulator has seen
        something, and every second, for conditions that are about something else.
        """
        deadline = time.monotonic() + timeout
        while True:
            revision = self.counters()["revision"]
            result = condition()
            if result:
                return result
            rest = deadline - time.monotonic()
            if rest <= 0:
                raise TimeoutError(f"not within {timeout} s; the last requests: {self.requests()[-5:]}")
            self._admin("GET", "/counters", after=revision, wait_ms=max(1, int(min(rest, 1) * 1000)))

    def wait_request(self, since=0, method=None, path=None, state=None):
        """Waits for such a request; @state "running" is one that is held. Answers it."""
        def find():
            return next((request for request in self.requests(since, method, path)
                         if state is None or request["state"] == state), None)
        return self.wait_until(find)

    def counters(self):
        return self._admin("GET", "/counters")

    def clear_counters(self):
        return self._admin("DELETE", "/counters")

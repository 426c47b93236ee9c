"""Chaos: everything that may happen to the daemon, in no order.

    chaos = Chaos(hr_database, lockt, daemon, seed=7)
    chaos.run(seconds=20)
    chaos.calm()        # both sides are well again, nobody disturbs

Afterwards Lockt must be what HR wants, save for chaos.lost: those whose user somebody deleted in Lockt by hand.
"""

import contextlib
import json
import os
import random
import re
import resource
import signal
import socket
import time

import psycopg2

from support.waiting import wait_until

SITES = ("HQ", "Annex")
DEPARTMENTS = ("Security", "Research", "Facilities")
TITLES = ("Scientist", "Housekeeper", "Housekeeping lead", "Guard")

# What HR's keys and names may hold: a second line of the log, colours of a terminal, quotes of other languages.
NASTY = ("line\n<0>feed", "esc\x1b[31;1mred\x1b]0;title\x07", "back\\slash\"quote'", "%s%n%d", "../../etc", "tab\tab",
         "zero\u200bwidth\u202eright", "ünï/çödé?&=#", "x" * 250, " lead", "'; DROP TABLE people; --", "\x7f\x85")

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

BROKEN_CONFIGURATIONS = ("", "version: 1\n", "version: [1\n", "\x00\x01\x02", "- a\n- b\n", "version: 1\nversion: 1\n",
                         "a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]\n", "version: 1\nhr: {poll: soon}\n", "x" * 2_000_000)

COMMANDS = ("ping", "status", "queue", "retry", "resync", "plan", "history", "parked", "held", "unknown", "check")

FAULTS = (
    {"action": "status", "status": 401}, {"action": "status", "status": 429, "retry_after": 1},
    {"action": "status", "status": 500}, {"action": "status", "status": 503, "when": "after"},
    {"action": "status", "status": 413, "method": "POST"}, {"action": "status", "status": 400, "body": "rate limit"},
    {"action": "status", "status": 301, "headers": {"Location": "http://127.0.0.1:1/"}},
    {"action": "delay", "before_ms": 300}, {"action": "delay", "after_ms": 300},
    {"action": "cut"}, {"action": "cut", "when": "after"}, {"action": "cut", "reset": True},
    {"action": "cut", "when": "after", "reset": True, "method": "POST"},
    {"action": "cut_body", "bytes": 100}, {"action": "cut_body", "bytes": 4096, "framing": "chunked"},
    {"action": "stall", "bytes": 50, "ms": 3000}, {"action": "html"}, {"action": "html", "when": "after"},
    {"action": "garbage", "bytes": 100}, {"action": "garbage", "bytes": 1000000, "when": "after"},
    {"action": "batch_limit", "limit": 7}, {"action": "counts", "inserted": 1}, {"action": "counts", "updated": 99},
    {"action": "echo_nobody"}, {"action": "fail_batch"},
    {"action": "fail_batch", "text": "Unable to locate template."}, {"action": "ignore"},
    {"action": "list_short", "users": 100}, {"action": "list_short", "users": 0},
    {"action": "list_broken", "users": 10},
    {"action": "booleans", "as": "string"}, {"action": "booleans", "as": "number"}, {"action": "nulls"},
    {"action": "numbers_as_strings"}, {"action": "unknown_properties"},
    {"action": "omit", "property": "accesslevels", "query": "id"},
)


class Chaos:
    """See the top of this file."""

    def __init__(self, hr_database, lockt, daemon, seed):
        self.random = random.Random(seed)
        self.database = hr_database
        self.lockt = lockt
        self.daemon = daemon
        self.lost = set()
        self.people = list(self.hr.rows())
        self.clients = []
        self.blockers = []
        self.log = []           # what was done, for whoever has to understand it
        self.hires = 0
        self.lives = [daemon.mark()]
        self.reconnect()

    @property
    def hr(self):
        return self.database.hr

    def parked(self):
        """Who has to be: their names or keys hold what no name holds."""
        return {key for key, row in self.hr.rows().items()
                if any(CONTROL.search(text or "") for text in (key, row["given_name"], row["family_name"]))}

    def somebody(self):
        return self.random.choice(self.people)

    def run(self, seconds):
        deadline = time.monotonic() + seconds
        deeds = [(name, weight) for name, weight in self.WEIGHTS.items()]
        while time.monotonic() < deadline:
            [name] = self.random.choices([name for name, _ in deeds], [weight for _, weight in deeds])
            self.log.append((round(deadline - time.monotonic(), 2), name))
            with contextlib.suppress(psycopg2.Error):   # a server that is away, a change that HR does not allow
                getattr(self, name)()
            assert self.daemon.running, f"locktsyncd ended with {self.daemon.process.returncode} after {self.log[-5:]}"
            if not self.database.postgres.running:
                self.hr_comes_back()
            time.sleep(self.random.expovariate(20))

    def calm(self):
        """All is well again, and stays so."""
        self.drop_clients()
        self.unblock()
        if not self.database.postgres.running:
            self.hr_comes_back()
        self.reconnect()
        self.lockt.clear_faults()
        self.daemon.reload()
        # Whoever was refused by a fault waits for his data to change, or for somebody who knows better.
        parked = [entry["id_num"] for entry in self.daemon.ask("parked")]
        if parked:
            self.daemon.request("retry", keys=parked)
        self.daemon.resync()

    # HR at work

    def hire(self):
        self.people.append(self.hr.hire(department=self.random.choice(DEPARTMENTS),
                                        job_title=self.random.choice(TITLES)))

    def hire_many(self):
        self.people += self.hr.hire_many(self.random.randrange(2, 150))

    def hire_nasty(self):
        self.hires += 1
        text = self.random.choice(NASTY)
        self.people.append(self.hr.hire(given=text[:60], family=text[::-1][:60],
                                        employee_id=f"N{self.hires}{text}"[:60]))

    def move(self):
        person = self.somebody()
        if self.hr.execute("SELECT 1 AS one FROM hr.positions WHERE employee_id = %s AND from_date <= current_date",
                           person):
            self.hr.move(person, department=self.random.choice(DEPARTMENTS), site=self.random.choice(SITES),
                         job_title=self.random.choice(TITLES))

    def leave(self):
        self.hr.leave(*{self.somebody() for _ in range(self.random.choice((1, 1, 3, 20)))})

    def suspend(self):
        self.hr.suspend(self.somebody())

    def come_back(self):
        people = {self.somebody() for _ in range(5)}
        self.hr.come_back(*(person for person in people if (self.hr.row(person) or {}).get("site_tz")))

    def swap_badges(self):
        one, other = self.random.sample(self.people, 2)
        # Not that of the one whose badge Lockt refuses, or the other one would be refused from then on.
        if all(((self.hr.row(person) or {}).get("badge_no") or "").isdigit() for person in (one, other)):
            self.hr.swap_badges(one, other)

    def rename(self):
        self.hr.rename(self.somebody(), family=self.random.choice(NASTY)[:60])

    def forget(self):
        person = self.people.pop(self.random.randrange(len(self.people)))
        self.hr.forget(person)

    def notify(self):
        for text in (self.somebody(), "nobody", "", self.random.choice(NASTY), "y" * 7000):
            self.hr.execute("SELECT pg_notify('locktsync', %s)", text)

    # HR's server

    def cut_off(self):
        self.database.postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'locktsync'")

    def cancel(self):
        self.database.postgres.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'locktsync'")

    def restart_hr(self):
        self.database.postgres.restart(self.random.choice(("fast", "immediate")))
        self.reconnect()

    def kill_hr(self):
        self.database.postgres.kill()
        if self.random.random() < 0.5:
            self.hr_comes_back()

    def hr_comes_back(self):
        self.database.postgres.start()
        self.reconnect()

    def reconnect(self):
        number = self.hr._last_number
        self.database.reconnect()._last_number = number
        self.hr.execute("SET lock_timeout = '300ms'")   # that of block()

    def block(self):
        """Somebody holds a lock that reads wait for."""
        if self.blockers:
            self.unblock()
            return
        other = self.database.postgres.connect(self.database.name, autocommit=False)
        self.blockers.append(other)
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
            with contextlib.suppress(psycopg2.errors.LockNotAvailable):
                cursor.execute("LOCK TABLE hr.badges IN ACCESS EXCLUSIVE MODE")

    def unblock(self):
        for other in self.blockers:
            with contextlib.suppress(psycopg2.Error):
                other.close()
        self.blockers = []

    # Lockt

    def fault(self):
        fault = dict(self.random.choice(FAULTS))
        fault |= self.random.choice(({"times": 1}, {"times": 3}, {"for_ms": 300}, {"for_ms": 1500}))
        if fault["action"].startswith("list_"):
            fault["times"] = 1
        self.lockt.fault(**fault)

    def fault_of_somebody(self):
        action = self.random.choice((
            {"action": "refuse", "text": "Not this one."}, {"action": "fail_batch"}, {"action": "hide"},
            {"action": "twin"}, {"action": "twin", "set": {"phone": "1"}}, {"action": "change", "set": {"phone": "0"}}))
        self.lockt.fault(**action, id_num=self.somebody(), times=2)

    def hold(self):
        self.lockt.fault("hold", method=self.random.choice(("GET", "POST")),
                         when=self.random.choice(("before", "after")), for_ms=200)

    def clear_faults(self):
        self.lockt.clear_faults()

    def restart_lockt(self):
        if self.random.random() < 0.5:
            self.lockt.restart()
        else:
            self.lockt._listen = f"127.0.0.1:{self.lockt.port}"
            self.lockt.kill()
            self.lockt.start()

    def drift(self):
        person = self.somebody()
        if self.lockt.user(person):
            self.lockt.set_user(person, phone="123", last_name="Drifted")

    def delete_by_hand(self):
        person = self.somebody()
        if self.lockt.user(person):
            self.lockt.delete_user(person)
            self.lost.add(person)

    # The daemon

    def reload(self):
        self.daemon.write_config()
        self.daemon.signal(signal.SIGHUP)

    def reload_changed(self):
        self.daemon.configure(hr={"poll": self.random.choice(("1s", "2s"))},
                              lockt={"update_with": "post", "timeout": self.random.choice(("1s", "2s"))},
                              user={"phone": {"column": "mobile", "digits": True}})
        self.reload()

    def reload_broken(self):
        self.daemon.write_config(self.random.choice(BROKEN_CONFIGURATIONS))
        self.daemon.signal(signal.SIGHUP)

    def usr1(self):
        self.daemon.signal(signal.SIGUSR1)

    def usr2(self):
        self.daemon.signal(signal.SIGUSR2)

    def pause(self):
        self.daemon.signal(signal.SIGSTOP)
        time.sleep(0.1)
        self.daemon.signal(signal.SIGCONT)

    def full_disk(self):
        """No file of the daemon's grows for a while."""
        infinite = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(self.daemon.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        time.sleep(0.3)
        resource.prlimit(self.daemon.pid, resource.RLIMIT_FSIZE, infinite)

    def power_cut(self):
        self.daemon.kill()
        self._start()

    def terminate(self):
        before = time.monotonic()
        assert self.daemon.stop() == 0
        took = time.monotonic() - before
        # A second, and what a sanitizer takes to say goodbye.
        assert took < 2.5, f"{took:.1f} s for SIGTERM after {self.log[-5:]}"
        self._start()

    def _start(self):
        self.lives.append(self.daemon.mark())
        self.daemon._written = None
        self.daemon.start()
        if self.random.random() < 0.3:      # at once again, in the middle of its start
            self.daemon.kill()
            self.lives.append(self.daemon.mark())
            self.daemon.start()

    # Clients of the control socket

    def request(self):
        command = self.random.choice([{"command": name} for name in COMMANDS] + [
            {"command": "explain", "id_num": self.somebody()}, {"command": "explain", "id_num": "no\nbody"},
            {"command": "retry", "keys": [self.somebody(), "nobody"]}, {"command": "plan", "bodies": True},
            {"command": "history", "limit": 0}, {"command": "history", "id_num": self.somebody()},
            {"command": "resync", "accept": True}])
        raw = self._client(json.dumps(command).encode() + b"\n")
        kind = self.random.randrange(5)
        if raw and kind == 0:
            raw.shutdown(socket.SHUT_WR)
        elif raw and kind == 1:
            raw.close()
        elif raw and kind == 2:
            with contextlib.suppress(OSError):
                raw.recv(100)
            raw.close()
        elif raw and kind == 3:
            with contextlib.suppress(OSError):
                while (data := raw.recv(1 << 20)) and b'"exit":' not in data:
                    pass

    def request_rubbish(self):
        data = self.random.choice((
            b"{", b"x" * 65536, b"x" * 1_000_000, b"\n" * 1000, b"[" * 60000 + b"\n", b"\0" * 100 + b"\n",
            b'{"command":"plan"', b'{"command":"ping"}\n' * 3000, b'{"command":"status"}\n' * 300,
            b'{"command":"history","limit":0}\n' * 20 + b"{", self.random.randbytes(999)))
        raw = self._client(b"")
        if raw:
            raw.setblocking(False)
            with contextlib.suppress(OSError):
                raw.sendall(data)

    def _client(self, data):
        raw = socket.socket(socket.AF_UNIX)
        raw.settimeout(3)
        try:
            raw.connect(os.fspath(self.daemon.control))
            raw.sendall(data)
        except OSError:
            raw.close()
            return None
        self.clients.append(raw)        # and never reads, unless it is told to
        return raw

    def drop_clients(self):
        for raw in self.clients:
            raw.close()
        self.clients = []

    def drop_some_clients(self):
        self.random.shuffle(self.clients)
        while len(self.clients) > 10:
            self.clients.pop().close()

    WEIGHTS = {
        "hire": 8, "hire_many": 2, "hire_nasty": 2, "move": 10, "leave": 5, "suspend": 3, "come_back": 5,
        "swap_badges": 5, "rename": 3, "forget": 1, "notify": 2,
        "cut_off": 2, "cancel": 2, "restart_hr": 0.4, "kill_hr": 0.4, "block": 3,
        "fault": 12, "fault_of_somebody": 3, "hold": 3, "clear_faults": 3, "restart_lockt": 1, "drift": 2,
        "delete_by_hand": 0.5,
        "reload": 3, "reload_changed": 3, "reload_broken": 2, "usr1": 3, "usr2": 1, "pause": 1, "full_disk": 1,
        "power_cut": 1, "terminate": 1,
        "request": 20, "request_rubbish": 5, "drop_some_clients": 3,
    }

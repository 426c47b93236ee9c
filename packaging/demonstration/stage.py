"""The stage: the build, a private PostgreSQL with the sample company, lockt-sim, and locktsyncd between them."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build" / "demo"
TARGETS = ("daemon/locktsyncd", "daemon/ctl/locktsyncctl", "tests/simulator/lockt-sim")
LEVELS = ("Cardholder", "Security", "Administration", "Housekeeping", "Server Room")
PATIENCE = 30   # seconds, for what takes one at most on an idle machine

CONFIG = """\
# The sample company. What a key means: man locktsync.yaml
version: 1

hr:
  connection: {conninfo}
  listen: locktsync
  timezone: Europe/Berlin
  as_of: SELECT loaded_at FROM locktsync.load
  people: |
    SELECT employee_id, given_name, family_name, work_email, mobile, badge_no, department,
           site, job_title, hired_on, leaves_on, status, site_tz, access_profile
      FROM locktsync.people

lockt:
  url: {url}
  apiuser: file:{folder}/apiuser
  apikey: file:{folder}/apikey

user:
  id_num: employee_id
  first_name: given_name
  last_name: family_name
  email: work_email
  phone: {{ column: mobile, digits: true }}
  card_num: {{ column: badge_no, null: clear }}      # a lost badge opens nothing
  access_effective: hired_on
  access_expires: {{ column: leaves_on, timezone: {{ column: site_tz }} }}
  enabled: {{ column: status, in: [active, leave], out: [left, retired, suspended] }}

access_levels:
  rules:
    - grant: Cardholder
    - when: {{ department: Security, site: [HQ, Annex] }}
      grant: [Security, Administration]
    - when: {{ job_title: "Housekeep*", site: {{ not: Annex }} }}
      grant: Housekeeping
    - grant: {{ column: access_profile }}

alarm: {{ stale: 26h }}                # payroll is loaded once a night
retry: {{ first: 1s, max: 10s }}      # 5s and 15m if nothing is said: nobody has to watch those
mode: {mode}
"""


class Failed(Exception):
    """A step did not come out as it should; the text says which and why."""


def run(command, what):
    done = subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False)
    if done.returncode:
        raise Failed(f"{what} failed ({' '.join(map(str, command))}):\n{done.stdout[-4000:]}")


def build(screen):
    """Builds the three programs, optimised and without sanitizers, and tells how far it is."""
    if not (BUILD / "build.ninja").exists():
        screen.progress("configuring the build …")
        run(["meson", "setup", BUILD, "--buildtype=release", "-Dtests=disabled", "-Dsimulator=enabled"], "meson setup")
    ninja = subprocess.Popen(["ninja", "-C", BUILD, "-j", str(os.cpu_count() or 1), *TARGETS], cwd=TOP,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors="replace")
    said, told = [], 0
    with ninja:
        for line in ninja.stdout:
            said.append(line)
            match = re.match(r"\[(\d+)/(\d+)\]", line)
            if match:
                done, all_of_it = int(match[1]), int(match[2])
                screen.progress(f"building, {done} of {all_of_it} …")
                if not screen.tty and done * 4 // all_of_it > told:
                    told = done * 4 // all_of_it
                    screen.line(f"building, {done} of {all_of_it}")
    if ninja.returncode:
        raise Failed("the build failed:\n" + "".join(said)[-4000:])


def wait_until(condition, what, timeout=PATIENCE):
    deadline = time.monotonic() + timeout
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise Failed(f"not within {timeout} s: {what}")
        time.sleep(0.01)
    return result


class Daemon:
    """locktsyncd in the foreground, its log in a file. Attributes: pid, journal (the file), control."""

    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "locktsync.yaml"
        self.control = folder / "control"
        self.journal = folder / "journal"
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        (self.folder / "state").mkdir(mode=0o700)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "NOTIFY"))}
        with open(self.journal, "w", encoding="utf-8") as journal:
            self._process = subprocess.Popen(
                # Should the demonstration die without a word, the daemon goes too.
                ["setpriv", "--pdeathsig=TERM", BUILD / "daemon/locktsyncd", "--config", self.config,
                 "--state-dir", self.folder / "state", "--control", self.control],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=journal, env=environment,
                start_new_session=True)
        self.wait_said("^<6>ready")

    def stop(self):
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def reload(self):
        self._process.send_signal(signal.SIGHUP)

    def lines(self, since=0):
        return self.journal.read_text(encoding="utf-8", errors="replace").splitlines()[since:]

    def mark(self):
        """The place in the journal from which to look on."""
        return len(self.lines())

    def said(self, pattern, since=0):
        return [line for line in self.lines(since) if re.search(pattern, line)]

    def wait_said(self, pattern, since=0):
        """Waits until it was said; the lines."""
        return wait_until(lambda: self.said(pattern, since) or self.must_run(), f"'{pattern}' in the journal")

    def must_run(self):
        """Fails if it has ended."""
        if self._process.poll() is not None:
            raise Failed(f"locktsyncd ended by itself, with status {self._process.returncode}")

    def ctl(self, *arguments, ok=(0,)):
        """What locktsyncctl prints."""
        done = subprocess.run([BUILD / "daemon/ctl/locktsyncctl", "--socket", self.control, *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, "COLUMNS": "75", "LC_ALL": "C.UTF-8"}, check=False)
        if done.returncode not in ok:
            raise Failed(f"locktsyncctl {' '.join(arguments)} exits with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def ask(self, command, *arguments, ok=(0,)):
        """The same with --json: a list of objects."""
        return [json.loads(line) for line in self.ctl(command, *arguments, "--json", ok=ok).splitlines()]

    def status(self):
        """status exits with 1 while an alarm rings, which is a status too."""
        return self.ask("status", ok=(0, 1))[0]["status"]


class Stage:
    """All of it. Attributes: folder, postgres, hr, lockt, daemon."""

    def __init__(self):
        self._exit = contextlib.ExitStack()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="locktsync-demo-", dir="/tmp"))
        self._exit.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.postgres = self.hr = self.lockt = self.daemon = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._exit.close()

    def open_hr(self):
        """The sample company in a cluster of its own."""
        from support.hr import HR
        from support.postgres import PostgresCluster
        self.postgres = PostgresCluster()
        self._exit.callback(self.postgres.destroy)
        self.postgres.start()
        self.postgres.create_database("hr")
        self.postgres.psql(file=TOP / "sql/hr/everything.sql", dbname="hr")
        self.hr = HR(self.postgres.conninfo("hr"))
        self._exit.callback(self.hr.close)

    def open_lockt(self):
        from support.sim import LocktSim
        os.environ["LOCKTSYNC_BUILD"] = os.fspath(BUILD)
        self.lockt = LocktSim(levels=LEVELS)
        self._exit.callback(self.lockt.stop)
        self.lockt.start()

    def open_daemon(self):
        for name, value in (("apiuser", self.lockt.apiuser), ("apikey", self.lockt.apikey)):
            self._write(name, value + "\n", 0o600)
        self.configure("report")
        self.daemon = Daemon(self.folder)
        self._exit.callback(self.daemon.stop)
        self.daemon.start()
        self._write("psql", f"#!/bin/sh\nexec psql \"{self.postgres.conninfo('hr')}\" \"$@\"\n", 0o700)
        self._write("locktsyncctl", f"#!/bin/sh\nexec '{BUILD}/daemon/ctl/locktsyncctl' "
                                    f"--socket '{self.daemon.control}' \"$@\"\n", 0o700)

    def configure(self, mode):
        self._write("locktsync.yaml", CONFIG.format(conninfo=self.postgres.conninfo("hr", "locktsync"),
                                                    url=self.lockt.url, folder=self.folder, mode=mode), 0o600)

    def draft(self, rule):
        """The configuration with one rule more, in a file of its own; where that is."""
        text = self.daemon.config.read_text(encoding="utf-8")
        lines = f"    - when: {rule['when']}\n      grant: {rule['grant']}\n"
        self._write("new.yaml", text.replace("\nalarm:", lines + "\nalarm:"), 0o600)
        return self.folder / "new.yaml"

    def _write(self, name, text, mode):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

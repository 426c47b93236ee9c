"""locktsyncd for tests: the real one, in folders of its own, watched as systemd would watch it.

    daemon.configure(hr={"poll": "1s"})
    daemon.start()
    daemon.wait_said(r"E00001 was created")
    daemon.ask("status")["lockt"]["users"]
    daemon.stop()
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading

import yaml

from support.waiting import PATIENCE, wait_until

# What a sanitizer leaves behind, whatever the exit status was.
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|ThreadSanitizer")


# A plan that waits to be approved, and its digest.
PLAN_WAITS = re.compile(r"for the approval of the plan .*`locktsyncctl approve ([0-9a-f]+)`")

FOLDERS = {"locktsyncd": "daemon", "locktsyncctl": "daemon/ctl"}


def program(name):
    """The path of locktsyncd or locktsyncctl in the build that LOCKTSYNC_BUILD names, or the installed one."""
    build = os.environ.get("LOCKTSYNC_BUILD")
    return os.path.join(build, FOLDERS[name], name) if build else name


def merged(base, changes):
    """A mapping with the changes of another one, section by section. None takes a key out."""
    result = dict(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


class Answer(list):
    """What the control socket answered to one request: its lines, without the last one; exit and error are that one's."""

    exit = None
    error = None

    def of(self, member):
        """The values of the lines with this member."""
        return [line[member] for line in self if member in line]


class Locktsyncd:
    """See the top of this file. `config` is the configuration as the file will have it, until write_config() or start()."""

    def __init__(self, folder, config):
        self.folder = pathlib.Path(folder)
        self.config = config
        self.config_path = self.folder / "locktsync.yaml"
        self.state = self.folder / "state"
        self.control = self.folder / "control"
        self.credentials = self.folder / "credentials"
        self.process = None
        self.notified = []      # all that was said to systemd, as dictionaries, the oldest first
        self.lines = []         # all that was said on stderr over all its lives, without newlines
        self.environment = {}   # beyond our own
        self.careful = False    # True: nobody approves plans but the test itself
        self._reader = None
        self._notify_socket = None
        self._written = None
        self.state.mkdir(mode=0o700)
        self.credentials.mkdir(mode=0o700)

    # Configuration

    def configure(self, **sections):
        """Changes sections of the configuration; what a section does not name stays, None takes a key out."""
        self.config = merged(self.config, sections)

    def set_credentials(self, apiuser, apikey):
        for name, value in (("apiuser", apiuser), ("apikey", apikey)):
            path = self.credentials / name
            path.write_text(value + "\n", encoding="utf-8")
            path.chmod(0o400)

    def write_config(self, text=None):
        """Writes the configuration file; or any other text in its place."""
        if text is None:
            text = yaml.safe_dump(self.config, sort_keys=False, allow_unicode=True)
        if text != self._written:
            self.config_path.write_text(text, encoding="utf-8")
            self.config_path.chmod(0o600)
            self._written = text

    # Life

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    def spawn(self, *arguments, write_config=True):
        """Starts it and does not wait for anything."""
        assert not self.running
        if write_config:
            self.write_config()
        self.notified = []
        self._open_notify_socket()
        self.process = subprocess.Popen(
            # Should this process die without a word, the daemon goes too.
            ["setpriv", "--pdeathsig=KILL", program("locktsyncd"), "--config", self.config_path,
             "--state-dir", self.state, "--control", self.control, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder,
            env=self._environment())
        self._reader = threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True)
        self._reader.start()

    def start(self, *arguments):
        """Starts it and returns once it has told systemd that it is ready."""
        self.spawn(*arguments)
        self.wait(lambda: self.told("READY") == "1", "READY=1")
        return self

    def once(self, *arguments, timeout=120):
        """locktsyncd --once; returns its exit status. A plan that waits is approved with a second run."""
        careful, self.careful = self.careful, True
        since = self.mark()
        self.spawn("--once", *arguments)
        status = self.join(timeout)
        plans = [] if careful or arguments else [PLAN_WAITS.search(line) for line in self.said(PLAN_WAITS, since)]
        if plans:
            self.spawn("--once", "--approve", plans[0][1])
            status = self.join(timeout)
        self.careful = careful
        return status

    def join(self, timeout=PATIENCE):
        """Waits until it has ended by itself; returns the exit status."""
        try:
            return self.process.wait(timeout)
        finally:
            self._gone()

    def stop(self, timeout=PATIENCE):
        """SIGTERM, as systemctl stop; returns the exit status."""
        if not self.running:
            return None
        self.process.send_signal(signal.SIGTERM)
        return self.join(timeout)

    def kill(self):
        """SIGKILL: what a power cut is to a process."""
        self.process.kill()
        self.process.wait(PATIENCE)
        self._gone()

    def restart(self):
        self.stop()
        return self.start()

    def signal(self, number):
        self.process.send_signal(number)

    def wait_stopped(self):
        """After SIGSTOP: waits until it stands still, and all that it told systemd before has arrived."""
        stat = pathlib.Path(f"/proc/{self.pid}/stat")
        self.wait(lambda: stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "T", "the daemon to be stopped")
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as behind:
            behind.sendto(b"X_TEST_BEHIND=1", "\0" + self._notify_name[1:])
        self.wait(lambda: self.told("X_TEST_BEHIND"), "what was told before")

    def reload(self, text=None):
        """Writes the configuration, SIGHUP, and waits until it has told systemd that this is over."""
        self.write_config(text)
        before = len(self.notified)
        self.signal(signal.SIGHUP)
        self.wait(lambda: any(message.get("READY") == "1" for message in self.notified[before:]), "READY=1 after SIGHUP")

    def resync(self):
        """SIGUSR1."""
        self.signal(signal.SIGUSR1)

    def destroy(self):
        """Ends it, whatever state it is in; says what a sanitizer found."""
        if self.running:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE)
        self._gone()
        if self._notify_socket:
            self._notify_socket.close()
        found = [line for line in self.lines if SANITIZER.search(line)]
        assert not found, f"a sanitizer found: {found[:3]}"

    # What it says

    def told(self, name):
        """The newest value that systemd was told of a variable, such as STATUS."""
        for message in reversed(self.notified):
            if name in message:
                return message[name]
        return None

    @property
    def status_line(self):
        return self.told("STATUS") or ""

    def mark(self):
        """The place in the log from which said(…, since=) and wait_said(…, since=) look on."""
        return len(self.lines)

    def said(self, pattern, since=0):
        """The lines of the log that match: "<4>E00001 is parked: …"."""
        return [line for line in self.lines[since:] if re.search(pattern, line)]

    def wait_said(self, pattern, times=1, since=0, timeout=PATIENCE):
        """Waits until it was said so often; returns the lines."""
        def enough():
            lines = self.said(pattern, since)
            return lines if len(lines) >= times else None
        return self.wait(enough, f"'{pattern}' in the log, {times} times", timeout)

    def wait(self, condition, what, timeout=PATIENCE):
        """wait_until, which gives up when the daemon ends."""
        def look():
            ended = not self.running
            result = condition()
            if not result and ended:
                self._gone()
                result = condition()
                assert result, f"locktsyncd ended with {self.process.returncode} while waiting for {what}"
            return result
        return wait_until(look, what, timeout)

    def wait_read(self):
        """Waits until HR was read completely as it is now."""
        now = self.status()["now_usec"]
        self.wait(lambda: (self.status()["hr"]["last_read_usec"] or 0) > now and not self.status()["reading"],
                  "a complete read of HR")

    def at_rest(self, ignore=()):
        """Whether nothing is under way and nobody waits but who is in `ignore`."""
        status = self.status()
        return not (status["reading"] or status["listing"] or status["writing"]) and not self.queue().keys() - set(ignore)

    @property
    def log_text(self):
        return "\n".join(self.lines)

    # What it answers

    def request(self, command, timeout=PATIENCE, **members):
        """One request to the control socket; an Answer."""
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(timeout)
            connection.connect(os.fspath(self.control))
            connection.sendall(json.dumps({"command": command, **members}).encode() + b"\n")
            answer = Answer()
            with connection.makefile("r", encoding="utf-8") as lines:
                for line in lines:
                    answer.append(json.loads(line))
                    if "exit" in answer[-1] and ("end" in answer[-1] or "error" in answer[-1]):
                        last = answer.pop()
                        answer.exit, answer.error = last["exit"], last.get("error")
                        return answer
        raise ConnectionError(f"{command}: the answer has no end")

    def ask(self, command, **members):
        """The values of a request's answer: a list, or for status, ping and explain the one value."""
        answer = self.request(command, **members)
        assert answer.error is None, answer.error
        values = answer.of(command)
        return values[0] if command in ("status", "ping", "explain") else values

    def status(self):
        return self.ask("status")

    def parked(self):
        """Why who is parked: reasons by id_num."""
        return {row["id_num"]: row["reason"] for row in self.ask("parked")}

    def holds(self):
        """What is held, by kind: digest, people, text …"""
        return {hold["kind"]: hold for hold in self.status()["holds"]}

    def approve(self, kind="plan", **members):
        """Approves what is held of a kind, as it is shown now."""
        answer = self.request("approve", digest=self.holds()[kind]["digest"], **members)
        assert answer.error is None, answer.error
        return answer

    def held(self):
        return {row["id_num"]: row["why"] for row in self.ask("held")}

    def queue(self):
        return {row["id_num"]: row for row in self.ask("queue")}

    def history(self, id_num=None):
        """What was done, the oldest first."""
        return self.ask("history", limit=0, **({"id_num": id_num} if id_num else {}))[::-1]

    def ctl(self, *arguments, timeout=PATIENCE, check=False):
        """locktsyncctl as a person calls it: a CompletedProcess."""
        return subprocess.run([program("locktsyncctl"), "--socket", self.control, *map(str, arguments)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=check,
                              env=self._environment())

    # Under the bonnet

    def _environment(self):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("PG", "NOTIFY", "WATCHDOG", "JOURNAL"))}
        return {**kept, "NOTIFY_SOCKET": self._notify_name, "CREDENTIALS_DIRECTORY": os.fspath(self.credentials),
                **self.environment}

    @property
    def _notify_name(self):
        return f"@locktsync-test-notify-{os.getpid()}-{id(self)}"

    def _open_notify_socket(self):
        if self._notify_socket:
            return
        self._notify_socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify_socket.bind("\0" + self._notify_name[1:])
        threading.Thread(target=self._read_notifications, args=(self._notify_socket,), daemon=True).start()

    def _read_notifications(self, notify_socket):
        with contextlib.suppress(OSError):
            while message := notify_socket.recv(65536):
                pairs = (line.split("=", 1) for line in message.decode().splitlines() if "=" in line)
                self.notified.append(dict(pairs))

    def _read_log(self, stream):
        with stream:
            for line in stream:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                plan = PLAN_WAITS.search(self.lines[-1])
                if plan and not self.careful:
                    threading.Thread(target=self._approve, args=(plan[1],), daemon=True).start()

    def _approve(self, digest):
        """Somebody who looks at every plan at once, where the test is about something else."""
        with contextlib.suppress(OSError, ConnectionError):
            self.request("approve", digest=digest, reason="a test")

    def _gone(self):
        """All that it said has arrived."""
        if self._reader:
            self._reader.join(PATIENCE)

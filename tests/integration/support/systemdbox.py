"""A systemd of its own for tests, over this machine's root, with an installation of this build in it.

    with SystemdBox() as box:
        box.write("/etc/locktsync/locktsync.yaml", text)
        box.systemctl("start", "locktsyncd")
        box.journal(unit="locktsyncd", MESSAGE_ID=number)

It has its own processes, journal and control groups; its files are this machine's, and what it changes is in memory and
ends with it. The network is this machine's. See systemd-box beside this file.
"""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from support.waiting import PATIENCE, wait_until

SCRIPT = pathlib.Path(__file__).with_name("systemd-box")
PROGRAMS = ("unshare", "nsenter", "setpriv", "systemctl", "journalctl", "systemd-analyze", "systemd-sysusers", "meson")
SYSTEMD = "/lib/systemd/systemd"

# What a box needs of the kernel, tried in a namespace that ends with the trial.
TRIAL = """
mount -t tmpfs trial /mnt && mkdir /mnt/upper /mnt/work /mnt/root /mnt/groups &&
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root &&
mount -t cgroup2 cgroup2 /mnt/groups && mkdir /mnt/groups/locktsync-trial-$$ && rmdir /mnt/groups/locktsync-trial-$$
"""


def missing():
    """Why there can be no box here, in a few words; None if there can."""
    if os.geteuid() != 0:
        return "a systemd of our own needs root"
    if "LOCKTSYNC_BUILD" not in os.environ:
        return "LOCKTSYNC_BUILD names no build to install"
    lacking = [name for name in PROGRAMS if not shutil.which(name)]
    if not os.path.exists(SYSTEMD):
        lacking.append(SYSTEMD)
    if lacking:
        return "not installed: " + ", ".join(lacking)
    trial = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", TRIAL],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return f"this machine lets nobody mount what it takes: {trial.stderr.strip()}" if trial.returncode else None


class SystemdBox:
    """See the top of this file."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="locktsync-box-", dir="/var/tmp"))
        self.stage = self.folder / "stage"
        self._outside = None
        self._console = None

    def __enter__(self):
        try:
            self.folder.chmod(0o755)
            self._install()
            self._boot()
        except BaseException:
            self.destroy()
            raise
        return self

    def __exit__(self, *_):
        self.destroy()

    def destroy(self):
        """Ends it and all that runs in it, and removes its files."""
        if self._outside:
            if self._outside.poll() is None:
                self._outside.kill()    # takes the systemd with it, and that all the rest
            self._outside.wait(PATIENCE)
            subprocess.run([SCRIPT, self.folder, "end"], check=True)
        if self._console:
            self._console.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What runs in it

    def run(self, *command, check=True, timeout=PATIENCE, stdin=None):
        """Runs a command as root in the box; a CompletedProcess with texts."""
        done = subprocess.run([*self._enter(), *map(str, command)], input=stdin if stdin is not None else "",
                              capture_output=True, encoding="utf-8", errors="replace", timeout=timeout, check=False)
        if check and done.returncode != 0:
            what = " ".join(map(str, command))
            raise AssertionError(f"{what} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def systemctl(self, *arguments, check=True):
        return self.run("systemctl", *arguments, check=check)

    def show(self, unit, name):
        """One property of a unit, as a text."""
        return self.systemctl("show", "--property", name, "--value", unit).stdout.rstrip("\n")

    def signal(self, unit, name):
        """Sends a signal to the unit's main process."""
        self.systemctl("kill", "--kill-who=main", f"--signal={name}", unit)

    def journal(self, *arguments, unit=None, **fields):
        """Entries of the journal, the oldest first, as dictionaries; all that was sent before has arrived."""
        self.run("journalctl", "--sync")
        command = ["journalctl", "--output=json", "--all", *arguments, *(["--unit", unit] if unit else []),
                   *(f"{name}={value}" for name, value in fields.items())]
        return [json.loads(line) for line in self.run(*command).stdout.splitlines()]

    # Its files

    def path(self, path):
        """Where one of its files is for us."""
        return pathlib.Path(f"/proc/{self.leader}/root") / str(path).lstrip("/")

    def write(self, path, text, mode=0o644):
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)

    # Under the bonnet

    @property
    def leader(self):
        return int((self.folder / "leader").read_text(encoding="ascii"))

    def _enter(self):
        return ["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--",
                "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
                "LANG=C.UTF-8", "SYSTEMD_PAGER=cat", "SYSTEMD_COLORS=0",
                # A sanitizer looks for leaks with ptrace, which is not what these tests are about.
                "ASAN_OPTIONS=detect_leaks=0"]

    def _install(self):
        subprocess.run(["meson", "install", "-C", os.environ["LOCKTSYNC_BUILD"], "--no-rebuild", "--quiet",
                        "--destdir", self.stage], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def _boot(self):
        self._console = open(self.folder / "console", "w+", encoding="utf-8", errors="replace")
        # Should this process die without a word, the box goes too.
        self._outside = subprocess.Popen(["setpriv", "--pdeathsig=KILL", SCRIPT, self.folder], stdin=subprocess.DEVNULL,
                                         stdout=self._console, stderr=subprocess.STDOUT, start_new_session=True)
        wait_until(self._is_up, lambda: f"systemd to start: {self._said()}")
        # As after the installation of a package.
        self.run("systemd-sysusers")
        self.run("journalctl", "--update-catalog")

    def _is_up(self):
        assert self._outside.poll() is None, f"systemd ended at once: {self._said()}"
        if not (self.folder / "leader").exists():
            return False
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            state = self.run("systemctl", "is-system-running", check=False, timeout=5).stdout.strip()
            return state in ("running", "degraded")
        return False

    def _said(self):
        self._console.seek(0)
        return self._console.read()[-2000:]

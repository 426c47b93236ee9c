"""A company of any size that is settled: HR's database, a Lockt that holds what HR wants, and the state of a daemon.

    with Company(100_000, cache) as company:
        daemon = company.daemon()
        daemon.start()
        company.settle(daemon)

The first one of a size is made by a real first sync, which is measured. What it leaves behind is kept in the cache
folder for the rest of the day (HR's dates are relative to today), so that later runs begin with a copy of it.
"""

import contextlib
import copy
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

BENCH = pathlib.Path(__file__).resolve().parent
SQL = BENCH.parents[1] / "sql"
sys.path.insert(0, str(BENCH.parent / "integration"))

from support import truth  # noqa: E402 (its folder is named above)
from support.locktsyncd import Locktsyncd  # noqa: E402
from support.postgres import PostgresCluster  # noqa: E402
from support.sim import LocktSim  # noqa: E402
from support.waiting import wait_until  # noqa: E402

DATABASE = "hr"
PATIENCE = 3600
# A server as a DBA would leave it, but for what SETTINGS of the tests say: everything is in memory on both sides.
POSTGRES = {"shared_buffers": "256MB", "max_wal_size": "4GB"}
# Nothing happens by itself while something is measured.
CONFIG = {"hr": {"poll": "1h"}, "lockt": {"resync": "7d"}, "retry": {"first": "1s", "max": "5s"}, "alarm": {"stale": "2h"}}


def peak_memory(pid):
    """The most memory that a process has ever had resident, in KiB."""
    return memory(pid, "VmHWM")


def memory(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise KeyError(name)


def processor_seconds(pid):
    """The processor time that a process has used: what a busy machine changes least."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fingerprint():
    """What a kept company depends on: today, and what it was made with."""
    made_with = [*sorted((SQL / "hr").glob("*.sql")), pathlib.Path(truth.__file__)]
    digest = hashlib.sha256()
    for path in made_with:
        digest.update(path.read_bytes())
    return f"{time.strftime('%Y-%m-%d')}-{digest.hexdigest()[:12]}"


def copy_folder(source, target):
    """With modes and owners; by reference where the file system can do that."""
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)


class Company:
    """See the top of this file. Attributes: people, postgres, lockt, folder, first_sync (what making it took)."""

    def __init__(self, people, cache, progress=lambda text: None):
        self.people = people
        self.progress = progress
        self.kept = pathlib.Path(cache) / f"{people}-{fingerprint()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="locktsync-bench-", dir="/tmp"))
        self.postgres = None
        self.lockt = None
        self.first_sync = None
        self._daemons = []

    def __enter__(self):
        try:
            if not (self.kept / "complete").exists():
                self._make()
            self._take()
        except BaseException:
            self._tell()
            self.close()
            raise
        return self

    def __exit__(self, kind, *_):
        if kind:
            self._tell()
        self.close()

    def _tell(self):
        """What the daemons said last, for who is to find out what went wrong."""
        for daemon in self._daemons:
            self.progress("\n".join(daemon.lines[-20:]))

    def close(self):
        for daemon in self._daemons:
            with contextlib.suppress(AssertionError):
                daemon.destroy()
        if self.lockt and self.lockt.process:
            self.lockt.stop()
        if self.postgres:
            self.postgres.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What a benchmark does with it

    @property
    def conninfo(self):
        return self.postgres.conninfo(DATABASE, "locktsync")

    def connect(self, user="postgres"):
        return self.postgres.connect(DATABASE, user)

    def psql(self, sql):
        return self.postgres.psql(sql, dbname=DATABASE)

    def vacuum(self):
        self.psql("VACUUM (ANALYZE)")

    def daemon(self, name="daemon", state=True):
        """A daemon that is configured and not started; with the state of the settled company, or a new one."""
        folder = self.folder / name
        folder.mkdir()
        daemon = Locktsyncd(folder, copy.deepcopy(truth.CONFIG))
        self._daemons.append(daemon)
        daemon.configure(**CONFIG)
        daemon.configure(hr={"connection": self.conninfo}, lockt={"url": self.lockt.url})
        daemon.set_credentials(self.lockt.apiuser, self.lockt.apikey)
        if state:
            shutil.rmtree(daemon.state)
            copy_folder(self.kept / "state", daemon.state)
        return daemon

    def start_lockt(self, database="lockt.db", port=0, **options):
        """A Lockt with what the settled company's holds. A state belongs to one URL, so the company's keeps its port."""
        path = self.folder / database
        if not path.exists() and (self.kept / "lockt.db").exists():
            copy_folder(self.kept / "lockt.db", path)
        return LocktSim(levels=truth.LEVELS, database=path, settings={"log_bodies": False},
                        listen=f"127.0.0.1:{port}", **options).start()

    def settle(self, daemon, timeout=PATIENCE):
        """Waits until HR was read as it is now, Lockt was listed, and nothing waits or is under way."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            before = time.time_ns() // 1000
            cursor.execute("SELECT pg_notify('locktsync', '')")

        def quiet():
            status = daemon.ask("status", timeout=300)
            return (status["last_cycle_usec"] or 0) > before and (status["hr"]["last_read_usec"] or 0) > before \
                and not status["counts"]["queued"] and not status["counts"]["unconfirmed"] \
                and not (status["reading"] or status["writing"] or status["listing"])

        wait_until(quiet, lambda: f"a quiet daemon: {daemon.status_line}", timeout, every=0.25)

    # How it comes to be

    def _start_postgres(self, data=None):
        self.postgres = PostgresCluster(base="/tmp", settings=POSTGRES)
        if data:
            configuration = pathlib.Path(self.postgres.data, "postgresql.conf").read_bytes()
            shutil.rmtree(self.postgres.data)
            copy_folder(data, self.postgres.data)
            pathlib.Path(self.postgres.data, "postgresql.conf").write_bytes(configuration)
        self.postgres.start()

    def _take(self):
        self.first_sync = json.loads((self.kept / "complete").read_text(encoding="ascii"))
        self._start_postgres(self.kept / "postgres")
        self.lockt = self.start_lockt(port=self.first_sync["port"])

    def _make(self):
        shutil.rmtree(self.kept, ignore_errors=True)
        self.kept.mkdir(parents=True)
        self.progress(f"making a company of {self.people:,} people")
        self._start_postgres()
        self.postgres.create_database(DATABASE)
        self.postgres.psql(file=SQL / "hr" / "everything.sql", dbname=DATABASE)
        # Its people are there to be odd; these are to be many.
        self.psql("TRUNCATE hr.people CASCADE")
        self.postgres.psql(file=SQL / "hr" / "generate-people.sql", dbname=DATABASE, variables={"people": self.people})
        self.lockt = self.start_lockt(database="making.db")

        self.progress("its first sync")
        daemon = self.daemon("making", state=False)
        begun = time.monotonic()
        daemon.start()
        self.settle(daemon)
        made = {"seconds": time.monotonic() - begun, "peak_kib": peak_memory(daemon.pid),
                "writes": self.lockt.counters()["writes"], "users": self.lockt.counters()["users"],
                "port": self.lockt.port}
        # Once more, so that all that the first one left to be read has been.
        daemon.restart()
        self.settle(daemon)
        daemon.stop()
        self.lockt.stop()
        self.vacuum()
        self.postgres.stop()
        copy_folder(daemon.state, self.kept / "state")
        copy_folder(self.folder / "making.db", self.kept / "lockt.db")
        copy_folder(self.postgres.data, self.kept / "postgres")
        os.unlink(self.folder / "making.db")
        shutil.rmtree(self.folder / "making")
        self.postgres.destroy()
        (self.kept / "complete").write_text(json.dumps(made), encoding="ascii")

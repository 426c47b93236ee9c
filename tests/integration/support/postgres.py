"""A real PostgreSQL for the tests: private, fast, and gone afterwards.

A PostgresCluster lives in a temporary folder, listens on a socket there and on 127.0.0.1, and trusts everybody who gets
that far. Several can run at once. It signals only processes that it started itself, by their ids.

    with PostgresCluster() as postgres:
        postgres.create_database("hr")
        postgres.psql("SELECT 1", dbname="hr")
        postgres.kill()     # as a power cut would
        postgres.start()
"""

import contextlib
import glob
import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

import psycopg2
import psycopg2.extensions
import psycopg2.sql

START_TIMEOUT = 60
STOP_TIMEOUT = 60

# Without fsync, what was committed survives kill() all the same, in the page cache. It need not survive the machine.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "50",
    "max_wal_size": "256MB",
    # Nothing happens behind a test's back.
    "autovacuum": "off",
    "lc_messages": "C",
    # The sample company's midnight, whatever this machine's is.
    "timezone": "Europe/Berlin",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
}


class PostgresError(Exception):
    """A program of PostgreSQL failed; the text is what it said."""


def find_bindir():
    """The programs of the newest PostgreSQL that is installed: initdb is not on everybody's PATH."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb") + glob.glob("/usr/pgsql-*/bin/initdb")
    found.sort(key=lambda path: int(re.search(r"\d+", path).group()))
    initdb = found[-1] if found else shutil.which("initdb")
    if not initdb:
        raise PostgresError("no initdb below /usr/lib/postgresql or on the PATH: install a PostgreSQL server")
    return os.path.dirname(initdb)


def find_base():
    """Where clusters live: in memory if there is room, which makes a database from a template in 30 ms instead of 300."""
    with contextlib.suppress(OSError):
        shm = os.statvfs("/dev/shm")
        if os.access("/dev/shm", os.W_OK | os.X_OK) and shm.f_bavail * shm.f_frsize > 1 << 30:
            return "/dev/shm"
    return "/tmp"


def reserve_port():
    """A free port of 127.0.0.1, and what reserves it among all test processes of this machine until it is closed.

    Below the range that the kernel hands out by itself; so nobody else gets it while a server is down for a restart.
    """
    first = 20000 + os.getpid() * 37 % 8000
    for port in [*range(first, 28000), *range(20000, first)]:
        # An abstract socket is a lock that the kernel takes back from whoever dies.
        lock = socket.socket(socket.AF_UNIX)
        try:
            lock.bind(f"\0locktsync-test-port-{port}")
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
            return port, lock
        except OSError:
            lock.close()
    raise PostgresError("no free port on 127.0.0.1")


class PostgresCluster:
    """See the top of this file. Attributes: folder, data, log, port, bindir.

    With settings come lines for postgresql.conf; base is the folder to make its own in ("/tmp" for many gigabytes).
    """

    def __init__(self, encoding="UTF8", locale="C.UTF-8", settings=None, base=None):
        self.bindir = find_bindir()
        self.folder = tempfile.mkdtemp(prefix="locktsync-pg-", dir=base or find_base())  # a socket's path must be short
        self.data = os.path.join(self.folder, "data")
        self.log = os.path.join(self.folder, "log")
        self.port, self._port_lock = reserve_port()
        self._server = None
        self._log_reader = None
        self._last_database = 0
        try:
            os.chmod(self.folder, 0o755)  # whoever the daemon under test runs as, the socket can be reached
            if os.geteuid() == 0:
                try:
                    postgres = pwd.getpwnam("postgres")
                except KeyError:
                    raise PostgresError("PostgreSQL does not run as root, and there is no user postgres") from None
                os.chown(self.folder, postgres.pw_uid, postgres.pw_gid)
            self._run("initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust", "--no-sync",
                      "--encoding", encoding, "--locale", locale)
            with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="ascii") as conf:
                for name, value in {**SETTINGS, **(settings or {})}.items():
                    conf.write(f"{name} = '{value}'\n")
                conf.write(f"unix_socket_directories = '{self.folder}'\n")
                conf.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\n")
        except BaseException:
            self.destroy()
            raise

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.destroy()

    # Life and death

    @property
    def running(self):
        return self._server is not None and self._server.poll() is None

    def start(self):
        """Starts the server and returns once it accepts connections (after a kill(): once it has recovered)."""
        assert not self.running
        ready = threading.Event()
        self._server = subprocess.Popen(
            self._unprivileged([self._program("postgres"), "-D", self.data], with_parent=True),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder,
            env=self._environment(), start_new_session=True)
        self._log_reader = threading.Thread(target=self._read_log, args=(self._server.stderr, ready), daemon=True)
        self._log_reader.start()
        if not ready.wait(START_TIMEOUT) or not self.running:
            self.kill()
            raise PostgresError("PostgreSQL does not start:\n" + self.log_text()[-4000:])

    def stop(self, mode="fast"):
        """Stops the server: "smart" waits for clients, "fast" cuts them off, "immediate" does not even tidy up."""
        if not self.running:
            return
        self._server.send_signal({"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
        self._server.wait(STOP_TIMEOUT)
        self._log_reader.join(STOP_TIMEOUT)

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def kill(self):
        """Kills all processes of the server outright, as a power cut would. Data survive: start() recovers them."""
        if self._server is None:
            return
        # The server first, or it would respond to the death of the others.
        if self.running:
            children = self._children()
            self._server.kill()
            for pid in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._server.wait(STOP_TIMEOUT)
        # The log ends when the last process that could write to it is gone: then a new server may use the data.
        self._log_reader.join(STOP_TIMEOUT)

    def destroy(self):
        """Ends the server and removes all its files."""
        self.stop("immediate")
        self._port_lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def configure(self, **settings):
        """Sets server settings (ALTER SYSTEM) and has the server read them."""
        for name, value in settings.items():
            self.execute(psycopg2.sql.SQL("ALTER SYSTEM SET {} = {}").format(
                psycopg2.sql.Identifier(name), psycopg2.sql.Literal(value)))
        self.execute("SELECT pg_reload_conf()")

    def log_text(self):
        """What the server has logged so far, over all its starts."""
        with contextlib.suppress(FileNotFoundError), open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()
        return ""

    # Databases and connections

    def conninfo(self, dbname="postgres", user="postgres", **options):
        """A libpq connection string; by default through the socket, with host="127.0.0.1" through TCP."""
        return psycopg2.extensions.make_dsn(
            **{"host": self.folder, "port": self.port, "dbname": dbname, "user": user, **options})

    def connect(self, dbname="postgres", user="postgres", autocommit=True, **options):
        """A psycopg2 connection."""
        connection = psycopg2.connect(self.conninfo(dbname, user, **options))
        connection.autocommit = autocommit
        return connection

    def execute(self, statement, parameters=None, dbname="postgres", user="postgres"):
        """Runs one statement on a connection of its own, and returns its rows, if it has any."""
        with contextlib.closing(self.connect(dbname, user)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def psql(self, sql=None, file=None, dbname="postgres", user="postgres", variables=None):
        """Runs SQL or a file with psql, stopping at the first error, and returns what it prints, bare."""
        command = [self._program("psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
                   "--set=ON_ERROR_STOP=1", "--dbname", self.conninfo(dbname, user)]
        for name, value in (variables or {}).items():
            command.append(f"--set={name}={value}")
        command.append("--file=" + (os.fspath(file) if file else "-"))
        done = subprocess.run(command, input=sql if not file else "", encoding="utf-8", errors="surrogateescape",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environment(), check=False)
        if done.returncode != 0:
            raise PostgresError(done.stderr.strip())
        return done.stdout

    def create_database(self, name=None, template=None, encoding=None, locale=None):
        """Creates a database and returns its name.

        Without a template it is empty. With an encoding that does not go with the cluster's locale (LATIN1, SQL_ASCII),
        the locale is C, which goes with all of them.
        """
        if name is None:
            self._last_database += 1
            name = f"test_{self._last_database}"
        if encoding and not locale:
            locale = "C"
        statement = psycopg2.sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            psycopg2.sql.Identifier(name), psycopg2.sql.Identifier(template or "template0"))
        if encoding:
            statement += psycopg2.sql.SQL(" ENCODING {}").format(psycopg2.sql.Literal(encoding))
        if locale:
            statement += psycopg2.sql.SQL(" LOCALE {}").format(psycopg2.sql.Literal(locale))
        self.execute(statement)
        return name

    def drop_database(self, name):
        """Drops a database and whoever is connected to it."""
        self.execute(psycopg2.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(psycopg2.sql.Identifier(name)))

    # Under the bonnet

    def _program(self, name):
        return os.path.join(self.bindir, name)

    def _environment(self):
        """Ours, without what would lead libpq or a server elsewhere."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG", "NOTIFY"))}
        return {**kept, "LC_ALL": "C"}

    def _unprivileged(self, command, with_parent=False):
        """PostgreSQL refuses to run as root. And should this process die without a word, its server goes too."""
        setpriv = ["setpriv"]
        if os.geteuid() == 0:
            setpriv += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        # The kernel means the thread that started it, so only the one that lives as long as the process will do.
        if with_parent and threading.current_thread() is threading.main_thread():
            setpriv += ["--pdeathsig=QUIT"]
        return command if len(setpriv) == 1 else [*setpriv, *command]

    def _run(self, program, *arguments):
        done = subprocess.run(self._unprivileged([self._program(program), *arguments]), encoding="utf-8",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              cwd=self.folder, env=self._environment(), check=False)
        if done.returncode != 0:
            raise PostgresError(f"{program} failed:\n{done.stdout}")

    def _children(self):
        with open(f"/proc/{self._server.pid}/task/{self._server.pid}/children", encoding="ascii") as children:
            return [int(pid) for pid in children.read().split()]

    def _read_log(self, stream, ready):
        with stream, open(self.log, "ab", buffering=0) as log:
            for line in stream:
                log.write(line)
                if b"database system is ready to accept " in line:     # connections, or on a standby read-only ones
                    ready.set()
        ready.set()  # or has ended, which start() then sees


class Listener:
    """Collects the payloads of a NOTIFY channel, in the order of the commits."""

    def __init__(self, conninfo, channel="locktsync"):
        self._channel = channel
        self._connection = psycopg2.connect(conninfo)
        self._connection.autocommit = True
        self._execute(psycopg2.sql.SQL("LISTEN {}; LISTEN fence").format(psycopg2.sql.Identifier(channel)))

    def received(self):
        """The payloads of everything committed since the last call. Does not wait: what is not here was not sent."""
        # A notification of our own lines up behind all earlier commits, and the server delivers it before it answers.
        self._execute("NOTIFY fence")
        self._connection.poll()
        notifications, self._connection.notifies = self._connection.notifies, []
        assert notifications[-1].channel == "fence"
        return [n.payload for n in notifications if n.channel == self._channel]

    def wait(self, timeout=10):
        """Waits until there is something, and returns it all."""
        while not (payloads := self.received()):
            if not select.select([self._connection], [], [], timeout)[0]:
                raise TimeoutError(f"no notification on {self._channel} within {timeout} s")
        return payloads

    def close(self):
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _execute(self, statement):
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

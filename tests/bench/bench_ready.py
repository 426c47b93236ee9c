"""From exec to READY=1, with everybody in the state."""

import contextlib
import os
import socket
import statistics
import subprocess
import time

from company import Company
from measure import seconds
from support.locktsyncd import program


def start_seconds(daemon, folder):
    """Starts it as systemd would, ends it again, and answers the time to READY=1."""
    path = os.fspath(folder / "notify")
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as notify:
        notify.bind(path)
        environment = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": path,
                       "CREDENTIALS_DIRECTORY": os.fspath(daemon.credentials)}
        command = [program("locktsyncd"), "--config", daemon.config_path, "--state-dir", daemon.state,
                   "--control", daemon.control]
        begun = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=environment)
        try:
            notify.settimeout(60)
            while b"READY=1" not in notify.recv(65536):
                pass
            return time.monotonic() - begun
        finally:
            process.terminate()
            process.wait()
            os.unlink(path)


def run(table, options):
    with Company(options.ready_people, options.cache, table.progress) as company:
        daemon = company.daemon()
        daemon.write_config()
        start_seconds(daemon, company.folder)
        times = [start_seconds(daemon, company.folder) for _ in range(max(5, options.times))]
        table.add(f"ready after start, {options.ready_people:,} people in the state", seconds(statistics.median(times)),
                  f"at most {seconds(max(times))}", target="≤ 100 ms")

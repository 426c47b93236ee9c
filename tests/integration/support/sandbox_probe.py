"""Run in the place of locktsyncd, in its sandbox: tries what it may and may not do, and prints the outcomes as JSON."""

import ctypes
import errno
import json
import mmap
import os
import pwd
import socket
import ssl
import threading

libc = ctypes.CDLL(None, use_errno=True)


def outcome(attempt, success):
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    return success


def write(folder):
    path = os.path.join(folder, "probe")
    with open(path, "w", encoding="ascii") as file:
        file.write("x")
    os.unlink(path)


def call(function, *arguments):
    if getattr(libc, function)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), function)


def sockets(family):
    socket.socket(family, socket.SOCK_DGRAM).close()


def change_owner():
    path = os.path.join(os.environ["STATE_DIRECTORY"], "owned")
    with open(path, "w", encoding="ascii"):
        pass
    try:
        os.chown(path, os.getuid(), os.getgid())
    finally:
        os.unlink(path)


def run_thread():
    thread = threading.Thread(target=len, args=("",))
    thread.start()
    thread.join()


def read_credential():
    with open(os.path.join(os.environ["CREDENTIALS_DIRECTORY"], "apikey"), encoding="utf-8") as file:
        assert file.read().strip()


def read_clock_zone():
    with open("/usr/share/zoneinfo/Europe/Berlin", "rb") as file:
        assert file.read(4) == b"TZif"


state = os.environ["STATE_DIRECTORY"]
with open("/proc/self/status", encoding="ascii") as file:
    status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)

print(json.dumps({
    "writes": {folder: outcome(lambda: write(folder), "written") for folder in (
        "/", "/etc", "/etc/locktsync-probe", "/usr", "/usr/local", "/var", "/var/lib", "/var/lib/locktsync", "/run",
        "/run/locktsync", "/home", "/root", "/sys/fs/cgroup", "/tmp", state, os.environ["RUNTIME_DIRECTORY"])},
    "owner": {"user": pwd.getpwuid(os.getuid()).pw_name, "mode": oct(os.stat(state).st_mode & 0o777)},
    "works": {name: outcome(attempt, "works") for name, attempt in {
        "names": lambda: socket.getaddrinfo("localhost", 80),
        "certificates": ssl.create_default_context,
        "TCP": lambda: sockets(socket.AF_INET),
        "IPv6": lambda: sockets(socket.AF_INET6),
        "UNIX sockets": lambda: sockets(socket.AF_UNIX),
        "threads": run_thread,
        "credentials": read_credential,
        "time zones": read_clock_zone,
    }.items()},
    "refused": {name: outcome(attempt, "done") for name, attempt in {
        "netlink": lambda: sockets(socket.AF_NETLINK),
        "raw packets": lambda: sockets(socket.AF_PACKET),
        "change of owner": change_owner,
        "priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, 19),
        "own user namespace": lambda: call("unshare", 0x10000000),
        "memory to write and run": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
        "mount": lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
        "clock": lambda: call("settimeofday", b"\0" * 16, None),
        "set-user-id": lambda: os.chmod(state, 0o4700),
    }.items()},
    "status": {name: status[name] for name in ("CapBnd", "CapEff", "NoNewPrivs", "Seccomp")},
    "foreign processes": sum(os.stat(f"/proc/{pid}").st_uid != os.getuid()
                             for pid in os.listdir("/proc") if pid.isdigit()),
}))

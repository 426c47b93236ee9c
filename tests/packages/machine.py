"""A machine to install packages on: this one, as a mount namespace of its own sees it, where writes go to memory alone.

    with Machine(packages) as machine:
        machine.run("dpkg -i /mnt/locktsync_*.deb")

It has no systemd that runs; what maintainer scripts ask one to do is written down, and given by asked().
"""

import subprocess

RECORDER = """#!/bin/sh
echo "${0##*/} $*" >>/var/log/asked
"""


class Machine:
    def __init__(self, packages):
        self.packages = packages
        self.holder = None

    def __enter__(self):
        # The namespace, and with it all that was mounted and written, lives as long as this shell waits for its input.
        script = f"""
            set -e
            mount -t tmpfs none /mnt
            mkdir /mnt/upper /mnt/scratch /mnt/root
            mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/scratch none /mnt/root
            mount -t proc none /mnt/root/proc
            mount --rbind /dev /mnt/root/dev
            mount --bind '{self.packages}' /mnt/root/mnt
            echo ready
            read end
        """
        self.holder = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "ready\n":
            said = self.holder.communicate()[1]
            raise OSError(f"no mount namespace with an overlay: {said.strip()}")
        # As if locktsync had never been here.
        self.call("dpkg -P locktsync; userdel locktsync; groupdel locktsync; groupdel locktsync-admin")
        self.run("rm -rf /etc/locktsync /var/lib/locktsync /etc/systemd/system/locktsync*; ! id locktsync")
        self.pretend_systemd_runs()
        return self

    def __exit__(self, *_):
        self.holder.communicate()

    def pretend_systemd_runs(self):
        self.run("mkdir -p /run/systemd/system")
        for path in ("/usr/bin/systemctl", "/usr/bin/deb-systemd-invoke"):
            self.run(f"cat >{path}.new; chmod 755 {path}.new; mv {path}.new {path}", input=RECORDER)

    def call(self, command, **options):
        enter = ["nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt", "chroot", "/mnt/root"]
        return subprocess.run([*enter, "sh", "-c", "exec 2>&1; umask 022; cd /; " + command], stdout=subprocess.PIPE,
                              text=True, timeout=120, check=False, **(options or {"stdin": subprocess.DEVNULL}),
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root",
                                   "DEBIAN_FRONTEND": "noninteractive"})

    def run(self, command, **options):
        """Its output; it has to end well."""
        done = self.call(command, **options)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def holds(self, command):
        """Whether it ends well."""
        return self.call(command).returncode == 0

    def asked(self):
        """What systemd was asked to do since this was last called."""
        return self.run("cat /var/log/asked 2>/dev/null; rm -f /var/log/asked").splitlines()

"""The packages, built once; or those in the folder that LOCKTSYNC_PACKAGES names."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command, **options):
    return subprocess.run([os.fspath(part) for part in command], check=True, stdout=subprocess.PIPE, text=True,
                          **options).stdout


class Packages:
    def __init__(self, folder, unpacked):
        self.folder = folder
        self.files = {path.name.split("_")[0]: path for path in folder.glob("*.deb")}
        self._unpacked = unpacked

    def field(self, package, name):
        return run("dpkg-deb", "--field", self.files[package], name).strip()

    def contents(self, package):
        """{"/usr/sbin/locktsyncd": "-rwxr-xr-x", …}, without folders; of a link what it points to is left out."""
        lines = run("dpkg-deb", "--contents", self.files[package]).splitlines()
        found = (re.match(r"(\S+) root/root +\S+ +\S+ +\S+ \.(/.*?)(?: -> .*)?$", line) for line in lines)
        assert all(found := list(found)), f"something in {package} is not root's"
        return {match[2]: match[1] for match in found if not match[1].startswith("d")}

    def unpacked(self, package):
        target = self._unpacked / package
        if not target.exists():
            run("dpkg-deb", "--extract", self.files[package], target)
        return target

    def script(self, package, name):
        return run("dpkg-deb", "--info", self.files[package], name)


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    folder = Path(os.environ.get("LOCKTSYNC_PACKAGES") or tmp_path_factory.mktemp("packages"))
    if "LOCKTSYNC_PACKAGES" not in os.environ:
        if not shutil.which("dh"):
            pytest.skip("debhelper is missing: packaging/install-dependencies packages")
        run(ROOT / "packaging/build-deb", folder,
            env={**os.environ, "DEB_BUILD_OPTIONS": f"nocheck parallel={os.environ.get('JOBS', 2)}"})
    return Packages(folder, tmp_path_factory.mktemp("unpacked"))

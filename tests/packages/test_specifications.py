"""What the packages are made from says the same as meson.build and packaging/install-dependencies. Nothing is built."""

import re
import shutil
import subprocess

import pytest

from conftest import ROOT

MESON = (ROOT / "meson.build").read_text(encoding="utf-8")
CONTROL = (ROOT / "packaging/debian/control").read_text(encoding="utf-8")
SPECIFICATION = ROOT / "packaging/locktsync.spec"
SPEC = SPECIFICATION.read_text(encoding="utf-8")


def test_rpm_has_the_version_of_the_project():
    assert re.findall(r"^Version: +(\S+)$", SPEC, re.M) == [re.search(r"version: '([^']+)'", MESON)[1]]


def test_rpm_needs_what_the_build_needs_and_no_older():
    wanted = dict(re.findall(r"dependency\('([\w.-]+)', version: '>=([\d.]+)'", MESON))
    assert len(wanted) >= 9
    assert dict(re.findall(r"^BuildRequires: +pkgconfig\(([^)]+)\) >= (\S+)$", SPEC, re.M)) == wanted


def test_debian_packages_need_what_install_dependencies_installs():
    script = (ROOT / "packaging/install-dependencies").read_text(encoding="utf-8")
    libraries = set(re.findall(r"\blib[\w.+-]+-dev\b", re.search(r"^build=\((.*?)\)", script, re.M | re.S)[1]))
    needed = re.search(r"^Build-Depends:\n((?: .*\n)+)", CONTROL, re.M)[1]
    assert libraries - {"libc6-dev"} == set(re.findall(r"\blib[\w.+-]+-dev\b", needed)) - {
        "libcmocka-dev", "libmicrohttpd-dev"}


def test_both_kinds_of_packages_have_the_library_by_its_first_number():
    number = re.search(r"soversion: '(\d+)'", (ROOT / "lib/lockt/shared/meson.build").read_text(encoding="utf-8"))[1]
    assert f"Package: liblockt{number}\n" in CONTROL
    assert f"liblockt.so.{number}*\n" in SPEC


@pytest.mark.skipif(not shutil.which("rpmlint"), reason="rpmlint is missing")
def test_rpmlint_has_nothing_to_say():
    said = subprocess.run(["rpmlint", SPECIFICATION], capture_output=True, text=True, check=False, timeout=60)
    assert (said.returncode, re.findall(r"^.*: [EW]: .*$", said.stdout, re.M)) == (0, []), said.stdout + said.stderr

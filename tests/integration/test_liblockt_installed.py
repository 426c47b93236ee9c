"""liblockt as a stranger has it: installed, found by pkg-config, and used by a program that knows nothing of this project."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.sim import LocktSim

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "packaging/examples/lockt-example.c"
SANITIZERS = ["address", "undefined"]

pytestmark = pytest.mark.skipif("LOCKTSYNC_BUILD" not in os.environ or not shutil.which("meson"),
                                reason="a build folder (LOCKTSYNC_BUILD) and meson are needed")


def run(*command, **options):
    return subprocess.run([os.fspath(part) for part in command], check=True, capture_output=True, text=True, **options)


class Installed:
    def __init__(self, root):
        self.root = root
        run("meson", "install", "-C", os.environ["LOCKTSYNC_BUILD"], "--no-rebuild", "--tags", "lockt,devel", "--destdir",
            root)
        self.pkg_config_folder = next(root.rglob("lockt.pc")).parent
        self.header = next(root.rglob("lockt.h"))
        self.library = next(root.rglob("liblockt.so"))
        self.manual = next(root.rglob("lockt.3"))
        text = self.library.read_bytes()
        self.sanitized = [name for name, sign in zip(SANITIZERS, (b"__asan_init", b"__ubsan_handle")) if sign in text]

    def pkg_config(self, *arguments):
        return run("pkg-config", *arguments, "lockt",
                   env={**os.environ, "PKG_CONFIG_PATH": str(self.pkg_config_folder),
                        "PKG_CONFIG_SYSROOT_DIR": str(self.root)}).stdout.split()

    def compile(self, compiler, source, program, *flags):
        """With what pkg-config says, and nothing else; a library with sanitizers needs a program that has them too."""
        sanitize = [f"-fsanitize={','.join(self.sanitized)}"] if self.sanitized else []
        run(compiler, *flags, *sanitize, source, "-o", program, *self.pkg_config("--cflags", "--libs"))
        return program

    def call(self, program, *arguments, **environment):
        return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "LD_LIBRARY_PATH": str(self.library.parent), **environment})


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return Installed(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def example(installed, tmp_path_factory):
    return installed.compile("cc", EXAMPLE, tmp_path_factory.mktemp("example") / "lockt-example", "-Wall", "-Wextra",
                             "-Werror", "-std=gnu11")


@pytest.fixture
def sim():
    with LocktSim() as simulator:
        yield simulator


def code_of(header):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", header.read_text(encoding="utf-8"), flags=re.S)


def test_example_shows_what_an_instance_holds(installed, example, sim):
    sim.add_user(id_num="ABC123", first_name="Toby", last_name="Peters", enabled=True)
    sim.add_door("Vault", levels=["Security"], battery_level=0.05)
    shown = installed.call(example, sim.url, LOCKT_APIUSER=sim.apiuser, LOCKT_APIKEY=sim.apikey)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert re.search(r"^level \d+ Security:.* Vault", shown.stdout, re.M)
    assert "1 users, 0 fobs" in shown.stdout and "battery of Vault: 5 %" in shown.stdout


def test_example_gives_a_level_and_keeps_the_rest(installed, example, sim):
    sim.add_user(id_num="ABC123", first_name="Toby", last_name="Peters", card_num="0815", email="toby@example.org",
                 enabled=True)
    given = installed.call(example, sim.url, "ABC123", "Security", LOCKT_APIUSER=sim.apiuser, LOCKT_APIKEY=sim.apikey)
    assert (given.returncode, given.stderr) == (0, "")
    user = sim.user("ABC123")
    assert sim.level_names("ABC123") == ["Security"]
    assert (user["first_name"], user["card_num"], user["email"]) == ("Toby", "0815", "toby@example.org")


def test_example_says_what_went_wrong(installed, example, sim):
    refused = installed.call(example, sim.url, LOCKT_APIUSER=sim.apiuser, LOCKT_APIKEY="wrong")
    assert refused.returncode == 1 and "levels: unauthorized: Lockt refuses these credentials" in refused.stderr


def test_library_shows_what_the_header_declares_and_nothing_else(installed):
    symbols = run("nm", "-D", "--defined-only", installed.library).stdout
    exported = set(re.findall(r" T (\w+)", symbols))
    code = re.sub(r"static inline [^}]*}", "", code_of(installed.header), flags=re.S)
    declared = set(re.findall(r"\b(lockt_[a-z_]+)\(", code))
    assert exported == declared and len(declared) > 40


def test_header_takes_no_name_that_is_not_its_own(installed):
    code = code_of(installed.header)
    names = re.findall(r"^} (\w+);|^#define (\w+)|^(?:typedef )?(?:struct|enum|union) (\w+)", code, re.M)
    taken = {name for found in names for name in found if name}
    assert {name for name in taken if not re.match(r"Lockt|LOCKT_", name)} == set()
    assert not re.findall(r'#include "', code)


@pytest.mark.skipif(not shutil.which("c++"), reason="no C++ compiler")
def test_header_is_good_for_cxx(installed, tmp_path):
    source = tmp_path / "example.cc"
    source.write_text('#include <lockt/lockt.h>\nint main() { return lockt_verdict_name(LOCKT_OK)[0] != 111; }\n')
    assert installed.call(installed.compile("c++", source, tmp_path / "example")).returncode == 0


def test_library_has_a_name_that_says_when_programs_must_be_made_anew(installed):
    dynamic = run("readelf", "-d", installed.library).stdout
    assert re.search(r"SONAME.*\[liblockt\.so\.1\]", dynamic)


def test_manual_has_every_call(installed):
    manual = installed.manual.read_text(encoding="utf-8")
    calls = set(re.findall(r"\b(lockt_[a-z_]+)\(", code_of(installed.header)))
    assert {call for call in calls if f"{call}(" not in manual} == set()
    assert re.findall(r"^\.SH (.*)", manual, re.M) == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "WHAT THE CALLS SPEAK OF", "THE CLIENT", "CALLS", "READING", "WRITING",
        "SEE ALSO"]

"""--help, the manual and the completion of locktsyncctl name the same commands and options. No daemon is needed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "packaging/man/locktsyncctl.1"
COMPLETION = ROOT / "packaging/completion/locktsyncctl"
PROGRAM = os.path.join(os.environ["LOCKTSYNC_BUILD"], "daemon/ctl/locktsyncctl") if "LOCKTSYNC_BUILD" in os.environ \
    else "locktsyncctl"


def help_of(*command):
    return subprocess.run([PROGRAM, *command, "--help"], check=True, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout


def options_in(text):
    """{"--limit": "N", "--json": None}"""
    return {name: value or None for name, value in re.findall(r"^  (--[a-z-]+)(?: ([A-Z]+))?  +\S", text, re.M)}


COMMANDS = re.findall(r"^  ([a-z]+)[ \[]", help_of().split("Options:")[0], re.M)
COMMON = options_in(help_of())
OWN = {command: {name: value for name, value in options_in(help_of(command)).items() if name not in COMMON}
       for command in COMMANDS}


def manual_section(name):
    text = MANUAL.read_text(encoding="utf-8")
    return re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", text, re.M | re.S)[1]


def manual_commands():
    """By command, its synopsis line and what is said of it."""
    parts = re.split(r"^\.It Cm (.*)$", manual_section("COMMANDS"), flags=re.M)
    return {line.split()[0]: (line, body) for line, body in zip(parts[1::2], parts[2::2])}


def complete(*words):
    """What the completion offers for the last of the words."""
    script = f'source "{COMPLETION}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _locktsyncctl 2>/dev/null; ' \
             'printf "%s\\n" "${COMPREPLY[@]}"'
    run = subprocess.run(["bash", "-c", script, "bash", "locktsyncctl", *words], capture_output=True, text=True,
                         check=True)
    return set(run.stdout.split())


def test_there_is_something_to_compare():
    assert len(COMMANDS) == 22 and "--socket" in COMMON and OWN["revert"] == {"--reason": "TEXT"}


def test_every_command_helps_with_what_the_list_says():
    for command in COMMANDS:
        text = help_of(command)
        assert text.startswith(f"Usage: locktsyncctl {command} ")
        assert text.split("\n")[1].rstrip(".") in help_of()
        assert set(COMMON) <= set(options_in(text))


def test_manual_has_the_commands_in_the_order_of_help():
    assert list(manual_commands()) == COMMANDS


def test_manual_has_the_common_options():
    found = re.findall(r"^\.It Fl -(\S+)(?: Ar (\S+))?$", manual_section("DESCRIPTION"), re.M)
    assert {f"--{name}": value or None for name, value in found} == COMMON


@pytest.mark.parametrize("command", COMMANDS)
def test_manual_has_the_options_of_each_command(command):
    line, body = manual_commands()[command]
    in_line = re.findall(r"Fl -(\S+)(?: Ar ([A-Z]+))?", line)
    in_body = re.findall(r"^\.It Fl -(\S+)(?: Ar (\S+))?$", body, re.M)
    assert {f"--{name}": value or None for name, value in in_line} == OWN[command]
    assert {f"--{name}": value or None for name, value in in_body} == OWN[command]


@pytest.mark.parametrize("command", COMMANDS)
def test_manual_has_the_arguments_of_each_command(command):
    usage = help_of(command).split("\n")[0]
    line, _ = manual_commands()[command]
    assert ("ID_NUM" in usage) == ("Ar ID_NUM" in line)


def test_manual_tells_the_json_of_every_command():
    assert set(re.findall(r"^\.It Cm (\w+)$", manual_section("JSON"), re.M)) == set(COMMANDS)


def test_completion_offers_the_commands():
    assert complete("") == set(COMMANDS)
    assert complete("--json", "--socket", "/tmp/status", "") == set(COMMANDS)
    assert complete("pl") == {"plan"}


@pytest.mark.parametrize("command", COMMANDS)
def test_completion_offers_the_options_of_each_command(command):
    assert complete(command, "--") == set(COMMON) | set(OWN[command])
    assert complete(command, "--json", "--") == set(COMMON) | set(OWN[command])


def test_completion_offers_nothing_where_a_number_is_due():
    assert complete("history", "--limit", "") == set()


@pytest.mark.skipif(not shutil.which("mandoc"), reason="no mandoc")
def test_manual_is_sound():
    assert subprocess.run(["mandoc", "-T", "lint", "-W", "warning", MANUAL], capture_output=True,
                          text=True).stdout == ""

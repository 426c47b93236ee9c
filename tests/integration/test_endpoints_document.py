"""packaging/endpoints.md names what there is: no row is empty, no call or test is invented, and no endpoint is left out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "packaging/endpoints.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|\n ").split("|")]
        for line in TEXT.splitlines() if re.match(r"\| (?:GET|POST|PUT) /", line)]


def test_there_is_something_to_compare():
    assert len(ROWS) == 22


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_row_names_what_there_is(row):
    _, call, simulator, command, test = row
    assert all(row) and simulator and command
    assert f"int {call.strip('`')}(" in (ROOT / "lib/lockt/lockt.h").read_text(encoding="utf-8")
    file, name = test.strip("`").split("::")
    assert f"def {name}(" in (ROOT / "tests/integration" / file).read_text(encoding="utf-8")
    if what := re.match(r"`get (\w+)", command):
        assert f'"{what[1]}"' in (ROOT / "daemon/control-get.c").read_text(encoding="utf-8")


def test_every_endpoint_of_the_simulator_has_its_row():
    routes = re.findall(r'\{ "(GET|POST|PUT)", "(/\w+)"', (ROOT / "tests/simulator/api.c").read_text(encoding="utf-8"))
    assert {" ".join(route) for route in routes} == {row[0].split("?")[0] for row in ROWS}


def test_every_call_of_the_library_about_an_endpoint_has_its_row():
    header = re.sub(r"/\*.*?\*/", "", (ROOT / "lib/lockt/lockt.h").read_text(encoding="utf-8"), flags=re.S)
    calls = set(re.findall(r"^int (lockt_\w+)\([^;]*LocktCall \*\*ret", header, re.M))
    assert calls - {row[1].strip("`") for row in ROWS} == {"lockt_list_levels"}

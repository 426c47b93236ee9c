"""The table of keys, the schema, the manual and the examples say the same, key by key. No server is needed."""

import json
import os
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LOCKTSYNC_BUILD", ROOT / "build"))
TOOL = BUILD / "tests/unit/print-config-keys"
MANUAL = ROOT / "packaging/man/locktsync.yaml.5"
EXAMPLE = ROOT / "etc/locktsync.yaml"
MINIMAL = ROOT / "etc/locktsync-minimal.yaml"
DATA = ROOT / "tests/data/config"


if not TOOL.exists():
    pytest.skip("no print-config-keys: build first, or name the build folder in LOCKTSYNC_BUILD",
                allow_module_level=True)


def read_table():
    lines = subprocess.run([TOOL], check=True, capture_output=True, text=True).stdout.splitlines()
    return {key: {"type": kind, "default": default, "meaning": meaning}
            for key, kind, default, meaning in (line.split("\t") for line in lines)}


TABLE = read_table()
DEFAULTS = {key: row["default"] for key, row in TABLE.items() if row["default"]}
SCHEMA = json.loads((ROOT / "etc/locktsync.schema.json").read_text(encoding="utf-8"))


def as_written(value):
    """A value of JSON as the YAML would say it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(as_written(item) for item in value) + "]"
    return str(value)


def load_for_schema(path):
    """YAML as an editor's language server sees it: 1.2, where only true and false are booleans, and keys are texts."""
    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers
                if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), "tf")

    def texts(value):
        if isinstance(value, dict):
            return {"null" if key is None else str(key): texts(item) for key, item in value.items()}
        return [texts(item) for item in value] if isinstance(value, list) else value

    with open(path, encoding="utf-8") as stream:
        return texts(yaml.load(stream, Loader))


def branches(schema):
    """The schema and all that it may be instead; of a list also what its elements are."""
    yield schema
    for other in ([SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]]] if "$ref" in schema else []) \
            + schema.get("allOf", []) + schema.get("anyOf", []) + schema.get("oneOf", []) \
            + ([schema["items"]] if "items" in schema else []):
        yield from branches(other)


def schema_keys(schema, prefix=""):
    """Every dotted key of the schema, with the part of the schema that is about it."""
    for branch in branches(schema):
        for name, value in branch.get("properties", {}).items():
            yield prefix + name, value
            # What one property takes, the table says once for all of them.
            below = "user.*." if prefix == "user." else prefix + name + "."
            yield from schema_keys(value, below)
        if isinstance(branch.get("additionalProperties"), dict):
            yield from schema_keys(branch["additionalProperties"], prefix + "*.")


def manual_entries():
    """What the manual says of each key."""
    text = MANUAL.read_text(encoding="utf-8")
    entries = re.findall(r"^\.It Ic (\S+)\n(.*?)(?=^\.It |^\.El)", text, re.MULTILINE | re.DOTALL)
    return [key for key, _ in entries], dict(entries)


@pytest.mark.parametrize("key", TABLE)
def test_the_schema_has_each_key_with_its_default(key):
    found = [value for name, value in schema_keys(SCHEMA) if name == key.replace("[]", "")]
    assert found, f"{key} is not in the schema"
    for value in found:
        assert value.get("description", "").endswith(".")
        if key in DEFAULTS and not key.startswith("user.*."):
            assert as_written(value["default"]) == DEFAULTS[key]


def test_the_schema_has_no_other_keys():
    assert {name for name, _ in schema_keys(SCHEMA)} == {key.replace("[]", "") for key in TABLE}


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("key", TABLE)
def test_the_manual_has_each_key_with_its_default(key):
    keys, entries = manual_entries()
    assert keys.count(key) == 1
    default = re.search(r"^Default:\n\.Ql (.+) \.$", entries[key], re.MULTILINE)
    assert (default.group(1) if default else "") == DEFAULTS.get(key, "")


def test_the_manual_has_no_other_keys():
    assert set(manual_entries()[0]) == set(TABLE)


def example_value(document, key):
    for part in key.split("."):
        if not isinstance(document, dict) or part not in document:
            return None
        document = document[part]
    return document


@pytest.mark.parametrize("key", [key for key in TABLE if "*" not in key and "[]" not in key])
def test_the_example_has_each_key(key):
    document = yaml.load(EXAMPLE.read_text(encoding="utf-8"), yaml.BaseLoader)
    value = example_value(document, key)

    if key in DEFAULTS and key != "hr.timezone":        # which has to be written where dates are mapped
        assert as_written(value) == DEFAULTS[key]
    elif value is None:
        name = key.rsplit(".", 1)[-1]
        assert re.search(rf"^ *# *(exclude: {{ )?{name}:", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", [EXAMPLE, MINIMAL], ids=lambda path: path.name)
def test_the_examples_load(path):
    result = subprocess.run([TOOL, path], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def test_what_is_behind_a_comment_loads_too(tmp_path):
    """The example says "take the # away"; a line of prose behind one has no colon after its first word."""
    lines = []
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        # A second access_expires would stand there twice.
        if "site_tz" not in line:
            line = re.sub(r"^( *)# (?=(\w+: |metrics:|  textfile: |- when: |  grant: |- grant: ))", r"\1", line)
        lines.append(line)
    path = tmp_path / "locktsync.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    document = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    assert {"exclude", "metrics"} <= set(document)
    assert len(document["access_levels"]["rules"]) == 4
    result = subprocess.run([TOOL, path], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("path", [EXAMPLE, MINIMAL] + [path for path in sorted(DATA.glob("y_*.yaml"))],
                         ids=lambda path: path.name)
def test_what_loads_is_valid_by_the_schema(path):
    jsonschema.validate(load_for_schema(path), SCHEMA, jsonschema.Draft7Validator)


@pytest.mark.parametrize("name", [
    "n_wrong_types", "n_unknown_key_far", "n_missing_in_sections", "n_version", "n_secret_in_file", "n_url_http",
    "n_url_http_like_localhost", "n_enabled_one_list", "n_id_num_template", "n_rules_mapping", "n_link_by", "n_fobs",
    "n_witness_on", "n_sources", "n_options", "n_rules",
])
def test_what_an_editor_can_see_is_wrong_by_the_schema(name):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(load_for_schema(DATA / f"{name}.yaml"), SCHEMA, jsonschema.Draft7Validator)


def test_the_manual_page_is_clean():
    try:
        result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", MANUAL], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("mandoc is not installed")
    assert (result.returncode, result.stdout) == (0, "")

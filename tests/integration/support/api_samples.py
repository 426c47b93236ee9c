"""The documented requests and answers of the API: tests/data/api, one file a sample, and what it means to look alike.

A sample that holds a list of records shows every form a record of that list may have. An answer looks like it when each
of its records has the properties of one of them, in the same order and of the same types.
"""

import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "data/api"


def sample(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def names():
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def looks_like(value, documented):
    """Whether @value has the form of the sample. Of a list, each member must look like one of the sample's members."""
    if isinstance(documented, list):
        return isinstance(value, list) and all(any(looks_like(member, form) for form in documented) for member in value)
    if isinstance(documented, dict):
        return (isinstance(value, dict) and list(value) == list(documented)
                and all(looks_like(value[key], documented[key]) for key in documented))
    return type(value) is type(documented)

"""What was asked of Lockt, taken from the simulator's list of requests."""

import contextlib


@contextlib.contextmanager
def during(lockt, action, **parameters):
    """While the block runs, this goes wrong."""
    number = lockt.fault(action, **parameters)
    try:
        yield number
    finally:
        lockt.clear_fault(number)


def records(request):
    """The records in the body of a write."""
    body = request["body"]
    return body.get("users", []) if isinstance(body, dict) else []


def written(lockt, since=0):
    """The id_nums of each write, in the order in which they arrived."""
    return [[record["id_num"] for record in records(request)] for request in lockt.writes(since)]


def takes(record):
    """Whether a record shuts somebody out."""
    return str(record.get("enabled")).lower() == "false"


def worked(requests):
    """Those that the service did not refuse."""
    return [request for request in requests if request["status"] == 200 and request["state"] == "answered"]

"""The one place where tests wait for something to become true."""

import time

PATIENCE = 30  # seconds, for what should take one at most; a sanitized build on a busy machine takes its time


def wait_until(condition, what, timeout=PATIENCE, every=0.02):
    """Asks until condition() says something true, and returns that; `what` is what was waited for, a text or a callable."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout} s: {what() if callable(what) else what}")
        time.sleep(every)

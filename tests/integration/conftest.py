"""What every test here can ask for: a company's HR, a Lockt to keep true to it, and the daemon between them.

    def test_leaver_loses_access(hr, lockt, daemon, synced):
        hr.leave("E00001")
        synced()
        assert opens(lockt, "E00001") == set()
"""

import copy
import shutil
import signal
import tempfile

import pytest

from support import truth
from support.fixtures_postgres import hr_database, postgres  # noqa: F401 (fixtures)
from support.locktsyncd import Locktsyncd
from support.sim import LocktSim


TEST_TIMEOUT = 240  # seconds, for the slowest of tests on a busy machine


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """No test waits for ever, whatever its own waits forgot."""
    def give_up(_number, _frame):
        raise TimeoutError(f"{item.nodeid} takes longer than {TEST_TIMEOUT} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(TEST_TIMEOUT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """So that a fixture knows, when it ends, whether its test failed."""
    report = (yield).get_result()
    if call.when == "call":
        item.failed = report.failed


@pytest.fixture
def hr(hr_database):  # noqa: F811 (a fixture)
    """HR at work: hr.hire(…), hr.leave(…)."""
    return hr_database.hr


@pytest.fixture
def lockt():
    """A lockt-sim with the levels that the mapping names."""
    with LocktSim(levels=truth.LEVELS) as sim:
        yield sim


@pytest.fixture
def make_daemon(request, hr_database, lockt):  # noqa: F811 (a fixture)
    """Makes a daemon that is configured, and not started: each in folders of its own."""
    daemons = []

    def make():
        daemon = Locktsyncd(tempfile.mkdtemp(prefix="locktsync-"), copy.deepcopy(truth.CONFIG))
        daemons.append(daemon)
        daemon.configure(hr={"connection": hr_database.conninfo}, lockt={"url": lockt.url})
        daemon.set_credentials(lockt.apiuser, lockt.apikey)
        return daemon

    yield make
    try:
        for daemon in daemons:
            daemon.destroy()
    finally:
        for number, daemon in enumerate(daemons):
            if getattr(request.node, "failed", False):
                print(f"--- locktsyncd {number}, the end of its log:")
                print("\n".join(daemon.lines[-200:]))
            shutil.rmtree(daemon.folder, ignore_errors=True)


@pytest.fixture
def daemon(make_daemon):
    """locktsyncd for this hr and this lockt, not started yet."""
    return make_daemon()


@pytest.fixture
def synced(hr, lockt, daemon):
    """synced(): waits until everybody has in Lockt what HR wants, and the daemon has nothing left to do about it; starts it
    if it does not run."""
    def wait(ignore=(), timeout=60):
        if not daemon.running:
            daemon.start()
        state = {}

        def same():
            state["differences"] = truth.differences(hr, lockt, ignore)
            return not state["differences"]

        def what():
            shown = sorted(state["differences"].items())[:5]
            return f"Lockt is not what HR wants in {len(state['differences'])} records: {shown}; {daemon.status_line}"

        daemon.wait(same, what, timeout)
        # The last acknowledgement is not the end: ids of new users are learnt, revocations are looked at.
        daemon.wait(lambda: daemon.at_rest(ignore), lambda: f"the daemon to be at rest: {daemon.status()}", timeout)

    return wait


@pytest.fixture
def settled(hr, daemon):
    """settled(): waits until HR was read anew as it is now, and nothing that came of it is waiting or under way."""
    def wait(timeout=60):
        before = daemon.status()["now_usec"]
        hr.execute("SELECT pg_notify('locktsync', '')")

        daemon.wait(lambda: (daemon.status()["hr"]["last_read_usec"] or 0) > before and daemon.at_rest(),
                    lambda: f"the daemon to be at rest: {daemon.status()}", timeout)

    return wait

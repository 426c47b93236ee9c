"""Invariant 3: a failed, cut-off, empty or unfinished read of HR takes access from nobody."""

import pytest

from support.truth import PEOPLE, differences, doors, opens
from support.waiting import wait_until


@pytest.fixture
def unharmed(lockt):
    """Everybody has what he had when this was asked for."""
    class Unharmed:
        def remember(self):
            self.before, self.since = doors(lockt), lockt.last_request()

        def check(self):
            assert doors(lockt) == self.before and lockt.writes(self.since) == []
    return Unharmed()


def test_an_empty_table_harms_nobody(hr, lockt, daemon, synced, unharmed):
    synced()
    unharmed.remember()
    hr.forget_everybody()
    daemon.wait_said("proves nothing")
    read = daemon.status()["now_usec"]
    hr.execute("SELECT pg_notify('locktsync', '')")
    daemon.wait(lambda: daemon.status()["now_usec"] > read + 2_500_000, "two more polls")
    unharmed.check()
    assert daemon.status()["hr"]["refused"]


def test_a_load_that_is_half_done_harms_nobody(hr, lockt, daemon, synced, unharmed):
    daemon.configure(hr={"as_of": "SELECT loaded_at FROM locktsync.load"}, safety={"max_revoked": "100%"})
    synced()
    unharmed.remember()
    hr.begin_load()
    gone = [person for person in hr.rows() if person > "E00250"]
    kept = hr.execute("SELECT * FROM hr.people WHERE employee_id = 'E00300'")[0]
    hr.forget(*gone)
    mark = daemon.mark()
    hr.execute("SELECT pg_notify('locktsync', '')")
    daemon.wait_said("load", since=0)
    now = daemon.status()["now_usec"]
    daemon.wait(lambda: daemon.status()["now_usec"] > now + 2_500_000, "two polls")
    unharmed.check()
    assert kept and mark >= 0
    # When the load has ended, absence counts.
    hr.end_load()
    synced()
    assert opens(lockt, "E00300") == set()


def test_absence_needs_complete_reads_that_far_apart(hr, lockt, daemon, synced, settled, unharmed):
    daemon.configure(leavers={"absent_for": "1h"})
    synced()
    unharmed.remember()
    hr.forget("E00001")
    settled()
    settled()
    unharmed.check()
    daemon.configure(leavers={"absent_for": "0s"})
    daemon.reload()
    daemon.wait(lambda: not opens(lockt, "E00001"), "E00001 to be out")


def test_who_may_not_read_harms_nobody(hr, lockt, daemon, synced, hr_database, unharmed):
    synced()
    unharmed.remember()
    hr.execute("REVOKE SELECT ON locktsync.people FROM locktsync")
    daemon.wait_said("HR can't be read.*permission denied")
    unharmed.check()
    hr.execute("GRANT SELECT ON locktsync.people TO locktsync")
    daemon.wait_said("HR can be read again")
    hr.suspend("E00001")
    synced()


def test_a_server_that_restarts_in_the_middle_of_a_read_harms_nobody(hr, lockt, daemon, synced, hr_database, postgres,
                                                                     unharmed):
    daemon.configure(hr={"poll": "1m"})
    synced()
    unharmed.remember()
    # Rows that take their time, so that the read is cut off in the middle for certain.
    daemon.configure(hr={"poll": "1s", "people": PEOPLE.replace(
        "  FROM", "       , CASE WHEN employee_id > 'E00400' THEN pg_sleep(0.05) END AS nap\n  FROM")})
    daemon.reload()
    daemon.wait(lambda: daemon.status()["reading"], "a read under way")
    postgres.restart("immediate")
    daemon.wait_said("HR can't be read")
    unharmed.check()
    daemon.configure(hr={"people": PEOPLE})
    daemon.reload()
    hr_database.reconnect()
    hr_database.hr.suspend("E00001")
    daemon.wait(lambda: not opens(lockt, "E00001"), "E00001 to be out")
    assert differences(hr_database.hr, lockt) == {}


def test_a_doubled_key_proves_no_absence_and_explicit_leavers_act(hr, lockt, daemon, synced):
    synced()
    daemon.configure(hr={"people": f"SELECT * FROM ({PEOPLE}) AS p UNION ALL SELECT * FROM ({PEOPLE}) AS q"
                                   " WHERE employee_id = 'E00002'"})
    daemon.reload()
    daemon.wait_said("keys in HR are null or doubled")
    hr.forget("E00001")
    hr.suspend("E00005")
    daemon.wait(lambda: not opens(lockt, "E00005"), "E00005 to be out")
    assert opens(lockt, "E00001") and opens(lockt, "E00002")
    # Doubled rows that all say so revoke.
    hr.suspend("E00002")
    daemon.wait(lambda: not opens(lockt, "E00002"), "E00002 to be out")
    assert opens(lockt, "E00001")
    daemon.configure(hr={"people": PEOPLE})
    daemon.reload()
    daemon.wait_said("keys in HR are whole again")
    synced()
    assert opens(lockt, "E00001") == set()


def test_a_null_key_proves_no_absence(hr, lockt, daemon, synced):
    synced()
    daemon.configure(hr={"people": f"SELECT CASE WHEN employee_id <> 'E00002' THEN employee_id END AS employee_id, "
                                   f"{PEOPLE.split(',', 1)[1]}"})
    daemon.reload()
    daemon.wait_said("keys in HR are null or doubled")
    hr.suspend("E00005")
    hr.forget("E00001")
    daemon.wait(lambda: not opens(lockt, "E00005"), "E00005 to be out")
    assert opens(lockt, "E00001") and opens(lockt, "E00002")


def test_an_unknown_status_parks_and_keeps_access(hr, lockt, daemon, synced):
    synced()
    hr.execute("ALTER TABLE hr.employments DROP CONSTRAINT employments_status_check")
    hr.set_status("E00001", status="sabbatical")
    hr.execute("DELETE FROM hr.employments WHERE employee_id = 'E00002'")
    daemon.wait_said("E00001 is parked: .*'sabbatical'")
    daemon.wait_said("E00002 is parked: .*null")
    assert opens(lockt, "E00001") and opens(lockt, "E00002")
    assert daemon.parked().keys() >= {"E00001", "E00002"}


def test_half_of_the_company_missing_is_held_and_said(hr, lockt, daemon, synced, settled, unharmed):
    """Invariant 4: the limit. All else goes on."""
    daemon.configure(safety={"max_revoked": "5%"})
    synced()
    gone = [person for person in hr.rows() if person > "E00250"]
    hr.forget(*gone)
    daemon.wait_said("held back: .* would lose access: more than safety.max_revoked")
    nina = hr.hire("Nina", "Neu")
    hr.suspend("E00001")
    daemon.wait(lambda: opens(lockt, nina) and not opens(lockt, "E00001"), "the others to go on")
    assert opens(lockt, "E00300")
    assert len(daemon.held()) > 150
    daemon.wait(lambda: "held back" in daemon.status_line, "the status line to say so")


def test_a_few_missing_people_lose_their_access(hr, lockt, daemon, synced):
    synced()
    hr.forget("E00001", "E00002")
    synced()
    assert opens(lockt, "E00001") == opens(lockt, "E00002") == set()
    wait_until(lambda: daemon.status()["counts"]["unconfirmed"] == 0, "the revocations to be seen by reading")

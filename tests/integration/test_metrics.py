"""metrics.textfile: what Prometheus is given, where, when, and what the alert rules make of it."""

import contextlib
import os
import pathlib
import re
import resource
import shutil
import subprocess

import pytest
import yaml

from support.locktsyncd import program
from support.truth import opens
from support.writes import during

PROJECT = pathlib.Path(__file__).parents[2]
RULES = PROJECT / "packaging/prometheus/locktsync.rules.yml"
RULES_TRIED = PROJECT / "tests/data/prometheus/locktsync.rules.test.yml"
MANUAL = PROJECT / "packaging/man/locktsyncd.8"

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf'({NAME})\{{config="[^"\\\n]+/locktsync.yaml"(?:,({NAME})="([^"\\\n]*)")?\}} '
                    r'(-?[0-9]+(?:\.[0-9]+)?)')


def parse(text):
    """The samples of a text in Prometheus' format, by name or (name, value of the label beside config). Stricter than
    Prometheus: each family once, with HELP, TYPE and at least one sample, in this order; no sample twice."""
    assert text.endswith("\n")
    samples, families, family = {}, set(), None
    lines = iter(text[:-1].split("\n"))
    for line in lines:
        if line.startswith("# HELP "):
            family = re.fullmatch(rf"# HELP ({NAME}) [^\\]+", line)[1]
            assert family not in families, f"{family} comes twice"
            families.add(family)
            kind = re.fullmatch(rf"# TYPE {family} (gauge|counter)", next(lines))[1]
            assert (kind == "counter") == family.endswith("_total")
            line = next(lines)
        name, label, value, number = SAMPLE.fullmatch(line).groups()
        assert name == family, f"{name} is not of {family}"
        key = (name, value) if label else name
        assert key not in samples, f"{key} comes twice"
        samples[key] = float(number)
    return samples


@pytest.fixture
def metrics(daemon):
    """metrics(): the samples as the file has them now, or None without a file; metrics.path is its place."""
    folder = daemon.folder / "collector"
    folder.mkdir()
    path = folder / "locktsync.prom"
    daemon.configure(metrics={"textfile": str(path)})

    def read():
        return parse(path.read_text(encoding="utf-8")) if path.exists() else None

    read.path = path
    return read


@contextlib.contextmanager
def limited(daemon, size):
    """No file of the daemon's can be written beyond this size: as on a full disk."""
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def wait_for(daemon, metrics, key, value):
    daemon.wait(lambda: (metrics() or {}).get(key) == value, lambda: f"{key} to be {value} in {metrics()}")


def names_in_manual():
    return set(re.findall(r"^\.It Cm (locktsync_\w+)", MANUAL.read_text(encoding="utf-8"), re.M))


def test_a_synced_company_in_numbers(hr, lockt, daemon, synced, metrics):
    synced()
    status = daemon.status()
    wait_for(daemon, metrics, "locktsync_lockt_users", len(lockt.users()))
    wait_for(daemon, metrics, ("locktsync_queued_people", "create"), 0)
    wait_for(daemon, metrics, "locktsync_parked_people", status["counts"]["parked"])
    now = metrics()
    assert now["locktsync_people"] == status["counts"]["people"] == 500
    assert now["locktsync_batch_limit_records"] == status["lockt"]["batch_limit"]
    assert now["locktsync_hr_up"] == now["locktsync_lockt_up"] == now["locktsync_leader"] == 1
    assert now["locktsync_state_failed"] == now["locktsync_locked_people"] == 0
    assert now["locktsync_config_last_reload_successful"] == 1
    assert now["locktsync_alarm", "stale"] == now["locktsync_alarm", "revocation"] == 0
    assert "locktsync_oldest_unconfirmed_revocation_timestamp_seconds" not in now
    assert 0 <= now["locktsync_metrics_timestamp_seconds"] - now["locktsync_start_time_seconds"] < 3600
    assert now["locktsync_hr_data_timestamp_seconds"] > now["locktsync_start_time_seconds"]
    assert now["locktsync_changes_total", "created"] == len(lockt.users())
    assert now["locktsync_writes_total"] == lockt.counters()["writes"]
    version = subprocess.run([program("locktsyncd"), "--version"], capture_output=True, text=True, check=True).stdout
    assert now["locktsync_build_info", version.split()[1]] == 1
    assert {key if isinstance(key, str) else key[0] for key in now} <= names_in_manual()


def test_a_revocation_that_waits_has_a_time_and_is_counted_once_acknowledged(hr, lockt, daemon, synced, metrics):
    daemon.configure(alarm={"revocation": "2s"})
    synced()
    with during(lockt, "status", method="POST", status=503):
        hr.leave("E00001")
        wait_for(daemon, metrics, ("locktsync_alarm", "revocation"), 1)
        now = metrics()
        assert now["locktsync_queued_people", "take"] == 1
        assert now["locktsync_lockt_up"] == 0 and now["locktsync_write_failures_total"] >= 1
        waits_since = now["locktsync_oldest_unconfirmed_revocation_timestamp_seconds"]
        assert 2 <= now["locktsync_metrics_timestamp_seconds"] - waits_since < 600
    synced()
    wait_for(daemon, metrics, "locktsync_revocations_confirmed_total", 1)
    wait_for(daemon, metrics, ("locktsync_alarm", "revocation"), 0)
    now = metrics()
    assert now["locktsync_revocations_total"] == 1 and now["locktsync_queued_people", "take"] == 0
    assert "locktsync_oldest_unconfirmed_revocation_timestamp_seconds" not in now
    assert not opens(lockt, "E00001")


def test_what_is_held_is_counted_by_kind_and_nobody_is_shown_its_digest(hr, lockt, daemon, synced, metrics):
    daemon.careful = True
    daemon.start()
    daemon.wait(lambda: (metrics() or {}).get(("locktsync_held_people", "plan"), 0) > 0, "a plan in the metrics")
    assert metrics()["locktsync_approval_pending"] == 1
    assert metrics()["locktsync_held_people", "revoked"] == 0


def test_hr_that_is_down_is_told_and_its_data_grows_old(hr, lockt, daemon, synced, metrics):
    daemon.configure(alarm={"stale": "3s"})
    synced()
    hr.execute("REVOKE SELECT ON locktsync.people FROM locktsync")
    wait_for(daemon, metrics, "locktsync_hr_up", 0)
    wait_for(daemon, metrics, ("locktsync_alarm", "stale"), 1)
    now = metrics()
    assert now["locktsync_hr_read_failures_total"] >= 1
    assert now["locktsync_metrics_timestamp_seconds"] - now["locktsync_hr_data_timestamp_seconds"] > 3
    assert now["locktsync_people"] == 500, "what was known before"
    hr.execute("GRANT SELECT ON locktsync.people TO locktsync")
    wait_for(daemon, metrics, "locktsync_hr_up", 1)


def test_nobody_is_named_in_it(hr, lockt, daemon, synced, metrics):
    synced()
    hr.rename("E00001", family="Musterfrau")
    hr.set_email("E00005", "no address")
    synced(ignore={"E00005"})
    wait_for(daemon, metrics, "locktsync_parked_people", 3)
    text = metrics.path.read_text(encoding="utf-8")
    text = text.replace(str(daemon.config_path), "")
    assert not re.search(r"E0\d{4}|E6\d{4}|Muster|address|@|http", text)
    assert lockt.apiuser not in text and lockt.apikey not in text


def test_it_is_written_anew_though_nothing_changes(hr, lockt, daemon, synced, metrics):
    daemon.configure(hr={"poll": "10m"})
    synced()
    first = metrics()["locktsync_metrics_timestamp_seconds"]
    daemon.wait(lambda: metrics()["locktsync_metrics_timestamp_seconds"] >= first + 29, "two more, 15 s apart", 90)


def test_everybody_may_read_it_and_nobody_sees_half_of_it(hr, lockt, daemon, synced, metrics):
    before = os.umask(0o077)
    try:
        daemon.start()
    finally:
        os.umask(before)
    replacements = set()

    def replaced():
        with open(metrics.path, encoding="utf-8") as file:
            status, text = os.fstat(file.fileno()), file.read()
        assert status.st_mode & 0o7777 == 0o644
        assert re.search(r"^locktsync_revocations_undone_total{.*} 0$", text, re.M), "the last line of it"
        parse(text)
        replacements.add((status.st_ino, status.st_mtime_ns))
        return len(replacements) > 2

    daemon.wait(metrics.path.exists, "the file")
    daemon.wait(replaced, "it to be replaced twice")
    synced()
    daemon.stop()
    assert [path.name for path in metrics.path.parent.iterdir()] == [metrics.path.name]


def test_a_reload_moves_it_and_takes_it_away(hr, lockt, daemon, synced, metrics):
    synced()
    other = metrics.path.with_name("other.prom")
    daemon.configure(metrics={"textfile": str(other)})
    daemon.reload()
    daemon.wait(other.exists, "the file in its new place")
    assert not metrics.path.exists()
    daemon.configure(metrics=None)
    daemon.reload()
    daemon.wait(lambda: not other.exists(), "no file")
    assert list(metrics.path.parent.iterdir()) == []


def test_a_refused_reload_is_in_it_and_leaves_it_where_it_is(hr, lockt, daemon, synced, metrics):
    synced()
    daemon.reload("version: 1\nnonsense: 1\n")
    wait_for(daemon, metrics, "locktsync_config_last_reload_successful", 0)
    daemon.reload()
    wait_for(daemon, metrics, "locktsync_config_last_reload_successful", 1)


def test_a_place_that_is_not_there_is_said_once_and_once_when_it_is(hr, lockt, daemon, synced, metrics):
    daemon.configure(hr={"poll": "10m"}, metrics={"textfile": str(daemon.folder / "later" / "locktsync.prom")})
    synced()
    said = daemon.said(r"^<4>the metrics are not written: can't write '.*/later/locktsync.prom.new': No such file")
    assert len(said) == 1
    hr.leave("E00001")
    synced()
    assert daemon.said("the metrics are not written") == said, "once"
    (daemon.folder / "later").mkdir()
    daemon.wait_said(r"^<5>the metrics are written to .*/later/locktsync.prom again", timeout=60)
    assert parse((daemon.folder / "later" / "locktsync.prom").read_text(encoding="utf-8"))["locktsync_people"] == 500
    assert daemon.said("the metrics are not written") == said, "once"


def test_the_last_numbers_stay_when_it_stops(hr, lockt, daemon, synced, metrics):
    synced()
    before = metrics()["locktsync_metrics_timestamp_seconds"]
    assert daemon.stop() == 0
    assert metrics()["locktsync_metrics_timestamp_seconds"] > before
    assert metrics()["locktsync_people"] == 500


def test_a_single_run_tells_what_it_did(hr, lockt, daemon, metrics):
    daemon.once()
    assert metrics()["locktsync_changes_total", "created"] == len(lockt.users()) > 400
    assert metrics()["locktsync_hr_reads_total"] >= 1


def test_a_full_disk_is_in_it(hr, lockt, daemon, synced, metrics):
    synced()
    with limited(daemon, 32768):        # room for the metrics, and not for the state
        hr.leave("E00001")
        wait_for(daemon, metrics, "locktsync_state_failed", 1)
    wait_for(daemon, metrics, "locktsync_state_failed", 0)
    synced()
    assert not daemon.said("the metrics are not written")


def test_who_stands_by_says_so(hr, lockt, daemon, make_daemon, synced, metrics):
    synced()
    second = make_daemon()
    second.configure(metrics={"textfile": str(metrics.path.with_name("second.prom"))})
    second.start()
    second.wait(lambda: metrics.path.with_name("second.prom").exists(), "the second file")
    second.wait(lambda: parse(metrics.path.with_name("second.prom").read_text("utf-8"))["locktsync_leader"] == 0,
                "the second to stand by")
    assert metrics()["locktsync_leader"] == 1
    daemon.stop()
    second.wait(lambda: parse(metrics.path.with_name("second.prom").read_text("utf-8"))["locktsync_leader"] == 1,
                "the second to lead")


# The rules, and the manual that names the metrics

def test_the_rules_name_metrics_that_there_are_and_say_what_to_do():
    rules = [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 10
    for rule in rules:
        used = set(re.findall(r"locktsync_\w+", rule["expr"]))
        assert used and used <= names_in_manual(), rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"] and rule["annotations"]["description"]


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool, which is in Debian's package prometheus")
def test_promtool_accepts_the_rules():
    done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_rule_is_tried():
    alerts = {rule["alert"] for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
              for rule in group["rules"]}
    tests = yaml.safe_load(RULES_TRIED.read_text(encoding="utf-8"))["tests"]
    assert {name for name in alerts for test in tests if test["name"] == name} == alerts
    assert {case["alertname"] for case in tests[0]["alert_rule_test"]} == alerts, "none rings where all is well"


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool, which is in Debian's package prometheus")
def test_each_rule_rings_when_it_should_and_not_before():
    done = subprocess.run(["promtool", "test", "rules", RULES_TRIED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool, which is in Debian's package prometheus")
def test_promtool_finds_nothing_to_remark_in_the_metrics(hr, lockt, daemon, synced, metrics):
    synced()
    daemon.stop()
    text = metrics.path.read_bytes()
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("words", [("", "", ""), (" (%i)", "-%i", " --socket /run/locktsync-%i/control")],
                         ids=["locktsync-check", "locktsync-check@"])
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_the_units_of_the_check_are_understood(words, tmp_path):
    name = "locktsync-check@hq" if words[0] else "locktsync-check"
    units = []
    for kind in ("service", "timer"):
        text = (PROJECT / f"packaging/systemd/locktsync-check.{kind}.in").read_text(encoding="utf-8")
        for place, word in zip(("@of@", "@suffix@", "@arguments@"), words):
            text = text.replace(place, word)
        text = text.replace("@bindir@/locktsyncctl", "/bin/true")
        assert not re.search(r"@\w+@", text)
        units.append(tmp_path / f"{name}.{kind}")
        units[-1].write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units],
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

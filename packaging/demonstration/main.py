"""packaging/demo calls this once everything is installed. See there."""

import os
import pathlib
import signal
import sys

sys.path.insert(0, os.fspath(pathlib.Path(__file__).resolve().parents[2] / "tests" / "integration"))

from scenes import Show  # noqa: E402
from screen import CYAN, DIM, Screen  # noqa: E402
from stage import Failed, Stage, build  # noqa: E402


def end(number, _frame):
    raise SystemExit(128 + number)


def set_up(screen, stage):
    build(screen)
    screen.progress("starting PostgreSQL with the sample company …")
    stage.open_hr()
    screen.progress("starting lockt-sim, the stand-in for the Lockt service …")
    stage.open_lockt()


def playground(screen, stage):
    """What can be tried now."""
    lockt, daemon = stage.lockt, stage.daemon
    screen.headline("▶" if screen.utf8 else ">", "Now it is yours, until Ctrl-C")
    screen.line("In another terminal:")
    screen.line()
    screen.verbatim(f"""\
cd {stage.folder}
tail -f journal &

./psql -c "UPDATE hr.employments SET status = 'suspended'
            WHERE employee_id = 'E00042'"
./locktsyncctl explain E00042
./locktsyncctl history --limit 5
curl -s '{lockt.url.removesuffix('/api/v1')}/_sim/users?id_num=E00042'

# the service fails for ten seconds
curl -sd '{{"action":"status","status":503,"for_ms":10000}}' \\
     {lockt.url.removesuffix('/api/v1')}/_sim/faults

# the rule of new.yaml, or another: what would it do? reload it, let it go
editor new.yaml
./locktsyncctl plan --config new.yaml
cp new.yaml locktsync.yaml; kill -HUP {daemon.pid}
./locktsyncctl plan; ./locktsyncctl approve DIGEST""", CYAN, indent=4)
    screen.line()
    screen.line("./psql and ./locktsyncctl are the programs of those names with the way to this company's database and"
                " daemon. Its tables: sql/hr/10-schema.sql. More faults: man packaging/man/lockt-sim.1.", DIM)
    screen.end_progress()
    signal.pause()


def main():
    once = "--once" in sys.argv[1:]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    screen = Screen(pauses=not once)
    try:
        with Stage() as stage:
            try:
                set_up(screen, stage)
                Show(screen, stage).run()
                if not once:
                    playground(screen, stage)
            except KeyboardInterrupt:
                # Whoever is impatient and presses it again: there is nothing to wait for, and much to tidy up.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                screen.end_progress()
                print()
                screen.line("Stopped. Nothing is left but the build, in build/demo.", DIM)
                return 0 if stage.daemon and not once else 130
            except Exception as error:
                if not isinstance(error, (Failed, TimeoutError)):
                    error = Failed(f"{type(error).__name__}: {error}")
                screen.end_progress()
                print()
                screen.bad(str(error).partition("\n")[0])
                screen.verbatim(str(error).partition("\n")[2])
                if stage.daemon:
                    screen.line("The end of the journal:")
                    screen.journal(stage.daemon.lines()[-15:])
                return 1
    finally:
        screen.end_progress()
    return 0


sys.exit(main())

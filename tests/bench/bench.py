"""Measures locktsync beside what it can't be faster than, and prints one table. Called by tests/bench/run."""

import argparse
import importlib
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from measure import Table, machine  # noqa: E402 (its folder is named above)

BENCHMARKS = ("cycle", "delivery", "listing", "ready", "latency")


def number(text):
    return int(text.replace("_", "").replace(",", ""))


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    parser.add_argument("benchmarks", nargs="*", choices=[*BENCHMARKS, []], metavar="WHAT",
                        help="cycle, delivery, listing, ready, latency; all if none is named")
    parser.add_argument("--build", required=True, help="the folder of the build that is measured")
    parser.add_argument("--cache", help="where companies are kept for the day (default: BUILD/companies)")
    parser.add_argument("--times", type=int, default=5, help="repetitions, of which the median counts")
    parser.add_argument("--cycle-people", type=number, nargs="+", default=[10_000, 100_000, 1_000_000], metavar="N")
    parser.add_argument("--delivery-people", type=number, default=100_000, metavar="N")
    parser.add_argument("--changes", type=number, default=10_000, metavar="N", help="how many are delivered")
    parser.add_argument("--users", type=number, default=300_000, metavar="N", help="how many are listed")
    parser.add_argument("--ready-people", type=number, default=1_000_000, metavar="N")
    parser.add_argument("--latency-people", type=number, default=100_000, metavar="N")
    parser.add_argument("--leavers", type=number, default=300, metavar="N")
    options = parser.parse_args()
    options.build = os.path.realpath(options.build)
    options.cache = options.cache or os.path.join(options.build, "companies")
    return options


def main():
    options = arguments()
    os.environ["LOCKTSYNC_BUILD"] = options.build
    table = Table()
    where = machine()
    try:
        for name in options.benchmarks or BENCHMARKS:
            importlib.import_module(f"bench_{name}").run(table, options)
    finally:
        if table.rows:
            print(f"\n{where}\n\n{table}")


if __name__ == "__main__":
    main()

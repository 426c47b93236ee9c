"""Repetitions, their median, and one table of what came out."""

import os
import statistics
import time


class Timer:
    """with Timer() as timer: …; then timer.seconds"""

    seconds = None

    def __enter__(self):
        self._begun = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._begun


def alternate(times, *measures):
    """Calls each measure in turn, so often, and answers the lists of what they said: a machine's moods meet all alike."""
    results = [[] for _ in measures]
    for _ in range(times):
        for result, measure in zip(results, measures):
            result.append(measure())
    return results


def percentile(values, share):
    """The smallest value that is not below that share of all."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * len(ordered) * 1000) // 1000) - 1))]


def spread(values):
    """How far the values lie apart, as a share of their median."""
    return (max(values) - min(values)) / statistics.median(values)


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def mebibytes(kib):
    return f"{kib / 1024:.1f} MiB"


class Table:
    """What was measured: a row is printed as soon as it is known, and all of them once more at the end."""

    HEADINGS = ("what", "locktsync", "beside it", "ratio", "target")

    def __init__(self):
        self.rows = []

    def add(self, what, ours, beside="", ratio="", target=""):
        row = (what, ours, beside, f"{ratio:.3f}" if isinstance(ratio, float) else ratio, target)
        self.rows.append(row)
        print("   " + " | ".join(cell for cell in row if cell), flush=True)

    def progress(self, text):
        print(f"-- {text} …", flush=True)

    def __str__(self):
        lines = [self.HEADINGS, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.HEADINGS))]
        text = ["  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                          for i, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines]
        return "\n".join([text[0], "  ".join("-" * width for width in widths), *text[1:]])


def machine():
    """One line about where this was measured."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{os.cpu_count()} × {model}, load {os.getloadavg()[0]:.2f} at the start"

"""What the demonstration looks like: headlines, sentences, marks; plain text where there is no terminal."""

import codecs
import os
import re
import shutil
import sys
import textwrap
import time

BOLD, DIM, RED, GREEN, YELLOW, CYAN = "1", "2", "31", "32", "33", "36"


def locale_has_utf8():
    """Only a locale that names another encoding is taken at its word: without any, terminals are UTF-8 these days."""
    name = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    encoding = name.partition(".")[2].partition("@")[0]
    try:
        return not encoding or codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return True


class Screen:
    """A terminal, or a file that reads as well."""

    def __init__(self, pauses):
        self.tty = sys.stdout.isatty()
        self.pauses = pauses and self.tty
        self.colour = self.tty and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
        self.width = min(80, shutil.get_terminal_size().columns) if self.tty else 80
        self.utf8 = locale_has_utf8()
        self._progress = False
        sys.stdout.reconfigure(encoding="utf-8" if self.utf8 else None, errors="replace", line_buffering=True)

    def paint(self, text, *styles):
        return f"\033[{';'.join(styles)}m{text}\033[0m" if self.colour and text else text

    def line(self, text="", *styles, indent=2, hang=0):
        """A paragraph, folded at the width; what follows its first line is indented by `hang` more."""
        self.end_progress()
        if not self.utf8:
            text = text.replace("→", "->").replace("…", "...").replace("·", "-")
        folded = textwrap.wrap(text, self.width, initial_indent=" " * indent, subsequent_indent=" " * (indent + hang),
                               break_on_hyphens=False) or [""]
        for piece in folded:
            print(self.paint(piece, *styles))

    def verbatim(self, text, *styles, indent=2):
        """Lines as they are, such as what a command printed."""
        self.end_progress()
        for piece in text.splitlines():
            print(self.paint((" " * indent + piece).rstrip(), *styles))

    def headline(self, number, title):
        self.pause(2.5)
        self.end_progress()
        rule = ("─" if self.utf8 else "-") * max(0, self.width - len(f"{number}  {title} "))
        print()
        print(self.paint(f"{number}  {title} ", BOLD, CYAN) + self.paint(rule, DIM))

    def command(self, text):
        self.line("$ " + text, BOLD, indent=2, hang=4)

    def journal(self, lines):
        """Lines of the daemon's log, their priority as a colour instead of a number."""
        for text in lines:
            match = re.fullmatch(r"<(\d)>(.*)", text)
            priority, text = (int(match[1]), match[2]) if match else (6, text)
            style = (RED,) if priority < 4 else (YELLOW,) if priority == 4 else (DIM,)
            self.line("journal  " + text, *style, indent=4, hang=9)

    def good(self, text):
        self.line(("✓" if self.utf8 else "ok") + " " + text, GREEN, indent=2, hang=2)
        self.pause(1.2)

    def bad(self, text):
        self.line("FAILED  " + text, BOLD, RED, indent=0, hang=8)

    def progress(self, text):
        """What is being done just now: a line that the next one replaces. Without a terminal it is left out."""
        if self.tty:
            print("\r\033[K" + self.paint(("  " + text)[:self.width - 1], DIM), end="", flush=True)
            self._progress = True

    def end_progress(self):
        if self._progress:
            print("\r\033[K", end="", flush=True)
            self._progress = False

    def pause(self, seconds):
        """So that a person can read."""
        if self.pauses:
            time.sleep(seconds)

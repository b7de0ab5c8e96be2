"""Progress on a terminal: stages with their times, bars that move, lines."""

import sys
from typing import TextIO

from neuroep.runs.progress import Bars


class Terminal(Bars):
    """Shows stages, bars and lines on standard output; without a terminal, no moving bars."""

    @property
    def file(self) -> TextIO:
        """Standard output, as it is now."""
        return sys.stdout

    @property
    def hidden(self) -> bool:
        """Whether standard output is a file or a pipe."""
        return not sys.stdout.isatty()

    def _begun(self, name: str) -> None:
        print(f"{name} ...", end="" if sys.stdout.isatty() else "\n", flush=True)

    def _failed(self, name: str) -> None:
        if sys.stdout.isatty():
            print()  # the error's message gets a line of its own

    def _ended(self, name: str, seconds: float) -> None:
        print(f"\r{name}: {seconds:.1f} s" if sys.stdout.isatty() else f"{name}: {seconds:.1f} s")

    def say(self, line: str) -> None:
        """Print a line."""
        print(line, flush=True)

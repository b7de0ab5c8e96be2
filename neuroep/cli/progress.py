"""Progress on a terminal: stages with their times, bars that move, lines."""

import os
import sys
from typing import TextIO

from neuroep.runs.progress import Bars

NARROWEST = 40
"""Columns that a bar needs."""


class Terminal(Bars):
    """Shows stages, bars and lines on standard output; without a terminal, no moving bars."""

    @property
    def file(self) -> TextIO:
        """Standard output, as it is now."""
        return sys.stdout

    @property
    def hidden(self) -> bool:
        """Whether nothing can move on standard output: a file, a pipe, or too little a terminal."""
        if not sys.stdout.isatty() or os.environ.get("TERM") in (None, "", "dumb"):
            return True
        return os.get_terminal_size(sys.stdout.fileno()).columns < NARROWEST

    def _begun(self, name: str) -> None:
        print(f"{name} ...", end="\n" if self.hidden else "", flush=True)

    def _failed(self, name: str) -> None:
        if not self.hidden:
            print()  # the error's message gets a line of its own

    def _ended(self, name: str, seconds: float) -> None:
        print(f"{'' if self.hidden else chr(13)}{name}: {seconds:.1f} s")

    def say(self, line: str) -> None:
        """Print a line."""
        print(line, flush=True)

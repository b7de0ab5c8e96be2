"""Progress on a terminal: stages with their times, bars that move, lines."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from neuroep.runs.progress import Bar, Progress
from neuroep.traces.interrupts import interrupts_held


class _TqdmBar(Bar):
    """A bar of tqdm's, with the figures so far beside it."""

    def __init__(self, bar: Any) -> None:
        self.bar = bar

    def update(self, done: int, running: Mapping[str, float] | None = None) -> None:
        """Move the bar by so many examples."""
        if running:
            shown = {name: f"{value:.3f}" for name, value in running.items()}
            self.bar.set_postfix(shown, refresh=False)
        self.bar.update(done)


class Terminal(Progress):
    """Shows stages, bars and lines on standard output; without a terminal, no moving bars."""

    def _begun(self, name: str) -> None:
        print(f"{name} ...", end="" if sys.stdout.isatty() else "\n", flush=True)

    def _failed(self, name: str) -> None:
        if sys.stdout.isatty():
            print()  # the error's message gets a line of its own

    def _ended(self, name: str, seconds: float) -> None:
        print(f"\r{name}: {seconds:.1f} s" if sys.stdout.isatty() else f"{name}: {seconds:.1f} s")

    @contextmanager
    def _bar(self, name: str, total: int, unit: str) -> Iterator[Bar]:
        from tqdm.auto import tqdm

        # A bar that an interrupt left half made would complain when it is collected.
        with interrupts_held():
            bar = tqdm(total=total, desc=name, unit=unit, mininterval=0.5, file=sys.stdout)
        with bar:
            yield _TqdmBar(bar)

    def say(self, line: str) -> None:
        """Print a line."""
        print(line, flush=True)

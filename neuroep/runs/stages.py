"""What a long run tells its user: named stages with their times, and progress bars."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neuroep.traces.interrupts import interrupts_held


class Stages:
    """Prints each stage with the time it took, and keeps these times.

    Attributes
    ----------
    seconds : dict of str to float
        Wall time of every stage so far.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Announce a stage, and its time when it ends."""
        print(f"{name} ...", end="" if sys.stdout.isatty() else "\n", flush=True)
        begin = time.perf_counter()
        try:
            yield
        except Exception:
            if sys.stdout.isatty():
                print()  # the error's message gets a line of its own
            raise
        spent = time.perf_counter() - begin
        self.seconds[name] = self.seconds.get(name, 0.0) + spent
        print(f"\r{name}: {spent:.1f} s", flush=True)

    @contextmanager
    def bar(self, name: str, total: int, unit: str = "review") -> Iterator[Any]:
        """Run a stage under a progress bar; yields the bar (``update(n)``, ``set_postfix``)."""
        from tqdm import tqdm

        begin = time.perf_counter()
        # A bar that an interrupt left half made would complain when it is collected.
        with interrupts_held():
            bar = tqdm(total=total, desc=name, unit=unit, mininterval=0.5, file=sys.stdout)
        with bar:
            yield bar
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin

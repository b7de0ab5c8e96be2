"""What a long run tells whoever started it: named stages, progress bars, a line now and then.

A plain :class:`Progress` shows nothing, :class:`Bars` what a notebook shows; the command line has
its own (:mod:`neuroep.cli.progress`).
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from neuroep.interrupts import interrupts_held

Listener = Callable[[Path, Mapping[str, float]], object]


class Bar:
    """A progress bar that shows nothing; ``update`` is told how many examples are done."""

    def update(self, done: int, running: Mapping[str, float] | None = None) -> None:
        """Say that so many more examples are done, and the figures so far."""


class Progress:
    """Keeps the time of each stage and says nothing; subclasses show what happens.

    Attributes
    ----------
    seconds : dict of str to float
        Wall time of every stage so far.
    listeners : list of callable
        Each is called after every epoch, once a checkpoint has it behind it, with the run's folder
        (Path) and the figures of the epoch by name, ``epoch`` counted from 1 among them.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.listeners: list[Listener] = []

    def epoch(self, run: Path, figures: Mapping[str, float]) -> None:
        """Tell all listeners of an epoch that is done."""
        for listener in self.listeners:
            listener(run, figures)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Run a part of the work that has no measure of how far it is."""
        begin = time.perf_counter()
        self._begun(name)
        try:
            yield
        except Exception:
            self._failed(name)
            raise
        self._ended(name, self._spent(name, begin))

    @contextmanager
    def bar(self, name: str, total: int, unit: str, about: str = "") -> Iterator[Bar]:
        """Run a part of the work that counts its examples; ``about`` says more than the name."""
        begin = time.perf_counter()
        with self._bar(about or name, total, unit) as bar:
            yield bar
        self._spent(name, begin)

    def say(self, line: str) -> None:
        """Tell a line."""

    def _spent(self, name: str, begin: float) -> float:
        spent = time.perf_counter() - begin
        self.seconds[name] = self.seconds.get(name, 0.0) + spent
        return spent

    def _begun(self, name: str) -> None:
        """Show that a stage begins."""

    def _failed(self, name: str) -> None:
        """Show that a stage was left by an error."""

    def _ended(self, name: str, seconds: float) -> None:
        """Show that a stage has ended."""

    @contextmanager
    def _bar(self, name: str, total: int, unit: str) -> Iterator[Any]:
        yield Bar()


class _Moving(Bar):
    """A bar of tqdm's, with the figures so far beside it."""

    def __init__(self, bar: Any) -> None:
        self.bar = bar

    def update(self, done: int, running: Mapping[str, float] | None = None) -> None:
        """Move the bar by so many examples."""
        if running:
            shown = {name: f"{value:.3f}" for name, value in running.items()}
            self.bar.set_postfix(shown, refresh=False)
        self.bar.update(done)


class Bars(Progress):
    """Shows bars that move, in a notebook as its own."""

    @property
    def file(self) -> TextIO | None:
        """Where to; tqdm's own choice when None."""
        return None

    @property
    def hidden(self) -> bool:
        """Whether bars are left out, as where nothing can be drawn over."""
        return False

    @contextmanager
    def _bar(self, name: str, total: int, unit: str) -> Iterator[Bar]:
        from tqdm.auto import tqdm

        # A bar that an interrupt left half made would complain when it is collected.
        with interrupts_held():
            bar = tqdm(
                total=total,
                desc=name,
                unit=unit,
                mininterval=0.5,
                file=self.file,
                disable=self.hidden,
            )
        with bar:
            yield _Moving(bar)

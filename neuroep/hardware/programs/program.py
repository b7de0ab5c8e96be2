"""What a simulator that someone else wrote must bring to ``neuroep verify``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.view import View


@dataclass(frozen=True)
class Answer:
    """A program's account of a circuit, and what it is to be held to.

    Attributes
    ----------
    view : View
    against : View, optional
        The reference; neuroep's own views of the bench without it.
    tolerances : dict of float
        Entries of :class:`neuroep.hardware.views.compare.Tolerances` that are others for it.
    failed : tuple of str
        What the program itself found to be wrong.
    remarks : tuple of str
        What a reader should know besides.
    """

    view: View
    against: View | None = None
    tolerances: Mapping[str, float | None] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class Program(Protocol):
    """A simulator: one file with a class that takes no arguments, and its line in the catalogue."""

    def available(self) -> str:
        """Return why it cannot be run, with what helps; nothing if it can."""

    def views(self, bench: Bench, timeout: float) -> Iterator[Answer]:
        """Yield its views of what stands on the bench; none where it cannot carry that.

        ``timeout``: for each job of a program that runs by itself, s.
        """

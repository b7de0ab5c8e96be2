"""What ``neuroep verify`` is asked for, and what a family of circuits must bring to it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neuroep.hardware.views.compare import Comparison, Tolerances
from neuroep.hardware.views.view import View

PROGRAMS = ("scipy", "ngspice", "brian2")


@dataclass(frozen=True)
class VerifyOptions:
    """What to verify, and how; see the help of ``neuroep verify``."""

    design: str
    weights: str | None = None
    data: str | None = None
    example: int = 0
    beta: float = 0.5
    overrides: Sequence[str] = ()
    without: Sequence[str] = ()
    timeout: float = 120.0

    def wants(self, program: str) -> bool:
        """Return whether a program takes part."""
        return program not in self.without


class Case(ABC):
    """One input on one circuit.

    Attributes
    ----------
    title : str
    notes : list of str
        What a reader must know beforehand.
    tolerances : Tolerances
    """

    title: str
    notes: list[str]
    tolerances: Tolerances

    @abstractmethod
    def views(self, options: VerifyOptions) -> Iterator[View]:
        """Yield all views, neuroep's own two first: settled, and in time."""

    @abstractmethod
    def netlist(self, beta: float) -> str:
        """Return the netlist of one phase."""

    def more(self, options: VerifyOptions, views: Sequence[View]) -> Iterator[Comparison | str]:
        """Yield further comparisons, and remarks."""
        yield from ()

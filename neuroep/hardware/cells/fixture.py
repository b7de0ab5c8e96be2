"""A cell between sources: what is swept, what is read, and what an ideal one would say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells.cell import Axis
from neuroep.hardware.chip import Chip
from neuroep.hardware.netlist.deck import Deck


@dataclass(frozen=True)
class Levels:
    """What a spiking cell is asked one after the other, in one transient, in place of a sweep.

    Attributes
    ----------
    count : int
    dwell : float
        How long each one stands, s.
    step : float
        Longest step of the transient, s.
    rate : callable
        (time, quantities as recorded, begin, end of a level) -> the answer, its spikes' rate.
    """

    count: int
    dwell: float
    step: float
    rate: Callable[[Reals, Mapping[str, Reals], float, float], float]


@dataclass(frozen=True)
class Fixture:
    """A cell between sources.

    Attributes
    ----------
    cells : tuple of str
        The cell that is measured, and what stands beside it.
    place : callable
        (deck, chip) -> lines of the netlist beside the instances that it adds to the deck.
    source : str
        What is swept, as ``.dc`` names it.
    x : Axis
    low, high : callable
        Chip -> ends of the sweep, in the unit of ``x``.
    unit : callable
        Chip -> what counts as one of ``x``.
    y : Axis
    read : tuple of (float, str)
        Factors of recorded quantities whose sum is the answer.
    full : callable
        Chip -> full scale of the answer.
    ideal : callable
        (chip, x) -> what an ideal cell answers.
    middle : float
        Where gain and offset are read, in units.
    free : tuple of str
        What a fit to the ideal shape may choose: "amplitude", "gain", "offset", "level".
    scale : callable
        How the answer is shown: of a current that grows by decades, its logarithm.
    output : str
        Node whose noise is measured; nothing where the answer is a current.
    levels : Levels, optional
        Of a cell that spikes.
    small_signals : bool
        Whether bandwidth, settling and noise mean anything.
    """

    cells: tuple[str, ...]
    place: Callable[[Deck, Chip], list[str]]
    source: str
    x: Axis
    low: Callable[[Chip], float]
    high: Callable[[Chip], float]
    unit: Callable[[Chip], float]
    y: Axis
    read: tuple[tuple[float, str], ...]
    full: Callable[[Chip], float]
    ideal: Callable[[Chip, Reals], Reals]
    middle: float = 0.0
    free: tuple[str, ...] = ("amplitude", "gain", "offset", "level")
    scale: Callable[[Reals], Reals] = np.asarray
    output: str = "outp"
    levels: Levels | None = None
    small_signals: bool = True

    def answer(self, values: Mapping[str, Reals]) -> Reals:
        """Return the answer of recorded quantities."""
        return self.scale(sum(factor * values[name] for factor, name in self.read))  # type: ignore[arg-type]

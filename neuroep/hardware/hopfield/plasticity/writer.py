"""What decides on a chip which synapses get a pulse, and what a new circuit has to say."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.netlist.board import Board
from neuroep.hardware.plasticity.account import Synapse
from neuroep.hardware.plasticity.bench import Circuits

Lines = Mapping[str, Reals]
"""Volts (..., n) on the lines of each layer, and on the one that always carries full activity."""

SENSE, WRITE = "sense", "write"
"""The two pairs of rails: of what looks at lines, and of what decides and fires pulses."""


class Clocks(NamedTuple):
    """The lines that all circuits share, V: phase, both windows, and the shape of a pulse."""

    beta: Reals
    plus: Reals
    minus: Reals
    fire: Reals


class Writer(Circuits, Protocol):
    """The plasticity circuits of a whole chip; their state is a vector of voltages."""

    @property
    def width(self) -> int:
        """Number of voltages."""

    @property
    def cells(self) -> tuple[str, ...]:
        """Names of the cells that it is made of."""

    @property
    def options(self) -> str:
        """Tolerances that ngspice needs for it."""

    def slopes(
        self, lines: Lines, clocks: Clocks, rates: Clocks, state: Reals, way: Reals
    ) -> Reals:
        """Return the slope of the state, V/s.

        ``rates``: slopes of the clocks, V/s; ``way`` (synapses,): where a pulse now goes, +1 or -1.
        """

    def decide(self, example: int, slot: int, state: Reals) -> Reals:
        """Return which synapses get a pulse (synapses,): +1 up, -1 down, 0."""

    def one_example(
        self, example: int, nudged: tuple[Lines, Lines], state: Reals
    ) -> tuple[Reals, Reals, Reals]:
        """Return states before and behind writing, and pulses (slots, synapses), in closed form.

        ``nudged``: settled lines at +beta and at -beta.
        """

    def asked(self, before: Reals, behind: Reals, pulses: Reals) -> tuple[Reals, Reals]:
        """Return requests (examples, synapses), and what is left of them.

        ``before``, ``behind`` (examples, width): states when writing begins, and when it is over;
        ``pulses`` (examples, slots, synapses).
        """

    def waves(self, states: Reals) -> dict[str, Reals]:
        """Return what is worth showing of states (T, width), (T, synapses) each, V."""

    def power(self, lines: Lines, clocks: Clocks, states: Reals, ways: Reals) -> dict[str, Reals]:
        """Return what each pair of rails delivers (T,), W."""

    def add(self, board: Board, synapses: tuple[Synapse, ...], start: dict[str, float]) -> None:
        """Add the circuits, with write lines up_PRE_POST and down_PRE_POST, to a netlist.

        ``start``: takes what nodes start from, V.
        """

    def read(self, values: Mapping[str, Reals], synapses: tuple[Synapse, ...]) -> Reals:
        """Return the states (T, width) of saved nodes."""

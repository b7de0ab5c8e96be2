"""What an update is: how what a rule asks for is granted, within what a device can hold."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import numpy as np

from neuroep.core import updates as kernels
from neuroep.core.tables import Floats
from neuroep.core.threads import chunks, run_chunks
from neuroep.learning.probe import WatchedDevices
from neuroep.network.parameters import Parameters

Limits = Mapping[str, tuple[float, float]]
"""Smallest and largest value of parameters by name; one without an entry has no limits."""

BLOCK = 1 << 20  # parameters a thread updates at a time


def within(parameters: Parameters, limits: Limits) -> int:
    """Bring parameters within what their devices hold, in place; return how many were beyond."""
    scalar, beyond = parameters.flat.dtype.type, 0
    for name, (low, high) in limits.items():
        beyond += int(kernels.hold(parameters[name].reshape(-1), scalar(low), scalar(high)))
    if beyond:
        parameters.changes += 1
    return beyond


@dataclass(frozen=True)
class Spent:
    """What pulses on the devices of one array have come to since training began.

    ``pulses``: of all devices; ``joules``, ``seconds``: energy of all pulses, and their time if
    they are given one after the other, nan where the device's card does not tell; ``at_bounds``:
    share of the devices that stand at a bound; ``refused``: pulses that were asked for beyond what
    one update may give; ``most_pulses``: of the device that was given most, None where nobody
    counted; ``endurance``: pulses that a device stands, by its card, infinite where that does not
    tell.
    """

    synapses: int
    devices: int
    pulses: int
    joules: float
    seconds: float
    at_bounds: float
    refused: float
    most_pulses: int | None
    endurance: float


class Updater(Protocol):
    """Moves parameters against a gradient estimate, with a rate for each, within their limits."""

    @property
    def clipped(self) -> int:
        """Entries that the last :meth:`apply` would have moved beyond a limit."""

    @property
    def devices(self) -> Mapping[str, WatchedDevices]:
        """What can be watched of devices, by parameter; none where floats are moved."""

    @property
    def budget(self) -> Mapping[str, Spent]:
        """What pulses on devices have come to, by parameter; none where floats are moved."""

    def unit(self, name: str) -> float:
        """Return what a rate of 1 asks of a parameter per unit of its gradient, before any gain."""
        ...

    def apply(
        self, parameters: Parameters, gradient: Parameters, rates: Mapping[str, float]
    ) -> None:
        """Change the parameters in place."""

    def elapse(self, examples: int) -> None:
        """Let the time of some examples pass: what devices do by themselves, in place."""
        ...

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up where a checkpoint left."""


class Update(Protocol):
    """How gradients are granted: a frozen dataclass whose fields are its options."""

    def make(self, parameters: Parameters, limits: Limits, rng: np.random.Generator) -> Updater:
        """Return an updater of these parameters.

        Parameters
        ----------
        parameters : Parameters
            Those to be updated: sets size and dtype of what the updater remembers.
        limits : dict
            What each parameter's device can hold.
        rng : Generator
            Source of all that is random.

        Raises
        ------
        ValueError
            These parameters cannot be updated so.
        """


class Block(NamedTuple):
    """Some rows of a parameter: where they stand in the flat buffer, and their rate."""

    part: slice
    name: str
    first: int
    last: int
    rate: float

    def slope(self, gradient: Parameters) -> Floats:
        """Return the rows of the gradient, flat; a factored one is multiplied out here."""
        rows: Floats = gradient.rows(self.name, self.first, self.last)
        return rows.reshape(-1)


def blocks_of(parameters: Parameters, rates: Mapping[str, float]) -> list[Block]:
    """Return the rows of all parameters that learn, in blocks of a size that threads share."""
    blocks = []
    for name, rate in rates.items():
        count, *rest = parameters.shapes[name]
        width, begin = math.prod(rest), parameters.offsets[name]
        for a, b in chunks(count, max(1, BLOCK // width)) if rate else []:
            blocks.append(Block(slice(begin + a * width, begin + b * width), name, a, b, rate))
    return blocks


class EntryUpdater(ABC):
    """An updater that moves every entry by itself: block by block, in threads.

    ``memory``: arrays by name that go into a checkpoint.
    """

    devices: ClassVar[Mapping[str, WatchedDevices]] = {}
    budget: ClassVar[Mapping[str, Spent]] = {}

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.clipped = 0
        self.memory: dict[str, np.ndarray] = {}

    def unit(self, name: str) -> float:
        """Return 1: a rate is in the parameter's own unit."""
        return 1.0

    @abstractmethod
    def move(self, values: Floats, slope: Floats, block: Block) -> None:
        """Move the values of a block against their gradient, whatever the limits."""

    def apply(
        self, parameters: Parameters, gradient: Parameters, rates: Mapping[str, float]
    ) -> None:
        """Change the parameters in place."""
        scalar = parameters.flat.dtype.type
        blocks = blocks_of(parameters, rates)
        clipped = np.zeros(len(blocks), np.int64)

        def work(first: int, last: int) -> None:
            for number, block in enumerate(blocks[first:last], first):
                values = parameters.flat[block.part]
                self.move(values, block.slope(gradient), block)
                if block.name in self.limits:
                    clipped[number] = kernels.hold(values, *map(scalar, self.limits[block.name]))

        run_chunks(work, chunks(len(blocks), 1))
        self.clipped = int(clipped.sum())

    def elapse(self, examples: int) -> None:
        """Let time pass: floats stay as they are."""
        return

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        return dict(self.memory)

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up where a checkpoint left."""
        for name, array in self.memory.items():
            array[...] = arrays[name]

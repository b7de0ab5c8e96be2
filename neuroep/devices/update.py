"""The update that is pulses: what a rule asks for is granted by devices."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuroep.core.pulses.arrays import BOOKS, BOUND, DOWN, REFUSED, STANDING, UP
from neuroep.core.tables import Floats, Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.devices.array import DeviceArray
from neuroep.devices.chip import DeviceChip
from neuroep.devices.gains import Asked, Gain
from neuroep.devices.gains.plain import Plain
from neuroep.devices.schemes import Rows, Scheme
from neuroep.devices.schemes.accumulate import Accumulate
from neuroep.devices.watch import Noted, spent, watch
from neuroep.learning.probe import WatchedDevices
from neuroep.learning.updates.updater import Block, Limits, Spent, blocks_of
from neuroep.network.parameters import Parameters


@dataclass(frozen=True)
class Pulses:
    """Gradients granted by programming pulses on devices.

    Parameters
    ----------
    chip : DeviceChip
        The devices.
    scheme : Scheme
        How requests become pulses: one of ``neuroep.devices.schemes.SCHEMES``.
    gain : Gain
        What stands before it: one of ``neuroep.devices.gains.GAINS``.
    """

    chip: DeviceChip
    scheme: Scheme = field(default_factory=Accumulate)
    gain: Gain = field(default_factory=Plain)

    @property
    def products(self) -> bool:
        """Whether gradients should stay products of what rows and columns know."""
        return self.scheme.products

    def make(
        self, parameters: Parameters, limits: Limits, rng: np.random.Generator
    ) -> "PulseUpdater":
        """Return an updater of these parameters, whose devices are programmed with them.

        All that is random about devices and pulses follows from the number of the chip; ``rng`` is
        not used.
        """
        return PulseUpdater(self, parameters, limits)


class PulseUpdater:
    """Applies :class:`Pulses`; remembers the devices' states and what scheme and gain remember.

    Attributes
    ----------
    arrays : dict of DeviceArray
    books : dict of float64 arrays
        Of each array since the start; see :mod:`neuroep.core.pulses.arrays`.
    noted : dict of Noted
        Arrays of whose synapses some are watched: what has been asked of these.
    """

    def __init__(self, options: Pulses, parameters: Parameters, limits: Limits) -> None:
        self.arrays = options.chip.arrays(parameters, list(parameters), limits)
        self.scheme = options.scheme.make(self.arrays)
        shapes = {name: _matrix(parameters.shapes[name]) for name in parameters}
        self.gain = options.gain.make(shapes, parameters.flat.dtype)
        self.products = options.products
        if self.products and self.gain.mixes:
            raise ValueError(
                "scheme: trains of rows and columns write this update's gradient alone, so there "
                "is no momentum, and no Adam before them"
            )
        self.books: dict[str, Reals] = {name: np.zeros(BOOKS) for name in parameters}
        for name, array in self.arrays.items():
            self.books[name][STANDING] = sum(one.at_bounds for one in self._all(name, array))
        self.upkeep = options.chip.upkeep
        self.updates = np.zeros((), np.int64)
        self.examples = np.zeros((), np.int64)
        self.noted: dict[str, Noted] = {}
        self.clipped = 0

    def unit(self, name: str) -> float:
        """Return the square of what a weight of 1 is in values of the parameter."""
        return self.arrays[name].unit ** 2

    def apply(
        self, parameters: Parameters, gradient: Parameters, rates: Mapping[str, float]
    ) -> None:
        """Change the parameters in place."""
        self.updates += 1
        blocks = blocks_of(parameters, rates)
        if self.gain.watches:
            for block in blocks:  # in order: sums of columns do not depend on threads
                self.gain.see(self._asked(block, gradient))
            for name in {block.name: None for block in blocks}:
                self.gain.seen(name, int(self.updates))
        books = np.zeros((len(blocks), BOOKS))

        def work(first: int, last: int) -> None:
            for number in range(first, last):
                self._grant(blocks[number], gradient, books[number])

        run_chunks(work, chunks(len(blocks), 1))
        for block, page in zip(blocks, books, strict=True):
            self.books[block.name] += page
        self.clipped = int(books[:, BOUND].sum() + books[:, REFUSED].sum())

    def _grant(self, block: Block, gradient: Parameters, books: Reals) -> None:
        array, asked = self.arrays[block.name], self._asked(block, gradient)
        slope, on_rows, on_columns = self.gain.factors(asked, block.rate)
        on_rows = on_rows * slope.dtype.type(array.unit / array.pulse)
        if block.name in self.noted:
            self.noted[block.name].add(block.first, slope, on_rows, on_columns)
        begin = block.first * slope.shape[1]
        end = begin + slope.size
        products = gradient.products(block.name) if self.products else None
        rows = Rows(array, block.name, begin, end, slope, on_rows, on_columns, products)
        self.scheme.apply(rows, int(self.updates), books)

    def _asked(self, block: Block, gradient: Parameters) -> Asked:
        slope: Floats = gradient.rows(block.name, block.first, block.last)
        matrix = slope.reshape(block.last - block.first, -1)
        unit = self.arrays[block.name].unit
        return Asked(block.name, block.first, block.last, matrix, int(self.updates), unit)

    def _all(self, name: str, array: DeviceArray) -> list[DeviceArray]:
        """Return an array of weights, and the fast one that a scheme keeps beside it."""
        return [array, self.scheme.fast[name]] if name in self.scheme.fast else [array]

    def elapse(self, examples: int) -> None:
        """Let the time of some examples pass for all devices; pairs are put back as it does."""
        before, after = int(self.examples), int(self.examples) + examples
        for name, array in self.arrays.items():
            for one in self._all(name, array):
                self.upkeep.apply(one, self.books[name], before, after)
        self.examples += examples

    @property
    def devices(self) -> Mapping[str, WatchedDevices]:
        """What can be watched of the devices, by parameter."""
        return {
            name: watch(
                name,
                self._all(name, array),
                self.books[name],
                self.noted,
                self.scheme.charges.get(name),
            )
            for name, array in self.arrays.items()
        }

    @property
    def budget(self) -> Mapping[str, Spent]:
        """What pulses have come to, by parameter."""
        return {
            name: spent(self._all(name, array), self.books[name])
            for name, array in self.arrays.items()
        }

    @property
    def pulses(self) -> dict[str, int]:
        """Pulses that the devices of each array have been given."""
        return {name: int(page[UP] + page[DOWN]) for name, page in self.books.items()}

    @property
    def joules(self) -> float:
        """Energy of all pulses so far (J)."""
        return sum(array.joules(self.books[name]) for name, array in self.arrays.items())

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        found: dict[str, np.ndarray] = {"updates": self.updates, "examples": self.examples}
        for name, array in self.arrays.items():
            found |= {f"devices/{name}/{k}": v for k, v in array.to_arrays().items()}
        found |= {f"books/{name}": page for name, page in self.books.items()}
        found |= {f"scheme/{k}": v for k, v in self.scheme.to_arrays().items()}
        return found | {f"gain/{k}": v for k, v in self.gain.to_arrays().items()}

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up where a checkpoint left."""
        for name, mine in self.to_arrays().items():
            mine[...] = arrays[name]


def _matrix(shape: tuple[int, ...]) -> tuple[int, int]:
    return shape[0], math.prod(shape[1:])

"""The weights of a coupling as pairs of conductances in a crossbar with wires.

Sender i of a coupling has two neighbouring row lines, at +V and at -V, receiver j one column line:
the pair that holds w_ij stands at the crossings. Neighbours, because a pair whose halves stand far
apart sees different voltages, and their difference is no weight. Even one segment more makes the
upper half count less, in every pair alike: so pairs stand in turn + above - and - above +, and what
one has too little its neighbour has too much.

The way back has a twin of the array, with the same devices in the same places and driven at its
columns: the conveyor of sender i takes the difference of its two rows' currents. What terminates a
line is the same in both, a driver's resistance at rows, a receiver's at columns, whichever way the
array is used, so that the twins are one matrix and its transpose and there is an energy.
"""

from functools import cached_property, partial

import numpy as np

from neuroep.core.tables import Floats, Ints, Reals
from neuroep.core.threads import chunks
from neuroep.errors import Unheld
from neuroep.hardware.chip import Chip
from neuroep.hardware.crossbar import SIDES, Crossbar, check_size
from neuroep.network.hopfield.network import Network

MARGIN = 1e-6
"""By how much of its range a value may exceed it: what single precision makes of a limit."""


def conductances(chip: Chip, values: Floats, unit: float, name: str) -> tuple[Reals, Reals]:
    """Return the conductances (plus, minus) of pairs that hold values at so many S per unit.

    Raises
    ------
    Unheld
        A value that the devices cannot hold; names the array and the first such synapse.
    """
    given, largest = np.asarray(values, float), largest_value(chip, unit)
    beyond = ~(np.abs(given) <= largest * (1.0 + MARGIN))
    if beyond.any():
        where = tuple(int(i) for i in np.argwhere(beyond)[0])
        raise Unheld(
            f"{name}{list(where)}: {float(given[where]):.3g} is beyond "
            f"+-{largest:.3g}, the range of its devices ({chip.conductance_min:g} to "
            f"{chip.conductance_max:g} S at {unit:g} S per unit)"
        )
    half = 0.5 * unit * given
    return chip.middle_conductance + half, chip.middle_conductance - half


def largest_value(chip: Chip, unit: float) -> float:
    """Return the largest value that a pair holds at so many siemens per unit (normalised)."""
    return (chip.conductance_max - chip.conductance_min) / unit


def check_array(name: str, shape: tuple[int, ...]) -> None:
    """Check that a coupling's array with wires can be had, a ValueError otherwise."""
    check_size(2 * shape[0], shape[1], f"circuit.wires: {name}, a crossbar")


class PairArray:
    """A coupling's weights (n_from, n_to) with the wires of a chip.

    Implements :class:`neuroep.network.hopfield.arrays.CouplingArray`.
    """

    def __init__(self, chip: Chip, name: str, weights: Floats) -> None:
        assert chip.wires is not None
        plus, minus = conductances(chip, weights, chip.unit_conductance, name)
        self.plus, self.minus = rows_of(len(plus))
        lines = np.empty((2 * len(plus), plus.shape[1]))
        lines[self.plus], lines[self.minus] = plus, minus
        self.unit = chip.unit_conductance
        self.crossbar = Crossbar(np.maximum(lines, 0.0), chip.wires)
        self.dtype = weights.dtype

    @property
    def net(self) -> Reals:
        """Current into a receiver per volt of a sender's activity, (n_from, n_to), S."""
        both = self.crossbar.transfer
        return both[self.plus] - both[self.minus]

    @property
    def gross(self) -> Reals:
        """The same, of the magnitudes of a pair's two currents."""
        both = self.crossbar.transfer
        return both[self.plus] + both[self.minus]

    @cached_property
    def effective(self) -> Floats:
        """The weights that the two layers see."""
        return (self.net / self.unit).astype(self.dtype)

    def at_devices(self, slope: Floats) -> Floats:
        """Return the slope in the weights that devices hold, of one in the effective weights."""
        lines = np.empty_like(self.crossbar.conductances)
        lines[self.plus] = slope / self.unit
        lines[self.minus] = -lines[self.plus]
        devices = self.crossbar.slopes(lines)
        # A unit of weight adds half a unit of conductance to one device, and takes it from one.
        found = 0.5 * self.unit * (devices[self.plus] - devices[self.minus])
        return found.astype(self.dtype)

    # What it draws

    def sent(self, volts: Reals) -> float:
        """Return what drivers of senders' lines at volts (..., n_from) deliver, A in all."""
        return float(np.abs(self._driven(volts.reshape(-1, volts.shape[-1]))).sum())

    def heat(self, volts: Reals, *, back: bool = False) -> tuple[Reals, Reals]:
        """Return what devices and what wires turn into heat at volts (k, n), (k,) each, W.

        ``volts``: of senders; on the way back, of receivers.
        """
        if not back:
            return self.crossbar.power(self._lines(volts))
        rows = len(self.crossbar.conductances)
        return self.crossbar.power(np.zeros((rows, len(volts))), volts.T)

    def amperes(self, volts: Reals, *, back: bool = False) -> Reals:
        """Return what the drivers of all lines deliver at volts (k, n), (k,), A."""
        driven = volts @ self.receivers_load if back else self._driven(volts)
        return np.asarray(np.abs(driven).sum(axis=-1))

    def _lines(self, volts: Reals) -> Reals:
        """Return the voltages of all row lines, (2 n_from, k), of volts (k, n_from)."""
        lines = np.empty((2 * volts.shape[1], len(volts)))
        lines[self.plus], lines[self.minus] = volts.T, -volts.T
        return lines

    def _driven(self, volts: Reals) -> Reals:
        """Return the current of each row line's driver, (k, 2 n_from), of volts (k, n_from)."""
        return self.crossbar.driven_currents(self._lines(volts)).T

    @cached_property
    def senders_load(self) -> Reals:
        """Current of each row line's driver per volt of a sender, (n_from, 2 n_from), S."""
        count = len(self.crossbar.conductances) // 2
        every = np.eye(count)
        return np.concatenate([self._driven(every[a:b]) for a, b in chunks(count, SIDES)])

    @cached_property
    def receivers_load(self) -> Reals:
        """Current of each column line's driver per volt of a receiver, on the way back, S.

        (n_to, arrays * n_to).
        """
        return np.concatenate(self.crossbar.receiver_ports, axis=1)


def half_on(row: int) -> int:
    """Return which half of its sender's pairs stands on a row line: 0 for plus, 1 for minus."""
    return (row + row // 2) % 2


def rows_of(senders: int) -> tuple[Ints, Ints]:
    """Return the row lines of the senders, those at +V and those at -V."""
    halves = np.array([half_on(row) for row in range(2 * senders)])
    return np.flatnonzero(halves == 0), np.flatnonzero(halves == 1)


def with_wires(network: Network, chip: Chip) -> Network:
    """Let a network's couplings be arrays with the wires of a chip, where it has any."""
    network.make_array = None if chip.wires is None else partial(PairArray, chip)
    return network

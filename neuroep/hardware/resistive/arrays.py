"""The synapses between two layers of a resistive chip as a crossbar with wires.

A row line leads from what drives it, an input's source or the amplifier behind a node, past one
device a column; a column line ends below its last device at its own node, with the node's diode,
capacitance and amplifier. Nothing is a virtual ground here: current flows either way at every end,
and lines of a layer reach each other through the array.

The two lines of an input, at +V and -V, are neighbours, since what counts is the difference of
their devices; they stand in turn, + above - and - above +, for the reason that
:mod:`neuroep.hardware.hopfield.pairs` tells. Nodes stand in the order of their numbers.
"""

from functools import cached_property, partial
from typing import cast

import numpy as np

from neuroep.core.tables import Floats, Ints, Reals
from neuroep.core.threads import chunks
from neuroep.hardware.crossbar import SIDES, Crossbar, Wires, check_size
from neuroep.network.resistive.arrays import Ports
from neuroep.network.resistive.network import ResistiveNetwork


class LineArray:
    """The conductances (rows, columns) behind a layer, S, with wires.

    Implements :class:`neuroep.network.resistive.arrays.SynapseArray`. ``order`` (rows,): which row
    each line of the array is of, from the one that is furthest from the ends of columns on.
    """

    def __init__(self, wires: Wires, layer: int, conductances: Floats) -> None:
        self.order = order_of(layer, len(conductances))
        self.place = np.argsort(self.order)
        self.crossbar = Crossbar(np.asarray(conductances, float)[self.order], wires)

    @property
    def transfer(self) -> Reals:
        """The conductance between each row line and each column line, (rows, columns), S."""
        return self.crossbar.transfer[self.place]

    @cached_property
    def among_rows(self) -> Reals:
        """The same between row lines, (rows, rows), nothing on the diagonal."""
        every = np.eye(len(self.order))
        ranges = chunks(len(every), SIDES)
        delivered = [self.crossbar.driven_currents(every[:, a:b]) for a, b in ranges]
        return _between(np.concatenate(delivered, axis=1)[np.ix_(self.place, self.place)])

    @cached_property
    def among_columns(self) -> Reals:
        """The same between column lines, (columns, columns)."""
        return _between(np.sum(self.crossbar.receiver_ports, axis=0))

    def _ports(self, ports: Ports) -> tuple[Reals, Reals]:
        return ports[0].T[self.order], ports[1].T

    def drops(self, ports: Ports) -> Reals:
        """Return what stands across every device, (rows, columns, B), V."""
        return self.crossbar.drops(*self._ports(ports))[self.place]

    def currents(self, ports: Ports) -> Ports:
        """Return what leaves every row line (B, rows) and enters every column line, A."""
        leaving, entering = self.crossbar.currents(*self._ports(ports))
        return leaving[self.place].T, entering.T

    def products(self, ports: Ports, shares: Reals, others: Ports | None = None) -> Reals:
        """Return the sum of shares (B,) times the drops across a device, (rows, columns), V^2.

        Times the drops in ``others``, the same state without it.
        """
        second = None if others is None else self._ports(others)
        return self.crossbar.products(self._ports(ports), shares, second)[self.place]


def _between(ports: Reals) -> Reals:
    """Return the conductances between ports that a matrix of their currents and voltages holds."""
    found = -0.5 * (ports + ports.T)
    np.einsum("ii->i", found)[:] = 0.0
    return found


def order_of(layer: int, rows: int) -> Ints:
    """Return which row of a layer stands on each line."""
    if layer:
        return np.arange(rows)
    pairs = np.arange(rows - 2).reshape(2, -1).T  # x and -x; the last two are a pair already
    pairs = np.concatenate([pairs, [[rows - 2, rows - 1]]])
    pairs[1::2] = pairs[1::2, ::-1]
    return pairs.ravel()


def with_wires(network: ResistiveNetwork, wires: Wires | None) -> ResistiveNetwork:
    """Let a network's synapses be arrays with wires, where there are any.

    A ValueError: an array is too large to be eliminated in memory.
    """
    for name, (rows, columns) in network.parameters.shapes.items() if wires else ():
        check_size(rows, columns, f"circuit.wires: {name}, a crossbar")
    network.make_array = None if wires is None else partial(LineArray, wires)
    return network


def wired(network: ResistiveNetwork, layer: int) -> LineArray | None:
    """Return the array behind a layer; None where wires are ideal."""
    return cast(LineArray, network.arrays[layer]) if network.arrays else None

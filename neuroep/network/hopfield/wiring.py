"""A network as the flat tables that kernels read."""

from functools import cached_property

import numpy as np

from neuroep.core import tables
from neuroep.core.hopfield.layers import REACH
from neuroep.core.hopfield.packets import transpose
from neuroep.network.hopfield.network import Network


def colour_classes(network: Network) -> list[list[int]]:
    """Return classes of settling layers such that no two layers of a class are coupled.

    Greedy colouring in the order of the layers: even and odd for a chain, three classes for a
    triangle.
    """
    names = network.settling
    neighbours: dict[str, set[str]] = {name: set() for name in names}
    for c in network.couplings:
        if c.source in neighbours and c.target in neighbours:
            neighbours[c.source].add(c.target)
            neighbours[c.target].add(c.source)
    colour: dict[str, int] = {}
    for name in names:
        taken = {colour[other] for other in neighbours[name] if other in colour}
        colour[name] = next(k for k in range(len(names)) if k not in taken)
    return [
        [i for i, name in enumerate(names) if colour[name] == k]
        for k in range(max(colour.values(), default=-1) + 1)
    ]


def class_tables(classes: list[list[int]]) -> tuple[tables.Ints, tables.Ints]:
    """Return the layers class by class, and where each class begins."""
    order = np.array([k for members in classes for k in members], np.int64)
    return order, np.cumsum([0, *map(len, classes)]).astype(np.int64)


class Plan:
    """The tables of one network, and where each layer lies in a flat state.

    Raises
    ------
    ValueError
        No layer settles.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.names = network.settling
        if not self.names:
            raise ValueError("the network has no layer that settles")
        self.sizes = [network.size(name) for name in self.names]
        self.offsets = [0, *np.cumsum(self.sizes).tolist()]
        self.units = self.offsets[-1]
        self.index = {name: k for k, name in enumerate(self.names)}

    def view(self, flat: tables.Floats, name: str) -> tables.Floats:
        """Return the (B, size) view of a layer in a flat buffer."""
        batch = flat.size // self.units
        k = self.index[name]
        return flat[batch * self.offsets[k] : batch * self.offsets[k + 1]].reshape(batch, -1)

    def part(self, name: str) -> slice:
        """Return where the units of a layer stand among all of an example."""
        k = self.index[name]
        return slice(self.offsets[k], self.offsets[k + 1])

    def rows(self, flat: tables.Floats, chosen: slice | list[int] = slice(None)) -> tables.Floats:
        """Return the units of chosen examples of a flat buffer, (chosen, units), a copy."""
        return np.concatenate([self.view(flat, name)[chosen] for name in self.names], axis=1)

    @cached_property
    def sweep(self) -> tables.Wiring:
        """Tables with the colour classes of the layer graph."""
        return self._wiring(colour_classes(self.network))

    @cached_property
    def synchronous(self) -> tables.Wiring:
        """Tables with one class that holds every layer."""
        return self._wiring([list(range(len(self.names)))])

    def _wiring(self, classes: list[list[int]]) -> tables.Wiring:
        layers, constants = self._layers()
        cost = self.network.cost
        return tables.Wiring(
            layers,
            constants,
            self._couplings(),
            np.zeros(tables.COST_ENTRIES, np.int64) if cost is None else cost.row(self),
            *class_tables(classes),
        )

    def _layers(self) -> tuple[tables.Ints, tables.Reals]:
        network = self.network
        rows = np.full((len(self.names), tables.LAYER_COLUMNS), -1, np.int64)
        constants: list[tables.Reals] = []
        begin = 0
        for k, name in enumerate(self.names):
            row = rows[k]
            row[tables.OFFSET] = self.offsets[k]
            row[tables.SIZE] = self.sizes[k]
            row[tables.TOKENS], row[tables.WIDTH] = network.shape(name)
            layer = network.layers[name]
            layer.row(self, row)
            own = layer.kernel_constants()
            if name in network.reach:
                own[:, REACH] = network.reach[name]
            if name in network.drawn:
                own = layer.drawn_constants(network.drawn[name], own)
                row[tables.DRAWN] = 1
            row[tables.CONSTANTS] = begin
            row[tables.STRIDE] = own.shape[1] if len(own) > 1 else 0
            low, high = layer.rails
            if low <= high and len(own) == 1 and name not in network.drawn:
                row[tables.RAILS] = begin + own.size
                own = np.append(own, [low, high])
            constants.append(own.ravel())
            begin += own.size
        return rows, np.concatenate(constants)

    def _couplings(self) -> tables.Ints:
        network = self.network
        rows = []
        transposed = 0
        behind = network.parameters.flat.size
        for c in network.couplings:
            if c.source not in self.index:
                continue  # a constant current, see neuroep.network.hopfield.drive
            n_from, n_to = network.parameters.shapes[c.name]
            back = network.parameters.offsets[c.back]
            if c.name in network.back_factors:
                back, behind = behind, behind + n_from * n_to
            rows.append(
                (
                    self.index[c.source],
                    self.index[c.target],
                    network.shape(c.source)[0] if c.shared else 1,
                    n_from,
                    n_to,
                    network.parameters.offsets[c.name],
                    back,
                    transposed,
                )
            )
            transposed += n_from * n_to
        return np.array(rows, np.int64).reshape(-1, tables.COUPLING_COLUMNS)

    def transposed_weights(self) -> tables.Floats:
        """Return W^T of the way back of every coupling between settling layers (a copy)."""
        network = self.network
        inner = [c for c in network.couplings if c.source in self.index]
        backs = [network.effective_way_back(c) for c in inner]
        turned = np.empty(sum(w.size for w in backs), network.parameters.flat.dtype)
        begin = 0
        for w in backs:
            transpose(w, turned[begin : begin + w.size].reshape(w.shape[::-1]))
            begin += w.size
        return turned

    def weights(self) -> tables.Floats:
        """Return the flat parameters, and behind them the ways back that are drawn apart."""
        network = self.network
        apart = [c for c in network.couplings if c.name in network.back_factors]
        if not apart:
            return network.effective.flat
        backs = (network.effective_way_back(c).ravel() for c in apart)
        return np.concatenate([network.effective.flat, *backs])


def plan_of(network: Network) -> Plan:
    """Return the tables of a network, built once until its structure changes."""
    if network.plan is None:
        network.plan = Plan(network)
    return network.plan

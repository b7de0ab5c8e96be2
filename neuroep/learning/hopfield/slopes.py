"""Slopes of the total energy in every parameter, from what stands at each synapse.

dE/dW = -s_from s_to for a coupling, -s for a bias or a query, -(attention times query) for a stored
pattern; where a stored pattern also drives other layers, these couplings' activities count as well.
"""

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.hopfield.contrast import pattern_slope, scatter_add
from neuroep.core.tables import Floats
from neuroep.core.threads import chunks, one_blas_thread, run_chunks
from neuroep.learning.gradient import Factors, Gradient
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Coupling, Network
from neuroep.settle.hopfield.settled import Settled

FACTORED = 1 << 20
"""Weights of a coupling from which on its gradient is held as factors."""


class Weighted:
    """What stands at neurons, ``flat`` like a state of P * B examples, times each one's share.

    Made when asked for; ``shares`` (P * B,) are of the state's dtype.
    """

    def __init__(self, drive: Drive, flat: Floats, shares: Floats) -> None:
        self.drive = drive
        self.flat = flat
        self.shares = shares
        self._made: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        """Return what stands at a layer, (P * B, size)."""
        if name not in self._made:
            self._made[name] = self.drive.plan.view(self.flat, name) * self.shares[:, None]
        return self._made[name]

    def over_phases(self, name: str) -> Floats:
        """Return the sum over phases of what stands at a layer, (B, size).

        A clamped input is the same in all phases, so what stands at its partner may be added first.
        """
        found = self[name]
        total: Floats = found.reshape(-1, self.drive.count, found.shape[1]).sum(axis=0)
        return total

    def packed(self, source: str, target: str) -> Floats:
        """Return the partner of every packed row of a clamped input behind a shared projection.

        The sum over phases, (total, width); padding is not touched.
        """
        drive, sequences = self.drive, self.drive.sequences[source]
        example, place = sequences.examples, sequences.places
        rows, width = drive.plan.network.shape(target)
        by_row = drive.plan.view(self.flat, target).reshape(-1, drive.count, rows, width)
        total: Floats = np.zeros((len(example), width), self.flat.dtype)
        for phase, share in zip(by_row, self.shares.reshape(len(by_row), -1), strict=True):
            total += phase[example, place] * share[example, None]
        return total


def energy_slope(
    settled: Settled,
    share: ArrayLike,
    into: Gradient | None = None,
    wanted: Collection[str] | None = None,
    *,
    factored: bool = False,
) -> Gradient:
    """Return the sum over settled examples of share * d(E + beta C)/d(parameter).

    Only activities, potentials and attention of the settled states are read. The equilibrium
    propagation gradient is such a sum: shares +1/(2 beta) and -1/(2 beta) on the two nudged phases
    (Scellier & Bengio 2017, eq. 9; Laborieux et al. 2021, eq. 10).

    ``share`` (P, B): factor of each settled example; ``into``: where to add, zeros when absent,
    with couplings of ``FACTORED`` weights held as factors; ``wanted``: names of the parameters that
    matter, without which the slope in stored patterns, the costliest, is left at zero;
    ``factored``: whether couplings of any size are held as factors.
    """
    drive = settled.drive
    network = drive.plan.network
    kept = {c.name for c in network.couplings} if factored else set(large_couplings(network))
    kept |= {c.back for c in network.couplings if c.name in kept}
    slope = Gradient(network.parameters, kept) if into is None else into
    weight = np.broadcast_to(np.asarray(share, float), settled.beta.shape)
    shares = weight.astype(drive.current.dtype).ravel()
    with one_blas_thread():
        weighted = Weighted(drive, settled.state.activity, shares)
        add_constants(weighted, slope)
        for c in network.couplings:
            if c.source not in network.clamped:
                _coupling(settled, c, weighted, slope)
        if tables_that_learn(network, wanted):
            attended = _attended_rows(settled, shares)
            for name, table, rows in learned_rows(drive, attended, wanted):
                add_driven(name, weighted, rows)
                scatter_add(drive.sequences[name].rows, rows, slope[table])
        nudges = weight * settled.beta
        if network.cost and settled.target is not None and nudges.any():
            s = settled.activity(str(network.cost.layer))
            error = network.cost.slope(network.cost.scores(network, s), settled.target)
            error *= nudges[..., None].astype(error.dtype)
            network.cost.add_slope(slope, s, error)
    add_ways_back(network, slope)
    return slope


def at_devices(network: Network, slope: Gradient) -> Gradient:
    """Take slopes in the weights that layers see to those in what devices hold, in place.

    Where arrays have wires, a rule reads what stands at each device, not at the ends of its lines.

    A ValueError: a coupling whose slope is held as factors, which know the ends of lines alone.
    """
    reduced = network.reduced
    for name, array in reduced.arrays.items() if reduced else ():
        if name in slope.factors:
            raise ValueError(
                f"{name}: with wires, what stands at a device is no product of what its row and "
                "its column know"
            )
        slope[name][:] = array.at_devices(slope[name])
    return slope


def add_ways_back(network: Network, slope: Gradient) -> None:
    """Let each way back ask for what the way there asks for: both see the same two lines."""
    for c in network.couplings:
        if c.back != c.name:
            slope.repeat(c.name, c.back)


def _coupling(settled: Settled, c: Coupling, weighted: Weighted, slope: Gradient) -> None:
    n_from, n_to = slope.shapes[c.name]
    source = settled.drive.plan.view(settled.state.activity, c.source).reshape(-1, n_from)
    target = weighted[c.target].reshape(-1, n_to)
    if c.name in slope.factors:
        used = settled.drive.used_units(c.source)[settled.rows, None]
        rows = np.arange(len(source) // len(used))
        reach = np.clip(used - n_from * rows, 0, n_from).ravel()
        phases = settled.beta.shape[0]
        slope.factors[c.name].append(Factors(source, target, reach, phases))
        return
    slope[c.name][:] -= source.T @ target


def large_couplings(network: Network) -> list[str]:
    """Return the couplings whose gradients are held as factors for their size."""
    sizes = {
        c.name: network.size(c.source) * network.size(c.target)
        for c in network.couplings
        if not c.shared and c.source not in network.clamped
    }
    return [name for name, size in sizes.items() if size >= FACTORED]


def add_constants(weighted: Weighted, slope: Gradient) -> None:
    """Add the slopes in biases, queries and couplings of clamped inputs."""
    drive = weighted.drive
    network = drive.plan.network
    for name in drive.plan.names:
        if constant := network.layers[name].constant:
            current = slope[constant]
            current -= weighted[name].sum(axis=0).reshape(current.shape)
    for c in network.couplings:
        if c.source not in network.clamped:
            continue
        if c.shared:
            _add_product(slope, c.name, drive.values[c.source], weighted.packed(c.source, c.target))
        else:
            _clamped_coupling(drive, c, weighted.over_phases(c.target), slope)


def _clamped_coupling(drive: Drive, c: Coupling, partner: Floats, slope: Gradient) -> None:
    rows, n_from = drive.values[c.source], slope.shapes[c.name][0]
    if n_from == rows.shape[1]:
        _add_product(slope, c.name, rows, partner[drive.sequences[c.source].examples])
        return
    if c.name in slope.factors:
        _add_product(slope, c.name, padded_rows(drive, c.source), partner)
        return
    into = slope[c.name]
    for e, behind in enumerate(partner):
        flat = drive.rows_of(c.source, e).ravel()
        into[: flat.size] -= np.outer(flat, behind)


def padded_rows(drive: Drive, name: str) -> Floats:
    """Return what is clamped of each example, (B, tokens * dim), padding as zeros."""
    found = np.zeros((drive.count, drive.plan.network.size(name)), drive.values[name].dtype)
    for e, row in enumerate(found):
        flat = drive.rows_of(name, e).ravel()
        row[: flat.size] = flat
    return found


def _add_product(slope: Gradient, name: str, before: Floats, behind: Floats) -> None:
    """Add -before^T behind to the slope in a coupling, multiplied out or not."""
    if name in slope.factors:
        reach = np.full(len(before), before.shape[1])
        slope.factors[name].append(Factors(before, behind, reach))
    else:
        slope[name][:] -= before.T @ behind


def tables_that_learn(network: Network, wanted: Collection[str] | None) -> set[str]:
    """Return the names of the tables of stored patterns among the wanted parameters."""
    tables = {layer.patterns for layer in network.inputs.values() if layer.vocabulary}
    return tables if wanted is None else tables & set(wanted)


def learned_rows(
    drive: Drive, flat: Floats, wanted: Collection[str] | None
) -> Iterator[tuple[str, str, Floats]]:
    """Yield each clamped input whose table learns, the table, and its own part of ``flat``.

    ``flat`` is like the patterns; a part (total, dim) is a view.
    """
    tables = tables_that_learn(drive.plan.network, wanted)
    begin = 0
    for name, layer in drive.plan.network.inputs.items():
        values = drive.values[name]
        if layer.vocabulary and layer.patterns in tables:
            yield name, layer.patterns, flat[begin : begin + values.size].reshape(values.shape)
        begin += values.size


def _attended_rows(settled: Settled, shares: Floats) -> Floats:
    """Return the slope in every stored pattern by what attends to it, flat like the patterns."""
    drive = settled.drive
    network, inputs = drive.plan.network, settled.inputs(settled.rows)
    flat = np.zeros_like(inputs.patterns)
    batch = settled.rows.size
    longest = int(inputs.length.max(initial=0))
    phases = len(settled.beta)
    size = max(
        phases * rows * (longest + width) + max(rows * (longest + width), longest * width)
        for rows, width in map(network.shape, drive.plan.names)
    )

    def work(first: int, last: int) -> None:
        scratch = np.empty(size, flat.dtype)
        potential = settled.state.potential
        pattern_slope(
            drive.plan.sweep, inputs, potential, batch, first, last, shares, scratch, flat
        )

    run_chunks(work, chunks(drive.count, 8))
    return flat


def add_driven(name: str, weighted: Weighted, rows: Floats) -> None:
    """Add the slope in every packed row (total, dim) by the layers that a clamped input drives."""
    drive = weighted.drive
    network, sequences = drive.plan.network, drive.sequences[name]
    for c in network.couplings:
        if c.source != name:
            continue
        w = network.effective[c.name]
        if c.shared:
            rows -= weighted.packed(name, c.target) @ w.T
        else:
            full = (weighted.over_phases(c.target) @ w.T).reshape(drive.count, -1, rows.shape[1])
            rows -= full[sequences.examples, sequences.places]

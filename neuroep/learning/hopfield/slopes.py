"""Slopes of the total energy in every parameter, from what stands at each synapse.

dE/dW = -s_from s_to for a coupling, -s for a bias or a query, -(attention times query) for a stored
pattern; where a stored pattern also drives other layers, these couplings' activities count as well.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.hopfield.contrast import pattern_slope, scatter_add
from neuroep.core.tables import Floats, Ints
from neuroep.core.threads import chunks, run_chunks
from neuroep.learning.gradient import Factors, Gradient
from neuroep.network.hopfield.drive import Drive, places
from neuroep.network.hopfield.network import Coupling, Network
from neuroep.settle.hopfield.settled import Settled

FACTORED = 1 << 20
"""Weights of a coupling from which on its gradient is held as factors."""


class Weighted:
    """Activities of settled examples, each times its share; made when asked for.

    Parameters
    ----------
    settled : Settled
    shares : array of the state's dtype, (P * B,)
    """

    def __init__(self, settled: Settled, shares: Floats) -> None:
        self.settled = settled
        self.shares = shares
        self._made: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        """Return the weighted activities of a layer, (P * B, size)."""
        if name not in self._made:
            activity = self.settled.drive.plan.view(self.settled.state.activity, name)
            self._made[name] = activity * self.shares[:, None]
        return self._made[name]

    def packed(self, source: str, target: str) -> Floats:
        """Return the partner of every packed row of a clamped input behind a shared projection.

        The sum over phases, (total, width); padding is not touched.
        """
        drive = self.settled.drive
        sequences = drive.sequences[source]
        width = drive.plan.network.shape(target)[1]
        activity = drive.plan.view(self.settled.state.activity, target)
        by_row = activity.reshape(-1, drive.count, activity.shape[1] // width, width)
        example = np.repeat(np.arange(drive.count), sequences.lengths)
        place = places(sequences)
        total: Floats = np.zeros((len(example), width), activity.dtype)
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

    Parameters
    ----------
    settled : Settled
        P phases of B examples.
    share : (P, B)
        Factor of each settled example.
    into : Gradient, optional
        Where to add; zeros when absent, with couplings of ``FACTORED`` weights held as factors.
    wanted : collection of str, optional
        Names of the parameters that matter; the slope in stored patterns, the costliest, is left
        at zero when it is not among them.
    factored : bool
        Whether couplings of any size are held as factors.

    Returns
    -------
    slope : Gradient
        Same names, shapes and dtype as the network's parameters.
    """
    drive = settled.drive
    network = drive.plan.network
    slope = Gradient(network.parameters, _kept(network, factored)) if into is None else into
    weight = np.broadcast_to(np.asarray(share, float), settled.beta.shape)
    shares = weight.astype(drive.current.dtype).ravel()
    weighted = Weighted(settled, shares)
    for name in drive.plan.names:
        if constant := network.layers[name].constant:
            current = slope[constant]
            current -= weighted[name].sum(axis=0).reshape(current.shape)
    for c in network.couplings:
        if c.source not in network.clamped:
            _coupling(settled, c, weighted, slope)
        elif c.shared:
            _add_product(slope, c.name, drive.values[c.source], weighted.packed(c.source, c.target))
        else:
            _clamped_coupling(drive, c, _over_phases(weighted[c.target], drive), slope)
    _tables(settled, weighted, wanted, slope)
    nudges = weight * settled.beta
    if network.cost and settled.target is not None and nudges.any():
        s = settled.activity(str(network.cost.layer))
        error = network.cost.slope(network.cost.scores(network, s), settled.target)
        error *= nudges[..., None].astype(error.dtype)
        network.cost.add_slope(slope, s, error)
    return slope


def _coupling(settled: Settled, c: Coupling, weighted: Weighted, slope: Gradient) -> None:
    n_from, n_to = slope.shapes[c.name]
    source = settled.drive.plan.view(settled.state.activity, c.source).reshape(-1, n_from)
    if c.name in slope.factors:
        phases, reach = settled.beta.shape[0], _reach(settled, c)
        slope.factors[c.name].append(Factors(source, weighted[c.target], reach, phases))
        return
    slope[c.name][:] -= source.T @ weighted[c.target].reshape(-1, n_to)


def _kept(network: Network, factored: bool) -> list[str]:
    """Return the couplings whose gradients are held as factors."""
    if factored:
        return [c.name for c in network.couplings]
    sizes = {
        c.name: network.size(c.source) * network.size(c.target)
        for c in network.couplings
        if not c.shared and c.source not in network.clamped
    }
    return [name for name, size in sizes.items() if size >= FACTORED]


def _reach(settled: Settled, c: Coupling) -> Ints:
    """Return how many activities of each example's source are not padding, (P * B,)."""
    drive = settled.drive
    network = drive.plan.network
    layer, width = network.layers[c.source], network.shape(c.source)[1]
    used = np.array([layer.used_rows(drive, e) for e in range(drive.count)])
    return used[settled.rows] * width


def _over_phases(weighted: Floats, drive: Drive) -> Floats:
    # A clamped input is the same in all phases, so its partner's activities may be added first.
    total: Floats = weighted.reshape(-1, drive.count, weighted.shape[1]).sum(axis=0)
    return total


def _clamped_coupling(drive: Drive, c: Coupling, partner: Floats, slope: Gradient) -> None:
    rows, sequences = drive.values[c.source], drive.sequences[c.source]
    n_from = slope.shapes[c.name][0]
    if n_from == rows.shape[1]:
        example = np.repeat(np.arange(drive.count), sequences.lengths)
        _add_product(slope, c.name, rows, partner[example])
        return
    flats = [
        rows[begin:end].ravel()
        for begin, end in zip(sequences.offsets[:-1], sequences.offsets[1:], strict=True)
    ]
    if c.name in slope.factors:
        padded: Floats = np.zeros((len(flats), n_from), rows.dtype)
        for row, flat in zip(padded, flats, strict=True):
            row[: flat.size] = flat
        _add_product(slope, c.name, padded, partner)
        return
    into = slope[c.name]
    for flat, behind in zip(flats, partner, strict=True):
        into[: flat.size] -= np.outer(flat, behind)


def _add_product(slope: Gradient, name: str, before: Floats, behind: Floats) -> None:
    """Add -before^T behind to the slope in a coupling, multiplied out or not."""
    if name in slope.factors:
        reach = np.full(len(before), before.shape[1])
        slope.factors[name].append(Factors(before, behind, reach))
    else:
        slope[name][:] -= before.T @ behind


def _tables(
    settled: Settled, weighted: Weighted, wanted: Collection[str] | None, slope: Gradient
) -> None:
    """Add the slopes in the tables of stored patterns."""
    drive = settled.drive
    network = drive.plan.network
    table_of = {
        name: layer.patterns
        for name, layer in network.inputs.items()
        if layer.vocabulary and (wanted is None or layer.patterns in wanted)
    }
    if not table_of:
        return
    attended = _attended_rows(settled, weighted.shares)
    begin = 0
    for name in network.clamped:
        values = drive.values[name]
        if name in table_of:
            rows = attended[begin : begin + values.size].reshape(values.shape)
            _add_driven(drive, name, weighted, rows)
            scatter_add(drive.sequences[name].rows, rows, slope[table_of[name]])
        begin += values.size


def _attended_rows(settled: Settled, shares: Floats) -> Floats:
    """Return the slope in every stored pattern by what attends to it, flat like the patterns."""
    drive = settled.drive
    network, inputs = drive.plan.network, drive.inputs(settled.rows)
    flat = np.zeros_like(inputs.patterns)
    batch = settled.rows.size
    longest = int(inputs.length.max(initial=0))
    size = max(
        network.shape(k)[0] * longest + longest * network.shape(k)[1] for k in drive.plan.names
    )

    def work(first: int, last: int) -> None:
        scratch = np.empty(size, flat.dtype)
        potential = settled.state.potential
        pattern_slope(
            drive.plan.sweep, inputs, potential, batch, first, last, shares, scratch, flat
        )

    run_chunks(work, chunks(drive.count, 8))
    return flat


def _add_driven(drive: Drive, name: str, weighted: Weighted, rows: Floats) -> None:
    """Add the slope in every packed row (total, dim) by the layers that a clamped input drives."""
    network, sequences = drive.plan.network, drive.sequences[name]
    example = np.repeat(np.arange(drive.count), sequences.lengths)
    for c in network.couplings:
        if c.source != name:
            continue
        w = network.parameters[c.name]
        if c.shared:
            rows -= weighted.packed(name, c.target) @ w.T
        else:
            full = (_over_phases(weighted[c.target], drive) @ w.T).reshape(
                drive.count, -1, rows.shape[1]
            )
            rows -= full[example, places(sequences)]

"""Gradients from adjoints: what a current asked of, times what it came from.

With mu the adjoint of a layer's current: dC/dW = s_from mu_to + mu_from s_to for a coupling, mu
for a bias or a query, and for stored patterns what attention and clamped couplings ask of them. At
rest this is -(adjoint state) . d^2 Phi / ds dW, the limit of equilibrium propagation.
"""

from collections.abc import Callable, Collection

import numpy as np

from neuroep.core.hopfield.contrast import scatter_add
from neuroep.core.tables import Floats, Ints, Wiring
from neuroep.learning.gradient import Factors, Gradient
from neuroep.learning.hopfield.backprop.path import read_error
from neuroep.learning.hopfield.backprop.time import Trail
from neuroep.learning.hopfield.slopes import FACTORED
from neuroep.network.hopfield.drive import Drive, places
from neuroep.network.hopfield.network import Coupling
from neuroep.settle.hopfield.settled import Settled

Products = Callable[[Coupling], list[tuple[Floats, Floats]]]
"""What stood before and behind a coupling, pairs of (B, size_from) and (B, size_to): dC/dW is the
sum of before^T behind over pairs, examples and rows of the layers."""


def products_at_rest(settled: Settled, total: Floats) -> Products:
    """Return the products of a settled state with the sum of all mu, flat like the state."""
    view = settled.drive.plan.view

    def products(c: Coupling) -> list[tuple[Floats, Floats]]:
        s, mu = settled.state.activity, total
        return [(view(s, c.source), view(mu, c.target)), (view(mu, c.source), view(s, c.target))]

    return products


def products_along(drive: Drive, wiring: Wiring, trail: Trail) -> Products:
    """Return the products along a trajectory: mu of a step times the activities that it read."""
    plan = drive.plan
    colour = {
        plan.names[wiring.order[i]]: k
        for k in range(wiring.class_starts.size - 1)
        for i in range(wiring.class_starts[k], wiring.class_starts[k + 1])
    }

    def read(name: str, reader: str, back: int) -> Floats:
        # A layer reads what earlier classes of its own step and later ones of the step before left.
        before = colour[name] >= colour[reader]
        return plan.view(trail.activities[back + before], name)

    def products(c: Coupling) -> list[tuple[Floats, Floats]]:
        a, b = c.source, c.target
        pairs = []
        for back, mu in enumerate(trail.currents):
            pairs += [(read(a, b, back), plan.view(mu, b)), (plan.view(mu, a), read(b, a, back))]
        return pairs

    return products


def gradient_of(
    free: Settled,
    target: Floats,
    products: Products,
    total: Floats,
    slope: Floats,
    wanted: Collection[str] | None = None,
) -> Gradient:
    """Return the gradient of the mean cost; large couplings' as factors.

    Parameters
    ----------
    free : Settled
        One free phase: what was clamped, and the last state.
    target : (B, outputs)
    products : callable
        For couplings between settling layers.
    total : flat like a state
        Sum of all mu.
    slope : flat like the patterns
        dC/dX through attention.
    wanted : collection of str, optional
        Names of the parameters that matter; stored patterns not among them are left at zero.
    """
    drive = free.drive
    network, plan = drive.plan.network, drive.plan
    inner = [c for c in network.couplings if c.source in plan.index]
    large = {c.name for c in inner if not c.shared and network.parameters[c.name].size >= FACTORED}
    gradient = Gradient(network.parameters, large)
    for name in plan.names:
        if constant := network.layers[name].constant:
            current = plan.view(total, name).sum(axis=0)
            gradient[constant][:] = current.reshape(gradient.shapes[constant])
    for c in inner:
        pairs = products(c)
        if c.name in large:
            before, behind = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
            reach = np.tile(_reach(drive, c.source), len(pairs))
            gradient.factors[c.name].append(Factors(before, -behind, reach))
            continue
        into = gradient[c.name]
        for before, behind in pairs:
            into += before.reshape(-1, len(into)).T @ behind.reshape(-1, into.shape[1])
    for c in network.couplings:
        if c.source in network.clamped:
            _clamped_coupling(drive, c, plan.view(total, c.target), gradient[c.name])
    begin = 0
    for name, clamped in network.inputs.items():
        values = drive.values[name]
        if clamped.vocabulary and (wanted is None or clamped.patterns in wanted):
            rows = _through_couplings(drive, name, total)
            rows += slope[begin : begin + values.size].reshape(values.shape)
            scatter_add(drive.sequences[name].rows, rows, gradient[clamped.patterns])
        begin += values.size
    if network.cost:
        s = free.activity(str(network.cost.layer))[0]
        network.cost.add_slope(gradient, s, read_error(free, target))
    return gradient


def _reach(drive: Drive, name: str) -> Ints:
    """Return how many leading units of a layer are not padding, (B,)."""
    network = drive.plan.network
    layer, width = network.layers[name], network.shape(name)[1]
    used = np.array([layer.used_rows(drive, e) for e in range(drive.count)])
    return used * width


def _clamped_coupling(drive: Drive, c: Coupling, mu: Floats, into: Floats) -> None:
    rows, sequences = drive.values[c.source], drive.sequences[c.source]
    example = np.repeat(np.arange(drive.count), sequences.lengths)
    if c.shared:
        by_row = mu.reshape(drive.count, -1, into.shape[1])
        into += rows.T @ by_row[example, places(sequences)]
    elif into.shape[0] == rows.shape[1]:
        into += rows.T @ mu[example]
    else:
        for e in range(drive.count):
            flat = rows[sequences.offsets[e] : sequences.offsets[e + 1]].ravel()
            into[: flat.size] += np.outer(flat, mu[e])


def _through_couplings(drive: Drive, name: str, total: Floats) -> Floats:
    """Return what clamped couplings ask of every packed row of a clamped input, (total, dim)."""
    sequences = drive.sequences[name]
    example = np.repeat(np.arange(drive.count), sequences.lengths)
    rows: Floats = np.zeros_like(drive.values[name])
    for c in drive.plan.network.couplings:
        if c.source == name:
            w, mu = drive.plan.network.parameters[c.name], drive.plan.view(total, c.target)
            if c.shared:
                by_row = mu.reshape(drive.count, -1, w.shape[1])
                rows += by_row[example, places(sequences)] @ w.T
            else:
                full = (mu @ w.T).reshape(drive.count, -1, rows.shape[1])
                rows += full[example, places(sequences)]
    return rows

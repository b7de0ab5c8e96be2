"""Gradients from adjoints: what a current asked of, times what it came from.

With mu the adjoint of a layer's current: dC/dW = s_from mu_to + mu_from s_to for a coupling, mu
for a bias or a query, and for stored patterns what attention and clamped couplings ask of them. At
rest this is -(adjoint state) . d^2 Phi / ds dW, the limit of equilibrium propagation.
"""

from collections.abc import Callable, Collection
from itertools import pairwise

import numpy as np

from neuroep.core.hopfield.contrast import scatter_add
from neuroep.core.tables import Floats, Wiring
from neuroep.learning.gradient import Factors, Gradient
from neuroep.learning.hopfield.backprop.path import Trail, read_error
from neuroep.learning.hopfield.slopes import (
    Weighted,
    add_constants,
    add_driven,
    at_devices,
    large_couplings,
    learned_rows,
)
from neuroep.network.hopfield.drive import Drive
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
        plan.names[member]: k
        for k, (begin, end) in enumerate(pairwise(wiring.class_starts))
        for member in wiring.order[begin:end]
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

    ``products``: for couplings between settling layers; ``total``: sum of all mu, flat like a
    state; ``slope``: dC/dX through attention, flat like the patterns. Stored patterns that are not
    ``wanted`` are left at zero.
    """
    drive, network = free.drive, free.drive.plan.network
    gradient = Gradient(network.parameters, large_couplings(network))
    weighted = Weighted(drive, total, -np.ones(drive.count, total.dtype))
    add_constants(weighted, gradient)
    for c in network.couplings:
        if c.source in network.clamped:
            continue
        pairs = products(c)
        if c.name in gradient.factors:
            before, behind = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
            reach = np.tile(drive.used_units(c.source), len(pairs))
            gradient.factors[c.name].append(Factors(before, -behind, reach))
            continue
        into = gradient[c.name]
        for before, behind in pairs:
            into += before.reshape(-1, len(into)).T @ behind.reshape(-1, into.shape[1])
    for name, table, attended in learned_rows(drive, slope, wanted):
        rows = np.zeros_like(attended)
        add_driven(name, weighted, rows)
        rows += attended
        scatter_add(drive.sequences[name].rows, rows, gradient[table])
    if network.cost:
        s = free.activity(str(network.cost.layer))[0]
        network.cost.add_slope(gradient, s, read_error(free, target))
    return at_devices(network, gradient)

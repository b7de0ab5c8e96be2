"""Slopes of the energy from spikes and traces, as they pass a synapse in the nudged phases.

Each neuron keeps two traces of its spike train S: a fast one f and behind it a slow one r,

    f' = (S - f) / fast        r' = (f - r) / slow

so that the difference of the two is how its rate changes. Two rates change their product by
(s_i s_j)' = s_i s_j' + s_i' s_j, and a spike stands for the rate: at each spike a synapse takes up
what the partner's rate changes by, S_i r_j' + S_j r_i', which over a nudged phase adds up to
s_i s_j (beta) - s_i s_j (0). That is EqSpike's way (Martin et al. 2021, arXiv:2010.07859).
"""

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Floats
from neuroep.learning.gradient import Gradient
from neuroep.learning.hopfield.slopes import add_ways_back, padded_rows
from neuroep.network.hopfield.network import Network
from neuroep.settle.hopfield.settled import Settled


def check_learns_from_spikes(network: Network) -> None:
    """Raise a ValueError where a parameter does not stand between spiking neurons alone."""
    for name in network.settling:
        if network.layers[name].stored:
            raise ValueError(
                f"spike_driven: what layer {name!r} stores learns from attention, which is no spike"
            )
    for name, layer in network.inputs.items():
        if layer.vocabulary:
            raise ValueError(
                f"spike_driven: the table of layer {name!r} learns from what it drives, and its "
                "own lines carry no spikes"
            )
    if network.cost is not None and network.cost.parameter_shapes(network):
        raise ValueError("spike_driven: the read-out learns from its error, which is no spike")


def spike_slope(
    free: Settled, nudged: Settled, share: ArrayLike, fast: float, slow: float
) -> Gradient:
    """Return the sum over nudged examples of share * what spikes say of dE(beta) - dE(0).

    ``free``, ``nudged``: one free phase and P nudged ones from its state, every example of each
    recorded in order; ``share`` (P, B): factor of each nudged example; ``fast``, ``slow``: time
    constants of the traces, s.
    """
    drive = nudged.drive
    network, dtype = drive.plan.network, drive.current.dtype
    slope = Gradient(network.parameters)
    shares = np.broadcast_to(np.asarray(share, dtype), nudged.beta.shape).reshape(-1, 1)
    assert nudged.time is not None
    time_step = nudged.time[1]
    decay = [dtype.type(-np.expm1(-time_step / constant)) for constant in (fast, slow)]
    spikes: dict[str, Floats] = {}
    changes: dict[str, Floats] = {}
    for name in drive.plan.names:
        before, spikes[name] = (_spikes(s, name) for s in (free, nudged))
        traces = np.zeros((2, *before.shape[1:]), dtype)
        for train in before:
            _follow(traces, train, *decay)
        traces = np.tile(traces, (1, len(nudged.beta), 1))  # each nudged phase goes on from here
        changes[name] = np.stack([_follow(traces, train, *decay) for train in spikes[name]])
        changes[name] *= shares
    for name, changed in changes.items():
        total = changed.sum(axis=0)
        if constant := network.layers[name].constant:
            slope[constant][:] -= total.sum(axis=0).reshape(slope[constant].shape)
        changed_in_all = total.reshape(-1, drive.count, total.shape[1]).sum(axis=0)
        for c in network.couplings:
            if c.target == name and c.source in network.clamped:
                slope[c.name][:] -= padded_rows(drive, c.source).T @ changed_in_all
    for c in network.couplings:
        if c.source not in network.clamped:
            source, target = (c.source, c.target)
            slope[c.name][:] -= _product(spikes[source], changes[target])
            slope[c.name][:] -= _product(changes[source], spikes[target])
    add_ways_back(network, slope)
    return slope


def _spikes(settled: Settled, name: str) -> Floats:
    """Return the spikes of a layer, each with the activity it stands for, (steps, P * B, size)."""
    plan = settled.drive.plan
    assert settled.raster is not None
    quantum = settled.state.activity.dtype.type(plan.network.layers[name].full_scale)
    found: Floats = settled.raster[:, :, plan.part(name)] * quantum
    return found


def _follow(traces: Floats, train: Floats, fast: float, slow: float) -> Floats:
    """Let both traces follow one step of spikes, in place; return the change of the slow one."""
    traces[0] += fast * (train - traces[0])
    change: Floats = slow * (traces[0] - traces[1])
    traces[1] += change
    return change


def _product(a: Floats, b: Floats) -> Floats:
    """Return the sum over steps and examples of outer products, (n_a, n_b)."""
    product: Floats = a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])
    return product

"""Slopes of the total energy in every parameter, from what stands at each synapse.

dE/dW = -s_from s_to for a coupling, -s for a bias or a query, -(attention times query) for a stored
pattern; where a stored pattern also drives other layers, these couplings' activities count as well.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core import tables
from neuroep.core.contrast import pattern_slope, scatter_add
from neuroep.core.tables import Floats
from neuroep.core.threads import chunks, run_chunks
from neuroep.network.attention import Attention, PooledAttention
from neuroep.network.clamped import Clamped
from neuroep.network.costs import CrossEntropy
from neuroep.network.drive import Drive, places
from neuroep.network.network import Coupling, Network
from neuroep.network.neurons import Neurons
from neuroep.network.parameters import Parameters
from neuroep.settle.settled import Settled


def energy_slope(
    settled: Settled,
    share: ArrayLike,
    into: Parameters | None = None,
    wanted: Collection[str] | None = None,
) -> Parameters:
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
    into : Parameters, optional
        Where to add; zeros when absent.
    wanted : collection of str, optional
        Names of the parameters that matter; the slope in stored patterns, the costliest, is left
        at zero when it is not among them.

    Returns
    -------
    slope : Parameters
        Same names, shapes and dtype as the network's parameters.
    """
    drive = settled.drive
    network = drive.plan.network
    slope = network.parameters.zeros_like() if into is None else into
    weight = np.broadcast_to(np.asarray(share, float), settled.beta.shape)
    shares = weight.astype(drive.current.dtype).ravel()
    weighted = {
        name: drive.plan.view(settled.state.activity, name) * shares[:, None]
        for name in drive.plan.names
    }
    for name in drive.plan.names:
        layer = network.layers[name]
        if isinstance(layer, Neurons):
            slope[f"{name}.bias"][:] -= weighted[name].sum(axis=0)
        elif isinstance(layer, PooledAttention):
            slope[f"{name}.queries"][:] -= weighted[name].sum(axis=0).reshape(network.shape(name))
    for c in network.couplings:
        if c.source in weighted:
            _coupling(settled, c, weighted, slope)
        else:
            _clamped_coupling(drive, c, _over_phases(weighted[c.target], drive), slope)
    for name in network.clamped:
        layer = network.layers[name]
        assert isinstance(layer, Clamped)
        table = layer.patterns
        if table in slope and (wanted is None or table in wanted):
            rows = _pattern_rows(settled, name, shares, weighted)
            scatter_add(drive.sequences[name].rows, rows, slope[table])
    if isinstance(network.cost, CrossEntropy):
        _readout(settled, network, weight * settled.beta, slope)
    return slope


def _coupling(
    settled: Settled, c: Coupling, weighted: dict[str, Floats], slope: Parameters
) -> None:
    n_from, n_to = slope.shapes[c.name]
    source = settled.drive.plan.view(settled.state.activity, c.source).reshape(-1, n_from)
    slope[c.name][:] -= source.T @ weighted[c.target].reshape(-1, n_to)


def _over_phases(weighted: Floats, drive: Drive) -> Floats:
    # A clamped input is the same in all phases, so its partner's activities may be added first.
    total: Floats = weighted.reshape(-1, drive.count, weighted.shape[1]).sum(axis=0)
    return total


def _clamped_coupling(drive: Drive, c: Coupling, partner: Floats, slope: Parameters) -> None:
    rows, sequences = drive.values[c.source], drive.sequences[c.source]
    into = slope[c.name]
    example = np.repeat(np.arange(drive.count), sequences.lengths)
    if c.shared:
        by_row = partner.reshape(drive.count, -1, into.shape[1])
        into -= rows.T @ by_row[example, places(sequences)]
    elif into.shape[0] == rows.shape[1]:
        into -= rows.T @ partner[example]
    else:
        for e in range(drive.count):
            flat = rows[sequences.offsets[e] : sequences.offsets[e + 1]].ravel()
            into[: flat.size] -= np.outer(flat, partner[e])


def _pattern_rows(
    settled: Settled, name: str, shares: Floats, weighted: dict[str, Floats]
) -> Floats:
    """Return the slope in every packed row of a clamped input, (total, dim)."""
    drive = settled.drive
    network, inputs = drive.plan.network, drive.inputs(settled.rows)
    flat = np.zeros_like(inputs.patterns)
    if any(isinstance(x, Attention) and x.stored == name for x in network.layers.values()):
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
    begin = 0
    for other in network.clamped:
        size = drive.values[other].size
        if other == name:
            break
        begin += size
    rows: Floats = flat[begin : begin + size].reshape(drive.values[name].shape)
    sequences = drive.sequences[name]
    example = np.repeat(np.arange(drive.count), sequences.lengths)
    for c in network.couplings:
        if c.source != name:
            continue
        w = network.parameters[c.name]
        partner = _over_phases(weighted[c.target], drive)
        if c.shared:
            by_row = partner.reshape(drive.count, -1, w.shape[1])
            rows -= by_row[example, places(sequences)] @ w.T
        else:
            full = (partner @ w.T).reshape(drive.count, -1, rows.shape[1])
            rows -= full[example, places(sequences)]
    return rows


def _readout(settled: Settled, network: Network, share: tables.Reals, slope: Parameters) -> None:
    """Add share * dC/d(readout): a delta rule, (softmax - y) times the activity."""
    assert isinstance(network.cost, CrossEntropy)
    target = settled.target
    if target is None or not share.any():
        return
    s: Floats = settled.activity(str(network.cost.layer))
    error: Floats = softmax(logits(network, s)) * target.sum(axis=1, keepdims=True) - target
    error *= share[..., None].astype(error.dtype)
    slope["readout.weight"][:] += s.reshape(-1, s.shape[-1]).T @ error.reshape(-1, error.shape[-1])
    slope["readout.bias"][:] += error.sum(axis=(0, 1))


def logits(network: Network, activity: Floats) -> Floats:
    """Return what the read-out makes of activities (..., size): (..., classes)."""
    scores: Floats = activity @ network.parameters["readout.weight"]
    return scores + network.parameters["readout.bias"]


def softmax(scores: Floats) -> Floats:
    """Return the softmax over the last axis."""
    powers: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    norm: Floats = powers.sum(axis=-1, keepdims=True)
    return powers / norm

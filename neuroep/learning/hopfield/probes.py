"""What stands at every learned array of a network of layers, couplings and attention.

A coupling sees the product of its two ends, a bias or a query the activity that it drives, a
stored pattern the attention that it gets times what asked for it, the read-out its delta rule.
"""

from collections.abc import Callable

import numpy as np

from neuroep.core.tables import Floats
from neuroep.learning.hopfield.slopes import energy_slope
from neuroep.learning.probe import Block, Meter, Probe, Spikes, Watched, WatchedLayer
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Coupling, Network
from neuroep.network.parameters import Parameters
from neuroep.settle.hopfield.inspect import relaxation_along
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.settling import solver_of
from neuroep.settle.hopfield.solver import Solver
from neuroep.settle.hopfield.spiking import Spiking

Read = Callable[[Settled, int, Block], Floats]

READOUT = "readout."

DRIVEN: dict[str, tuple[tuple[str, ...], str, str]] = {
    "bias": (("neuron",), "bias", "neuron"),
    "queries": (("query", "component"), "learned query", "attention layer"),
}
"""Constant currents: sides, what they are, and what they flow into."""


def watch(
    network: Network,
    spiking: Spiking | None = None,
    parameters: Parameters | None = None,
    solver: Solver | str | None = None,
) -> Watched:
    """Return everything that can be watched of a network.

    ``spiking``: the lines that it settles by, without which there are no spikes to watch;
    ``parameters``: what learns, the network's own when absent; ``solver``: what settles it.
    """
    meters = {
        "activity": (
            "activity s of the neuron, in units of the signal on its line",
            Settled.activity,
        ),
        "potential": (
            "potential u of the neuron, in units of its membrane's voltage as designed",
            lambda settled, layer: as_designed(network, layer, settled.potential(layer)),
        ),
    }
    if spiking:
        sent = "spikes sent while settling, those of negative sign counted too"
        meters["spikes"] = (sent, Settled.spike_counts)

    def meter(quantity: str, layer: str) -> Meter:
        meaning, read = meters[quantity]
        return Meter("1", meaning, lambda settled: read(settled, layer))

    def trace(layer: str) -> Callable[[Settled, int], Floats]:
        return lambda settled, slot: as_designed(
            network, layer, settled.trace[:, slot, settled.drive.plan.part(layer)]
        )

    def spikes(settled: Settled, layer: str, slot: int) -> Spikes:
        assert spiking is not None
        assert settled.raster is not None
        raster = settled.raster[:, slot, settled.drive.plan.part(layer)]
        when, which = np.nonzero(raster)
        return when * spiking.time_step, which, raster[when, which]

    settled_by = solver_of(solver) if solver else spiking or Solver
    steps = 0
    if spiking:
        durations = (spiking.free_duration, spiking.nudged_duration, spiking.nudged_duration)
        steps = sum(round(duration / spiking.time_step) for duration in durations)
    return Watched(
        network.parameters if parameters is None else parameters,
        {name: probe(network, name) for name in network.parameter_shapes()},
        {
            name: WatchedLayer(
                network.size(name),
                "neuron",
                {key: meter(key, name) for key in meters},
                trace(name),
            )
            for name in network.settling
        },
        Meter(
            "1",
            "energy E + beta C, in units of potential times activity",
            lambda settled: settled.energy,
        ),
        Meter("1", settled_by.told, lambda settled: settled.residual),
        spikes if spiking else None,
        steps,
        (lambda settled: settled.time) if spiking else None,
        relaxation_along,
    )


def as_designed(network: Network, layer: str, potential: Floats) -> Floats:
    """Return potentials (..., n) in the designed membrane's volts, one unit for a whole layer.

    Where leaks of a drawn chip differ, each membrane has its own volts for a potential of 1.
    """
    units = network.drawn.get(layer)
    return potential if units is None else potential / units.leak.astype(potential.dtype)


def probe(network: Network, name: str) -> Probe:
    """Return the probe of one learned array; a ValueError without it."""
    shapes = network.parameter_shapes()
    if name not in shapes:
        raise ValueError(f"{name!r}: no such array; known are {', '.join(shapes)}")
    axes, meaning, seen, read = _kind(network, name, shapes[name])
    return Probe(shapes[name], axes, "1", meaning, "1", seen, read)


def _kind(
    network: Network, name: str, shape: tuple[int, ...]
) -> tuple[tuple[str, ...], str, str, Read]:
    for coupling in network.couplings:
        if name in (coupling.name, coupling.back):
            return (
                ("pre", "post"),
                "synaptic weight in units of the unit conductance",
                "s_pre s_post" + (", summed over the rows that share it" * coupling.shared),
                _product(network, coupling, name),
            )
    layer, _, role = name.rpartition(".")
    if name.startswith(READOUT):
        axes = ("neuron", "class") if role == "weight" else ("class",)
        error = "softmax - target" + (", times s" if role == "weight" else "")
        unit = "unit conductance" if role == "weight" else "score"
        return axes, f"read-out {role} in units of the {unit}", error, _delta(role)
    if role not in DRIVEN:
        return (
            ("pattern", "component"),
            "stored pattern in units of the pattern conductance",
            "attention times what asked, and what the pattern drives",
            _attended(name),
        )
    sides, what, where = DRIVEN[role]

    def read(settled: Settled, phase: int, block: Block) -> Floats:
        activity: Floats = settled.activity(layer)[phase].mean(axis=0)
        return activity.reshape(shape)[block]

    return sides, f"{what} in units of the unit current", f"s of the {where}", read


def _product(network: Network, c: Coupling, name: str) -> Read:
    """Return the mean of s_pre s_post, summed over the rows that share the synapse.

    With wires, of what these lines bring to each device: products of all of its array.
    """
    n_from, n_to = network.parameter_shapes()[c.name]

    def read(settled: Settled, phase: int, block: Block) -> Floats:
        if reduced := settled.drive.plan.network.reduced:
            whole = ends(settled, phase, (slice(None), slice(None)))
            at_devices: Floats = reduced.arrays[name].at_devices(whole)[block[0]][:, block[1]]
            return at_devices
        return ends(settled, phase, block)

    def ends(settled: Settled, phase: int, block: Block) -> Floats:
        pre, post = block
        after = settled.activity(c.target)[phase]
        if c.source in settled.drive.values:
            before, after = _clamped(settled.drive, c, n_from, after, pre)
        else:
            before = settled.activity(c.source)[phase].reshape(-1, n_from)[:, pre]
        products: Floats = before.T @ after.reshape(-1, n_to)[:, post]
        return products / settled.drive.count

    return read


def _clamped(
    drive: Drive, c: Coupling, n_from: int, after: Floats, pre: slice
) -> tuple[Floats, Floats]:
    """Return what stands before and behind each synapse of a clamped input; no padding."""
    values, sequences = drive.values[c.source], drive.sequences[c.source]
    if c.shared:
        rows = after.reshape(drive.count, drive.plan.network.shape(c.target)[0], -1)
        return values[:, pre], rows[sequences.examples, sequences.places]
    if n_from == values.shape[1]:
        return values[:, pre], after[sequences.examples]
    before = np.zeros((drive.count, len(range(*pre.indices(n_from)))), values.dtype)
    for e in range(drive.count):
        part = drive.rows_of(c.source, e).ravel()[pre]
        before[e, : len(part)] = part
    return before, after


def _attended(name: str) -> Read:
    def read(settled: Settled, phase: int, block: Block) -> Floats:
        share = np.zeros(settled.beta.shape)
        share[phase] = 1.0 / settled.drive.count
        slope: Floats = energy_slope(settled, share, wanted=[name])[name]
        return -slope[block]

    return read


def _delta(role: str) -> Read:
    """Return the mean of (softmax - target) s for a weight, without s for a bias."""

    def read(settled: Settled, phase: int, block: Block) -> Floats:
        network = settled.drive.plan.network
        assert network.cost is not None
        s = settled.activity(str(network.cost.layer))[phase]
        if settled.target is None or not settled.beta[phase].any():
            side = network.parameters[f"{READOUT}{role}"][block]
            return np.full_like(side, np.nan)
        error = network.cost.slope(network.cost.scores(network, s), settled.target)
        if role == "bias":
            mean: Floats = error.mean(axis=0)
            return mean[block]
        products: Floats = s[:, block[0]].T @ error[:, block[1]]
        return products / settled.drive.count

    return read

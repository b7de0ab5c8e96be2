"""Energy of a learning example on a resistive chip, estimated from its settled voltages."""

import numpy as np

from neuroep.core.tables import Floats, Reals
from neuroep.hardware.energy import Energies
from neuroep.hardware.resistive.circuit import SETTLING_CONSTANTS
from neuroep.network.resistive.drive import ResistiveDrive
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive
from neuroep.settle.result import Stop


def energies(
    network: ResistiveNetwork,
    drive: ResistiveDrive,
    target: Floats,
    beta: float,
    duration: float,
    capacitance: float,
    stop: Stop | None = None,
) -> Energies:
    """Return what the examples of a drive take on the average: G V^2 t of all synapses.

    ``target`` (B, outputs); ``beta``: the phases are free, +beta and -beta; ``duration``: of a
    phase, s, as :func:`phase_duration` says when it is zero; ``capacitance``: of a node's sampling
    capacitor, F; ``stop``: when a settle ends.
    """
    seconds = duration or phase_duration(network)
    free = settle_resistive(network, drive, stop=stop)
    nudged = settle_resistive(
        network, drive, beta=[beta, -beta], target=target, start=free, stop=stop
    )
    layers = range(1, len(network.sizes))
    squares = sum(float(np.square(nudged.layer(k), dtype=float).sum()) for k in layers)
    examples = nudged.beta.shape[1]
    return Energies(
        float(dissipated(network, free).mean()) * seconds,
        float(dissipated(network, nudged).sum(axis=0).mean()) * seconds,
        capacitance * squares / examples,
        f"estimated: G V^2 t of all synapses, settled, for {seconds:.2g} s a phase",
    )


def dissipated(network: ResistiveNetwork, settled: ResistiveSettled) -> Floats:
    """Return the power that all synapses turn into heat, (P, B), W: sum of g (A v_pre - v_post)^2.

    A is the gain of the amplifier before a synapse. What their wires take is part of it.
    """
    power = np.zeros(settled.beta.shape)
    for k in range(len(network.conductances)):
        before = network.gain_of(k) * settled.layer(k).astype(float)
        behind = settled.layer(k + 1).astype(float)
        leaving, entering = port_currents(network, k, before, behind)
        power += (before * leaving).sum(axis=-1) - (behind * entering).sum(axis=-1)
    return power


def port_currents(
    network: ResistiveNetwork, layer: int, ahead: Reals, behind: Reals
) -> tuple[Reals, Reals]:
    """Return what leaves the lines behind a layer (..., n) and enters nodes (..., m), A.

    ``ahead``: voltages of the lines, behind amplifiers; ``behind``: of the nodes, V.
    """
    if network.arrays:
        ports = ahead.reshape(-1, ahead.shape[-1]), behind.reshape(-1, behind.shape[-1])
        leaving, entering = network.arrays[layer].currents(ports)
        return leaving.reshape(ahead.shape), entering.reshape(behind.shape)
    g = network.conductances[layer].astype(float)
    return ahead * g.sum(axis=1) - behind @ g.T, ahead @ g - behind * g.sum(axis=0)


def phase_duration(network: ResistiveNetwork) -> float:
    """Return 30 time constants of the slowest node, as its synapses load it, s."""
    every = network.effective
    loads = [g.astype(float).sum(axis=0) for g in every]
    for k, g in enumerate(every[1:], start=1):
        through = 1.0 if network.reciprocal else network.gain_of(k) * network.return_of(k)
        loads[k - 1] = loads[k - 1] + through * g.astype(float).sum(axis=1)
    every_node = [
        SETTLING_CONSTANTS * network.capacitance_of(k) / np.where(held > 0, held, np.inf)
        for k, held in enumerate(loads, start=1)
    ]
    return float(np.concatenate(every_node).max())

"""What each array and diode of a resistive chip takes at rest, and what its sources deliver."""

import numpy as np

from neuroep.core.tables import Floats, Reals
from neuroep.hardware.account import SETTLED_WITHIN, Account, Part, wires_uncounted
from neuroep.hardware.resistive.branches import layer_names
from neuroep.hardware.resistive.circuit import SETTLING_CONSTANTS
from neuroep.hardware.resistive.energy import phase_duration, port_currents
from neuroep.network.resistive.drive import ResistiveDrive
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive
from neuroep.settle.result import Stop


def account_of(
    network: ResistiveNetwork,
    drive: ResistiveDrive,
    target: Floats,
    beta: float,
    seconds: float,
    capacitance: float,
    supply: float,
    stop: Stop,
) -> Account:
    """Return where the joules of examples go on a chip.

    ``seconds``: of a phase; ``capacitance``: of a node's sampler, F; ``supply``: of the rails that
    drivers would have, V.
    """
    free = settle_resistive(network, drive, stop=stop)
    every = settle_resistive(
        network, drive, beta=[0.0, beta, -beta], target=target, start=free, stop=stop
    )
    squares = sum(float(np.square(v[1:], dtype=float).sum()) for v in every.volts)
    settling = phase_duration(network) / SETTLING_CONSTANTS * -np.log(SETTLED_WITHIN)
    return Account(
        parts_of(network, every, target),
        np.full(3, seconds),
        np.full(3, settling),
        capacitance * squares / every.beta.shape[1],
        uncounted=(
            f"drivers of inputs, amplifiers and nudge from rails of +-{supply:g} V: sources are "
            "ideal here",
            "converters (DAC of the inputs, ADC of the outputs)",
            "controller of the phases, clocks and selection of rows",
            *wires_uncounted(bool(network.arrays)),
            "area: ideal cells have none",
        ),
        how="settled by the design's own solver; power at rest times the length of a phase; "
        "sources are ideal: v i",
    )


def parts_of(
    network: ResistiveNetwork, settled: ResistiveSettled, target: Floats
) -> tuple[Part, ...]:
    """Return arrays, diodes and sources, means over the examples.

    Sources, amplifiers and nudges are ideal: they deliver v i, idle at nothing, and take back what
    comes back.
    """
    names = layer_names(network)
    layers = [settled.layer(k).astype(float) for k in range(len(network.sizes))]
    phases = len(settled.beta)
    arrays: list[Part] = []
    diodes: list[Part] = []
    sources: list[Part] = []
    rail = np.zeros(phases)
    for k, siemens in enumerate(network.conductances):
        gain, share = network.gain_of(k), network.return_of(k)
        ahead, behind = gain * layers[k], layers[k + 1]
        leaving, entering = port_currents(network, k, ahead, behind)
        delivered = _mean(ahead * leaving)
        if k == 0:
            sources.append(_source("inputs: source", network.sizes[0], delivered))
        elif np.any(gain != 1.0) or np.any(share != 1.0):
            taken = _mean(layers[k] * leaving * share)
            name = f"{names[k]}: bidirectional_amplifier"
            sources.append(_source(name, network.sizes[k], delivered - taken))
        heat = delivered - _mean(behind * entering)
        name = f"{names[k]} -> {names[k + 1]}"
        if network.arrays:
            wires = heat - _inside(network, k, ahead, behind)
            heat = heat - wires
            arrays.append(Part(f"{name}: wires", 2 * siemens.size, np.zeros(phases), -wires))
        arrays.append(Part(name, siemens.size, np.zeros(phases), -heat))
        if network.diode is not None and 0 < k + 1 < len(network.sizes) - 1:
            current, drop = _diodes(network, k + 1, behind)
            diodes.append(
                Part(
                    f"{names[k + 1]}: diode",
                    network.sizes[k + 1],
                    np.zeros(phases),
                    -_mean(current * drop),
                )
            )
            rail += network.diode.rail * _mean(current)
    if rail.any():
        sources.append(_source("diodes: rail", 2, rail))
    nudge = _nudge(network, settled, layers[-1], target)
    sources.append(_source("target: differential_nudge", network.outputs, nudge))
    return (*sources, *diodes, *arrays)


def _mean(per_node: Reals) -> Reals:
    """Return the sum over nodes, the mean over examples, of (P, B, n)."""
    return np.asarray(per_node.sum(axis=-1).mean(axis=-1))


def _inside(network: ResistiveNetwork, layer: int, ahead: Reals, behind: Reals) -> Reals:
    """Return what the devices behind a layer turn into heat, without their wires, (P,), W."""
    array, g = network.arrays[layer], network.conductances[layer].astype(float)
    shares = np.full(ahead.shape[1], 1.0 / ahead.shape[1])
    phases = zip(ahead, behind, strict=True)
    return np.array([float((g * array.products(ports, shares)).sum()) for ports in phases])


def _source(name: str, count: int, watts: Reals) -> Part:
    """Return what delivers power and has no heat of its own."""
    return Part(name, count, watts, watts)


def _diodes(network: ResistiveNetwork, layer: int, volts: Reals) -> tuple[Reals, Reals]:
    """Return forward currents, A, and forward drops, V, of a layer's diodes."""
    assert network.diode is not None
    drop = network.diode.rail - network.polarity(layer) * volts
    return network.saturation_of(layer) * np.expm1(drop / network.diode.slope_voltage), drop


def _nudge(
    network: ResistiveNetwork, settled: ResistiveSettled, out: Reals, target: Floats
) -> Reals:
    apart = out[..., 0::2] - out[..., 1::2]
    pull = network.output_gain * np.asarray(target, float) - apart
    return _mean(settled.beta[..., None] * network.nudge_conductance * pull * apart)

"""A chip that learns in closed form: exact sweeps, and what circuits and devices make of them."""

import time as clock

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells.correlator import product_current
from neuroep.hardware.cells.memristor import conductance, linear_step
from neuroep.hardware.cells.plasticity import one_example
from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.hopfield.plasticity.ode import LearningEquations
from neuroep.hardware.plasticity.account import Account
from neuroep.network.hopfield.drive import make_drive
from neuroep.settle import Stop, settle
from neuroep.settle.hopfield.settled import Settled

EXACT = Stop(1e-14, 20_000)


def learn_by_sweeps(chip: LearningChip) -> Account:
    """Let a chip learn as training does: every phase settled exactly, every pulse a step.

    What the waveforms of the other views add up to, if phases are long enough for the network. Its
    weights move meanwhile, and are as they were when this returns.
    """
    begun = clock.perf_counter()
    equations, parameters = LearningEquations(chip), chip.circuit.network.parameters
    before = {c.name: parameters[c.name].copy() for c in chip.couplings}
    try:
        request, pulses, states = _examples(equations)
    finally:
        for name, weights in before.items():
            parameters[name][...] = weights
    conductances, device_of = equations.devices(states)
    return Account(
        "sweep",
        equations.named,
        request,
        equations.split(states[1:])[1],
        pulses,
        conductances,
        device_of,
        clock.perf_counter() - begun,
    )


def _examples(equations: LearningEquations) -> tuple[Reals, Reals, Reals]:
    """Return requests, pulses, and the states of equations before and behind each example."""
    chip = equations.chip
    device, network = chip.device_values, chip.circuit.network
    plus, minus = chip.states()
    acc = np.zeros(equations.synapses)
    request, pulses, states = [], [], [_state(equations, acc, plus, minus)]
    for k in range(chip.schedule.examples):
        pair = conductance(device, plus) - conductance(device, minus)
        for c in network.couplings:
            weights = network.parameters[c.name]
            values = pair[equations.of_coupling[c.name]] / chip.circuit.chip.unit_conductance
            weights[...] = values.reshape(weights.shape)
        seen = _products(equations, _nudged(chip, k), k)
        asked, fired, acc = one_example(chip.synapse_values, chip.schedule, k, seen, acc)
        for pulse in fired:
            plus, minus = linear_step(device, plus, pulse), linear_step(device, minus, -pulse)
        request.append(asked)
        pulses.append(fired)
        states.append(_state(equations, acc, plus, minus))
    return np.array(request), np.array(pulses), np.array(states)


def _nudged(chip: LearningChip, example: int) -> Settled:
    """Settle an example at +beta and at -beta, from its free state."""
    network = chip.circuit.network
    drive = make_drive(network, chip.clamped(example))
    return settle(
        network,
        drive,
        beta=chip.strength * np.array([1.0, -1.0]),
        target=chip.targets[example : example + 1],
        start=settle(network, drive, stop=EXACT),
        stop=EXACT,
    )


def _state(equations: LearningEquations, acc: Reals, plus: Reals, minus: Reals) -> Reals:
    return np.concatenate([np.zeros(equations.units), acc, plus, minus])


def _products(equations: LearningEquations, nudged: Settled, example: int) -> tuple[Reals, Reals]:
    """Return the correlators' currents at +beta and at -beta, A."""
    chip = equations.chip
    signal = chip.circuit.chip.signal
    found = []
    for phase in (0, 1):
        lines = {name: signal * values[example] for name, values in chip.inputs.items()}
        for name in equations.settling:
            lines[name] = signal * np.asarray(nudged.activity(name)[phase, 0], float)
        found.append(product_current(chip.synapse_values, *equations.ends_of(lines)))
    return found[0], found[1]

"""A chip that learns in closed form: exact sweeps, and what circuits and devices make of them."""

import time as clock

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells.memristor import conductance, linear_step
from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.hopfield.plasticity.ode import LearningEquations
from neuroep.hardware.hopfield.plasticity.wiring import ALWAYS
from neuroep.hardware.hopfield.plasticity.writer import Lines
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
    before = parameters.flat.copy()
    try:
        asked, pulses, states = _examples(equations)
    finally:
        parameters.flat[:] = before
    conductances, device_of = equations.devices(states)
    request, left = chip.writer.asked(asked, equations.split(states[1:])[1], pulses)
    return Account(
        "sweep",
        equations.named,
        request,
        left,
        pulses,
        conductances,
        device_of,
        clock.perf_counter() - begun,
    )


def _examples(equations: LearningEquations) -> tuple[Reals, Reals, Reals]:
    """Return what stands before writing, pulses, and states before and behind each example."""
    chip = equations.chip
    device, wiring, parameters = chip.device, chip.wiring, chip.circuit.network.parameters
    plus, minus = chip.states()
    written = np.zeros(chip.writer.width)
    asked, pulses, states = [], [], [_state(equations, written, plus, minus)]
    for k in range(chip.schedule.examples):
        pair = conductance(device, plus) - conductance(device, minus)
        for array in wiring.arrays:
            weights = parameters[array.name]
            values = pair[wiring.of_array[array.name]] / chip.circuit.chip.unit_conductance
            weights[...] = values.reshape(weights.shape)
        lines = _lines(equations, _nudged(chip, k), k)
        before, written, fired = chip.writer.one_example(k, lines, written)
        for pulse in fired:
            plus, minus = linear_step(device, plus, pulse), linear_step(device, minus, -pulse)
        asked.append(before)
        pulses.append(fired)
        states.append(_state(equations, written, plus, minus))
    return np.array(asked), np.array(pulses), np.array(states)


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


def _state(equations: LearningEquations, written: Reals, plus: Reals, minus: Reals) -> Reals:
    return np.concatenate([np.zeros(equations.units), written, plus, minus])


def _lines(equations: LearningEquations, nudged: Settled, example: int) -> tuple[Lines, Lines]:
    """Return the lines at +beta and at -beta, V."""
    chip = equations.chip
    signal = chip.circuit.chip.signal
    same = {ALWAYS: np.full(1, signal)}
    same |= {name: signal * values[example] for name, values in chip.inputs.items()}
    plus, minus = (
        same
        | {
            name: signal * np.asarray(nudged.activity(name)[phase, 0], float)
            for name in equations.settling
        }
        for phase in (0, 1)
    )
    return plus, minus

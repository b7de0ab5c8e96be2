"""ngspice: the netlist of a chip whose lines spike, spike by spike against neuroep's own."""

import time
from dataclasses import dataclass, replace

import numpy as np

from neuroep.core.tables import Reals
from neuroep.errors import InputError
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.netlist.spiking import (
    SpikingDeck,
    SpikingReading,
    SpikingStart,
    spiking_netlist,
    why_not,
)
from neuroep.hardware.hopfield.one_example import clamped_rows, gradient_from
from neuroep.hardware.hopfield.slicing import Extent, slice_network
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.programs.spikes import SpikeAgreement, spike_agreement, spiking_view
from neuroep.hardware.views.bench import Bench, SpikingChip
from neuroep.hardware.views.compare import compare
from neuroep.hardware.views.view import View
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network

STEPS = 100
"""Of each phase: ngspice takes 200 steps of its own for one of them."""

UNITS = 20
"""Spiking neurons that ngspice carries in seconds."""

PART = Extent(width=8, neurons=8)
"""What is kept of a network that has more."""

SOME_BETA = 0.1
"""Of nudged phases that nobody asked for: small enough for any output layer."""

TIE = 1e-3
"""Quanta: a decision this close to its threshold is one that a solver's own error can turn."""


@dataclass(frozen=True)
class Phase:
    """neuroep's own account of a phase, by step and unit (steps, n), and what it starts from.

    ``spikes``: -1, 0, 1; ``charge``: in quanta, when it is decided upon.
    """

    beta: float
    start: SpikingStart
    spikes: np.ndarray
    charge: Reals


def why_no_spikes(chip: SpikingChip) -> str:
    """Say why the spikes of a chip have no netlist; nothing where they have one."""
    if reason := why_not(chip.circuit):
        return reason
    if chip.drive.plan.units > UNITS:
        part, _ = _part(chip)
        if sum(map(part.size, part.settling)) > UNITS:
            return f"more than {UNITS} neurons, however it is cut"
    return ""


def no_spikes(bench: Bench) -> str:
    """Say why a chip that spikes has no such view; nothing where it has, or does not spike."""
    chip = bench.spiking_chip
    reason = why_no_spikes(chip) if chip and chip.settles else ""
    return reason and f"ngspice spikes: left out, {reason}"


def spikes_in_time(bench: Bench, timeout: float) -> Answer | None:
    """Return the view "ngspice spikes"; None where there is none.

    It is held to the same spikes as Brian2: all at the same step, unless neuroep's own charge stood
    within ``TIE`` of its threshold, and running counts within one. ``timeout``: for each phase, s.
    """
    chip = bench.spiking_chip
    if chip is None or not chip.settles or why_no_spikes(chip):
        return None
    chip, ours, phases = spiking_phases(chip, float(bench.betas[1]))
    begun = time.perf_counter()
    readings = [deck.read(run_deck(deck.text, timeout=timeout)[0]) for deck in _decks(chip, phases)]
    seconds = time.perf_counter() - begun
    theirs = _view(chip, bench, readings, seconds)
    activity = compare(theirs, ours).activity or 0.0
    found = [
        spike_agreement(phase.spikes, reading.spikes, activity)
        for phase, reading in zip(phases, readings, strict=True)
    ]
    turned = any(_turned(phase, reading) for phase, reading in zip(phases, readings, strict=True))
    wrong = turned or max(f.count_difference for f in found) > 1
    return Answer(
        theirs,
        ours,
        tolerances={"volts": 1e-4},
        failed=("spikes",) if wrong else (),
        remarks=(_remark(chip, found, phases, readings),),
    )


def spiking_phases(chip: SpikingChip, beta: float) -> tuple[SpikingChip, View, list[Phase]]:
    """Return what of a chip is written as a netlist, and neuroep's own account of its phases.

    The phases are free, nudged by ``beta`` and by -``beta``. An InputError: there is no netlist for
    such a network.
    """
    chip = _carried(chip)
    solver, circuit = chip.solver, chip.circuit
    on_chip = circuit, chip.drive, chip.target, beta, solver
    ours, own = spiking_view("spiking", *on_chip)
    assert own.free.carry is not None
    nothing = np.zeros(chip.drive.plan.units)
    starts = [SpikingStart(nothing, nothing), *[SpikingStart(*own.free.carry)] * 2]
    settled = [(own.free, 0), (own.nudged, 0), (own.nudged, 1)]
    phases = []
    for b, start, (found, slot) in zip((0.0, beta, -beta), starts, settled, strict=True):
        assert found.raster is not None
        spikes = found.raster[:, slot].astype(float)
        charge = start.charge + np.cumsum(_rates(chip, found.trace[:-1, slot]), axis=0)
        charge[1:] -= np.cumsum(spikes, axis=0)[:-1]
        phases.append(Phase(b, start, spikes, charge))
    return chip, ours, phases


def spiking_deck(chip: SpikingChip, beta: float) -> SpikingDeck:
    """Return the netlist of a chip that spikes: free where beta is zero, nudged otherwise.

    An InputError: there is none for such a network.
    """
    chip, _, phases = spiking_phases(chip, beta or SOME_BETA)
    return _decks(chip, [phases[1] if beta else phases[0]])[0]


def _decks(chip: SpikingChip, phases: list[Phase]) -> list[SpikingDeck]:
    return [
        spiking_netlist(
            chip.circuit,
            chip.drive,
            chip.cells,
            chip.solver,
            phase.start,
            steps=STEPS,
            beta=phase.beta,
            target=chip.target,
            note=chip.note,
        )
        for phase in phases
    ]


def _carried(chip: SpikingChip) -> SpikingChip:
    """Return a chip of phases and of a network that ngspice can carry."""
    if reason := why_no_spikes(chip):
        raise InputError(reason)
    lasting = STEPS * chip.solver.time_step
    solver = replace(
        chip.solver,
        free_duration=lasting,
        nudged_duration=lasting,
        window=min(chip.solver.window, lasting),
    )
    if chip.drive.plan.units <= UNITS:
        return replace(chip, solver=solver)
    part, clamped = _part(chip)
    return replace(
        chip,
        circuit=Circuit(part, chip.circuit.chip),
        drive=make_drive(part, clamped),
        solver=solver,
        note=f"{chip.note + '; ' if chip.note else ''}cut to {_shapes(part)}",
    )


def _part(chip: SpikingChip) -> tuple[Network, dict[str, np.ndarray]]:
    network = chip.circuit.network
    inputs = {name: clamped_rows(chip.drive, name, 0) for name in network.clamped}
    return slice_network(network, inputs, PART)


def _shapes(network: Network) -> str:
    return ", ".join(f"{name} {network.size(name)}" for name in network.layers)


def _rates(chip: SpikingChip, potentials: Reals) -> Reals:
    """Return the spikes per step that potentials (..., n) call for."""
    circuit, plan = chip.circuit, chip.drive.plan
    parts = np.split(potentials, plan.offsets[1:-1], axis=-1)
    return np.concatenate(
        [
            circuit.line(name, part * circuit.layers[name].volts)
            / (circuit.chip.signal * circuit.network.layers[name].full_scale)
            for name, part in zip(plan.names, parts, strict=True)
        ],
        axis=-1,
    )


def _turned(phase: Phase, reading: SpikingReading) -> bool:
    """Return whether the first spikes that differ, do so without a tie."""
    differ = phase.spikes != reading.spikes
    if not differ.any():
        return False
    first = int(differ.any(axis=1).argmax())
    margins = np.abs(np.abs(phase.charge[first]) - 0.5)[differ[first]]
    return bool(margins.max() > TIE)


def _view(chip: SpikingChip, bench: Bench, readings: list[SpikingReading], seconds: float) -> View:
    """Return a view of phases, from potentials averaged over the solver's window."""
    circuit, plan = chip.circuit, chip.drive.plan
    share = chip.solver.weighting(chip.solver.free_duration)
    flat = np.array([share @ r.potential for r in readings])
    parts = np.split(flat, plan.offsets[1:-1], axis=-1)
    potentials = dict(zip(plan.names, parts, strict=True))
    volts = circuit.volts(potentials)
    activities = {name: circuit.line(name, v) / circuit.chip.signal for name, v in volts.items()}
    return View(
        "ngspice spikes",
        bench.betas,
        volts,
        gradient_from(chip.drive, bench.betas, chip.target, potentials, activities),
        None,
        seconds,
        activities,
    )


def _remark(
    chip: SpikingChip,
    found: list[SpikeAgreement],
    phases: list[Phase],
    readings: list[SpikingReading],
) -> str:
    apart = max(
        float(np.abs(p.charge - r.charge).max()) for p, r in zip(phases, readings, strict=True)
    )
    nearest = min(float(np.abs(np.abs(p.charge) - 0.5).min()) for p in phases)
    counts = max(f.count_difference for f in found)
    network = chip.circuit.network
    return (
        f"ngspice spikes: {sum(f.spikes for f in found)} spikes of "
        f"{chip.drive.plan.units} neurons ({_shapes(network)}) in 3 phases of {STEPS} steps, "
        f"{min(f.matched for f in found):.2%} of them at the same step and neuron; running counts "
        f"at most {counts} apart; charges within {apart:.1e} quanta, the closest decision "
        f"{nearest:.1e} from its threshold"
    )

"""Transistors of a chip whose lines spike, held to the spikes of a network of their own curves."""

import time
from dataclasses import replace

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.netlist.spiking import SpikingStart, spiking_netlist, why_not
from neuroep.hardware.hopfield.on_curves import OnCurves
from neuroep.hardware.hopfield.transistors import Transistors
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.view import View
from neuroep.settle import settle
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.settle.result import Record

STEPS = 100
"""Of the phase, free and from rest."""

AVERAGED = 40
"""Steps at its end whose spikes make a rate."""

WITHIN = 0.12
"""Distance of rates: receivers lag, and packets follow the rails, which no neuron's curve holds."""

UNITS = 12
"""Spiking neurons of transistors that ngspice carries in minutes."""

PATIENCE = 3600.0
"""s, for a phase, unless more is allowed."""

SHORTEST = 8e-6
"""s: periods that comparators of a process have time to decide in."""


def why_no_rates(bench: Bench) -> str:
    """Say why spikes of transistors are not asked for; nothing where they are."""
    chip = bench.spiking_chip
    if bench.transistors is None or chip is None or not chip.settles:
        return "no chip of transistors that settles by spikes"
    if chip.drive.plan.units > UNITS:
        return f"more than {UNITS} neurons"
    if chip.solver.time_step < SHORTEST:
        return f"a time step of {chip.solver.time_step:g} s, below {SHORTEST:g} s"
    return why_not(chip.circuit)


def rates_of_transistors(bench: Bench, timeout: float) -> Answer | None:
    """Return the view "transistors spikes"; None where there is none. ``timeout``: s."""
    chip, spiking = bench.transistors, bench.spiking_chip
    if chip is None or spiking is None or why_no_rates(bench):
        return None
    lasting = STEPS * spiking.solver.time_step
    solver = replace(
        spiking.solver,
        free_duration=lasting,
        nudged_duration=lasting,
        window=AVERAGED * spiking.solver.time_step,
    )
    begun = time.perf_counter()
    spikes = sent(chip, solver, STEPS, max(timeout, PATIENCE))
    seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    wanted = _by_own_curves(chip, solver)
    view = _view("transistors spikes", bench, chip, spikes, seconds)
    against = _view("own curves spikes", bench, chip, wanted, time.perf_counter() - begun)
    counts = np.abs(spikes.sum(axis=0) - wanted.sum(axis=0)).max()
    return Answer(
        view,
        against,
        tolerances={"activity": WITHIN},
        remarks=(
            f"transistors: {int(np.abs(spikes).sum())} spikes of {spikes.shape[1]} neurons in a "
            f"free phase of {STEPS} steps from rest, {int(np.abs(wanted).sum())} of a network of "
            f"their own curves; counts of a neuron at most {int(counts)} apart",
        ),
    )


def sent(chip: Transistors, solver: Spiking, steps: int, timeout: float) -> np.ndarray:
    """Return the spikes (steps, n) of a free phase from rest, by ngspice: -1, 0, 1."""
    nothing = np.zeros(chip.drive.plan.units)
    deck = spiking_netlist(
        chip.circuit,
        chip.drive,
        chip.cells,
        solver,
        SpikingStart(nothing, nothing),
        steps=steps,
    )
    return deck.read(run_deck(deck.text, timeout=timeout)[0]).spikes


def _by_own_curves(chip: Transistors, solver: Spiking) -> np.ndarray:
    twin = OnCurves(chip.circuit, lambda _: chip.curves).twin(chip.drive)
    found = settle(twin.network, twin.clamp(chip.drive), solver=solver, record=Record((0,)))
    assert found.raster is not None
    return np.asarray(found.raster[:, 0], float)


def _view(name: str, bench: Bench, chip: Transistors, spikes: np.ndarray, seconds: float) -> View:
    plan, layers = chip.drive.plan, chip.circuit.network.layers
    rates = spikes[-AVERAGED:].mean(axis=0)
    activities: dict[str, Reals] = {}
    for layer in plan.names:
        activities[layer] = layers[layer].full_scale * rates[None, plan.part(layer)]
    return View(name, bench.betas, {}, {}, None, seconds, activities=activities)

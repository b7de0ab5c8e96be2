"""Figures of one example's phases and of what learning did to synapses, whatever was learned."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neuroep import report
from neuroep.core.tables import Floats
from neuroep.errors import InputError
from neuroep.learning.estimators import Estimate, estimate
from neuroep.learning.evaluation import output_scores
from neuroep.learning.probe import Watched
from neuroep.runs.folder import RunFolder
from neuroep.settle import Record, settle
from neuroep.traces import open_traces

PHASES = ("free", "+beta", "-beta")
OUTPUTS = 4  # of a layer whose potentials are drawn beside the spikes


def draw_phases(
    folder: RunFolder, design: Any, network: Any, drive: Any, target: Floats
) -> dict[str, Estimate]:
    """Draw one example's phases by sweeps and by spikes; return those of all examples, by solver.

    It is the one that the network is least sure of: there the nudge has something to move.
    """
    solver, stop = design.make_solver("sweep")
    scores = output_scores(network, settle(network, drive, solver=solver, stop=stop))[0]
    shown = int((scores * target).sum(axis=1).argmin())
    found, tolerance = {}, {}
    for name in ("sweep", "spiking"):
        solver, stop = design.make_solver(name)
        tolerance[name] = stop.residual
        found[name] = estimate(
            network,
            drive,
            target,
            design.recipe.beta,
            solver=solver,
            stop=stop,
            record=Record((shown,)),
        )
    watched, step = design.watch(network, "spiking"), design.spiking.time_step
    draw_settling(folder, watched, found, shown, tolerance, {"spiking": step})
    draw_raster(folder, watched, found["spiking"], str(network.cost.layer), step)
    draw_spike_counts(folder, watched, found["spiking"].free)
    return found


def draw_settling(
    folder: RunFolder,
    watched: Watched,
    found: Mapping[str, Estimate],
    shown: int,
    tolerance: Mapping[str, float],
    step_time: Mapping[str, float],
) -> None:
    """Draw energy and residual of one example, by solver and phase."""
    assert watched.along is not None
    energy: dict[str, dict[str, Floats]] = {}
    residual: dict[str, dict[str, Floats]] = {}
    for solver, phases in found.items():
        count = phases.free.beta.shape[1]
        runs = [
            (phases.free, 0, shown),
            (phases.nudged, 0, shown),
            (phases.nudged, 1, count + shown),
        ]
        along = {phase: watched.along(*run) for phase, run in zip(PHASES, runs, strict=True)}
        energy[solver] = {phase: curves[0] for phase, curves in along.items()}
        residual[solver] = {phase: curves[1] for phase, curves in along.items()}
    figure = report.settling(energy, residual, step_time=step_time, tolerance=tolerance)
    report.save(figure, folder.figure("settling.png"))


def draw_raster(
    folder: RunFolder, watched: Watched, spiking: Estimate, shown: str, step: float
) -> None:
    """Draw the spikes of the recorded example in every phase, and the first units of a layer.

    ``shown``: the layer whose potentials are drawn; ``step``: of the spikes' clock, s.
    """
    trace = watched.layers[shown].trace
    assert watched.spikes is not None
    assert trace is not None
    free, nudged = spiking.free, spiking.nudged
    spikes: dict[str, dict[str, report.Spikes]] = {}
    output: dict[str, tuple[Floats, Floats]] = {}
    duration: dict[str, float] = {}
    count = min(OUTPUTS, watched.layers[shown].size)
    for phase, settled, slot in zip(PHASES, (free, nudged, nudged), (0, 0, 1), strict=True):
        spikes[phase] = {
            name: report.Spikes(*watched.spikes(settled, name, slot)) for name in watched.layers
        }
        potential = trace(settled, slot)[:-1, :count]
        duration[phase] = len(potential) * step
        output[phase] = (np.arange(len(potential)) * step, potential)
    figure = report.raster(
        spikes,
        sizes={name: layer.size for name, layer in watched.layers.items()},
        duration=duration,
        output=output,
        output_names=[f"{shown} {i}" for i in range(count)],
        output_label="potential (1)",
    )
    report.save(figure, folder.figure("raster.png"))


def draw_spike_counts(folder: RunFolder, watched: Watched, free: Any) -> None:
    """Draw how many spikes the neurons spend on the shown examples, against the most they can."""
    counts = {name: layer.meters["spikes"].read(free)[0] for name, layer in watched.layers.items()}
    figure = report.spike_histogram(counts, most=float(free.steps.max()))
    report.save(figure, folder.figure("spikes.png"))


def draw_weights(
    folder: RunFolder, before: Floats, after: Floats, name: str, axis_names: tuple[str, str]
) -> None:
    """Draw the weights of a coupling before and after training."""
    figure = report.weights(before, after, name=name, axis_names=axis_names)
    report.save(figure, folder.figure("weights.png"))


def draw_synapse(folder: RunFolder) -> None:
    """Draw the life of the recorded synapse that moved most."""
    try:
        traces = open_traces(folder.path)
    except InputError:
        return
    with traces:
        for name, recorded in traces.synapses.items():
            weight = recorded.weight
            if len(weight) < 2:
                continue
            moved = np.abs(weight[-1] - weight[0])
            place = np.unravel_index(moved.argmax(), moved.shape)
            sides = zip(weight.axes[1:], place, strict=True)
            labels = [recorded.labels(axis)[i] for axis, i in sides]
            keys = ("weight", "seen_plus", "seen_minus", "change_asked", "change_applied")
            figure = report.synapse(
                recorded.step,
                *(recorded[key][(slice(None), *place)] for key in keys),
                name=f"{name} [{', '.join(map(str, labels))}]",
                unit=weight.unit,
            )
            report.save(figure, folder.figure("synapse.png"))
            return

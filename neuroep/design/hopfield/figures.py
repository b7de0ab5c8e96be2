"""The figures that only a network of layers has: phases by sweeps and by spikes, weights."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroep import report
from neuroep.core.tables import Floats
from neuroep.learning.estimate import estimate
from neuroep.learning.probe import Watched
from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.rule import Estimate
from neuroep.network.inputs import Input
from neuroep.settle import Record
from neuroep.tasks.view import TrainedView

if TYPE_CHECKING:
    from neuroep.design.hopfield.design import HopfieldDesign

PHASES = ("free", "+beta", "-beta")
AMONG = 64  # test examples among which the one is chosen that the network is least sure of
MOST_WEIGHTS = 1 << 22  # of a coupling that is drawn: more than a page has dots
OUTPUTS = 4  # of a layer whose potentials are drawn beside the spikes


def draw_figures(design: "HopfieldDesign", view: TrainedView) -> None:
    """Draw phases and spikes where the design spikes, and the last coupling's weights."""
    network, weights = view.system.network, view.system.parameters
    if view.system.sends_spikes:
        inputs, target = view.test.batch(np.arange(min(AMONG, len(view.test))))
        draw_phases(design, view, inputs, target)
    between = [
        c
        for c in network.couplings
        if c.source in network.settling and not c.shared and weights[c.name].size <= MOST_WEIGHTS
    ]
    if between:
        c = between[-1]
        figure = report.weights(
            view.start[c.name], weights[c.name], name=c.name, axis_names=(c.source, c.target)
        )
        view.save(figure, "weights.png")


def draw_phases(
    design: "HopfieldDesign", view: TrainedView, inputs: Mapping[str, Input], target: Floats
) -> None:
    """Draw the phases of one of some examples.

    It is the one that the network is least sure of: there the nudge has something to move.
    """
    system, network = view.system, view.system.network
    drive = system.clamp(inputs)
    scores = system.scores(design.settled_by(system, "sweep").settle(drive))[0]
    shown = int((scores * target).sum(axis=1).argmin())
    found, tolerance = {}, {}
    for name in ("sweep", design.solver):
        settled_by = design.settled_by(system, name)
        tolerance[name] = design.make_solver(network, name)[1].residual
        found[name] = estimate(
            settled_by, drive, target, Centered(design.beta), record=Record((shown,))
        )
    watched, step = design.watch(system), design.spiking.time_step
    spiking = found[design.solver]
    draw_settling(view, watched, found, shown, tolerance, {design.solver: step})
    draw_raster(view, watched, spiking, str(network.cost.layer), step)
    draw_spike_counts(view, watched, spiking.free)


def draw_settling(
    view: TrainedView,
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
    view.save(figure, "settling.png")


def draw_raster(
    view: TrainedView, watched: Watched, spiking: Estimate, shown: str, step: float
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
    view.save(figure, "raster.png")


def draw_spike_counts(view: TrainedView, watched: Watched, free: Any) -> None:
    """Draw how many spikes the neurons spend on the shown examples, against the most they can."""
    counts = {name: layer.meters["spikes"].read(free)[0] for name, layer in watched.layers.items()}
    figure = report.spike_histogram(counts, most=float(free.steps.max()))
    view.save(figure, "spikes.png")

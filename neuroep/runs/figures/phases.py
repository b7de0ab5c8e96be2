"""Figures of one example's phases and of what learning did to synapses, whatever was learned."""

from collections.abc import Mapping

import h5py
import numpy as np

from neuroep import report
from neuroep.core.tables import Floats
from neuroep.design.design import Design
from neuroep.learning.estimators import Estimate, estimate
from neuroep.learning.evaluation import output_scores
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Coupling, Network
from neuroep.runs.folder import RunFolder
from neuroep.settle import Record, Settled, settle
from neuroep.settle.hopfield.inspect import relaxation_along

PHASES = ("free", "+beta", "-beta")


def draw_phases(
    folder: RunFolder, design: Design, network: Network, drive: Drive, target: Floats
) -> dict[str, Estimate]:
    """Draw one example's phases by sweeps and by spikes; return those of all examples, by solver.

    It is the one that the network is least sure of: there the nudge has something to move.
    """
    solver, stop = design.make_solver("sweep")
    scores = output_scores(network, settle(network, drive, solver=solver, stop=stop))[0]
    shown = int((scores * target).sum(axis=1).argmin())
    found = {}
    for name in ("sweep", "spiking"):
        solver, stop = design.make_solver(name)
        found[name] = estimate(
            network,
            drive,
            target,
            design.recipe.beta,
            solver=solver,
            stop=stop,
            record=Record((shown,)),
        )
    draw_settling(folder, design, found, shown)
    draw_raster(folder, design, network, found["spiking"])
    draw_spike_counts(folder, network, found["spiking"].free)
    return found


def draw_settling(
    folder: RunFolder, design: Design, found: Mapping[str, Estimate], shown: int
) -> None:
    """Draw energy and residual of one example, by solver and phase."""
    energy: dict[str, dict[str, Floats]] = {}
    residual: dict[str, dict[str, Floats]] = {}
    for solver, phases in found.items():
        count = phases.free.drive.count
        runs = [
            (phases.free, 0, shown),
            (phases.nudged, 0, shown),
            (phases.nudged, 1, count + shown),
        ]
        along = {phase: relaxation_along(*run) for phase, run in zip(PHASES, runs, strict=True)}
        energy[solver] = {phase: curves[0] for phase, curves in along.items()}
        residual[solver] = {phase: curves[1] for phase, curves in along.items()}
    figure = report.settling(
        energy,
        residual,
        step_time={"spiking": design.spiking.time_step},
        tolerance=design.settle.residual,
    )
    report.save(figure, folder.figure("settling.png"))


def draw_raster(folder: RunFolder, design: Design, network: Network, spiking: Estimate) -> None:
    """Draw the spikes of the recorded example in every phase, and its first outputs."""
    step = design.spiking.time_step
    free, nudged = spiking.free, spiking.nudged
    spikes: dict[str, dict[str, report.Spikes]] = {}
    output: dict[str, tuple[Floats, Floats]] = {}
    duration: dict[str, float] = {}
    assert network.cost is not None
    shown = str(network.cost.layer)
    for phase, settled, slot in zip(PHASES, (free, nudged, nudged), (0, 0, 1), strict=True):
        assert settled.raster is not None
        plan = settled.drive.plan
        raster = settled.raster[:, slot]
        spikes[phase] = {}
        for name, begin, size in zip(plan.names, plan.offsets, plan.sizes, strict=False):
            when, which = np.nonzero(raster[:, begin : begin + size])
            sign = raster[when, begin + which]
            spikes[phase][name] = report.Spikes(when * step, which, sign)
        duration[phase] = len(raster) * step
        begin = plan.offsets[plan.index[shown]]
        potential = settled.trace[:-1, slot, begin : begin + min(4, network.size(shown))]
        output[phase] = (np.arange(len(potential)) * step, potential)
    figure = report.raster(
        spikes,
        sizes={name: network.size(name) for name in network.settling},
        duration=duration,
        output=output,
        output_names=[f"{shown} {i}" for i in range(min(4, network.size(shown)))],
        output_label="potential (1)",
    )
    report.save(figure, folder.figure("raster.png"))


def draw_spike_counts(folder: RunFolder, network: Network, free: Settled) -> None:
    """Draw how many spikes the neurons spend on the shown examples, against the most they can."""
    counts = {name: free.spike_counts(name)[0] for name in network.settling}
    figure = report.spike_histogram(counts, most=float(free.steps.max()))
    report.save(figure, folder.figure("spikes.png"))


def draw_weights(folder: RunFolder, before: Network, network: Network, coupling: Coupling) -> None:
    """Draw the weights of a coupling before and after training."""
    figure = report.weights(
        before.parameters[coupling.name],
        network.parameters[coupling.name],
        name=coupling.name,
        axis_names=(coupling.source, coupling.target),
    )
    report.save(figure, folder.figure("weights.png"))


def draw_synapse(folder: RunFolder) -> None:
    """Draw the life of the recorded synapse that moved most."""
    path = folder.path / "traces.h5"
    if not path.exists():
        return
    with h5py.File(path) as file:
        for name, group in file.get("synapses", {}).items():
            weight = group["weight"]
            if len(weight) < 2:
                continue
            moved = np.abs(weight[-1] - weight[0])
            i, j = np.unravel_index(moved.argmax(), moved.shape)
            keys = ("weight", "product_plus", "product_minus", "change_asked", "change_applied")
            figure = report.synapse(
                group["step"][:],
                *(group[key][:, i, j] for key in keys),
                name=f"{name} [{group['pre'][i]}, {group['post'][j]}]",
            )
            report.save(figure, folder.figure("synapse.png"))
            return

"""The figures of a run on images."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neuroep import report
from neuroep.experiment.design import Design
from neuroep.experiment.folder import RunFolder
from neuroep.experiment.image_examples import ImageExamples
from neuroep.experiment.phase_figures import (
    draw_raster,
    draw_settling,
    draw_spike_counts,
    draw_synapse,
    draw_weights,
)
from neuroep.experiment.trained import START, load_into
from neuroep.learning.estimators import estimate
from neuroep.learning.evaluation import output_scores
from neuroep.network.drive import make_drive
from neuroep.network.network import Network
from neuroep.settle import Record, settle

AMONG = 64  # test images among which the one is chosen that the network is least sure of


def draw_image_figures(
    folder: RunFolder,
    design: Design,
    network: Network,
    test: ImageExamples,
    metrics: Mapping[str, Any],
) -> None:
    """Draw every figure of a trained run into its folder."""
    accuracies = {"spiking": metrics["spiking_accuracy"], "sweep": metrics["analog_accuracy"]}
    curves = report.training_curves(metrics["history"], test=accuracies, example="image")
    report.save(curves, folder.figure("training.png"))
    inputs, target = test.batch(np.arange(min(AMONG, len(test))))
    drive = make_drive(network, inputs)
    solver, stop = design.make_solver("sweep")
    scores = output_scores(network, settle(network, drive, solver=solver, stop=stop))[0]
    # There the nudge has something to move.
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
    before = design.make_network()
    before.initialise(design.seed)
    load_into(before, folder.path / START)
    between = [c for c in network.couplings if c.source in network.settling]
    if between:
        draw_weights(folder, before, network, between[-1])
    draw_synapse(folder)

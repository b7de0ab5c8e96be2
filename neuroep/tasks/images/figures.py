"""The figures of a run on images."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neuroep import report
from neuroep.design.design import Design
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.runs.figures.phases import (
    draw_phases,
    draw_synapse,
    draw_weights,
)
from neuroep.runs.folder import RunFolder
from neuroep.runs.trained import START, load_into
from neuroep.tasks.images.examples import ImageExamples

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
    draw_phases(folder, design, network, make_drive(network, inputs), target)
    before = design.make_network()
    before.initialise(design.seed)
    load_into(before, folder.path / START)
    between = [c for c in network.couplings if c.source in network.settling]
    if between:
        coupling = between[-1]
        draw_weights(
            folder,
            before.parameters[coupling.name],
            network.parameters[coupling.name],
            coupling.name,
            (coupling.source, coupling.target),
        )
    draw_synapse(folder)

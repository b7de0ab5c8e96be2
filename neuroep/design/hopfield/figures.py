"""The figures that only a network of layers has: phases, spikes, weights."""

from typing import TYPE_CHECKING

import numpy as np

from neuroep import report
from neuroep.design.hopfield.phases import draw_phases
from neuroep.settle import SOLVERS
from neuroep.tasks.view import TrainedView

if TYPE_CHECKING:
    from neuroep.design.hopfield.design import HopfieldDesign

AMONG = 64  # test examples among which the one is chosen that the network is least sure of
MOST_WEIGHTS = 1 << 22  # of a coupling that is drawn: more than a page has dots


def draw_figures(design: "HopfieldDesign", view: TrainedView) -> None:
    """Draw phases and spikes where the design spikes, and the last coupling's weights."""
    network, weights = view.system.network, view.system.parameters
    if SOLVERS[design.solver].spikes:
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

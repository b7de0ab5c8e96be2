"""The figures of a resistive run: training, conductances, what hidden nodes see, errors."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from neuroep import report
from neuroep.core.tables import Floats
from neuroep.design.resistive import ResistiveDesign
from neuroep.images import ImageData
from neuroep.learning.evaluation import Evaluation
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.report.style import BLUE, VERMILLION, WIDTH_INCHES, log_axis, styled
from neuroep.runs.folder import RunFolder

FIELDS = 24
MICRO = 1e6


def draw_figures(
    folder: RunFolder,
    design: ResistiveDesign,
    network: ResistiveNetwork,
    data: ImageData,
    tested: Evaluation,
    history: Mapping[str, Sequence[float]],
) -> None:
    """Draw every figure of a trained run into its folder."""
    test = {"resistive": tested.accuracy}
    curves = report.training_curves(history, test=test, example="image")
    report.save(curves, folder.figure("training.png"))
    report.save(
        conductance_histograms(design.make_network(), network), folder.figure("conductances.png")
    )
    report.save(receptive_fields(network, data.shape), folder.figure("receptive_fields.png"))
    report.save(errors(data, tested.scores), folder.figure("errors.png"))


@styled
def conductance_histograms(before: ResistiveNetwork, after: ResistiveNetwork) -> Figure:
    """Draw how many synapses of each pair of layers have which conductance."""
    count = len(after.parameters)
    figure = Figure(figsize=(WIDTH_INCHES, 2.8), layout="constrained")
    for axes, name in zip(
        figure.subplots(1, count, squeeze=False)[0], after.parameters, strict=True
    ):
        end = max(float(g.parameters[name].max()) for g in (before, after)) * MICRO
        edges = np.linspace(after.conductance_range[0] * MICRO, end, 60)
        for network, label, colour in ((before, "before", VERMILLION), (after, "after", BLUE)):
            axes.hist(
                network.parameters[name].ravel() * MICRO,
                edges,
                histtype="step",
                color=colour,
                linewidth=1.6,
                label=f"{label} training",
            )
        log_axis(axes)
        axes.set_title(f"synapses {name}")
        axes.set_xlabel("conductance (µS)")
        axes.set_ylabel("synapses")
    axes.legend()
    return figure


@styled
def receptive_fields(network: ResistiveNetwork, shape: tuple[int, int]) -> Figure:
    """Draw what the hidden nodes with the strongest synapses forward see of an image.

    A pixel's weight at a node is the difference between the conductances of its two inputs.
    """
    first, forward = network.conductances[:2]
    n, half = network.inputs, network.sizes[1] // 2
    strength = np.abs(forward[:, 0::2] - forward[:, 1::2]).sum(axis=1)
    order = np.concatenate(
        [
            np.argsort(-strength[:half])[: FIELDS // 2],
            half + np.argsort(-strength[half:])[: FIELDS // 2],
        ]
    )
    fields = (first[:n, order] - first[n : 2 * n, order]).T.reshape(-1, *shape) * MICRO
    end = float(np.percentile(np.abs(fields), 99.5)) or 1.0
    figure = Figure(figsize=(WIDTH_INCHES, 1.75), layout="constrained")
    panels = figure.subplots(2, FIELDS // 2, squeeze=False)
    for axes in panels.ravel():
        axes.axis("off")
    for axes, image in zip(panels.ravel(), fields, strict=False):
        drawn = axes.imshow(image, cmap="RdBu_r", vmin=-end, vmax=end, interpolation="nearest")
    title = "what hidden nodes see: with v ≥ 0 above, with v ≤ 0 below"
    figure.suptitle(title, x=0.01, ha="left", size=10)
    bar = figure.colorbar(drawn, ax=panels, label="difference (µS)", aspect=12)
    bar.outline.set_visible(False)
    return figure


@styled
def errors(data: ImageData, scores: Floats) -> Figure:
    """Draw how often test images of one class are taken for another."""
    taken = scores.argmax(axis=1)
    counts = np.zeros((data.classes, data.classes), int)
    np.add.at(counts, (data.test.labels, taken), 1)
    wrong = counts - np.diag(np.diag(counts))
    figure = Figure(figsize=(0.6 * WIDTH_INCHES, 3.6), layout="constrained")
    axes = figure.subplots()
    drawn = axes.imshow(wrong, cmap="Blues", interpolation="nearest")
    for (row, column), number in np.ndenumerate(wrong):
        if number:
            axes.text(
                column,
                row,
                str(number),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if number > 0.6 * wrong.max() else "black",
            )
    axes.grid(False)
    axes.set_xticks(range(data.classes))
    axes.set_yticks(range(data.classes))
    axes.set_xlabel("taken for")
    axes.set_ylabel("class of the image")
    axes.set_title(f"{wrong.sum()} errors in {len(taken)} test images")
    figure.colorbar(drawn, label="images").outline.set_visible(False)
    return figure

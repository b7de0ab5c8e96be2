"""The figures that only a resistive network has: conductances, and what hidden nodes see."""

from neuroep.learning.resistive.fields import strongest_fields
from neuroep.report.conductances import conductance_histograms, receptive_fields
from neuroep.tasks.view import TrainedView

FIELDS = 12
"""Nodes of each half of a layer whose receptive fields are drawn."""


def draw_figures(view: TrainedView) -> None:
    """Draw conductances before and after, and receptive fields where inputs are images."""
    network = view.system.network
    before = {name: view.start[name] for name in network.parameters}
    figure = conductance_histograms(before, network.parameters, limits=network.conductance_range)
    view.save(figure, "conductances.png")
    size = getattr(view.encoder, "size", None)
    if size:
        fields, _ = strongest_fields(network, FIELDS)
        groups = zip(("v ≥ 0", "v ≤ 0"), fields, strict=True)
        seen = {name: each.reshape(-1, *size) for name, each in groups}
        title = "what the hidden nodes with the strongest synapses forward see"
        view.save(receptive_fields(seen, title=title), "receptive_fields.png")

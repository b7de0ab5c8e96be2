"""Conductances before and after training, and receptive fields, from plain arrays."""

import numpy as np
import pytest
from matplotlib.text import Text
from resistive_support import random_network

from neuroep.learning.resistive.fields import strongest_fields
from neuroep.report import conductance_histograms, receptive_fields

pytestmark = pytest.mark.filterwarnings("error")
MICRO = 1e6


def texts(figure):
    figure.draw_without_rendering()
    return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text()]


def test_a_panel_an_array_in_microsiemens():
    rng = np.random.default_rng(0)
    before = {f"{k}-{k + 1}": 1e-6 * rng.random((20, 10)) for k in range(4)}
    after = {name: 2 * g for name, g in before.items()}
    figure = conductance_histograms(before, after, limits=(0.0, 1.5e-6))
    said = texts(figure)
    for expected in ("synapses 0-1", "synapses 3-4", "conductance (µS)", "before training"):
        assert expected in said
    outline = figure.axes[0].patches[1].get_xy()[:, 0]
    assert outline.max() == pytest.approx(MICRO * after["0-1"].max())
    limits = [line.get_xdata()[0] for line in figure.axes[0].lines]
    assert limits == [1.5]  # the other limit is outside


@pytest.mark.parametrize("value", [0.0, 1e-6, np.nan])
def test_degenerate_conductances_are_drawn(value):
    one = {"0-1": np.full((3, 2), value)}
    texts(conductance_histograms(one, one, limits=(0.0, 1e-6)))
    texts(conductance_histograms({}, {}))
    texts(receptive_fields({"all": np.full((3, 2, 2), value)}))
    texts(receptive_fields({}))


def test_other_arrays_are_refused():
    with pytest.raises(ValueError, match="before holds a, after b"):
        conductance_histograms({"a": np.ones(1)}, {"b": np.ones(1)})


def test_fields_are_those_of_the_strongest_nodes_of_each_half():
    network = random_network(1)
    fields, nodes = strongest_fields(network, 2)
    first, forward = network.conductances[:2]
    half, n = network.sizes[1] // 2, network.inputs
    strength = np.abs(forward[:, 0::2] - forward[:, 1::2]).sum(axis=1)
    for group, chosen in enumerate(nodes):
        assert ((chosen >= group * half) & (chosen < (group + 1) * half)).all()
        others = np.setdiff1d(np.arange(group * half, (group + 1) * half), chosen)
        assert strength[chosen].min() >= strength[others].max()
        for node, field in zip(chosen, fields[group], strict=True):
            np.testing.assert_array_equal(field, first[:n, node] - first[n : 2 * n, node])
    figure = receptive_fields({"v ≥ 0": fields[0].reshape(2, -1, 1)}, title="seen")
    assert {"v ≥ 0", "seen", "difference (µS)"} <= set(texts(figure))

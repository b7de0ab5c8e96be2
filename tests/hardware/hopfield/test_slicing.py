"""A part of a network that SPICE can carry: it has the weights of the units that it keeps."""

import numpy as np
import pytest

from neuroep.hardware.hopfield.slicing import Extent, slice_network
from neuroep.network.hopfield.attention import PooledAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Linear
from neuroep.settle import settle

KEPT = [1, 4, 5, 9]


@pytest.mark.parametrize("between", ["dense", "shared", "attention"])
def test_what_is_left_out_of_an_image_is_missed_by_nothing(between: str) -> None:
    """Where all other pixels are dark, the part settles as the whole does."""
    network = Network()
    image = network.add(Clamped(12), "image")
    if between == "attention":
        network.add(PooledAttention(image, queries=1), "heads")
    network.add(Linear(3), "out")
    source = "heads" if between == "attention" else "image"
    network.connect(source, "out", shared=between == "shared")
    network.initialise(1, np.float64)
    x = np.zeros((1, 12))
    x[0, KEPT] = [0.9, -0.8, 0.7, -0.6]
    part, clamped = slice_network(network, {"image": x}, Extent(width=4, neurons=4))
    assert part.size("image") == 4
    whole = settle(network, make_drive(network, {"image": x[None]}))
    found = settle(part, make_drive(part, clamped))
    np.testing.assert_allclose(found.activity("out"), whole.activity("out"), atol=1e-12)
    assert np.abs(found.activity("out")).max() > 0.1


@pytest.mark.parametrize("vocabulary", [0, 9])
def test_columns_that_are_kept_have_their_position_code(vocabulary: int) -> None:
    network = Network()
    layer = Clamped(6, 5, vocabulary=vocabulary, position="sinusoidal", position_scale=0.7)
    network.add(PooledAttention(network.add(layer, "words"), queries=1), "heads")
    network.initialise(1, np.float64)
    rng = np.random.default_rng(2)
    given = rng.permutation(vocabulary)[:5] if vocabulary else rng.standard_normal((5, 6))
    part, clamped = slice_network(network, {"words": given}, Extent(tokens=4, width=3))
    whole = make_drive(network, {"words": given[None]}).values["words"]
    found = make_drive(part, clamped).values["words"]
    np.testing.assert_allclose(found, whole[:4, :3], rtol=1e-12)

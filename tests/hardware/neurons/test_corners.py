"""Corners are found where they are, by the slope alone."""

from dataclasses import dataclass

import pytest

from neuroep.hardware.neurons import NEURON_CELLS, has_corners, neuron_cell
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh


@dataclass(frozen=True)
class LateCorner(Neurons):
    """Linear up to 17.3 potentials, then a tenth less steep."""

    activity = staticmethod(lambda u, c: c[0] * (u if u < 17.3 else 17.3 + 0.9 * (u - 17.3)))
    slope = staticmethod(lambda u, c: c[0] * (1.0 if u < 17.3 else 0.9))
    lagrangian = staticmethod(lambda u, c: 0.5 * c[0] * u * u)
    low = float("-inf")
    high = float("inf")


@pytest.mark.parametrize("gain", [0.05, 1.0, 40.0])
@pytest.mark.parametrize(
    ("kind", "wanted"), [(HardSigmoid, True), (Linear, False), (Sigmoid, False), (Tanh, False)]
)
def test_corners_of_each_neuron(kind: type[Neurons], wanted: bool, gain: float) -> None:
    assert has_corners(kind(1, gain=gain)) is wanted
    assert (NEURON_CELLS[kind].twin is not None) is wanted


@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
def test_a_slight_corner_far_out_is_found_without_a_cell(gain: float) -> None:
    assert has_corners(LateCorner(1, gain=gain))


@pytest.mark.parametrize("gain", [0.3, 0.5, 2.0])
def test_the_smooth_twin_touches_its_neuron(gain: float) -> None:
    hard = HardSigmoid(1, gain=gain)
    twin = neuron_cell(hard).twin
    assert twin is not None
    smooth, shift = twin.kind(1, gain=gain), twin.shift(hard)
    centre = 0.5 / gain
    assert twin.kind.activity(centre + shift, (smooth.gain,)) == pytest.approx(0.5)
    assert twin.kind.slope(centre + shift, (smooth.gain,)) == pytest.approx(gain)
    assert not has_corners(smooth)

"""The hard sigmoid on a chip: an amplifier between two rails."""

from neuroep.hardware.cells.neurons import HARD_SIGMOID, hard_sigmoid_line
from neuroep.hardware.neurons.neuron_cell import NeuronCell, SmoothTwin
from neuroep.network.hopfield.neurons import Sigmoid

HARD_SIGMOID_NEURON = NeuronCell(
    HARD_SIGMOID,
    hard_sigmoid_line,
    own=lambda layer, volts: {"vu": volts, "gain": layer.gain},
    activity="clip(gain * {x}, 0, 1)",
    nudged="""
x = u / (1 + k * gain)
above = int(gain * x >= 1)
below = int(x <= 0)
x = above * (u - k) + below * u + (1 - above - below) * x
""",
    # clip(g v, 0, 1) has its centre at v = 1/(2 g), the sigmoid of the same steepest slope at 1/2.
    twin=SmoothTwin(Sigmoid, lambda layer: 0.5 - 0.5 / layer.gain),
)

"""The sigmoid neuron on a chip: one output of a differential pair (Mead 1989, chapter 5)."""

from neuroep.hardware.cells.neurons import SIGMOID, sigmoid_line
from neuroep.hardware.neurons.neuron_cell import NeuronCell

SIGMOID_NEURON = NeuronCell(
    SIGMOID,
    sigmoid_line,
    own=lambda layer, volts: {"vref": 0.5 * volts},
    folds=lambda layer: 4.0 * layer.gain,
    tails=1,
    # The logistic function of 4 gain (x - 1/2), in a form that cannot overflow.
    activity="0.5 * (1 + tanh(2 * gain * ({x} - 0.5)))",
    slope="4 * gain * s_x * (1 - s_x)",
)

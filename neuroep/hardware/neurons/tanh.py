"""The tanh neuron on a chip: both outputs of a differential pair (Mead 1989, chapter 5)."""

from neuroep.hardware.cells.neurons import TANH, tanh_line
from neuroep.hardware.neurons.neuron_cell import NeuronCell

TANH_NEURON = NeuronCell(
    TANH,
    tanh_line,
    own=lambda layer, volts: {},
    folds=lambda layer: 2.0 * layer.gain,
    tails=1,
    activity="tanh(gain * {x})",
    slope="gain * (1 - s_x**2)",
)

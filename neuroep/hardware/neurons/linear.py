"""The linear neuron on a chip: an amplifier without rails."""

from neuroep.hardware.cells.neurons import LINEAR, linear_line
from neuroep.hardware.neurons.neuron_cell import NeuronCell

LINEAR_NEURON = NeuronCell(
    LINEAR,
    linear_line,
    own=lambda layer, volts: {"vu": volts, "gain": layer.gain},
    activity="gain * {x}",
    nudged="x = u / (1 + k * gain)",
)

"""The one place that lists which neuron types have a cell, and what each needs of hardware.

Another one is a file with a :class:`NeuronCell` and its line here, or, outside the package,
``NEURON_CELLS[MyNeuron] = NeuronCell(...)``.
"""

from neuroep.hardware.cells import neurons as cells
from neuroep.hardware.neurons.neuron_cell import NeuronCell, SmoothTwin
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh

NEURON_CELLS: dict[type[Neurons], NeuronCell] = {
    HardSigmoid: NeuronCell(
        cells.HARD_SIGMOID,
        cells.hard_sigmoid_line,
        own=lambda layer, volts: {"vu": volts, "gain": layer.gain},
        activity="clip(gain * {x}, 0, 1)",
        nudged="""
x = u / (1 + k * gain)
above = int(gain * x >= 1)
below = int(x <= 0)
x = above * (u - k) + below * u + (1 - above - below) * x
""",
        # Its centre is at x = 1/(2 gain), that of the sigmoid of the same steepest slope at 1/2.
        twin=SmoothTwin(Sigmoid, lambda layer: 0.5 - 0.5 / layer.gain),
    ),
    Linear: NeuronCell(
        cells.LINEAR,
        cells.linear_line,
        own=lambda layer, volts: {"vu": volts, "gain": layer.gain},
        activity="gain * {x}",
        nudged="x = u / (1 + k * gain)",
    ),
    # One output of a differential pair (Mead 1989, chapter 5); the tanh takes both.
    Sigmoid: NeuronCell(
        cells.SIGMOID,
        cells.sigmoid_line,
        own=lambda layer, volts: {"vref": 0.5 * volts},
        folds=lambda layer: 4.0 * layer.gain,
        tails=1,
        one_sided=True,
        # The logistic function of 4 gain (x - 1/2), in a form that cannot overflow.
        activity="0.5 * (1 + tanh(2 * gain * ({x} - 0.5)))",
        slope="4 * gain * s_x * (1 - s_x)",
    ),
    Tanh: NeuronCell(
        cells.TANH,
        cells.tanh_line,
        own=lambda layer, volts: {},
        folds=lambda layer: 2.0 * layer.gain,
        tails=1,
        activity="tanh(gain * {x})",
        slope="gain * (1 - s_x**2)",
    ),
}
"""By the type itself: a subclass may compute something else, so it has no cell unless listed."""


def neuron_cell(layer: Neurons) -> NeuronCell:
    """Return what realises a layer on a chip; a ValueError that names the layer if nothing does."""
    found = NEURON_CELLS.get(type(layer))
    if found is None:
        raise ValueError(
            f"layer {layer.name!r}: no cell realises {type(layer).__name__}; a chip needs one "
            "(docs/extending.md)"
        )
    return found

"""The one place that lists which neuron types have a cell.

Another one is a file with a :class:`NeuronCell` and its line here, or, outside the package,
``NEURON_CELLS[MyNeuron] = NeuronCell(...)``.
"""

from neuroep.hardware.neurons.hard_sigmoid import HARD_SIGMOID_NEURON
from neuroep.hardware.neurons.linear import LINEAR_NEURON
from neuroep.hardware.neurons.neuron_cell import NeuronCell
from neuroep.hardware.neurons.sigmoid import SIGMOID_NEURON
from neuroep.hardware.neurons.tanh import TANH_NEURON
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh

NEURON_CELLS: dict[type[Neurons], NeuronCell] = {
    HardSigmoid: HARD_SIGMOID_NEURON,
    Linear: LINEAR_NEURON,
    Sigmoid: SIGMOID_NEURON,
    Tanh: TANH_NEURON,
}
"""By the type itself: a subclass may compute something else, so it has no cell unless listed."""


def neuron_cell(layer: Neurons) -> NeuronCell:
    """Return what realises a layer on a chip.

    Raises
    ------
    ValueError
        Nothing does; one line that names the layer.
    """
    found = NEURON_CELLS.get(type(layer))
    if found is None:
        raise ValueError(
            f"layer {layer.name!r}: no cell realises {type(layer).__name__}; a chip needs one "
            "(docs/extending.md)"
        )
    return found

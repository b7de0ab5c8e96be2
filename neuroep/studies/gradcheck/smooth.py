"""The smooth twin of a design: every neuron with corners replaced by the one that touches it."""

from typing import cast

from neuroep.design.design import Design
from neuroep.hardware.neurons import NEURON_CELLS, SmoothTwin, has_corners
from neuroep.network.hopfield.catalogue import LAYER_TYPES
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Neurons
from neuroep.network.parameters import Parameters


def kinked(design: Design) -> list[str]:
    """Return the layers whose activation has corners, where no gradient exists."""
    neurons = {
        name: cast(Neurons, layer)
        for name in design.layers
        if (layer := design.make_layer(name)).settles and not layer.stored
    }
    return [name for name, layer in neurons.items() if has_corners(layer)]


def _twin(design: Design, name: str) -> tuple[SmoothTwin, float]:
    """Return the smooth twin of a layer, and the shift of its bias."""
    layer = cast(Neurons, design.make_layer(name))
    found = NEURON_CELLS.get(type(layer))
    if found is None or found.twin is None:
        raise ValueError(f"layer {name!r}: {type(layer).__name__} has corners and no smooth twin")
    return found.twin, found.twin.shift(layer)


def smooth_twin(design: Design) -> Design:
    """Return the design with a smooth neuron in place of each that has corners.

    That of clip(g v, 0, 1) is s = 1 / (1 + exp(-4 (g v - 1/2))): both have value 1/2 and slope g at
    v = 1/(2 g). For the seed paper's clip(u/2, 0, 1) it is the paper's own smooth activation of
    u/2. Drawn from the same seed, the couplings are the same.

    Raises
    ------
    ValueError
        A neuron with corners whose cell names no twin.
    """
    types = {kind: name for name, kind in LAYER_TYPES.items()}
    layers = dict(design.layers)
    for name in kinked(design):
        twin, shift = _twin(design, name)
        bias = float(layers[name].get("bias", 0.0)) + shift
        layers[name] = layers[name] | {"type": types[twin.kind], "bias": bias}
    return design.model_copy(update={"layers": layers})


def copy_to_twin(design: Design, parameters: Parameters, twin: Network) -> None:
    """Set the parameters of a design's smooth twin to those of a network of the design."""
    for name, array in parameters.items():
        twin.parameters[name][...] = array
    for name in kinked(design):
        if f"{name}.bias" in twin.parameters:
            twin.parameters[f"{name}.bias"][:] += _twin(design, name)[1]

"""The smooth twin of a design: every clip neuron replaced by the sigmoid that touches it."""

from neuroep.design.design import Design
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.network.parameters import Parameters


def kinked(design: Design) -> list[str]:
    """Return the layers whose activation has corners, where no gradient exists."""
    return [name for name in design.layers if isinstance(design.make_layer(name), HardSigmoid)]


def centre_shift(design: Design, name: str) -> float:
    """Return what a sigmoid's bias needs to be centred where the clip neuron is.

    clip(g v, 0, 1) has its centre at v = 1/(2 g), the sigmoid of the same steepest slope g at 1/2.
    """
    layer = design.make_layer(name)
    assert isinstance(layer, HardSigmoid)
    return 0.5 - 0.5 / layer.gain


def smooth_twin(design: Design) -> Design:
    """Return the design with s = 1 / (1 + exp(-4 (g v - 1/2))) in place of each clip(g v, 0, 1).

    Both have value 1/2 and slope g at v = 1/(2 g). For the seed paper's clip(u/2, 0, 1) it is the
    paper's own smooth activation of u/2. Drawn from the same seed, the couplings are the same.
    """
    layers = dict(design.layers)
    for name in kinked(design):
        entry = layers[name]
        bias = float(entry.get("bias", 0.0)) + centre_shift(design, name)
        layers[name] = entry | {"type": "sigmoid", "bias": bias}
    return design.model_copy(update={"layers": layers})


def copy_to_twin(design: Design, parameters: Parameters, twin: Network) -> None:
    """Set the parameters of a design's smooth twin to those of a network of the design."""
    for name, array in parameters.items():
        twin.parameters[name][...] = array
    for name in kinked(design):
        if f"{name}.bias" in twin.parameters:
            twin.parameters[f"{name}.bias"][:] += centre_shift(design, name)

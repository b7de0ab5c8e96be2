"""The one place that lists the layer types that a design can name."""

from neuroep.network.hopfield.attention import PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import Cost, CrossEntropy, SquaredError
from neuroep.network.hopfield.curve import Measured
from neuroep.network.hopfield.layer import Layer
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Sigmoid, Tanh

LAYER_TYPES: dict[str, type[Layer]] = {
    "clamped": Clamped,
    "linear": Linear,
    "hard_sigmoid": HardSigmoid,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "measured": Measured,
    "token_attention": TokenAttention,
    "pooled_attention": PooledAttention,
}

COST_TYPES: dict[str, type[Cost]] = {
    "squared_error": SquaredError,
    "cross_entropy": CrossEntropy,
}

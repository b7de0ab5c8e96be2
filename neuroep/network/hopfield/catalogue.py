"""The one place that lists the layer types that a design can name."""

from neuroep.network.hopfield.attention import Attention, PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy, SquaredError
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh

LAYER_TYPES: dict[str, type[Clamped | Neurons | Attention]] = {
    "clamped": Clamped,
    "linear": Linear,
    "hard_sigmoid": HardSigmoid,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "token_attention": TokenAttention,
    "pooled_attention": PooledAttention,
}

COST_TYPES: dict[str, type[SquaredError | CrossEntropy]] = {
    "squared_error": SquaredError,
    "cross_entropy": CrossEntropy,
}

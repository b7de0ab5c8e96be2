"""The cost whose nudge teaches the network."""

from dataclasses import dataclass

from neuroep.network.hopfield.neurons import Neurons


@dataclass(frozen=True)
class SquaredError:
    """C = |s - y|^2 / 2 on an output layer.

    Parameters
    ----------
    layer : Neurons or str
        The output layer, or its name.
    """

    layer: Neurons | str


@dataclass(frozen=True)
class CrossEntropy:
    """C = -sum_j y_j log softmax(W^T s + b)_j behind a layer s: the read-out does not settle.

    W (size, classes) and b are the parameters ``readout.weight`` and ``readout.bias``; both learn
    by a local delta rule (Laborieux et al. 2021, section 3.3).

    Parameters
    ----------
    layer : Neurons or str
        The layer that is read, or its name.
    classes : int
        Number of classes.
    """

    layer: Neurons | str
    classes: int

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise ValueError(f"classes must be at least 2, got {self.classes}")


Cost = SquaredError | CrossEntropy

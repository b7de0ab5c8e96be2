"""Digital networks of a design's size by backpropagation: what the same data give without a chip.

Layers of ReLU neurons as wide as the design's, softmax behind them, Adam, on the same training
examples with the same noise (shifted images, noisy rows). Rates fall along half a cosine to zero,
an epoch at a time, and Adam's moments begin anew with each; which rate it begins at, and which
epoch counts, the design's own validation examples choose.
"""

import math
import warnings

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Floats
from neuroep.learning.evaluation import Examples
from neuroep.tasks.baselines import RELU
from neuroep.tasks.task import Material, Shape
from neuroep.text.reviews.baselines import Baseline

RATES = (1e-3, 3e-3)
EPOCHS = (10, 30)
STEPS = 500
"""At least, within the epochs above: a network of few examples sees them more often."""

BATCH = 64


def relu_network(shape: Shape, material: Material, layer: str) -> dict[str, Baseline]:
    """Train a network of ReLU neurons with the design's hidden layers; return it by its name.

    ``layer``: the clamped one that takes the values; nothing where there is no hidden layer.
    """
    if not shape.hidden:
        return {}
    width = shape.inputs[layer].dim
    name = f"{RELU} {'-'.join(map(str, (width, *shape.hidden, shape.outputs)))}, backpropagation"
    return {name: backpropagated("relu", shape.hidden, shape, material, layer)}


def backpropagated(
    name: str, hidden: tuple[int, ...], shape: Shape, material: Material, layer: str
) -> Baseline:
    """Train a digital network; without hidden layers it is multinomial logistic regression.

    Returns
    -------
    Baseline
        Of the rate and the epoch that validation chose; ``strength`` is the rate.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    held, test = (_values(part, layer) for part in (material.validation, material.test))
    best = Baseline(name, 0.0, -1.0, 0.0)
    batch = min(BATCH, len(material.train))
    epochs = int(np.clip(math.ceil(STEPS * batch / len(material.train)), *EPOCHS))
    # In one thread sums come out the same everywhere.
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # an epoch at a time
        for rate in RATES:
            network = MLPClassifier(
                hidden,
                batch_size=batch,
                max_iter=1,
                warm_start=True,
            )
            for epoch in range(epochs):
                rng = np.random.default_rng([shape.seed, epoch])
                share = 0.5 * (1.0 + math.cos(math.pi * epoch / epochs))
                drawn = int(rng.integers(1 << 31))  # first weights, later the order of examples
                network.set_params(learning_rate_init=rate * share, random_state=drawn)
                network.fit(*_values(material.train, layer, rng))
                accuracy = float(network.score(*held))
                if accuracy > best.validation_accuracy:
                    best = Baseline(name, float(network.score(*test)), accuracy, rate)
    return best


def _values(
    examples: Examples, layer: str, rng: np.random.Generator | None = None
) -> tuple[Floats, NDArray[np.int64]]:
    """Return all values that are clamped (n, width), and labels; ``rng`` brings the noise."""
    inputs, target = examples.batch(np.arange(len(examples)), rng)
    return np.asarray(inputs[layer]), target.argmax(axis=1)

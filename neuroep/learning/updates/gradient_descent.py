"""Updates: how a gradient estimate is granted. Adam and SGD, as a digital co-processor would."""

import math
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple, Protocol

import numpy as np

from neuroep.core import updates as kernels
from neuroep.core.tables import Floats
from neuroep.core.threads import chunks, run_chunks
from neuroep.network.parameters import Parameters

BLOCK = 1 << 20  # parameters a thread updates at a time


def rates_by_name(parameters: Collection[str], rates: Mapping[str, float]) -> dict[str, float]:
    """Return the learning rate of every parameter.

    Parameters
    ----------
    parameters : collection of str
        Their names.
    rates : dict
        Shell-style pattern of names to rate; the first pattern that fits a name counts, and a
        parameter that fits none does not learn.

    Raises
    ------
    ValueError
        No rate at all, a pattern that fits no parameter, or a rate that is negative or not finite.
    """
    if not rates:
        raise ValueError("rates: none given, so nothing would learn")
    for pattern, rate in rates.items():
        if not any(fnmatchcase(name, pattern) for name in parameters):
            raise ValueError(f"rate {pattern!r}: fits none of {', '.join(parameters)}")
        if not 0 <= rate < float("inf"):
            raise ValueError(f"rate {pattern!r}: must be finite and not negative, got {rate}")
    return {
        name: next((r for pattern, r in rates.items() if fnmatchcase(name, pattern)), 0.0)
        for name in parameters
    }


class Update(Protocol):
    """Moves parameters against a gradient estimate, with a rate for each."""

    def apply(
        self, parameters: Parameters, gradient: Parameters, rates: Mapping[str, float]
    ) -> None:
        """Change the parameters in place."""
        ...

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        ...

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up where a checkpoint left."""
        ...


class _Block(NamedTuple):
    """Some rows of a parameter: where they stand in the flat buffer, and their gradient."""

    part: slice
    name: str
    first: int
    last: int
    rate: float

    def slope(self, gradient: Parameters) -> Floats:
        """Return the rows of the gradient, flat; a factored one is multiplied out here."""
        rows: Floats = gradient.rows(self.name, self.first, self.last)
        return rows.reshape(-1)


def _blocks(parameters: Parameters, rates: Mapping[str, float]) -> list[_Block]:
    blocks = []
    for name, rate in rates.items():
        count, *rest = parameters.shapes[name]
        width, begin = math.prod(rest), parameters.offsets[name]
        for a, b in chunks(count, max(1, BLOCK // width)) if rate else []:
            blocks.append(_Block(slice(begin + a * width, begin + b * width), name, a, b, rate))
    return blocks


class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1).

    Parameters
    ----------
    parameters : Parameters
        Those to be updated: sets size and dtype of the moments.
    decay : (float, float)
        Decay of the running first and second moment.
    epsilon : float
        Added to the root of the second moment.
    """

    def __init__(
        self,
        parameters: Parameters,
        decay: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        self.first: Floats = np.zeros(parameters.flat.shape, parameters.flat.dtype)
        self.second: Floats = np.zeros(parameters.flat.shape, parameters.flat.dtype)
        self.decay = decay
        self.epsilon = epsilon
        self.step = 0

    def apply(
        self, parameters: Parameters, gradient: Parameters, rates: Mapping[str, float]
    ) -> None:
        """Change the parameters in place."""
        self.step += 1
        scalar = parameters.flat.dtype.type
        decay1, decay2, epsilon = map(scalar, (*self.decay, self.epsilon))
        blocks = _blocks(parameters, rates)

        def work(first: int, last: int) -> None:
            for block in blocks[first:last]:
                part = block.part
                kernels.adam(
                    parameters.flat[part],
                    block.slope(gradient),
                    self.first[part],
                    self.second[part],
                    block.rate,
                    decay1,
                    decay2,
                    self.step,
                    epsilon,
                )

        run_chunks(work, chunks(len(blocks), 1))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        return {"first": self.first, "second": self.second, "step": np.array(self.step)}

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up where a checkpoint left."""
        self.first[:] = arrays["first"]
        self.second[:] = arrays["second"]
        self.step = int(arrays["step"])


class SGD:
    """Stochastic gradient descent with heavy-ball momentum.

    Parameters
    ----------
    parameters : Parameters
        Those to be updated.
    momentum : float
        Share of the velocity that is kept, 0 for plain SGD.
    """

    def __init__(self, parameters: Parameters, momentum: float = 0.0) -> None:
        self.velocity: Floats = np.zeros(parameters.flat.shape, parameters.flat.dtype)
        self.momentum = momentum

    def apply(
        self, parameters: Parameters, gradient: Parameters, rates: Mapping[str, float]
    ) -> None:
        """Change the parameters in place."""
        for block in _blocks(parameters, rates):
            kernels.momentum(
                parameters.flat[block.part],
                block.slope(gradient),
                self.velocity[block.part],
                block.rate,
                parameters.flat.dtype.type(self.momentum),
            )

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint needs."""
        return {"velocity": self.velocity}

    def from_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up where a checkpoint left."""
        self.velocity[:] = arrays["velocity"]


UPDATES: dict[str, type[Adam] | type[SGD]] = {"adam": Adam, "sgd": SGD}

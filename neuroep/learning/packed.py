"""Gradients as they travel: what differs from zero, factors unmultiplied.

A review reaches some rows of a table of word vectors, and a few hundred of the tokens that a layer
has room for. All else of its gradient is zero, and need not be sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats, Ints
from neuroep.learning.gradient import Factors, Gradient
from neuroep.network.parameters import Parameters


@dataclass(frozen=True)
class PackedRows:
    """Rows of an array that are not zero; ``places`` is None where that is all of them."""

    values: Floats
    places: Ints | None

    @classmethod
    def of(cls, array: Floats) -> "PackedRows":
        """Pack an array of any number of sides."""
        used = array.reshape(len(array), -1).any(axis=1)  # true of what is not a number
        if used.all():
            return cls(array, None)
        places = np.flatnonzero(used)
        return cls(array[places], places)

    def add_to(self, total: Floats, weight: float) -> None:
        """Add the array times a weight."""
        where = slice(None) if self.places is None else self.places
        total[where] += total.dtype.type(weight) * self.values

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return self.values.nbytes + (0 if self.places is None else self.places.nbytes)


@dataclass(frozen=True)
class PackedFactors:
    """:class:`Factors` without padding: of ``pre`` the leading entries alone, one after another."""

    leading: Floats
    width: int
    post: Floats
    reach: Ints
    phases: int

    @classmethod
    def of(cls, factors: Factors) -> "PackedFactors":
        """Pack factors."""
        width = factors.pre.shape[1]
        leading = factors.pre[np.arange(width) < factors.reach[:, None]]
        return cls(leading, width, factors.post, factors.reach, factors.phases)

    @property
    def pre(self) -> Floats:
        """Activities before the synapses with their padding, (examples, width)."""
        found: Floats = np.zeros((len(self.reach), self.width), self.leading.dtype)
        found[np.arange(self.width) < self.reach[:, None]] = self.leading
        return found

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return self.leading.nbytes + self.post.nbytes + self.reach.nbytes


@dataclass(frozen=True)
class Packed:
    """A gradient as it travels.

    ``parts``: all factors that there are, each once; ``factors``: by array, which of them are its
    own. A way back has those of the way there.
    """

    rows: Mapping[str, PackedRows]
    parts: Sequence[PackedFactors]
    factors: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, gradient: Gradient) -> "Packed":
        """Pack a gradient."""
        rows = {
            name: PackedRows.of(gradient[name])
            for name in gradient.shapes
            if name not in gradient.factors
        }
        parts = {id(one): one for found in gradient.factors.values() for one in found}
        numbers = {key: number for number, key in enumerate(parts)}
        factors = {
            name: tuple(numbers[id(one)] for one in found)
            for name, found in gradient.factors.items()
        }
        return cls(rows, [PackedFactors.of(one) for one in parts.values()], factors)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays: what is sent."""
        rows = sum(one.nbytes for one in self.rows.values())
        return rows + sum(one.nbytes for one in self.parts)


def weighted_sum(packed: Sequence[Packed], weights: Sequence[float], like: Parameters) -> Gradient:
    """Return the sum of gradients, each times its weight, added in their order.

    Factors stay factors, of all examples together.

    Parameters
    ----------
    packed : sequence of Packed
        Of the same parameters, with the same arrays factored.
    weights : sequence of float
    like : Parameters
        What the gradients belong to.
    """
    first = packed[0]
    total = Gradient(like, first.factors)
    for one, weight in zip(packed, weights, strict=True):
        for name, rows in one.rows.items():
            rows.add_to(total[name], weight)
    joined = [_joined(parts, weights) for parts in zip(*(one.parts for one in packed), strict=True)]
    for name, numbers in first.factors.items():
        total.factors[name] = [joined[number] for number in numbers]
    return total


def _joined(parts: Sequence[PackedFactors], weights: Sequence[float]) -> Factors:
    """Return the factors of all examples, one phase after the other."""
    phases = parts[0].phases

    def by_phase(arrays: Sequence[np.ndarray]) -> np.ndarray:
        split = [array.reshape(phases, -1, *array.shape[1:]) for array in arrays]
        whole: np.ndarray = np.concatenate(split, axis=1)
        return whole.reshape(-1, *whole.shape[2:])

    posts = [
        part.post.dtype.type(weight) * part.post
        for part, weight in zip(parts, weights, strict=True)
    ]
    reach = by_phase([part.reach for part in parts])
    return Factors(by_phase([part.pre for part in parts]), by_phase(posts), reach, phases)

"""A gradient whose largest parts stay what they are: sums of local products, not yet multiplied.

The gradient of a coupling is a sum over settled examples of what stands before the synapse times
what stands behind it. For a coupling of 180,000 x 1,000 synapses these factors are a hundred times
smaller than their product, which an update needs one block of rows at a time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats, Ints
from neuroep.network.parameters import Parameters


@dataclass(frozen=True)
class Factors:
    """-sum over settled examples e of pre[e] post[e]^T, unmultiplied.

    ``pre`` (examples, n_from): activities before the synapses; ``post`` (examples, n_to): those
    behind them, times each example's share; ``reach`` (examples,): leading entries of ``pre`` that
    can differ from zero, the others are padding; ``phases``: the examples are those of so many, one
    phase after the other.
    """

    pre: Floats
    post: Floats
    reach: Ints
    phases: int = 1

    def add_to(self, into: Floats, first: int) -> None:
        """Add rows first, first + 1, ... of the product to ``into`` (rows, n_to)."""
        used = np.flatnonzero(self.reach > first)
        if used.size:
            rows = np.ascontiguousarray(self.pre[used, first : first + len(into)])
            into -= rows.T @ self.post[used]


class Gradient(Parameters):
    """A gradient: named arrays, some of them held as factors.

    ``flat`` holds the others. A factored array is multiplied out each time it is asked for by name;
    :meth:`rows` gives a part of any. ``like``: what the gradient belongs to; ``factored``: names of
    the matrices that are held as factors.
    """

    def __init__(self, like: Parameters, factored: Collection[str] = ()) -> None:
        super().__init__(
            {name: shape for name, shape in like.shapes.items() if name not in factored},
            like.flat.dtype,
        )
        self.shapes = dict(like.shapes)
        self.factors: dict[str, list[Factors]] = {name: [] for name in factored}

    def __getitem__(self, name: str) -> Floats:
        return self.rows(name, 0, self.shapes[name][0])

    def rows(self, name: str, first: int, last: int) -> Floats:
        """Return rows first..last of an array; of a factored one, a new array."""
        if name not in self.factors:
            return super().rows(name, first, last)
        part: Floats = np.zeros((last - first, self.shapes[name][1]), self.flat.dtype)
        for factors in self.factors[name]:
            factors.add_to(part, first)
        return part

    def products(self, name: str) -> tuple[Floats, Floats] | None:
        """Return before (terms, n_from) and behind (terms, n_to): an array is -before^T behind.

        Nothing of an array that is not factored. The contrast of two phases is given as the means
        of what stood before the synapses times the differences of what stood behind them, and the
        differences before times the means behind: s_i s_j (+) - s_i s_j (-) = m_i d_j + d_i m_j.
        Of more phases it is the mean before times the sum behind, and how far each phase is from
        that mean times what stood behind it. Never are the phases products of opposite sign, most
        of which cancels.
        """
        if not self.factors.get(name):
            return None
        parts = [
            (f.pre.reshape(f.phases, -1, f.pre.shape[1]), f.post.reshape(f.phases, -1, n))
            for f in self.factors[name]
            for n in f.post.shape[1:]
        ]
        before, behind = (np.concatenate(side) for side in zip(*parts, strict=True))
        if len(before) == 2:
            mean, difference = 0.5 * (before[0] + before[1]), before[0] - before[1]
            before = np.stack((mean, difference))
            behind = np.stack((behind[0] + behind[1], 0.5 * (behind[0] - behind[1])))
        elif len(before) > 2:
            mean = before.mean(axis=0, keepdims=True)
            before = np.concatenate((mean, before - mean))
            behind = np.concatenate((behind.sum(axis=0, keepdims=True), behind))
        return before.reshape(-1, before.shape[-1]), behind.reshape(-1, behind.shape[-1])

    def repeat(self, name: str, other: str) -> None:
        """Let another array be what an array is; both are factored, or none."""
        if name in self.factors:
            self.factors[other] = self.factors[name].copy()
        else:
            self[other][:] = self[name]

    @property
    def finite(self) -> bool:
        """Whether nothing is infinite or not a number."""
        posts = (x.post for factors in self.factors.values() for x in factors)
        return super().finite and all(np.isfinite(post.sum()) for post in posts)


def sum_of(gradients: Sequence[Gradient]) -> Gradient:
    """Return the sum of gradients of the same parameters, with the same arrays factored."""
    if len(gradients) == 1:
        return gradients[0]
    total = Gradient(gradients[0], gradients[0].factors)
    for gradient in gradients:
        total.flat += gradient.flat
        for name, factors in gradient.factors.items():
            total.factors[name] += factors
    return total

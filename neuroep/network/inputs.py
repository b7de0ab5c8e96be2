"""What a clamped layer can be given, whatever the network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Ints


@dataclass(frozen=True)
class Sequences:
    """Sequences of unequal length, packed one behind the other.

    ``rows``: ids (total,) into the layer's table, or values (total, dim); ``offsets`` (B + 1,)
    int64: sequence e is rows[offsets[e] : offsets[e + 1]].
    """

    rows: np.ndarray
    offsets: Ints

    @property
    def lengths(self) -> Ints:
        """Number of rows of each sequence, (B,)."""
        return np.diff(self.offsets)

    @property
    def examples(self) -> Ints:
        """The sequence of each row, (total,)."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.lengths)

    @property
    def places(self) -> Ints:
        """The place of each row within its own sequence, (total,)."""
        return np.arange(len(self.rows)) - np.repeat(self.offsets[:-1], self.lengths)

    def length(self, example: int) -> int:
        """Return the number of rows of one sequence."""
        return int(self.offsets[example + 1] - self.offsets[example])


Input = Sequences | ArrayLike
"""Sequences; or values (B, dim), (B, tokens, dim); or ids (B, tokens)."""

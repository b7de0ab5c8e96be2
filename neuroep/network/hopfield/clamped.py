"""The clamped input: a vector or a sequence of stored patterns."""

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np

from neuroep.core.tables import Floats
from neuroep.network.hopfield.layer import Layer
from neuroep.network.parameters import Parameters

if TYPE_CHECKING:
    from neuroep.network.hopfield.drive import Drive
    from neuroep.network.hopfield.network import Network


@dataclass(frozen=True)
class Clamped(Layer):
    """An input layer whose activities do not move during a settle.

    Parameters
    ----------
    dim : int
        Width of a row (one vector, or one token's pattern).
    tokens : int
        Largest number of rows: 1 for a plain vector, the cap on a sequence's length otherwise.
    vocabulary : int
        Rows of the layer's table of patterns; the input is then given by ids into it, and the
        table is a parameter (``NAME.patterns``) that can learn. 0: the input is given by values.
    table : str
        Name of another clamped layer whose table this one uses, so that both sequences share what
        is learned about a row; its own when empty.
    position : {"none", "sinusoidal"}
        Whether patterns carry their place in the sequence, by the sines and cosines of Vaswani et
        al. 2017, section 3.5, added to the row.
    position_scale : float
        Amplitude of these sines.
    """

    dim: int
    tokens: int = 1
    vocabulary: int = field(default=0, kw_only=True)
    table: str = field(default="", kw_only=True)
    position: Literal["none", "sinusoidal"] = field(default="none", kw_only=True)
    position_scale: float = field(default=1.0, kw_only=True)

    settles: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self.check({"dim": 1, "tokens": 1, "vocabulary": 0, "position_scale": -math.inf})
        if self.position not in ("none", "sinusoidal"):
            raise ValueError(f"position must be none or sinusoidal, got {self.position!r}")

    @property
    def patterns(self) -> str:
        """Name of the parameter that holds the table."""
        return f"{self.table or self.name}.patterns"

    def placed(self, network: "Network") -> Self:
        """Return the layer with the height of the table that it uses.

        A ValueError: another layer's table that is not there, or not of this width.
        """
        if not self.table:
            return self
        network.require_clamped(self.name, "table", self.table)
        owner = network.inputs[self.table]
        if owner.table or not owner.vocabulary or owner.dim != self.dim:
            raise ValueError(
                f"layer {self.name!r}: table {self.table!r} is no table of {self.dim} columns"
            )
        return replace(self, vocabulary=owner.vocabulary)

    def shape(self, network: "Network") -> tuple[int, int]:
        """Return (tokens, dim)."""
        return self.tokens, self.dim

    def parameter_shapes(self, network: "Network") -> dict[str, tuple[int, ...]]:
        """Return the shape of the table, if it has one of its own."""
        own = self.vocabulary and not self.table
        return {self.patterns: (self.vocabulary, self.dim)} if own else {}

    def initial(self, parameters: Parameters, rng: np.random.Generator) -> None:
        """Draw the table."""
        if self.vocabulary and not self.table:
            table = parameters[self.patterns]
            table[:] = rng.standard_normal(table.shape) / np.sqrt(self.dim)

    def used_rows(self, drive: "Drive", example: int) -> int:
        """Return the length of an example's sequence."""
        return drive.sequences[self.name].length(example)


def sinusoidal_positions(tokens: int, dim: int) -> Floats:
    """Return the (tokens, dim) float64 position code of Vaswani et al. 2017, section 3.5."""
    place = np.arange(tokens)[:, None]
    channel = np.arange(dim)[None, :]
    angle = place / 10000.0 ** (2 * (channel // 2) / dim)
    return np.where(channel % 2 == 0, np.sin(angle), np.cos(angle))

"""The clamped input: a vector or a sequence of stored patterns."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from neuroep.core.tables import Floats

if TYPE_CHECKING:
    from neuroep.network.hopfield.drive import Drive


@dataclass(frozen=True)
class Clamped:
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
    name : str
        Name in the network; chosen by it when empty.
    """

    dim: int
    tokens: int = 1
    vocabulary: int = field(default=0, kw_only=True)
    table: str = field(default="", kw_only=True)
    position: Literal["none", "sinusoidal"] = field(default="none", kw_only=True)
    position_scale: float = field(default=1.0, kw_only=True)
    name: str = field(default="", kw_only=True)

    settles: ClassVar[bool] = False
    stored: ClassVar[str] = ""
    asking: ClassVar[str] = ""
    constant: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if self.dim < 1:
            raise ValueError(f"dim must be at least 1, got {self.dim}")
        if self.tokens < 1:
            raise ValueError(f"tokens must be at least 1, got {self.tokens}")
        if self.vocabulary < 0:
            raise ValueError(f"vocabulary must not be negative, got {self.vocabulary}")
        if self.position not in ("none", "sinusoidal"):
            raise ValueError(f"position must be none or sinusoidal, got {self.position!r}")

    @property
    def patterns(self) -> str:
        """Name of the parameter that holds the table."""
        return f"{self.table or self.name}.patterns"

    @property
    def width(self) -> int:
        """Units a row."""
        return self.dim

    @property
    def size(self) -> int:
        """Units of the whole layer."""
        return self.tokens * self.dim

    def used_rows(self, drive: "Drive", example: int) -> int:
        """Return how many rows an example uses: the length of its sequence."""
        return int(drive.sequences[self.name].lengths[example])


def sinusoidal_positions(tokens: int, dim: int) -> Floats:
    """Return the (tokens, dim) float64 position code of Vaswani et al. 2017, section 3.5."""
    place = np.arange(tokens)[:, None]
    channel = np.arange(dim)[None, :]
    angle = place / 10000.0 ** (2 * (channel // 2) / dim)
    return np.where(channel % 2 == 0, np.sin(angle), np.cos(angle))

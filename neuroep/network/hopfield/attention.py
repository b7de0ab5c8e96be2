"""Modern Hopfield attention as layers: s = softmax(c v X^T) X, the gradient of log-sum-exp.

The stored patterns X are a clamped sequence, keys and values at once. The Lagrangian
F(v) = (1/c) log sum_j exp(c x_j . v) is convex, so the layer takes part in the energy like any
other (Ramsauer et al. 2021; Bal & Sengupta 2023, section 3).
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from neuroep.network.hopfield.clamped import Clamped

if TYPE_CHECKING:
    from neuroep.network.hopfield.drive import Drive


@dataclass(frozen=True)
class Attention:
    """What token and pooled attention share.

    Parameters
    ----------
    patterns : Clamped or str
        The clamped sequence that is stored, or its name.
    inverse_temperature : float
        c: sharpness of the softmax, per (unit of pattern times unit of query).
    name : str
        Name in the network; chosen by it when empty.
    """

    patterns: Clamped | str
    inverse_temperature: float = field(default=1.0, kw_only=True)
    name: str = field(default="", kw_only=True)

    settles: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.inverse_temperature > 0:
            raise ValueError(
                f"inverse_temperature must be positive, got {self.inverse_temperature}"
            )

    @property
    def stored(self) -> str:
        """Name of the clamped layer that holds the stored patterns."""
        return self.patterns if isinstance(self.patterns, str) else self.patterns.name

    @property
    def asking(self) -> str:
        """Name of the clamped layer whose tokens ask, "" where queries are parameters."""
        return ""

    @property
    def constant(self) -> str:
        """Name of the parameter that is a constant current into the layer, or ""."""
        return ""

    def used_rows(self, drive: "Drive", example: int) -> int:
        """Return how many rows an example uses: none where nothing is stored."""
        rows = drive.plan.network.shape(self.name)[0]
        if self.asking:
            rows = int(drive.sequences[self.asking].lengths[example])
        return rows if drive.sequences[self.stored].lengths[example] else 0


@dataclass(frozen=True)
class PooledAttention(Attention):
    """A few learned queries over a sequence: cost and area linear in its length.

    Parameters
    ----------
    queries : int
        Number of queries. Each is a bias of its row: the parameter ``NAME.queries``.
    query_scale : float
        Standard deviation of the initial queries.
    """

    queries: int = field(default=1, kw_only=True)
    query_scale: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.queries < 1:
            raise ValueError(f"queries must be at least 1, got {self.queries}")

    @property
    def constant(self) -> str:
        """Name of the parameter that is a constant current into the layer."""
        return f"{self.name}.queries"


@dataclass(frozen=True)
class TokenAttention(Attention):
    """One query for each token of a clamped sequence, the seed paper's wiring.

    The queries themselves come through a projection shared by all tokens: connect the clamped
    layer (or an attention layer over the same tokens) to this one with ``shared=True``.

    Parameters
    ----------
    queries_from : Clamped or str
        The sequence whose tokens ask; the stored one itself when empty. Its length masks the rows.
    """

    queries_from: Clamped | str = field(default="", kw_only=True)

    @property
    def asking(self) -> str:
        """Name of the clamped layer whose tokens ask."""
        name = self.queries_from if isinstance(self.queries_from, str) else self.queries_from.name
        return name or self.stored

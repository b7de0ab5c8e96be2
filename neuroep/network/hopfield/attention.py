"""Modern Hopfield attention as layers: s = softmax(c v X^T) X, the gradient of log-sum-exp.

The stored patterns X are a clamped sequence, keys and values at once. The Lagrangian
F(v) = (1/c) log sum_j exp(c x_j . v) is convex, so the layer takes part in the energy like any
other (Ramsauer et al. 2021; Bal & Sengupta 2023, section 3).
"""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from neuroep.core import tables
from neuroep.core.hopfield.layers import read_at_rest
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drawn import DrawnUnits
from neuroep.network.hopfield.layer import Layer
from neuroep.network.parameters import Parameters

if TYPE_CHECKING:
    from neuroep.network.hopfield.drive import Drive
    from neuroep.network.hopfield.network import Network
    from neuroep.network.hopfield.wiring import Plan


TOGETHER = 16
"""Examples whose mean patterns one call finds."""


@dataclass(frozen=True)
class Attention(Layer):
    """What token and pooled attention share.

    Parameters
    ----------
    patterns : Clamped or str
        The clamped sequence that is stored, or its name.
    inverse_temperature : float
        c: sharpness of the softmax, per (unit of pattern times unit of query).
    """

    patterns: Clamped | str
    inverse_temperature: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        self.check({"inverse_temperature": 0.0})

    @property
    def stored(self) -> str:
        """Name of the clamped layer that holds the stored patterns."""
        return self.patterns if isinstance(self.patterns, str) else self.patterns.name

    def placed(self, network: "Network") -> Self:
        """Return the layer; a ValueError where the network holds no such patterns."""
        network.require_clamped(self.name, "patterns", self.stored)
        return self

    def row(self, plan: "Plan", row: Ints) -> None:
        """Fill in where its patterns stand."""
        clamped = plan.network.clamped
        row[tables.KIND] = tables.ATTENTION
        row[tables.STORED] = clamped.index(self.stored)
        if self.asking:
            row[tables.LENGTHS] = clamped.index(self.asking)

    def kernel_constants(self) -> Reals:
        """Return how sharply it looks, and how far lines reach that ask: without end."""
        return np.array([[self.inverse_temperature, math.inf]])

    def drawn_constants(self, units: DrawnUnits, own: Reals) -> Reals:
        """Return ``own`` before what each unit, row and branch differs by."""
        return units.attention_constants(self, own)

    def rest(
        self, drive: "Drive", inputs: tables.Inputs, activity: Floats, lagrangian: Reals
    ) -> None:
        """Write what attention reads that asks nothing: the mean pattern."""
        row = drive.plan.sweep.layers[drive.plan.index[self.name]]

        def work(first: int, last: int) -> None:
            read_at_rest(row, self.inverse_temperature, inputs, first, last, activity, lagrangian)

        run_chunks(work, chunks(drive.count, TOGETHER))


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
        self.check({"queries": 1, "query_scale": -math.inf})

    @property
    def constant(self) -> str:
        """Name of the learned queries."""
        return f"{self.name}.queries"

    def shape(self, network: "Network") -> tuple[int, int]:
        """Return (queries, width of a pattern)."""
        return self.queries, network.shape(self.stored)[1]

    def initial(self, parameters: Parameters, rng: np.random.Generator) -> None:
        """Draw the queries."""
        queries = parameters[self.constant]
        queries[:] = self.query_scale * rng.standard_normal(queries.shape)


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

    def placed(self, network: "Network") -> Self:
        """Return the layer; a ValueError where the network holds no such sequences."""
        super().placed(network)
        network.require_clamped(self.name, "queries_from", self.asking)
        return self

    def shape(self, network: "Network") -> tuple[int, int]:
        """Return (tokens that ask, width of a pattern)."""
        return network.shape(self.asking)[0], network.shape(self.stored)[1]

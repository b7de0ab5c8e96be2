"""What of a network settles as a whole batch: attention behind large couplings, and the rest."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neuroep.core import tables
from neuroep.core.tables import Ints
from neuroep.core.threads import chunks
from neuroep.network.hopfield.network import Coupling
from neuroep.network.hopfield.wiring import Plan, class_tables

LANES = 16
"""Parts that the blocks of a sweep are dealt out to; their sums are added in a fixed order, so that
a result does not depend on the number of threads."""

LONGEST_BLOCK = 32
"""Rows of a block: enough to multiply matrices at speed, few enough to stay near the core."""


def wide_couplings(plan: Plan, least: int) -> list[Coupling]:
    """Return the couplings that call for settling the batch as a whole; none where it cannot.

    They lead from token attention to plain neurons and hold ``least`` weights or more, the same for
    both ways. All other layers must be plain, and an attention layer must receive from plain layers
    alone, one at least.
    """
    network = plan.network
    inner = [c for c in network.couplings if c.source in plan.index]
    attention = [name for name in plan.names if network.layers[name].stored]
    if not all(network.layers[name].asking and name not in network.drawn for name in attention):
        return []
    wide = [c for c in inner if c.source in attention or c.target in attention]
    fits = {c.source for c in wide} == set(attention) and all(
        c.source in attention
        and c.target not in attention
        and not c.shared
        and not network.own_back(c)
        for c in wide
    )
    large = any(network.size(c.source) * network.size(c.target) >= least for c in wide)
    return wide if fits and large else []


@dataclass
class Division:
    """A network's layers as attention and plain ones, with the tables of each."""

    plan: Plan
    table: Ints
    columns: int
    plain: list[int]
    wiring: tables.Wiring
    receives: dict[int, tuple[int, int]]
    lanes: list[Ints]

    @classmethod
    def of(cls, plan: Plan, couplings: list[Coupling]) -> "Division":
        """Divide a network; ``couplings`` are all that attention layers have."""
        full = plan.sweep
        sources = {plan.index[c.source] for c in couplings}
        plain = [k for k in range(len(plan.names)) if k not in sources]
        receives: dict[int, tuple[int, int]] = {}
        rows, columns = [], 0
        for number, coupling in enumerate(full.couplings):
            to = int(coupling[tables.TO])
            if coupling[tables.FROM] not in sources:
                continue
            if to not in receives:
                receives[to] = (columns, columns + plan.sizes[to])
                columns += plan.sizes[to]
            rows.append((number, receives[to][0]))
        return cls(
            plan,
            np.array(rows, np.int64),
            columns,
            plain,
            _restricted(full, plain, plan),
            receives,
            _lanes(full, sorted(sources)),
        )


def _restricted(full: tables.Wiring, plain: list[int], plan: Plan) -> tables.Wiring:
    """Return the tables of the plain layers alone, numbered anew."""
    place = {k: i for i, k in enumerate(plain)}
    layers = full.layers[plain].copy()
    layers[:, tables.OFFSET] = np.cumsum([0, *(plan.sizes[k] for k in plain)])[:-1]
    inner = [c for c in full.couplings if c[tables.FROM] in place and c[tables.TO] in place]
    couplings = np.array(inner, np.int64).reshape(-1, tables.COUPLING_COLUMNS)
    for column in (tables.FROM, tables.TO):
        couplings[:, column] = [place[int(k)] for k in couplings[:, column]]
    cost = full.cost.copy()
    if cost[tables.COST_KIND] != tables.NO_COST:
        cost[tables.COST_LAYER] = place[int(cost[tables.COST_LAYER])]
    starts = full.class_starts
    classes = [
        [place[int(k)] for k in full.order[a:b] if int(k) in place] for a, b in pairwise(starts)
    ]
    return tables.Wiring(
        layers,
        full.constants,
        couplings,
        cost,
        *class_tables([members for members in classes if members]),
    )


def _lanes(full: tables.Wiring, sources: list[int]) -> list[Ints]:
    """Deal the blocks of all attention layers out to lanes."""
    tokens = [int(full.layers[k, tables.TOKENS]) for k in sources]
    rows = min(LONGEST_BLOCK, -(-sum(tokens) // LANES))
    items = [(k, a, b) for k, n in zip(sources, tokens, strict=True) for a, b in chunks(n, rows)]
    dealt = [items[lane::LANES] for lane in range(LANES)]
    return [np.array(lane, np.int64) for lane in dealt if lane]

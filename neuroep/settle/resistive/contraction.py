"""How fast sweeps settle a resistive network, known before they begin."""

import numpy as np

from neuroep.core.resistive.chain import Chain, synapses
from neuroep.core.tables import Reals


def contraction(chain: Chain, nudge: float) -> float:
    """Return by which factor at least a sweep brings even layers nearer to their rest.

    In the largest distance of a node, referred to the input, whatever its diodes do: they only
    hold nodes that would move further. ``nudge``: between the nodes of an output, S. 1 with three
    hidden layers or more, of which one hangs on others alone; infinite where wires let the nodes of
    a layer pull each other along.
    """
    if chain.beside.size:
        return np.inf
    layers = chain.sizes.size - 1
    moves = {k: np.ones(chain.sizes[k]) for k in range(2, layers + 1, 2)}
    for odd in (1, 0):
        reached = range(2 - odd, layers + 1, 2)
        moves |= {k: _follows(chain, k, moves, nudge) for k in reached}
    return max((float(moves[k].max()) for k in range(2, layers + 1, 2)), default=0.0)


def _follows(chain: Chain, k: int, moves: dict[int, Reals], nudge: float) -> Reals:
    """Return how far nodes of a layer go at most when those of its neighbours move so far."""
    sizes, first = chain.sizes, int(chain.sizes[1:k].sum())
    load = chain.loads[first : first + sizes[k]].astype(float)
    pull = np.zeros(sizes[k])
    if k > 1:
        pull += synapses(chain.conductances, sizes, k - 1).T @ moves[k - 1]
    if k < sizes.size - 1:
        pull += synapses(chain.back, sizes, k) @ moves[k + 1]
        followed: Reals = pull / load
        return followed
    (a, b), (pull_a, pull_b) = (nodes.reshape(-1, 2).T for nodes in (load, pull))
    determinant = a * b + nudge * (a + b)
    both = (abs(b + nudge) * pull_a, abs(nudge) * pull_b, abs(nudge) * pull_a)
    follow_a = (both[0] + both[1]) / determinant
    follow_b = (both[2] + abs(a + nudge) * pull_b) / determinant
    pairs: Reals = np.abs(np.stack([follow_a, follow_b], axis=1).ravel())
    return pairs

"""How fast sweeps settle a resistive network, known before they begin."""

import numpy as np

from neuroep.core.resistive.chain import Chain, synapses, within
from neuroep.core.tables import Reals


def contraction(chain: Chain, nudge: float) -> float:
    """Return by which factor at least a sweep brings even layers nearer to their rest.

    With wires, where the nodes of a layer pull each other along, all layers together. In the
    largest distance of a node, referred to the input, whatever its diodes do: they only hold nodes
    that would move further. ``nudge``: between the nodes of an output, S. 1 where one of these
    layers hangs on others alone: with three hidden layers or more; with wires, with two.
    """
    layers = chain.sizes.size - 1
    every = 1 if chain.beside.size else 2
    far = range(every, layers + 1, every)
    moves = {k: np.ones(chain.sizes[k]) for k in far}
    for odd in (1, 0):
        reached = range(2 - odd, layers + 1, 2)
        moves |= {k: _follows(chain, k, moves, nudge) for k in reached}
    return max((float(moves[k].max()) for k in far), default=0.0)


def _follows(chain: Chain, k: int, moves: dict[int, Reals], nudge: float) -> Reals:
    """Return how far nodes of a layer go at most when those of its neighbours move so far."""
    sizes, first = chain.sizes, int(chain.sizes[1:k].sum())
    load = chain.loads[first : first + sizes[k]].astype(float)
    pull = np.zeros(sizes[k])
    if k > 1:
        pull += synapses(chain.conductances, sizes, k - 1).T @ moves[k - 1]
    if k < sizes.size - 1:
        pull += synapses(chain.back, sizes, k) @ moves[k + 1]
    if chain.beside.size:
        pull += np.abs(within(chain.beside, sizes, k)) @ moves[k]
    if k < sizes.size - 1:
        followed: Reals = pull / load
        return followed
    (a, b), (pull_a, pull_b) = (nodes.reshape(-1, 2).T for nodes in (load, pull))
    determinant = a * b + nudge * (a + b)
    both = (abs(b + nudge) * pull_a, abs(nudge) * pull_b, abs(nudge) * pull_a)
    follow_a = (both[0] + both[1]) / determinant
    follow_b = (both[2] + abs(a + nudge) * pull_b) / determinant
    pairs: Reals = np.abs(np.stack([follow_a, follow_b], axis=1).ravel())
    return pairs

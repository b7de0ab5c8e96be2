"""How much arithmetic and memory traffic a training step of the paper's networks needs."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.network.hopfield.attention import TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.network import Network
from neuroep.settle import Settled


def _lengths(network: Network, lengths: dict[str, Reals], name: str) -> tuple[Reals, Reals]:
    """Return rows that ask and rows that are stored, of every example."""
    layer = network.layers[name]
    assert isinstance(layer, TokenAttention)
    return lengths[layer.asking], lengths[layer.stored]


def per_example(network: Network, lengths: dict[str, Reals]) -> dict[str, Reals]:
    """Return the FLOPs of one sweep, of the constant currents and of one phase's gradient, (B,).

    A multiplication and an addition are two. The softmax, and whatever is not a matrix product, is
    left out; a dense coupling is used in both directions.
    """
    sweep = once = gradient = np.zeros(())
    for name in network.settling:
        if isinstance(network.layers[name], TokenAttention):
            asks, stored = _lengths(network, lengths, name)
            sweep = sweep + 4.0 * asks * stored * network.shape(name)[1]
    for c in network.couplings:
        n_from, n_to = network.parameter_shapes()[c.name]
        if isinstance(network.layers[c.source], Clamped):
            once = once + 2.0 * lengths[c.source] * n_from * n_to
            continue
        rows: Reals | int = n_from
        if isinstance(network.layers[c.source], TokenAttention):
            rows = _lengths(network, lengths, c.source)[0] * network.shape(c.source)[1]
        sweep = sweep + 4.0 * rows * n_to
        gradient = gradient + 2.0 * rows * n_to
    return {"sweep": sweep, "once": once, "gradient": gradient}


def useful_flops(network: Network, free: Settled, nudged: Settled) -> float:
    """Return the FLOPs of a training step whose examples each take the sweeps they need.

    In a first sweep from rest nothing flows back: hard sigmoids are silent there.
    """
    lengths = {k: v.lengths.astype(float) for k, v in free.drive.sequences.items()}
    each = per_example(network, lengths)
    sweeps = free.steps.sum(axis=0) + nudged.steps.sum(axis=0)
    total = sweeps * each["sweep"] + each["once"] + len(nudged.steps) * each["gradient"]
    total = total - each["gradient"]  # of the same size as what would flow back
    return float(total.sum())


def published_flops(network: Network, examples: int, steps: tuple[int, int]) -> float:
    """Return the FLOPs of a published training step: all tokens, all steps.

    The constant projection is done again in every step; the gradient takes its product too.
    """
    lengths = {name: np.array(float(network.shape(name)[0])) for name in network.clamped}
    each = per_example(network, lengths)
    count = steps[0] + 2 * steps[1]
    step = each["sweep"] + each["once"]
    return examples * float(count * step + 2 * (each["gradient"] + each["once"]))


def weights_streamed(network: Network, free: Settled, nudged: Settled) -> float:
    """Return the bytes of weights that a step reads and writes at the least.

    Every sweep of the batch reads all weights once; Adam reads and writes them and both moments.
    """
    weights = sum(
        network.parameters[c.name].nbytes
        for c in network.couplings
        if not isinstance(network.layers[c.source], Clamped)
    )
    return float(weights * (int(free.steps.max()) + int(nudged.steps.max()) + 6))

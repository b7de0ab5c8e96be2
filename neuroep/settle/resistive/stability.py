"""How far below zero a resistive network can be nudged before its co-content has no minimum.

A nudge of -beta is a negative conductance between the two nodes of an output. What holds them
against it is the whole network behind them, which gives way: hidden nodes move with the outputs,
unless a diode holds them. Diodes only add to the Hessian of the co-content, so the limit is that
of all of them open: above it every state is stable, below it there is a direction in which the
co-content falls as long as no diode opens.
"""

from collections.abc import Callable

import numpy as np

from neuroep.core.resistive.chain import Chain, synapses, within
from neuroep.core.tables import Floats, Reals
from neuroep.errors import Unheld
from neuroep.network.resistive.drive import ResistiveDrive


def lowest_beta(drive: ResistiveDrive) -> float:
    """Return the beta at and below which the network has no stable state with its diodes open.

    There the Hessian of the nudged co-content has an eigenvalue of zero.
    """
    return _limit(drive, _held)[0]


def check_stable(drive: ResistiveDrive, beta: float) -> None:
    """Check the smallest beta of a settle; an Unheld, which names the limit, at and below it."""
    if beta >= 0 or beta > _limit(drive, _held_at_least)[0]:
        return
    lowest, output = _limit(drive, _held)
    if beta <= lowest:
        raise Unheld(
            f"beta: {beta:g} draws more from output {output} than the network behind it holds; "
            f"it must be above {lowest:g}"
        )


def _limit(drive: ResistiveDrive, eliminate: Callable[[Chain], Reals]) -> tuple[float, int]:
    """Return the beta that takes all that holds the outputs' nodes, and the output it bends most.

    ``eliminate`` returns S (2 outputs, 2 outputs). S + beta kappa D D^T, with D the difference that
    each output is, is singular where -1 / (beta kappa) is an eigenvalue of D^T S^-1 D.
    """
    differences = np.kron(np.eye(drive.network.outputs), [[1.0], [-1.0]])
    try:
        gives = differences.T @ np.linalg.solve(eliminate(drive.chain), differences)
    except np.linalg.LinAlgError:  # nodes that float together hold nothing
        return -float(np.finfo(float).tiny), 0
    values, vectors = np.linalg.eig(gives)  # not symmetric where amplifiers differ
    softest = int(values.real.argmax())
    output = int(np.abs(vectors[:, softest]).argmax())
    return -1.0 / (float(values[softest].real) * drive.network.nudge_conductance), output


def _held(chain: Chain) -> Reals:
    """Return the conductance matrix of the outputs' nodes, all others eliminated, S."""
    layers = chain.sizes.size - 1
    held: Reals = _own(chain, 1)
    for k in range(1, layers):
        there, back = _between(chain, k)
        moves: Floats
        if k == 1 and not chain.beside.size:  # diagonal, and the largest layer as a rule
            moves = back / np.diag(held)[:, None]
        else:
            moves = np.linalg.solve(held, back)
        held = _own(chain, k + 1) - there.T @ moves
    return held


def _held_at_least(chain: Chain) -> Reals:
    """Return a matrix that is no larger than :func:`_held`, and cheap to have.

    G^T G / d is at most the diagonal of its row sums, so a layer's diagonal is enough of it. The
    same as :func:`_held` of one hidden layer.
    """
    if chain.beside.size or chain.back is not chain.conductances:
        return _held(chain)
    layers = chain.sizes.size - 1
    held: Reals = _loads(chain, 1)
    for k in range(1, layers - 1):
        there, back = _between(chain, k)
        held = _loads(chain, k + 1) - there.T @ (back.sum(axis=1) / held)
    there, back = _between(chain, layers - 1)
    return np.diag(_loads(chain, layers)) - there.T @ (back / held[:, None])


def _loads(chain: Chain, k: int) -> Reals:
    first = int(chain.sizes[1:k].sum())
    found: Reals = chain.loads[first : first + chain.sizes[k]].astype(np.float64)
    return found


def _own(chain: Chain, k: int) -> Reals:
    """Return what holds the nodes of free layer k while all other layers stand still, S."""
    held = np.diag(_loads(chain, k))
    return held - within(chain.beside, chain.sizes, k) if chain.beside.size else held


def _between(chain: Chain, k: int) -> tuple[Reals, Reals]:
    """Return the synapses from layer k to the next, on the way there and on the way back, S."""
    both = (chain.conductances, chain.back)
    there, back = (synapses(flat, chain.sizes, k).astype(float) for flat in both)
    return there, back

"""Scalar functions of a neuron whose activity is a spline of cubic pieces, and its layout.

All that belongs to one curve stands in the constants of its unit, so that one compiled function
serves every curve, and curves of their own serve every unit:

    [points, bins, first, last, density] [piece of each bin] [piece 0] ... [piece n]

with n the points. A piece is [u_k, F_k, s_k, a, b, c]: from u_k on, with t = u - u_k, the activity
is s_k + a t + b t^2 + c t^3. Pieces 0 and n are the constants below the first and above the last
point. Bins divide the range uniformly and say which piece their left end lies in, so that a look-up
is a multiplication, and a few steps where points lie close.
"""

from collections.abc import Sequence

from neuroep.core.jit import kernel

# What stands in the constants.
POINTS = 0
BINS = 1
FIRST = 2  # potential of the first point
LAST = 3
DENSITY = 4  # bins per unit potential
HEAD = 5

# What stands in a piece.
START = 0  # its potential u_k
LAGRANGIAN = 1  # F(u_k)
ACTIVITY = 2  # s_k
LINEAR = 3
SQUARE = 4
CUBE = 5
PIECE = 6


@kernel
def piece_at(u, constants):
    """Return where in the constants the piece stands that a potential lies in."""
    bins = int(constants[BINS])
    pieces = HEAD + bins
    if not u >= constants[FIRST]:  # NaN as well: there its activity is NaN, and never converges
        return pieces
    if u >= constants[LAST]:
        return pieces + PIECE * int(constants[POINTS])
    x = int((u - constants[FIRST]) * constants[DENSITY])
    at = pieces + PIECE * int(constants[HEAD + min(x, bins - 1)])
    while u >= constants[at + PIECE + START]:
        at += PIECE
    return at


def spline(u: float, constants: Sequence[float]) -> float:
    """Return the activity."""
    k: int = piece_at(u, constants)
    t = u - constants[k + START]
    a, b, c = constants[k + LINEAR], constants[k + SQUARE], constants[k + CUBE]
    return constants[k + ACTIVITY] + t * (a + t * (b + t * c))


def spline_slope(u: float, constants: Sequence[float]) -> float:
    """Return the derivative of the activity, which is not negative."""
    k: int = piece_at(u, constants)
    t = u - constants[k + START]
    a, b, c = constants[k + LINEAR], constants[k + SQUARE], constants[k + CUBE]
    return max(a + t * (2.0 * b + t * 3.0 * c), 0.0)


def spline_lagrangian(u: float, constants: Sequence[float]) -> float:
    """Return the integral of the activity from 0."""
    k: int = piece_at(u, constants)
    t = u - constants[k + START]
    a, b, c = constants[k + LINEAR], constants[k + SQUARE], constants[k + CUBE]
    s = constants[k + ACTIVITY]
    return constants[k + LAGRANGIAN] + t * (s + t * (a / 2.0 + t * (b / 3.0 + t * c / 4.0)))

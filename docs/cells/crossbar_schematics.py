"""Schematics of arrays of differential pairs: attention, and couplings in both directions."""

from itertools import pairwise

from sheet import BLUE, FAINT_INK, Sheet

ROWS = (0.0, -1.3, -2.6)
COLUMNS = (0.0, 1.3, 2.6)


def attention_row() -> Sheet:
    """Return one row of an attention layer: stored-pattern crossbar, softmax, read-out crossbar."""
    s = Sheet((-3.0, -6.2), (18.6, 2.7))
    for k, x in enumerate(COLUMNS):
        s.box((x - 0.5, 1.0), (x + 0.5, 1.8), f"V{k + 1}", size=10)
        for side in (-0.09, 0.09):
            s.wire((x + side, 1.0), (x + side, ROWS[-1] - 0.5))
    s.text((1.3, 2.2), "membranes", "center", 10)
    s.text((-0.75, 0.7), "lines ±V", "right", 9, FAINT_INK)
    for j, y in enumerate(ROWS):
        s.wire((COLUMNS[0] - 0.5, y), (4.2, y))
        s.box((4.2, y - 0.42), (5.4, y + 0.42), "score", size=9.5)
        s.wire((5.4, y), (7.0, y))
        s.box((7.0, y - 0.42), (8.6, y + 0.42), "branch", size=9.5)
        for side in (-0.09, 0.09):
            s.wire((8.6, y + side), (14.6, y + side))
        s.text((-0.7, y), f"pattern {j + 1}", "right", 9, FAINT_INK)
        s.text((9.2, y + 0.32), f"±vs p{j + 1}", "center", 9, FAINT_INK)
    s.text((4.35, 0.75), "at 0 V", "right", 9, FAINT_INK)
    s.text((6.2, 0.32), "gate", "center", 9, FAINT_INK)
    # The tail that the branches share.
    s.wire((7.8, ROWS[-1] - 0.42), (7.8, ROWS[-1] - 0.9))
    s.box((7.1, ROWS[-1] - 1.7), (8.5, ROWS[-1] - 0.9), "tail, ib", size=9.5)
    for above, below in pairwise(ROWS):
        s.wire((7.8, above - 0.42), (7.8, below + 0.42))
    for k, x in enumerate(COLUMNS):
        column = x + 11.0
        s.wire((column, ROWS[0] + 0.5), (column, -4.0))
        s.box((column - 0.58, -4.8), (column + 0.58, -4.0), "readout", size=8.5)
        for side in (-0.09, 0.09):
            s.wire((column + side, -4.8), (column + side, -5.3))
        s.text((column, -5.6), f"±vs s{k + 1}", "center", 9, FAINT_INK)
    for x in COLUMNS:
        for y in ROWS:
            s.cross(x, y)
            s.cross(x + 11.0, y)
    s.text((1.3, -3.75), "stored-pattern crossbar", "center", 10)
    s.text((12.3, 1.0), "read-out crossbar", "center", 10)
    s.cross(14.9, -4.4)
    s.text((15.3, -4.4), "differential_pair", "left", 9, FAINT_INK)
    s.wire((2.85, -3.1), (3.4, -3.3), (9.9, -3.3), (10.75, -2.85), color=BLUE, ls=":")
    s.text((5.2, -3.6), "same pulses", "center", 9, BLUE)
    return s


def couplings() -> Sheet:
    """Return how a symmetric coupling and a shared projection are wired and written."""
    s = Sheet((-1.0, -4.7), (21.0, 1.9))
    s.text((4.3, 1.5), "a coupling: twin arrays", "center", 10)
    s.box((0, -2.6), (1.6, 0.6), "layer", "a")
    s.box((7.0, -2.6), (8.6, 0.6), "layer", "b")
    s.box((3.3, -0.5), (5.3, 0.5), "W", size=12)
    s.box((3.3, -2.5), (5.3, -1.5), "W transposed", size=9)
    for side in (-0.09, 0.09):
        s.wire((1.6, side), (3.3, side))
        s.wire((7.0, -2.0 + side), (5.3, -2.0 + side))
    s.arrow((5.3, 0), (6.95, 0), "current")
    s.arrow((3.3, -2.0), (1.65, -2.0), "current")
    s.text((2.45, 0.35), "±vs s", "center", 9, FAINT_INK)
    s.text((6.15, -2.35), "±vs s", "center", 9, FAINT_INK)
    s.wire((4.3, -0.5), (4.3, -1.5), color=BLUE, ls=":")
    s.text((4.45, -1.0), "same pulses", "left", 9, BLUE)
    s.text(
        (4.3, -3.4), "dW = (s s at +beta) - (s s at -beta), once, into both", "center", 9, FAINT_INK
    )
    s.text((15.4, 1.5), "a shared projection: one array a row", "center", 10)
    for k, y in enumerate((0.3, -1.2, -2.7)):
        s.box((11.4, y - 0.45), (13.2, y + 0.45), f"token {k + 1}", size=9.5)
        s.box((14.6, y - 0.45), (16.2, y + 0.45), "W", size=12)
        s.box((17.8, y - 0.45), (19.4, y + 0.45), f"row {k + 1}", size=9.5)
        for side in (-0.09, 0.09):
            s.wire((13.2, y + side), (14.6, y + side))
        s.arrow((16.2, y), (17.75, y))
    for y in (-0.15, -1.65):
        s.wire((15.4, y), (15.4, y - 0.6), color=BLUE, ls=":")
    s.text((15.4, -3.7), "written by the same pulses, summed over the rows", "center", 9, BLUE)
    return s

"""Steps between measured ones: along the range, and along the probabilities of a table."""

import math

from neuroep.core.jit import kernel
from neuroep.core.pulses.device import AT_HIGH, AT_LOW, DRAW, NOISE, OWN, RELATIVE


@kernel
def in_nodes(w, c, begin):
    """Return the step at w between the nodes that begin there, with noise."""
    nodes = int(c[OWN])
    place = (w - c[AT_LOW]) / (c[AT_HIGH] - c[AT_LOW]) * (nodes - 1)
    first = min(max(int(place), 0), nodes - 2)
    begin += first
    change = c[begin] + (place - first) * (c[begin + 1] - c[begin])
    return change + c[NOISE] * c[DRAW] * (change if c[RELATIVE] else 1.0)


@kernel
def in_table(w, c, table):
    """Return the change in the first or second table at w and the draw's quantile."""
    rows, columns = int(c[OWN]), int(c[OWN + 1])
    place = (w - c[AT_LOW]) / (c[AT_HIGH] - c[AT_LOW]) * (columns - 1)
    j = min(max(int(place), 0), columns - 2)
    across = min(max(place - j, 0.0), 1.0)
    chance = 0.5 * math.erfc(-c[DRAW] / math.sqrt(2.0)) * (rows - 1)
    i = min(int(chance), rows - 2)
    begin = OWN + 2 + (table * rows + i) * columns + j
    first = c[begin] + across * (c[begin + 1] - c[begin])
    begin += columns
    second = c[begin] + across * (c[begin + 1] - c[begin])
    return first + (chance - i) * (second - first)

"""Schematics of neurons: a conveyor, a membrane, and what reads it."""

import schemdraw.elements as elm
from sheet import BLUE, FAINT_INK, INK, Sheet

IN_X, MEM_X = 1.2, 4.4


def conveyor_and_membrane(
    s: Sheet, *, leak: bool = True, leak_to: str = "", top: float = 1.9
) -> None:
    """Draw what every neuron begins with, from the pin ``in`` at (0, 0) to the node at MEM_X."""
    s.pin((0, 0), "in", note="synaptic current")
    s.wire((0, 0), (IN_X, 0))
    s.arrow((0.15, 0.3), (0.95, 0.3), "$I$")
    s.box((IN_X, -0.7), (IN_X + 1.8, 0.7), "conveyor", "in at 0 V", size=9.5)
    s.wire((IN_X + 1.8, 0), (MEM_X + (1.2 if leak else 0), 0))
    s.arrow((IN_X + 1.95, 0.3), (IN_X + 2.75, 0.3), "$I$")
    s.dot((MEM_X, 0))
    s.capacitor((MEM_X, 0), (MEM_X, -2), "c", "top")
    s.ground((MEM_X, -2))
    if leak:
        s.dot((MEM_X + 1.2, 0))
        s.resistor((MEM_X + 1.2, 0), (MEM_X + 1.2, -2), "g", "top")
        if leak_to:
            s.terminal((MEM_X + 1.2, -2), leak_to)
        else:
            s.ground((MEM_X + 1.2, -2))
    s.wire((MEM_X, 0), (MEM_X, top))
    s.pin((MEM_X, top), "mem", "top")


def line_drivers(s: Sheet, x: float, words: str, right: float, values: tuple[str, str]) -> None:
    """Draw the driver of a line from (x, 0) and its inverse, out to pins at ``right``."""
    tip = s.amplifier((x, 0), words)
    s.wire(tip, (right, 0))
    s.pin((right, 0), "outp", "right", values[0])
    branch = (tip[0] + 0.4, 0.0)
    s.dot(branch)
    s.wire(branch, (branch[0], -1.8), (branch[0] + 0.4, -1.8))
    inverse = s.amplifier((branch[0] + 0.4, -1.8), "-1", 0.7)
    s.wire(inverse, (right, -1.8))
    s.pin((right, -1.8), "outn", "right", values[1])


def _neuron(words: str, values: tuple[str, str]) -> Sheet:
    s = Sheet((-2.9, -4.0), (13.4, 2.7))
    s.cell((0, -3.1), (11.3, 1.9))
    conveyor_and_membrane(s)
    s.wire((MEM_X + 1.2, 0), (6.9, 0))
    line_drivers(s, 6.9, words, 11.3, values)
    s.supplies(7.5, 1.9, -3.1, (0.65, -0.65))
    return s


def hard_sigmoid() -> Sheet:
    """Return the neuron between rails."""
    s = _neuron("0…vs", ("+vs s", "-vs s"))
    s.text((7.95, 0.95), "gain·vs/vu", "left", 10)
    return s


def linear() -> Sheet:
    """Return the neuron without rails."""
    s = _neuron("", ("+vs s", "-vs s"))
    s.text((7.95, 0.95), "gain·vs/vu", "left", 10)
    return s


def membrane() -> Sheet:
    """Return the element of an attention row."""
    return _neuron("1", ("+V(mem)", "-V(mem)"))


def _pair(single_ended: bool) -> Sheet:
    s = Sheet((-2.9, -4.9), (16.6, 4.0))
    s.cell((0, -4.1), (14.9, 3.2))
    conveyor_and_membrane(s, top=3.2)
    # The pair: gates face outwards, sources meet above the tail.
    left, right = 6.6, 10.0
    drain1, source1 = s.transistor((left, 0))
    drain2, source2 = s.transistor((right, 0), flip=True)
    s.wire((MEM_X + 1.2, 0), (left, 0))
    middle = 0.5 * (source1[0] + source2[0])
    s.wire(source1, (source1[0], -1.1), (source2[0], -1.1), source2)
    s.dot((middle, -1.1))
    s.source((middle, -1.1), (middle, -3.1), "ib", "top")
    s.wire((middle, -3.1), (middle, -4.1))
    s.pin((middle, -4.1), "vss", "bottom")
    if single_ended:
        s.text((right + 0.2, 0), "vref", "left", 11)
        s.drawing.add(elm.Dot(open=True, radius=0.07).at((right, 0)))
    else:
        s.wire((right, 0), (right + 0.35, 0), (right + 0.35, -0.5))
        s.ground((right + 0.35, -0.5))
    top = 2.2
    s.wire(drain1, (drain1[0], top), (drain2[0], top), drain2)
    s.dot((middle, top))
    s.wire((middle, top), (middle, 3.2))
    s.pin((middle, 3.2), "vdd", "top")
    for x, side, name in ((drain1[0], -1, "I1"), (drain2[0], 1, "I2")):
        s.arrow((x + 0.25 * side, 1.85), (x + 0.25 * side, 1.05))
        s.text((x + 0.4 * side, 1.45), name, "right" if side < 0 else "left", 10, BLUE)
    sense = drain1[0] - 0.25
    s.wire((sense, 1.95), (sense, 2.65), (12.25, 2.65), (12.25, 2.05), color=BLUE, ls=":")
    if not single_ended:
        s.wire((drain2[0] + 0.95, 1.45), (11.2, 1.45), color=BLUE, ls=":")
    s.box((11.2, 0.85), (13.3, 2.05), "vs/ib · I1" if single_ended else "vs/ib · (I1 - I2)", size=9)
    s.wire((13.3, 1.45), (14.9, 1.45))
    s.pin((14.9, 1.45), "outp", "right", "+vs s")
    s.dot((13.7, 1.45))
    s.wire((13.7, 1.45), (13.7, 0.3), (12.3, 0.3), (12.3, -0.9), (12.7, -0.9))
    tip = s.amplifier((12.7, -0.9), "-1", 0.7)
    s.wire(tip, (14.9, -0.9))
    s.pin((14.9, -0.9), "outn", "right", "-vs s")
    return s


def tanh() -> Sheet:
    """Return the differential pair, read differentially."""
    return _pair(single_ended=False)


def sigmoid() -> Sheet:
    """Return the differential pair, read on one side."""
    return _pair(single_ended=True)


def lif() -> Sheet:
    """Return the leaky integrate-and-fire neuron."""
    s = Sheet((-2.9, -4.4), (16.2, 2.7))
    s.cell((0, -3.6), (14.0, 1.9))
    conveyor_and_membrane(s, leak_to="vl")
    s.wire((MEM_X + 1.2, 0), (8.2, 0))
    # The switch that resets the membrane.
    s.dot((7.1, 0))
    s.wire((7.1, 0), (7.1, -0.55))
    s.switch((7.1, -0.55), (7.1, -1.45))
    s.wire((7.1, -1.45), (7.1, -2))
    s.terminal((7.1, -2), "vr")
    s.box((8.2, -0.75), (10.6, 0.75), "comparator,", "threshold vth")
    s.wire((10.6, 0), (14.0, 0))
    s.pin((14.0, 0), "spike", "right", "vs for tref")
    s.dot((11.8, 0))
    s.wire((11.8, 0), (11.8, -0.9))
    s.box((10.9, -2.1), (12.7, -0.9), "timer", "tref")
    s.wire((10.9, -1.5), (9.4, -1.5), (9.4, -0.75))
    s.arrow((9.4, -1.15), (9.4, -0.8), color=INK)
    s.dot((9.4, -1.5))
    s.wire((9.4, -1.5), (7.35, -1.0), color=BLUE, ls=":")
    s.text((8.55, -1.75), "reset", "center", 9, BLUE)
    s.supplies(13.2, 1.9, -3.6)
    return s


def sigma_delta() -> Sheet:
    """Return the clocked integrate-and-fire neuron."""
    s = Sheet((-2.9, -4.4), (16.8, 2.7))
    s.cell((0, -3.6), (14.4, 1.9))
    conveyor_and_membrane(s, leak=False)
    s.wire((MEM_X, 0), (6.4, 0))
    s.switch((6.4, 0), (7.4, 0))
    s.text((6.9, 1.12), "track", "center", 9, FAINT_INK)
    s.text((6.9, 0.76), "while clk is low", "center", 9, FAINT_INK)
    s.wire((7.4, 0), (8.9, 0))
    s.dot((8.1, 0))
    s.capacitor((8.1, 0), (8.1, -1.5))
    s.ground((8.1, -1.5))
    s.box((8.9, -0.75), (11.2, 0.75), "comparators", "±q/(2c)")
    s.wire((11.2, 0), (11.9, 0))
    s.box((11.9, -0.75), (13.1, 0.75), "while", "clk", "is high")
    s.wire((13.1, 0), (14.4, 0))
    s.pin((14.4, 0), "spike", "right", "±vs")
    s.dot((13.7, 0))
    s.wire((13.7, 0), (13.7, -2.6), (6.9, -2.6))
    s.box((5.7, -3.1), (6.9, -2.1), "packet", "±q")
    s.dot((5.3, 0))
    s.wire((5.3, 0), (5.3, -2.6), (5.7, -2.6))
    s.arrow((5.05, -1.0), (5.05, -1.9))
    s.pin((6.9, -3.6), "clk", "bottom")
    s.wire((6.9, -3.6), (6.9, -3.35), (12.5, -3.35), (12.5, -0.75), color=BLUE, ls=":")
    s.supplies(2.1, 1.9, -3.6)
    return s

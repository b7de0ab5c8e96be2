"""Schematics of synapses, attention, drivers, and the cells of resistive networks."""

import schemdraw.elements as elm
from sheet import BLUE, FAINT_INK, VERMILLION, Sheet


def diode() -> Sheet:
    """Return the diode, and the node that it clamps on the bench."""
    s = Sheet((-3.6, -3.6), (8.2, 1.7))
    s.pin((-2.2, 0), "source", "top")
    s.resistor((-2.2, 0), (1.0, 0), "10 µS")
    s.wire((1.0, 0), (3.4, 0))
    s.dot((1.9, 0))
    s.text((1.9, 0.4), "node", "center", 11)
    s.cell((0.7, -2.4), (3.5, -0.55))
    s.wire((1.9, 0), (1.9, -0.55))
    s.pin((1.9, -0.55), "a", "right")
    s.two(elm.Diode, (1.9, -0.55), (1.9, -2.4))
    s.pin((1.9, -2.4), "k", "right")
    s.wire((1.9, -2.4), (1.9, -2.8))
    s.ground((1.9, -2.8))
    s.arrow((2.6, -1.0), (2.6, -1.9), "$I$")
    s.text((3.6, 0), "to its synapses", "left", 9, FAINT_INK)
    return s


def differential_pair() -> Sheet:
    """Return the pair of conductances."""
    s = Sheet((-1.6, -2.8), (9.9, 1.0))
    s.cell((0, -2.6), (5.6, 0.8))
    s.pin((0, 0), "inp", note="+V")
    s.pin((0, -1.8), "inn", note="-V")
    s.resistor((0, 0), (3.4, 0), "gp")
    s.resistor((0, -1.8), (3.4, -1.8), "gn")
    s.wire((3.4, 0), (3.4, -1.8))
    s.dot((3.4, -0.9))
    s.wire((3.4, -0.9), (5.6, -0.9))
    s.pin((5.6, -0.9), "out", "right", "held at 0 V by the receiver")
    s.arrow((3.8, -0.6), (5.2, -0.6), "(gp - gn) V")
    return s


def conductance() -> Sheet:
    """Return the passive synapse."""
    s = Sheet((-1.4, -1.2), (5.4, 1.4))
    s.cell((0, -0.8), (4.0, 0.8))
    s.pin((0, 0), "a")
    s.resistor((0, 0), (4.0, 0), "g")
    s.pin((4.0, 0), "b", "right")
    return s


def current_inverter() -> Sheet:
    """Return the conveyor that inverts."""
    s = Sheet((-3.4, -2.2), (7.4, 2.2))
    s.cell((0, -1.6), (5.0, 1.6))
    s.inlet(0, "in", 1.4, "of one line")
    s.arrow((0.15, 0.3), (0.95, 0.3), "$I$")
    s.box((1.4, -0.8), (3.6, 0.8), "conveyor", "CCII-")
    s.wire((3.6, 0), (5.0, 0))
    s.arrow((4.9, 0.3), (3.8, 0.3), "$I$")
    s.pin((5.0, 0), "out", "right")
    return s


def score() -> Sheet:
    """Return the transresistance amplifier of a score."""
    s = Sheet((-4.4, -2.4), (8.6, 3.2))
    s.cell((0, -1.6), (6.4, 2.4))
    s.inlet(0, "in", 2.4, "of one stored pattern")
    s.arrow((0.15, 0.3), (0.95, 0.3), "$I$")
    tip = s.amplifier((2.4, 0), "0 V")
    s.wire(tip, (6.4, 0))
    s.dot((1.6, 0))
    s.dot((5.0, 0))
    s.wire((1.6, 0), (1.6, 1.5))
    s.wire((5.0, 1.5), (5.0, 0))
    s.resistor((1.6, 1.5), (5.0, 1.5), "r")
    s.pin((6.4, 0), "gate", "right", "r I")
    s.supplies(5.8, 2.4, -1.6)
    return s


def readout() -> Sheet:
    """Return the transresistance amplifier of a read-out line."""
    s = Sheet((-3.4, -3.7), (10.6, 3.2))
    s.cell((0, -2.9), (8.6, 2.4))
    s.inlet(0, "in", 2.4, "of one column")
    s.arrow((0.15, 0.3), (0.95, 0.3), "$I$")
    tip = s.amplifier((2.4, 0), "0 V")
    s.dot((1.6, 0))
    s.dot((5.0, 0))
    s.wire((1.6, 0), (1.6, 1.5))
    s.wire((5.0, 1.5), (5.0, 0))
    s.resistor((1.6, 1.5), (5.0, 1.5), "r")
    s.wire(tip, (8.6, 0))
    s.pin((8.6, 0), "outp", "right", "+r I")
    s.dot((5.7, 0))
    s.wire((5.7, 0), (5.7, -1.8), (6.1, -1.8))
    inverse = s.amplifier((6.1, -1.8), "-1", 0.7)
    s.wire(inverse, (8.6, -1.8))
    s.pin((8.6, -1.8), "outn", "right", "-r I")
    s.supplies(7.9, 2.4, -2.9)
    return s


def wta_branch() -> Sheet:
    """Return a row of branches over their tail; the cell is the first of them."""
    s = Sheet((-2.4, -4.9), (15.6, 4.2))
    s.cell((0, -1.5), (7.6, 3.4))
    s.pin((0, 0), "gate", note="score")
    drain, source = s.transistor((1.2, 0))
    s.wire((0, 0), (1.2, 0))
    s.wire(drain, (drain[0], 3.4))
    s.pin((drain[0], 3.4), "vdd", "top")
    s.arrow((drain[0] + 0.25, 2.2), (drain[0] + 0.25, 1.3), "I")
    s.wire((drain[0] + 0.75, 1.75), (3.7, 1.75), color=BLUE, ls=":")
    s.box((3.7, 1.15), (5.2, 2.35), "vs/ib · I", size=9.5)
    s.wire((5.2, 1.75), (7.6, 1.75))
    s.pin((7.6, 1.75), "outp", "right", "+vs p")
    s.dot((5.6, 1.75))
    s.wire((5.6, 1.75), (5.6, 0), (5.9, 0))
    tip = s.amplifier((5.9, 0), "-1", 0.7)
    s.wire(tip, (7.6, 0))
    s.pin((7.6, 0), "outn", "right", "-vs p")
    s.wire(source, (source[0], -1.5))
    s.pin((source[0], -1.5), "", "left")
    s.text((source[0] - 0.2, -1.82), "tail", "right", 11, VERMILLION)
    s.pin((5.2, -1.5), "vss", "bottom")
    s.wire((5.2, -1.5), (5.2, -1.05))
    # Its rivals, and the tail that all share.
    s.wire((source[0], -1.5), (source[0], -2.2), (15.0, -2.2))
    for x, name in ((10.6, "score 2"), (13.1, "score 3")):
        d, e = s.transistor((x, 0))
        s.wire(d, (d[0], 1.2))
        s.supply((d[0], 1.2), "vdd")
        s.wire(e, (e[0], -2.2))
        s.dot((e[0], -2.2))
        s.text((x - 0.05, 0.32), name, "right", 9, FAINT_INK)
        s.wire((x - 0.3, 0), (x, 0))
    s.text((15.1, -2.2), "…", "left", 12)
    s.cell((6.0, -4.15), (9.0, -2.6))
    s.dot((7.5, -2.2))
    s.wire((7.5, -2.2), (7.5, -2.6))
    s.source((7.5, -2.6), (7.5, -4.15), "ib")
    s.pin((7.5, -4.15), "vss", "bottom")
    s.text((9.15, -3.35), "wta_tail, once a row", "left", 9, FAINT_INK)
    return s


def wta_tail() -> Sheet:
    """Return the tail of a row."""
    s = Sheet((-1.0, -3.0), (4.0, 1.4))
    s.cell((0, -2.2), (3.0, 0.6))
    s.pin((1.5, 0.6), "tail", "top")
    s.source((1.5, 0.6), (1.5, -2.2), "ib")
    s.pin((1.5, -2.2), "vss", "bottom")
    s.pin((2.6, 0.6), "vdd", "top")
    s.wire((2.6, 0.6), (2.6, 0.25))
    return s


def nudge() -> Sheet:
    """Return the transconductor."""
    s = Sheet((-2.6, -2.7), (8.8, 2.6))
    s.cell((0, -1.9), (5.2, 1.8))
    s.inlet(0.5, "y", 1.4, "+vs y")
    s.inlet(-0.7, "out", 1.4, "+vs s")
    tip = s.amplifier((1.4, -0.1), "gm", 1.15)
    s.text((1.58, 0.5), "+", "left", 11)
    s.text((1.58, -0.7), "-", "left", 13)
    s.wire(tip, (5.2, -0.1))
    s.arrow((3.7, 0.2), (4.8, 0.2), "gm (y - s)")
    s.pin((5.2, -0.1), "in", "right", "of the neuron, at 0 V")
    s.supplies(2.2, 1.8, -1.9, (0.5, -0.7))
    return s


def error() -> Sheet:
    """Return the difference amplifier of a softmax nudge."""
    s = Sheet((-2.6, -3.3), (9.6, 2.5))
    s.cell((0, -2.6), (6.8, 1.8))
    s.inlet(0.6, "p", 1.4, "prediction")
    s.inlet(-0.6, "y", 1.4, "target")
    tip = s.amplifier((1.4, 0), "beta", 1.15)
    s.text((1.58, 0.6), "+", "left", 11)
    s.text((1.58, -0.6), "-", "left", 13)
    s.wire(tip, (6.8, 0))
    s.pin((6.8, 0), "outp", "right", "beta (p - y)")
    s.dot((4.0, 0))
    s.wire((4.0, 0), (4.0, -1.7), (4.4, -1.7))
    inverse = s.amplifier((4.4, -1.7), "-1", 0.7)
    s.wire(inverse, (6.8, -1.7))
    s.pin((6.8, -1.7), "outn", "right", "beta (y - p)")
    s.supplies(2.2, 1.8, -2.6, (0.6, -0.6))
    return s


def clamp() -> Sheet:
    """Return the driver of an input."""
    s = Sheet((-0.6, -3.2), (7.4, 2.5))
    s.cell((0, -2.5), (5.6, 1.8))
    s.text((0.75, 0), "v", "right", 12)
    s.wire((0.9, 0), (1.6, 0))
    tip = s.amplifier((1.6, 0), "1", 0.8)
    s.wire(tip, (5.6, 0))
    s.pin((5.6, 0), "outp", "right", "+v")
    s.dot((1.2, 0))
    s.wire((1.2, 0), (1.2, -1.7), (1.6, -1.7))
    inverse = s.amplifier((1.6, -1.7), "-1", 0.7)
    s.wire(inverse, (5.6, -1.7))
    s.pin((5.6, -1.7), "outn", "right", "-v")
    s.supplies(4.2, 1.8, -2.5)
    return s


def bias() -> Sheet:
    """Return the two sources of which one is on."""
    s = Sheet((-0.8, -4.0), (8.2, 3.0))
    s.cell((0, -3.2), (4.2, 2.2))
    s.pin((1.5, 2.2), "vdd", "top")
    s.source((1.5, 2.2), (1.5, -0.5), "i")
    s.source((1.5, -0.5), (1.5, -3.2), "-i")
    s.pin((1.5, -3.2), "vss", "bottom")
    s.dot((1.5, -0.5))
    s.wire((1.5, -0.5), (4.2, -0.5))
    s.pin((4.2, -0.5), "in", "right", "of the neuron, at 0 V")
    s.text((2.0, 1.5), "if i > 0", "left", 9, FAINT_INK)
    s.text((2.0, -2.5), "if i < 0", "left", 9, FAINT_INK)
    return s


def node_capacitance() -> Sheet:
    """Return the capacitance of a node."""
    s = Sheet((-0.9, -1.2), (5.3, 1.3))
    s.cell((0, -0.8), (4.4, 0.8))
    s.pin((0, 0), "a", "left")
    s.capacitor((0, 0), (4.4, 0), "c")
    s.pin((4.4, 0), "b", "right")
    return s


def bidirectional_amplifier() -> Sheet:
    """Return the amplifier between two layers of a resistive network."""
    s = Sheet((-3.4, -3.0), (9.4, 1.8))
    s.cell((0, -2.6), (6.4, 1.4))
    s.inlet(0, "node", 2.6, "layer before")
    tip = s.amplifier((2.6, 0), "a")
    s.wire(tip, (6.4, 0))
    s.pin((6.4, 0), "out", "right", "synapses behind")
    s.arrow((5.0, 0.3), (6.0, 0.3), "$I$")
    s.dot((1.3, 0))
    s.source((1.3, 0), (1.3, -1.7))
    s.text((1.95, -0.95), "I/a", "left", 11, BLUE)
    s.ground((1.3, -1.7))
    return s


def differential_nudge() -> Sheet:
    """Return the transconductor at a pair of output nodes."""
    s = Sheet((-2.2, -2.5), (9.2, 2.1))
    s.cell((0, -1.9), (5.4, 1.6))
    s.inlet(0, "y", 1.2, "target")
    s.box((1.2, -0.9), (3.4, 0.9), "gm ·", "(y - (p - n))")
    s.wire((3.4, 0.5), (5.4, 0.5))
    s.wire((3.4, -0.9 + 0.4), (5.4, -0.5))
    s.arrow((3.8, 0.8), (4.9, 0.8), "$I$")
    s.arrow((4.9, -0.8), (3.8, -0.8))
    s.text((4.35, -1.1), "$I$", "center", 10, BLUE)
    s.pin((5.4, 0.5), "p", "right", "node of the output")
    s.pin((5.4, -0.5), "n", "right", "its negative node")
    return s

"""Schematics of what writes synapses: devices, sampling, correlator, pulses, and whole circuits."""

from sheet import BLUE, FAINT_INK, Sheet


def memristor() -> Sheet:
    """Return the state, and the conductance that it sets."""
    s = Sheet((-2.6, -3.6), (10.0, 2.6))
    s.cell((0, -2.6), (7.6, 2.0))
    s.inlet(1.0, "up", 1.2, "pulses")
    s.inlet(-0.4, "dn", 1.2, "pulses")
    s.box((1.2, -1.0), (4.0, 1.6), "dw/dt", "up (au - lu w)", "- dn (ad + ld w)", size=9)
    s.wire((4.0, 0.3), (5.6, 0.3))
    s.dot((4.8, 0.3))
    s.capacitor((4.8, 0.3), (4.8, -1.4))
    s.ground((4.8, -1.4))
    s.wire((4.8, 0.3), (4.8, 2.0))
    s.pin((4.8, 2.0), "w", "top")
    s.resistor((6.4, 2.0), (6.4, -2.6), "g(w)", "bottom")
    s.wire((5.6, 0.3), (6.05, 0.0), color=BLUE, ls=":")
    s.pin((6.4, 2.0), "a", "top")
    s.pin((6.4, -2.6), "b", "bottom")
    return s


def capacitor_synapse() -> Sheet:
    """Return the pump, the gate's capacitor with its leak, and the transistor."""
    s = Sheet((-2.6, -3.6), (11.0, 2.6))
    s.cell((0, -2.6), (8.6, 2.0))
    s.inlet(0.9, "up", 1.2, "pulses")
    s.inlet(-0.5, "dn", 1.2, "pulses")
    s.box((1.2, -1.0), (3.4, 1.4), "charge", "pump", "±q")
    s.supplies(2.3, 2.0, -2.6, (1.4, -1.0))
    s.wire((3.4, 0.2), (7.2, 0.2))
    s.dot((4.5, 0.2))
    s.capacitor((4.5, 0.2), (4.5, -1.6), "c", "bottom")
    s.ground((4.5, -1.6))
    s.dot((5.9, 0.2))
    s.resistor((5.9, 0.2), (5.9, -1.6), "gl", "bottom")
    s.ground((5.9, -1.6))
    s.wire((5.2, 0.2), (5.2, 2.0))
    s.pin((5.2, 2.0), "w", "top")
    drain, source = s.transistor((7.2, 0.2))
    s.wire(drain, (drain[0], 2.0))
    s.wire(source, (source[0], -2.6))
    s.pin((drain[0], 2.0), "a", "top")
    s.pin((source[0], -2.6), "b", "bottom")
    return s


def sample_hold() -> Sheet:
    """Return the switch with its overlap, the capacitor, and the buffer."""
    s = Sheet((-2.2, -3.6), (10.6, 3.0))
    s.cell((0, -2.6), (8.9, 2.2))
    s.inlet(0, "in", 1.0, "line")
    s.switch((1.0, 0), (2.2, 0))
    s.text((1.6, -0.45), "ron", "center", 10)
    s.wire((2.2, 0), (6.2, 0))
    s.pin((1.6, 2.2), "clk", "top")
    s.wire((1.6, 2.2), (1.6, 0.45), color=BLUE, ls=":")
    s.wire((1.6, 1.5), (3.0, 1.5))
    s.capacitor((3.0, 1.5), (3.0, 0), "cj", "bottom")
    s.dot((3.0, 0))
    s.dot((4.0, 0))
    s.capacitor((4.0, 0), (4.0, -1.6), "c", "bottom")
    s.ground((4.0, -1.6))
    s.dot((5.2, 0))
    s.resistor((5.2, 0), (5.2, -1.6), "gl", "bottom")
    s.ground((5.2, -1.6))
    s.wire((4.4, 0), (4.4, 2.2))
    s.pin((4.4, 2.2), "hold", "top")
    tip = s.amplifier((6.2, 0), "+vos", 0.95)
    s.wire(tip, (8.9, 0))
    s.pin((8.9, 0), "out", "right")
    s.supplies(7.0, 2.2, -2.6, (0.5, -0.5))
    return s


def correlator() -> Sheet:
    """Return the multiplier and the gate behind it."""
    s = Sheet((-2.6, -3.4), (11.4, 3.0))
    s.cell((0, -2.4), (8.2, 2.2))
    s.inlet(0.7, "pre", 1.2, "line")
    s.inlet(-0.7, "post", 1.2, "line")
    s.box((1.2, -1.2), (3.6, 1.2), "ik f(pre)", "· f(post)", "+ ios")
    s.wire((3.6, 0), (4.6, 0))
    s.box((4.6, -0.8), (6.6, 0.8), "gate", "+1, 0, -1")
    s.wire((6.6, 0), (8.2, 0))
    s.arrow((6.9, 0.3), (7.9, 0.3), "$I$")
    s.pin((8.2, 0), "out", "right", "to a capacitor")
    s.pin((5.1, 2.2), "plus", "top")
    s.pin((6.2, 2.2), "minus", "top")
    s.wire((5.1, 2.2), (5.1, 0.8), color=BLUE, ls=":")
    s.wire((6.2, 2.2), (6.2, 0.8), color=BLUE, ls=":")
    s.supplies(2.4, 2.2, -2.4, (1.2, -1.2))
    return s


def comparator() -> Sheet:
    """Return the question, and the latch that the clock opens."""
    s = Sheet((-2.4, -3.2), (10.6, 2.8))
    s.cell((0, -2.3), (8.2, 2.0))
    s.inlet(0.6, "inp", 1.4)
    s.inlet(-0.6, "inn", 1.4)
    tip = s.amplifier((1.4, 0), "≥ vth", 1.1)
    s.text((1.6, 0.6), "+", "left", 11)
    s.text((1.6, -0.6), "-", "left", 13)
    s.wire(tip, (4.0, 0))
    s.switch((4.0, 0), (5.0, 0))
    s.wire((5.0, 0), (5.8, 0))
    s.box((5.8, -0.7), (7.2, 0.7), "latch", "tau")
    s.wire((7.2, 0), (8.2, 0))
    s.pin((8.2, 0), "out", "right", "0 or 1 V")
    s.pin((4.5, 2.0), "clk", "top")
    s.wire((4.5, 2.0), (4.5, 0.35), color=BLUE, ls=":")
    s.supplies(2.2, 2.0, -2.3, (0.6, -0.6))
    return s


def pulse_driver() -> Sheet:
    """Return the gate and the driver of a write line."""
    s = Sheet((-2.6, -3.0), (9.6, 2.6))
    s.cell((0, -2.1), (6.8, 1.8))
    s.inlet(0.6, "on", 1.2, "0 or 1 V")
    s.inlet(-0.6, "fire", 1.2, "shape of a pulse")
    s.box((1.2, -1.0), (2.6, 1.0), "and")
    s.wire((2.6, 0), (3.6, 0))
    tip = s.amplifier((3.6, 0), "vp", 1.0)
    s.wire(tip, (6.8, 0))
    s.pin((6.8, 0), "out", "right", "write line")
    s.supplies(4.4, 1.8, -2.1, (0.55, -0.55))
    return s


def charge_pump() -> Sheet:
    """Return the two switched current sources."""
    s = Sheet((-2.4, -4.4), (7.6, 3.2))
    s.cell((0, -3.4), (5.4, 2.4))
    s.pin((2.6, 2.4), "vdd", "top")
    s.source((2.6, 2.4), (2.6, 0.6))
    s.switch((2.6, 0.6), (2.6, -0.5))
    s.switch((2.6, -0.5), (2.6, -1.6))
    s.source((2.6, -1.6), (2.6, -3.4))
    s.pin((2.6, -3.4), "vss", "bottom")
    s.text((3.3, 1.5), "q/tp", "left", 10)
    s.text((3.3, -2.5), "(1 + mis) q/tp", "left", 10)
    s.dot((2.6, -0.5))
    s.wire((2.6, -0.5), (5.4, -0.5))
    s.pin((5.4, -0.5), "out", "right")
    s.arrow((3.9, -0.2), (5.0, -0.2), "$I$")
    s.pin((0, 0.1), "up")
    s.pin((0, -1.1), "dn")
    s.wire((0, 0.1), (2.2, 0.1), color=BLUE, ls=":")
    s.wire((0, -1.1), (2.2, -1.1), color=BLUE, ls=":")
    return s


def plasticity() -> Sheet:
    """Return the whole circuit of a synapse that learns."""
    s = Sheet((-2.4, -5.4), (17.4, 4.0))
    s.cell((0, -4.4), (15.2, 3.2))
    s.inlet(0.6, "pre", 1.0, "line")
    s.inlet(-0.6, "post", 1.0, "line")
    s.box((1.0, -1.1), (3.2, 1.1), "correlator")
    for x, name in ((1.6, "vdds"), (2.6, "vsss")):
        s.pin((x, -4.4), name, "bottom")
        s.wire((x, -4.4), (x, -1.1))
    s.pin((1.6, 3.2), "plus", "top")
    s.pin((2.6, 3.2), "minus", "top")
    s.wire((1.6, 3.2), (1.6, 1.1), color=BLUE, ls=":")
    s.wire((2.6, 3.2), (2.6, 1.1), color=BLUE, ls=":")
    s.wire((3.2, 0), (6.2, 0))
    s.dot((4.2, 0))
    s.capacitor((4.2, 0), (4.2, -1.7), "c", "bottom")
    s.ground((4.2, -1.7))
    s.dot((5.0, 0))
    s.wire((5.0, 0), (5.0, 3.2))
    s.pin((5.0, 3.2), "acc", "top")
    s.dot((6.2, 0))
    s.wire((6.2, 0), (6.2, 1.4), (6.9, 1.4))
    s.wire((6.2, 0), (6.2, -1.4), (6.9, -1.4))
    s.box((6.9, 0.7), (9.3, 2.1), "comparator", "≥ +vth")
    s.box((6.9, -2.1), (9.3, -0.7), "comparator", "≤ -vth")
    s.wire((9.3, 1.4), (10.7, 1.4))
    s.wire((9.3, -1.4), (10.7, -1.4))
    s.box((10.7, 0.7), (12.9, 2.1), "pulse", "driver")
    s.box((10.7, -2.1), (12.9, -0.7), "pulse", "driver")
    s.wire((12.9, 1.4), (15.2, 1.4))
    s.wire((12.9, -1.4), (15.2, -1.4))
    s.pin((15.2, 1.4), "up", "right", "to the devices")
    s.pin((15.2, -1.4), "down", "right", "to the devices")
    s.pin((8.1, 3.2), "sample", "top")
    s.pin((11.8, 3.2), "fire", "top")
    for x in (8.1, 11.8):
        s.wire((x, 3.2), (x, 2.1), color=BLUE, ls=":")
        s.wire((x, 0.7), (x, -0.7), color=BLUE, ls=":")
    s.dot((13.6, 1.4))
    s.dot((14.2, -1.4))
    s.wire((13.6, 1.4), (13.6, -2.9), (7.4, -2.9))
    s.wire((14.2, -1.4), (14.2, -3.5), (7.4, -3.5))
    s.box((5.6, -3.8), (7.4, -2.6), "packet", "c vth")
    s.wire((5.6, -3.2), (5.0, -3.2), (5.0, 0))
    s.arrow((4.75, -1.2), (4.75, -2.2))
    return s


def train() -> Sheet:
    """Return the choice of what is sent, the comparators, and the gates of the pulses."""
    s = Sheet((-2.6, -4.4), (13.6, 3.6))
    s.cell((0, -3.4), (11.4, 2.8))
    s.inlet(0.7, "plus", 1.0, "held at +beta")
    s.inlet(-0.7, "minus", 1.0, "held at -beta")
    s.box((1.0, -1.2), (3.8, 1.2), "mean", "or difference")
    s.pin((2.4, 2.8), "mean", "top")
    s.wire((2.4, 2.8), (2.4, 1.2), color=BLUE, ls=":")
    s.wire((3.8, 0), (4.4, 0))
    s.dot((4.4, 0))
    for y, words in ((1.1, "V ≥ ref"), (-1.1, "-V ≥ ref")):
        s.wire((4.4, 0), (4.4, y), (5.0, y))
        s.box((5.0, y - 0.7), (7.2, y + 0.7), "comparator", words)
        s.wire((7.2, y), (8.0, y))
        s.box((8.0, y - 0.7), (9.8, y + 0.7), "pulse", "driver")
        s.wire((9.8, y), (11.4, y))
    s.pin((11.4, 1.1), "outp", "right")
    s.pin((11.4, -1.1), "outn", "right")
    for x, name in ((6.6, "sample"), (8.9, "fire")):
        s.pin((x, 2.8), name, "top")
        s.wire((x, 2.8), (x, 1.8), color=BLUE, ls=":")
        s.wire((x, 0.4), (x, -0.4), color=BLUE, ls=":")
    s.pin((5.6, -3.4), "ref", "bottom")
    s.wire((5.6, -3.4), (5.6, -1.8))
    s.wire((5.6, -0.4), (5.6, 0.4))
    return s


def coincidence() -> Sheet:
    """Return the gates where the trains of a row and a column meet."""
    s = Sheet((-2.8, -3.2), (11.0, 3.6))
    s.cell((0, -2.3), (8.6, 2.8))
    for y, name in ((2.1, "rowp"), (1.0, "rown"), (-0.5, "colp"), (-1.6, "coln")):
        s.pin((0, y), name)
        s.wire((0, y), (1.4, y))
    s.box((1.4, -2.0), (5.0, 2.5))
    for y, words in ((1.6, "equal signs:"), (1.2, "p and p, n and n")):
        s.text((3.2, y), words, "center", 9)
    for y, words in ((-0.7, "other signs:"), (-1.1, "p and n, n and p")):
        s.text((3.2, y), words, "center", 9)
    s.wire((5.0, 1.4), (5.8, 1.4))
    s.wire((5.0, -0.9), (5.8, -0.9))
    up = s.amplifier((5.8, 1.4), "vp", 0.75)
    down = s.amplifier((5.8, -0.9), "vp", 0.75)
    s.wire(up, (8.6, 1.4))
    s.wire(down, (8.6, -0.9))
    s.pin((8.6, 1.4), "up", "right", "to the devices")
    s.pin((8.6, -0.9), "down", "right", "to the devices")
    return s


def gated_nudge() -> Sheet:
    """Return the transconductor whose strength is a line."""
    s = Sheet((-2.6, -3.2), (8.8, 3.0))
    s.cell((0, -2.3), (5.2, 2.2))
    s.inlet(0.5, "y", 1.4, "+vs y")
    s.inlet(-0.7, "out", 1.4, "+vs s")
    tip = s.amplifier((1.4, -0.1), "gm", 1.15)
    s.text((1.58, 0.5), "+", "left", 11)
    s.text((1.58, -0.7), "-", "left", 13)
    s.pin((2.2, 2.2), "beta", "top")
    s.wire((2.2, 2.2), (2.2, 0.5), color=BLUE, ls=":")
    s.wire(tip, (5.2, -0.1))
    s.arrow((3.7, 0.2), (4.8, 0.2), "$I$")
    s.pin((5.2, -0.1), "in", "right", "of the neuron, at 0 V")
    s.supplies(1.0, 2.2, -2.3)
    s.text((1.2, -1.7), "to the transconductor", "left", 8, FAINT_INK)
    return s

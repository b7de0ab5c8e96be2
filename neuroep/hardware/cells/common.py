"""Parameters that several cells share, with where their values are from."""

from neuroep.hardware.cells.parameters import ANY, NOT_NEGATIVE, POSITIVE, Parameter, Range

MISMATCH = "no two chips are alike; 0 or 1 as designed"
CHIP = "choice of the chip's design"
SUBTHRESHOLD = "typical of a sub-threshold MOS transistor (Mead 1989)"
DEVICES = "HfOx devices of 1 to 40 µS (Wan et al., Nature 2022)"

SUPPLIES = {"vdd": "positive supply", "vss": "negative supply"}
LEAST_SUPPLY = Parameter(
    "vmin",
    "volt",
    "what the supplies must stand at, +vmin and -vmin, or nothing works",
    1.2,
    NOT_NEGATIVE,
    CHIP,
    needed=False,
)
"""Of every cell that has supplies. Its own insides say what a designer's cell needs."""

LINES = {
    "outp": "line that synapses read",
    "outn": "the same with the opposite sign",
}


def capacitance() -> Parameter:
    """Return the capacitance of a membrane."""
    return Parameter("c", "farad", "capacitance of the membrane", 1e-12, source=CHIP)


def leak(default: float) -> Parameter:
    """Return the conductance of a membrane's leak."""
    return Parameter("g", "siemens", "conductance of the leak", default, source="unit current / vu")


def line_volts() -> Parameter:
    """Return the voltage that stands for one unit of activity."""
    return Parameter("vs", "volt", "line voltage of one unit of activity", 0.5, source=CHIP)


def tail() -> Parameter:
    """Return the current that the branches of a pair or row share."""
    return Parameter("ib", "amp", "tail current, from vdd to vss", 100e-9, source=CHIP)


def kappa() -> Parameter:
    """Return the slope factor of a sub-threshold transistor."""
    meaning = "gate coupling of a sub-threshold transistor"
    return Parameter("kappa", "", meaning, 0.7, Range(0.0, 1.0, closed=False), SUBTHRESHOLD)


def offset(where: str) -> Parameter:
    """Return what an input seems to stand higher; a designer's own cell may lack it."""
    meaning = f"offset of {where}, of either sign"
    return Parameter("vos", "volt", meaning, 0.0, ANY, MISMATCH, needed=False)


def saturation() -> Parameter:
    """Return where the activity levels off; a designer's own cell may lack it."""
    meaning = "activity at the upper end, of what it is designed for"
    return Parameter("sat", "", meaning, 1.0, POSITIVE, MISMATCH, needed=False)


def quiescent(default: float = 1e-6) -> Parameter:
    """Return what an amplifier draws without a signal."""
    meaning = "quiescent current, from vdd to vss"
    return Parameter("iq", "amp", meaning, default, NOT_NEGATIVE, CHIP)

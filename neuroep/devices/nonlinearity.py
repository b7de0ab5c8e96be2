"""NeuroSim's label of nonlinearity, both ways.

NeuroSim's device goes G(P) = G_min + B (1 - exp(-P / A)) over P_max pulses; with a = A / P_max and
e = 1 - exp(-1 / a) its largest distance from a straight line is D(a) = (1 - a e) / e + a ln(a e) of
the range, and the label is NL = D / 0.099 (derived here; it gives the published table of labels to
5e-5). A pulse of that device is a linear step with gamma = tanh(1 / 2a).
"""

import math

from scipy.optimize import brentq

UNIT = 0.099
"""Largest distance from a straight line, as a share of the range, that is a nonlinearity of 1."""

STRAIGHT, SHARPEST = 1e4, 1e-3
"""Largest and smallest a that labels are told for."""


def label_of(gamma: float) -> float:
    """Return NeuroSim's label of a linear law's gamma, which is in (0, 1)."""
    if not 0 < gamma < 1:
        raise ValueError(f"gamma must be in (0, 1), got {gamma}")
    return _distance(0.5 / math.atanh(gamma)) / UNIT


def gamma_of(label: float) -> float:
    """Return the gamma of a linear law with NeuroSim's label.

    NeuroSim writes labels of depression as negative: give their size. Above 6.5 or so gamma is 1 to
    within rounding, and the label cannot be told from it.

    Raises
    ------
    ValueError
        The label of no exponential device: not positive, or about 10 and more.
    """
    most = _distance(SHARPEST) / UNIT
    if not _distance(STRAIGHT) / UNIT < label < most:
        raise ValueError(f"a nonlinearity must be positive and below {most:.3g}, got {label}")
    a = brentq(lambda a: _distance(a) / UNIT - label, SHARPEST, STRAIGHT, xtol=1e-15, rtol=1e-14)
    return math.tanh(0.5 / a)


def step_of(gamma: float, pulses: float) -> float:
    """Return the step, in half ranges, by which noise-free pulses go once through the range.

    From w_n = 1/gamma - (1/gamma + 1) q^n = 1 with q = 1 - gamma step, see
    :class:`neuroep.devices.laws.linear.Linear`.
    """
    if not (-1 < gamma < 1 and pulses >= 1):
        raise ValueError(f"gamma must be in (-1, 1) and pulses at least 1, got {gamma}, {pulses}")
    if gamma == 0:
        return 2.0 / pulses
    return -math.expm1(-2.0 * math.atanh(gamma) / pulses) / gamma


def _distance(a: float) -> float:
    e = -math.expm1(-1.0 / a)
    if a > 100.0:  # both terms cancel there: the series in x = 1 / a
        x = 1.0 / a
        return x / 8.0 - x**3 / 576.0
    return (1.0 - a * e) / e + a * math.log(a * e)

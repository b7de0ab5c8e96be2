"""A synapse without a capacitor: pulses of its row and its column that meet."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, waves
from neuroep.hardware.cells.cell import KERNEL, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.pulses import height

SLOTS = 30
"""Of each train on the bench."""

ACTIVITIES = np.array([[[0.9, 0.3], [0.4, 0.8]], [[-0.6, 0.3], [0.2, 0.8]]])
"""Of two examples on the bench: at +beta and at -beta (rows), of row and column."""

WIDTH, EDGE, SLOT = 50e-9, 5e-9, 100e-9
"""s: of the pulses on the bench."""


def trains(plus: Reals, minus: Reals) -> Reals:
    """Return what neurons send in the two trains, (2, ..., neurons): mean, then difference.

    ``plus`` and ``minus``: their activities at +beta and at -beta. The rows send it in this order,
    the columns in the other; the products of both, added, are the contrast:
    s_i+ s_j+ - s_i- s_j- = m_i d_j + d_i m_j.
    """
    return np.stack([0.5 * (plus + minus), plus - minus])


def drawn(sent: Reals, uniform: Reals) -> Reals:
    """Return signed pulses (-1, 0, 1): as likely as what is sent is large, at most in each slot.

    ``uniform``: numbers of [0, 1), one for each pulse, of the same shape or broadcast to it. Below
    zero, as an offset may shift them, a number can lie under both signs: two pulses, which add to
    none.
    """
    return np.subtract(uniform < sent, uniform < -sent, dtype=float)


def met(row: Reals, column: Reals) -> Reals:
    """Return the pulses of a synapse: +1 where equal signs meet, -1 where others do."""
    return np.asarray(row * column)


def _pulses() -> tuple[Reals, Reals]:
    """Return the pulses of row and column in both trains of both examples, (4 SLOTS,) each."""
    rng = np.random.default_rng(3)
    sent = [trains(*activities) for activities in ACTIVITIES]
    rows = [drawn(s[:, :1], rng.random((2, SLOTS))) for s in sent]
    columns = [drawn(s[::-1, 1:], rng.random((2, SLOTS))) for s in sent]
    return np.concatenate(rows).ravel(), np.concatenate(columns).ravel()


def _kernel(setup: Setup, x: Reals) -> Reals:
    return np.asarray(np.cumsum(met(*_pulses())))


def _spice(setup: Setup, x: Reals) -> Reals:
    lines = []
    starts = SLOT * np.arange(4 * SLOTS) + EDGE
    for name, pulses in zip(("row", "col"), _pulses(), strict=True):
        for pin, sign in (("p", 1.0), ("n", -1.0)):
            wave = waves.pulses(starts[sign * pulses > 0], WIDTH, EDGE)
            lines.append(f"V{name}{pin} {name}{pin} 0 {wave.text}")
    lines.append(bench.instance(setup, "cell", "rowp rown colp coln up down vdd vss"))
    end = SLOT * 4 * SLOTS
    time, volts = bench.waveforms(setup, lines, ("up", "down"), end, WIDTH / 4)
    top = starts + 0.5 * (WIDTH + EDGE)
    way = np.interp(top, time, volts["up"]) - np.interp(top, time, volts["down"])
    return np.asarray(np.cumsum(way / min(setup.values["vp"], bench.SUPPLY)))


COINCIDENCE = Cell(
    "coincidence",
    "plasticity: a synapse that is written where pulses of row and column meet",
    {
        "rowp": "positive pulses of the row, 0 to 1 V",
        "rown": "negative pulses of the row",
        "colp": "positive pulses of the column",
        "coln": "negative pulses of the column",
        "up": "write line to the device of the pair that is raised",
        "down": "write line to the other device",
        **common.SUPPLIES,
    },
    (height(), common.quiescent(1e-9)),
    (
        Experiment(
            "two trains of pulses",
            Axis("slot", ""),
            Axis("sum of the pulses, up less down", ""),
            lambda s: np.linspace(1, 4 * SLOTS, 4 * SLOTS),
            {KERNEL: _kernel, SPICE: _spice},
            {SPICE: 1e-6},
        ),
    ),
)

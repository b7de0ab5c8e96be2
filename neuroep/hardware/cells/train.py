"""The sender of a line: its mean and its difference of two phases as trains of pulses."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, waves
from neuroep.hardware.cells.cell import KERNEL, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.coincidence import drawn, trains
from neuroep.hardware.cells.comparator import COMPARATOR
from neuroep.hardware.cells.parameters import ANY, Parameter

SLOTS = 40
"""On the bench."""

WIDTH, EDGE, SLOT = 50e-9, 5e-9, 200e-9
"""s: of the pulses on the bench."""

SIGNAL = 0.5
"""V: of full activity, and the largest reference, on the bench."""

HELD = ((0.7, 0.2), (-0.5, -0.1))
"""Activities (+beta, -beta) of two lines on the bench: one is positive, one negative."""


def _sent(setup: Setup) -> Reals:
    """Return what is sent: mean, then difference, of each line (lines of the answer,)."""
    gains = np.array([setup.values["gmean"], setup.values["gdiff"]])
    return np.concatenate([gains * trains(*map(np.asarray, pair)) for pair in HELD])


def _uniform() -> Reals:
    return np.random.default_rng(4).random(SLOTS)


def _kernel(setup: Setup, x: Reals) -> Reals:
    # An offset of the comparators is a reference that is higher by as much.
    shifted = _uniform() + setup.values["vos"] / SIGNAL
    return np.asarray(np.cumsum(drawn(_sent(setup)[:, None], shifted), axis=1))


def _spice(setup: Setup, x: Reals) -> Reals:
    starts = np.asarray(SLOT * np.arange(SLOTS), float)
    sources = {
        "ref": waves.levels(starts, SIGNAL * _uniform(), EDGE),
        "sample": waves.pulses(starts + 2 * EDGE, WIDTH, EDGE),
        "fire": waves.pulses(starts + 2 * WIDTH, WIDTH, EDGE),
    }
    lines = [f"V{name} {name} 0 {wave.text}" for name, wave in sources.items()]
    names = []
    for k, (plus, minus) in enumerate(HELD):
        lines += [f"Vp{k} p{k} 0 {SIGNAL * plus}", f"Vm{k} m{k} 0 {SIGNAL * minus}"]
        for mean in (1, 0):
            name = f"{k}{mean}"
            lines += [
                f"Vmean{name} mean{name} 0 {mean}",
                bench.instance(
                    setup,
                    name,
                    f"p{k} m{k} mean{name} ref sample fire outp{name} outn{name} vdd vss",
                ),
            ]
            names.append(name)
    outputs = [f"{out}{name}" for name in names for out in ("outp", "outn")]
    time, volts = bench.waveforms(setup, lines, outputs, SLOT * SLOTS, WIDTH / 4)
    top = starts + 2.5 * WIDTH
    found = [
        np.interp(top, time, volts[f"outp{n}"]) - np.interp(top, time, volts[f"outn{n}"])
        for n in names
    ]
    return np.asarray(np.cumsum(found, axis=1))


def _gain(symbol: str, what: str) -> Parameter:
    return Parameter(symbol, "", f"gain of the {what}", 1.0, source=common.CHIP)


TRAIN = Cell(
    "train",
    "plasticity: sends mean or difference of two held voltages as pulses",
    {
        "plus": "held voltage of the phase +beta",
        "minus": "held voltage of the phase -beta",
        "mean": "what is sent: 1 V for the mean, 0 for the difference",
        "ref": "reference of the slot",
        "sample": "clock of the comparators, 0 to 1 V",
        "fire": "shape of a pulse, 0 to 1 V, after each clock",
        "outp": "positive pulses, 0 to 1 V",
        "outn": "negative pulses",
        **common.SUPPLIES,
    },
    (
        _gain("gmean", "mean"),
        _gain("gdiff", "difference"),
        Parameter("vos", "volt", COMPARATOR.parameters[1].meaning, 0.0, ANY, "ideal comparators"),
    ),
    (
        Experiment(
            "pulses of two lines",
            Axis("slot", ""),
            Axis("sum of the pulses", ""),
            lambda s: np.linspace(1, SLOTS, SLOTS),
            {KERNEL: _kernel, SPICE: _spice},
            {SPICE: 1e-6},
            ("mean 1", "diff. 1", "mean 2", "diff. 2"),
        ),
    ),
    parts=("comparator", "pulse_driver"),
)

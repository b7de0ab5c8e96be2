"""The clocked comparator: whether a capacitor has reached its threshold."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench, common, waves
from neuroep.hardware.cells.cell import KERNEL, SPICE, Axis, Cell, Experiment, Setup
from neuroep.hardware.cells.parameters import ANY, Parameter, Values


def reached(p: Values, volts: Reals) -> Reals:
    """Return 1 where a difference of voltages has reached the threshold, elsewhere 0."""
    return np.asarray(volts >= p["vth"] + p["vos"], float)


def _inputs(setup: Setup) -> Reals:
    far = np.array([1e-6, 1e-4, 1e-2, 0.05, 0.1, 0.2])
    return np.asarray(np.append(-far[::-1], far) + setup.values["vth"] + setup.values["vos"])


def _spice(setup: Setup, x: Reals) -> Reals:
    """Clock each instance once; then its input goes to the other side of the threshold."""
    p = setup.values
    tau, threshold = p["tau"], p["vth"] + p["vos"]
    clock = waves.pulses([10 * tau], 50 * tau, tau)
    end, edge = 150 * tau, 2 * tau
    lines = [f"Vclk clk 0 {clock.text}"]
    for k, volts in enumerate(x):
        seen = waves.levels([0.0, 80 * tau], [float(volts), 2 * threshold - float(volts)], edge)
        lines += [
            f"Vin_{k} in_{k} 0 {seen.text}",
            bench.instance(setup, f"_{k}", f"in_{k} 0 clk out_{k} vdd vss"),
        ]
    outputs = [f"out_{k}" for k in range(x.size)]
    _, volts = bench.waveforms(setup, lines, outputs, end, tau)
    return np.array([volts[name][-1] for name in outputs])


COMPARATOR = Cell(
    "comparator",
    "plasticity: whether a threshold is reached, when it is clocked",
    {
        "inp": "input",
        "inn": "input that is subtracted",
        "clk": "clock, 0 and 1 V",
        "out": "the answer, 0 or 1 V, held while the clock is low",
        **common.SUPPLIES,
    },
    (
        Parameter("vth", "volt", "threshold", 0.1, source=common.CHIP),
        Parameter("vos", "volt", "offset", 0.0, ANY, "an ideal comparator"),
        Parameter("tau", "second", "time constant of the latch", 1e-9, source=common.CHIP),
        common.quiescent(10e-9),
    ),
    (
        Experiment(
            "held after the clock",
            Axis("V(inp) - V(inn) while the clock was high", "V"),
            Axis("answer", "V"),
            _inputs,
            {
                KERNEL: lambda s, x: reached(s.values, x),
                SPICE: _spice,
            },
            {SPICE: 1e-9},
        ),
    ),
)

"""Wires of a resistive chip that reads images: learned in place beside transferred.

    python -m benchmarks.learning.wires_resistive [--json FILE] [--write]    10 minutes of 1 core

What :mod:`benchmarks.learning.wires` measures, of the design resistive_mnist with 32 hidden nodes:
a single array of 1,570 lines, two a pixel and two constants, by 32; five epochs.
"""

from functools import partial

from benchmarks.learning.wires import HIDDEN, Study, measure
from benchmarks.measure import run

RESISTIVE = Study(
    "resistive_mnist",
    (
        f"resistive.hidden=[{HIDDEN}]",
        "resistive.nudge_conductance='3 uS'",
        "resistive.output_gain='5 mV'",
        "learning.epochs=5",
        "images.shift=0",
        "traces.synapses={}",
        "learning.batch=64",
        'learning.rates={"0-1"=3e-3, "1-2"=1e-3}',
    ),
    1570,
    (0,),
)


if __name__ == "__main__":
    run(
        "wires_resistive",
        "Wires of a resistive chip.",
        partial(measure, RESISTIVE),
        headline="test_accuracy",
    )

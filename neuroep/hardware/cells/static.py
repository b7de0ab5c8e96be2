"""Experiments of cells without a state: what a kernel says, and ngspice's operating points."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench
from neuroep.hardware.cells.cell import KERNEL, SPICE, Axis, Experiment, Response, Setup, Tolerance

LINES = ("outp", "outn")
"""The pair of lines of what drives synapses."""


def sweep(
    name: str,
    x: Axis,
    y: Axis,
    points: Callable[[Setup], Reals],
    kernel: Response,
    wiring: bench.Wiring,
    outputs: Sequence[str],
    *,
    tolerance: Tolerance,
    lines: tuple[str, ...] = ("",),
    beside: Sequence[str] = (),
) -> Experiment:
    """Return an experiment in two views; ``outputs`` are nodes or currents without suffix."""

    def spice(setup: Setup, values: Reals) -> Reals:
        return bench.operating_points(setup, values, wiring, outputs, beside)

    return Experiment(name, x, y, points, {KERNEL: kernel, SPICE: spice}, {SPICE: tolerance}, lines)


def supplies(
    x: Axis,
    points: Callable[[Setup], Reals],
    kernel: Response,
    wiring: bench.Wiring,
    outputs: Sequence[str],
    beside: Sequence[str] = (),
) -> Experiment:
    """Return the experiment that measures the currents from vdd and to vss, lines under load."""

    def metered(setup: Setup, s: str, value: float) -> list[str]:
        # Supplies for one sweep point alone, so that what it draws can be told from others.
        return [
            f"Vd{s} dd{s} 0 {bench.SUPPLY}",
            f"Vs{s} ss{s} 0 {-bench.SUPPLY}",
            *wiring(setup, s, value, f"dd{s} ss{s}"),
            *(f"R{line}{s} {line}{s} 0 {bench.LOAD}" for line in LINES if line in outputs),
        ]

    def spice(setup: Setup, values: Reals) -> Reals:
        # SPICE counts a source's current from its plus to its minus end inside it.
        return bench.operating_points(setup, values, metered, ("-i(vd)", "i(vs)"), beside)

    return Experiment(
        "supply currents",
        x,
        Axis("current from vdd, to vss", "A"),
        points,
        {KERNEL: kernel, SPICE: spice},
        {SPICE: 1e-11},
        ("vdd", "vss"),
        replaceable=False,
    )


def driver(
    name: str,
    x: Axis,
    y: Axis,
    points: Callable[[Setup], Reals],
    kernel: Response,
    wiring: bench.Wiring,
    outputs: Sequence[str],
    *,
    drawn: Response | None = None,
    beside: Sequence[str] = (),
    **options: Any,
) -> tuple[Experiment, Experiment]:
    """Return a sweep, and what is drawn from the supplies over it.

    That is what class-B drivers of the answer draw, of currents or of lines under load, beside the
    idle current of the cell; ``drawn`` where it is something else.
    """

    def class_b_drivers(setup: Setup, values: Reals) -> Reals:
        answer = np.atleast_2d(kernel(setup, values))
        current = answer / bench.LOAD if outputs == LINES else answer
        return class_b(current, setup.values.get("iq", 0.0))

    return (
        sweep(name, x, y, points, kernel, wiring, outputs, beside=beside, **options),
        supplies(x, points, drawn or class_b_drivers, wiring, outputs, beside),
    )


def class_b(current: Reals, idle: float) -> Reals:
    """Return (2, points): what drivers source from vdd and sink to vss beside the idle current.

    ``current`` (drivers, points), A, positive out of the driver.
    """
    sourced, sunk = np.maximum(current, 0.0), np.maximum(-current, 0.0)
    return np.array([sourced.sum(axis=0), sunk.sum(axis=0)]) + idle

"""Experiments of cells without a state: what a kernel says, and ngspice's operating points."""

from collections.abc import Callable, Iterable

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import bench
from neuroep.hardware.cells.cell import KERNEL, SPICE, Axis, Experiment, Setup, Tolerance

BenchWiring = Callable[[Setup, str, float], list[str]]
"""Netlist lines of one sweep point: (setup, suffix of all names, x) -> lines."""


def sweep(
    name: str,
    x: Axis,
    y: Axis,
    points: Callable[[Setup], Reals],
    kernel: Callable[[Setup, Reals], Reals],
    wiring: BenchWiring,
    outputs: Iterable[str],
    *,
    tolerance: Tolerance,
    lines: tuple[str, ...] = ("",),
    beside: tuple[str, ...] = (),
) -> Experiment:
    """Return an experiment in two views; ``outputs`` are nodes or currents without suffix."""

    def spice(setup: Setup, values: Reals) -> Reals:
        def at(suffix: str, value: float) -> list[str]:
            return wiring(setup, suffix, value)

        return bench.operating_points(setup, values, at, outputs, beside)

    return Experiment(name, x, y, points, {KERNEL: kernel, SPICE: spice}, {SPICE: tolerance}, lines)


def supplies(
    x: Axis,
    points: Callable[[Setup], Reals],
    kernel: Callable[[Setup, Reals], Reals],
    wiring: BenchWiring,
    beside: tuple[str, ...] = (),
) -> Experiment:
    """Return the experiment that measures the currents from vdd and to vss.

    ``wiring`` connects the cell to the nodes ``dd`` and ``ss`` with the suffix.
    """

    def spice(setup: Setup, values: Reals) -> Reals:
        def at(suffix: str, value: float) -> list[str]:
            return [*bench.supply_meter(suffix), *wiring(setup, suffix, value)]

        return bench.drawn(bench.operating_points(setup, values, at, ("i(vd)", "i(vs)"), beside))

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


def loads(suffix: str) -> list[str]:
    """Return a load from each line to ground."""
    return [f"R{line}{suffix} {line}{suffix} 0 {bench.LOAD}" for line in ("outp", "outn")]


def class_b(current: Reals, idle: float) -> Reals:
    """Return (2, points): what drivers source from vdd and sink to vss beside the idle current.

    ``current`` (drivers, points), A, positive out of the driver.
    """
    sourced, sunk = np.maximum(current, 0.0), np.maximum(-current, 0.0)
    return np.array([sourced.sum(axis=0), sunk.sum(axis=0)]) + idle

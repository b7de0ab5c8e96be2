"""A cell: pins, parameters, and experiments in which all its views must say the same."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from neuroep.core.constants import ROOM_TEMPERATURE, thermal_voltage
from neuroep.core.tables import Reals
from neuroep.hardware.cells import common
from neuroep.hardware.cells.files import Subcircuit, check_cell_file
from neuroep.hardware.cells.parameters import Parameter, Range, Values

KERNEL, ODE, BRIAN, SPICE = "kernel", "ODE", "Brian2", "ngspice"
"""The views: closed form or kernel, scipy's solve_ivp, Brian2, and ngspice on the .cir file."""


@dataclass(frozen=True)
class Setup:
    """One instance of a cell on the bench.

    ``values``: its parameters, SI; ``temperature``: K; ``folder``: where the built-in cells lie;
    ``file``: the .cir file under test; ``subcircuit``: what that file holds.
    """

    cell: "Cell"
    values: Values
    temperature: float
    folder: Path
    file: Path
    subcircuit: Subcircuit

    @property
    def thermal_voltage(self) -> float:
        """U_T, V."""
        return thermal_voltage(self.temperature)


Response = Callable[[Setup, Reals], Reals]
"""What a view answers to a sweep: (setup, x (points,)) -> y (lines, points)."""

Tolerance = float | Callable[[Setup], float]


@dataclass(frozen=True)
class Axis:
    """Name and SI unit (its symbol, "" for a number) of what is swept or measured."""

    label: str
    unit: str


@dataclass(frozen=True)
class Experiment:
    """A sweep, and what each view answers.

    Attributes
    ----------
    name : str
    x, y : Axis
    points : callable
        Setup -> what is swept (points,), in the unit of ``x``.
    views : dict
        By name, the kernel's first: all others are held against it.
    tolerances : dict
        Largest distance from the kernel's answer, in the unit of ``y``; a number or a function of
        the setup. For every view but the kernel's.
    lines : tuple of str
        Names of the rows of an answer.
    replaceable : bool
        Whether a designer's own file must give the same answer. What it draws from the supplies is
        its own affair.
    """

    name: str
    x: Axis
    y: Axis
    points: Callable[[Setup], Reals]
    views: Mapping[str, Response]
    tolerances: Mapping[str, Tolerance]
    lines: tuple[str, ...] = ("",)
    replaceable: bool = True


@dataclass(frozen=True)
class Parity:
    """What the views of one cell answered in one experiment.

    ``x`` (points,), ``curves`` by view (lines, points), ``tolerances`` by view.
    """

    cell: str
    experiment: Experiment
    x: Reals
    curves: dict[str, Reals]
    tolerances: dict[str, float]

    @property
    def deviations(self) -> dict[str, float]:
        """Largest distance of each view from the kernel's answer; infinite where one is missing."""
        wanted = self.curves[KERNEL]
        return {
            name: float(np.nan_to_num(np.abs(y - wanted), nan=np.inf).max())
            for name, y in self.curves.items()
            if name != KERNEL
        }

    @property
    def failures(self) -> list[str]:
        """One line for each view that is further from the kernel than it may be."""
        unit = self.experiment.y.unit
        return [
            f"cell {self.cell!r}, {self.experiment.name}: {name} is off by {far:.3g} {unit}, "
            f"tolerance {self.tolerances[name]:.3g} {unit}"
            for name, far in self.deviations.items()
            if far > self.tolerances[name]
        ]


@dataclass(frozen=True)
class Cell:
    """A circuit with pins and parameters, and up to four views of what it does.

    Attributes
    ----------
    name : str
        Of the cell, its .cir file and the subcircuit in it.
    title : str
        What it is, in a few words.
    pins : dict of str
        Meaning by name, in the order of the ``.subckt`` line.
    parameters : tuple of Parameter
        In the order of the ``.subckt`` line. What its supplies must stand at is the last one of
        every cell that has them, and need not be given.
    experiments : tuple of Experiment
    consistent : callable
        Values -> what is wrong about them taken together, or nothing.
    parts : tuple of str
        Names of the cells whose subcircuits stand in its own.
    """

    name: str
    title: str
    pins: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    experiments: tuple[Experiment, ...]
    consistent: Callable[[Values], str] = field(default=lambda values: "")
    parts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if "vdd" in self.pins and common.LEAST_SUPPLY not in self.parameters:
            supplied = (*self.parameters, common.LEAST_SUPPLY)
            object.__setattr__(self, "parameters", supplied)

    def values(self, limits: Mapping[str, Range] | None = None, **given: Any) -> Values:
        """Return checked parameters in SI units, defaults where none is given.

        Parameters
        ----------
        limits : dict of Range, optional
            What devices at hand can be set to, by parameter.
        **given : float or brian2.Quantity
            A plain number is in the SI unit.

        Raises
        ------
        ValueError
            One line that names the cell and the parameter: unknown, of another dimension,
            unphysical, or outside the device's range.
        """
        known, limits = {p.symbol: p for p in self.parameters}, limits or {}
        for symbol in given:
            if symbol not in known:
                raise ValueError(
                    f"cell {self.name!r}: has no parameter {symbol!r}; it has {list(known)}"
                )
        values = {
            symbol: p.checked(self.name, given.get(symbol, p.default), limits.get(symbol))
            for symbol, p in known.items()
        }
        wrong = self.consistent(values)
        if wrong:
            raise ValueError(f"cell {self.name!r}: {wrong}")
        return values

    @property
    def views(self) -> tuple[str, ...]:
        """Names of the views that the cell has."""
        have = {view for e in self.experiments for view in e.views}
        return tuple(view for view in (KERNEL, ODE, BRIAN, SPICE) if view in have)


def parity(
    cell: Cell,
    folder: Path,
    *,
    file: Path | None = None,
    values: Mapping[str, Any] | None = None,
    temperature: float = ROOM_TEMPERATURE,
    views: Iterable[str] | None = None,
) -> list[Parity]:
    """Run the experiments of a cell in every view.

    Parameters
    ----------
    cell : Cell
    folder : Path
        Where the built-in cells lie: ``neuroep.content.circuits_path() / "cells" / "ideal"``.
    file : Path, optional
        A designer's own .cir file to take the cell's place.
    values : dict, optional
        Parameters other than the defaults.
    temperature : float
        K.
    views : iterable of str, optional
        Only these besides the kernel's.

    Raises
    ------
    InputError
        The file does not fit the cell; ngspice is missing or fails.
    ValueError
        Values that the cell cannot have.
    """
    path = (folder / f"{cell.name}.cir" if file is None else file).resolve()
    subcircuit = check_cell_file(path, cell)
    setup = Setup(cell, cell.values(**(values or {})), temperature, folder, path, subcircuit)
    wanted = {KERNEL, *(cell.views if views is None else views)}
    results = []
    for experiment in cell.experiments:
        if file is not None and not experiment.replaceable:
            continue
        x = experiment.points(setup)
        curves = {
            name: np.atleast_2d(view(setup, x))
            for name, view in experiment.views.items()
            if name in wanted
        }
        allowed = {
            name: limit(setup) if callable(limit) else limit
            for name, limit in experiment.tolerances.items()
        }
        results.append(Parity(cell.name, experiment, x, curves, allowed))
    return results

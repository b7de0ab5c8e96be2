"""Results of a sweep as files: a row a point, a row a cell, and arrays over the axes."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neuroep.studies.sweep.axes import points_of
from neuroep.studies.sweep.measures.measure import unit_of
from neuroep.studies.sweep.statistics import QUANTILES, Cell, Results
from neuroep.traces.files import atomic_write

POINTS, SUMMARY = "results.csv", "summary.csv"

MISSING, MEASURED, FAILED = 0, 1, 2
STATES = ("missing", "measured", "failed")


def write_results(folder: Path, results: Results, title: str) -> None:
    """Write results.csv, summary.csv and results.nc."""
    atomic_write(folder / POINTS, _csv(_points(results)))
    atomic_write(folder / SUMMARY, _csv(_summary(results)))
    atomic_write(folder / "results.nc", _netcdf(results, title))


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _cell(value: float) -> object:
    return "" if math.isnan(value) else repr(float(value))


def titled(figure: str, called: str = "") -> str:
    """Return the name of a figure, or what it is ``called``, with its unit."""
    symbol, name = unit_of(figure)[1], called or figure
    return f"{name} ({symbol})" if symbol else name


def _points(results: Results) -> list[list[object]]:
    figures = results.figures
    names = [titled(name, results.called(name)) for name in figures]
    rows: list[list[object]] = [
        ["point", *(axis.name for axis in results.axes), "state", *names, "error"]
    ]
    for point in points_of(results.axes):
        found = results.outcomes.get(point.place)
        state = MISSING if found is None else FAILED if found.error else MEASURED
        known = found.figures if found else {}
        values = [_cell(known.get(name, math.nan)) for name in figures]
        levels = [level.value for level in point.levels]
        rows.append([point.number, *levels, STATES[state], *values, found.error if found else ""])
    return rows


def _summary(results: Results) -> list[list[object]]:
    names = [results.axes[i].name for i in results.fixed]
    quantiles = [f"quantile {q:g}" for q in QUANTILES]
    kept = ["yield", "yield low", "yield high", "kept", "tried"]
    rows: list[list[object]] = [[*names, "figure", "mean", "sigma", *quantiles, *kept]]
    for cell in results.cells():
        levels = list(cell.levels.values())
        for name in results.figures:
            spread = [cell.mean(name), cell.sigma(name), *cell.quantiles(name)]
            limited = name in results.spec.limits
            kept_to = _yield(results, cell, name) if limited else [""] * len(kept)
            rows.append([*levels, titled(name), *map(_cell, spread), *kept_to])
        if results.spec.limits:
            nothing = [""] * (2 + len(QUANTILES))
            rows.append([*levels, "all specifications", *nothing, *_yield(results, cell, "")])
    return rows


def _yield(results: Results, cell: Cell, figure: str) -> list[object]:
    found = cell.yields(results.spec, figure)
    return [_cell(found.share), *map(_cell, found.interval), found.passed, found.count]


def _netcdf(results: Results, title: str) -> bytes:
    """Return everything as netCDF-4, which is HDF5 with dimension scales."""
    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        file.attrs["Conventions"] = "netCDF-4"
        file.attrs["title"] = title
        for axis in results.axes:
            _scale(file, axis.name, axis.values)
        _scale(file, "quantile", list(QUANTILES))
        names = [axis.name for axis in results.axes]
        fixed = [names[i] for i in results.fixed]
        state = np.zeros(results.shape, np.int8)
        error = np.full(results.shape, "", object)
        for place, found in results.outcomes.items():
            state[place] = FAILED if found.error else MEASURED
            error[place] = found.error
        _variable(file, "state", state, names).attrs["meaning"] = ", ".join(
            f"{number} {name}" for number, name in enumerate(STATES)
        )
        _variable(file, "error", error, names)
        cells, shape = results.cells(), tuple(results.shape[i] for i in results.fixed)

        def over(values: Sequence[Any], *more: int) -> Any:
            return np.array(values).reshape((*shape, *more))

        for name in results.figures:
            unit = unit_of(name)[1] or "1"
            key = name.replace("/", "_")  # which would be a group of the file
            found_as = f"measured_{key}" if key in file else key
            made = {
                found_as: (results.values(name), names),
                f"{key}_mean": (over([cell.mean(name) for cell in cells]), fixed),
                f"{key}_sigma": (over([cell.sigma(name) for cell in cells]), fixed),
                f"{key}_quantiles": (
                    over([cell.quantiles(name) for cell in cells], len(QUANTILES)),
                    [*fixed, "quantile"],
                ),
            }
            for variable, (values, dimensions) in made.items():
                _variable(file, variable, values, dimensions).attrs["units"] = unit
        for name in [*results.spec.limits, ""] if results.spec.limits else []:
            yields = [cell.yields(results.spec, name) for cell in cells]
            key = f"{name}_yield".replace("/", "_").lstrip("_")
            _variable(file, key, over([one.share for one in yields]), fixed)
            for side, which in (("low", 0), ("high", 1)):
                ends = over([one.interval[which] for one in yields])
                _variable(file, f"{key}_{side}", ends, fixed)
        worst = results.worst()
        if worst is not None:
            file.attrs["worst"] = worst.label
    return image.getvalue()


def _scale(file: h5py.File, name: str, values: Sequence[Any]) -> None:
    data = _plain(np.array(values if _of_one_kind(values) else list(map(str, values))))
    scale = file.create_dataset(name, data=data)
    scale.make_scale(name)


def _of_one_kind(values: Sequence[Any]) -> bool:
    return len({isinstance(value, str) for value in values}) == 1


def _variable(file: h5py.File, name: str, values: Any, dimensions: Sequence[str]) -> Any:
    made = file.create_dataset(name, data=_plain(np.asarray(values)))
    for number, dimension in enumerate(dimensions):
        made.dims[number].attach_scale(file[dimension])
    return made


def _plain(values: Any) -> Any:
    """Return an array as HDF5 takes it: texts as such of any length."""
    text = values.dtype.kind in "UO"
    return values.astype(h5py.string_dtype()) if text else values

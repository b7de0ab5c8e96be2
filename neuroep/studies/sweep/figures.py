"""The figures of a sweep."""

import math
from pathlib import Path

import numpy as np

from neuroep import report
from neuroep.core.tables import Reals
from neuroep.errors import InputError
from neuroep.files import reason
from neuroep.studies.sweep.measures.measure import readable_unit
from neuroep.studies.sweep.spec import Limit
from neuroep.studies.sweep.statistics import Results
from neuroep.studies.sweep.tables import largest, shown_figures

FOLDER = "figures"
DRAWN = {"histogram": report.sample_histogram, "quantiles": report.sample_quantiles}
"""What is drawn of every figure that matters."""


def draw_figures(folder: Path, results: Results, title: str) -> None:
    """Draw every figure of what was measured into a folder of the sweep's."""
    place = folder / FOLDER
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{place}: {reason(error)}") from None
    cells, spec = results.cells(), results.spec
    shown = shown_figures(results)
    if spec.limits:
        columns = [*spec.limits, *([""] if len(spec.limits) > 1 else [])]
        yields = [[cell.yields(spec, name) for name in columns] for cell in cells]
        report.save(
            report.yield_matrix(
                [[one.share for one in row] for row in yields],
                [[str(one).replace("], ", "]\n") for one in row] for row in yields],
                [cell.label or title for cell in cells],
                [_limited(name, spec.limits[name]) if name else "all" for name in columns],
            ),
            place / "specification.png",
        )
    for name in shown:
        size, unit = readable_unit(name, largest(results, name))
        samples = {cell.label or title: cell.values[name] / size for cell in cells}
        limit = spec.limits.get(name, Limit())
        ends = (limit.least / size, limit.most / size)
        for kind, draw in DRAWN.items():
            figure = draw(samples, ends, name=name, unit=unit or "1")
            report.save(figure, place / f"{name.replace('/', '_')}-{kind}.png")
    _parallel(place / "points.png", results, shown, title)


def _limited(name: str, limit: Limit) -> str:
    ends = []
    for sign, end in (("≥", limit.least), ("≤", limit.most)):
        if math.isfinite(end):
            size, unit = readable_unit(name, end)
            ends.append(f"{sign} {end / size:.4g} {unit}".strip())
    return f"{name} {', '.join(ends)}"


def _parallel(path: Path, results: Results, shown: list[str], title: str) -> None:
    columns: dict[str, Reals] = {}
    labels: dict[str, list[str]] = {}
    places = list(results.outcomes)
    for number, axis in enumerate(results.axes):
        index = np.array([place[number] for place in places])
        if all(not isinstance(value, str) for value in axis.values):
            columns[axis.name] = np.array(axis.values, float)[index]
        else:
            columns[axis.name] = index.astype(float)
            labels[axis.name] = [str(value) for value in axis.values]
    for name in shown:
        size, unit = readable_unit(name, largest(results, name))
        values = [results.outcomes[place].figures.get(name, np.nan) for place in places]
        shown_as = results.called(name)
        columns[f"{shown_as} ({unit})" if unit else shown_as] = np.array(values) / size
    kept = [results.keeps(place) for place in places]
    report.save(report.parallel_coordinates(columns, kept, labels, title=title), path)

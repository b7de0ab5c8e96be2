"""What a sweep prints: a row a corner and place of the grid."""

import math

import numpy as np

from neuroep.report import Number
from neuroep.studies.sweep.measures.measure import readable_unit
from neuroep.studies.sweep.statistics import Cell, Results

SHOWN = ("test_accuracy", "accuracy", "agrees", "settle_steps", "energy")
"""Figures that are shown where no specification says which matter."""


def shown_figures(results: Results) -> list[str]:
    """Return the figures that matter: those with limits, or the best known."""
    limited = [name for name in results.figures if name in results.spec.limits]
    known = [name for name in SHOWN if name in results.figures]
    return limited or known or results.figures[:4]


def cells_table(results: Results) -> tuple[list[list[object]], list[str]]:
    """Return rows and headers: means with their spread, yields with their intervals."""
    limits, shown = results.spec.limits, shown_figures(results)
    headers = [results.axes[i].name for i in results.fixed]
    for figure in shown:
        headers += [figure, *(["yield"] if figure in limits else [])]
    headers += ["all"] if len(shown) > 1 and limits else []
    units = {name: readable_unit(name, largest(results, name)) for name in shown}
    rows: list[list[object]] = []
    for cell in results.cells():
        row: list[object] = list(cell.levels.values())
        for figure in shown:
            row.append(_number(cell, figure, *units[figure]))
            if figure in limits:
                row.append(str(cell.yields(results.spec, figure)))
        if len(shown) > 1 and limits:
            row.append(str(cell.yields(results.spec)))
        rows.append(row)
    return rows, headers


def largest(results: Results, figure: str) -> float:
    """Return the largest magnitude of a figure."""
    values = np.abs(results.values(figure))
    return float(np.max(values, initial=0.0, where=np.isfinite(values)))


def _number(cell: Cell, figure: str, size: float, unit: str) -> Number | None:
    mean, sigma = cell.mean(figure) / size, cell.sigma(figure) / size
    if math.isnan(mean):
        return None
    unit = "%" if figure.endswith("accuracy") else unit
    return Number(mean, None if math.isnan(sigma) else sigma, unit)

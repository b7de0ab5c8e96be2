"""What a sweep prints: a row a corner and place of the grid."""

import math

from neuroep.report import Number
from neuroep.studies.sweep.measures.measure import unit_of
from neuroep.studies.sweep.statistics import Cell, Results

SHOWN = ("test_accuracy", "accuracy", "agrees", "settle_steps", "energy")
"""Figures that are shown where no specification says which matter."""


def cells_table(results: Results) -> tuple[list[list[object]], list[str]]:
    """Return rows and headers: means with their spread, yields with their intervals."""
    limits = results.spec.limits
    shown = [f for f in results.figures if f in limits]
    shown = shown or [f for f in results.figures if f in SHOWN] or results.figures[:4]
    headers = [results.axes[i].name for i in results.fixed]
    for figure in shown:
        headers += [figure, *(["yield"] if figure in limits else [])]
    headers += ["all"] if len(shown) > 1 and limits else []
    rows: list[list[object]] = []
    for cell in results.cells():
        row: list[object] = list(cell.levels.values())
        for figure in shown:
            row.append(_number(cell, figure))
            if figure in limits:
                row.append(str(cell.yields(results.spec, figure)))
        if len(shown) > 1 and limits:
            row.append(str(cell.yields(results.spec)))
        rows.append(row)
    return rows, headers


def _number(cell: Cell, figure: str) -> Number | None:
    mean, sigma = cell.mean(figure), cell.sigma(figure)
    if math.isnan(mean):
        return None
    unit = "%" if figure.endswith("accuracy") else unit_of(figure)[1]
    return Number(mean, None if math.isnan(sigma) else sigma, unit)

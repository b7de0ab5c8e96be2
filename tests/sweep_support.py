"""Sweeps small enough for tests: a tiny chip of attention that settles, or trains on little."""

import os
from pathlib import Path
from typing import Any

import pytest
from experiment_support import neuroep, tiny

from neuroep.studies.sweep.work import Asked, measure_point

SETTLE = """
design = "tiny.toml"
measure = "settle"
set = {solver = "sweep"}
settle.examples = 4
"""

TRAIN = """
design = "tiny.toml"
baselines = false
set = {solver = "sweep"}
data.limit = 40
"""


def write_plan(folder: Path, text: str, name: str = "plan.toml") -> Path:
    """Write a plan beside the tiny design."""
    tiny(folder)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def sweep(plan: Path, *more: object) -> int:
    """Run a sweep in this process, into a folder beside its plan."""
    if "--workers" not in more and "--address" not in more:
        more = ("--workers", 1, *more)
    return neuroep("sweep", plan, "--out", plan.with_suffix(""), *more)


def rows(plan: Path, name: str = "results.csv") -> list[dict[str, str]]:
    """Return a table of a sweep."""
    import csv

    with (plan.with_suffix("") / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def refused(plan: Path, capsys: pytest.CaptureFixture[str], *more: Any) -> str:
    """Return the one line by which a sweep is refused."""
    from experiment_support import one_line

    capsys.readouterr()
    assert sweep(plan, *more) == 2
    return one_line(capsys.readouterr().err)


def die_over_point_1(asked: Asked) -> None:
    """Measure a point; but one of them takes its process with it."""
    if asked.number == 1:
        os._exit(9)
    measure_point(asked)

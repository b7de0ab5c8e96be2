"""Solvers that need a chip: a design trains by the whole circuit, or by its own curves."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuroep.cli import main

SIGNS = [(a, b, c) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]


@pytest.fixture
def rows(tmp_path: Path) -> str:
    """Return a table of exclusive or, each case five times."""
    rng = np.random.default_rng(0)
    lines = ["a,b,c,d,label"]
    for a, b, c in SIGNS * 5:
        values = 0.8 * np.array([a, b, c, 0.3]) * rng.uniform(0.9, 1.1, 4)
        lines.append(f"{','.join(map(str, values))},{'odd' if a * b < 0 else 'even'}")
    (tmp_path / "xor.csv").write_text("\n".join(lines) + "\n")
    return str(tmp_path / "xor.csv")


def train(rows: str, run: Path, *more: str) -> dict[str, float]:
    """Train the shipped 4-4-2 and return its metrics."""
    fixed = ("--no-baselines", "--no-figures", "--set", "circuit.chip=1")
    assert (
        main(["train", "transistors_small", "--data", rows, "--out", str(run), *fixed, *more]) == 0
    )
    found: dict[str, float] = json.loads((run / "metrics.json").read_text())
    return found


def test_a_drawn_chip_learns_by_its_own_curves(rows: str, process: str, tmp_path: Path) -> None:
    found = train(rows, tmp_path / "run", "--engine", "measured", "--epochs", "20")
    assert found["accuracy"]["measured"] == 1.0  # type: ignore[index]


def test_a_step_in_the_loop(rows: str, process: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    found = train(rows, run, "--engine", "ngspice", "--epochs", "1", "--limit", "16")
    assert found["not_converged"]["ngspice"] == 0.0  # type: ignore[index]
    assert "ngspice" in (run / "design.toml").read_text()

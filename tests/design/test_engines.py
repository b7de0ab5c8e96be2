"""Solvers that need a chip: a design trains by the whole circuit, or by its own curves."""

import json
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep, one_line

from neuroep.cli import main
from neuroep.design.cells import cell_files
from neuroep.design.load import load_design
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.in_spice import InSpice
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.inputs import Sequences
from neuroep.settle import Stop, settle

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


def test_examples_of_equal_inputs_take_turns(process: str) -> None:
    """They share a circuit, whose answers would else reach the wrong one."""
    design = load_design("transistors_small")
    network = design.make_system(dtype=np.float64).network
    x = np.repeat(np.random.default_rng(0).uniform(-0.5, 0.5, (1, 4)), 4, axis=0)
    target = np.array([[1.0, 0.0], [0.0, 1.0]] * 2)
    drive = make_drive(network, {"inputs": x})
    solver, stop = design.make_solver(network, "ngspice")
    assert isinstance(solver, InSpice)
    try:
        free = settle(network, drive, solver=solver, stop=stop)
        nudged = settle(
            network, drive, solver=solver, beta=[0.5, -0.5], target=target, start=free, stop=stop
        )
        assert len(solver.running) == 1
    finally:
        solver.close()
    out = nudged.activity("out")
    np.testing.assert_allclose(out[:, :2], out[:, 2:], atol=1e-3)
    assert np.abs(out[:, 0] - out[:, 1]).max() > 0.05


@pytest.mark.parametrize(
    ("engine", "words"),
    [
        ("ngspice", ["ideal/clamp.cir", "behavioural", "circuit.library"]),
        ("measured", ["attention_small", "asking", "attention has no curve"]),
    ],
)
def test_a_chip_that_an_engine_cannot_carry_is_one_line(
    engine: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A running circuit follows no behavioural source: it would learn from a nudge of nothing."""
    given = ("--engine", engine, "--limit", 30, "--out", tmp_path / "run")
    assert neuroep("train", "attention_small", *given) == 2
    said = [x for x in capsys.readouterr().err.splitlines() if x.startswith("neuroep: ")]
    one_line("\n".join(said) + "\n", *words)


TEXTS = """
title = "Texts of any length"
seed = 2
[layers.words]
type = "clamped"
tokens = 3
dim = 1
[layers.heads]
type = "pooled_attention"
patterns = "words"
[layers.out]
type = "tanh"
size = 1
[[couplings]]
between = ["heads", "out"]
[cost]
type = "squared_error"
layer = "out"
[circuit]
library = "sky130"
"""


def test_a_process_goes_on_with_a_circuit_of_the_same_elements_only(
    tmp_path: Path, process: str
) -> None:
    """A shorter text is another circuit: what one of three words made of it was no answer."""
    path = tmp_path / "texts.toml"
    path.write_text(TEXTS)
    design = load_design(str(path))
    network = design.make_system(dtype=np.float64).network
    words = np.array([[0.3], [-0.2], [0.1], [0.4], [-0.5]])
    drive = make_drive(network, {"words": Sequences(words, np.array([0, 3, 4, 5]))})
    found = []
    for processes in (3, 1):
        circuit = Circuit(network, design.made_chip)
        solver = InSpice(circuit, cell_files({}, path, "sky130"), processes=processes)
        try:
            found.append(settle(network, drive, solver=solver, stop=Stop(1e-4)).activity("out"))
            assert len(solver.running) == processes
        finally:
            solver.close()
    np.testing.assert_allclose(found[1], found[0], atol=1e-3)
    assert np.ptp(found[0]) > 0.1

"""[circuit.noise] of a design: a chip that runs in time learns with noise."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from neuroep.cli import main

DESIGN = """
title = "A sign, learned by a chip that runs in time"
solver = "transient"
[table]
scaling = "none"
[layers.x]
type = "clamped"
dim = 4
[layers.hidden]
type = "tanh"
size = 4
[layers.out]
type = "tanh"
size = 2
[[couplings]]
between = ["x", "hidden"]
[[couplings]]
between = ["hidden", "out"]
gain = 0.6
[cost]
type = "squared_error"
layer = "out"
[learning]
epochs = 8
batch = 8
beta = 0.2
decay = "none"
choose = "cost"
rates = {"*" = 0.1}
[circuit]
capacitance = "10 fF"
duration = "2 ns"
"""
NOISE = '[circuit.noise]\nflicker = "200 uV"\n'
QUIET = "[circuit.noise]\nthermal = false\nshot = false\n"


@pytest.fixture
def rows(tmp_path: Path) -> str:
    """Return a table of signs."""
    rng = np.random.default_rng(0)
    lines = ["a,b,c,d,label"]
    for _ in range(40):
        values = rng.choice([-0.8, 0.8], 4)
        lines.append(f"{','.join(map(str, values))},{'up' if values[1] > 0 else 'down'}")
    (tmp_path / "signs.csv").write_text("\n".join(lines) + "\n")
    return str(tmp_path / "signs.csv")


def train(rows: str, text: str, name: str, *more: str) -> tuple[float, np.ndarray]:
    """Return the test's accuracy, and what was learned."""
    folder = Path(rows).parent
    (folder / f"{name}.toml").write_text(text)
    fixed = ("--no-baselines", "--no-figures", "--data", rows, "--out", str(folder / name))
    assert main(["train", str(folder / f"{name}.toml"), *fixed, *more]) == 0
    figures = json.loads((folder / name / "metrics.json").read_text())
    with h5py.File(folder / name / "trained.h5") as saved:
        learned = [saved["parameters"][key][()].ravel() for key in saved["parameters"]]
    return figures["accuracy"]["transient"], np.concatenate(learned)


def test_a_noisy_chip_learns(rows: str) -> None:
    assert train(rows, DESIGN + NOISE, "noisy")[0] == 1.0


def test_a_noisy_training_repeats_to_the_bit(rows: str) -> None:
    learned, again, quiet, other = (
        train(rows, text, name, "--epochs", "1", "--set", f"circuit.noise.seed={seed}")[1]
        for text, name, seed in (
            (DESIGN + NOISE, "noisy", 0),
            (DESIGN + NOISE, "again", 0),
            (DESIGN + QUIET, "quiet", 0),
            (DESIGN + NOISE, "other", 1),
        )
    )
    assert np.array_equal(learned, again)
    for different in (quiet, other):
        assert np.abs(learned - different).max() > 1e-4


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (("circuit.noise.thermal=true", "solver=sweep"), 'circuit.noise: solver = "sweep" knows'),
        (("circuit.noise.flicker=-1 mV",), "circuit.noise.flicker: must not be negative"),
        (("circuit.noise.flicker=3",), "circuit.noise.flicker"),
        (("circuit.noise.termal=true",), "circuit.noise.termal: unknown key; did you mean thermal"),
        (("circuit.noise.seed=-1",), "circuit.noise.seed"),
        (("circuit.noise.shot=true", "circuit.library=sky130"), "noise: known of ideal cells"),
    ],
)
def test_noise_that_cannot_be_is_refused_in_one_line(
    settings: tuple[str, ...], said: str, rows: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(rows).parent / "chip.toml"
    path.write_text(DESIGN)
    given = [word for one in settings for word in ("--set", one)]
    assert main(["train", str(path), "--data", rows, *given]) == 2
    told = capsys.readouterr().err.strip()
    assert said in told
    assert "\n" not in told

"""Small chips of both families on a table of one's own, from a design file to a run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from experiment_support import neuroep

HOPFIELD = """
title = "three numbers on layers"
seed = 2
solver = "{solver}"
[table]
validation = 0.2
[layers.x]
type = "clamped"
dim = 3
[layers.hidden]
type = "{neuron}"
size = 8
[layers.out]
type = "{neuron}"
size = 3
[[couplings]]
between = ["x", "hidden"]
[[couplings]]
between = ["hidden", "out"]
gain = 0.5
[cost]
type = "squared_error"
layer = "out"
[settle]
residual = 1e-4
steps = 100
"""

RESISTIVE = """
title = "three numbers on conductances"
seed = 2
[table]
validation = 0.2
[resistive]
inputs = 3
hidden = [12]
outputs = 3
input_gain = "0.5 V"
amplification = 2.0
conductance_max = "100 uS"
nudge_conductance = "50 uS"
spread = ["40 uS", "40 uS"]
[settle]
residual = "1 nV"
"""


def chip(
    folder: Path,
    family: str = "hopfield",
    *,
    solver: str = "sweep",
    neuron: str = "tanh",
    rates: float = 0.02,
    **learning: object,
) -> Path:
    """Write a design of a family, with these entries of ``[learning]``."""
    text = HOPFIELD.format(solver=solver, neuron=neuron) if family == "hopfield" else RESISTIVE
    entries = {"epochs": 8, "batch": 8, "beta": 0.3, **learning}
    text += "[learning]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in entries.items())
    path = folder / "chip.toml"
    path.write_text(f'{text}[learning.rates]\n"*" = {rates}\n')
    return path


def numbers(folder: Path) -> Path:
    """Write rows of three numbers; the label says which is the largest."""
    rows = np.random.default_rng(7).normal(size=(300, 3))
    names = np.array(["first", "second", "third"])[rows.argmax(axis=1)]
    lines = [
        ",".join([*map("{:.4f}".format, row), name]) for row, name in zip(rows, names, strict=True)
    ]
    path = folder / "numbers.csv"
    path.write_text("\n".join(["a,b,c,label", *lines]) + "\n")
    return path


def train(folder: Path, design: Path, *more: object, out: str = "run") -> Path:
    """Train a design on the numbers; return the run folder."""
    options = ("--no-figures", "--no-baselines", "--out", folder / out)
    assert neuroep("train", design, "--data", numbers(folder), *options, *more) == 0
    return folder / out


def metrics(run: Path) -> dict[str, Any]:
    """Return what came out of a run."""
    found: dict[str, Any] = json.loads((run / "metrics.json").read_text())
    return found

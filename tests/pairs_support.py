"""An inference run small enough for tests: a tiny design, the command line."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from neuroep.cli.errors import guarded
from neuroep.tasks.pairs import task as pairs

SIM = Path(__file__).resolve().parent.parent / "sims" / "snli_spiking.py"
LIMIT = 60
TINY = """
title = "tiny"
seed = 3
solver = "spiking"
[pairs]
words = 300
word_min_count = 1
rare_rows = 20
word_dropout = 0.2
[pairs.identity]
"hypothesis-cover" = 1.0
[pairs.opposite]
"cover-judge" = "hypothesis-judge"
[pairs.tied]
"judge-hidden" = 0.2
[layers.premise]
type = "clamped"
tokens = 14
dim = 8
[layers.hypothesis]
type = "clamped"
tokens = 10
dim = 8
table = "premise"
[layers.memory]
type = "clamped"
tokens = 6
dim = 4
vocabulary = 6
[layers.cover]
type = "token_attention"
patterns = "premise"
queries_from = "hypothesis"
inverse_temperature = 4.0
[layers.judge]
type = "token_attention"
patterns = "memory"
queries_from = "hypothesis"
[layers.hidden]
type = "hard_sigmoid"
size = 6
bias = 0.5
[[couplings]]
between = ["hypothesis", "cover"]
shared = true
[[couplings]]
between = ["hypothesis", "judge"]
shared = true
[[couplings]]
between = ["cover", "judge"]
shared = true
[[couplings]]
between = ["judge", "hidden"]
[cost]
type = "cross_entropy"
layer = "hidden"
classes = 3
[settle]
steps = 5
[spiking]
time_step = "1 us"
time_constant = "2 us"
free_duration = "24 us"
nudged_duration = "20 us"
window = "0.01 ms"
[learning]
epochs = 3
batch = 16
beta = 0.5
[learning.rates]
"premise.patterns" = 1e-2
"*" = 2e-2
[traces]
interval = 1
examples = 2
[traces.synapses]
"judge-hidden" = [[0, 16], [1, 5]]
[traces.neurons]
hidden = [0, 6]
"""


def load_sim() -> ModuleType:
    """Import sims/snli_spiking.py, which is a script outside the package."""
    spec = importlib.util.spec_from_file_location("snli_spiking", SIM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sim(*arguments: object) -> int:
    """Run sims/snli_spiking.py in this process; return its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(SIM), *map(str, arguments)])
        try:
            return int(guarded(load_sim().main))
        except SystemExit as leaving:  # argparse
            return int(leaving.code or 0)


def train(folder: Path, *more: object, design: str = TINY, out: str = "run") -> int:
    """Train the tiny design on a few built-in pairs."""
    path = folder / "tiny.toml"
    path.write_text(design, encoding="utf-8")
    return sim("--design", path, "--limit", LIMIT, "--out", folder / out, *more)


def skip_reports(patch: pytest.MonkeyPatch) -> None:
    """Leave out figures and baselines where a test is about training."""
    patch.setattr(pairs, "draw_pair_figures", lambda *_: None)
    patch.setattr(pairs, "pair_baselines", lambda *_: {})


def metrics(run: Path) -> dict[str, Any]:
    """Return metrics.json without times and memory, which differ from run to run."""
    found: dict[str, Any] = json.loads((run / "metrics.json").read_text())
    del found["seconds"], found["peak_memory_bytes"]
    return found

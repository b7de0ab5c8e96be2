"""Runs small enough for tests: tiny designs, the command lines, what a run leaves."""

import errno
import io
import json
import os
import runpy
import signal
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroep.cli import main
from neuroep.learning.trainer import Trainer
from neuroep.tasks.catalogue import TASKS
from neuroep.traces import checkpoint

REPO = Path(__file__).resolve().parent.parent
SIMS = REPO / "sims"
SIM = SIMS / "imdb_spiking.py"
NEUROEP = "import sys; from neuroep.cli import main; sys.exit(main())"
LIMIT = 40
QUICK = ("--no-baselines", "--no-figures")
"""What a run is asked for where a test is about its training."""


def more(*cases: Any) -> list[Any]:
    """Return cases of a parametrized test that ``make endurance`` alone runs."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.endurance)
        for case in cases
    ]


TINY = """
title = "tiny"
seed = 3
solver = "spiking"
[text]
words = 300
word_min_count = 1
ngrams = 2
ngram_rows = 100
ngram_min_count = 2
rare_rows = 20
word_dropout = 0.2
validation = 0.2
[layers.words]
type = "clamped"
tokens = 60
dim = 8
[layers.heads]
type = "pooled_attention"
patterns = "words"
queries = 2
inverse_temperature = 0.2
[layers.hidden]
type = "hard_sigmoid"
size = 6
bias = 0.5
[[couplings]]
between = ["heads", "hidden"]
[cost]
type = "cross_entropy"
layer = "hidden"
classes = 2
[settle]
steps = 5
[spiking]
time_step = "1 us"
time_constant = "2 us"
free_duration = "24 us"
nudged_duration = "20 us"
window = "0.01 ms"
attention_range = 1.0
[learning]
epochs = 3
batch = 16
beta = 0.5
[learning.rates]
"words.patterns" = 1e-2
"*" = 2e-2
[traces]
interval = 1
examples = 2
[traces.synapses]
"heads-hidden" = [[0, 16], [1, 5]]
[traces.neurons]
hidden = [0, 6]
"""

PAIRS = """
title = "tiny"
seed = 3
solver = "spiking"
[pairs]
words = 300
word_min_count = 1
rare_rows = 20
word_dropout = 0.2
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
identity = 1.0
[[couplings]]
between = ["hypothesis", "judge"]
shared = true
[[couplings]]
between = ["cover", "judge"]
shared = true
opposite = "hypothesis-judge"
[[couplings]]
between = ["judge", "hidden"]
tied = 0.2
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

PAIRS_LIMIT = 60

ON_DEVICES = """
title = "digits"
seed = 2
solver = "sweep"
[images]
layer = "pixels"
[layers.pixels]
type = "clamped"
dim = 784
[layers.hidden]
type = "hard_sigmoid"
size = 6
[layers.out]
type = "hard_sigmoid"
size = 10
[[couplings]]
between = ["pixels", "hidden"]
[[couplings]]
between = ["hidden", "out"]
[cost]
type = "squared_error"
layer = "out"
[devices]
card = "soft_64"
[learning]
epochs = 2
batch = 5
update = "pulses"
gain = "line"
momentum = 0.5
[learning.rates]
"*" = 2e-2
[traces]
interval = 3
examples = 1
[traces.synapses]
"hidden-out" = [[1, 5], [2, 9]]
"hidden.bias" = [2, 6]
"""
"""Built-in digits, every weight a pair of devices."""

RUNAWAY = """
title = "a loop that amplifies"
[layers.inputs]
type = "clamped"
dim = 3
[layers.hidden]
type = "linear"
size = 6
[layers.out]
type = "linear"
size = 3
[[couplings]]
between = ["inputs", "hidden"]
[[couplings]]
between = ["hidden", "out"]
gain = {gain}
[cost]
type = "squared_error"
layer = "out"
"""
"""A network without a lowest energy where its gain is large enough."""


def sim(*arguments: object, script: str = "imdb_spiking") -> int:
    """Run a script of sims/ in this process; return its exit code."""
    path = str(SIMS / f"{script}.py")
    return _call(lambda: runpy.run_path(path, run_name="__main__"), [path, *map(str, arguments)])


def neuroep(*arguments: object) -> int:
    """Run the command ``neuroep`` in this process; return its exit code."""
    return _call(main, ["neuroep", *map(str, arguments)])


def _call(command: Any, argv: list[str]) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", argv)
        try:
            return int(command())
        except SystemExit as leaving:  # of argparse, or of a script
            return int(leaving.code or 0)


def tiny(folder: Path, text: str = TINY) -> Path:
    """Write a design into a folder of the test."""
    path = folder / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def train(folder: Path, *more: object, out: str = "run") -> int:
    """Train the tiny design on a few built-in reviews."""
    return train_text(folder, TINY, *more, out=out)


def train_text(folder: Path, text: str, *more: object, out: str = "run") -> int:
    """Train a design of built-in reviews on a few of them."""
    return neuroep("train", tiny(folder, text), "--limit", LIMIT, "--out", folder / out, *more)


def train_pairs(folder: Path, *more: object, design: str = PAIRS, out: str = "run") -> int:
    """Train the tiny design for pairs on a few built-in ones."""
    return neuroep(
        "train", tiny(folder, design), "--limit", PAIRS_LIMIT, "--out", folder / out, *more
    )


def train_new(folder: Path, kind: str, data: Path, *more: object, resistive: bool = False) -> Path:
    """Write a first design for data, train it as it is, and return the run folder."""
    chip, run = folder / "chip.toml", folder / "run"
    family = ("--resistive",) if resistive else ()
    assert neuroep("new", kind, "--data", data, *family, "-o", chip) == 0
    assert neuroep("train", chip, "--data", data, *more, *QUICK, "--out", run) == 0
    return run


def skip_reports(patch: pytest.MonkeyPatch) -> None:
    """Leave out figures and baselines where a test is about training, whatever its options."""
    patch.setattr("neuroep.runs.figures.draw_figures", lambda *_: None)
    for task in TASKS.values():
        patch.setattr(task, "baselines", lambda *_: {})


def tree(folder: Path) -> set[str]:
    """Return every file and folder below one, hidden ones included."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def metrics(run: Path) -> dict[str, Any]:
    """Return metrics.json without times, memory and origin, which differ from run to run.

    Of energies twelve digits: numpy sums them in an order that depends on where in memory an array
    begins.
    """
    found: dict[str, Any] = json.loads((run / "metrics.json").read_text())
    del found["seconds"], found["peak_memory_bytes"], found["provenance"]
    for name in ("account", "budget"):
        text = json.dumps(found[name])
        found[name] = json.loads(text, parse_float=lambda text: float(f"{float(text):.12g}"))
    return found


def parameters(run: Path, file: str = "trained.h5") -> dict[str, np.ndarray]:
    """Return what a run has learned, or began with."""
    arrays, _ = checkpoint.load(run / file)
    return {name: array for name, array in arrays.items() if name.startswith("parameters/")}


def same_end(run: Path, other: Path) -> None:
    """Both trained to the same bits, with the same figures in their metrics, times apart."""
    ours, theirs = parameters(run), parameters(other)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert np.array_equal(array, theirs[name]), name
    skip = ("baselines",)  # left out of these runs
    found = [{k: v for k, v in metrics(r).items() if k not in skip} for r in (run, other)]
    assert found[0] == found[1]


def one_line(captured: str, *words: object) -> str:
    """Check what stands on standard error: one line, with these words, and no traceback."""
    assert captured.endswith("\n")
    assert captured.count("\n") == 1, captured
    assert "Traceback" not in captured
    for word in words:
        assert str(word) in captured, f"{word!r} is not in {captured!r}"
    return captured


def interrupt_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """Press Ctrl-C in one training step."""
    real = Trainer.learn

    def learn(self: Trainer, number: int, *rest: Any) -> Any:
        if number == step:
            signal.raise_signal(signal.SIGINT)
        return real(self, number, *rest)

    patch.setattr(Trainer, "learn", learn)


def full_disk(patch: pytest.MonkeyPatch, name: str) -> list[Path]:
    """Let the disk refuse whatever is written to a file whose name holds ``name``."""
    refused: list[Path] = []
    real = os.pwrite

    def pwrite(descriptor: int, data: memoryview, offset: int) -> int:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if name in path.name:
            refused.append(path)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data, offset)

    patch.setattr(os, "pwrite", pwrite)
    return refused


def write_archive(path: Path, members: dict[str, str]) -> Path:
    """Write a small archive of the official layout."""
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path

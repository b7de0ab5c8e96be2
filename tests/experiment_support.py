"""A main job small enough for tests: a tiny design, the command lines, one finished run."""

import errno
import importlib.util
import io
import json
import os
import sys
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from neuroep.cli import main
from neuroep.cli.errors import guarded
from neuroep.tasks.reviews import task as sentiment
from neuroep.text.reviews.baselines import Baseline

REPO = Path(__file__).resolve().parent.parent
SIM = REPO / "sims" / "imdb_spiking.py"
NEUROEP = "import sys; from neuroep.cli import main; sys.exit(main())"
LIMIT = 40
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


def load_sim() -> ModuleType:
    """Import sims/imdb_spiking.py, which is a script outside the package."""
    spec = importlib.util.spec_from_file_location("imdb_spiking", SIM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sim(*arguments: object) -> int:
    """Run sims/imdb_spiking.py in this process; return its exit code."""
    return _call(lambda: guarded(load_sim().main), [str(SIM), *map(str, arguments)])


def neuroep(*arguments: object) -> int:
    """Run the command ``neuroep`` in this process; return its exit code."""
    return _call(main, ["neuroep", *map(str, arguments)])


def _call(command: Any, argv: list[str]) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", argv)
        try:
            return int(command())
        except SystemExit as leaving:  # argparse
            return int(leaving.code or 0)


def tiny(folder: Path, text: str = TINY) -> Path:
    """Write a design into a folder of the test."""
    path = folder / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def train(folder: Path, *more: object, out: str = "run") -> int:
    """Train the tiny design on a few built-in reviews."""
    return sim("--design", tiny(folder), "--limit", LIMIT, "--out", folder / out, *more)


def skip_reports(patch: pytest.MonkeyPatch) -> None:
    """Leave out figures and baselines where a test is about training."""
    names = ("mean vector", "bag of words", "tf-idf", "tf-idf with bigrams")
    patch.setattr(sentiment, "draw_figures", lambda *_: None)
    half = Baseline("", 0.5, 0.5, 1.0)
    patch.setattr(sentiment, "all_baselines", lambda _: dict.fromkeys(names, half))


def tree(folder: Path) -> set[str]:
    """Return every file and folder below one, hidden ones included."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def metrics(run: Path) -> dict[str, Any]:
    """Return metrics.json without times and memory, which differ from run to run."""
    found: dict[str, Any] = json.loads((run / "metrics.json").read_text())
    del found["seconds"], found["peak_memory_bytes"]
    return found


def one_line(captured: str, *words: object) -> str:
    """Check what stands on standard error: one line, with these words, and no traceback."""
    assert captured.endswith("\n")
    assert captured.count("\n") == 1, captured
    assert "Traceback" not in captured
    for word in words:
        assert str(word) in captured, f"{word!r} is not in {captured!r}"
    return captured


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

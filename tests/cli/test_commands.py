"""The command ``neuroep``: help, list, info, table."""

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from experiment_support import NEUROEP, metrics, neuroep, one_line, sim, tree

from neuroep.design.load import load_design
from neuroep.traces.writer import TraceWriter

HELP = {
    "": ["train", "new", "list", "info", "table", "eval", "predict", "verify", "twins"],
    "train": ["DESIGN", "--data", "--vectors", "--epochs", "--limit", "--seed", "--out", "--set"],
    "new": ["texts, pairs, images or table", "--resistive", "--data", "--label-column"],
    "list": ["designs", "layer types", "data sets"],
    "info": ["trace", "checkpoint", "run folder", "--configuration"],
    "table": ["closing table", "--markdown"],
    "eval": ["labelled data", "RUN", "--data", "csv", "--solver", "--limit"],
    "predict": ["texts", "RUN", "jsonl", "standard input", "--solver"],
}


@pytest.mark.parametrize("command", HELP)
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert neuroep(*command.split(), "--help") == 0
    out = " ".join(capsys.readouterr().out.split())
    for word in HELP[command]:
        assert word in out


def test_help_of_the_main_job(capsys: pytest.CaptureFixture[str]) -> None:
    assert sim("--help") == 0
    out = capsys.readouterr().out
    for word in ("Expected", "Time", "--design", "--data", "--vectors", "--epochs", "--limit"):
        assert word in out
    for word in ("--seed", "--out", "--set", "--resume", "--solver"):
        assert word in out


@pytest.mark.parametrize(
    "code", ["import neuroep", "from neuroep.cli.main import parser; parser()"]
)
def test_import_and_help_wait_for_nothing_heavy(code: str) -> None:
    heavy = ["numba", "numpy", "scipy", "sklearn", "matplotlib", "h5py", "pydantic", "pint"]
    code += f"; import sys; sys.exit(len([m for m in {heavy} if m in sys.modules]))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_list_shows_what_can_be_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert neuroep("list") == 0
    out = capsys.readouterr().out
    for word in ("pooled_attention", "hard_sigmoid", "cross_entropy", "sweep", "imdb", "reviews"):
        assert f"  {word} " in out
    designs = out.partition("designs")[2].partition("\n\n")[0].splitlines()[1:]
    assert designs
    for line in designs:
        name, title = line.split(maxsplit=1)
        assert load_design(name).title == title


def test_a_reader_that_has_gone_before_the_first_line() -> None:
    command = [sys.executable, "-c", NEUROEP, "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


def test_info_of_a_run(finished_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert neuroep("info", finished_run) == 0
    out = capsys.readouterr().out
    assert "run of 'tiny', complete" in out
    assert f"test_accuracy: {metrics(finished_run)['test_accuracy']:.4f}" in out
    for name in tree(finished_run) - {"figures"}:
        assert name in out
    assert "synapses/heads-hidden" in out
    assert "[text]" not in out
    assert neuroep("info", finished_run, "--configuration") == 0
    assert "[text]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("traces.h5", ["complete", "weight (step, pre, post) float32", "0 to 5", "seed: 3"]),
        ("checkpoint.h5", ["history/validation_accuracy (3,)", "best/heads-hidden (16, 6)"]),
        ("trained.h5", ["parameters/words.patterns", "encoder/words"]),
    ],
)
def test_info_of_a_file(
    file: str, words: list[str], finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("info", finished_run / file) == 0
    out = capsys.readouterr().out
    for word in words:
        assert word in out
    assert neuroep("info", finished_run / file, "--configuration") == 0
    assert len(capsys.readouterr().out) >= len(out)


def test_info_of_a_trace_with_a_single_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "short.h5"
    with TraceWriter(path, {}) as writer:
        writer.declare("g/a", {"step": None, "neuron": [4]}, "1", "a")
        writer.append("g", 7, {"a": np.ones(1)})
    assert neuroep("info", path) == 0
    out = capsys.readouterr().out
    assert "axis step (1): 7 to 7" in out
    assert "axis neuron (1): 4 to 4" in out


def spoiled(folder: Path, what: str) -> Path:
    path = folder / "thing"
    if what == "garbage":
        path.write_bytes(bytes(range(256)) * 40)
    elif what == "empty":
        path.write_bytes(b"")
    elif what == "other HDF5":
        with h5py.File(path, "w") as file:
            file["a"] = [1]
    elif what == "empty folder":
        path.mkdir()
    elif what == "broken run":
        path.mkdir()
        (path / "design.toml").write_text("[[[")
    return path


@pytest.mark.parametrize(
    "what", ["missing", "garbage", "empty", "other HDF5", "empty folder", "broken run"]
)
@pytest.mark.parametrize("command", ["info", "table", "eval"])
def test_what_is_no_run(
    command: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = spoiled(tmp_path, what)
    assert neuroep(command, path) == 2
    one_line(capsys.readouterr().err, path)


def test_table_of_several_runs(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = json.loads((finished_run / "metrics.json").read_text())
    other |= {"seed": 4, "test_accuracy": other["test_accuracy"] + 0.1}
    path = tmp_path / "other.json"
    path.write_text(json.dumps(other))
    assert neuroep("table", finished_run, path, "--markdown") == 0
    out = capsys.readouterr().out
    assert "seeds 3, 4" in out
    mean = 100 * (other["test_accuracy"] - 0.05)
    assert f"{mean:.1f} ± 7.1 %" in out
    del other["seed"]
    path.write_text(json.dumps(other))
    assert neuroep("table", path) == 2
    one_line(capsys.readouterr().err, path, "seed")

"""Interrupted, killed, resumed: the same end as a run that nobody disturbed."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from experiment_support import (
    LIMIT,
    NEUROEP,
    TINY,
    interrupt_at,
    metrics,
    neuroep,
    one_line,
    parameters,
    same_end,
    skip_reports,
    tiny,
    train,
    tree,
)

from neuroep.design.load import load_design
from neuroep.runs import results
from neuroep.runs.folder import RunFolder
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Progress
from neuroep.runs.run import prepare, reopened
from neuroep.tasks.reviews.task import TextTask
from neuroep.traces import checkpoint

STEPS = 6  # of the tiny run: three epochs of two batches


@pytest.fixture(autouse=True)
def without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_reports(monkeypatch)


def trace_steps(path: Path) -> list[int]:
    with h5py.File(path) as file:
        return list(file["synapses/heads-hidden/step"][:])


def readable(part: Path, capsys: pytest.CaptureFixture[str]) -> list[int]:
    """Open what an ended run left with h5py, xarray and ``neuroep info``; return its steps."""
    xarray = pytest.importorskip("xarray")
    steps = trace_steps(part)
    with xarray.open_datatree(part, engine="h5netcdf") as tree_of_traces:
        weight = tree_of_traces["synapses/heads-hidden"]["weight"].load()
        assert list(weight["step"]) == steps
        assert np.isfinite(weight).all()
        assert not tree_of_traces.attrs["complete"]
    capsys.readouterr()
    assert neuroep("info", part) == 0
    assert "incomplete" in capsys.readouterr().out
    return steps


def test_the_time_of_a_stage_is_that_of_all_sessions(finished_run: Path) -> None:
    _, about = checkpoint.load(finished_run / "checkpoint.h5")
    progress = Progress()
    reopened(RunFolder.open(str(finished_run)), progress, {})
    stage = "encoding the texts and their words"
    assert progress.seconds[stage] > about["seconds"][stage]
    assert progress.seconds["training"] == about["seconds"]["training"]


@pytest.mark.parametrize("step", [0, 3, 5])
def test_ctrl_c_in_a_step(
    step: int,
    tmp_path: Path,
    finished_run: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with monkeypatch.context() as patch:
        interrupt_at(patch, step)
        assert train(tmp_path) == 130
    run = tmp_path / "run"
    one_line(capsys.readouterr().err, "interrupted", f"--resume {run}")
    assert not (run / "metrics.json").exists()
    assert (run / "checkpoint.h5").exists() == (step >= 2)
    if step:
        # All steps before the interrupt are kept, beyond the last checkpoint too.
        assert readable(run / "traces.h5.part", capsys) == list(range(step))
    if step >= 2:
        assert neuroep("info", run / "checkpoint.h5") == 0
        assert "history/validation_accuracy" in capsys.readouterr().out
    assert neuroep("info", run) == 0
    assert f"not complete, epochs done: {step // 2}" in capsys.readouterr().out
    assert neuroep("train", "--resume", run) == 0
    same_end(run, finished_run)
    rest = run / ("traces-2.h5" if step else "traces.h5")
    assert trace_steps(rest) == list(range(step - step % 2, STEPS))


def test_interrupted_twice(
    tmp_path: Path, finished_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        interrupt_at(patch, 3)
        assert train(tmp_path) == 130
    with monkeypatch.context() as patch:
        interrupt_at(patch, 5)
        assert neuroep("train", "--resume", run) == 130
    assert neuroep("train", "--resume", run) == 0
    same_end(run, finished_run)
    assert trace_steps(run / "traces.h5.part") == [0, 1, 2]
    assert trace_steps(run / "traces-2.h5.part") == [2, 3, 4]
    assert trace_steps(run / "traces-3.h5") == [4, 5]


def test_ctrl_c_before_the_run_begins_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(TextTask, "fit", read)
    assert train(tmp_path) == 130
    assert "resume" not in one_line(capsys.readouterr().err, "interrupted")
    assert tree(tmp_path) == {"tiny.toml"}


def test_ctrl_c_while_testing_keeps_the_training(
    tmp_path: Path,
    finished_run: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def evaluate(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(results, "evaluate", evaluate)
        assert train(tmp_path) == 130
    run = tmp_path / "run"
    one_line(capsys.readouterr().err, f"--resume {run}")
    before = (run / "traces.h5").read_bytes()
    assert neuroep("train", "--resume", run) == 0
    assert "trained to the end already" in capsys.readouterr().out
    same_end(run, finished_run)
    # And once more: a finished run stays what it is.
    assert neuroep("train", "--resume", run) == 0
    same_end(run, finished_run)
    assert (run / "traces.h5").read_bytes() == before
    assert not list(run.glob("traces-2*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_signal_from_outside(
    number: signal.Signals,
    tmp_path: Path,
    finished_run: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same design as a process of its own, with so many epochs that it cannot end first."""
    many = tiny(tmp_path, TINY.replace("epochs = 3", "epochs = 100000"))
    run = tmp_path / "run"
    command = [sys.executable, "-c", NEUROEP, "train", str(many), "--limit", str(LIMIT)]
    process = subprocess.Popen(
        [*command, "--out", str(run)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        until = time.monotonic() + 120
        while not (run / "checkpoint.h5").exists():
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < until, "it does not get to its first checkpoint"
            time.sleep(0.02)
        process.send_signal(number)
        errors = process.communicate(timeout=60)[1]
    finally:
        process.kill()
        process.wait()
    if number == signal.SIGINT:
        assert process.returncode == 130
        one_line(errors, "interrupted", f"--resume {run}")
    else:
        assert process.returncode == -signal.SIGKILL
    arrays, _ = checkpoint.load(run / "checkpoint.h5")
    epochs = len(arrays["history/validation_accuracy"])
    steps = readable(run / "traces.h5.part", capsys)
    # What a kill can take away is what came after the last flush, so after the checkpoint.
    assert steps == list(range(len(steps)))
    assert len(steps) >= 2 * epochs
    assert not (run / "traces.h5").exists()


def widen_patterns(path: Path) -> None:
    arrays, about = checkpoint.load(path)
    name = next(k for k in arrays if k.endswith(".patterns"))
    checkpoint.save(path, arrays | {name: np.zeros((len(arrays[name]), 99), np.float32)}, about)


NOT_RUNS = {
    "no folder": (lambda run: run.rename(run.with_name("elsewhere")), ["not a run folder"]),
    "no design": (lambda run: (run / "design.toml").unlink(), ["design.toml"]),
    "broken design": (lambda run: (run / "design.toml").write_text("[x"), ["design.toml"]),
    "other key": (lambda run: (run / "design.toml").write_text("x=1"), ["design.toml", "[layers]"]),
    "no options": (lambda run: (run / "options.json").unlink(), ["options.json"]),
    "broken options": (lambda run: (run / "options.json").write_text("[1]"), ["options.json"]),
    "wrong options": (
        lambda run: (run / "options.json").write_text(
            json.dumps(json.loads((run / "options.json").read_text()) | {"limit": "many"})
        ),
        ["options.json", "limit: "],
    ),
    "options that lack one": (
        lambda run: (run / "options.json").write_text('{"limit": 40}'),
        ["options.json", ": missing"],
    ),
    "other start": (lambda run: widen_patterns(run / "start.h5"), ["start.h5", "shape"]),
    "no start": (lambda run: (run / "start.h5").unlink(), ["start.h5"]),
    "damaged checkpoint": (
        lambda run: (run / "checkpoint.h5").write_bytes(b"\x89HDF\r\n"),
        ["checkpoint.h5"],
    ),
    "other checkpoint": (
        lambda run: checkpoint.save(run / "checkpoint.h5", {"a": np.zeros(3)}, {}),
        ["checkpoint.h5", "missing"],
    ),
}


@pytest.mark.parametrize("case", NOT_RUNS)
def test_resume_of_what_is_no_run(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        interrupt_at(patch, 3)
        assert train(tmp_path) == 130
    run = tmp_path / "run"
    spoil, words = NOT_RUNS[case]
    spoil(run)
    before = tree(tmp_path)
    capsys.readouterr()
    assert neuroep("train", "--resume", run) == 2
    one_line(capsys.readouterr().err, run, *words)
    assert tree(tmp_path) == before


def test_the_same_seed_twice_and_another_one(
    tmp_path: Path, finished_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert train(tmp_path, out="again") == 0
    same_end(tmp_path / "again", finished_run)
    assert train(tmp_path, "--seed", 4, out="other") == 0
    other = parameters(tmp_path / "other")
    for name, array in parameters(finished_run).items():
        assert array.shape != other[name].shape or not np.array_equal(array, other[name]), name
    assert metrics(tmp_path / "other")["seed"] == 4


def test_a_training_that_diverges_names_the_rates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rates = 'learning.rates={"*"=1e300}'
    assert train(tmp_path, "--set", rates, "--set", "learning.update=sgd") == 2
    one_line(capsys.readouterr().err, "design.toml: learning: step", "diverged", "rates")


def test_baselines_get_the_start_that_a_resumed_run_gets(tmp_path: Path) -> None:
    """Where devices do not hold what the data would begin with."""
    path, kept = str(tiny(tmp_path)), dict[str, np.ndarray]()
    job = prepare(
        load_design(path, ["text.vector_scale=500.0"]),
        TrainOptions(design=path, limit=LIMIT),
        path,
        begin=lambda begun, _: kept.update({name: array.copy() for name, array in begun.items()}),
    )
    assert job.held
    np.testing.assert_array_equal(job.material.initial["words.patterns"], kept["words.patterns"])

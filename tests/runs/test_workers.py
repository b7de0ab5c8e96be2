"""Several workers share a training: not a bit is another than one process learns alone."""

import os
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
    ON_DEVICES,
    QUICK,
    TINY,
    interrupt_at,
    neuroep,
    one_line,
    same_end,
    skip_reports,
    tiny,
    tree,
)

from neuroep.runs import crew

distributed = pytest.importorskip(
    "distributed", reason="Dask is not installed (pip install 'neuroep[sweep]')"
)

SHARDS = ("--set", "learning.shards=4", "--set", "solver=sweep")


@pytest.fixture(autouse=True)
def without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_reports(monkeypatch)


def train(folder: Path, out: str, *more: object, text: str = TINY, shards: object = SHARDS) -> int:
    """Train the tiny design in shards."""
    limit = ("--limit", LIMIT, *shards)  # type: ignore[misc]
    return neuroep("train", tiny(folder, text), *limit, "--out", folder / out, *more)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run of one process; tests only read it."""
    folder = tmp_path_factory.mktemp("alone")
    with pytest.MonkeyPatch.context() as patch:
        skip_reports(patch)
        assert train(folder, "run") == 0
    return folder / "run"


def same_traces(run: Path, other: Path) -> None:
    """Every number of the traces is the same."""
    with h5py.File(run / "traces.h5") as ours, h5py.File(other / "traces.h5") as theirs:
        found: list[str] = []
        ours.visit(found.append)
        names = [name for name in found if isinstance(ours[name], h5py.Dataset)]
        assert any(name.endswith("seen_plus") for name in names)
        for name in names:
            np.testing.assert_array_equal(ours[name][()], theirs[name][()], err_msg=name)


@pytest.mark.parametrize(
    "workers",
    [1, 2, pytest.param(4, marks=pytest.mark.endurance)],
)
def test_any_number_of_workers_learns_the_same(workers: int, tmp_path: Path, alone: Path) -> None:
    if workers == 1:  # alone it would not be asked
        with distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster:
            assert train(tmp_path, "run", "--address", cluster.scheduler_address) == 0
    else:
        assert train(tmp_path, "run", "--workers", workers) == 0
    same_end(tmp_path / "run", alone)
    same_traces(tmp_path / "run", alone)


@pytest.mark.endurance
def test_spikes_are_recorded_wherever_they_are_sent(tmp_path: Path) -> None:
    shards = ("--set", "learning.shards=2", "--set", "learning.epochs=1")
    quick = ("--limit", LIMIT, *QUICK)
    told = ("train", tiny(tmp_path), *quick, *shards, "--out", tmp_path / "alone")
    anew = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")}  # compiled, none loaded
    subprocess.run([sys.executable, "-c", NEUROEP, *map(str, told)], env=anew, check=True)
    assert train(tmp_path, "shared", "--workers", 2, shards=shards) == 0
    same_end(tmp_path / "shared", tmp_path / "alone")
    same_traces(tmp_path / "shared", tmp_path / "alone")
    with h5py.File(tmp_path / "shared" / "traces.h5") as traces:
        assert len(traces["spikes/hidden/time"]) > 0


@pytest.mark.endurance
def test_devices_that_are_pulsed_are_the_same_for_all(tmp_path: Path) -> None:
    shards = ("--set", "learning.shards=2")
    for out, more in (("alone", ()), ("shared", ("--workers", 2))):
        assert train(tmp_path, out, *more, text=ON_DEVICES, shards=shards) == 0
    same_end(tmp_path / "shared", tmp_path / "alone")
    same_traces(tmp_path / "shared", tmp_path / "alone")


@pytest.mark.endurance
def test_others_go_on_with_what_some_began(
    tmp_path: Path, alone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        interrupt_at(patch, 3)
        assert train(tmp_path, "run", "--workers", 2) == 130
    run = tmp_path / "run"
    one_line(capsys.readouterr().err, "interrupted", f"--resume {run}")
    assert neuroep("train", "--resume", run, "--workers", 4) == 0
    same_end(run, alone)


def test_a_worker_that_dies_loses_nothing_since_the_checkpoint(tmp_path: Path, alone: Path) -> None:
    import psutil

    run = tmp_path / "run"
    epochs = 200  # that it does not come to
    words = ["train", tiny(tmp_path), "--limit", LIMIT, *SHARDS, "--workers", 2, "--out", run]
    words += ["--set", f"learning.epochs={epochs}", "--no-figures", "--no-baselines"]
    process = subprocess.Popen(
        [sys.executable, "-c", NEUROEP, *map(str, words)],
        env={k: v for k, v in os.environ.items() if k != "NEUROEP_THREADS"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + 240
        while not (run / "checkpoint.h5").exists():
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < until, "it does not get to its first checkpoint"
            time.sleep(0.02)
        workers = [
            child
            for child in psutil.Process(process.pid).children(recursive=True)
            if any("spawn_main" in word for word in child.cmdline())
        ]
        assert len(workers) == 2
        workers[0].kill()
        errors = process.communicate(timeout=120)[1]
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 2
    one_line(errors, "a worker died", f"--resume {run}")
    assert (run / "checkpoint.h5").exists()
    assert (run / "traces.h5.part").exists()


def test_replicas_that_differ_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = crew.replica.state_of
    monkeypatch.setattr(crew.replica, "state_of", lambda parameters: real(parameters) + 1)
    assert train(tmp_path, "run", "--workers", 2) == 2
    run = tmp_path / "run"
    words = ("other parameters than here after epoch 1", f"--resume {run}")
    one_line(capsys.readouterr().err, *words)
    assert not (run / "checkpoint.h5").exists()


def test_what_diverges_elsewhere_ends_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rates = ("--set", 'learning.rates={"*"=1e300}', "--set", "learning.update=sgd")
    assert train(tmp_path, "run", "--workers", 2, *rates) == 2
    one_line(capsys.readouterr().err, "design.toml: learning: step", "diverged", "rates")


REFUSED = {
    "one shard": (("--set", "learning.shards=1"), ("--workers", 2), "learning.shards=2"),
    "few shards": (SHARDS, ("--workers", 5), "4 shards"),
    "continual": (
        (*SHARDS, "--set", "learning.rule=continual"),
        ("--workers", 2),
        "learning.shards: EP, continual grants at every step",
    ),
    "one shard for a cluster": (
        ("--set", "learning.shards=1"),
        ("--address", "tcp://127.0.0.1:9"),
        "--address: a batch of this design is one shard",
    ),
    "nobody": (SHARDS, ("--address", "tcp://127.0.0.1:9"), "no scheduler answers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_shared_is_refused_in_one_line(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("neuroep.cluster.CONNECT", "1s")
    shards, more, words = REFUSED[case]
    assert train(tmp_path, "run", *more, shards=shards) == 2
    one_line(capsys.readouterr().err, words)
    if case != "nobody":
        assert tree(tmp_path) == {"tiny.toml"}


def test_without_dask_several_workers_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert train(tmp_path, "run", "--workers", 2) == 2
    one_line(capsys.readouterr().err, "pip install 'neuroep[sweep]'")

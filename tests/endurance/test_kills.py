"""Killed at any moment, a run goes on to the same bits, with every flushed row and nothing left."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from experiment_support import (
    NEUROEP,
    ON_DEVICES,
    PAIRS,
    QUICK,
    TINY,
    metrics,
    more,
    neuroep,
    one_line,
    tree,
)

from neuroep.traces import checkpoint
from neuroep.traces.files import LEFTOVER
from neuroep.traces.journal import restore

DESIGNS = {"reviews": (TINY, 40), "pairs": (PAIRS, 60), "devices": (ON_DEVICES, 20)}
MOMENTS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


class Runs:
    """Runs of one design, each a process of its own, and one that nobody disturbed."""

    def __init__(self, folder: Path, kind: str) -> None:
        text, self.limit = DESIGNS[kind]
        self.folder, self.design, self.number = folder, folder / "chip.toml", 0
        self.design.write_text(text.replace("epochs = 3", "epochs = 4"))
        self.whole = folder / "whole"
        assert self.start(self.whole).wait() == 0  # may compile kernels, as none after it
        begun = time.monotonic()
        assert self.start(self.new()).wait() == 0
        self.seconds = time.monotonic() - begun

    def start(self, run: Path) -> subprocess.Popen[str]:
        given = ["train", str(self.design), "--limit", str(self.limit), "--out", str(run)]
        return self.command(*given, *QUICK[:1])

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", NEUROEP, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def new(self) -> Path:
        self.number += 1
        return self.folder / f"run{self.number}"


@pytest.fixture(scope="module")
def all_runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Runs]:
    class Made(dict[str, Runs]):
        def __missing__(self, kind: str) -> Runs:
            self[kind] = Runs(tmp_path_factory.mktemp(kind), kind)
            return self[kind]

    return Made()


def same_bits(run: Path, whole: Path) -> None:
    ours, theirs = (checkpoint.load(folder / "trained.h5")[0] for folder in (run, whole))
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert np.array_equal(array, theirs[name]), name
    ours, theirs = metrics(run), metrics(whole)
    assert ours == theirs
    left = [name for name in tree(run) if LEFTOVER.fullmatch(Path(name).name)]
    assert left == []


def steps_of(path: Path) -> list[int]:
    """Return the steps that a trace holds, after a look at everything in it."""
    restore(path)
    steps: list[int] = []
    with h5py.File(path, locking=False) as file:

        def look(name: str, one: object) -> None:
            if isinstance(one, h5py.Dataset):
                values = one[()]
                if name.startswith("synapses/") and name.endswith("/step") and not steps:
                    steps.extend(values.tolist())

        file.visititems(look)
    return steps


def rows_are_there(run: Path) -> None:
    """Every step up to the last checkpoint stands in one of the traces."""
    if not (run / "checkpoint.h5").exists():
        return
    arrays, _ = checkpoint.load(run / "checkpoint.h5")
    epochs = len(arrays["history/validation_accuracy"])
    seen = {step for path in run.glob("traces*") for step in steps_of(path)}
    whole = sorted(steps_of(run.parent / "whole" / "traces.h5"))
    if whole:
        asked = [step for step in whole if step < epochs * (whole[-1] + 1) // 4]
        assert set(asked) <= seen


def killed(runs: Runs, rng: random.Random, kills: int) -> None:
    run = runs.new()
    process = runs.start(run)
    for _ in range(kills):
        time.sleep(runs.seconds * (0.2 + 0.9 * rng.random()))
        process.kill()
        process.communicate()
        if not (run / "design.toml").exists():
            return  # nothing has begun
        rows_are_there(run)
        process = runs.command("train", "--resume", str(run))
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    same_bits(run, runs.whole)


@pytest.mark.parametrize(
    ("kind", "seed"),
    [("reviews", 0), *more(*((kind, seed) for kind in DESIGNS for seed in range(1, 18)))],
)
def test_killed_at_random_moments(kind: str, seed: int, all_runs: dict[str, Runs]) -> None:
    killed(all_runs[kind], random.Random(seed), 2)


@pytest.mark.parametrize(
    ("kind", "number"),
    [("reviews", signal.SIGTERM), *more(*((k, n) for k in DESIGNS for n in MOMENTS))],
)
def test_asked_to_end(kind: str, number: signal.Signals, all_runs: dict[str, Runs]) -> None:
    runs = all_runs[kind]
    run = runs.new()
    process = runs.start(run)
    while not (run / "design.toml").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate()
    if process.returncode:
        assert process.returncode == MOMENTS[number]
        word = "interrupted" if number == signal.SIGINT else "terminated"
        one_line(errors, f"neuroep: {word}; go on with --resume {run}")
    assert neuroep("train", "--resume", run) == 0
    same_bits(run, runs.whole)


@pytest.mark.parametrize("size", [20_000, *more(1_000, 50_000, 80_000, 100_000)])
def test_files_that_may_not_grow(size: int, all_runs: dict[str, Runs]) -> None:
    """As on a disk that is full or a quota that is met: what is there under its name is whole."""
    runs = all_runs["reviews"]
    run = runs.new()
    code = f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({size}, {size})); {NEUROEP}"
    given = ["train", str(runs.design), "--limit", str(runs.limit), "--out", str(run)]
    done = subprocess.run(
        [sys.executable, "-c", code, *given, *QUICK], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    one_line(done.stderr, "cannot be written: File too large")
    if not run.exists():
        return
    for path in run.glob("*.h5"):
        with h5py.File(path):
            pass
    assert (
        neuroep(
            "train",
            "--resume",
            run,
        )
        == 0
    )
    assert checkpoint.load(run / "trained.h5")[0].keys()


@pytest.mark.endurance
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize("kilobytes", [40, 100, 150, 250, 400])
def test_a_small_disk(kilobytes: int, tmp_path: Path, all_runs: dict[str, Runs]) -> None:
    runs, place = all_runs["reviews"], tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(place)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        process = runs.start(place / "run")
        _, errors = process.communicate()
        if process.returncode:
            assert process.returncode == 2
            one_line(errors, "o space left on device")
            subprocess.run(["mount", "-o", "remount,size=50m", str(place)], check=True)
            if (place / "run").exists():
                assert neuroep("train", "--resume", place / "run") == 0
        if (place / "run").exists():
            same_bits(place / "run", runs.whole)
    finally:
        subprocess.run(["umount", str(place)], check=True)

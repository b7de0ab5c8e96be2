"""Memory and open files stay flat over what a long session does many times in one process."""

import gc
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from experiment_support import LIMIT, TINY, more, tiny

from neuroep.design.load import load_design
from neuroep.runs.options import TrainOptions
from neuroep.runs.run import prepare
from neuroep.studies.verify.case import VerifyOptions
from neuroep.studies.verify.verify import verify

MOST = 12 << 20
"""Bytes by which a process may grow after it is warm: allocators keep some for themselves."""


def resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counted, not looked at


def stays_flat(work: Callable[[], object], times: int) -> None:
    """Do something so often; what it takes must not grow after the first quarter."""
    for _ in range(max(1, times // 4)):
        work()
    gc.collect()
    memory, files = resident(), open_files()
    for _ in range(times - times // 4):
        work()
    gc.collect()
    assert open_files() <= files
    assert resident() - memory < MOST


@pytest.mark.parametrize("times", [20, *more(200)])
def test_settles(times: int, tmp_path: Path) -> None:
    path = str(tiny(tmp_path))
    job = prepare(load_design(path), TrainOptions(design=path, limit=LIMIT), path)
    inputs, target = job.material.train.batch(np.arange(16))

    def settle() -> None:
        drive = job.system.clamp(inputs)
        free = job.system.settle(drive)
        job.system.settle(drive, beta=0.5, target=target, start=free)

    stays_flat(settle, times)


@pytest.mark.parametrize("epochs", [4, *more(20)])
def test_epochs(epochs: int, tmp_path: Path) -> None:
    path = str(tiny(tmp_path, TINY.replace("epochs = 3", f"epochs = {epochs}")))
    job = prepare(load_design(path), TrainOptions(design=path, limit=LIMIT), path)
    stays_flat(job.trainer.run_epoch, epochs)


@pytest.mark.parametrize("times", more(50))
def test_verifies(times: int, tmp_path: Path, ngspice: str) -> None:
    path = str(tiny(tmp_path))
    options = VerifyOptions(design=path, without=("brian2",))
    stays_flat(lambda: verify(options), times)

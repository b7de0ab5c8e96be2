"""Files are whole on whatever file system, and checkpoints are not made in memory first."""

import errno
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.traces import checkpoint
from neuroep.traces.files import atomic_write
from neuroep.traces.writer import TraceWriter


def refuse_fsync(patch: pytest.MonkeyPatch, number: int) -> None:
    def fsync(_: int) -> None:
        raise OSError(number, os.strerror(number))

    patch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.EROFS, errno.ENOTSUP])
def test_a_file_system_without_fsync(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_fsync(monkeypatch, number)
    atomic_write(tmp_path / "a.txt", b"whole")
    assert (tmp_path / "a.txt").read_bytes() == b"whole"
    checkpoint.save(tmp_path / "c.h5", {"x": np.ones(3)}, {})
    assert checkpoint.load(tmp_path / "c.h5")[0]["x"].all()
    with TraceWriter(tmp_path / "t.h5", {}) as traces:
        traces.declare("g/a", {"step": None}, "1", "a")
        traces.append("g", 0, {"a": np.float32(1)})
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", "c.h5", "t.h5"}


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_has_lost_the_file(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_fsync(monkeypatch, number)
    with pytest.raises(InputError, match=r"a\.txt: cannot be written: "):
        atomic_write(tmp_path / "a.txt", b"whole")
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_takes_no_memory_of_its_own(tmp_path: Path) -> None:
    arrays = {f"part/{k}": np.full(1 << 20, k, np.float32) for k in range(4)}
    size = sum(array.nbytes for array in arrays.values())
    into = {name: np.zeros_like(array) for name, array in arrays.items()}
    tracemalloc.start()
    try:
        checkpoint.save(tmp_path / "c.h5", arrays, {})
        found, _ = checkpoint.load(tmp_path / "c.h5", into)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 0.1 * size
    for name, array in arrays.items():
        assert found[name] is into[name]
        assert np.array_equal(into[name], array)


def test_what_does_not_fit_is_read_apart(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "c.h5", {"x": np.arange(6.0), "y": np.array(["a", "b"])}, {})
    into = {"x": np.zeros((2, 3)), "y": np.array(["c", "d"]), "z": np.zeros(2)}
    found, _ = checkpoint.load(tmp_path / "c.h5", into)
    assert np.array_equal(found["x"], np.arange(6.0))
    assert list(found["y"]) == ["a", "b"]
    assert not into["x"].any()

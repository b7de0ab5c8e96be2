"""Checkpoints: exact, atomic, and suspicious of what they read."""

import errno
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.traces import checkpoint

ARRAYS = {
    "layers/hidden/weight": np.arange(6, dtype="f4").reshape(2, 3),
    "layers/hidden/mask": np.array([True, False]),
    "step": np.int64(-(2**63)),
    "special": np.array([np.nan, -0.0, np.inf, 5e-324]),
    "words": np.array(["naïve", "😀", "", "a\0b"]),
    "word": np.array("free"),
    "empty": np.zeros((0, 4), "i2"),
    "no words": np.zeros((3, 0), "U7"),
    "columns first": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big endian": np.array([1, 2], ">u2"),
}


def test_round_trip_is_exact(tmp_path: Path) -> None:
    state = np.random.default_rng(3).bit_generator.state
    assert state["state"]["state"] > 2**64
    attributes = {"rng": state, "epoch": 3, "best": [0.5, None], "name": "é"}
    checkpoint.save(tmp_path / "c.h5", ARRAYS, attributes)
    arrays, read = checkpoint.load(tmp_path / "c.h5")
    assert read == attributes
    assert list(arrays) == list(ARRAYS)
    for name, array in arrays.items():
        assert isinstance(array, np.ndarray)
        assert array.dtype == ARRAYS[name].dtype, name
        assert array.shape == ARRAYS[name].shape, name
        assert array.tobytes() == ARRAYS[name].tobytes(), name


@pytest.mark.parametrize("name", ["", "a//b", "../a", "x/y"])
def test_unusable_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        checkpoint.save(tmp_path / "c.h5", {"x": np.ones(1), name: np.ones(1)}, {})
    assert not list(tmp_path.iterdir())


def test_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="dtype object"):
        checkpoint.save(tmp_path / "c.h5", {"x": np.array([{}])}, {})


FULL = OSError(errno.ENOSPC, "No space left")


@pytest.mark.parametrize(
    ("moment", "error"),
    [
        ("pwrite", FULL),
        *(
            (moment, error)
            for moment in ("fsync", "replace")
            for error in (FULL, KeyboardInterrupt())
        ),
    ],
)
def test_a_crash_while_saving_leaves_the_older_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, error: BaseException
) -> None:
    path = tmp_path / "c.h5"
    checkpoint.save(path, {"x": np.ones(1000)}, {"epoch": 1})

    def crash(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path if moment == "replace" else os, moment, crash)
    expected = InputError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        checkpoint.save(path, {"x": np.zeros(1000)}, {"epoch": 2})
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == [path]
    arrays, attributes = checkpoint.load(path)
    assert attributes == {"epoch": 1}
    assert arrays["x"].all()


def test_a_damaged_array_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.h5"
    checkpoint.save(path, {"good": np.ones(3), "bad": np.full(64, 1.5)}, {})
    image = bytearray(path.read_bytes())
    image[image.index(np.full(64, 1.5).tobytes()) + 100] ^= 1
    path.write_bytes(image)
    with pytest.raises(InputError, match=r"c\.h5: bad: damaged$"):
        checkpoint.load(path)


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.h5"
    checkpoint.save(path, {"here": np.ones(3), "gone": np.ones(3)}, {})
    with h5py.File(path, "a") as file:
        del file["gone"]
    with pytest.raises(InputError, match=r"c\.h5: gone: damaged$"):
        checkpoint.load(path)

"""What `describe` says of good files, and that bad ones are one line naming the file."""

import contextlib
from pathlib import Path

import h5py
import numpy as np
import pytest
from experiment_support import more

from neuroep.errors import InputError
from neuroep.traces import checkpoint
from neuroep.traces.reader import describe
from neuroep.traces.writer import FORMAT, TraceWriter


def write(path: Path) -> None:
    attributes = {"title": "two synapses", "seed": 11, "configuration": {"beta": 0.25}}
    with TraceWriter(path, attributes) as writer:
        axes = {"step": None, "pre": [4, 9], "phase": ["free", "plus"]}
        writer.declare("synapses/a/weight", axes, "S", "conductance")
        for step in range(0, 300, 3):
            writer.append("synapses/a", step, {"weight": np.ones((2, 2))})


def test_a_trace_in_words(tmp_path: Path) -> None:
    path = tmp_path / "traces.h5"
    write(path)
    text = describe(path)
    for part in ("two synapses", " complete", "seed: 11", "numba_version", "axis pre (2): 4 to 9",
                 "axis step (100): 0 to 297", "free to plus",
                 "weight (step, pre, phase) float32, units S: conductance (1 to 1)"):  # fmt: skip
        assert part in text
    assert '"beta": 0.25' not in text
    assert '"beta": 0.25' in describe(path, configuration=True)


def test_a_checkpoint_in_words(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "c.h5", {"w/x": np.ones((2, 3), "f4")}, {"epoch": 4})
    assert "w/x (2, 3) float32" in describe(tmp_path / "c.h5")
    assert "epoch: 4" in describe(tmp_path / "c.h5")


def bad_files(folder: Path) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    names = ("missing", "folder", "empty", "random", "truncated", "foreign", "hollow")
    paths = {name: folder / f"{name}.h5" for name in names}
    paths["folder"].mkdir()
    paths["empty"].write_bytes(b"")
    paths["random"].write_bytes(rng.bytes(5000))
    write(folder / "good.h5")
    whole = (folder / "good.h5").read_bytes()
    paths["truncated"].write_bytes(whole[: len(whole) // 2])
    with h5py.File(paths["foreign"], "w") as file:
        file["x"] = np.ones(3)
    with h5py.File(paths["hollow"], "w") as file:
        file.attrs["neuroep_format"] = FORMAT
    return paths


@pytest.mark.parametrize("read", [describe, checkpoint.load])
def test_bad_files_are_one_line_naming_the_file(tmp_path: Path, read) -> None:
    for name, path in bad_files(tmp_path).items():
        with pytest.raises(InputError) as caught:
            read(path)
        message = str(caught.value)
        assert message.startswith(f"{path}: "), name
        assert "\n" not in message, name
        assert len(message) < len(str(path)) + 80, message
    with pytest.raises(InputError, match="not a checkpoint"):
        checkpoint.load(tmp_path / "good.h5")


@pytest.mark.parametrize("flips", [100, *more(400)])
def test_flipped_bytes_never_raise_anything_else(flips: int, tmp_path: Path) -> None:
    write(tmp_path / "good.h5")
    checkpoint.save(tmp_path / "c.h5", {"w": np.arange(5)}, {"epoch": 1})
    rng = np.random.default_rng(1)
    for name, read in (("good.h5", describe), ("c.h5", checkpoint.load)):
        whole = (tmp_path / name).read_bytes()
        for _ in range(flips):
            image = bytearray(whole)
            image[rng.integers(min(len(whole), 4000))] ^= int(rng.integers(1, 256))
            (tmp_path / "bad.h5").write_bytes(image)
            with contextlib.suppress(InputError):  # not every byte matters
                read(tmp_path / "bad.h5")

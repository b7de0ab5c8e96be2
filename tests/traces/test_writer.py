"""The trace file: its layout as xarray sees it, its refusals, its cap, and a full disk."""

import errno
import json
import os
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.traces.declaration import estimate_bytes
from neuroep.traces.files import next_path
from neuroep.traces.writer import TraceWriter

PRE, POST = np.arange(3, 40), np.arange(0, 60, 2)
GROUP = "synapses/hidden_heads"
SYNAPSE = {"step": None, "pre": PRE, "post": POST}
PHASES = ["free", "plus", "minus"]


def row(step: int) -> np.ndarray:
    """Return a block whose every cell tells where and when it is from."""
    return (1000 * step + PRE[:, None] + POST / 1000).astype("f4")


def declare(writer: TraceWriter) -> None:
    for name in ("weight", "change_asked"):
        writer.declare(f"{GROUP}/{name}", SYNAPSE, "1", f"the {name}")
    writer.declare("settling/spikes", {"step": None, "phase": PHASES}, "1", "spikes", "i4")


def append(writer: TraceWriter, steps: Iterable[int]) -> None:
    for step in steps:
        writer.append(GROUP, step, {"weight": row(step), "change_asked": -row(step)})
        if step % 10 == 0:
            writer.append("settling", step, {"spikes": np.array([step, 0, -step])})


def weights(path: Path) -> np.ndarray:
    """Return [step, pre, post] after checking that coordinate and variables agree."""
    with h5py.File(path) as file:
        steps = file[f"{GROUP}/step"][:]
        stored = file[f"{GROUP}/weight"][:]
    assert np.array_equal(stored, np.array([row(step) for step in steps]).reshape(stored.shape))
    return stored


def full_disk(monkeypatch: pytest.MonkeyPatch, free_bytes: int) -> None:
    """Let the disk take ``free_bytes`` more and then refuse."""
    left = free_bytes
    real = os.pwrite

    def pwrite(descriptor: int, data: memoryview, offset: int) -> int:
        nonlocal left
        left -= len(data)
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", pwrite)


def test_xarray_opens_the_whole_file_and_selects_a_synapse(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    path = tmp_path / "traces.h5"
    with TraceWriter(path, {"title": "t", "seed": 7, "configuration": {"beta": 0.5}}) as writer:
        declare(writer)
        append(writer, range(150))
    assert [one.name for one in tmp_path.iterdir()] == ["traces.h5"]
    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        synapse = tree[GROUP]["weight"].sel(pre=5, post=8)
        assert np.array_equal(synapse, np.float32(1000 * np.arange(150) + 5.008))
        assert synapse.attrs == {"units": "1", "long_name": "the weight"}
        assert np.array_equal(tree[GROUP]["step"], np.arange(150))
        assert tree["settling"]["spikes"].sel(phase="minus", step=140) == -140
        assert tree.attrs["complete"]
        assert tree.attrs["seed"] == 7
        assert json.loads(tree.attrs["configuration"]) == {"beta": 0.5}
        assert {"neuroep_version", "numpy_version", "numba_version"} <= tree.attrs.keys()


def test_one_line_plots_a_synapse(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    with TraceWriter(tmp_path / "traces.h5", {}) as writer:
        declare(writer)
        append(writer, range(5))
    with xarray.open_datatree(tmp_path / "traces.h5", engine="h5netcdf") as tree:
        (line,) = tree[GROUP]["weight"].sel(pre=3, post=10).plot()
    assert np.array_equal(line.get_ydata(), [row(step)[0, 5] for step in range(5)])
    pyplot.close("all")


def test_rows_flushed_at_any_moment_are_written_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "traces.h5"
    with TraceWriter(path, {}) as writer:
        declare(writer)
        for step in range(200):
            append(writer, [step])
            if step % 23 == 0:
                writer.flush()
                assert len(weights(writer.part)) == step + 1
    assert len(weights(path)) == 200


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_exception_leaves_what_was_buffered(tmp_path: Path, error: type) -> None:
    path = tmp_path / "traces.h5"
    with pytest.raises(error), TraceWriter(path, {}) as writer:  # noqa: PT012
        declare(writer)
        append(writer, range(70))
        raise error
    assert not path.exists()
    assert len(weights(writer.part)) == 70
    with h5py.File(writer.part) as file:
        assert not file.attrs["complete"]


def test_an_exception_before_the_first_row_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "traces.h5"
    with pytest.raises(InputError), TraceWriter(path, {}, 1000) as writer:  # noqa: PT012
        declare(writer)
        writer.plan({GROUP: 10})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("taken", ["traces.h5", "traces.h5.part"])
def test_nothing_is_overwritten(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("mine")
    with pytest.raises(InputError, match=f"{taken}: exists"):
        TraceWriter(tmp_path / "traces.h5", {}).__enter__()
    assert (tmp_path / taken).read_text() == "mine"
    assert next_path(tmp_path, "traces") == tmp_path / "traces-2.h5"


def test_an_unusable_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "traces.h5"
    with pytest.raises(InputError, match=r"traces\.h5: cannot be written: No such file"):
        TraceWriter(path, {}).__enter__()


def test_the_estimate_bounds_the_size_closely(tmp_path: Path) -> None:
    path = tmp_path / "traces.h5"
    with TraceWriter(path, {}) as writer:
        declare(writer)
        append(writer, range(600))
        estimate = writer.plan({GROUP: 600, "settling": 60})
        assert estimate == estimate_bytes(writer.declarations, {GROUP: 600, "settling": 60})
    assert 0.7 * estimate < path.stat().st_size <= estimate


def test_a_plan_over_the_cap_is_refused_with_both_sizes(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "traces.h5", {}, budget_bytes=2_000_000) as writer:
        declare(writer)
        writer.plan({GROUP: 100})
        with pytest.raises(InputError, match=r"h5: traces of \d+\.\d MB .* cap of 2\.0 MB: .*int"):
            writer.plan({GROUP: 10_000})


def test_recording_stops_at_the_cap_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "traces.h5"
    with TraceWriter(path, {}, budget_bytes=2_000_000) as writer:
        declare(writer)
        with pytest.warns(RuntimeWarning, match="stops at the cap"):
            append(writer, range(1000))
        assert writer.capped
    assert path.stat().st_size <= 2_000_000
    assert 64 <= len(weights(path)) < 1000
    with h5py.File(path) as file:
        assert file.attrs["capped"]
        assert file.attrs["complete"]


@pytest.mark.parametrize("free", [0, 5_000, 50_000, 700_000, 2_000_000])
def test_a_full_disk_is_one_error_and_keeps_the_last_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    path = tmp_path / "traces.h5"
    flushed = 0
    full_disk(monkeypatch, free)
    with (  # noqa: PT012 - where it is raised depends on the space left
        pytest.raises(InputError, match=r"traces\.h5\S*: cannot be written: No space left"),
        TraceWriter(path, {}) as writer,
    ):
        declare(writer)
        for step in range(1000):
            append(writer, [step])
            flushed = (step + 1) // 64 * 64
    monkeypatch.undo()
    left = [one.name for one in tmp_path.iterdir()]
    assert left == ([] if free < 20_000 else ["traces.h5.part"])
    if left:
        assert len(weights(writer.part)) == flushed


def test_misuse_is_named(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "traces.h5", {}) as writer:
        declare(writer)
        with pytest.raises(ValueError, match="other labels"):
            writer.declare(f"{GROUP}/x", {"step": None, "pre": [1, 2]}, "1", "x")
        with pytest.raises(ValueError, match="first axis"):
            writer.declare(f"{GROUP}/x", {"pre": PRE, "step": None}, "1", "x")
        append(writer, range(3))
        with pytest.raises(ValueError, match="does not follow"):
            append(writer, [2])
        with pytest.raises(ValueError, match="missing or undeclared"):
            writer.append(GROUP, 3, {"weight": row(3)})
        with pytest.raises(ValueError, match="shape"):
            writer.append(GROUP, 3, {"weight": row(3), "change_asked": row(3)[1:]})
        with pytest.raises(ValueError, match="after the first append"):
            writer.declare(f"{GROUP}/x", SYNAPSE, "1", "x")
    assert len(weights(tmp_path / "traces.h5")) == 3


def test_netcdf_knows_every_type(tmp_path: Path) -> None:
    """It has no booleans, no enumerations of HDF5 and no opaque types."""
    with TraceWriter(tmp_path / "traces.h5", {"title": "é", "spiking": True, "seed": 3}) as traces:
        axes = {"step": None, "phase": ["free", "plus"]}
        traces.declare("g/a", axes, "1", "a", attributes={"si_factor": 0.1, "si_units": "V"})
        traces.append("g", 0, {"a": np.ones(2)})
    known: list[str] = []

    def check(name: str, where: h5py.Group | h5py.Dataset) -> None:
        kinds = [where.attrs.get_id(key).get_type() for key in where.attrs]
        if isinstance(where, h5py.Dataset):
            kinds.append(where.id.get_type())
            kinds = [k for k in kinds if k.get_class() not in (h5py.h5t.VLEN, h5py.h5t.COMPOUND)]
        for kind in kinds:
            assert kind.get_class() in (h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING), name
            known.append(name)

    with h5py.File(tmp_path / "traces.h5") as file:
        check("/", file)
        file.visititems(check)
        assert (file.attrs["complete"], file.attrs["capped"], file.attrs["spiking"]) == (1, 0, 1)
    assert {"/", "g/a", "g/step", "g/phase"} <= set(known)

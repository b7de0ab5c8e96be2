"""A run killed at any moment leaves a file that h5py, xarray and `describe` open."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import h5py
import numpy as np
import pytest

from neuroep.traces import disk, writer
from neuroep.traces.journal import hold, restore
from neuroep.traces.reader import describe

VICTIM = """
    import os, signal, sys
    import numpy as np
    from neuroep.traces.writer import TraceWriter

    with TraceWriter(sys.argv[1], {"title": "victim"}) as writer:
        for name in ("weight", "change"):
            writer.declare(f"synapses/a/{name}", {"step": None, "pre": [1, 2], "phase": ["x", "y"]},
                           "1", name)
        for step in range(1000):
            row = np.full((2, 2), step)
            writer.append("synapses/a", step, {"weight": row, "change": row})
            if step == 150:
                writer.flush()
            if step == 170:
                os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_keeps_everything_up_to_the_last_flush(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    command = [sys.executable, "-c", textwrap.dedent(VICTIM), str(tmp_path / "traces.h5")]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    part = tmp_path / "traces.h5.part"
    assert list(tmp_path.iterdir()) == [part]
    with h5py.File(part) as file:
        assert np.array_equal(file["synapses/a/weight"][:, 1, 1], np.arange(151))
    with xarray.open_datatree(part, engine="h5netcdf") as tree:
        trace = tree["synapses/a"]["change"].sel(pre=2, phase="y")
        assert np.array_equal(trace, np.arange(151))
        assert np.array_equal(trace["step"], np.arange(151))
    assert "incomplete" in describe(part)
    assert "0 to 150" in describe(part)


def test_ctrl_c_in_the_middle_of_a_block_waits_for_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = disk.put
    path = tmp_path / "traces.h5"
    # Brian2 leaves a handler of its own in a process that has used it.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupted(descriptor: int, data: memoryview, offset: int) -> None:
        if len(data) == 64 * 8:
            signal.raise_signal(signal.SIGINT)
        put(descriptor, data, offset)

    with pytest.raises(KeyboardInterrupt), writer.TraceWriter(path, {}) as traces:  # noqa: PT012
        traces.declare("g/a", {"step": None}, "1", "a", "f8")
        monkeypatch.setattr(disk, "put", interrupted)
        for step in range(1000):
            traces.append("g", step, {"a": np.float64(step)})
    with h5py.File(traces.part) as file:
        assert np.array_equal(file["g/a"], np.arange(64))
    assert signal.signal(signal.SIGINT, handler) is signal.default_int_handler


def test_every_single_write_leaves_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replay a run's writes one by one; the file after each must hold all rows flushed so far.

    Blocks of two rows make the chunk index grow to two levels and split its nodes.
    """
    xarray = pytest.importorskip("xarray")
    writes: list[tuple[int, bytes]] = []  # no bytes: the file is cut there
    put, ftruncate = disk.put, os.ftruncate

    def recorded(descriptor: int, data: memoryview, offset: int) -> None:
        writes.append((offset, bytes(data)))
        put(descriptor, data, offset)

    def cut(descriptor: int, size: int) -> None:
        writes.append((size, b""))
        ftruncate(descriptor, size)

    monkeypatch.setattr(disk, "put", recorded)
    monkeypatch.setattr(os, "ftruncate", cut)
    flushed: dict[int, int] = {}
    with writer.TraceWriter(tmp_path / "traces.h5", {}, rows=2) as traces:
        for name in ("a", "b"):
            axes = {"step": None, "phase": ["free", "plus"]}
            traces.declare(f"g/{name}", axes, "1", name, "f8")
        traces.declare_ragged("g/time", "spike", "s", "times", "f8")
        for step in range(270):
            traces.extend("g", "spike", {"time": np.arange(3.0) + 3 * step})
            traces.append("g", step, dict.fromkeys("ab", np.full(2, step)))
            if step % 2:
                flushed[len(writes)] = step + 1
    monkeypatch.undo()
    assert any(data[:4] == b"TREE" and data[5] == 1 for _, data in writes)

    first, rows, uneven = min(flushed), 0, 0
    replay = tmp_path / "replay.h5"
    with replay.open("w+b") as file:
        for number, (offset, data) in enumerate(writes, start=1):
            if number > first and data:
                # Only a part of this write reaches the disk: what was flushed is there still.
                whole = replay.read_bytes()
                for part in {1, len(data) // 3, len(data) // 2, len(data) - 1} - {0, len(data)}:
                    replay_torn(tmp_path / "torn.h5", whole, offset, data[:part], rows)
            if data:
                file.seek(offset)
                file.write(data)
            else:
                file.truncate(offset)
            file.flush()
            rows = flushed.get(number, rows)
            if number < first:
                continue
            stored = everything(replay, rows)
            if len({len(values) for values in stored.values()}) > 1 and uneven < 5:
                uneven += 1
                with xarray.open_datatree(replay, engine="h5netcdf") as tree:
                    trace = tree["g"]["b"].sel(phase="plus").values
                    assert np.array_equal(tree["g"]["step"], stored["step"])
                assert np.array_equal(trace[:rows], np.arange(rows))
                assert np.isnan(trace[len(stored["b"]) :]).all()
    assert uneven == 5


def everything(path: Path, rows: int) -> dict[str, np.ndarray]:
    """Return all that a file holds, after a look whether it is at least so many rows."""
    with h5py.File(path, "r") as file:
        stored = {name: file[f"g/{name}"][:] for name in ("step", "a", "b")}
        times = file["g/time"][:]
    assert len(times) >= 3 * rows
    assert (times == np.arange(len(times))).all()
    assert min(map(len, stored.values())) >= rows
    for values in stored.values():
        assert (np.arange(len(values)) == values.T).all()
    return stored


def replay_torn(path: Path, whole: bytes, offset: int, part: bytes, rows: int) -> None:
    """Open a file that ends in the middle of a write, as any command of neuroep does."""
    torn = bytearray(whole)
    torn.extend(bytes(max(0, offset + len(part) - len(torn))))
    torn[offset : offset + len(part)] = part
    path.write_bytes(torn)
    restore(path)
    everything(path, rows)


def test_a_look_from_the_same_process_leaves_a_trace_held(tmp_path: Path) -> None:
    """Whoever else comes must not restore what is still being written."""
    with writer.TraceWriter(tmp_path / "traces.h5", {"title": "held"}) as traces:
        axes = {"step": None, "pre": [1]}
        traces.declare("synapses/a/weight", axes, "1", "weight")
        traces.append("synapses/a", 0, {"weight": np.ones(1)})
        traces.flush()
        part = tmp_path / "traces.h5.part"
        assert "incomplete" in describe(part)
        descriptor = os.open(part, os.O_RDWR)
        try:
            with pytest.raises(OSError, match="unavailable"):
                hold(descriptor)
        finally:
            os.close(descriptor)

"""What is exported as arrays is read back, and what is no export is one line."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from export_support import SPIKED, spikes, training, waves

from neuroep.errors import InputError
from neuroep.export import export
from neuroep.export.reading import read_recording
from neuroep.export.recording import Recording, Section


@pytest.mark.parametrize("ending", ["h5", "nc", "npz"])
@pytest.mark.parametrize("made", [waves, training, spikes])
def test_recordings_come_back(made: Callable[[], Recording], ending: str, tmp_path: Path) -> None:
    path, wanted = tmp_path / f"a.{ending}", made()
    export(path, wanted)
    found = read_recording(path)
    assert found.title == wanted.title
    assert found.axis == wanted.axis
    assert found.about.get("beta") == wanted.about.get("beta")
    assert [section.name for section in found.sections] == [s.name for s in wanted.sections]
    for one, other in zip(found.sections, wanted.sections, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
        assert [(s.name, s.unit) for s in one.signals] == [(s.name, s.unit) for s in other.signals]
        for a, b in zip(one.signals, other.signals, strict=True):
            np.testing.assert_array_equal(a.values, b.values)
            assert list(a.axes) == list(b.axes)
            for side in a.axes:
                np.testing.assert_array_equal(a.axes[side], b.axes[side])
        for a, b in zip(one.spikes, other.spikes, strict=True):
            for key in ("name", "neurons", "times", "neuron", "sign"):
                np.testing.assert_array_equal(getattr(a, key), getattr(b, key))
    assert made is not spikes or found.sections[0].spikes[0].times.dtype == SPIKED.times.dtype


def test_what_is_no_export_is_one_line(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.ones(2)
    with h5py.File(tmp_path / "hollow.h5", "w") as file:
        file.attrs["neuroep_format"] = "neuroep recording 1"
    np.savez(tmp_path / "other.npz", x=np.ones(2))
    (tmp_path / "text.npz").write_text("no")
    for name in ("other.h5", "hollow.h5", "other.npz", "text.npz", "missing.nc", "missing.npz"):
        with pytest.raises(InputError, match=name) as caught:
            read_recording(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "change", "said"),
    [
        ("time", lambda t: t.astype(complex), "is not numbers from 0 that rise"),
        ("time", lambda t: t[::-1], "is not numbers from 0 that rise"),
        ("time", lambda t: t - 1.0, "is not numbers from 0 that rise"),
        ("signal", lambda v: v.astype(str), "is not numbers with a unit"),
        ("signal", lambda v: v * 1j, "is not numbers with a unit"),
        ("signal", lambda v: v[:, :0], "no node in it"),
    ],
)
def test_an_export_that_was_changed_is_one_line(
    field: str, change: Callable[[np.ndarray], np.ndarray], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.npz"
    export(path, waves())
    with np.load(path) as saved:
        arrays = dict(saved)
    name = next(
        key for key, v in arrays.items() if v.ndim and (key.endswith("time") == (field == "time"))
    )
    np.savez(path, **(arrays | {name: change(arrays[name])}))
    with pytest.raises(InputError, match=said) as caught:
        read_recording(path)
    assert f"a.npz: {name}: " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"neuron": np.array([1, 0, 7, 0])}, "spikes of no neuron"),
        ({"neuron": np.array(["a", "b", "a", "a"])}, "spikes of no neuron"),
        ({"neuron": np.array([1, 0])}, "not one row a spike"),
        ({"times": np.zeros((4, 1))}, "not one row a spike"),
        ({"sign": np.array([1, 1, 2, 1])}, "spikes of no sign"),
        ({"times": np.array([0.0, np.nan, 0.0, 0.0])}, "spikes at no time"),
    ],
)
def test_spikes_that_were_changed_are_one_line(
    change: dict[str, np.ndarray], said: str, tmp_path: Path
) -> None:
    section = Section("free", np.zeros(0), (), (replace(SPIKED, **change),))
    export(tmp_path / "a.npz", Recording("tiny", (section,)))
    with pytest.raises(InputError, match=f"a.npz: free/hidden: {said}"):
        read_recording(tmp_path / "a.npz")


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("free/time", "free/hidden: time or step is missing beside it"),
        ("free/hidden", None),  # a section may be without
        ("plus/spikes/hidden/times", "damaged"),
    ],
)
def test_a_npz_without_one_of_its_arrays_is_one_line(
    gone: str, said: str | None, told: bool, tmp_path: Path
) -> None:
    path = tmp_path / "a.npz"
    free, plus = waves().sections
    export(path, Recording("tiny", (free, replace(plus, spikes=(SPIKED,)))))
    with np.load(path) as saved:
        arrays = dict(saved)
    about = json.loads(str(arrays["about"]))
    del arrays[gone]
    if not told:
        del about["units"][gone]
    np.savez(path, **(arrays | {"about": np.array(json.dumps(about))}))
    if not told and not said:
        assert not read_recording(path).sections[0].signals
        return
    with pytest.raises(InputError) as caught:
        read_recording(path)
    assert str(caught.value) == f"{path}: " + (f"{gone}: is missing" if told else str(said))


@pytest.mark.parametrize(
    ("gone", "said"), [("plus", "plus: is missing"), ("plus/time", "plus: time or step is missing")]
)
def test_a_nc_without_a_section_or_its_axis_is_one_line(
    gone: str, said: str, tmp_path: Path
) -> None:
    export(tmp_path / "a.nc", waves())
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        del file[gone]
    with pytest.raises(InputError) as caught:
        read_recording(tmp_path / "a.nc")
    assert str(caught.value) == f"{tmp_path / 'a.nc'}: {said}"

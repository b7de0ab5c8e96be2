"""Waveforms for other programs: the suffix decides, and every file says its units."""

import csv
import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.traces.export import check_export, export_waveforms

TIME = np.linspace(0.0, 1e-6, 5)
WAVES = {"free/hidden": np.outer(TIME, [1.0, 2.0]) * 1e6, "+beta/out": np.ones((5, 3)) / 3}


def write(path: Path) -> Path:
    export_waveforms(path, TIME, WAVES, about={"design": "tiny", "beta": 0.5, "seeds": [1, 2]})
    return path


@pytest.mark.parametrize("suffix", [".h5", ".nc"])
def test_hdf5_has_units_and_axes(tmp_path: Path, suffix: str) -> None:
    with h5py.File(write(tmp_path / f"scope{suffix}")) as file:
        assert np.array_equal(file["time"], TIME)
        assert file["time"].attrs["units"] == "s"
        for name, values in WAVES.items():
            assert np.array_equal(file[name], values)
            assert file[name].attrs["units"] == "V"
        assert file.attrs["design"] == "tiny"
        assert json.loads(file.attrs["seeds"]) == [1, 2]


def test_xarray_reads_it(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    with xarray.open_datatree(write(tmp_path / "scope.nc"), engine="h5netcdf") as tree:
        wave = tree["free"]["hidden"]
        assert wave.dims[0] == "time"
        assert np.array_equal(wave.coords["time"], TIME)


def test_numpy_reads_it_without_pickle(tmp_path: Path) -> None:
    with np.load(write(tmp_path / "scope.npz"), allow_pickle=False) as file:
        assert set(file) == {"time", "about", *WAVES}
        assert np.array_equal(file["free/hidden"], WAVES["free/hidden"])
        about = json.loads(str(file["about"]))
    assert about["units"] == {"time": "s", "free/hidden": "V", "+beta/out": "V"}
    assert about["beta"] == 0.5


def test_a_table_has_a_column_a_node(tmp_path: Path) -> None:
    with write(tmp_path / "scope.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header[:3] == ["time (s)", "free/hidden[0] (V)", "free/hidden[1] (V)"]
    expected = np.column_stack([TIME, *WAVES.values()])
    np.testing.assert_allclose(np.array(rows, float), expected, rtol=1e-8)


@pytest.mark.parametrize("name", ["scope.txt", "scope", "scope.png"])
def test_another_suffix_is_one_line(tmp_path: Path, name: str) -> None:
    for act in (check_export, write):
        with pytest.raises(InputError, match=rf"{name}: .* \.h5, \.nc, \.npz, \.csv"):
            act(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        check_export(tmp_path / "missing" / "scope.csv")


def test_a_waveform_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"free: shape \(4, 2\), but 5 times"):
        export_waveforms(tmp_path / "a.h5", TIME, {"free": np.ones((4, 2))})

"""netCDF: axes, units that pint parses, and xarray opens it."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from export_support import SPIKED, TIME, WAVES, spikes, training, waves

from neuroep.export import export


def test_hdf5_has_units_and_axes(tmp_path: Path) -> None:
    export(tmp_path / "a.h5", waves())
    with h5py.File(tmp_path / "a.h5") as file:
        assert np.array_equal(file["free/time"], TIME)
        assert file["free/time"].attrs["units"] == "s"
        for phase, layers in WAVES.items():
            for name, values in layers.items():
                assert np.array_equal(file[f"{phase}/{name}"], values)
                assert file[f"{phase}/{name}"].attrs["units"] == "V"
        assert file.attrs["design"] == "tiny"
        assert json.loads(file.attrs["seeds"]) == [1, 2]


def test_xarray_opens_it_with_units_that_pint_parses(tmp_path: Path) -> None:
    xarray, pint = pytest.importorskip("xarray"), pytest.importorskip("pint")
    parse = pint.UnitRegistry().parse_units
    for made in (waves, training, spikes):
        export(tmp_path / "a.nc", made())
        with xarray.open_datatree(tmp_path / "a.nc", engine="h5netcdf") as tree:
            assert tree.attrs["Conventions"] == "CF-1.11"
            arrays = [one for node in tree.subtree for one in node.dataset.variables.values()]
            units = {one.attrs["units"] for one in arrays if "units" in one.attrs}
            assert units >= {"1"}
            for unit in units:
                parse(unit)
            if made is waves:
                wave = tree["free"]["hidden"]
                assert wave.dims[0] == "time"
                assert np.array_equal(wave.coords["time"], TIME)
                assert parse(wave.attrs["units"]) == parse("volt")
            if made is training:
                weight = tree["synapses/a-b/weight"]
                assert weight.dims == ("step", "weight_pre", "weight_post")
                assert parse(weight.attrs["units"]) == parse("siemens")
            if made is spikes:
                assert np.array_equal(tree["free/spikes/hidden/times"], SPIKED.times)

"""Arrays of numpy: every array by name, units beside them, no pickles."""

import json
from pathlib import Path

import numpy as np
import pytest
from export_support import WAVES, waves

from neuroep.errors import InputError
from neuroep.export import export
from neuroep.export.recording import Recording, waveforms


def test_numpy_reads_it_without_pickle(tmp_path: Path) -> None:
    export(tmp_path / "a.npz", waves())
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        names = {"free/time", "free/hidden", "plus/time", "plus/hidden", "plus/out"}
        assert set(file) == {"about", *names}
        assert np.array_equal(file["plus/out"], WAVES["plus"]["out"])
        about = json.loads(str(file["about"]))
    assert {name: about["units"][name] for name in names} == {
        name: "s" if name.endswith("time") else "V" for name in names
    }
    assert about["beta"] == 0.5


def test_a_layer_does_not_take_the_place_of_the_time(tmp_path: Path) -> None:
    phase = waveforms("free", np.array([0.0, 1e-6]), {"time": np.zeros((2, 1))})
    with pytest.raises(InputError, match=r"a\.npz: npz: free/time: two arrays of that name"):
        export(tmp_path / "a.npz", Recording("a layer called time", (phase,)))

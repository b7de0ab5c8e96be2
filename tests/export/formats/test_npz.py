"""Arrays of numpy: every array by name, units beside them, no pickles."""

import json
from pathlib import Path

import numpy as np
from export_support import WAVES, waves

from neuroep.export import export


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

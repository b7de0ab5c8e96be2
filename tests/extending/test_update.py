"""An update that neuroep does not know: steps of one size, named in designs of both families."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from extending.chips import chip, metrics, neuroep, train
from extending.signs import Signs

from neuroep.learning.updates import UPDATES


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(UPDATES, "signs", Signs)


def parameters(run: Path, name: str) -> dict[str, np.ndarray]:
    with h5py.File(run / f"{name}.h5") as file:
        return {key: array[()] for key, array in file["parameters"].items()}


@pytest.mark.parametrize("family", ["hopfield", "resistive"])
def test_a_design_learns_by_it(
    family: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pulse = {"hopfield": 2.0**-7, "resistive": 2e-6}[family]
    own = {"update": "signs", "dead_zone": 0.0, "decay": "none", "rates": pulse}
    run = train(tmp_path, chip(tmp_path, family, **own))
    found = metrics(run)
    assert found["update"] == "signs"
    assert found["test_accuracy"] > 0.85
    assert "dead_zone = 0.0" in (run / "design.toml").read_text()
    capsys.readouterr()
    assert neuroep("table", run) == 0
    assert "numbers.csv" in capsys.readouterr().out
    if family == "hopfield":  # where no limit cuts a pulse short, all moved by whole ones
        before, after = parameters(run, "start"), parameters(run, "trained")
        moved = np.concatenate([((after[k] - before[k]) / pulse).ravel() for k in before])
        np.testing.assert_allclose(moved, np.round(moved), atol=1e-3)
        assert np.unique(np.round(moved)).size > 10


def test_its_options_stand_in_the_design(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for value, message in (("-1.0", "dead_zone must not be negative"), ('"x"', "must be a number")):
        design = chip(tmp_path, update="signs")
        assert neuroep("train", design, "--set", f"learning.dead_zone={value}") == 2
        assert message in capsys.readouterr().err


def test_nothing_moves_within_its_dead_zone(tmp_path: Path) -> None:
    run = train(tmp_path, chip(tmp_path, update="signs", dead_zone=1e3, epochs=1))
    before, after = parameters(run, "start"), parameters(run, "trained")
    for name, values in before.items():
        np.testing.assert_array_equal(after[name], values)

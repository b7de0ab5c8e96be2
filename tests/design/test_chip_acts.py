"""The chip acts on training: what its devices hold, and at which temperature it works."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import metrics, neuroep, one_line

from neuroep.hardware.programs.spice import Ngspice
from neuroep.runs.trained import load_run
from neuroep.studies.verify.case import VerifyOptions, choose_target, open_case
from neuroep.studies.verify.verify import judge

FEW = ("--limit", 100, "--epochs", 1, "--no-baselines", "--no-figures")
QUICK = ("--set", "solver=sweep", "--set", 'learning.rates={"*" = 3e-2}')


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what trains the small attention chip with some overrides, each but once."""
    folder, runs = tmp_path_factory.mktemp("chips"), {}

    def run(*overrides: str) -> Path:
        if overrides not in runs:
            out = folder / f"run{len(runs)}"
            changes = [word for entry in overrides for word in ("--set", entry)]
            assert neuroep("train", "attention_small", *FEW, *QUICK, *changes, "--out", out) == 0
            runs[overrides] = out
        return runs[overrides]

    return run


def weights(run: Path) -> np.ndarray:
    return load_run(str(run)).system.parameters.flat


def failed(run: Path, *overrides: str) -> tuple[str, ...]:
    """Return what verify finds wrong with ngspice's operating points, which is the fast part."""
    design = str(run / "design.toml")
    case = open_case(VerifyOptions(design=design, weights=str(run), overrides=overrides))
    assert choose_target(case)[1] == ""
    return judge(next(Ngspice().views(case.bench, 60.0)), case.bench, case).failed


@pytest.mark.usefixtures("ngspice")
def test_devices_that_hold_little_clip_in_training_and_pass_afterwards(
    trained: Any,
) -> None:
    run = trained("circuit.conductance_max=2 uS")
    assert metrics(run)["history"]["clipped"][0] > 0
    system = load_run(str(run)).system
    for name in ("rails-out", "words.patterns"):
        assert np.abs(system.parameters[name]).max() == np.float32(0.25)  # (2 - 1) uS / 4 uS
    assert failed(run) == ()


def test_the_range_of_devices_matters_where_weights_reach_it(trained: Any) -> None:
    wide, narrow = trained(), trained("circuit.conductance_max=5 uS")
    assert metrics(wide)["history"]["clipped"] == [0]
    assert metrics(narrow)["history"]["clipped"][0] > 0
    assert not np.array_equal(weights(wide), weights(narrow))


@pytest.mark.usefixtures("ngspice")
def test_a_hot_chip_trains_another_network_and_every_view_agrees_on_it(
    trained: Any, tmp_path: Path
) -> None:
    cold, hot = trained(), trained("circuit.temperature=398.15 K")
    assert np.abs(weights(cold) - weights(hot)).max() > 1e-3
    assert failed(hot) == ()
    assert neuroep("netlist", hot / "design.toml", "--weights", hot, "-o", tmp_path / "c.cir") == 0
    assert ".temp 125.0\n" in (tmp_path / "c.cir").read_text()
    # The same weights on the cold chip are another function, and it is verified as such.
    assert failed(hot, "circuit.temperature=300.15 K") == ()


def test_a_chip_sized_for_where_it_works_is_the_default_one(trained: Any) -> None:
    same = trained("circuit.temperature=300.15 K", "circuit.design_temperature=300.15 K")
    assert np.array_equal(weights(trained()), weights(same))


def test_initial_values_begin_within_what_devices_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that are drawn, those that data bring, and those that a design asks for."""
    out = tmp_path / "run"
    held = ("--set", "circuit.conductance_max=1.4 uS", *QUICK, "--out", out)
    assert neuroep("train", "attention_small", *FEW, *held) == 0
    assert "initial values begin at their devices' limits" in capsys.readouterr().out
    import h5py

    with h5py.File(out / "start.h5") as file:
        found: dict[str, np.ndarray] = {}
        file.visititems(lambda name, item: found.update({name.split("/")[-1]: item}))
        for name in ("words.patterns", "rails-out", "words-asking"):
            assert np.abs(found[name][:]).max() <= np.float32(0.1)


def test_what_a_chip_cannot_be_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    cold = ("--set", "circuit.temperature=27 K")
    assert neuroep("verify", "attention_small", *cold, "--without", "ngspice") == 2
    last = capsys.readouterr().err.splitlines(keepends=True)[-1]
    one_line(last, "attention_small.toml", "circuit.temperature", "173 to 473 K", "not Celsius")

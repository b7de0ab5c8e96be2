"""gradcheck of resistive networks: a proof by implicit differentiation, and how far beta may go."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep, one_line

from neuroep.design.load import load_design
from neuroep.learning.estimate import estimate
from neuroep.learning.rules.two_phase import limit_remark
from neuroep.settle import settle
from neuroep.studies.gradcheck.check import LARGEST_ERROR, ORDER

COMPILING = "  kernels are compiled at the first run, which takes a minute or two\n"
NEAR = "resistive.nudge_conductance=75 uS"
CHIP = """
title = "clouds"
[table]
[resistive]
inputs = 3
hidden = [8]
outputs = 2
input_gain = "1 V"
output_gain = "100 mV"
conductance_min = "0 S"
conductance_max = "100 uS"
nudge_conductance = "20 uS"
spread = ["20 uS", "20 uS"]
[learning]
epochs = 2
batch = 8
beta = 0.1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, where commands run, with a design and its own data."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    kinds = rng.integers(2, size=80)
    rows = rng.normal(0.0, 0.4, (80, 3)) + np.array([[1, 0, 0], [0, 1, 0]])[kinds]
    lines = [
        ",".join(f"{x:.4f}" for x in row) + f",{'ab'[kind]}"
        for row, kind in zip(rows, kinds, strict=True)
    ]
    (tmp_path / "clouds.csv").write_text("length,width,height,kind\n" + "\n".join(lines) + "\n")
    (tmp_path / "chip.toml").write_text(CHIP)
    return tmp_path


def checked(*arguments: object) -> dict:
    assert neuroep("gradcheck", *arguments, "--results", "found.json") == 0
    return json.loads(Path("found.json").read_text())


def test_exponential_diodes_prove_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (check,) = checked("resistive_small")["checks"]
    assert check["proof"]
    assert check["reference"] == "implicit"
    at = check["betas"].index(0.01)
    for found in check["parameters"].values():
        assert found["passed"]
        assert found["centered"][at]["error"] < LARGEST_ERROR / 10
        assert ORDER[0] <= found["order"] <= ORDER[1]
    out = capsys.readouterr().out
    assert "EP computes the gradient of implicit differentiation" in out
    assert "BPTT" not in out
    assert "beta 0.5 is 25% of the way to -1.96" in out
    assert (folder / "resistive_small-gradcheck.png").stat().st_size > 10_000


def test_ideal_diodes_have_corners_and_no_verdict(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ((), ("--data", "clouds.csv")):
        (check,) = checked("chip.toml", *more)["checks"]
        assert not check["proof"]
        assert all(found["passed"] is None for found in check["parameters"].values())
        out = capsys.readouterr().out
        assert "no proof: ideal diodes have corners and no smooth twin; figures only" in out
        assert "EP computes" not in out


def test_a_trained_chip_is_checked_and_has_a_twin(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ("--data", "clouds.csv", "--no-baselines", "--no-figures")
    assert neuroep("train", "chip.toml", *few, "--out", "ep") == 0
    (check,) = checked("chip.toml", "--weights", "ep", "--data", "clouds.csv")["checks"]
    assert check["state"] == "run ep"
    for found in check["parameters"].values():
        assert found["centered"][check["betas"].index(0.01)]["cosine"] > 0.999
    implicit = ("--set", "learning.rule=implicit", "--out", "implicit")
    assert neuroep("train", "chip.toml", *few, *implicit) == 0
    capsys.readouterr()
    assert neuroep("twins", "ep", "implicit") == 0
    assert "EP - implicit differentiation" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--truncate", "--steps"])
def test_there_are_no_steps_to_go_back(
    folder: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("gradcheck", "resistive_small", option, 3) == 2
    one_line(capsys.readouterr().err.removeprefix(COMPILING), option, "through time")


def test_a_beta_near_the_limit_of_stability_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (check,) = checked("resistive_small", "--set", NEAR)["checks"]
    (said,) = (note for note in check["notes"] if "of the way to" in note)
    assert said.startswith("beta 0.5 is 96% of the way to -0.523")
    own = check["betas"].index(0.5)
    worst = max(found["centered"][own]["error"] for found in check["parameters"].values())
    assert worst > 10.6  # what the remark says, in the worst of the parameters
    beyond = ("--set", "resistive.nudge_conductance=85 uS")
    capsys.readouterr()
    assert neuroep("gradcheck", "resistive_small", *beyond) == 2
    one_line(capsys.readouterr().err.removeprefix(COMPILING), "resistive_small.toml", "beta: -0.5")


def test_training_says_it_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ("--data", "clouds.csv", "--no-baselines", "--no-figures")
    still = ("--set", 'learning.rates={"*" = 1e-9}')
    for beta, said in ((0.3, True), (0.1, False)):
        run = ("--set", f"learning.beta={beta}", "--out", f"run{beta}")
        assert neuroep("train", "chip.toml", *few, *still, *run) == 0
        assert (f"beta {beta} is 53% of the way to -0.566" in capsys.readouterr().out) == said
    for rule, said in (("one_sided", False), ("random_sign", True)):  # no nudge comes near, or some
        run = ("--set", "learning.beta=0.3", "--set", f"learning.rule={rule}", "--out", rule)
        assert neuroep("train", "chip.toml", *few, *still, *run) == 0
        assert ("of the way to -0.566" in capsys.readouterr().out) == said


def test_training_begins_with_a_warning_near_the_limit_and_not_before(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ("--data", "clouds.csv", "--no-baselines", "--no-figures")
    still = ("--set", 'learning.rates={"*" = 1e-9}')
    for beta, warned in ((0.46, True), (0.44, False)):
        run = ("--set", f"learning.beta={beta}", "--out", f"run{beta}")
        assert neuroep("train", "chip.toml", *few, *still, *run) == 0
        said = "neuroep: warning: beta -0.46 is 81% of this network's limit of stability, -0.566"
        err = capsys.readouterr().err
        assert (said in err) == warned
        assert ("limit of stability" in err) == warned
    beyond = ("--set", "learning.beta=0.57", "--out", "beyond")
    assert neuroep("train", "chip.toml", *few, *still, *beyond) == 2
    assert "it must be above -0.566" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rule", "warned"),
    [("centered", True), ("random_sign", True), ("one_sided", False), ("continual", True)],
)
def test_an_estimate_warns_if_its_rule_nudges_down(rule: str, warned: bool) -> None:
    system = load_design("resistive_small").make_system(dtype=np.float64)
    drive = system.clamp({"x": np.full((2, system.network.inputs), 0.3)})
    beta, target = -0.85 * system.lowest_beta, np.eye(system.network.outputs)[:2]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimate(system, drive, target, rule, beta=beta)
        estimate(system, drive, target, rule, beta=0.9 * beta)
    said = [each for each in caught if "limit of stability" in str(each.message)]
    assert len(said) == warned
    assert all("85% of this network's limit" in str(each.message) for each in said)
    assert all(each.filename == __file__ for each in said)


def test_a_network_settles_down_to_the_lowest_beta_and_no_further() -> None:
    system = load_design("resistive_small").make_system(dtype=np.float64)
    lowest, network = system.lowest_beta, system.network
    x, target = np.full((1, network.inputs), 0.3), np.eye(network.outputs)[:1]
    assert lowest == pytest.approx(-1.96, abs=0.01)
    settle(network, x, beta=0.999 * lowest, target=target)
    with pytest.raises(ValueError, match=r"must be above -1\.96"):
        settle(network, x, beta=1.001 * lowest, target=target)
    assert limit_remark(0.25 * lowest, lowest) == ""
    assert "about 33%" in limit_remark(0.5, -1.0)
    assert "of no use" in limit_remark(2.0, -1.0)
    assert limit_remark(100.0, -np.inf) == ""


def test_a_chip_whose_amplifiers_differ_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apart = "variability.amplifier_back='2 %'"
    assert neuroep("gradcheck", "resistive_small", "--chip", 3, "--set", apart) == 2
    captured = capsys.readouterr().err.removeprefix(COMPILING)
    one_line(captured, "resistive_small.toml: amplifiers", "has no energy")

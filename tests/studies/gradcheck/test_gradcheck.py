"""neuroep gradcheck: EP passes where the theorem holds, and a wrong gradient fails."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import RUNAWAY, neuroep, one_line, tiny

from neuroep.design.load import load_design
from neuroep.learning.gradient import Factors, Gradient
from neuroep.learning.hopfield import system as hopfield
from neuroep.learning.hopfield.slopes import energy_slope
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.parameters import Parameters
from neuroep.settle import settle
from neuroep.studies.gradcheck.check import LARGEST_ERROR, GradcheckOptions, gradcheck
from neuroep.studies.gradcheck.measure import agreement, distance, multiplied_out, norm, order_of

COMPILING = "  kernels are compiled at the first run, which takes a minute or two\n"
TOKENS = """
title = "tokens"
seed = 5
solver = "sweep"
[layers.premise]
type = "clamped"
tokens = 5
dim = 4
[layers.hypothesis]
type = "clamped"
tokens = 6
dim = 4
[layers.asking]
type = "token_attention"
patterns = "hypothesis"
queries_from = "premise"
inverse_temperature = 0.5
[layers.hidden]
type = "hard_sigmoid"
size = 5
gain = 0.5
bias = 0.8
[layers.out]
type = "hard_sigmoid"
size = 3
gain = 0.5
bias = 0.9
[[couplings]]
between = ["premise", "asking"]
shared = true
[[couplings]]
between = ["asking", "hidden"]
[[couplings]]
between = ["hidden", "out"]
[cost]
type = "squared_error"
layer = "out"
[learning]
beta = 0.4
"""


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    return tiny(tmp_path, TOKENS)


def test_the_shipped_design_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "r.json"
    folder = tmp_path / "figures"
    code = neuroep("gradcheck", "attention_small", "-o", folder, "--results", results)
    assert code == 0, capsys.readouterr()
    out = capsys.readouterr().out
    assert "EP computes the gradient of BPTT" in out
    assert {path.name for path in folder.iterdir()} == {
        "attention_small-gradcheck.png",
        "attention_small-updates-1.png",
        "attention_small-updates-2.png",
    }
    found = json.loads(results.read_text())
    smooth, own = found["checks"]
    assert found["passed"]
    assert (smooth["activation"], own["activation"]) == ("smooth", "own")
    assert 0.5 in own["betas"]  # the design's own
    at = smooth["betas"].index(0.01)
    for values in smooth["parameters"].values():
        centered, one_sided = values["centered"][at], values["one_sided"][at]
        assert values["passed"]
        assert centered["error"] < 1e-3 < one_sided["error"]
        assert centered["signs"] == 1.0
        assert centered["cosine"] == pytest.approx(1.0, abs=1e-6)
        assert 1.9 < values["order"] < 2.1
    assert all(values["passed"] is None for values in own["parameters"].values())


def test_updates_follow_truncated_backpropagation(tokens: Path) -> None:
    options = GradcheckOptions(design=str(tokens), activation="smooth", updates=8)
    (check,) = gradcheck(options, lambda _: None).checks
    assert check.passed
    assert check.updates is not None
    assert check.updates.steps == list(range(1, 9))
    for curve in check.updates.parameters.values():
        assert max(curve.error) < 1e-3  # at every step, while both still grow
        grown = np.abs(curve.bptt[-1]).max()
        assert np.allclose(curve.ep, curve.bptt, atol=1e-3 * grown)
    deep = check.updates.parameters["premise-asking"]
    assert np.abs(deep.bptt[0]).max() == 0.0  # the cost is further away than one step
    assert np.abs(deep.bptt[-1]).max() > 0.0


def test_a_wrong_gradient_fails(
    tokens: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def wrong(*given: Any, **more: Any) -> Any:
        slope = energy_slope(*given, **more)
        slope["hidden-out"][:] *= 1.002
        return slope

    monkeypatch.setattr(hopfield, "energy_slope", wrong)
    assert neuroep("gradcheck", tokens, "-o", tmp_path, "--updates", 0) == 1
    out = capsys.readouterr().out
    assert "does NOT compute" in out
    (line,) = (line for line in out.splitlines() if line.endswith(" NO"))
    assert line.startswith("hidden-out ")


def test_an_error_of_the_wrong_order_fails(tokens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a thousandth is within the error that is allowed, but it does not fall with beta."""

    def wrong(*given: Any, **more: Any) -> Any:
        slope = energy_slope(*given, **more)
        slope["asking-hidden"][:] *= 1.0005
        return slope

    monkeypatch.setattr(hopfield, "energy_slope", wrong)
    options = GradcheckOptions(design=str(tokens), activation="smooth", updates=0)
    (check,) = gradcheck(options, lambda _: None).checks
    verdict = check.verdict("asking-hidden")
    assert verdict.error < LARGEST_ERROR
    assert verdict.passed is False
    assert check.verdict("hidden-out").passed is True


@pytest.mark.parametrize("gain", [0.8, 3.0])
def test_a_network_that_runs_away_fails(
    gain: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its gradients are no numbers, or grow until they are none."""
    design, results = tiny(tmp_path, RUNAWAY.format(gain=gain)), tmp_path / "r.json"
    given = ("-o", tmp_path, "--updates", 0, "--results", results)
    assert neuroep("gradcheck", design, *given) == 1
    out = capsys.readouterr().out
    assert "NOT every settle converged" in out
    assert "does NOT compute" in out
    (check,) = json.loads(results.read_text())["checks"]
    assert all(found["passed"] is False for found in check["parameters"].values())


def test_a_gradient_that_is_no_number_fails(tokens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*given: Any, **more: Any) -> Any:
        slope = energy_slope(*given, **more)
        slope["hidden-out"][0, 0] = np.nan
        return slope

    monkeypatch.setattr(hopfield, "energy_slope", wrong)
    options = GradcheckOptions(design=str(tokens), activation="smooth", updates=0)
    (check,) = gradcheck(options, lambda _: None).checks
    assert check.verdict("hidden-out").passed is False
    assert not check.passed


def test_a_cost_without_a_gradient_is_no_proof(
    tokens: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saturated = ("--set", "layers.out.bias=200", "--activation", "smooth", "--updates", 0)
    assert neuroep("gradcheck", tokens, "-o", tmp_path, *saturated) == 1
    assert "not tested: the cost has no gradient" in capsys.readouterr().out


def test_training_first_checks_twice(tmp_path: Path) -> None:
    options = GradcheckOptions(
        design=str(tiny(tmp_path)),
        after=3,
        limit=60,
        updates=0,
        betas=(0.005, 0.02),
        activation="smooth",
        overrides=["solver=sweep"],
    )
    first, second = gradcheck(options, lambda _: None).checks
    assert (first.state, second.state) == ("at initialisation", "after 3 steps")
    assert first.passed
    assert second.passed
    norms = [check.sweep.parameters["readout.weight"].norm for check in (first, second)]
    assert norms[0] != norms[1]
    assert first.sweep.betas == [0.005, 0.01, 0.02, 0.5]


def test_a_trained_run_is_checked(finished_run: Path, tmp_path: Path) -> None:
    design = finished_run / "design.toml"
    options = GradcheckOptions(design=str(design), weights=str(finished_run), updates=0)
    smooth, own = gradcheck(options, lambda _: None).checks
    assert smooth.state == f"run {finished_run.name}"
    assert smooth.passed
    assert smooth.proof
    assert not own.proof


def test_short_backpropagation_is_said(tokens: Path) -> None:
    options = GradcheckOptions(
        design=str(tokens), activation="own", steps=50, truncate=2, updates=0
    )
    (check,) = gradcheck(options, lambda _: None).checks
    assert any("BPTT has NOT converged" in note for note in check.notes)


def test_the_smooth_twin_touches_the_clip_neurons_at_their_centre(tokens: Path) -> None:
    design = load_design(str(tokens))
    twin = design.smooth()
    assert twin is not None
    made = [d.make_system(dtype=np.float64).network for d in (design, twin)]
    weights = [network.parameters for network in made]
    assert np.array_equal(weights[0]["asking-hidden"], weights[1]["asking-hidden"])
    for name in ("asking-hidden", "hidden-out", "premise-asking"):
        for w in weights:
            w[name][:] = 0.0
    # clip(u/2, 0, 1) has its centre at u = 1; beside it both have slope 1/2.
    for u in (1.0, 1.0 + 1e-4):
        outputs = []
        for network, w, added in zip(made, weights, (0.0, 0.5 - 0.5 / 0.5), strict=True):
            w["out.bias"][:] = u + added
            drive = make_drive(
                network, {"premise": np.zeros((1, 5, 4)), "hypothesis": np.zeros((1, 6, 4))}
            )
            outputs.append(settle(network, drive).activity("out"))
        assert np.allclose(outputs[0], 0.5 * u)
        assert np.allclose(outputs[0], outputs[1], atol=1e-9)


def test_agreement_of_gradients(rng: np.random.Generator) -> None:
    shape = (3000, 700)  # more than one block
    reference, zero = (Gradient(Parameters({"w": shape}, np.float64)) for _ in range(2))
    reference["w"][:] = rng.standard_normal(shape)
    found = Gradient(reference, ["w"])  # a product that nobody has multiplied out
    pre, post = rng.standard_normal((100, 3000)), rng.standard_normal((100, 700))
    found.factors["w"].append(Factors(pre, 0.01 * post, np.full(100, 3000)))
    x, y = found["w"].ravel(), reference["w"].ravel()
    got = agreement(found, reference, "w")
    assert got.cosine == pytest.approx(x @ y / np.linalg.norm(x) / np.linalg.norm(y))
    assert got.error == pytest.approx(np.linalg.norm(x - y) / np.linalg.norm(y))
    assert got.signs == pytest.approx((np.sign(x) == np.sign(y)).mean())
    assert distance(found, reference, "w") == pytest.approx(np.linalg.norm(x - y))
    assert norm(found, "w") == pytest.approx(np.linalg.norm(x))
    assert np.allclose(multiplied_out(found)["w"].ravel(), x)
    assert math.isnan(agreement(found, zero, "w").error)


def test_order_of_an_error_leaves_out_round_off() -> None:
    betas = np.array([0.001, 0.003, 0.01, 0.05])
    assert order_of(betas, 7.0 * betas**2) == pytest.approx(2.0)
    assert order_of(betas, [1e-13, 3e-12, 1e-4, 2.5e-3]) == pytest.approx(2.0)
    assert order_of(betas, [1e-13, 3e-12, 1e-14, 1e-12]) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--betas", "0"], ["--betas 0", "above zero"]),
        (["--betas", "0.01,x"], ["--betas 0.01,x", "numbers"]),
        (["--after", "0"], ["--after", "at least 1, got 0"]),
        (["--steps", "0"], ["--steps", "at least 1, got 0"]),
        (["--truncate", "-3"], ["--truncate", "at least 1, got -3"]),
        (["--examples", "0"], ["--examples", "at least 1, got 0"]),
        (["--activation", "rough"], ["--activation rough", "smooth or own"]),
        (["--weights", "nowhere"], ["nowhere", "not a run folder"]),
        (["--weights", "nowhere", "--after", "3"], ["--after", "--weights"]),
        (["--data", "nowhere"], ["tiny.toml", "reads no data"]),
        (["--set", "learning.beta=0"], ["beta", "zero"]),
        (["--set", "cost.type=none"], ["cost.type"]),
        (["--library", "sky130", "--betas", "0.1"], ["--betas does not go with --library"]),
        (["--draws", "2", "--limit", "3"], ["--limit does not go with --draws"]),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str],
    words: list[str],
    tokens: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert neuroep("gradcheck", tokens, "-o", tmp_path, *arguments) == 2
    one_line(capsys.readouterr().err.removeprefix(COMPILING), *words)


def test_a_design_without_a_cost_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    design = tiny(tmp_path, TOKENS.replace('[cost]\ntype = "squared_error"\nlayer = "out"\n', ""))
    assert neuroep("gradcheck", design, "-o", tmp_path) == 2
    assert "cost" in capsys.readouterr().err

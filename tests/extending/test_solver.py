"""A solver that neuroep does not know: damped steps, where plain ones cycle."""

from pathlib import Path

import numpy as np
import pytest
from extending.chips import chip, metrics, neuroep, train
from extending.damped import Damped

from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Tanh
from neuroep.settle import SOLVERS, Record, Status, Stop, settle


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOLVERS, "damped", Damped)


def strongly_coupled() -> Network:
    """Return a network whose synchronous steps swing for ever between two states."""
    network = Network()
    network.add(Clamped(2), "x")
    network.add(Tanh(6, gain=2.0), "hidden")
    network.add(Tanh(4, gain=2.0), "out")
    network.connect("x", "hidden", gain=0.5)
    network.connect("hidden", "out", gain=4.0)
    network.set_cost(SquaredError("out"))
    network.initialise(11, np.float64)
    network.parameters["out.bias"][:] = (1.5, -1.5, 1.5, -1.5)  # pulls against what x asks for
    return network


def test_it_settles_where_plain_steps_cycle(rng: np.random.Generator) -> None:
    network, stop = strongly_coupled(), Stop(1e-9, 2000)
    x = rng.normal(size=(40, 2))
    plain = settle(network, x, solver="synchronous", stop=stop)
    assert (plain.status == Status.STEP_LIMIT).sum() > 3
    damped = settle(network, x, solver="damped", stop=stop, record=Record((0, 3)))
    assert damped.require_converged()
    assert damped.trace.shape[:2] == (damped.steps.max() + 1, 2)
    assert (damped.energy <= damped.energy_before + 1e-9).all()
    # It is at rest: from there the exact sweep moves nothing.
    moved = settle(network, x, start=damped, stop=Stop(0.0, 1))
    assert moved.residual.max() < 1e-7


def test_a_step_limit_is_said(rng: np.random.Generator) -> None:
    found = settle(strongly_coupled(), rng.normal(size=(3, 2)), solver="damped", stop=Stop(0.0, 5))
    assert (found.status == Status.STEP_LIMIT).all()
    assert (found.steps == 5).all()


def test_a_design_is_settled_by_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = train(tmp_path, chip(tmp_path, solver="damped"), "--test-by", "sweep")
    found = metrics(run)
    assert found["solver"] == "damped"
    assert found["test_accuracy"] > 0.85
    assert found["not_converged"]["damped"] == 0
    assert found["accuracy"]["sweep"] == pytest.approx(found["accuracy"]["damped"], abs=0.02)
    other = train(tmp_path, chip(tmp_path), "--solver", "damped", "--epochs", 1, out="named")
    assert metrics(other)["solver"] == "damped"
    capsys.readouterr()
    assert neuroep("eval", run, "--data", tmp_path / "numbers.csv", "--solver", "damped") == 0
    assert "damped: accuracy" in capsys.readouterr().out
    assert neuroep("list") == 0
    assert "Synchronous steps of which only a share is taken" in capsys.readouterr().out
    assert neuroep("train", chip(tmp_path), "--set", "solver=dampd") == 2
    assert "did you mean damped?" in capsys.readouterr().err

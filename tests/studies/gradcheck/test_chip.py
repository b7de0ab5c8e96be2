"""Chips of transistors against their own gradient: whole estimates pass, wrong ones do not."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from neuroep.hardware.hopfield.transistors import Transistors
from neuroep.hardware.programs.transistors import DIFFERENCES, TransistorChip
from neuroep.hardware.views.bench import Bench
from neuroep.studies.gradcheck import chip as study

CHOSEN = [("hidden-out", 0, 0), ("inputs-hidden", 0, 0)]
SLOPES = np.array([1.0, 0.01])


def all_times(factor: float) -> Callable[..., Any]:
    """Return an estimate whose entries are all off by a factor."""
    whole = Transistors.at_small_beta
    return lambda chip, beta: {k: factor * v for k, v in whole(chip, beta).items()}


@pytest.mark.usefixtures("process")
@pytest.mark.parametrize(("factor", "passed"), [(1.0, True), (0.7, False)])
def test_an_estimate_of_the_wrong_size_fails(
    monkeypatch: pytest.MonkeyPatch, factor: float, passed: bool
) -> None:
    """It points where the truth does: its cosine alone passes."""
    monkeypatch.setattr(study, "ENTRIES", 3)
    monkeypatch.setattr(Transistors, "at_small_beta", all_times(factor))
    report = study.check_chips("transistors_small", (), None, draws=0, examples=1)
    (check,) = report.checks
    assert all(found.cosine >= study.LEAST[beta] for beta, found in check.estimates.items())
    assert check.passed is passed
    if passed:
        assert 0.0 < check.estimates[0.02].error < check.estimates[0.1].error


@pytest.mark.parametrize("small", [0.0105, -0.01, 0.005])
def test_verify_holds_each_synapse_to_its_own_slope(small: float) -> None:
    """A hundredth of the largest: turned round or halved, it is within a norm of both."""
    gradient = {
        name: np.array([[slope]]) for (name, _, _), slope in zip(CHOSEN, SLOPES, strict=True)
    }
    chip = SimpleNamespace(
        at_small_beta=lambda beta: gradient | {"inputs-hidden": np.array([[small]])},
        differences=lambda chosen: np.array([gradient[name][i, j] for name, i, j in chosen]),
    )
    bench = SimpleNamespace(
        couplings=["hidden-out", "inputs-hidden"],
        settled=SimpleNamespace(gradient=gradient),
        betas=np.zeros(3),
    )
    answer = TransistorChip()._gradient(cast(Bench, bench), cast(Transistors, chip))
    assert answer.against is not None
    found, truth = (view.gradient["chosen"] for view in (answer.view, answer.against))
    assert np.linalg.norm(found - truth) < DIFFERENCES * np.linalg.norm(truth)
    assert answer.failed == (() if small == 0.0105 else ("gradient",))

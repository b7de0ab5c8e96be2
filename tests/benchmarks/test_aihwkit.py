"""Laws against what aihwkit's devices were seen to do: kept numbers, aihwkit is not needed."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.devices.aihwkit import CASES, KEPT, curve_deviation, law_of, noise_deviation
from neuroep.devices.laws import LAWS
from neuroep.devices.laws.linear import Linear


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def test_every_law_that_aihwkit_knows_is_held_against_it(kept: dict[str, Any]) -> None:
    assert kept["aihwkit"] == "1.1.0"
    assert set(kept["cases"]) == set(CASES)
    assert {case.law for case in CASES.values()} == set(LAWS) - {"tabulated"}


@pytest.mark.parametrize("name", CASES)
def test_step_curves_are_aihwkit_s(name: str, kept: dict[str, Any]) -> None:
    devices = np.array(kept["cases"][name]["devices"])
    assert len(np.unique(devices[:, 0])) == len(devices)  # no two are alike
    assert curve_deviation(law_of(CASES[name]), kept["cases"][name]) < 1e-6


@pytest.mark.parametrize("name", CASES)
def test_mean_and_spread_of_noisy_pulses_are_aihwkit_s(name: str, kept: dict[str, Any]) -> None:
    case = CASES[name]
    mean, spread = noise_deviation(law_of(case), case.relative, kept["cases"][name])
    assert mean < 0.01
    assert spread < 0.01


def test_another_law_would_be_seen(kept: dict[str, Any]) -> None:
    linear = law_of(CASES["linear"])
    assert linear == Linear(0.4, 0.7)
    one = kept["cases"]["linear"]
    assert curve_deviation(Linear(0.4, 0.7 + 1e-4), one) > 1e-6
    assert curve_deviation(Linear(0.4 + 1e-4, 0.7), one) > 1e-6
    assert noise_deviation(linear, True, one)[1] > 0.01  # noise of another kind
    scattered = law_of(CASES["exponential, scattered"])
    without = replace(scattered, noise_slope=0.0)  # type: ignore[type-var]
    assert noise_deviation(without, True, kept["cases"]["exponential, scattered"])[1] > 0.01

"""In place against programmed: what a chip is off in, what programming does, what chips say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from benchmarks.variability.chips import (
    ALL,
    CAUSES,
    DESIGN,
    WAYS,
    Score,
    misprogrammed,
    overrides,
    three_ways,
)
from benchmarks.variability.in_situ import FIRST, key_of, study, wanted
from benchmarks.variability.summary import (
    crossing,
    crossover,
    drawing,
    interval,
    summary,
    tables,
)
from neuroep.design.hopfield.design import HopfieldDesign
from neuroep.design.load import load_design

IMAGES = 200


def design_of(*lines: str) -> HopfieldDesign:
    found = load_design(str(DESIGN), lines)
    assert isinstance(found, HopfieldDesign)
    return found


def test_at_no_spread_a_chip_is_the_ideal_one() -> None:
    chip = design_of(*overrides(7, 0.0))
    weights, ideal = chip.make_system(), design_of().make_system()
    np.testing.assert_array_equal(weights.parameters.flat, ideal.parameters.flat)
    assert chip.made_chip.drawn is None
    assert chip.made_chip.wires is None
    assert chip.devices is not None
    assert chip.devices.device().spread.step == 0


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_alone_is_a_design_that_differs(cause: str) -> None:
    lines = overrides(7, 0.2, cause)
    assert lines != overrides(7, 0.0)
    assert lines != overrides(7, 0.2, ALL)
    design_of(*lines).make_system()


def test_ways_back_differ_by_what_the_spread_says() -> None:
    network = design_of(*overrides(7, 0.2, "ways back")).make_system().network
    factors = np.log(network.back_factors["hidden-out"])
    assert factors.shape == (48, 10)
    assert factors.std() == pytest.approx(0.2, rel=0.1)
    assert network.make_array is None  # no wires: that is another cause


def test_an_error_of_programming_is_that_of_both_conductances() -> None:
    centre, share = 2.1, 0.05
    weights = np.repeat(np.array([-1.5, 0.0, 1.0]), 40_000)
    found = misprogrammed(weights, share, centre, np.random.default_rng(0))
    off = (found - weights).reshape(3, -1)
    # w = (g_plus - g_minus) / 2, and both are off by a share of themselves.
    wanted_sigma = [0.5 * share * np.hypot(centre + w, centre - w) for w in (-1.5, 0.0, 1.0)]
    np.testing.assert_allclose(off.std(axis=1), wanted_sigma, rtol=0.02)
    np.testing.assert_allclose(off.mean(axis=1), 0.0, atol=1e-3)


def test_a_mean_has_students_interval() -> None:
    values = np.array([0.8, 0.9, 0.85, 0.95, 0.7])
    wanted_ends = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert interval(values) == pytest.approx(tuple(wanted_ends))


def test_curves_cross_where_the_straight_line_does() -> None:
    spreads = np.array([0.0, 0.05, 0.1])
    assert crossover(spreads, np.array([-0.03, -0.01, 0.03])) == pytest.approx(0.0625)
    assert crossover(spreads, np.array([0.01, -0.01, 0.03])) == 0.0
    assert crossover(spreads, np.array([-0.03, -0.02, -0.01])) is None
    found = crossing(spreads, np.array([[-0.03, -0.01, 0.03]] * 4))
    assert found["interval"] == pytest.approx([0.0625, 0.0625])
    assert found["reached"] == 1.0


def made_rows() -> list[dict[str, Any]]:
    rows = []
    for chip, spread, cause in wanted(3):
        tests = (0.9 - 2 * spread + 0.01 * (chip - FIRST), 0.9 - spread, 0.87 - 0.1 * spread)
        ways: dict[str, Any] = {
            way: {"validation": 0.9, "test": test, "not_converged": 0.0}
            for way, test in zip(WAYS, tests, strict=True)
        }
        rows.append({"chip": chip, "spread": spread, "cause": cause, "ways": ways})
    return rows


def test_chips_are_paired_and_failures_counted() -> None:
    rows = made_rows()
    gone = next(r for r in rows if key_of(r) == (FIRST + 1, 0.3, ALL))
    gone["ways"][WAYS[2]] = {"failed": "a way back that its devices do not hold"}
    found = summary(rows)
    point = next(p for p in found["points"] if (p["cause"], p["spread"]) == (ALL, 0.3))
    assert point["chips"] == 3
    assert point["ways"][WAYS[2]]["failed"] == 1
    ahead = point["ahead of programmed"]
    assert ahead[WAYS[2]]["mean"] == pytest.approx(0.84 - 0.31)  # of the first and the third
    assert ahead[WAYS[1]]["mean"] == pytest.approx(0.6 - 0.31)
    content = {"chips": rows, "summary": found, "ideal": {"test": 0.9}}
    json.dumps(content, allow_nan=False)
    assert "1 failed" in tables(content)
    assert len(drawing(content).axes) == 1


def test_a_small_chip_goes_each_way() -> None:
    found = three_ways(7, 0.1, limit=IMAGES, more=("learning.epochs=1",))
    scores = [one for one in found.values() if isinstance(one, Score)]
    assert list(found) == list(WAYS)
    assert len(scores) == len(WAYS)
    assert all(0.0 <= one.test <= 1.0 for one in scores)
    again = three_ways(7, 0.1, ways=WAYS[:1], limit=IMAGES)
    assert again[WAYS[0]] == found[WAYS[0]]
    assert three_ways(8, 0.1, ways=WAYS[:1], limit=IMAGES) != again


def test_what_is_there_is_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, rows = [], {key_of(row): row for row in made_rows()}

    def looked_up(key: tuple[int, float, str]) -> dict[str, Any]:
        asked.append(key)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return rows[key]

    monkeypatch.setattr("benchmarks.variability.in_situ.measured", looked_up)
    monkeypatch.setattr(
        "benchmarks.variability.in_situ.score_of_ideal", lambda: Score(0.9, 0.9, 0.0)
    )
    path = tmp_path / "in_situ.json"
    with pytest.raises(KeyboardInterrupt):
        study(1, path)
    assert len(json.loads(path.read_text())["chips"]) == 3
    content = study(1, path)
    assert asked[4:] == list(wanted(1))[3:]  # the fourth was broken off
    assert [key_of(row) for row in content["chips"]] == list(wanted(1))
    # Another chip's rows do not count, nor do those of other settings.
    assert len(study(2, path)["chips"]) == len(list(wanted(2)))
    assert len(study(1, path)["chips"]) == len(list(wanted(1)))
    monkeypatch.setattr("benchmarks.variability.in_situ.PROGRAMMED", 0.5)
    before = len(asked)
    study(1, path)
    assert asked[before:] == list(wanted(1))

"""Statistics of a sweep, and the files they stand in."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray
from sweep_support import SETTLE, rows, sweep, write_plan

from neuroep import report
from neuroep.runs.intervals import wilson
from neuroep.studies.sweep.axes import Axis, Level
from neuroep.studies.sweep.figures import draw_figures
from neuroep.studies.sweep.results import write_results
from neuroep.studies.sweep.spec import Limit, Spec
from neuroep.studies.sweep.statistics import Results, Yield
from neuroep.studies.sweep.work import Outcome


@pytest.mark.parametrize(
    ("passed", "count", "low", "high"),
    [  # R. G. Newcombe, Statistics in Medicine 17, 857 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval(passed: int, count: int, low: float, high: float) -> None:
    assert wilson(passed, count) == pytest.approx((low, high), abs=5e-5)
    mirrored = wilson(count - passed, count)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def made() -> Results:
    """Return two corners of four chips: one chip failed, one was not measured."""
    axes = (
        Axis("corner", "corners", (Level("cold", ()), Level("hot", ()))),
        Axis("chip", "chips", tuple(Level(i, ()) for i in range(4)), drawn=True),
    )
    accuracies = {(0, 0): 0.9, (0, 1): 0.92, (0, 2): 0.96, (0, 3): 0.98, (1, 0): 0.5, (1, 2): 0.97}
    outcomes = {
        place: Outcome({"test_accuracy": value, "energy": 1e-9 * (1 + place[1])})
        for place, value in accuracies.items()
    }
    outcomes[1, 1] = Outcome({}, "it diverged")
    limits = {"test_accuracy": Limit(0.91), "energy": Limit(most=3.5e-9)}
    return Results(axes, outcomes, Spec(limits, 0.5))


def test_mean_spread_and_quantiles_are_of_the_samples_that_were_measured() -> None:
    cold, hot = made().cells()
    assert cold.mean("test_accuracy") == pytest.approx(0.94)
    assert cold.sigma("test_accuracy") == pytest.approx(np.std([0.9, 0.92, 0.96, 0.98], ddof=1))
    np.testing.assert_allclose(
        cold.quantiles("test_accuracy"),
        np.quantile([0.9, 0.92, 0.96, 0.98], (0.05, 0.25, 0.5, 0.75, 0.95)),
    )
    assert hot.mean("test_accuracy") == pytest.approx(0.735)


def test_a_yield_counts_failed_points_and_leaves_out_missing_ones() -> None:
    results = made()
    cold, hot = results.cells()
    assert (cold.yields(results.spec).passed, cold.yields(results.spec).count) == (2, 4)
    assert (hot.yields(results.spec).passed, hot.yields(results.spec).count) == (1, 3)
    assert cold.yields(results.spec, "energy").passed == 3
    assert str(cold.yields(results.spec)) == "50% [15%, 85%], 2 of 4"
    assert str(Yield(249, 250)) == "99.6% [97.8%, 99.9%], 249 of 250"  # one failed
    assert not results.passed  # the hot corner yields a third, a half is asked for
    assert not results.lost  # one of it is not measured yet
    assert replace(results, spec=replace(results.spec, least_yield=0.51)).lost
    assert results.worst().label == "hot"  # type: ignore[union-attr]
    assert results.failed == [(1, 1)]


def test_the_worst_corner_of_a_figure_has_the_smallest_margin() -> None:
    axes = (Axis("corner", "corners", (Level("a", ()), Level("b", ()))),)
    outcomes = {(0,): Outcome({"x": 1.0, "y": 5.0}), (1,): Outcome({"x": 2.0, "y": 6.0})}
    results = Results(axes, outcomes, Spec({"x": Limit(0.0), "y": Limit(most=10.0)}))
    assert [results.worst(name).label for name in ("x", "y")] == ["a", "b"]  # type: ignore[union-attr]
    assert results.passed


def test_files_hold_the_same_numbers(tmp_path: Path) -> None:
    results = made()
    write_results(tmp_path, results, "two corners")
    with xarray.open_dataset(tmp_path / "results.nc") as found:
        assert dict(found.sizes) == {"corner": 2, "chip": 4, "quantile": 5}
        assert list(found.corner.values) == ["cold", "hot"]
        assert list(found.chip.values) == [0, 1, 2, 3]
        assert found.test_accuracy.dims == ("corner", "chip")
        assert float(found.test_accuracy.sel(corner="hot", chip=2)) == 0.97
        assert math.isnan(float(found.test_accuracy.sel(corner="hot", chip=3)))
        assert found.energy.attrs["units"] == "J"
        np.testing.assert_array_equal(found.state, [[1, 1, 1, 1], [1, 2, 1, 0]])
        assert str(found.error.sel(corner="hot", chip=1).values) == "it diverged"
        assert found.test_accuracy_mean.dims == ("corner",)
        assert found.test_accuracy_quantiles.dims == ("corner", "quantile")
        assert float(found["yield"].sel(corner="cold")) == 0.5
        low, high = wilson(2, 4)
        assert float(found.yield_low.sel(corner="cold")) == low
        assert float(found.yield_high.sel(corner="cold")) == high
        assert found.attrs["worst"] == "hot"
    lines = (tmp_path / "results.csv").read_text().splitlines()
    assert lines[0] == "point,corner,chip,state,test_accuracy,energy (J),error"
    assert lines[1] == "0,cold,0,measured,0.9,1e-09,"
    assert lines[6] == "5,hot,1,failed,,,it diverged"
    assert lines[8] == "7,hot,3,missing,,,"
    summary = (tmp_path / "summary.csv").read_text().splitlines()
    assert summary[0].startswith("corner,figure,mean,sigma,quantile 0.05")
    assert summary[3].startswith("cold,all specifications,,")
    assert "np." not in "".join(summary)
    assert summary[3].endswith(",2,4")


def test_levels_of_mixed_kinds_and_one_point_alone_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    axes = (Axis("limit", "grid.limit", (Level(3, ()), Level("none", ()))),)
    outcomes = {(0,): Outcome({"limit": 1.0}), (1,): Outcome({"limit": 2.0})}
    write_results(tmp_path, Results(axes, outcomes, Spec({})), "mixed")
    with xarray.open_dataset(tmp_path / "results.nc") as found:
        assert list(found.limit.values) == ["3", "none"]
        assert list(found.measured_limit.values) == [1.0, 2.0]
    header, first, _ = (tmp_path / "results.csv").read_text().splitlines()
    assert header == "point,limit,state,measured_limit,error"
    assert first == "0,3,measured,1.0,"
    drawn: dict[str, list[float]] = {}
    monkeypatch.setattr(report, "parallel_coordinates", lambda c, *_, **__: drawn.update(c))
    monkeypatch.setattr(report, "save", lambda *_: None)
    draw_figures(tmp_path, Results(axes, outcomes, Spec({})), "mixed")
    assert list(drawn) == ["limit", "measured_limit"]
    write_results(tmp_path, Results((), {(): Outcome({"x": 2.0})}, Spec({})), "alone")
    with xarray.open_dataset(tmp_path / "results.nc") as found:
        assert float(found.x) == float(found.x_mean) == 2.0


def test_a_sweep_writes_what_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corners = "corners.a = {}\ncorners.b.layers.heads.inverse_temperature = 2.0"
    text = f"{SETTLE}seeds = 4\n{corners}\nspec.cost.max = 9"
    plan = write_plan(tmp_path, text)
    assert sweep(plan) == 0
    out = capsys.readouterr().out
    assert "100% [51%, 100%], 4 of 4" in out
    assert "meets the specification, a yield of 100% in every cell" in out
    costs = [float(row["cost"]) for row in rows(plan) if row["corner"] == "b"]
    (found,) = (
        row for row in rows(plan, "summary.csv") if (row["corner"], row["figure"]) == ("b", "cost")
    )
    assert float(found["mean"]) == pytest.approx(np.mean(costs))
    assert found["kept"] == found["tried"] == "4"


def test_a_sweep_draws_what_matters(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, SETTLE + 'seeds = 3\nspec.cost.max = 9\nspec.energy.max = "1 J"')
    assert sweep(plan) == 0
    drawn = {path.name for path in (plan.with_suffix("") / "figures").iterdir()}
    kinds = ("cost-histogram", "cost-quantiles", "energy-histogram", "energy-quantiles")
    assert drawn == {f"{name}.png" for name in ("specification", "points", *kinds)}

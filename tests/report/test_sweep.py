"""Figures of a sweep, from plain arrays."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from neuroep import report

NONE = (-np.inf, np.inf)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def ticks(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def test_a_matrix_shows_each_yield_and_says_what_was_not_measured() -> None:
    figure = report.yield_matrix(
        [[1.0, np.nan], [0.25, 0.5]], [["all", ""], ["few", "half"]], ["cold", "hot"], ["a", "b"]
    )
    assert texts(figure) == ["all", "not measured", "few", "half"]
    assert ticks(figure) == ["cold", "hot"]
    np.testing.assert_array_equal(
        figure.axes[0].images[0].get_array().filled(np.nan), [[1.0, np.nan], [0.25, 0.5]]
    )


def test_a_long_matrix_is_cut_and_says_so() -> None:
    rows = [f"corner {i}" for i in range(60)]
    figure = report.yield_matrix(np.ones((60, 1)), [["x"]] * 60, rows, ["a"])
    assert len(texts(figure)) == 40
    assert "first 40 of 60" in figure._supxlabel.get_text()  # type: ignore[attr-defined]


def test_a_histogram_holds_every_known_sample_and_the_limits() -> None:
    samples = {"cold": [1.0, 2.0, np.nan, 4.0], "hot": [2.0, 3.0]}
    figure = report.sample_histogram(samples, (1.5, np.inf), name="energy", unit="nJ")
    axes = figure.axes[0]
    assert texts(figure) == ["min"]
    assert [line.get_xdata()[0] for line in axes.lines] == [1.5]  # type: ignore[index]
    assert axes.get_xlabel() == "energy (nJ)"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["cold", "hot"]  # type: ignore[union-attr]


def test_quantiles_are_the_samples_own() -> None:
    values = np.arange(101.0)
    figure = report.sample_quantiles({"a": values, "b": [np.nan]}, NONE, name="x")
    far, near, middle = figure.axes[0].lines
    np.testing.assert_allclose(far.get_xdata(), [5, 95])
    np.testing.assert_allclose(near.get_xdata(), [25, 75])
    np.testing.assert_allclose(middle.get_xdata(), [50])
    assert ticks(figure) == ["a", "b"]


def test_each_point_is_a_line_through_its_values() -> None:
    columns = {"corner": [0, 1], "x": [10.0, 30.0], "same": [5.0, 5.0]}
    figure = report.parallel_coordinates(columns, [True, False], {"corner": ["cold", "hot"]})
    lines = [line.get_ydata() for line in figure.axes[0].lines[:2]]
    np.testing.assert_allclose(lines, [[0, 0, 0.5], [1, 1, 0.5]])
    assert texts(figure) == ["cold", "hot", "10", "30", "5"]


@pytest.mark.parametrize("values", [[], [np.nan], [0.0], [1e300, -1e300], [3.0] * 5])
def test_odd_samples_can_be_drawn(values: list[float], tmp_path: Path) -> None:
    for draw in (report.sample_histogram, report.sample_quantiles):
        report.save(draw({"a": values}, NONE, name="x"), tmp_path / "x.png")
    kept = [True] * len(values)
    figure = report.parallel_coordinates({"x": values, "y": values}, kept, {})
    report.save(figure, tmp_path / "y.png")

"""Accuracy against the time since the last write, as it is drawn."""

import numpy as np
import pytest

from neuroep.report import retention

TIMES = [0.0, 1.0, 3600.0, 31557600.0]


def test_each_run_is_a_line_and_what_was_written_stands_at_the_left() -> None:
    found = {"a": [0.9, 0.8, 0.5, 0.1], "b": [0.95, 0.9, 0.9, 0.7]}
    axes = retention(TIMES, found).axes[0]
    first, second = axes.get_lines()
    x = np.asarray(first.get_xdata(), float)
    assert x == pytest.approx([0.1, 1.0, 3600.0, 31557600.0])  # 0 has no place on a log axis
    assert np.asarray(first.get_ydata(), float) == pytest.approx([90.0, 80.0, 50.0, 10.0])
    assert second.get_label() == "b"
    marks = {
        text.get_text(): at
        for text, at in zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)
    }
    assert marks["written"] == pytest.approx(0.1)
    assert (marks["1 h"], marks["1 year"]) == (3600.0, 31557600.0)
    assert "10 years" not in marks


def test_one_time_alone_is_drawn() -> None:
    axes = retention([0.0], {"a": [0.5]}).axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["written"]

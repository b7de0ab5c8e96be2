"""The estimate of a sweep's rate follows from what was measured."""

from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


def test_many_workers_are_bound_by_what_a_point_costs_to_hand_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(REPO)
    from benchmarks.sweep import scaling

    short = {1: 1.0, 2: 1.7}
    figures, text = scaling.figures_of({1: 0.5, 2: 0.95}, 1.9, 0.01, short)
    assert figures["short"] == {"seconds": 1.0, "ratio": 1.7}
    assert "1.70 times as many" in text
    assert figures["ratio"] == pytest.approx(1.9)
    assert figures["overhead_seconds"] == pytest.approx(0.1)
    assert figures["points_per_hour"]["100"] == pytest.approx(3600 * 50)
    assert figures["points_per_hour"]["1000"] == pytest.approx(3600 * 100)
    assert "1.90 times" in text
    assert ": met" in text

"""The arithmetic of sweeps and steps is counted as by hand."""

from pathlib import Path

import numpy as np
import pytest

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def benchmarks_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(REPO)


def test_what_two_reviews_need() -> None:
    """Every rate is one a second: seconds are FLOP, exponentials and bytes."""
    from benchmarks.cases import POOLED, TOKEN
    from benchmarks.least import SMALL_NETWORKS, at_the_least

    able = {"rates": {bound.label: {"per_second": 1.0} for bound in SMALL_NETWORKS}}
    work = [
        {
            "lengths": np.array([3.0, 2.0]),
            "free": np.array([[5, 4]]),
            "nudged": np.array([[1, 0], [0, 2]]),
            "parameters": 7,
        }
    ]
    found = at_the_least(POOLED, work, able)
    copied = 2 * 4 * 100 * 5
    sweep = [2 * 2 * 4 * n * 100 + 4 * n + 2 * 2 * 400 * 64 for n in (3, 2)]
    assert found["free"] == copied + 5 * sweep[0] + 4 * sweep[1]
    assert found["phases"] == found["free"] + sweep[0] + 2 * sweep[1]
    slopes = 2 * 2 * (4 * 5 * 100 + 2 * 400 * 64)
    assert found["train"] == found["phases"] + slopes + copied + 6 * 4 * 7

    found = at_the_least(TOKEN, work, able)
    shown = 2 * 4 * 64 * 5 + 2 * 64**2 * 5
    sweep = [2 * 2 * n * n * 64 + n * n + 2 * 2 * n * 64 * 64 for n in (3, 2)]
    assert found["free"] == shown + 5 * sweep[0] + 4 * sweep[1]
    slopes = 2 * 2 * (64 * (9 + 4) + 5 * 64 * 64 + 5 * 64**2)
    assert found["train"] == found["phases"] + slopes + 2 * 4 * 64 * 5 + 6 * 4 * 7

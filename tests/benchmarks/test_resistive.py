"""The resistive benchmark compares like with like: both sides find the same voltages."""

from pathlib import Path

import numpy as np
import pytest

REPO = Path(__file__).resolve().parents[2]


def test_both_sides_settle_alike(ngspice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(REPO)
    from benchmarks.settle import resistive_sides

    monkeypatch.setattr(resistive_sides, "SIZES", (12, 6, 2))
    own, spice = resistive_sides.OwnSide(), resistive_sides.SpiceSide()
    ours, theirs = own.answer(), spice.answer()
    assert np.abs(ours.volts).max() > 0.1
    np.testing.assert_allclose(theirs.volts, ours.volts, rtol=0, atol=1e-9)
    assert max(ours.balance, theirs.balance) < 1e-9
    assert own.time(4, 1) > 0
    assert spice.time() > spice.analysis_time() >= 0

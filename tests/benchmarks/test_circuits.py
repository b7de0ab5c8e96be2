"""The benchmarks of waveforms and spikes compare like with like."""

from pathlib import Path

import numpy as np
import pytest

REPO = Path(__file__).resolve().parents[2]


def test_scipy_integrates_the_circuit_that_neuroep_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(REPO)
    from benchmarks.settle.transient_sides import OwnSide, ScipySide

    case = "small attention chip"
    ours, theirs = OwnSide(case), ScipySide(case)  # the second checks its equations
    own, scipy = ours.waves(1e-9), theirs.waves(1e-9, "LSODA")
    np.testing.assert_allclose(own.volts, scipy.volts, atol=1e-6)
    assert own.energy == pytest.approx(scipy.energy, rel=1e-5)


def test_brian2_sends_the_spikes_that_neuroep_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(REPO)
    from benchmarks.settle.spiking_sides import BrianSide, OwnSide

    counts, per_step = OwnSide(32).spikes()
    assert counts.sum() > 100
    assert 0.02 < per_step < 0.3
    agreed = BrianSide(32, "numpy").agreement()
    assert agreed.count_difference <= 1
    assert agreed.activity_difference < 1e-3

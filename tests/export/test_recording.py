"""Recordings: what does not fit together is refused."""

import numpy as np
import pytest
from export_support import training

from neuroep.export.recording import Section, Signal, waveforms


def test_a_waveform_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"free: shape \(4, 2\), but 5 points"):
        waveforms("", np.zeros(5), {"free": np.ones((4, 2))})


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a: shape \(4, 2\), but labels \(3,\)"):
        Signal("a", np.ones((4, 2)), "V", {"node": np.arange(3)})


def test_columns_carry_the_labels_of_every_side() -> None:
    (section,) = training().sections
    columns = dict(section.signals[0].columns())
    assert list(columns) == [("4", "a"), ("4", "b"), ("9", "a"), ("9", "b")]
    np.testing.assert_array_equal(columns["9", "a"], [2e-6, 6e-6, 10e-6])
    assert Section("", np.zeros(0)).full("x") == "x"

"""Figures of written devices, from plain arrays."""

import numpy as np
import pytest
from matplotlib.text import Text

from neuroep.report import written_devices, written_synapse

pytestmark = pytest.mark.filterwarnings("error")
LIMITS = (1e-6, 40e-6)


def texts(figure):
    figure.draw_without_rendering()
    return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text()]


def test_pulses_wear_and_conductances_of_every_array():
    x = np.arange(10)
    pulses = {"a": 0.01 * x, "b": 0.02 * x}
    most = {"a": x, "b": 3 * x}
    ends = {name: np.linspace(*LIMITS, 200) for name in pulses}
    figure = written_devices(x, pulses, most, ends, limits=LIMITS, endurance=1e4)
    said = texts(figure)
    for expected in ("a", "b", "endurance", "conductance (µS)", "training examples"):
        assert expected in said
    left, right = figure.axes
    drawn = [line.get_ydata() for line in left.lines[:4]]
    np.testing.assert_array_equal(drawn[3][1:], most["b"][1:])
    assert np.isnan(drawn[3][0])  # none yet: nothing on a logarithmic axis
    assert [line.get_xdata()[0] for line in right.lines] == pytest.approx([1.0, 40.0])
    shares = right.patches[0].get_data().values
    assert shares.sum() == pytest.approx(1.0)


def test_without_pulses_nothing_is_drawn_and_it_says_so():
    said = texts(written_devices([0, 1], {"a": [0, 0]}, {}, {"a": [1e-6]}, limits=LIMITS))
    assert "no pulses" in said
    texts(written_devices([], {}, {}, {}, limits=LIMITS))


def test_one_synapse_asked_accumulated_pulsed_and_moved():
    x = 10 * np.arange(6)
    up, down = np.array([0, 1, 0, 0, 2, 0]), np.array([0, 0, 1, 0, 0, 0])
    sides = {"plus": 1e-6 * (20 + x), "minus": 1e-6 * (20 - 0.1 * x)}
    figure = written_synapse(
        x, 0.1 * x, up, down, sides, charge=np.sin(x), limits=LIMITS, name="w [1, 2]"
    )
    said = texts(figure)
    for expected in ("w [1, 2]", "up", "down", "plus", "minus"):
        assert expected in said
    asked, charge, pulses, siemens = figure.axes
    np.testing.assert_allclose(asked.lines[0].get_ydata(), 0.1 * x)
    np.testing.assert_allclose(charge.lines[0].get_ydata(), np.sin(x))
    risen, fallen = (c.get_segments() for c in pulses.collections)
    assert [(s[0][0], s[1][1]) for s in risen] == [(10, 1), (40, 2)]
    assert [(s[0][0], s[1][1]) for s in fallen] == [(20, -1)]
    np.testing.assert_allclose(siemens.lines[1].get_ydata(), 20 - 0.1 * x)


def test_without_a_capacitor_there_is_no_panel_of_its_charge():
    one = written_synapse([0], [0], [0], [0], {"plus": [1e-6]}, limits=LIMITS)
    assert len(one.axes) == 3
    texts(one)

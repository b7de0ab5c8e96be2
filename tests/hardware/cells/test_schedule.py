"""The cycle of a chip that learns: phases in order, windows inside them, pulses one by one."""

import numpy as np
import pytest
from scipy.integrate import quad

from neuroep.hardware.cells.schedule import PHASES, Schedule

GIVEN = {
    "examples": 3, "free": 4e-6, "nudged": 2e-6, "window": 1e-6, "slots": 2, "width": 5e-8,
    "edge": 5e-9,
}  # fmt: skip


def test_phases_follow_each_other() -> None:
    s = Schedule(**GIVEN)
    starts = np.stack([s.starts(phase) for phase in PHASES], axis=1).ravel()
    lengths = np.diff(np.append(starts, s.end)).reshape(3, 4)
    np.testing.assert_allclose(lengths, [[4e-6, 2e-6, 2e-6, 2 * s.slot]] * 3, rtol=1e-9)
    assert s.ends[-1] == pytest.approx(s.end)


@pytest.mark.parametrize("phase", ["plus", "minus"])
def test_windows_are_equally_long_and_end_within_their_phase(phase: str) -> None:
    s = Schedule(**GIVEN)
    window = s.window_of(phase)
    for begin in s.starts(phase):
        inside = window.times[(window.times > begin) & (window.times < begin + s.nudged)]
        assert inside.size == 4
        points = inside.tolist()
        area = quad(window.at, begin, begin + s.nudged, points=points, limit=100)[0]
        assert area == pytest.approx(s.window, rel=1e-9)


def test_the_nudge_is_off_but_in_its_phases() -> None:
    s = Schedule(**GIVEN)
    beta = s.beta(0.5)
    for phase, wanted in zip(PHASES, (0.0, 0.5, -0.5, 0.0), strict=True):
        np.testing.assert_allclose(beta.at(s.starts(phase) + 1.5 * s.edge), wanted)


def test_a_pulse_comes_when_its_clock_has_fallen() -> None:
    s = Schedule(**GIVEN)
    both = np.unique(np.append(s.sample.times, s.fire.times))
    middle = 0.5 * (both[1:] + both[:-1])
    assert not (s.sample.at(middle) * s.fire.at(middle)).any()
    assert s.sample.values.sum() == s.fire.values.sum() == 2 * 3 * 2
    assert (s.fires > s.samples).all()
    assert (s.fires[:, -1] + s.width + s.edge < s.ends).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"window": 2e-6}, "does not fit into nudged phases"),
        ({"edge": 4e-8}, "edge must be at most half of width"),
        ({"free": 0.0}, "free must be positive"),
        ({"width": float("nan")}, "width must be positive"),
        ({"examples": 0}, "at least one example"),
    ],
)
def test_times_that_do_not_fit(changed: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Schedule(**(GIVEN | changed))

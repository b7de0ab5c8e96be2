"""One synapse through the cycle: a column a phase, its own stretch of time, both programs."""

import numpy as np
import pytest

from neuroep.report import learning_cycle

PHASES = {"free phase": (2e-6, 4e-6), "+beta": (4e-6, 6e-6), "-beta": (6e-6, 8e-6)}


def waves(points: int) -> dict[str, np.ndarray]:
    time = np.linspace(0, 1e-5, points)
    names = ("pre", "post", "acc", "up", "down", "plus", "minus")
    return {"time": time, **{name: k + time for k, name in enumerate(names)}}


def test_every_phase_shows_its_own_time_of_every_program() -> None:
    figure = learning_cycle(
        {"transient": waves(501), "ngspice": waves(301)},
        PHASES,
        windows=[(5e-6, 6e-6), (7e-6, 8e-6)],
        threshold=0.1,
        title="x-out[0, 1]",
    )
    panels = np.array(figure.axes).reshape(4, 3)
    assert [axes.get_title(loc="left") for axes in panels[0]] == list(PHASES)
    for axes, (begin, end) in zip(panels[0], PHASES.values(), strict=True):
        for line in axes.get_lines()[:4]:  # two waveforms, two programs
            time = line.get_xdata()
            assert time[0] == pytest.approx(1e6 * (begin - 2e-6), abs=0.04)
            assert time[-1] == pytest.approx(1e6 * (end - 2e-6), abs=0.04)
    shaded = [sum(bool(p.get_facecolor()) for p in axes.patches) for axes in panels[0]]
    assert shaded == [0, 1, 1]
    levels = {round(float(line.get_ydata()[0])) for line in panels[1, 0].get_lines()}
    assert {100, -100} <= levels  # mV
    assert figure.get_suptitle() == "x-out[0, 1]"


def test_without_thresholds_none_is_drawn() -> None:
    figure = learning_cycle({"transient": waves(101)}, PHASES)
    assert len(figure.axes[3].get_lines()) == 1

"""What EP holds in memory does not depend on the steps, what BPTT holds does."""

from dataclasses import replace
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


def test_memory_of_a_step_over_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(REPO)
    from benchmarks.learning import memory

    small = replace(memory.TOKEN, tokens=20, dim=8, batch=16, vocabulary=300)
    monkeypatch.setattr(memory, "TOKEN", small)
    ep, bptt = (
        [step.allocated(t) for t in (10, 20, 40)] for step in map(memory.Step, memory.METHODS)
    )
    assert max(ep) < 1.1 * min(ep)
    rows = 3 * small.batch * (small.tokens * small.dim + small.hidden + small.classes)
    bytes_a_step = [(bptt[1] - bptt[0]) / 10 * memory.MB, (bptt[2] - bptt[1]) / 20 * memory.MB]
    assert bytes_a_step == pytest.approx([4 * rows] * 2, rel=0.2)


def test_the_figure_shows_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(REPO)
    from benchmarks.learning import memory

    values = {"ep": [1.0] * len(memory.STEPS), "bptt": [float(t) for t in memory.STEPS]}
    (axes,) = memory.draw({"allocated_mb": values}).axes
    assert [list(line.get_ydata()) for line in axes.lines] == list(values.values())

"""sims/settle_waveforms.py and the figures of waveforms."""

import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from experiment_support import one_line
from experiment_support import sim as run_sim

from neuroep.report import oscilloscope, waveforms


def sim(*arguments: str) -> int:
    """Run the sim in this process; return its exit code."""
    return run_sim(*arguments, script="settle_waveforms")


def test_the_last_contrast_is_the_gradient(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, exported = tmp_path / "scope.png", tmp_path / "scope.h5"
    assert sim("--out", str(out), "--beta", "-0.3", "--export", str(exported)) == 0
    printed = capsys.readouterr().out
    found = re.search(r"contrast at rails-out: within (\S+) of the gradient", printed)
    assert found is not None
    assert float(found[1]) < 1e-6
    assert [line.split()[0] for line in printed.splitlines()[3:6]] == ["free", "+beta", "-beta"]
    assert out.stat().st_size > 20_000
    with h5py.File(exported) as file:
        time = file["free/time"][:]
        free, nudged = file["free/out"][:], file["plus/out"][:]
    assert free.shape == nudged.shape == (len(time), 2)
    np.testing.assert_array_equal(free[0], 0.0)
    np.testing.assert_allclose(free[-1], nudged[0], atol=1e-8)


def test_what_cannot_be_drawn_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sim("--out", str(tmp_path / "nowhere" / "a.png")) == 2
    assert sim("--design", "resistive_small") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "nowhere" in lines[0]
    assert "resistive" in lines[1]
    assert sim("--beta", "0") == 2


def test_a_nudge_that_the_chip_does_not_hold_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sim("--out", str(tmp_path / "a.png"), "--beta", "1000") == 2
    one_line(capsys.readouterr().err, "attention_small: --beta 1000: beta -1000: a negative nudge")


def test_waveforms_lie_over_each_other_and_changes_are_in_millivolts() -> None:
    time = np.linspace(0, 1e-6, 50)
    free = {"hidden": np.outer(1 - np.exp(-time / 1e-7), [1.0, -0.5])}
    nudged = {"hidden": free["hidden"][-1] + 1e-3 * free["hidden"]}
    traces = [(time, free), (time, nudged)]
    figure = waveforms({"transient": traces, "scipy": traces, "ngspice": traces}, ["free", "+β"])
    left, right = figure.axes
    assert left.get_ylabel() == "hidden (V)"
    assert right.get_ylabel() == "change (mV)"
    assert right.get_xlabel() == "time (µs)"
    assert len(left.lines) == len(right.lines) == 6
    ends = sorted(float(np.asarray(line.get_ydata())[-1]) for line in right.lines[:2])
    np.testing.assert_allclose(ends, [-0.5, 1.0], rtol=1e-3)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "transient",
        "scipy",
        "ngspice",
    ]


def test_waveforms_say_which_unit_and_what_was_left_out() -> None:
    time = np.linspace(0, 1e-6, 5)
    traces = [(time, {"hidden": np.outer(time, [3.0, 1.0, 2.0])})]
    figure = waveforms({"transient": traces}, ["free"], title="a chip", note="a slice of 3 of 9")
    (panel,) = figure.axes
    legend = panel.get_legend()
    assert legend.get_title().get_text() == "node"
    named = {line.get_label(): line.get_color() for line in legend.get_lines()}
    assert set(named) == {"0", "1", "2"}
    ends = {line.get_color(): np.asarray(line.get_ydata())[-1] for line in panel.lines}
    assert [ends[named[str(k)]] for k in range(3)] == pytest.approx([3e-6, 1e-6, 2e-6])
    assert figure.get_suptitle() == "a chip"
    assert figure.get_supxlabel() == "a slice of 3 of 9"


def test_an_oscilloscope_shows_the_strongest_synapses_after_the_switch() -> None:
    time = np.linspace(0, 1e-6, 20)
    volts = np.outer(time / 1e-6, [1.0, 2.0, 3.0])
    contrast = {f"{k} to 0": k * time for k in range(9)}
    figure = oscilloscope(
        time, {"out": [volts, volts + 1, volts - 1]}, contrast, coupling="a-out", switch=0.5e-6
    )
    top, bottom = figure.axes
    assert [line.get_label() for line in bottom.lines[:6]] == [f"{k} to 0" for k in range(8, 2, -1)]
    assert min(np.asarray(bottom.lines[0].get_xdata())) == pytest.approx(0.5)
    assert top.get_xlim() == pytest.approx((0.0, 1.0))


def test_what_is_read_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data.csv"
    data.write_text("text,label\n")
    assert sim("--data", str(data), "--export", str(data)) == 2
    one_line(capsys.readouterr().err, "data.csv: is what is read")
    assert sim("--out", str(tmp_path / "scope.txt")) == 2
    one_line(capsys.readouterr().err, "must end in .png, .svg, .pdf")
    assert data.read_text() == "text,label\n"

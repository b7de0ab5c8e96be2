"""Raw files: our own reader and ngspice find the numbers in it, to the bit."""

import subprocess
from pathlib import Path

import numpy as np
from export_support import TIME, WAVES, training, waves

from neuroep.export import export
from neuroep.export.recording import Recording, Signal, waveforms
from neuroep.hardware.programs.rawfile import read_raw


def test_our_own_reader_finds_the_same(tmp_path: Path) -> None:
    export(tmp_path / "a.raw", waves())
    free, plus = read_raw((tmp_path / "a.raw").read_bytes())
    assert (free.name, plus.name) == ("Transient Analysis, free", "Transient Analysis, plus")
    assert free.time is not None
    np.testing.assert_array_equal(free.time, TIME)
    np.testing.assert_array_equal(plus.values["hidden_1"], WAVES["plus"]["hidden"][:, 1])
    assert sorted(plus.values) == ["hidden_0", "hidden_1", "out_0", "out_1", "out_2"]


def test_training_is_a_plot_over_steps(tmp_path: Path) -> None:
    export(tmp_path / "a.raw", training())
    (plot,) = read_raw((tmp_path / "a.raw").read_bytes())
    assert plot.time is None
    np.testing.assert_array_equal(plot.values["step"], [0, 10, 20])
    np.testing.assert_array_equal(plot.values["synapses_a_b_weight_9_a"], [2e-6, 6e-6, 1e-5])


def test_nothing_valid_is_refused(tmp_path: Path) -> None:
    """Odd names, two that are the same to SPICE, one point, what is not finite, other units."""
    one = waveforms("a b", np.zeros(1), {"Größe-1": np.full((1, 1), np.nan)})
    current = Signal("größe 1", np.full((1, 1), np.inf), "A", {"node": np.arange(1)})
    plain = Signal("time", np.full((1, 1), -0.0), "V^2", {"node": np.array(["/"])})
    section = type(one)("a b", np.zeros(1), (*one.signals, current, plain))
    export(tmp_path / "a.raw", Recording("two\nlines: é", (section,)))
    (plot,) = read_raw((tmp_path / "a.raw").read_bytes())
    assert list(plot.values) == ["gr_e_1_0", "i(gr_e_1_0_2)", "time_2"]
    assert np.isnan(plot.values["gr_e_1_0"]).all()


def in_ngspice(folder: Path, *commands: str) -> str:
    """Let ngspice obey; return what it says."""
    script = "\n".join([*commands, "quit", ""])
    done = subprocess.run(
        ["ngspice", "-n", "-p"], input=script, cwd=folder, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_ngspice_loads_it_to_the_bit(ngspice: str, tmp_path: Path) -> None:
    export(tmp_path / "a.raw", waves())
    said = in_ngspice(
        tmp_path,
        "load a.raw",
        "setplot tran2",
        "let most = vecmax(v(hidden_1))",
        "write most.raw most v(hidden_1)",
        "setplot tran1",
        "let most = vecmax(v(hidden_1))",
        "write free.raw most",
    )
    assert "Transient Analysis, free" in said
    (plot,) = read_raw((tmp_path / "most.raw").read_bytes())
    np.testing.assert_array_equal(plot.values["hidden_1"], WAVES["plus"]["hidden"][:, 1])
    assert plot.values["most"][0] == WAVES["plus"]["hidden"][:, 1].max()
    (plot,) = read_raw((tmp_path / "free.raw").read_bytes())
    assert plot.values["most"][0] == WAVES["free"]["hidden"][:, 1].max()

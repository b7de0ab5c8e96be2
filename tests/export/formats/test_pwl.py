"""Sources: ngspice is driven by them to the waveforms they were written from."""

from pathlib import Path

import numpy as np
import pytest
from export_support import TIME, WAVES, waves

from neuroep.errors import InputError
from neuroep.export import export
from neuroep.export.recording import Recording, Section, Signal, waveforms
from neuroep.hardware.programs.ngspice import run_deck


def test_a_source_a_node(tmp_path: Path) -> None:
    export(tmp_path / "a.cir", waves())
    lines = (tmp_path / "a.cir").read_text().splitlines()
    assert lines[0] == "* tiny chip"
    assert "Vfree_hidden_1 free_hidden_1 0 PWL(" in lines
    assert lines[3:6] == ["+ 0.0 0.0", "+ 2.5e-07 0.25", "+ 5e-07 0.5"]
    assert sum(line.startswith("V") for line in lines) == 2 + 5


def test_a_breakpoint_that_was_recorded_twice_is_written_once(tmp_path: Path) -> None:
    time = np.array([0.0, 1e-6, 1e-6, 2e-6])
    section = waveforms("", time, {"x": np.arange(4.0)[:, None]})
    export(tmp_path / "a.cir", Recording("t", (section,)))
    assert (tmp_path / "a.cir").read_text().count("\n+ ") == 3 + 1


def test_what_is_not_finite_drives_nothing(tmp_path: Path) -> None:
    section = waveforms("free", TIME, {"x": np.full((5, 1), np.nan)})
    with pytest.raises(InputError, match="free/x: not finite"):
        export(tmp_path / "a.cir", Recording("t", (section,)))


def test_ngspice_is_driven_back_to_the_waveforms(ngspice: str, tmp_path: Path) -> None:
    currents = Signal("bias", 1e-6 * WAVES["free"]["hidden"], "A", {"node": np.arange(2)})
    driven = (*waves().sections, Section("free", TIME, (currents,)))
    export(tmp_path / "a.cir", Recording("tiny", driven))
    deck = f"""driven
.include {tmp_path / "a.cir"}
R1 free_bias_0 0 1meg
R2 free_bias_1 0 1meg
.save v(plus_hidden_1) v(free_hidden_0) v(free_bias_1)
.tran 1n 0.5u 0 5n
.end
"""
    (plot,) = run_deck(deck)
    assert plot.time is not None
    for name, phase, column, scale in (
        ("plus_hidden_1", "plus", 1, 0.5), ("free_hidden_0", "free", 0, 1.0),
        ("free_bias_1", "free", 1, 1.0),
    ):  # fmt: skip
        wanted = np.interp(plot.time, scale * TIME, WAVES[phase]["hidden"][:, column])
        np.testing.assert_allclose(plot.values[name], wanted, atol=1e-6)

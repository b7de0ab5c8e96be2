"""Value change dumps: spikes as events, waveforms as reals, and GTKWave's converter takes them."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from export_support import spikes, waves

from neuroep.export import export
from neuroep.export.formats.vcd import tick
from neuroep.export.recording import Recording, Section, Spikes, waveforms


def test_spikes_are_events_with_a_sign(tmp_path: Path) -> None:
    export(tmp_path / "a.vcd", spikes())
    head, changes = (tmp_path / "a.vcd").read_text().split("$enddefinitions $end")
    assert "$timescale 1 ps $end" in head  # float32 knows no finer at these times
    assert "$scope module free $end" in head
    names = {
        line.split()[4]: line.split()[3] for line in head.splitlines() if line.startswith("$var")
    }
    assert list(names) == ["spike_0", "sign_0", "spike_1", "sign_1", "spike_5", "sign_5"]
    later = changes.partition("#2000000\n")[2].splitlines()
    at = later.index("#7000000")
    assert f"1{names['spike_0']}" in later[:at]
    assert f"r-1 {names['sign_1']}" in later[:at]
    assert f"1{names['spike_0']}" in later[at:]


def test_spikes_at_0_are_not_lost(tmp_path: Path) -> None:
    one = np.zeros(1, int)
    section = Section("", np.zeros(0), (), (Spikes("x", one, np.zeros(1), one, one + 1),))
    export(tmp_path / "a.vcd", Recording("", (section,)))
    changes = (tmp_path / "a.vcd").read_text().partition("$enddefinitions")[2].splitlines()
    assert sum(line.startswith("1") for line in changes) == 1


def test_waveforms_are_reals_that_change_when_they_do(tmp_path: Path) -> None:
    export(tmp_path / "a.vcd", waves())
    text = (tmp_path / "a.vcd").read_text()
    assert "$timescale 1 fs $end" in text
    assert text.count("$var real") == 2 + 5
    assert text.count("0.3333333333333333 ") == 3  # out rests: said once a node


def test_ticks_are_as_fine_as_the_times_are_known() -> None:
    time = np.array([0.0, 20e-6])
    for kind, expected in (("f8", "1 fs"), ("f4", "1 ns"), ("f2", "1 us")):
        section = waveforms("", time.astype(kind), {"x": np.ones((2, 1))})
        assert tick(Recording("", (section,))) == expected


@pytest.mark.parametrize("made", [waves, spikes])
def test_gtkwave_takes_it(made: object, tmp_path: Path) -> None:
    if shutil.which("vcd2fst") is None:
        pytest.skip("vcd2fst is not installed (apt-get install gtkwave)")
    assert callable(made)
    export(tmp_path / "a.vcd", made())
    command = ["vcd2fst", "a.vcd", "a.fst"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert not done.stderr
    assert (tmp_path / "a.fst").stat().st_size > 0

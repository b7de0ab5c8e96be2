"""The waveforms of verify in ngspice: as they are, to the bit, and as sources of a deck."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep, one_line

from neuroep.export import export
from neuroep.export.reading import read_recording
from neuroep.hardware.programs.catalogue import PROGRAMS
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.rawfile import read_raw
from neuroep.studies.verify.case import VerifyOptions
from neuroep.studies.verify.export import recording_of
from neuroep.studies.verify.verify import Report, verify
from neuroep.traces.record import PHASES


@pytest.fixture(scope="module")
def report() -> Report:
    """Return neuroep's own views of a resistive chip."""
    return verify(VerifyOptions(design="resistive_small", without=tuple(PROGRAMS)))


def test_maxima_in_ngspice_are_those_of_verify_to_the_bit(
    ngspice: str, report: Report, tmp_path: Path
) -> None:
    export(tmp_path / "v.raw", recording_of(report.timed[0], "chip", "resistive_small"))
    waves = report.timed[0].waveforms
    nodes = [(layer, k) for layer, v in waves[0].volts.items() for k in range(v.shape[1])]
    script = ["load v.raw"]
    for number in range(1, 4):
        script.append(f"setplot tran{number}")
        script += [f"let most{j} = vecmax(v({a}_{k}))" for j, (a, k) in enumerate(nodes)]
        found = " ".join(f"most{j}" for j in range(len(nodes)))
        script.append(f"write most{number}.raw {found}")
    subprocess.run(
        ["ngspice", "-n", "-p"], input="\n".join([*script, "quit", ""]), text=True, cwd=tmp_path,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    for number, wave in enumerate(waves, 1):
        (plot,) = read_raw((tmp_path / f"most{number}.raw").read_bytes())
        for j, (layer, k) in enumerate(nodes):
            assert plot.values[f"most{j}"][0] == wave.volts[layer][:, k].max()


def test_a_deck_is_driven_back_to_the_waveforms(
    ngspice: str, report: Report, tmp_path: Path
) -> None:
    export(tmp_path / "drive.cir", recording_of(report.timed[0], "chip", "resistive_small"))
    waves = dict(zip(PHASES, report.timed[0].waveforms, strict=True))
    layer, volts = list(waves["plus"].volts.items())[-1]
    end = float(waves["plus"].time[-1])
    deck = f"""driven
.include {tmp_path / "drive.cir"}
R1 plus_{layer}_0 0 1k
.save v(free_{layer}_0) v(plus_{layer}_0)
.tran {end / 500!r} {end!r}
.end
"""
    (plot,) = run_deck(deck)
    assert plot.time is not None
    for phase in ("free", "plus"):
        wanted = np.interp(plot.time, waves[phase].time, waves[phase].volts[layer][:, 0])
        found = plot.values[f"{phase}_{layer}_0"]
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)
    assert np.ptp(volts[:, 0]) > 1e-5


def test_the_command_exports_what_it_compared(tmp_path: Path, report: Report) -> None:
    without = [word for name in PROGRAMS for word in ("--without", name)]
    figure = ("--figure", tmp_path / "v.png")
    out = tmp_path / "v.nc"
    assert neuroep("verify", "resistive_small", *without, *figure, "--export", out) == 0
    found = read_recording(out)
    assert found.about["design"] == "resistive_small"
    for section, wave in zip(found.sections, report.timed[0].waveforms, strict=True):
        for signal in section.signals:
            np.testing.assert_array_equal(signal.values, wave.volts[signal.name])


def test_what_cannot_be_exported_is_said_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more, words in (
        (("--export", tmp_path / "v.png"), ("v.png", ".raw")),
        (("--export", tmp_path / "v.nc", "--learn", 1), ("--export", "--learn")),
    ):
        assert neuroep("verify", "plasticity_small", *more) == 2
        one_line(capsys.readouterr().err, *words)

"""``neuroep export``: a run, its traces, or waveforms become files of other programs."""

import csv
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep, one_line
from export_support import WAVES, waves

from neuroep.export import export
from neuroep.export.catalogue import FORMATS
from neuroep.hardware.programs.rawfile import read_raw
from neuroep.traces import open_traces


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", FORMATS)
def test_waveforms_become_every_format(name: str, here: Path) -> None:
    export("scope.nc", waves())
    again = ("-o", "again.nc") if name == "nc" else ()
    assert neuroep("export", "scope.nc", "--format", name, *again) == 0
    out = here / ("again.nc" if name == "nc" else f"scope{FORMATS[name].endings[0]}")
    assert out.stat().st_size > 0
    if name == "raw":
        plus = read_raw(out.read_bytes())[1]
        np.testing.assert_array_equal(plus.values["hidden_1"], WAVES["plus"]["hidden"][:, 1])


def test_a_run_becomes_a_table_in_si(
    finished_run: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("export", finished_run, "-o", "run.csv") == 0
    assert "run.csv: csv, tiny; step: 6 points" in capsys.readouterr().out
    with (here / "run.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    column = header.index("synapses/heads-hidden/weight[3,4] (S)")
    with open_traces(finished_run, si=True) as traces:
        wanted = traces.synapses["heads-hidden"].weight_siemens[:, 3, 3]
        seconds = traces.settling.seconds
    np.testing.assert_array_equal(np.array([row[column] for row in rows], "f4"), wanted)
    at = header.index("seconds (s)")
    np.testing.assert_allclose(np.array([row[at] for row in rows], float), seconds)


def test_spikes_of_a_run_are_events(finished_run: Path, here: Path) -> None:
    assert neuroep("export", finished_run / "traces.h5", "--format", "vcd", "--example", 1) == 0
    text = (here / "traces.vcd").read_text()
    with open_traces(finished_run) as traces:
        (step,) = traces.spikes["hidden"].step
        sent = sum(
            len(traces.spikes["hidden"].at(step, p, 1)[0]) for p in ("free", "plus", "minus")
        )
    changes = text.partition("$enddefinitions")[2].splitlines()
    assert sum(line.startswith("1") for line in changes) == sent
    if shutil.which("vcd2fst"):
        subprocess.run(["vcd2fst", "traces.vcd", "traces.fst"], check=True, cwd=here)


def test_libsonata_reads_the_spikes_of_a_run(finished_run: Path, here: Path) -> None:
    libsonata = pytest.importorskip("libsonata")
    assert neuroep("export", finished_run, "-o", "run.sonata.h5") == 0
    found = libsonata.SpikeReader("run.sonata.h5")
    with open_traces(finished_run) as traces:
        step = traces.spikes["hidden"].step[-1]
        time, neuron, sign = traces.spikes["hidden"].at(step, "plus", 0)
    for name, mine in (("plus_hidden", sign > 0), ("plus_hidden_negative", sign < 0)):
        got = sorted(found[name].get())
        wanted = sorted(zip(neuron[mine].tolist(), 1e3 * time[mine].astype(float), strict=True))
        np.testing.assert_allclose(got, wanted)


def test_weights_become_parameters_of_a_netlist(finished_run: Path, here: Path) -> None:
    asked = ("--weights", "--array", "heads-hidden", "--format", "inc")
    assert neuroep("export", finished_run, *asked) == 0
    lines = (here / f"{finished_run.name}.inc").read_text().splitlines()
    assert lines[3].startswith(".param heads_hidden_0_0 = ")
    assert len(lines) == 3 + 16 * 6


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("scope.nc",), ("--format", "raw, pwl")),
        (("scope.nc", "-o", "a.png"), ("a.png", ".raw")),
        (("scope.nc", "--format", "inc"), ("--format inc", "none of raw")),
        (("scope.nc", "--format", "nc"), ("scope.nc", "is what is read")),
        (("scope.nc", "--format", "raw", "--step", "3"), ("--step", "scope.nc")),
        (("scope.nc", "--format", "raw", "--array", "a"), ("--array", "--weights")),
        (("scope.nc", "--weights", "--format", "csv"), ("scope.nc", "not a run folder")),
        (("scope.nc", "--weights", "--format", "raw"), ("--format raw", "csv, npz, inc")),
        (("scope.nc", "--weights", "--format", "csv", "--step", "1"), ("--step", "--weights")),
        (("missing.nc", "--format", "raw"), ("missing.nc", "no such file")),
        (("scope.nc", "-o", "nowhere/a.raw"), ("nowhere/a.raw",)),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: tuple[str, ...], words: tuple[str, ...], here: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    export("scope.nc", waves())
    assert neuroep("export", *arguments) == 2
    one_line(capsys.readouterr().err, *words)
    assert [path.name for path in here.iterdir()] == ["scope.nc"]


def test_the_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    from neuroep.export.weights.catalogue import FORMATS as WEIGHTS

    assert neuroep("export", "--help") == 0
    said = capsys.readouterr().out
    for name in {**FORMATS, **WEIGHTS}:
        assert f"\n  {name} " in said, name

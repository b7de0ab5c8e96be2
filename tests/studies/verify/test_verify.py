"""neuroep verify: right circuits agree, wrong ones fail, and what cannot be used is said."""

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from experiment_support import RUNAWAY, more, neuroep, sim

from neuroep.content import circuits_path
from neuroep.hardware.programs.vacask import Vacask

CELLS = circuits_path() / "cells" / "ideal"
SMALL = """
title = "a few of everything"
seed = {seed}
[layers.words]
type = "clamped"
tokens = 4
dim = 3
[layers.asking]
type = "token_attention"
patterns = "words"
inverse_temperature = 0.5
[layers.heads]
type = "pooled_attention"
patterns = "words"
queries = 1
inverse_temperature = 0.5
[layers.pairs]
type = "tanh"
size = 3
[layers.out]
type = "{out}"
size = 2
bias = 0.3
[[couplings]]
between = ["words", "asking"]
shared = true
[[couplings]]
between = ["asking", "pairs"]
gain = 0.5
[[couplings]]
between = ["heads", "pairs"]
gain = 0.5
[[couplings]]
between = ["pairs", "out"]
gain = 0.5
[cost]
type = "squared_error"
layer = "out"
[spiking]
time_step = "100 ns"
time_constant = "1 us"
free_duration = "20 us"
nudged_duration = "20 us"
window = "10 us"
[circuit]
capacitance = "1 pF"
"""
RESISTIVE = """
title = "a few diodes"
seed = {seed}
[resistive]
inputs = 4
hidden = [6]
outputs = 2
input_gain = "4 V"
amplification = 4.0
conductance_min = "1 uS"
conductance_max = "40 uS"
nudge_conductance = "5 uS"
spread = ["20 uS", "20 uS"]
[resistive.diode]
saturation = "5 pA"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is where commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str = SMALL, seed: int = 0, out: str = "sigmoid") -> Path:
    """Write a design."""
    path = folder / "small.toml"
    path.write_text(text.format(seed=seed, out=out))
    return path


def refused(capsys: pytest.CaptureFixture[str], words: list[str], *arguments: object) -> None:
    """Assert exit code 2 and one line that holds these words."""
    capsys.readouterr()
    assert neuroep(*arguments) == 2
    lines = [x for x in capsys.readouterr().err.splitlines() if x.startswith("neuroep:")]
    assert len(lines) == 1
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize(
    ("text", "seed", "out"),
    [
        (SMALL, 5, "hard_sigmoid"),
        (RESISTIVE, 1, ""),
        *more((SMALL, 0, "sigmoid"), (RESISTIVE, 7, "")),
    ],
)
@pytest.mark.usefixtures("ngspice")
def test_every_view_of_a_random_design_agrees(
    folder: Path, text: str, seed: int, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    design = write(folder, text, seed, out)
    assert neuroep("verify", design, "--results", "found.json") == 0
    printed = capsys.readouterr().out
    assert "every view agrees" in printed
    assert (folder / "small-verify.png").stat().st_size > 10_000
    found = json.loads((folder / "found.json").read_text())
    views = {view["name"]: view for view in found["views"]}
    wanted = {"transient", "scipy", "ngspice .op", "ngspice .tran", "ngspice dC/dg"}
    if not Vacask().available():
        wanted |= {"VACASK .op", "VACASK .tran"}
    assert set(views) == wanted | ({"newton"} if text is RESISTIVE else {"sweep", "Brian2"})
    assert views.pop("ngspice dC/dg")["gradient"] < 1e-2
    for view in views.values():
        assert view["volts"] < 1e-6
        assert view["balance"] < 1e-9
        assert view["gradient"] < (1e-6 if text is RESISTIVE else 1e-3)
    assert views["scipy"]["waveform"] < 1e-8
    assert views["ngspice .tran"]["settling"] < 5e-3
    assert views["ngspice .tran"]["energy"] < 1e-2
    assert views["ngspice .op"]["power"] < 1e-2
    figures = found["figures"]
    assert figures["gradient"] > 0
    assert figures["nudged_swing_V"] > 1e-3
    assert len(figures["energy_to_settle_J"]) == len(figures["power_at_rest_W"]) == 3


@pytest.mark.usefixtures("ngspice")
def test_a_slice_of_a_trained_network_agrees(
    folder: Path, finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    design = finished_run / "design.toml"
    assert neuroep("verify", design, "--weights", finished_run, "--example", 3) == 0
    assert f"parameters of {finished_run}, test example 3" in capsys.readouterr().out


def changed(name: str, old: str, new: str) -> Callable[[Path], str]:
    """Return what writes a cell with one element changed, and the override that names it."""

    def make(folder: Path) -> str:
        text = (CELLS / f"{name}.cir").read_text()
        assert old in text
        (folder / "own.cir").write_text(text.replace(old, new))
        return f"circuit.cells.{name}=own.cir"

    return make


WRONG = {
    "capacitance": (SMALL, changed("tanh", "Cmem   mem  0     {c}", "Cmem   mem  0     {1.05*c}")),
    "leak": (SMALL, changed("membrane", "{1/g}", "{1/(1.02*g)}")),
    "weight": (SMALL, changed("differential_pair", "max(gp,", "max(1.02*gp,")),
    # Stored patterns are read twice, as keys and values: reciprocal only if both readings agree.
    "reciprocity of attention": (SMALL, changed("readout", "{r}", "{1.02*r}")),
    "conductance": (RESISTIVE, changed("conductance", "max(g,", "max(1.001*g,")),
    "capacitance of a node": (RESISTIVE, changed("node_capacitance", "{c}", "{1.05*c}")),
    "diode": (RESISTIVE, changed("diode", "n={n}", "n={1.01*n}")),
    "reciprocity of an amplifier": (
        RESISTIVE,
        changed("bidirectional_amplifier", "{1/a}", "{1.01/a}"),
    ),
}


MANY = ("leak", "weight", "capacitance of a node", "reciprocity of an amplifier")


@pytest.mark.parametrize(
    ("text", "own"),
    [
        pytest.param(*case, id=name, marks=[pytest.mark.endurance] * (name in MANY))
        for name, case in WRONG.items()
    ],
)
@pytest.mark.usefixtures("ngspice")
def test_a_wrong_element_fails(
    folder: Path, text: str, own: Callable[[Path], str], capsys: pytest.CaptureFixture[str]
) -> None:
    design = write(folder, text)
    override = own(folder)
    arguments = ("verify", design, "--set", override, "--without", "brian2", "--without", "scipy")
    assert neuroep(*arguments) == 1
    printed = capsys.readouterr().out
    assert "NOT every view agrees" in printed
    assert [x for x in printed.splitlines() if x.startswith("ngspice") and "FAILS" in x]


@pytest.mark.usefixtures("ngspice")
def test_a_designers_own_cell_that_is_right_agrees(folder: Path) -> None:
    text = (CELLS / "membrane.cir").read_text()
    own = text.replace("Rleak  mem  0     {1/g}", "Gleak mem 0 mem 0 {g}").replace(
        "subckt membrane", "subckt mine"
    )
    assert own != text
    (folder / "own.cir").write_text(own.replace(".ends membrane", ".ends mine"))
    design = write(folder)
    override = "circuit.cells.membrane=own.cir"
    assert neuroep("verify", design, "--set", override, "--without", "brian2") == 0


BAD_DESIGNS = {
    "negative capacitance": ("circuit.capacitance='-1 pF'", ["circuit.capacitance", "positive"]),
    "unit mismatch": ("circuit.capacitance='1 pS'", ["circuit.capacitance", "farads"]),
    "no unit": ("circuit.signal=0.5", ["circuit.signal", "unit"]),
    "beyond the range": ("circuit.conductance_max='1.5 uS'", ["words", "range of its devices"]),
    "no temperature": ("circuit.temperature='0 K'", ["circuit.temperature", "473 K"]),
    "unknown layer": ("circuit.capacitances.nowhere='1 pF'", ["nowhere", "settle"]),
    "unknown cell": ("circuit.cells.nothing=own.cir", ["circuit.cells.nothing", "no such cell"]),
    "missing cell": (
        "circuit.cells.tanh=own.cir",
        ["circuit.cells.tanh", "own.cir", "no such file"],
    ),
    "no duration": ("circuit.duration='0 s'", ["circuit.duration"]),
}


@pytest.mark.parametrize(("override", "words"), BAD_DESIGNS.values(), ids=BAD_DESIGNS)
@pytest.mark.usefixtures("ngspice")
def test_a_chip_that_cannot_be_is_refused(
    folder: Path, override: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    refused(capsys, ["small.toml", *words], "verify", write(folder), "--set", override)
    assert not list(folder.glob("*.png"))


@pytest.mark.parametrize(
    ("gain", "words"),
    [(1.5, ["small.toml: 1 of 1 settles diverged"]), (0.68, ["--beta 0.5", "diverged"])],
    ids=["free", "nudged"],
)
def test_a_network_that_runs_away_is_refused(
    folder: Path, gain: float, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    design = folder / "small.toml"
    design.write_text(RUNAWAY.format(gain=gain))
    off = ("--without", "ngspice", "--without", "brian2")
    refused(capsys, ["small.toml", *words], "verify", design, *off)


@pytest.mark.usefixtures("ngspice")
def test_a_cell_with_missing_pins_or_parameters_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    design = write(folder)
    for text, words in (
        (".subckt tanh in mem outp\n.ends\n", ["own.cir", "tanh", "pins"]),
        ("* nothing here\n", ["own.cir", "tanh", ".subckt"]),
        (".subckt t in mem outp outn vdd vss c=1p g=1u vs=1 ib=1n\n.ends\n", ["own.cir", "kappa"]),
    ):
        (folder / "own.cir").write_text(text)
        refused(capsys, words, "verify", design, "--set", "circuit.cells.tanh=own.cir")


def fake_ngspice(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Put a program called ngspice at the front of the path."""
    program = folder / "bin" / "ngspice"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("exit 139", ["ngspice", "139"]),
        ("exit 0", ["ngspice", "raw file"]),
        ("sleep 60", ["ngspice", "0.5 s"]),
        ("echo nonsense > out.raw", ["ngspice"]),
    ],
    ids=["crashes", "writes nothing", "hangs", "writes nonsense"],
)
def test_an_ngspice_that_fails_is_one_line(
    folder: Path,
    body: str,
    words: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_ngspice(folder, monkeypatch, body)
    arguments = ("verify", write(folder), "--timeout", 0.5, "--without", "scipy")
    refused(capsys, words, *arguments)


def test_without_ngspice(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    refused(capsys, ["ngspice", "not found", "--without ngspice"], "verify", write(folder))
    rest = ("--without", "ngspice", "--without", "brian2")
    assert neuroep("verify", write(folder), *rest) == 0


def test_what_cannot_be_verified_is_refused(
    folder: Path, finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    off = ("--without", "ngspice")
    small = write(folder)
    refused(capsys, ["other layers"], "verify", small, "--weights", finished_run, *off)
    refused(capsys, ["nosuch"], "verify", small, "--weights", "nosuch", *off)
    refused(capsys, ["--without spectre"], "verify", small, "--without", "spectre", *off)
    refused(capsys, ["--without spectre"], "verify", small, "--without", "spectre", "--learn", 1)
    refused(capsys, ["--data: goes with --weights"], "verify", small, "--data", "a.csv", *off)
    refused(capsys, ["--data: goes with --weights"], "netlist", small, "--data", "a.csv")
    refused(capsys, ["missing.toml"], "verify", "missing.toml", *off)
    refused(capsys, ["nowhere"], "verify", small, "--figure", "nowhere/a.png", *off)
    ideal = write(folder, RESISTIVE.partition("[resistive.diode]")[0])
    refused(capsys, ["small.toml", "deal diodes"], "verify", ideal, *off)


def test_a_run_on_own_data_asks_for_them(
    folder: Path, finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = folder / "mine"
    shutil.copytree(finished_run, mine)
    options = json.loads((mine / "options.json").read_text())
    (mine / "options.json").write_text(json.dumps(options | {"data": "reviews.tar.gz"}))
    chosen = ("--weights", "mine", "--without", "ngspice")
    refused(capsys, ["mine", "reviews.tar.gz", "--data"], "verify", mine / "design.toml", *chosen)


@pytest.mark.parametrize("text", [SMALL, RESISTIVE], ids=["attention", "resistive"])
def test_a_netlist_runs_by_itself(folder: Path, text: str, ngspice: str) -> None:
    import subprocess

    assert neuroep("netlist", write(folder, text), "-o", "chip.cir") == 0
    ran = subprocess.run(
        [ngspice, "-b", "-r", "chip.raw", "chip.cir"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    header = (folder / "chip.raw").read_bytes()
    assert b"Operating Point" in header
    assert b"Transient Analysis" in header


@pytest.mark.data
@pytest.mark.endurance
@pytest.mark.usefixtures("ngspice")
def test_a_slice_of_a_network_trained_on_imdb_agrees(folder: Path, data_dir: Path) -> None:
    archive = str(data_dir / "imdb" / "aclImdb_v1_labeled.tar.gz")
    small = ("--set", "text.ngrams=1", "--limit", 64, "--epochs", 1, "--out", "run")
    assert sim("--data", archive, *small) == 0
    known = ("--weights", "run", "--data", archive, "--set", "text.ngrams=1")
    assert neuroep("verify", "imdb_pooled", *known, "--results", "found.json") == 0
    found = json.loads((folder / "found.json").read_text())
    assert any("a slice of" in note for note in found["notes"])
    assert {v["name"] for v in found["views"]} >= {"ngspice .op", "ngspice .tran", "Brian2"}


@pytest.mark.endurance
def test_what_a_resistive_chip_learned_is_verified(folder: Path) -> None:
    small = RESISTIVE.replace("inputs = 4", "inputs = 784").replace("outputs = 2", "outputs = 10")
    small = small.replace('"5 uS"', '"1 uS"').replace("spread", 'precision = "float32"\nspread')
    design = write(folder, small + "[images]\n[learning]\nepochs = 1\n")
    few = ("--limit", 40, "--no-baselines", "--no-figures", "--out", "run")
    assert neuroep("train", design, *few) == 0
    chosen = ("--weights", "run", "--example", 3, "--results", "found.json")
    assert neuroep("verify", design, *chosen, "--without", "ngspice", "--without", "scipy") == 0
    found = json.loads((folder / "found.json").read_text())
    assert found["notes"][0] == "parameters of run, test example 3"
    assert found["notes"][1].startswith("nudged to class 3 (the input's own label)")

"""Netlists in other dialects: one grammar behind the cells, and they run where they stand."""

import re
import subprocess
from pathlib import Path

import pytest
from circuit_support import CELLS
from experiment_support import neuroep

from neuroep.errors import InputError
from neuroep.hardware.netlist.statements import statements
from neuroep.hardware.programs.openvaf import program_path
from neuroep.hardware.programs.rawfile import read_raw

NAME = r"[a-z]\w*"
NUMBER = r"-?\d+\.?\d*(?:e[-+]?\d+)?"
VALUE = rf"(?:{NUMBER}|-?{NAME}|{NUMBER}[*/]{NAME}|{NAME}[*/](?:{NAME}|{NUMBER}))"
NODES = rf"\((?:{NAME}|0)(?: (?:{NAME}|0))*\)"
GIVEN = rf"(?: \w+={VALUE})*"
BODY = re.compile(
    rf"{NAME} {NODES} (?:resistor r={VALUE}|capacitor c={VALUE}|[vi]source dc={VALUE})"
    rf"|x\w+ {NODES} neuroep_\w+{GIVEN}"
)
BOTH = rf"parameters(?: {NAME}={VALUE})+"
FRAME = {
    "spectre": re.compile(
        rf"simulator lang=spectre|ahdl_include \"chip_cells/\w+\.va\"|{BOTH}|exactly options{GIVEN}"
        rf"|(?:ic|nodeset)(?: {NAME}={NUMBER})+|save(?: {NAME}(?::p)?)+|point dc"
        rf"|transient tran step={NUMBER} stop={NUMBER} maxstep={NUMBER}(?: skipdc=yes)?"
    ),
    "vacask": re.compile(
        rf"load \"(?:chip_cells/\w+\.va|(?:resistor|capacitor)\.osdi)\"|model (\w+) \1|{BOTH}"
        rf"|control|endc|  options{GIVEN}|  save(?: [vi]\({NAME}\))+|  analysis point op"
        r"|  analysis transient tran step=\S+ stop=\S+ maxstep=\S+ icmode=\"(?:op|uic)\" ic=\{.*\}"
    ),
}
SUFFIX = {"spectre": "scs", "vacask": "sim"}
DESIGNS = ["attention_small", "resistive_small"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("dialect", FRAME)
@pytest.mark.parametrize("design", DESIGNS)
def test_behind_the_cells_stand_only_elements_and_instances(design: str, dialect: str) -> None:
    assert neuroep("netlist", design, "--dialect", dialect) == 0
    lines = Path(f"chip.{SUFFIX[dialect]}").read_text().splitlines()
    if dialect == "vacask":
        del lines[0]  # its title
    said = [line for line in lines if line and not line.startswith("//")]
    odd = [x for x in said if not BODY.fullmatch(x) and not FRAME[dialect].fullmatch(x)]
    assert odd == []
    used = {x.split(")")[1].split()[0] for x in said if x.startswith("x")}
    there = {f"neuroep_{path.stem}" for path in Path("chip_cells").iterdir()}
    assert used == there


def test_a_netlist_runs_where_it_stands(vacask: str, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    path = place / "chip.sim"
    assert neuroep("netlist", "resistive_small", "--dialect", "vacask", "--out", path) == 0
    command = [str(program_path(vacask)), "-qp", path.name]
    subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=100)
    (point,) = read_raw((place / "point.raw").read_bytes())
    (run,) = read_raw((place / "transient.raw").read_bytes())
    assert run.values["out_0"][-1] == pytest.approx(point.values["out_0"][0], abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dialect", "hspice"], "invalid choice"),
        (["--dialect", "spectre", "--spikes"], "--spikes is written for ngspice alone"),
        (["--dialect", "vacask", "--learn", "1"], "--learn is written for ngspice alone"),
        (["--set", "circuit.cells.bias=own.cir", "--dialect", "spectre"], "no own.va beside it"),
        (["--dialect", "spectre", "--out", "no/chip.scs"], "cannot be written"),
        (["--dialect", "spectre", "--out", "taken.scs"], "taken_cells: cannot be written"),
    ],
)
def test_what_cannot_be_written_is_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("own.cir").write_text(CELLS["bias"].read_text())
    Path("taken_cells").touch()
    assert neuroep("netlist", "attention_small", *arguments) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


def test_sources_over_time_are_said() -> None:
    said = statements("t\nv1 a 0 PWL(0 0 1u {vs})\nv2 b 0 PULSE(0 1 0 1n 1n 5u 10u)\n.end")
    waves = [(one.what, len(one.numbers)) for one in said.body]
    assert waves == [("pwl", 4), ("pulse", 7)]


@pytest.mark.parametrize(
    "line", ["b1 a 0 v=1", "e1 a 0 b 0 1", ".include x", "v1 a 0 sin(0 1 1k)", "v1 a 0 dc 1 ac 1"]
)
def test_what_only_spice_knows_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="can be said in SPICE alone"):
        statements(f"title\n{line}\n.end")


def test_a_design_is_verified_by_it(vacask: str, capsys: pytest.CaptureFixture[str]) -> None:
    others = [word for name in ("ngspice", "scipy", "brian2") for word in ("--without", name)]
    for design in DESIGNS:
        assert neuroep("verify", design, *others) == 0
        rows = [x.split() for x in capsys.readouterr().out.splitlines() if x.startswith("VACASK")]
        assert [row[1] for row in rows] == [".op", ".tran"]
        assert all(float(row[2]) < 1e-6 for row in rows)


def test_spice_is_what_it_was() -> None:
    assert neuroep("netlist", "resistive_small") == 0
    assert neuroep("netlist", "resistive_small", "--dialect", "spice", "-o", "same.cir") == 0
    assert Path("chip.cir").read_text() == Path("same.cir").read_text()

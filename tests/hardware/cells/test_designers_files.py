"""Cell files as designers have them: what is read, what is left out, what is refused."""

import os
from pathlib import Path

import pytest

from neuroep.content import circuits_path
from neuroep.design.cells import cell_files
from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.hardware.cells import CELLS, check_cell_file
from neuroep.hardware.cells.reading import part_text
from neuroep.hardware.netlist.cells import RESISTIVE_CELLS, read_cells

DIODE = """.subckt mine a k is=1e-14 n=1
.model junction d(is={is} n={n})
D1 a k junction
.ends mine
"""
BUILT_IN = sorted((circuits_path() / "cells").rglob("*.cir"))
DEFAULTS = {"is": "1e-14", "n": "1"}


def write(folder: Path, text: str | bytes, name: str = "mine.cir") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("text", "defaults"),
    {
        "as it is": (DIODE, DEFAULTS),
        "with a bench": (f"{DIODE}V1 t 0 1\nX1 t 0 mine\n.save v(t)\n.op\n.tran 1n 1u\n", DEFAULTS),
        "with an end": (f"{DIODE}.op\n.end\n.control\nshell ls\n.endc\n", DEFAULTS),
        "with a mark": (b"\xef\xbb\xbf" + DIODE.encode(), DEFAULTS),
        "of Windows": (DIODE.replace("\n", "\r\n"), DEFAULTS),
        "in capitals": (DIODE.upper(), {"is": "1e-14", "n": "1"}),
        "blanks": (
            DIODE.replace("is=1e-14 n=1", "is = 1e-14  n = {1 + 0}"),
            {"is": "1e-14", "n": "{1 + 0}"},
        ),
        "quotes": (DIODE.replace("n=1", "n='2 - 1'"), {"is": "1e-14", "n": "'2 - 1'"}),
        "continued": (DIODE.replace(" is=1e-14", "\n* why\n+ is=1e-14 ; what\n+"), DEFAULTS),
        "comments": (DIODE.replace("n=1", "n=1 $ ideality nan"), DEFAULTS),
        "of ngspice": (DIODE.replace("n=1", "n=1 // ideality (1)\n+ $of silicon"), DEFAULTS),
        "a blank line": (DIODE.replace(" is=1e-14", "\n\n* what\n+ is=1e-14\n\n+"), DEFAULTS),
        "of Western Windows": ("* at 27 °C – 1 µA\n".encode("cp1252") + DIODE.encode(), DEFAULTS),
        "no-break blanks": (f"* a\xa0diode\n{DIODE.replace(' is', chr(160) + 'is')}", DEFAULTS),
        "in parentheses": (DIODE.replace("a k is", "(a k) is"), DEFAULTS),
        "params:": (DIODE.replace(" is=", " params: is="), DEFAULTS),
        "several": (f".subckt other b\nR1 b 0\n.ends\n{DIODE}".replace("mine", "diode"), DEFAULTS),
    }.values(),
)  # fmt: skip
def test_what_is_read(tmp_path: Path, text: str | bytes, defaults: dict[str, str]) -> None:
    found = check_cell_file(write(tmp_path, text), CELLS["diode"])
    assert found.pins == ("a", "k")
    assert found.defaults == defaults
    lines = [line.split()[0].lower() for line in found.text.splitlines() if line[:1] not in "*+"]
    assert lines == [".subckt", ".model", "d1", ".ends"]


def test_what_a_file_shares_stays_in_its_subcircuit(tmp_path: Path) -> None:
    model = ".model junction d(is=1e-14)\n"
    text = f"{model}.subckt mine a k is=1 n=1\nD1 a k junction\nX2 a inner\n.ends\n"
    inner = ".subckt inner b\nR1 b 0 1\n.ends\n.subckt unused b\nR1 b 0 1\n.ends\n"
    found = check_cell_file(write(tmp_path, text + inner), CELLS["diode"])
    assert found.names == {"mine", "inner"}
    assert found.text.startswith(f".subckt mine a k is=1 n=1\n{model}D1")
    assert "unused" not in found.text


def test_files_below_its_folder_are_included(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    write(tmp_path / "models", ".model junction d(is={is} n={n})\n", "d.lib")
    write(tmp_path, ".lib tt\n.model x d(n=1)\n.endl\n.lib ss\n.model x d(n=2)\n.endl\n", "c.lib")
    text = (
        ".lib c.lib ss\n.subckt mine a k is=1 n=1\n.include models/d.lib\nD1 a k junction\n.ends\n"
    )
    found = check_cell_file(write(tmp_path, text), CELLS["diode"])
    assert found.text.splitlines() == [
        ".subckt mine a k is=1 n=1",
        ".model x d(n=2)",
        ".model junction d(is={is} n={n})",
        "D1 a k junction",
        ".ends",
    ]


@pytest.mark.parametrize("micro", ["µ", "μ"], ids=["sign", "letter"])
def test_every_micro_is_one(tmp_path: Path, micro: str) -> None:
    # ngspice reads the Greek letter for nothing: 1 ohm.
    text = DIODE.replace("D1 a k junction", f"D1 a b junction\nR1 b k 1{micro}")
    found = check_cell_file(write(tmp_path, text), CELLS["diode"])
    assert "R1 b k 1u\n" in found.text


def test_names_of_files_may_hold_blanks(tmp_path: Path) -> None:
    write(tmp_path, ".model junction d(is={is} n={n})\n", "my models.lib")
    text = DIODE.replace(".model junction d(is={is} n={n})", '.include "my models.lib"')
    found = check_cell_file(write(tmp_path, text), CELLS["diode"])
    assert ".model junction" in found.text


REFUSED = {
    "control": (".control\nshell ls\n.endc", "line 4: .control: a cell runs no command"),
    "hidden control": ("*# shell ls", "line 4: *# is a command to ngspice"),
    "csparam": (".csparam a=1", "line 4: .csparam: a cell runs no command"),
    "save": (".save file", "line 4: .save has no place in a subcircuit"),
    "analysis": (".tran 1n 1u", "line 4: .tran has no place in a subcircuit"),
    "waveform": ("V1 a k pwl file=/etc/passwd", "line 4: a cell names no file"),
    "code model": (
        "A1 [a k] m\n.model m filesource (amploffset=[0])",
        "filesource: a cell reads no",
    ),
    "program": ("A1 a k m\n.model m d_process (process_file=x)", "line 5: a cell names no file"),
    "quoted": ('A1 a k m\n.model m d_cosim (simulation="x")', "line 5: a cell names no file"),
    "nan": ("R1 a k nan", "line 4: 'nan' is no number"),
    "infinite": ("R1 a k {-Inf}", "line 4: '-Inf' is no number"),
    "too large": ("R1 a k 1e999", "line 4: 1e999 is too large"),
    "digits": ("R1 a k " + "9" * 400, "is too large"),
    "escape": ("R1 a k 1 ; \x1b[31m", "line 4: a control character"),
    "backslash": ("R1 a k \\\\\n1", "line 4: ends with a backslash"),
    "outside": (".include /etc/passwd", "line 4: .include /etc/passwd: outside the folder"),
    "above": (".lib ../a.lib tt", "line 4: .lib ../a.lib: outside the folder"),
    "link": (".include link.cir", "line 4: .include link.cir: leads out of the cell's folder"),
    "loop": (".include loop.cir", "line 4: .include loop.cir: no such file"),
    "absent": (".include none.cir", "line 4: .include none.cir: no such file"),
    "itself": (".include mine.cir", "is included by itself"),
    "no name": (".subckt", "lacks an .ends"),
    "open": (".subckt x y", "line 1: .subckt lacks an .ends"),
    "end": (".ends\n.ends", "line 5: .ends without .subckt"),
    "not text": ("\x00", "line 4: a control character"),
}


@pytest.mark.parametrize(("line", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "link.cir").symlink_to("/etc/passwd")
    (tmp_path / "loop.cir").symlink_to("loop.cir")
    text = DIODE.replace(".ends mine", f"{line}\n.ends mine")
    with pytest.raises(InputError) as caught:
        check_cell_file(write(tmp_path, text), CELLS["diode"])
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/")
    assert "\n" not in str(caught.value)


def test_what_is_no_text_or_too_much(tmp_path: Path) -> None:
    (tmp_path / "zero.cir").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.cir")
    (tmp_path / "large.cir").write_text("* x\n" * 30_000_000)
    write(tmp_path, b"\xff\xfe", "other.cir")
    for name, message in {
        "zero": "no regular file", "pipe": "no regular file", "large": "too large",
        "other": "line 1: not UTF-8",
    }.items():  # fmt: skip
        with pytest.raises(InputError, match=message):
            check_cell_file(tmp_path / f"{name}.cir", CELLS["diode"])


def test_subcircuits_of_one_name_are_refused(tmp_path: Path) -> None:
    files = dict(cell_files({}, Path()))
    inner = DIODE.replace("D1 a k junction", "D1 a k junction\nX2 a k conductance")
    text = f"{inner}.subckt conductance p n\nR1 p n 1\n.ends\n"
    files["diode"] = write(tmp_path, text)
    with pytest.raises(InputError, match=r"its \.subckt conductance is called like that of cell"):
        read_cells(files, RESISTIVE_CELLS)


def test_own_cells_lie_beside_the_design_or_where_the_command_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    monkeypatch.chdir(here)
    own = ["circuit.cells.diode=mine.cir"]
    beside = load_design("resistive_small").resolved()
    import tomli_w

    (there / "chip.toml").write_text(tomli_w.dumps(beside))
    assert load_design("resistive_small", own).circuit.cells == {"diode": "mine.cir"}
    with pytest.raises(InputError, match=r"mine\.cir: no such file beside the design, nor where"):
        cell_files({"diode": "mine.cir"}, Path("chip.toml"))
    write(here, DIODE)
    for name in ("resistive_small", str(there / "chip.toml")):
        cells = load_design(name, own).circuit.cells
        assert cells == {"diode": str(here / "mine.cir")}
    write(there, DIODE)
    cells = load_design(str(there / "chip.toml"), own).circuit.cells
    assert cells == {"diode": str(there / "mine.cir")}


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_built_in_cell_stands_in_a_netlist_as_it_is(path: Path) -> None:
    assert part_text(path) == path.read_text().strip()


def test_what_is_global_stays_before_the_cell(tmp_path: Path) -> None:
    text = f".global vpp\n{DIODE}".strip()
    assert part_text(write(tmp_path, f"{text}\n.op\n")) == text

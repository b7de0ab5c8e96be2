"""The lines of a .cir file that belong to its subcircuits: no test bench, no command, no file.

ngspice runs what stands in a netlist: ``.control`` blocks, comments that begin with ``*#``, code
models that start a program or read and write files. None of it has a place in a cell, so a line
inside a subcircuit is one of the few kinds that make a circuit, or it is refused.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neuroep.errors import InputError
from neuroep.files import read_text, resolved

MOST_BYTES = 1 << 20
"""Of one file, and of all together that it includes: a cell is some dozens of lines."""

DEEPEST = 8
"""Files that include each other."""

COMMANDS = {".control", ".endc", ".csparam", ".shell", ".system", ".write", ".codemodel"}
"""What ngspice takes commands from, refused wherever it stands."""

INCLUDES = {".include", ".inc", ".incl", ".lib"}
GLOBAL = ".global"
SHARED = {".model", ".param", ".func", GLOBAL}
"""What a subcircuit may use that stands beside it."""

INSIDE = SHARED | {".subckt", ".ends", ".if", ".elseif", ".else", ".endif", ".ic", ".nodeset"}
OUTSIDE = ("file", "process", "d_source", "d_state", "d_cosim", "table2d", "table3d")
"""What names of code models and parameters hold that read a file, write one, or run a program."""

_NO_NUMBER = re.compile(r"(?<![\w.])[-+]?(nan|inf|infinity)(?![\w.])", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])\d+\.?\d*(?:e[-+]?\d+)?", re.IGNORECASE)
# Where the rest of a line is a comment, as ngspice has it.
_COMMENT = re.compile(r";|//|(?<![^ ,\t])\$")
_PASSED = ("", "*", "#", "$", ";")  # what begins a line that is passed by between others
# Blanks, and letters for micro: of the two ngspice takes the Greek one for nothing.
_SAME = {**dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " "), 0xB5: "u", 0x3BC: "u"}


@dataclass(frozen=True)
class Line:
    """A line with those that continue it.

    ``where``: file and number of its first line; ``text``: as it stands; ``code``: joined to one
    line, without comments.
    """

    where: str
    text: str
    code: str

    @property
    def word(self) -> str:
        """The first word, lower-case."""
        return self.code.split(maxsplit=1)[0].lower() if self.code.strip() else ""

    @property
    def opens(self) -> bool:
        """Whether it opens a subcircuit."""
        return self.word == ".subckt"

    @property
    def closes(self) -> bool:
        """Whether it closes one."""
        return self.word == ".ends"


def read_lines(path: Path) -> list[Line]:
    """Return the lines of a file's subcircuits, of what they share, and of what they include.

    An InputError names file and line: what has no place in a cell, a number that is none, a
    subcircuit without an end, or a file that is outside the folder of the cell.
    """
    found: list[Line] = []
    kept: list[Line] = []  # comments, which stand before what they are about
    open_at: list[Line] = []
    for line in _included(path, path.parent, "", (), [0]):
        _check(line)
        if not line.code.strip():
            kept.append(line)
            continue
        if line.opens:
            open_at.append(line)
        if open_at:
            if line.word.startswith(".") and line.word not in INSIDE:
                raise InputError(f"{line.where}: {line.word[:40]} has no place in a subcircuit")
            _check_element(line)
        elif line.closes:
            raise InputError(f"{line.where}: .ends without .subckt")
        if open_at or line.word in SHARED:
            _check_element(line)
            found += [*kept, line]
        kept = []
        if line.closes:
            open_at.pop()
    if open_at:
        raise InputError(f"{open_at[-1].where}: .subckt lacks an .ends")
    return found


def part_text(path: Path) -> str:
    """Return what of a file belongs into a netlist, all of its subcircuits."""
    return "\n".join(line.text for line in read_lines(path)).strip()


def _included(
    path: Path, folder: Path, section: str, way: tuple[Path, ...], size: list[int]
) -> Iterator[Line]:
    """Yield the lines of a file up to ``.end``, with those of other files in their places.

    ``section``: of a library, all without a name; ``way``: the files that include it; ``size``: of
    all files so far.
    """
    real = resolved(path)
    if real in way or len(way) == DEEPEST:
        raise InputError(f"{path}: is included by itself" if real in way else f"{path}: too deep")
    # Vendors comment in the encoding of their Windows.
    text = read_text(path, MOST_BYTES, otherwise="cp1252").translate(_SAME)
    size[0] += len(text)
    if size[0] > MOST_BYTES:
        raise InputError(f"{path}: more than {MOST_BYTES:,} bytes with all that is included")
    within = ""
    for line in _logical(text, path):
        parts = _words(line)
        if line.word == ".end":
            return
        if line.word == ".lib" and len(parts) == 2:  # a section begins
            within = parts[1].lower()
        elif line.word == ".endl":
            within = ""
        elif within != section:
            _check(line)
        elif line.word in INCLUDES:
            if len(parts) < 2:
                raise InputError(f"{line.where}: {line.word} without a file")
            inner = parts[2].lower() if line.word == ".lib" else ""
            yield from _included(
                _beside(line, path, parts[1], folder), folder, inner, (*way, real), size
            )
        else:
            yield line


def _words(line: Line) -> list[str]:
    found = re.findall(r"\"([^\"]*)\"|'([^']*)'|(\S+)", line.code)
    return ["".join(word) for word in found]


def _beside(line: Line, path: Path, name: str, folder: Path) -> Path:
    """Return the file that is included; it must be in the folder of the cell, or below."""
    found = path.parent / name
    if Path(name).is_absolute() or ".." in Path(name).parts or name.startswith("~"):
        raise InputError(f"{line.where}: {line.word} {name[:80]}: outside the folder of the cell")
    if not resolved(found).is_relative_to(resolved(folder)):
        raise InputError(f"{line.where}: {line.word} {name[:80]}: leads out of the cell's folder")
    if not found.exists():
        raise InputError(f"{line.where}: {line.word} {name[:80]}: no such file")
    return found


def _logical(text: str, path: Path) -> Iterator[Line]:
    """Yield lines, each with those that continue it, comments and blanks between them included."""
    lines = text.rstrip("\n").split("\n")
    continued = False
    groups: list[tuple[int, int]] = []
    end = len(lines)
    for at in reversed(range(len(lines))):  # what continues a line is known from its end
        start = lines[at].lstrip()[:1]
        if start == "+":
            continued = True
        elif start not in _PASSED or not continued:
            groups.append((at, end))
            end, continued = at, False
    if continued:
        raise InputError(f"{path}: line 1: continues no line")
    for at, end in reversed(groups):
        yield _line(lines[at:end], path, at + 1)


def _line(group: list[str], path: Path, first: int) -> Line:
    code = [_COMMENT.split(one)[0].strip() for one in group]
    code = [one for one in code if not one.startswith(("*", "#"))]
    joined = " ".join(one.removeprefix("+") for one in code)
    return Line(f"{path}: line {first}", "\n".join(group).rstrip(), joined.strip())


def _check(line: Line) -> None:
    """Refuse what has no place in any line of a cell's file."""
    plain = line.text.replace("\t", " ").replace("\n", " ")
    if not plain.isprintable():
        raise InputError(f"{line.where}: a control character")
    if re.search(r"(?m)^\s*\*+\s*#", line.text):
        raise InputError(f"{line.where}: *# is a command to ngspice")
    if re.search(r"(?m)\\\s*$", line.text):
        raise InputError(f"{line.where}: ends with a backslash")
    if line.word in COMMANDS:
        raise InputError(f"{line.where}: {line.word}: a cell runs no command")


def _check_element(line: Line) -> None:
    """Refuse numbers that are none, and what reads or writes a file."""
    if found := _NO_NUMBER.search(line.code):
        raise InputError(f"{line.where}: {found[0]!r} is no number")
    for found in _NUMBER.finditer(line.code):
        if not math.isfinite(float(found[0])):
            raise InputError(f"{line.where}: {found[0][:40]} is too large")
    code = line.code.lower()
    if '"' in code or re.search(r"file\s*=", code):
        raise InputError(f"{line.where}: a cell names no file")
    parts = re.split(r"[\s(]+", code)
    if line.word == ".model" and any(word in " ".join(parts[2:3]) for word in OUTSIDE):
        raise InputError(f"{line.where}: {parts[2][:40]}: a cell reads no file")

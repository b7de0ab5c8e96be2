"""Give many inputs to commands, and say which of them did not end as they must."""

import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from experiment_support import ON_DEVICES, PAIRS, TINY

from endurance.command import Command
from endurance.kinds import BRIEF, KINDS
from endurance.material import Material

REPO = Path(__file__).resolve().parents[2]
SEED = 20240229
WORDS = re.compile(r"(?<![\w./-])-?(nan|inf|infinity)(?![\w./])", re.IGNORECASE)
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"' r"|'[^'\n]*'|units \S+")
"""Texts, which may say what they like."""

LONGEST = 2000
"""Characters that a line about an error may have."""

SIGNALS = {14: "takes longer than 20 s", 9: "was killed", 11: "segmentation fault"}


@dataclass(frozen=True)
class Failure:
    """An input that did not end as it must; ``kind`` and ``number`` make it once more."""

    kind: str
    number: int
    why: str
    argv: list[str]
    said: str

    def __str__(self) -> str:
        argv = " ".join(arg if len(arg) < 100 else f"{arg[:97]}..." for arg in self.argv)
        last = "\n    ".join(line[:300] for line in self.said.strip().splitlines()[-3:])
        return f"{self.kind} {self.number}: {self.why}: neuroep {argv}\n    {last}"


class Server:
    """The process that forks for every command."""

    def __init__(self, warm: list[dict[str, Any]]) -> None:
        paths = [str(REPO), str(REPO / "tests"), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "endurance.server", json.dumps(warm)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )
        assert self._read() == "ready"

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self, argv: list[str], folder: Path, environment: dict[str, str]) -> dict[str, Any]:
        """Run a command in a folder; return how it ended."""
        assert self._process.stdin is not None
        asked = {"argv": argv, "folder": str(folder), "environment": environment}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._read())
        return found

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def warming(material: Material, folder: Path) -> list[dict[str, Any]]:
    """Return commands that load and compile what the others need."""
    (folder / "a.txt").write_text("a film\n")
    shutil.rmtree(folder / "warm", ignore_errors=True)
    (folder / "warm").mkdir()
    (folder / "digits.npz").write_bytes(material.images["digits.npz"])
    commands = [
        ["predict", str(material.runs["reviews"]), "a.txt"],
        ["eval", str(material.runs["pairs"]), "--limit", "8"],
        ["eval", str(material.runs["digits"]), "--data", "digits.npz"],
        ["netlist", "attention_small", "-o", "chip.cir"],
        ["netlist", "resistive_small", "-o", "chip.cir"],
        ["devices", "soft_64"],
        ["verify", "attention_small", "--timeout", "20", "--without", "ngspice"],
        ["verify", "resistive_diodes", "--timeout", "20", "--without", "ngspice"],
        ["verify", "resistive_small", "--timeout", "20", "--without", "ngspice"],
    ]
    for name, text in (("reviews", TINY), ("pairs", PAIRS), ("pulses", ON_DEVICES)):
        (folder / f"{name}.toml").write_text(text)
        limit = ["--limit", "60" if name == "pairs" else "40"]
        commands.append(["train", f"{name}.toml", *limit, *BRIEF, f"warm/{name}"])
    return [{"argv": argv, "folder": str(folder)} for argv in commands]


def trial(
    server: Server, kind: str, numbers: range, material: Material, folder: Path
) -> Iterator[Failure]:
    """Make inputs of a kind and yield those that failed; their folders stay below ``folder``."""
    for number in numbers:
        place = folder / f"{kind}-{number}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        rng = np.random.default_rng([SEED, zlib.crc32(kind.encode()), number])
        command = KINDS[kind](rng, place, material)
        before = _tree(place)
        found = server.ask(command.argv, place, command.environment)
        why = _wrong(command, found, place, before)
        if why:
            yield Failure(kind, number, why, command.argv, found["err"] or found["out"])
        else:
            shutil.rmtree(place)


def _tree(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def _wrong(command: Command, found: dict[str, Any], folder: Path, before: set[Path]) -> str:
    """Return what is wrong about how a command ended, or nothing."""
    if "signal" in found:
        return SIGNALS.get(found["signal"], f"signal {found['signal']}")
    out, err, code = found["out"], found["err"], found["code"]
    if "Traceback" in err:
        return "traceback"
    if "internal error" in err or "Warning" in err:
        return "says more than it should"
    strange = {
        f"U+{ord(c):04X}"
        for c in out + err
        if unicodedata.category(c) == "Cc" and c not in "\n\t\r"
    }
    if strange:
        return f"control characters {', '.join(sorted(strange))}"
    if code not in (*command.codes, 2):
        return f"exit code {code}"
    if code == 2:
        kept = {folder / name for name in command.leaves}
        new = {path for path in _tree(folder) - before if not kept & {path, *path.parents}}
        return _wrong_refusal(err, command.told, new)
    plain = QUOTED.sub("", out)
    if words := WORDS.search(plain):
        return f"answers {words[0]}"
    for file in folder.glob("*.cir"):
        written = re.sub(r"(?m)^\s*\*.*$", "", file.read_text(errors="replace"))
        if file.name == "chip.cir" and (words := WORDS.search(written)):
            return f"a netlist with {words[0]}"
    return ""


def _wrong_refusal(err: str, told: str, new: set[Path]) -> str:
    lines = [line for line in err.splitlines() if not told or not line.startswith(told)]
    if len(lines) != 1:
        return f"{len(lines)} lines about an error"
    if len(lines[0]) > LONGEST:
        return f"a line of {len(lines[0])} characters"
    if lines[0].strip() in ("neuroep:", ""):
        return "an empty line about an error"
    if new:
        return f"leaves {', '.join(sorted(path.name for path in new))}"
    return ""

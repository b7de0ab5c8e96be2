"""ngspice as a running chip: one transient that goes on while elements are changed.

A batch job starts a circuit from nothing for every phase. A session loads the netlist once, and
its transient is stopped, elements are set to new values, and it goes on from the voltages that
stand: inputs, weights and nudges of a chip change in the same way.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from neuroep.core.tables import Reals
from neuroep.errors import InputError
from neuroep.hardware.programs.ngspice import COMPLAINT, own_settings

DONE = "neuroep-done"
"""What ngspice echoes when it has obeyed."""

RAILS = ("v(vdd)", "i(vdd)", "v(vss)", "i(vss)")

MOST_POINTS = 100_000
"""Time steps that a session is used for: some hundred megabytes of a small circuit's voltages."""

START = "20u"
"""How long a circuit is powered up before its transient begins, s."""


class Session:
    """One ngspice process with one circuit.

    Parameters
    ----------
    deck : str
        A netlist without analyses; its ``.save`` names what is recorded.
    nodes : sequence of str
        Nodes whose voltages are read.
    quantum : float
        After how long voltages are looked at, s.
    options : str
        Of ngspice, in place of the netlist's own.
    timeout : float
        For each answer of ngspice, s.
    program : str
        Name or path of ngspice.

    Raises
    ------
    InputError
        ngspice is missing, or does not take the netlist.
    """

    def __init__(
        self,
        deck: str,
        nodes: Sequence[str],
        *,
        quantum: float = 4e-6,
        options: str = "",
        timeout: float = 120.0,
        program: str = "ngspice",
    ) -> None:
        found = shutil.which(program)
        if found is None:
            raise InputError(f"{program}: not found; install it (apt-get install ngspice)")
        self.nodes, self.quantum, self.timeout, self.program = nodes, quantum, timeout, program
        self.time = self.drawn = 0.0
        self.points = 0
        self._started = False
        self._folder = tempfile.TemporaryDirectory(prefix="neuroep-ngspice-")
        (Path(self._folder.name) / "deck.cir").write_text(deck, encoding="utf-8")
        hears, self._say = os.pipe()
        self._hear, says = os.pipe()
        self._process = subprocess.Popen(
            [found, "-n", "-p"],
            cwd=self._folder.name,
            env=own_settings(),
            stdin=hears,
            stdout=says,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        os.close(hears)
        os.close(says)
        self._closed = False
        self._rest = b""
        self._obey("set numdgt=15")  # what it says of itself at the start is no complaint
        log = self._obey("source deck.cir", *(f"option {o}" for o in options.split()))
        for line in log:
            if COMPLAINT.search(line) and "Warning" not in line and "Note" not in line:
                self.close()
                raise InputError(f"{program}: {' '.join(line.split())[:200]}")

    @property
    def full(self) -> bool:
        """Whether ngspice, which forgets nothing of a transient, keeps more than it should."""
        return self.points > MOST_POINTS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if not self._closed:
            self._closed = True
            os.close(self._say)
            os.close(self._hear)
        self._folder.cleanup()

    def change(self, elements: Mapping[str, float]) -> None:
        """Set elements, named as ngspice flattens them (``r.xnudge_0.rp1``), to new values."""
        if elements:
            self._obey(*(f"alter {name} = {value!r}" for name, value in elements.items()))

    def settle(self, tolerance: float, longest: float) -> tuple[Reals, float, float]:
        """Let the circuit run until no node moves by more than ``tolerance`` (V) in a quantum.

        ``longest``: at most so long, s. Returns the voltages (nodes,), V, by how far the last
        quantum moved one of them, V, and how long it ran, s. ``drawn`` is then what it took from
        the rails meanwhile, J.
        """
        begun, before = self.time, self._looked() if self._started else None
        self.drawn = 0.0
        while True:
            self._run(self.quantum)
            volts = self._looked()
            moved, begin = np.inf, volts  # nobody looked before the first quantum of all
            if before is not None:
                moved = float(np.abs(volts - before)[: len(self.nodes)].max(initial=0.0))
                begin = before
            self.drawn += 0.5 * self.quantum * (_power(begin) + _power(volts))
            if moved <= tolerance or self.time - begun >= longest:
                return volts[: len(self.nodes)], moved, self.time - begun
            before = volts

    def _looked(self) -> Reals:
        """Return the voltages of the nodes, then voltages and currents of the rails."""
        return self.read([*(f"v({node})" for node in self.nodes), *RAILS])

    def read(self, quantities: Sequence[str]) -> Reals:
        """Return recorded quantities, ``v(node)`` or ``i(source)``, as they stand, V or A."""
        words = [f"{what}[neuroep_k]" for what in quantities]
        last = "let neuroep_k = length(time) - 1"
        log = self._obey(last, "print neuroep_k", *(f"print {w}" for w in words))
        counted = [line.rpartition("=")[2] for line in log if line.startswith("neuroep_k =")]
        self.points = int(float(counted[0])) if counted else 0
        found = [line.rpartition("=")[2] for line in log if "[neuroep_k] =" in line]
        try:
            volts = np.array([float(text) for text in found])
        except ValueError:
            volts = np.empty(0)
        if len(volts) != len(words) or not np.isfinite(volts).all():
            raise InputError(f"{self.program}: voltages cannot be read{self._complaint(log)}")
        return volts

    def _run(self, seconds: float) -> None:
        until = self.time + seconds
        step = self.quantum / 10
        go: Iterable[str] = ("resume",)
        if not self._started:
            go = (f"optran 0 0 0 100n {START} 0", f"tran {step!r} 1000 0 {self.quantum / 2!r}")
        log = self._obey("delete all", f"stop when time > {until!r}", *go)
        if not any("condition met" in line for line in log):
            raise InputError(f"{self.program}: the circuit does not run{self._complaint(log)}")
        self._started = True
        self.time = until

    @staticmethod
    def _complaint(log: Iterable[str]) -> str:
        for line in log:
            if COMPLAINT.search(line):
                return f": {' '.join(line.split())[:200]}"
        return ""

    def _obey(self, *commands: str) -> list[str]:
        """Give commands and return what ngspice prints until it has obeyed them."""
        words = "\n".join([*commands, f"echo {DONE}", ""]).encode()
        try:
            while words:
                words = words[os.write(self._say, words) :]
            return self._answer()
        except OSError:
            self.close()
            raise InputError(f"{self.program}: has ended") from None

    def _answer(self) -> list[str]:
        until = time.monotonic() + self.timeout
        while DONE.encode() not in self._rest:
            ready, _, _ = select.select([self._hear], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                self.close()
                raise InputError(f"{self.program}: no answer within {self.timeout:g} s; killed")
            some = os.read(self._hear, 1 << 16)
            if not some:
                raise OSError("ended")
            self._rest += some
        answer, _, self._rest = self._rest.partition(DONE.encode())
        return answer.decode("utf-8", "replace").splitlines()


def _power(read: Reals) -> float:
    """Return what both rails deliver, W: ngspice counts a source's current into its plus pin."""
    high, out, low, into = read[-len(RAILS) :]
    return float(-high * out - low * into)

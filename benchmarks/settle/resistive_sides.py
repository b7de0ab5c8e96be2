"""The two sides of the resistive benchmark: neuroep's Newton solver, and ngspice's ``.op``.

ngspice gets a flat netlist, a resistor a line: the subcircuits of a netlist that people read would
only cost it more.
"""

import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.programs.rawfile import read_raw
from neuroep.hardware.resistive.branches import Branches, by_layer
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle.resistive.settling import settle_resistive
from neuroep.settle.result import Stop

SIZES = (784, 256, 10)
STOP = Stop(1e-9, 200)
BATCH = 64
OPTIONS = ".options reltol=1e-6 vntol=1e-12 abstol=1e-15 gmin=1e-18 acct"


@dataclass(frozen=True)
class Answer:
    """Voltages (n,) of all free nodes, V, their largest current balance, and the solver's steps."""

    volts: Reals
    balance: float
    steps: int


class Side:
    """What both sides share: the network of handwritten digits, drawn from a seed, and inputs."""

    def __init__(self) -> None:
        inputs, hidden, outputs = SIZES
        self.network = ResistiveNetwork(
            inputs,
            (hidden,),
            outputs,
            # Random conductances average most of an input away; this much opens the diodes.
            input_gain=40.0,
            amplification=4.0,
            conductance_range=(1e-7, 1e-4),
            nudge_conductance=1e-5,
            diode=ExponentialDiode(5e-12, 1.05),
        )
        self.network.initialise(0, 2e-5)
        rng = np.random.default_rng(1)
        # Four of five pixels are background, as in handwritten digits.
        ink = rng.random((BATCH, inputs)) < 0.2
        self.inputs = rng.uniform(0.0, 1.0, (BATCH, inputs)) * ink

    def _answer(self, volts: Reals, steps: int) -> Answer:
        branches = Branches(self.network, self.network.clamp(self.inputs[:1])[0])
        return Answer(volts, branches.balance(by_layer(self.network, volts)), steps)


class OwnSide(Side):
    """neuroep."""

    def answer(self) -> Answer:
        """Settle the first input."""
        settled = settle_resistive(self.network, self.inputs[:1], stop=STOP).require_converged()
        volts = np.concatenate([v[0, 0] for v in settled.volts])
        return self._answer(volts, int(settled.steps[0, 0]))

    def time(self, inputs: int, repeats: int) -> float:
        """Return the seconds that settling some inputs together takes, the mean of some repeats.

        Everything is in it that depends on the conductances or the input.
        """
        begin = time.perf_counter()
        for _ in range(repeats):
            settle_resistive(self.network, self.inputs[:inputs], stop=STOP).require_converged()
        return (time.perf_counter() - begin) / repeats


class SpiceSide(Side):
    """ngspice in batch mode."""

    def __init__(self) -> None:
        super().__init__()
        self.deck = flat_netlist(self.network, self.inputs[0])
        self.total = self.analysis = 0.0

    def run(self) -> bytes:
        """Run the operating point and return the raw file."""
        with tempfile.TemporaryDirectory(prefix="neuroep-benchmark-") as name:
            folder = Path(name)
            (folder / "deck.cir").write_text(self.deck)
            command = ["ngspice", "-n", "-b", "-r", "out.raw", "deck.cir"]
            begin = time.perf_counter()
            printed = subprocess.run(
                command, cwd=folder, check=True, capture_output=True, text=True
            ).stdout
            self.total = time.perf_counter() - begin
            raw = (folder / "out.raw").read_bytes()
        found = re.search(r"Total analysis time \(seconds\) = ([0-9.e+-]+)", printed)
        if found is None:
            raise RuntimeError("ngspice gave no account of its time")
        self.analysis = float(found[1])
        return raw

    def answer(self) -> Answer:
        """Solve for the first input."""
        (plot,) = read_raw(self.run())
        volts = np.array([plot.values[f"n{i}"][0] for i in range(sum(self.network.sizes[1:]))])
        return self._answer(volts, 0)

    def time(self) -> float:
        """Return the seconds of one run, start and reading of the netlist included."""
        self.run()
        return self.total

    def analysis_time(self) -> float:
        """Return the seconds of the last run's analysis alone, by ngspice's own account."""
        return self.analysis

    def elements(self) -> int:
        """Return the number of lines of the netlist."""
        return self.deck.count("\n")


def flat_netlist(network: ResistiveNetwork, x: Reals) -> str:
    """Return the netlist of one input in the free phase; free nodes are n0, n1, ..."""
    lines = ["* a deep resistive network, one resistor a line", ".temp 27", OPTIONS + " tnom=27"]
    before = [f"in{i}" for i in range(network.sizes[0])]
    for node, volts in zip(before, network.clamp(x[None])[0], strict=True):
        lines.append(f"v{node} {node} 0 {float(volts)!r}")
    first = 0
    for k, siemens in enumerate(network.conductances):
        behind = [f"n{first + j}" for j in range(network.sizes[k + 1])]
        for i, node in enumerate(before):
            for j, other in enumerate(behind):
                lines.append(f"r{k}_{i}_{j} {node} {other} {1.0 / float(siemens[i, j])!r}")
        first += len(behind)
        before = behind
        if k < len(network.hidden):
            before = [f"{node}a" for node in behind]
            lines += _clamped_and_amplified(network, k + 1, behind, before)
    diode = network.diode
    assert diode is not None
    lines.append(f".model junction d(is={diode.saturation!r} n={diode.ideality!r})")
    saved = [f"v(n{i})" for i in range(first)]
    lines += [".save " + " ".join(saved[i : i + 8]) for i in range(0, first, 8)]
    return "\n".join([*lines, ".op", ".end", ""])


def _clamped_and_amplified(
    network: ResistiveNetwork, layer: int, nodes: list[str], ahead: list[str]
) -> list[str]:
    lines = []
    gain = network.gains[layer]
    for node, out, polarity in zip(nodes, ahead, network.polarity(layer), strict=True):
        anode, cathode = ("0", node) if polarity > 0 else (node, "0")
        lines += [
            f"d{node} {anode} {cathode} junction",
            f"e{node} {out}d 0 {node} 0 {gain!r}",
            f"v{node} {out}d {out} 0",
            f"f{node} {node} 0 v{node} {1.0 / gain!r}",
        ]
    return lines

"""The two sides of the transient benchmark: neuroep's kernel, and scipy on the same equations.

What scipy integrates is written as one would for it: numpy arrays, every matrix made beforehand.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import expit

from neuroep.core.hopfield.transient import LINE_LOAD, PATTERN_LOAD
from neuroep.core.tables import Reals
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.ode import CircuitEquations
from neuroep.hardware.hopfield.supply import circuit_table
from neuroep.hardware.hopfield.transient import Transient
from neuroep.hardware.noise import Noise
from neuroep.network.hopfield.attention import Attention, PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import Drive, make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Sigmoid, Tanh
from neuroep.settle import Record, settle

POINTS = 501
DURATION = 40.0  # of the slowest time constant


@dataclass(frozen=True)
class Waves:
    """A run: (POINTS, n) membrane voltages, V; energy drawn, J; evaluations, -1 where not told."""

    volts: Reals
    energy: float
    evaluations: int


def small_attention(rng: np.random.Generator) -> tuple[Network, dict[str, Reals]]:
    """Return a network like that of the design ``attention_small``."""
    network = Network()
    words = network.add(Clamped(4, 12), "words")
    network.add(TokenAttention(words, inverse_temperature=0.5), "asking")
    network.add(PooledAttention(words, queries=2, inverse_temperature=0.5), "heads")
    network.add(Tanh(6), "pairs")
    network.add(HardSigmoid(6, bias=0.5), "rails")
    network.add(Sigmoid(2, bias=0.5), "out")
    network.connect("words", "asking", shared=True)
    network.connect("asking", "pairs", gain=0.5)
    network.connect("heads", "rails", gain=0.5)
    network.connect("pairs", "rails", gain=0.5)
    network.connect("rails", "out")
    return network, {"words": rng.standard_normal((1, 12, 4))}


def pooled_attention(rng: np.random.Generator) -> tuple[Network, dict[str, Reals]]:
    """Return a network of the size that reads reviews of 230 words."""
    network = Network()
    words = network.add(Clamped(100, 230), "words")
    network.add(PooledAttention(words, queries=4), "heads")
    network.add(HardSigmoid(64, bias=0.5), "hidden")
    network.add(HardSigmoid(2, bias=0.5), "out")
    network.connect("heads", "hidden")
    network.connect("hidden", "out", gain=0.3)
    return network, {"words": 0.1 * rng.standard_normal((1, 230, 100))}


def digits(rng: np.random.Generator) -> tuple[Network, dict[str, Reals]]:
    """Return a network of the size that reads handwritten digits."""
    network = Network()
    network.add(Clamped(784), "pixels")
    network.add(Tanh(256), "hidden")
    network.add(Sigmoid(10), "out")
    network.connect("pixels", "hidden")
    network.connect("hidden", "out", gain=0.5)
    return network, {"pixels": rng.uniform(0, 1, (1, 784)) * (rng.random((1, 784)) < 0.2)}


CASES: dict[str, Callable[[np.random.Generator], tuple[Network, dict[str, Reals]]]] = {
    "small attention chip": small_attention,
    "pooled attention, 230 words": pooled_attention,
    "784-256-10": digits,
}


class Side(ABC):
    """What both sides share: the circuit, its input and the clock."""

    def __init__(self, case: str) -> None:
        network, inputs = CASES[case](np.random.default_rng(1))
        network.set_cost(SquaredError("out"))
        network.initialise(0, np.float64)
        self.network = network
        self.circuit = Circuit(network, Chip(conductance_max=80e-6))
        self.drive: Drive = make_drive(network, inputs)
        self.end = DURATION * self.circuit.slowest

    @abstractmethod
    def waves(self, *arguments: object) -> Waves:
        """Run the free phase from 0 V."""

    def time(self, repeats: int, *arguments: object) -> float:
        """Return the seconds that a run takes, the mean of some repeats."""
        begin = time.perf_counter()
        for _ in range(repeats):
            self.waves(*arguments)
        return (time.perf_counter() - begin) / repeats

    def units(self) -> int:
        """Return the number of membranes."""
        return self.drive.plan.units


class OwnSide(Side):
    """neuroep's transient kernel, with all noise of the chip or without."""

    def __init__(self, case: str, noise: Noise | None = None) -> None:
        super().__init__(case)
        self.noise = noise

    def waves(self, *arguments: object) -> Waves:
        """Run with a tolerance (V)."""
        (tolerance,) = arguments
        assert isinstance(tolerance, float)
        solver = Transient(self.circuit, self.end, tolerance, POINTS, noise=self.noise)
        settled = settle(self.network, self.drive, solver=solver, record=Record((0,)))
        assert settled.drawn is not None
        plan = self.drive.plan
        scale = np.repeat([self.circuit.layers[k].volts for k in plan.names], plan.sizes)
        volts = settled.trace[:, 0] * scale
        # Heun's steps; Dormand & Prince's, whose last stage is the first of the next.
        a_step = 2 if self.noise else 6
        evaluations = a_step * int(settled.steps[0, 0]) + 1
        return Waves(volts, float(settled.drawn[0, 0]), evaluations)


class ScipySide(Side):
    """scipy.integrate.solve_ivp."""

    def __init__(self, case: str) -> None:
        super().__init__(case)
        self.rate = vectorised_rate(self.circuit, self.drive)
        self.agree()

    def agree(self) -> None:
        """Check the rates against the element-by-element equations.

        Raises
        ------
        AssertionError
            They differ.
        """
        equations = CircuitEquations(self.circuit, self.drive)
        state = 0.2 * np.random.default_rng(0).standard_normal(self.units() + 1)
        expected = equations.rate(0.0, state)
        np.testing.assert_allclose(self.rate(0.0, state), expected, rtol=1e-9, atol=1e-9)

    def waves(self, *arguments: object) -> Waves:
        """Run with a tolerance (V) and a method."""
        tolerance, method = arguments
        run = solve_ivp(
            self.rate,
            (0.0, self.end),
            np.zeros(self.units() + 1),
            method=method,
            t_eval=np.linspace(0.0, self.end, POINTS),
            rtol=1e-13,
            # The energy, the last of the state, follows the voltages and sets no step.
            atol=np.append(np.full(self.units(), tolerance), 1.0),
        )
        if not run.success:
            raise RuntimeError(f"scipy {method}: {run.message}")
        return Waves(run.y[:-1].T, float(run.y[-1, -1]), int(run.nfev))


def vectorised_rate(circuit: Circuit, drive: Drive) -> Callable[[float, Reals], Reals]:
    """Return d/dt of (membrane voltages, energy drawn) in the free phase, all matrices prepared."""
    equations = CircuitEquations(circuit, drive)
    network, chip = circuit.network, circuit.chip
    loads = circuit_table(circuit, drive, 0)
    names, plan = network.settling, drive.plan
    index = plan.index
    shapes = [network.shape(name) for name in names]
    values = [circuit.layers[name] for name in names]
    constant = [equations.constant[name].reshape(network.shape(name)) for name in names]
    forward = [
        (index[c.source], index[c.target], shapes[index[c.source]][0] if c.shared else 1, weight)
        for c, (weight, _) in equations.couplings.items()
        if c.source in index
    ]
    links = forward + [(b, a, rows, np.ascontiguousarray(g.T)) for a, b, rows, g in forward]
    stored = {index[name]: p - m for name, (p, m) in equations.patterns.items()}
    per_fold = chip.thermal_voltage / chip.slope_factor
    begins = plan.offsets

    def rate(_time: float, state: Reals) -> Reals:
        power = equations.constant_power
        lines = []
        for k, name in enumerate(names):
            v = state[begins[k] : begins[k + 1]].reshape(shapes[k])
            layer, unit = network.layers[name], values[k].volts
            if isinstance(layer, Attention):
                gates = (circuit.score_resistance(name) / per_fold) * (v @ stored[k].T)
                share = np.exp(gates - gates.max(axis=1, keepdims=True))
                share *= chip.signal / share.sum(axis=1, keepdims=True)
                line = (share @ stored[k]) / chip.pattern_conductance
                driven = np.abs(v).sum() * len(stored[k]) + chip.signal * v.size
                power += chip.supply * loads[k, PATTERN_LOAD] * driven
            elif values[k].cell == "tanh":
                line = chip.signal * np.tanh(v / (2.0 * per_fold))
            elif values[k].cell == "sigmoid":
                line = chip.signal * expit((v - 0.5 * unit) / per_fold)
            else:
                line = np.clip(chip.signal * layer.gain / unit * v, 0.0, chip.signal)
            lines.append(line)
            power += chip.supply * loads[k, LINE_LOAD] * np.abs(line).sum()
        arriving = [current.copy() for current in constant]
        for a, b, rows, g in links:
            arriving[b] += (lines[a].reshape(rows, -1) @ g).reshape(shapes[b])
        found = np.empty_like(state)
        for k, current in enumerate(arriving):
            power += chip.supply * np.abs(current).sum()
            v = state[begins[k] : begins[k + 1]]
            net = current.ravel() - values[k].leak * v
            found[begins[k] : begins[k + 1]] = net / values[k].capacitance
        found[-1] = power
        return found

    return rate

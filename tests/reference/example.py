"""One example of a network, slowly: arrays of its own length, so that padding never exists."""

import math
from typing import Any

import numpy as np

from neuroep.network.hopfield.attention import Attention, PooledAttention, TokenAttention
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.network import Coupling, Network
from neuroep.network.inputs import Sequences
from reference.neurons import NEURONS

State = dict[str, np.ndarray]  # (rows, width) of every settling layer


def clamped_rows(network: Network, p: dict[str, np.ndarray], name: str, given: Any, index: int):
    """Return the patterns (length, dim) that one example clamps on a layer."""
    layer = network.layers[name]
    if isinstance(given, Sequences):
        rows = given.rows[given.offsets[index] : given.offsets[index + 1]]
    else:
        rows = np.asarray(given)[index]
    if layer.vocabulary:
        rows = p[f"{name}.patterns"][rows]
    rows = np.array(rows, float).reshape(-1, layer.dim)
    if layer.position == "sinusoidal":
        for t in range(len(rows)):
            for i in range(layer.dim):
                angle = t / 10000 ** ((i - i % 2) / layer.dim)
                wave = math.cos(angle) if i % 2 else math.sin(angle)
                rows[t, i] += layer.position_scale * wave
    return rows


class Example:
    """Example ``index`` of a batch of inputs, with parameters of its own that a test may change."""

    def __init__(self, network: Network, inputs: dict[str, Any], index: int, target=None) -> None:
        self.network = network
        self.p = {name: array.astype(float) for name, array in network.parameters.items()}
        self.inputs = inputs
        self.index = index
        self.target = None if target is None else np.asarray(target, float)[index]
        self.names = network.settling

    @property
    def patterns(self) -> dict[str, np.ndarray]:
        return {
            name: clamped_rows(self.network, self.p, name, self.inputs[name], self.index)
            for name in self.network.clamped
        }

    def shape(self, name: str) -> tuple[int, int]:
        """Return the (rows, width) that this example really uses of a layer."""
        layer = self.network.layers[name]
        rows, width = self.network.shape(name)
        if isinstance(layer, TokenAttention):
            rows = len(self.patterns[layer.asking])
        if isinstance(layer, PooledAttention):
            rows = layer.queries
        return rows, width

    def read(self, plan, flat: np.ndarray, example: int | None = None) -> State:
        """Return one example of a flat buffer, without padding."""
        e = self.index if example is None else example
        state = {}
        for name in self.names:
            rows, width = self.shape(name)
            state[name] = np.array(plan.view(flat, name)[e], float).reshape(-1, width)[:rows]
        return state

    # Currents

    def constant(self, name: str) -> np.ndarray:
        """Return what flows into a layer whatever the network does."""
        u = np.zeros(self.shape(name))
        for constant in (f"{name}.bias", f"{name}.queries"):
            if constant in self.p:
                u += self.p[constant].reshape(u.shape)
        for c in self.network.couplings:
            if c.target == name and c.source in self.patterns:
                self._forward(c, self.patterns[c.source], u)
        return u

    def _forward(self, c: Coupling, source: np.ndarray, into: np.ndarray) -> None:
        w = self.p[c.name]
        if c.shared:
            for t in range(min(len(source), len(into))):
                into[t] += source[t] @ w
        else:
            into += (source.ravel() @ w[: source.size, : into.size]).reshape(into.shape)

    def _backward(self, c: Coupling, target: np.ndarray, into: np.ndarray) -> None:
        w = self.p[c.name]
        if c.shared:
            for t in range(min(len(target), len(into))):
                into[t] += w @ target[t]
        else:
            into += (w[: into.size, : target.size] @ target.ravel()).reshape(into.shape)

    def received(self, s: State, name: str) -> np.ndarray:
        """Return what a layer receives from the other settling layers."""
        u = np.zeros(self.shape(name))
        for c in self.network.couplings:
            if c.source in s and c.target == name:
                self._forward(c, s[c.source], u)
            if c.source in s and c.source == name:
                self._backward(c, s[c.target], u)
        return u

    def current(self, s: State, name: str) -> np.ndarray:
        """Return dPhi/ds of a layer."""
        return self.constant(name) + self.received(s, name)

    # Activation

    def attention(self, name: str, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return softmax(c v X^T) (rows, patterns) and X."""
        layer = self.network.layers[name]
        x = self.patterns[layer.stored]
        p = np.zeros((len(v), len(x)))
        for t in range(len(v)):
            for j in range(len(x)):
                p[t, j] = layer.inverse_temperature * (v[t] @ x[j])
            p[t] = np.exp(p[t] - p[t].max(initial=-np.inf))
            p[t] /= p[t].sum()
        return p, x

    def activity(self, name: str, v: np.ndarray) -> np.ndarray:
        """Return sigma(v)."""
        layer = self.network.layers[name]
        if isinstance(layer, Attention):
            p, x = self.attention(name, v)
            return p @ x
        return NEURONS[type(layer).__name__].activity(v, layer.gain)

    def activities(self, v: State) -> State:
        return {name: self.activity(name, v[name]) for name in self.names}

    def lagrangian(self, name: str, v: np.ndarray) -> float:
        """Return F(v), summed over a layer."""
        layer = self.network.layers[name]
        if isinstance(layer, Attention):
            c, x = layer.inverse_temperature, self.patterns[layer.stored]
            if not len(x):
                return 0.0
            return sum(float(np.logaddexp.reduce(c * (x @ row))) / c for row in v)
        return float(NEURONS[type(layer).__name__].lagrangian(v, layer.gain).sum())

    def conjugate(self, name: str, v: np.ndarray, s: np.ndarray) -> float:
        """Return F*(s) in closed form; for attention (1/c) sum p log p with the p of v."""
        layer = self.network.layers[name]
        if isinstance(layer, Attention):
            p, _ = self.attention(name, v)
            return float((p * np.log(np.where(p > 0, p, 1))).sum()) / layer.inverse_temperature
        return float(NEURONS[type(layer).__name__].conjugate(s, layer.gain).sum())

    # Energy

    def primitive(self, s: State) -> float:
        """Return Phi(s)."""
        everything = self.patterns | s
        total = 0.0
        for name in self.names:
            for constant in (f"{name}.bias", f"{name}.queries"):
                if constant in self.p:
                    total += float((self.p[constant].ravel() * s[name].ravel()).sum())
        for c in self.network.couplings:
            u = np.zeros(self.shape(c.target))
            self._forward(c, everything[c.source], u)
            total += float((u * s[c.target]).sum())
        return total

    def cost(self, s: State) -> float:
        """Return C."""
        cost = self.network.cost
        out = s[str(cost.layer)].ravel()
        if isinstance(cost, SquaredError):
            return 0.5 * float(((out - self.target) ** 2).sum())
        z = out @ self.p["readout.weight"] + self.p["readout.bias"]
        return float(self.target.sum() * np.logaddexp.reduce(z) - self.target @ z)

    def cost_slope(self, out: np.ndarray) -> np.ndarray:
        """Return dC/ds of the nudged layer."""
        if isinstance(self.network.cost, SquaredError):
            return out - self.target
        z = out @ self.p["readout.weight"] + self.p["readout.bias"]
        q = np.exp(z - np.logaddexp.reduce(z))
        return self.p["readout.weight"] @ (self.target.sum() * q - self.target)

    def energy(self, v: State, s: State, beta: float = 0.0) -> float:
        """Return E + beta C; v and s = sigma(v)."""
        stored = sum(self.conjugate(name, v[name], s[name]) for name in self.names)
        return stored - self.primitive(s) + (beta * self.cost(s) if beta else 0.0)

    def held_energy(self, v: State, s: State, beta: float = 0.0) -> float:
        """Return the energy for v and s held while parameters change: F* = v s - F(v)."""
        stored = sum(float((v[k] * s[k]).sum()) - self.lagrangian(k, v[k]) for k in self.names)
        return stored - self.primitive(s) + (beta * self.cost(s) if beta else 0.0)

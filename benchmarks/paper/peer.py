"""The paper's networks in plain PyTorch, as their published code runs them.

Bal & Sengupta (IJCAI 2023): sequences are filled with zero vectors to their full length, and the
zeros take part in the softmax. All layers step together from zero, s <- sigma(dPhi/ds), with every
dPhi/ds by autograd of the whole primitive function, the constant projection included; T free
steps, then K at +beta and K at -beta, one phase after the other. The gradient is autograd's of the
difference of Phi at the two nudged states, and torch's Adam applies it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear

from neuroep.network.hopfield.attention import TokenAttention
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.network.inputs import Sequences

State = list[Tensor]


@dataclass(frozen=True)
class Attends:
    """One attention layer: who asks, what is stored, and its projection (to, from)."""

    asking: str
    stored: str
    inverse_temperature: float
    projection: Tensor


@dataclass(frozen=True)
class Dense:
    """One layer of neurons: its weights (to, from), from all layers below it together."""

    gain: float
    weight: Tensor
    bias: Tensor


class Published:
    """A network of token attentions and a chain of neurons, from the parameters of neuroep's.

    Parameters
    ----------
    network : Network
        Tells what is wired to what, and the shapes.
    parameters : mapping
        Initial values by neuroep's names; copied.
    rates : mapping
        Adam's learning rates by neuroep's names.
    """

    def __init__(
        self,
        network: Network,
        parameters: Mapping[str, np.ndarray],
        rates: Mapping[str, float],
    ) -> None:
        self.network = network
        self.attention: list[Attends] = []
        self.dense: list[Dense] = []
        self.names: list[list[str]] = []  # of each tensor that learns, in neuroep's pieces
        self._groups: list[dict[str, object]] = []
        into: dict[str, list[str]] = {}
        for c in network.couplings:
            into.setdefault(c.target, []).append(c.name)
        for name in network.settling:
            layer, pieces = network.layers[name], into[name]
            weight = self._learns(parameters, pieces, rates)
            if isinstance(layer, TokenAttention):
                self.attention.append(
                    Attends(layer.asking, layer.stored, layer.inverse_temperature, weight)
                )
            elif isinstance(layer, HardSigmoid):
                bias = self._learns(parameters, [f"{name}.bias"], rates)
                self.dense.append(Dense(layer.gain, weight, bias))
        self.adam = torch.optim.Adam(self._groups)

    def _learns(
        self, parameters: Mapping[str, np.ndarray], pieces: list[str], rates: Mapping[str, float]
    ) -> Tensor:
        joined = np.concatenate([parameters[name] for name in pieces])
        values = torch.from_numpy(np.ascontiguousarray(joined.T))
        tensor = values.to(torch.get_default_dtype()).requires_grad_()
        self.names.append(pieces)
        self._groups.append({"params": [tensor], "lr": rates[pieces[0]]})
        return tensor

    def embed(self, inputs: Mapping[str, Sequences], table: np.ndarray) -> dict[str, Tensor]:
        """Return the words of every layer as vectors (B, tokens, dim), filled with zeros."""
        found = {}
        for name, packed in inputs.items():
            count, (tokens, dim) = len(packed.lengths), self.network.shape(name)
            rows = np.zeros((count, tokens, dim), np.float32)
            rows[np.arange(tokens) < packed.lengths[:, None]] = table[packed.rows]
            found[name] = torch.from_numpy(rows).to(torch.get_default_dtype())
        return found

    def start(self, count: int) -> State:
        """Return activities that all are zero."""
        state = [torch.zeros(count, *self.network.shape(k)) for k in self.network.settling]
        return [s if s.shape[1] > 1 else s[:, 0] for s in state]

    def phi(self, x: Mapping[str, Tensor], s: State) -> Tensor:
        """Return the primitive function of every example, (B,)."""
        first = len(self.attention)
        total = torch.zeros(len(s[0]))
        for a, read in zip(self.attention, s[:first], strict=True):
            total = total + (linear(x[a.asking], a.projection) * read).sum(dim=(1, 2))
        below = torch.cat([read.flatten(1) for read in s[:first]], dim=1)
        for d, here in zip(self.dense, s[first:], strict=True):
            total = total + (linear(below, d.weight, d.bias) * here).sum(dim=1)
            below = here
        return total

    def step(self, x: Mapping[str, Tensor], s: State, beta: float, target: Tensor | None) -> State:
        """Step all layers together."""
        s = [part.detach().requires_grad_() for part in s]
        phi = self.phi(x, s)
        if beta and target is not None:
            phi = phi - beta * 0.5 * ((s[-1] - target) ** 2).sum(dim=1)
        potentials = torch.autograd.grad(phi.sum(), s)
        with torch.no_grad():
            moved = []
            for a, u in zip(self.attention, potentials, strict=False):
                stored = x[a.stored]
                scores = a.inverse_temperature * torch.bmm(u, stored.transpose(1, 2))
                moved.append(torch.bmm(torch.softmax(scores, dim=-1), stored))
            for d, u in zip(self.dense, potentials[len(self.attention) :], strict=True):
                moved.append((d.gain * u).clamp(0, 1))
        return moved

    def settle(
        self,
        x: Mapping[str, Tensor],
        start: State,
        steps: int,
        beta: float = 0.0,
        target: Tensor | None = None,
    ) -> tuple[State, float]:
        """Return the activities after ``steps`` steps, and the largest change in the last one."""
        s = previous = start
        for _ in range(steps):
            previous, s = s, self.step(x, s, beta, target)
        residual = max(float((a - b).abs().max()) for a, b in zip(s, previous, strict=True))
        return s, residual

    def backward(self, x: Mapping[str, Tensor], plus: State, minus: State, beta: float) -> None:
        """Leave the centered estimate of the gradient of the mean cost in every ``.grad``."""
        self.adam.zero_grad()
        plus, minus = ([part.detach() for part in state] for state in (plus, minus))
        difference = self.phi(x, minus).mean() - self.phi(x, plus).mean()
        (difference / (2.0 * beta)).backward()

    def gradients(self) -> dict[str, np.ndarray]:
        """Return the gradient by neuroep's names and shapes."""
        found: dict[str, np.ndarray] = {}
        tensors = [group["params"][0] for group in self.adam.param_groups]
        for pieces, tensor in zip(self.names, tensors, strict=True):
            joined, begin = tensor.grad.numpy().T, 0
            for name in pieces:
                end = begin + self.network.parameter_shapes()[name][0]
                found[name] = joined[begin:end]
                begin = end
        return found

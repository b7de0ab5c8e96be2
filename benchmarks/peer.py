"""The published method in plain PyTorch: synchronous steps and gradients, both by autograd.

Bal & Sengupta (IJCAI 2023): the primitive function Phi is one differentiable scalar over padded
dense batches; all layers step together, s <- sigma(dPhi/ds), for a fixed number of steps; a free
phase is followed by one nudged phase at +beta and one at -beta; the gradient is that of the
difference of Phi at the two nudged states. Attention steps by s = softmax(c u X^T) X.

One thing is added, so that both sides learn the same parameters: the stored patterns' slope, which
is that of the attention Lagrangian log sum exp at the settled potentials.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.cases import Case
from neuroep.network.inputs import Sequences

State = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Padded:
    """A batch of reviews as PyTorch wants it: ids (B, L) and mask (B, L), padded to the longest."""

    ids: torch.Tensor
    mask: torch.Tensor

    @classmethod
    def of(cls, packed: Sequences) -> "Padded":
        """Pad packed sequences with id 0, masked."""
        lengths = packed.lengths
        mask = np.arange(lengths.max()) < lengths[:, None]
        ids = np.zeros(mask.shape, np.int64)
        ids[mask] = packed.rows
        return cls(torch.from_numpy(ids), torch.from_numpy(mask))


class Peer:
    """A case's network with given parameters (names and layout of neuroep's)."""

    def __init__(self, case: Case, parameters: Mapping[str, np.ndarray]) -> None:
        self.case = case
        self.parameters = {
            name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()
        }
        self.learn_patterns = True
        self.steps = 0

    def patterns(self, batch: Padded) -> torch.Tensor:
        """Return the stored patterns X (B, L, d), zero where padded."""
        rows = torch.nn.functional.embedding(batch.ids, self.parameters["words.patterns"])
        return rows * batch.mask[:, :, None]

    def phi(self, x: torch.Tensor, s: State) -> torch.Tensor:
        """Return the primitive function of all examples together."""
        p = self.parameters
        if self.case.projected:
            total = ((x @ p["words-heads"]) * s["heads"]).sum()
            length = x.shape[1] * self.case.dim  # beyond the longest review every row is padding
            into_hidden = s["heads"].flatten(1) @ p["heads-hidden"][:length]
        else:
            total = (p["heads.queries"] * s["heads"]).sum()
            into_hidden = s["heads"].flatten(1) @ p["heads-hidden"]
        total = total + ((into_hidden + p["hidden.bias"]) * s["hidden"]).sum()
        if self.case.readout:
            return total
        return total + ((s["hidden"] @ p["hidden-out"] + p["out.bias"]) * s["out"]).sum()

    def cost(self, s: State, target: torch.Tensor) -> torch.Tensor:
        """Return the cost of all examples together."""
        if not self.case.readout:
            return 0.5 * ((s["out"] - target) ** 2).sum()
        logits = s["hidden"] @ self.parameters["readout.weight"] + self.parameters["readout.bias"]
        return torch.nn.functional.cross_entropy(logits, target, reduction="sum")

    def scores(self, x: torch.Tensor, mask: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
        """Return c u X^T with padding at minus infinity, (B, rows, L)."""
        scores = self.case.inverse_temperature * (u @ x.transpose(1, 2))
        return scores.masked_fill(~mask[:, None, :], -torch.inf)

    def activate(self, x: torch.Tensor, mask: torch.Tensor, u: State) -> State:
        """Return s = sigma(u) of every layer."""
        heads = torch.softmax(self.scores(x, mask, u["heads"]), dim=-1) @ x
        if self.case.projected:
            heads = heads * mask[:, :, None]
        return {"heads": heads} | {k: u[k].clamp(0, 1) for k in ("hidden", "out") if k in u}

    def start(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[State, State]:
        """Return potentials and activities at zero potential."""
        case, count = self.case, len(x)
        rows = x.shape[1] if case.projected else case.queries
        u = {
            "heads": torch.zeros(count, rows, case.dim),
            "hidden": torch.zeros(count, case.hidden),
        }
        if not case.readout:
            u["out"] = torch.zeros(count, case.classes)
        return u, self.activate(x, mask, u)

    def settle(
        self,
        x: torch.Tensor,
        mask: torch.Tensor,
        start: tuple[State, State],
        steps: int,
        *,
        beta: float = 0.0,
        target: torch.Tensor | None = None,
        tolerance: float = 0.0,
    ) -> tuple[State, State]:
        """Step all layers together ``steps`` times; return potentials and activities.

        With a positive ``tolerance``, stop as soon as no activity moves by more than that;
        ``self.steps`` says after how many steps.
        """
        u, s = start
        for self.steps in range(1, steps + 1):
            s = {name: part.detach().requires_grad_() for name, part in s.items()}
            phi = self.phi(x, s)
            if target is not None:
                phi = phi - beta * self.cost(s, target)
            u = dict(zip(s, torch.autograd.grad(phi, list(s.values())), strict=True))
            with torch.no_grad():
                moved = self.activate(x, mask, u)
                if tolerance and self.residual(s, moved) <= tolerance:
                    return u, moved
            s = moved
        return u, s

    @staticmethod
    def residual(old: State, new: State) -> float:
        """Return the largest change of an activity."""
        return max(float((new[name] - old[name]).abs().max()) for name in old)

    def total(
        self, batch: Padded, phase: tuple[State, State], beta: float, target: torch.Tensor
    ) -> torch.Tensor:
        """Return Phi - beta C of settled states, to be differentiated in the parameters.

        Where the stored patterns learn, with the attention Lagrangian: minus the slope of this in
        the patterns is that of the energy.
        """
        u, s = ({name: part.detach() for name, part in half.items()} for half in phase)
        x = self.patterns(batch)
        if not self.learn_patterns:
            x = x.detach()
        phi = self.phi(x, s)
        if self.case.readout:
            phi = phi - beta * self.cost(s, target)
        if self.learn_patterns:
            scores = self.scores(x, batch.mask, u["heads"])
            lagrangian = torch.logsumexp(scores, dim=-1) / self.case.inverse_temperature
            phi = phi + (lagrangian * batch.mask if self.case.projected else lagrangian).sum()
        return phi

    def backward(
        self,
        batch: Padded,
        target: torch.Tensor,
        plus: tuple[State, State],
        minus: tuple[State, State],
    ) -> None:
        """Leave the centered estimate of the gradient of the mean cost in every ``.grad``."""
        for p in self.parameters.values():
            p.grad = None
        beta = self.case.beta
        difference = self.total(batch, plus, beta, target) - self.total(batch, minus, -beta, target)
        (difference / (-2.0 * beta * len(batch.ids))).backward()

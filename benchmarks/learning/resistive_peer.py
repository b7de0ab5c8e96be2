"""The published algorithm for deep resistive networks in plain PyTorch.

Scellier (2024, arXiv:2402.11674): every layer in turn goes to the exact minimum of the co-content
with the others held, odd layers and then even ones; a free phase is followed by one at +beta and
one at -beta, each from the free state; each conductance's gradient is half the difference of its
mean squared voltage drops. The network is neuroep's own, without amplifiers: hidden nodes with
ideal diodes, outputs in pairs that the nudge joins.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch

Volts = list[torch.Tensor]


class ResistivePeer:
    """A network of clamped inputs, one hidden layer and outputs in pairs.

    ``favours``: the currents from the clamped layer are summed once and not in every sweep, and the
    mean squares of drops are written out, so that no array of (examples, n, m) is made. Neither is
    in the published code.
    """

    def __init__(
        self,
        conductances: Sequence[torch.Tensor],
        nudge_conductance: float,
        output_gain: float,
        largest: float,
        rates: Sequence[float],
        momentum: float,
        favours: bool,
    ) -> None:
        self.conductances = [g.clone() for g in conductances]
        self.velocity = [torch.zeros_like(g) for g in conductances]
        self.kappa, self.gain, self.largest = nudge_conductance, output_gain, largest
        self.rates, self.momentum, self.favours = rates, momentum, favours
        self.sweeps: dict[str, int] = {}

    def settle(
        self,
        clamped: torch.Tensor,
        beta: float,
        target: torch.Tensor,
        start: Volts,
        residual: float,
    ) -> tuple[Volts, int]:
        """Return the voltages at which no node moves by more than ``residual``, and the sweeps."""
        first, second = self.conductances
        load, outputs_load = first.sum(0) + second.sum(1), second.sum(0)
        nudge = beta * self.kappa
        even, odd = outputs_load[0::2], outputs_load[1::2]
        determinant = even * odd + nudge * (even + odd)
        half = len(load) // 2
        given = clamped @ first if self.favours else None
        v, out = start
        sweeps, moved = 0, residual + 1
        while moved > residual:
            current = (clamped @ first if given is None else given) + out @ second.T
            new = current / load
            new = torch.cat([new[:, :half].clamp(min=0), new[:, half:].clamp(max=0)], 1)
            into = new @ second
            push = nudge * self.gain * target
            a, b = into[:, 0::2] + push, into[:, 1::2] - push
            pair = ((odd + nudge) * a + nudge * b, (even + nudge) * b + nudge * a)
            ahead = (torch.stack(pair, 2) / determinant[:, None]).flatten(1)
            moved = max(float((new - v).abs().max()), float((ahead - out).abs().max()))
            v, out = new, ahead
            sweeps += 1
        return [v, out], sweeps

    def squares(self, before: torch.Tensor, behind: torch.Tensor) -> torch.Tensor:
        """Return half the mean squared drop across every conductance between two layers."""
        if not self.favours:
            return 0.5 * ((before[:, :, None] - behind[:, None, :]) ** 2).mean(0)
        mean_squares = (before**2).mean(0)[:, None] + (behind**2).mean(0)
        return 0.5 * mean_squares - before.T @ behind / len(before)

    def gradient(
        self, clamped: torch.Tensor, target: torch.Tensor, beta: float, residual: float
    ) -> tuple[Volts, list[torch.Tensor]]:
        """Return the free state, and the slope of the mean cost in every conductance, 1/S."""
        count = len(clamped)
        rest = [torch.zeros(count, g.shape[1], dtype=g.dtype) for g in self.conductances]
        free, self.sweeps["free"] = self.settle(clamped, 0.0, target, rest, residual)
        found = []
        for sign in (1.0, -1.0):
            volts, self.sweeps["nudged"] = self.settle(clamped, sign * beta, target, free, residual)
            found.append([self.squares(a, b) for a, b in pairwise([clamped, *volts])])
        scale = 2 * beta * self.kappa * self.gain**2
        return free, [(up - down) / scale for up, down in zip(*found, strict=True)]

    def train(
        self, clamped: torch.Tensor, target: torch.Tensor, beta: float, residual: float
    ) -> None:
        """Take one step of gradient descent with momentum, within what devices hold."""
        _, gradient = self.gradient(clamped, target, beta, residual)
        parts = zip(self.conductances, self.velocity, gradient, self.rates, strict=True)
        for g, velocity, slope, rate in parts:
            velocity.mul_(self.momentum).add_(slope)
            g.sub_(velocity, alpha=rate).clamp_(0.0, self.largest)

    def result(
        self, clamped: torch.Tensor, target: torch.Tensor, beta: float, residual: float
    ) -> Mapping[str, torch.Tensor]:
        """Return the free state in units of an output's, and the gradient."""
        free, gradient = self.gradient(clamped, target, beta, residual)
        states = {f"state/{k}": v / self.gain for k, v in enumerate(free, 1)}
        return states | {f"gradient/{k}-{k + 1}": g for k, g in enumerate(gradient)}

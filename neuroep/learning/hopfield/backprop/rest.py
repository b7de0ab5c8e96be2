"""Adjoints of a state at rest: backpropagation that goes round and round the same step.

A settled state is its own predecessor, so each step back is the same linear map. The sums of all
mu after t steps are backpropagation through t steps (Ernoult et al. 2019, arXiv:1905.13633,
section 3); their limit solves mu = D (g + A mu), with D the activations' Jacobian and A the
couplings: implicit differentiation, or recurrent backpropagation (Almeida 1987; Pineda 1987).
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from neuroep.core.hopfield.adjoint import BACK
from neuroep.core.tables import Floats, Reals, Wiring
from neuroep.core.threads import run_chunks
from neuroep.learning.gradient import Gradient
from neuroep.learning.hopfield.backprop.path import Path, cost_slope
from neuroep.learning.hopfield.backprop.slopes import gradient_of, products_at_rest
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.result import Stop


class AtRest:
    """Adjoints that go back from a settled free phase through steps that stand still.

    ``wiring``: what a step is, ``plan.sweep`` or ``plan.synchronous``; ``patterns``: whether the
    slope in the stored patterns is wanted at every step. ``current``, ``total``: mu of the last
    step and the sum of all, flat like a state.
    """

    def __init__(
        self, free: Settled, target: Floats, wiring: Wiring, patterns: bool = False
    ) -> None:
        self.free = free
        self.target = target
        self.path = Path.at_rest(free, wiring)
        self.cost_slope = cost_slope(free, target)
        self.adjoint = self.cost_slope.copy()
        self.current: Floats = np.zeros_like(self.adjoint)
        self.total: Floats = np.zeros_like(self.adjoint)
        self.slope = self.path.no_slope(patterns)

    def _back(self, path: Path, first: int, last: int, slope: Floats, scratch: Floats) -> None:
        count = path.drive.count
        row, role = np.zeros(count, np.int64), np.full(count, BACK, np.int64)
        path.step_back(first, last, row, role, self.adjoint, self.current, None, slope, scratch)

    def _parts(self, flat: Floats, first: int, last: int) -> list[Floats]:
        plan = self.path.plan
        return [plan.view(flat, name)[first:last] for name in plan.names]

    def _add(self, first: int, last: int) -> tuple[float, float]:
        """Add mu to its total; return the largest of each."""
        here, whole = 0.0, 0.0
        parts = (self._parts(flat, first, last) for flat in (self.current, self.total))
        for mu, total in zip(*parts, strict=True):
            total += mu
            here = max(here, float(np.abs(mu).max()))
            whole = max(whole, float(np.abs(total).max()))
        return here, whole

    def steps(self, count: int) -> Iterator[int]:
        """Go back step by step; yields 1 to ``count``."""

        def work(first: int, last: int) -> None:
            self._back(self.path, first, last, self.slope, self.path.scratch(last - first))
            self._add(first, last)

        for step in range(count):
            run_chunks(work, self.path.ranges())
            yield step + 1

    def gradient(self, wanted: Collection[str] | None = None) -> Gradient:
        """Return the gradient of the mean cost that the steps so far have gathered.

        After t of them: that of backpropagation through the last t steps at rest.
        """
        products = products_at_rest(self.free, self.total)
        return gradient_of(self.free, self.target, products, self.total, self.slope, wanted)

    def solve(self, stop: Stop) -> None:
        """Go back until no mu is larger than ``stop.residual`` times the largest of their total.

        Where the state is a strict minimum of the energy, and a step one of sweeps, these are
        block Gauss-Seidel iterations on a positive definite system: they converge.
        """

        def work(first: int, last: int) -> None:
            scratch, slope = self.path.scratch(last - first), self.path.no_slope(False)
            for _ in range(stop.steps):
                self._back(self.path, first, last, slope, scratch)
                here, whole = self._add(first, last)
                if not here > stop.residual * whole:
                    return

        run_chunks(work, self.path.ranges())

    def check(self, patterns: bool) -> Reals:
        """Return max |D (g + A total) - total| / max |total| of each example, (B,).

        Computed anew from the total; the slope in the stored patterns on the way, if wanted.
        """
        plan, residual = self.path.plan, np.zeros(self.path.drive.count)
        path = replace(self.path, wiring=plan.synchronous)
        self.adjoint[:] = self.cost_slope
        self.slope = path.no_slope(patterns)

        def work(first: int, last: int) -> None:
            scratch = path.scratch(last - first)
            for k in range(len(plan.names)):
                path.send_back(k, first, last, self.total, self.adjoint, scratch)
            self._back(path, first, last, self.slope, scratch)
            largest = np.zeros(last - first)
            parts = (self._parts(flat, first, last) for flat in (self.current, self.total))
            for mu, total in zip(*parts, strict=True):
                miss = np.abs(mu - total).max(axis=1)
                np.maximum(residual[first:last], miss, out=residual[first:last])
                np.maximum(largest, np.abs(total).max(axis=1), out=largest)
            residual[first:last] /= np.where(largest > 0, largest, 1.0)

        run_chunks(work, path.ranges())
        return residual

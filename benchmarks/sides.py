"""The two sides of a comparison: each does the same tasks on the same batches.

Every task takes the number of a batch. What is timed starts from token ids: look-up of the
stored patterns is part of it, padding (which neuroep does not need) is not.
"""

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import Case, build, reviews
from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.slopes import energy_slope
from neuroep.learning.updates.adam import Adam
from neuroep.network.hopfield.drive import Drive, make_drive
from neuroep.settle import Settled, Solver, Stop, settle

BATCHES = 2
RATE = 1e-3  # of the warm-up; timed steps move nothing, so that every one of them is alike
TIMED_RATE = 1e-9
RESIDUAL = 1e-4
FREE_STEPS, NUDGED_STEPS = 50, 25  # as published for IMDB
WARM_UP = 40


class Side:
    """What both sides share: the batches, the clock and the memory."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.batches = [reviews(case, case.batch, seed) for seed in range(BATCHES)]

    def time(self, task: str, repeats: int, *arguments: object) -> float:
        """Return the seconds that ``repeats`` rounds of a task over all batches take."""
        work = getattr(self, task)
        begin = time.perf_counter()
        for _ in range(repeats):
            for number in range(BATCHES):
                work(number, *arguments)
        return time.perf_counter() - begin

    @staticmethod
    def peak_memory() -> float:
        """Return the largest resident size of this process so far, MB."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


class NeuroepSide(Side):
    """neuroep: sweeps that stop at a residual, or spikes."""

    def __init__(self, case: Case, folder: Path) -> None:
        super().__init__(case)
        self.network = build(case)
        self.adam = Adam().make(self.network.parameters, {}, np.random.default_rng(0))
        self.rates = dict.fromkeys(self.network.parameters, TIMED_RATE)
        self.stop = Stop(RESIDUAL, 200)
        self.folder = folder

    def warm_up(self) -> None:
        """Train a little, so that the weights are those of a network at work, and save them."""
        rates = dict.fromkeys(self.network.parameters, RATE)
        for seed in range(100, 100 + WARM_UP):
            packed, target = reviews(self.case, self.case.batch, seed)
            drive = make_drive(self.network, {"words": packed})
            found = estimate(self.network, drive, target, beta=self.case.beta, stop=self.stop)
            self.adam.apply(self.network.parameters, found.gradient, rates)
        np.savez(self.folder / "parameters.npz", **self.network.parameters)

    def _drive(self, number: int) -> Drive:
        # As learning makes it: a sample of the parameters tells whether it is out of date.
        return make_drive(self.network, {"words": self.batches[number][0]}, sample=True)

    def _free(self, drive: Drive, solver: str | Solver) -> Settled:
        return settle(self.network, drive, solver=solver, stop=self.stop)

    def _nudged(self, free: Settled, number: int, solver: str | Solver) -> Settled:
        beta, target = self.case.beta, self.batches[number][1]
        return settle(
            self.network,
            free.drive,
            solver=solver,
            beta=[beta, -beta],
            target=target,
            start=free,
            stop=self.stop,
        )

    def free(self, number: int, solver: str = "sweep") -> Settled:
        """Look up a batch and settle it freely."""
        return self._free(self._drive(number), solver)

    def phases(self, number: int, solver: str = "sweep") -> tuple[Settled, Settled]:
        """Look up a batch, settle it freely, then both nudged phases at once."""
        free = self.free(number, solver)
        return free, self._nudged(free, number, solver)

    def train(self, number: int, solver: str = "sweep", patterns: bool = True) -> None:
        """Make one training step on a batch."""
        self.rates["words.patterns"] = TIMED_RATE if patterns else 0.0
        drive, target = self._drive(number), self.batches[number][1]
        found = estimate(
            self.network, drive, target, beta=self.case.beta, solver=solver, stop=self.stop
        )
        self.adam.apply(self.network.parameters, found.gradient, self.rates)

    def breakdown(self, repeats: int, solver: str) -> dict[str, float]:
        """Return the seconds per batch of every part of a training step (medians)."""
        spent: dict[str, list[float]] = {}

        def clocked(part: str, work: Callable[[], object]) -> object:
            begin = time.perf_counter()
            result = work()
            spent.setdefault(part, []).append(time.perf_counter() - begin)
            return result

        share = np.array([[0.5], [-0.5]]) / self.case.beta / self.case.batch
        for number in [*range(BATCHES)] * repeats:
            drive = clocked("look-up", lambda n=number: self._drive(n))
            free = clocked("free phase", lambda d=drive: self._free(d, solver))
            nudged = clocked("nudged phases", lambda f=free, n=number: self._nudged(f, n, solver))
            gradient = clocked("gradient", lambda s=nudged: energy_slope(s, share))
            clocked(
                "Adam",
                lambda g=gradient: self.adam.apply(self.network.parameters, g, self.rates),
            )
        return {part: float(np.median(seconds)) for part, seconds in spent.items()}

    def steps(self, number: int, solver: str = "sweep") -> tuple[float, float]:
        """Return mean steps of the free and of the nudged phases."""
        free, nudged = self.phases(number, solver)
        return float(free.steps.mean()), float(nudged.steps.mean())

    def work(self, number: int) -> dict[str, Any]:
        """Return what a batch asks for: lengths (B,), steps (phases, B), and parameters."""
        free, nudged = self.phases(number)
        return {
            "lengths": free.drive.sequences["words"].lengths.astype(float),
            "free": free.steps,
            "nudged": nudged.steps,
            "parameters": sum(array.size for array in self.network.parameters.values()),
        }

    def result(self, number: int) -> dict[str, np.ndarray]:
        """Return free activities and the gradient estimate of a batch, by name."""
        found = estimate(
            self.network,
            self._drive(number),
            self.batches[number][1],
            beta=self.case.beta,
            stop=self.stop,
        )
        states = {f"state/{k}": found.free.activity(k)[0] for k in self.network.settling}
        return states | {f"gradient/{k}": v for k, v in found.gradient.items()}


class TorchSide(Side):
    """The published method in plain PyTorch, from the parameters that the other side saved."""

    def __init__(self, case: Case, folder: Path) -> None:
        super().__init__(case)
        import torch  # only the process of this side loads it

        from benchmarks.peer import Padded, Peer

        torch.set_num_threads(2)
        with np.load(folder / "parameters.npz", allow_pickle=False) as saved:
            self.peer = Peer(case, dict(saved))
        self.padded = [Padded.of(packed) for packed, _ in self.batches]
        self.targets = [torch.from_numpy(target) for _, target in self.batches]
        self.adam = torch.optim.Adam(self.peer.parameters.values(), lr=TIMED_RATE)

    def _settle(self, number: int, tolerance: float, nudged: bool) -> list[object]:
        peer, batch, beta = self.peer, self.padded[number], self.case.beta
        x = peer.patterns(batch).detach()
        start = peer.start(x, batch.mask)
        free = peer.settle(x, batch.mask, start, FREE_STEPS, tolerance=tolerance)
        phases, self.counted = [free], [peer.steps]
        for b in (beta, -beta) if nudged else ():
            phases.append(
                peer.settle(
                    x,
                    batch.mask,
                    free,
                    NUDGED_STEPS,
                    beta=b,
                    target=self.targets[number],
                    tolerance=tolerance,
                )
            )
            self.counted.append(peer.steps)
        return phases

    def free(self, number: int, tolerance: float = 0.0) -> object:
        """Look up a batch and settle it freely."""
        return self._settle(number, tolerance, nudged=False)

    def phases(self, number: int, tolerance: float = 0.0) -> object:
        """Look up a batch, settle it freely, then nudged one way and the other."""
        return self._settle(number, tolerance, nudged=True)

    def train(self, number: int, tolerance: float = 0.0, patterns: bool = True) -> None:
        """Make one training step on a batch."""
        _, plus, minus = self._settle(number, tolerance, nudged=True)
        self.peer.learn_patterns = patterns
        self.peer.backward(self.padded[number], self.targets[number], plus, minus)
        self.adam.step()

    def steps(self, number: int, tolerance: float = 0.0) -> tuple[float, float]:
        """Return steps of the free phase and mean steps of the nudged phases."""
        self._settle(number, tolerance, nudged=True)
        return float(self.counted[0]), float(np.mean(self.counted[1:]))

    def breakdown(self, repeats: int) -> dict[str, float]:
        """Return the seconds per batch of every part of a training step (medians)."""
        spent = []
        for number in [*range(BATCHES)] * repeats:
            marks = [time.perf_counter()]
            self._settle(number, 0.0, nudged=False)
            marks.append(time.perf_counter())
            _, plus, minus = self._settle(number, 0.0, nudged=True)
            marks.append(time.perf_counter())
            self.peer.backward(self.padded[number], self.targets[number], plus, minus)
            marks.append(time.perf_counter())
            self.adam.step()
            marks.append(time.perf_counter())
            spent.append(np.diff(marks))
        free, both, gradient, adam = np.median(spent, axis=0)
        return {
            "look-up and free phase": float(free),
            "nudged phases": float(both - free),
            "gradient": float(gradient),
            "Adam": float(adam),
        }

    def result(self, number: int) -> dict[str, np.ndarray]:
        """Return free activities and the gradient estimate of a batch, by name."""
        (_, free), plus, minus = self._settle(number, 0.0, nudged=True)
        self.peer.backward(self.padded[number], self.targets[number], plus, minus)
        states = {}
        for name, part in free.items():
            flat = part.numpy().reshape(len(part), -1)
            states[f"state/{name}"] = flat
        gradients = {f"gradient/{k}": v.grad.numpy() for k, v in self.peer.parameters.items()}
        return states | gradients

"""The two sides of a training step of the paper's networks, each in a process of its own.

Both take the same examples and the same weights, by name, from a file. neuroep starts from word
ids; the published side finds its words embedded and padded already, as the published code does.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import THREADS
from benchmarks.paper.cases import PaperCase, PaperData, build, prepare
from benchmarks.paper.peak import Peak
from benchmarks.paper.work import published_flops, useful_flops, weights_streamed
from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.slopes import energy_slope
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.updates import rates_by_name
from neuroep.learning.updates.adam import Adam
from neuroep.network.hopfield.drive import make_drive
from neuroep.settle import Settled, Stop, settle
from neuroep.settle.hopfield.relaxation import Sweep

TIMED_RATE = 1e-12  # timed updates move nothing, so that every one of them is alike
CAP = 200  # steps within which a phase must reach its residual


class OurSide:
    """neuroep: masked sweeps that stop at a residual.

    ``dtype``: "float32" to be timed, "float64" to tell what is rounding.
    """

    def __init__(self, case: PaperCase, dtype: str = "float32") -> None:
        self.case = case
        self.design = case.load_design()
        self.data: PaperData = prepare(case)
        self.network = build(case, self.data.table, dtype)
        self.rates = {k: r for k, r in self._rates().items() if r}
        self.adam = Adam().make(self.network.parameters, {}, np.random.default_rng(0))
        self.stop = self.design.settle.stop()

    def _rates(self) -> dict[str, float]:
        return rates_by_name(self.network.parameters, self.design.recipe.rates)

    def chosen(self, count: int, seed: int = 1) -> list[int]:
        """Return ``count`` examples of all lengths."""
        picked = np.random.default_rng(seed).permutation(len(self.data))[:count]
        return [int(i) for i in picked]

    def longest(self, count: int) -> list[int]:
        """Return the ``count`` longest examples."""
        return [int(i) for i in self.data.longest(count)]

    def save(self, path: Path) -> None:
        """Write the weights as one file."""
        part = path.with_suffix(".part.npz")
        np.savez(part, **self.network.parameters)
        part.rename(path)

    def load(self, path: Path) -> None:
        """Take the weights of a file."""
        with np.load(path, allow_pickle=False) as saved:
            for name, array in self.network.parameters.items():
                array[:] = saved[name]

    def train(self, steps: int, progress: Callable[[str], object] = print) -> None:
        """Train from the present weights, as the design asks; rates stay at their first value."""
        recipe, rng = self.design.recipe, np.random.default_rng(0)
        order = np.concatenate([rng.permutation(len(self.data)) for _ in range(50)])
        adam = Adam().make(self.network.parameters, {}, np.random.default_rng(0))
        begin = time.perf_counter()
        for step in range(steps):
            chosen = order[step * recipe.batch : (step + 1) * recipe.batch]
            found = self._estimate(chosen)
            adam.apply(self.network.parameters, found.gradient, self.rates)
            if step % 10 == 9:
                free, nudged = found.free.steps.mean(), found.nudged.steps.mean()
                progress(
                    f"step {step + 1}: {free:.1f} sweeps free, {nudged:.1f} nudged, "
                    f"{time.perf_counter() - begin:.0f} s"
                )

    def stop_at(self, residual: float) -> None:
        """Set where phases stop."""
        self.stop = Stop(residual, CAP)

    def floor(self, chosen: Sequence[int]) -> float:
        """Return the residual that T and K sweeps reach: in float32, rounding keeps it from 0.

        The smaller one of settles with and without the model of attention's answers.
        """
        inputs, target = self.data.batch(np.asarray(chosen))
        drive = make_drive(self.network, inputs)
        beta, stop = self.design.beta, replace(self.design.settle.stop(), residual=0.0)
        reached = []
        for solver in (Sweep(), Sweep(memory=0)):
            free = settle(self.network, drive, solver=solver, stop=stop)
            nudged = settle(
                self.network,
                drive,
                solver=solver,
                beta=[beta, -beta],
                target=target,
                start=free,
                stop=stop,
            )
            reached.append(max(free.residual.max(), nudged.residual.max()))
        return float(min(reached))

    def _estimate(
        self, chosen: Sequence[int] | np.ndarray, filled: Mapping[str, int] | None = None
    ) -> Estimate:
        inputs, target = self.data.batch(np.asarray(chosen), filled)
        return estimate(
            self.network,
            make_drive(self.network, inputs),
            target,
            beta=self.design.beta,
            stop=self.stop,
            wanted=list(self.rates),
        )

    def step(self, chosen: Sequence[int]) -> float:
        """Return the seconds of one training step."""
        begin = time.perf_counter()
        found = self._estimate(chosen)
        rates = dict.fromkeys(self.rates, TIMED_RATE)
        self.adam.apply(self.network.parameters, found.gradient, rates)
        return time.perf_counter() - begin

    def parts(self, chosen: Sequence[int]) -> dict[str, Any]:
        """Return seconds of every part of a step, and what each phase took and reached."""
        network, beta = self.network, self.design.beta
        with Peak() as peak:
            marks = [time.perf_counter()]
            inputs, target = self.data.batch(np.asarray(chosen))
            drive = make_drive(network, inputs)
            marks.append(time.perf_counter())
            free = settle(network, drive, stop=self.stop)
            marks.append(time.perf_counter())
            nudged = settle(
                network, drive, beta=[beta, -beta], target=target, start=free, stop=self.stop
            )
            marks.append(time.perf_counter())
            share = np.array([[0.5], [-0.5]]) / beta / len(chosen)
            gradient = energy_slope(nudged, share, wanted=list(self.rates))
            rates = dict.fromkeys(self.rates, TIMED_RATE)
            self.adam.apply(network.parameters, gradient, rates)
            marks.append(time.perf_counter())
        names = ("look-up", "free phase", "nudged phases", "gradient and update")
        seconds = dict(zip(names, map(float, np.diff(marks)), strict=True))
        return {
            "seconds": seconds,
            "free": _phase(free),
            "nudged": _phase(nudged),
            "flops": useful_flops(network, free, nudged),
            "bytes": weights_streamed(network, free, nudged),
            "peak_memory_mb": peak.megabytes,
        }

    def gradient(self, chosen: Sequence[int], path: Path) -> None:
        """Write the gradient of all that learns, with sequences filled as the other side's are."""
        tokens = {name: self.network.shape(name)[0] for name in self.network.clamped}
        found = self._estimate(chosen, tokens).gradient
        np.savez(path, **{name: found[name] for name in self.rates})


def _phase(settled: Settled) -> dict[str, float]:
    return {
        "mean_steps": float(settled.steps.mean()),
        "most_steps": int(settled.steps.max()),
        "residual": float(settled.residual.max()),
    }


class TheirSide:
    """The published method in plain PyTorch: a fixed number of synchronous steps."""

    def __init__(self, case: PaperCase, dtype: str = "float32") -> None:
        import torch  # only the process of this side loads it

        torch.set_num_threads(int(THREADS))
        torch.set_default_dtype(getattr(torch, dtype))
        self.torch = torch
        self.design = case.load_design()
        self.data: PaperData = prepare(case)
        self.network = case.make_network(len(self.data.table))
        stop = self.design.settle.stop()
        self.steps = stop.steps, stop.of_nudged().steps

    def full_steps(self) -> tuple[int, int]:
        """Return T and K."""
        return self.steps

    def load(self, path: Path) -> None:
        """Take the weights of a file."""
        from benchmarks.paper.peer import Published

        rates = dict.fromkeys(self.network.parameter_shapes(), TIMED_RATE)
        with np.load(path, allow_pickle=False) as saved:
            self.peer = Published(self.network, saved, rates)

    def step(
        self, chosen: Sequence[int], steps: tuple[int, int] | None = None, save: Path | None = None
    ) -> dict[str, Any]:
        """Make one training step; return seconds of its parts, residuals and peak memory.

        Parameters
        ----------
        chosen : sequence of int
            Examples.
        steps : (int, int)
            Free and nudged ones; T and K without it.
        save : Path
            Write the gradient there, and update nothing.
        """
        peer, beta = self.peer, self.design.beta
        free_steps, nudged_steps = steps or self.steps
        inputs, target = self.data.batch(np.asarray(chosen))
        x = peer.embed(inputs, self.data.table)
        y = self.torch.from_numpy(target).to(self.torch.get_default_dtype())
        with Peak() as peak:
            marks = [time.perf_counter()]
            free, r_free = peer.settle(x, peer.start(len(chosen)), free_steps)
            marks.append(time.perf_counter())
            plus, r_plus = peer.settle(x, free, nudged_steps, beta, y)
            minus, r_minus = peer.settle(x, free, nudged_steps, -beta, y)
            marks.append(time.perf_counter())
            peer.backward(x, plus, minus, beta)
            if save:
                np.savez(save, **peer.gradients())
            else:
                peer.adam.step()
            marks.append(time.perf_counter())
        names = ("free phase", "nudged phases", "gradient and update")
        return {
            "seconds": dict(zip(names, map(float, np.diff(marks)), strict=True)),
            "steps": [free_steps, nudged_steps],
            "residual": {"free": r_free, "nudged": max(r_plus, r_minus)},
            "peak_memory_mb": peak.megabytes,
            "flops": published_flops(self.network, len(chosen), (free_steps, nudged_steps)),
        }

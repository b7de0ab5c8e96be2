"""Time and memory of a training step against tokens, hidden width, batch and cores.

    python -m benchmarks.settle.scaling [--json FILE] [--write]     about 2 minutes on 2 idle cores

A fixed number of sweeps, so that only the size changes; random words; the paper's kind of network
(token attention behind a shared projection, hidden layer, outputs) and the pooled kind (a few
learned queries). Exponents are slopes of a straight line through the logarithms.
"""

import os
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.measure import THREADS, Worker, run, table
from neuroep.core.buffers import forget
from neuroep.learning.estimate import estimate
from neuroep.learning.updates.adam import Adam
from neuroep.network.hopfield.attention import PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.settle import Stop

KINDS = {"token": "token attention", "pooled": "pooled attention"}
DIM, QUERIES, CLASSES = 64, 4, 2
STOP = Stop(0.0, 4, nudged_steps=3)
REPEATS, SECONDS = 3, 1.0  # of one size: at least so many, for at least so long
MOST = {"token": 2.1, "pooled": 1.1}  # exponents against tokens that must not be passed


@dataclass(frozen=True)
class Size:
    """What is varied."""

    tokens: int = 128
    hidden: int = 128
    batch: int = 32


SWEPT = {
    "tokens": (64, 128, 256, 512, 1024),
    "hidden": (64, 128, 256, 512, 1024),
    "batch": (16, 32, 64, 128, 256),
}

LARGE = Size(tokens=512, hidden=512, batch=64)  # on one core and on all
TITLES = {"tokens": "tokens", "hidden": "hidden neurons", "batch": "batch", "cores": "cores"}

Curve = dict[str, Any]


def build(kind: str, size: Size) -> Network:
    """Return a network with its initial weights, float32."""
    net = Network()
    words = net.add(Clamped(DIM, size.tokens), "words")
    c = DIM**-0.5
    if kind == "token":
        heads = net.add(TokenAttention(words, inverse_temperature=c), "heads")
        net.connect(words, heads, shared=True)
    else:
        heads = net.add(PooledAttention(words, queries=QUERIES, inverse_temperature=c), "heads")
    hidden = net.add(HardSigmoid(size.hidden, gain=0.5, bias=0.5), "hidden")
    out = net.add(HardSigmoid(CLASSES, gain=0.5, bias=0.5), "out")
    net.connect(heads, hidden, gain=0.5)
    net.connect(hidden, out, gain=0.3)
    net.set_cost(SquaredError(out))
    net.initialise(0)
    return net


class Step:
    """Training steps of any size in one process."""

    def __init__(self, threads: int) -> None:
        os.environ["NEUROEP_THREADS"] = str(threads)  # read when the first thread is needed

    def _work(self, kind: str, size: Size) -> None:
        self.network = build(kind, size)
        rng = np.random.default_rng(0)
        words = rng.normal(0, 0.3, (size.batch, size.tokens, DIM)).astype(np.float32)
        target = np.eye(CLASSES, dtype=np.float32)[rng.integers(0, CLASSES, size.batch)]
        adam = Adam().make(self.network.parameters, {}, rng)
        rates = dict.fromkeys(self.network.parameters, 1e-12)

        def step() -> None:
            drive = make_drive(self.network, {"words": words})
            found = estimate(self.network, drive, target, beta=0.5, stop=STOP)
            adam.apply(self.network.parameters, found.gradient, rates)

        self.step = step
        step()

    def seconds(self, kind: str, size: Size) -> float:
        """Return the least seconds of a step: what else runs on the machine only adds to it."""
        self._work(kind, size)
        found: list[float] = []
        while len(found) < REPEATS or sum(found) < SECONDS:
            begin = time.perf_counter()
            self.step()
            found.append(time.perf_counter() - begin)
        return min(found)

    def megabytes(self, kind: str, size: Size) -> float:
        """Return the most that a step holds at once beyond parameters and input, MB."""
        self._work(kind, size)
        forget()  # what the first step has left would not count
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        self.step()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return (most - before) / 1e6


def exponent(sizes: Sequence[int], values: list[float]) -> float:
    """Return the slope of log(values) over log(sizes)."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def curve(sizes: Sequence[int], seconds: list[float], megabytes: list[float]) -> Curve:
    """Return one curve with its exponents."""
    return {
        "sizes": list(sizes),
        "seconds": seconds,
        "megabytes": megabytes,
        "time_exponent": exponent(sizes, seconds),
        "memory_exponent": exponent(sizes, megabytes),
    }


def measure() -> tuple[dict[str, Any], str]:
    """Measure every size with all cores, and a large one with one core and with all."""
    cores = [1, int(THREADS)]
    workers = [Worker("benchmarks.settle.scaling:Step", n) for n in cores]
    curves: dict[str, dict[str, Curve]] = {kind: {} for kind in KINDS}
    for kind in KINDS:
        for key, sizes in SWEPT.items():
            given = [replace(Size(), **{key: n}) for n in sizes]
            curves[kind][key] = curve(
                sizes,
                [workers[-1]("seconds", kind, size) for size in given],
                [workers[-1]("megabytes", kind, size) for size in given],
            )
        rounds = [[worker("seconds", kind, LARGE) for worker in workers] for _ in range(3)]
        seconds = [min(of_one) for of_one in zip(*rounds, strict=True)]
        megabytes = [worker("megabytes", kind, LARGE) for worker in workers]
        curves[kind]["cores"] = curve(cores, seconds, megabytes)
    for worker in workers:
        worker.close()
    rows = [
        [
            title,
            f"{key}, {found['sizes'][0]} to {found['sizes'][-1]}",
            "{:.1f} to {:.1f}".format(*(1e3 * found["seconds"][i] for i in (0, -1))),
            f"{found['time_exponent']:.2f}",
            "{:.1f} to {:.1f}".format(*(found["megabytes"][i] for i in (0, -1))),
            f"{found['memory_exponent']:.2f}",
        ]
        for kind, title in KINDS.items()
        for key, found in curves[kind].items()
    ]
    within = all(
        curves[kind]["tokens"][f"{what}_exponent"] <= most
        for kind, most in MOST.items()
        for what in ("time", "memory")
    )
    note = (
        f"One training step of {STOP.steps} free and {STOP.nudged_steps} nudged sweeps; else "
        f"{Size().tokens} tokens of {DIM} dimensions, {Size().hidden} hidden neurons, a batch of "
        f"{Size().batch}, float32; for the cores {LARGE.tokens} tokens, {LARGE.hidden} hidden "
        f"neurons, a batch of {LARGE.batch}, where an exponent of -1 is twice as fast. Against "
        f"tokens, at most {MOST['token']} (token attention) and {MOST['pooled']} (pooled) are "
        f"wanted: {'met' if within else 'NOT MET'}.\n\n"
        "![Scaling of a training step](images/benchmark_scaling.png)"
    )
    header = ["", "varied", "ms", "exponent", "MB", "exponent"]
    return {"curves": curves}, f"{table(header, rows)}\n\n{note}"


def draw(figures: dict[str, Any]) -> Figure:
    """Draw time and memory against each size, with the exponents."""
    from neuroep.report.style import BLUE, VERMILLION, WIDTH_INCHES, log_axis, styled

    @styled
    def drawn() -> Figure:
        figure = Figure(figsize=(WIDTH_INCHES, 4.8), layout="constrained")
        grid = figure.subplots(2, len(TITLES), sharex="col", sharey="row")
        for row, what in zip(grid, ("time", "memory"), strict=True):
            for axes, key in zip(row, TITLES, strict=True):
                log_axis(axes)
                axes.set_xscale("log", base=2)
                for kind, colour in zip(KINDS, (VERMILLION, BLUE), strict=True):
                    found = figures["curves"][kind][key]
                    values = found[{"time": "seconds", "memory": "megabytes"}[what]]
                    axes.plot(found["sizes"], values, "o-", color=colour, markersize=4)
                    axes.annotate(
                        f"{found[f'{what}_exponent']:.2f}",
                        (found["sizes"][-1], values[-1]),
                        xytext=(0, 6),
                        textcoords="offset points",
                        ha="right",
                        color=colour,
                    )
                sizes = found["sizes"]
                axes.set_xticks(sizes, [str(n) for n in sizes], fontsize=8)
                axes.minorticks_off()
                axes.margins(y=0.2)
        grid[0, 0].set_ylabel("seconds a step")
        grid[1, 0].set_ylabel("megabytes a step")
        for axes, title in zip(grid[1], TITLES.values(), strict=True):
            axes.set_xlabel(title)
        figure.legend(
            grid[0, 0].lines, KINDS.values(), loc="outside upper left", ncols=2,
            title="numbers: exponents", alignment="left",
        )  # fmt: skip
        return figure

    return drawn()


if __name__ == "__main__":
    run(
        "scaling",
        "Time and memory of a training step against its size.",
        measure,
        draw,
        headline="time_exponent",
    )

"""Memory of a training step as the number of settling steps T grows: EP against BPTT.

    python -m benchmarks.learning.memory [--json FILE] [--write]     about 2 minutes on 2 idle cores

EP settles T steps freely and T / 2 nudged, and reads its gradient from the states at the end. BPTT
keeps the trajectory of T steps, and goes back along it. Same network, same batch; each step in a
process of its own, so that its peak is its own.
"""

import resource
import tracemalloc

import numpy as np
from matplotlib.figure import Figure

from benchmarks.cases import TOKEN, build, reviews
from benchmarks.measure import Worker, run, table
from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.backprop.reference import backprop_gradient
from neuroep.network.hopfield.drive import make_drive
from neuroep.settle import Stop

STEPS = (5, 10, 25, 50, 100)
METHODS = {"ep": "equilibrium propagation", "bptt": "backpropagation through time"}
MB = 1e6


class Step:
    """Training steps in a process that has compiled all it needs."""

    def __init__(self, method: str) -> None:
        self.network = build(TOKEN)
        self.packed, self.target = reviews(TOKEN, TOKEN.batch, seed=0)
        self.work = getattr(self, method)
        self.work(1)

    def ep(self, steps: int) -> None:
        """Estimate a gradient with two nudged phases."""
        drive = make_drive(self.network, {"words": self.packed})
        stop = Stop(0.0, steps, nudged_steps=max(1, steps // 2))
        estimate(self.network, drive, self.target, beta=TOKEN.beta, stop=stop)

    def bptt(self, steps: int) -> None:
        """Go back through all steps."""
        drive = make_drive(self.network, {"words": self.packed})
        backprop_gradient(self.network, drive, self.target, steps=steps)

    def resident(self, steps: int) -> float:
        """Return the largest resident size of this process, MB."""
        self.work(steps)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB

    def allocated(self, steps: int) -> float:
        """Return the most that a step holds at once beyond what stood before it, MB."""
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        self.work(steps)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return (most - before) / MB


def one(method: str, steps: int) -> tuple[float, float]:
    """Return MB allocated by a step, and resident in its process."""
    worker = Worker("benchmarks.learning.memory:Step", method)
    try:
        resident = worker("resident", steps)
        return worker("allocated", steps), resident
    finally:
        worker.close()


def measure() -> tuple[dict[str, object], str]:
    """Measure both methods at every number of steps."""
    for method in METHODS:
        one(method, 1)  # compiles, so that no other process does
    found = {method: [one(method, steps) for steps in STEPS] for method in METHODS}
    allocated = {method: [a for a, _ in pairs] for method, pairs in found.items()}
    resident = {method: [r for _, r in pairs] for method, pairs in found.items()}
    per_step = {m: float(np.polyfit(STEPS, values, 1)[0]) for m, values in allocated.items()}
    rows = [
        [str(t), *(f"{part[m][i]:,.0f}" for m in METHODS for part in (allocated, resident))]
        for i, t in enumerate(STEPS)
    ]
    columns = [f"{m.upper()}, {what}" for m in METHODS for what in ("allocated", "resident")]
    note = (
        f"MB, for a batch of {TOKEN.batch} reviews of up to {TOKEN.tokens} tokens through token "
        f"attention, {TOKEN.tokens * TOKEN.dim}-{TOKEN.hidden}-{TOKEN.classes}, float32. Resident "
        "is the whole process with its libraries and compiled code. Per free step: EP "
        f"{per_step['ep']:.2f} MB, BPTT {per_step['bptt']:.1f} MB, which keeps potentials, "
        "activities and the adjoints of every step and makes attention anew on the way back; "
        "automatic differentiation would keep attention, too."
        "\n\n![Peak memory of a training step](images/benchmark_memory.png)"
    )
    figures: dict[str, object] = {
        "steps": STEPS,
        "allocated_mb": allocated,
        "resident_mb": resident,
        "allocated_mb_per_step": per_step,
    }
    return figures, f"{table(['T', *columns], rows)}\n\n{note}"


def draw(figures: dict[str, object]) -> Figure:
    """Draw what a step allocates against its steps."""
    from neuroep.report.style import BLUE, VERMILLION, WIDTH_INCHES, styled

    @styled
    def drawn() -> Figure:
        figure = Figure(figsize=(WIDTH_INCHES, 3.2), layout="constrained")
        axes = figure.subplots()
        allocated = figures["allocated_mb"]
        assert isinstance(allocated, dict)
        for (method, name), colour in zip(METHODS.items(), (BLUE, VERMILLION), strict=True):
            values = allocated[method]
            axes.plot(STEPS, values, "o-", color=colour, markersize=4)
            axes.annotate(
                name,
                (STEPS[-2], values[-2]),
                xytext=(0, 8),
                textcoords="offset points",
                ha="right" if method == "bptt" else "center",
                color=colour,
            )
        axes.set(xlabel="settling steps T", ylabel="peak memory of a training step, MB")
        axes.set_xlim(0)
        axes.set_ylim(0)
        return figure

    return drawn()


if __name__ == "__main__":
    run(
        "memory",
        "Memory of a training step, EP against BPTT.",
        measure,
        draw,
        headline="allocated_mb_per_step",
    )

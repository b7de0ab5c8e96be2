"""Settling throughput against the published method in plain PyTorch.

    python -m benchmarks.settle.settling [--json FILE] [--write]     about 2 minutes on 2 idle cores

Reviews per second through the free phase, and through the free and both nudged phases, on the same
network, batch and machine; also with PyTorch stopping at neuroep's residual, and with spikes; and
how many times as long as its products, exponentials and copies alone.
"""

from functools import partial

from benchmarks.agreement import agreement, sentence
from benchmarks.cases import CASES, Case
from benchmarks.least import SMALL_NETWORKS, at_the_least
from benchmarks.measure import both_sides, in_turns, rate, ratio, run, spread, table
from benchmarks.roofline import measured
from benchmarks.sides import BATCHES, FREE_STEPS, NUDGED_STEPS, RESIDUAL

ROUNDS = 12  # of neuroep for one of PyTorch in a pair, so that both take long enough to time
TASKS = {"free": "free phase", "phases": "free and nudged phases"}


def measure_case(case: Case) -> tuple[dict[str, object], list[list[str]], str]:
    """Return the figures of one case, its rows of the table, and its notes."""
    reviews = case.batch * BATCHES
    figures: dict[str, object] = {}
    rows = []
    with both_sides(case) as (ours, theirs):
        agreed = agreement(ours, theirs)
        least = at_the_least(
            case, [ours("work", n) for n in range(BATCHES)], measured(SMALL_NETWORKS)
        )
        steps = {
            "sweep": ours("steps", 0),
            "torch": (FREE_STEPS, NUDGED_STEPS),
            "torch_at_residual": theirs("steps", 0, RESIDUAL),
        }
        for task, title in TASKS.items():
            sweep, torch, stopping = in_turns(
                [
                    partial(ours, "time", task, ROUNDS),
                    partial(theirs, "time", task, 1),
                    partial(theirs, "time", task, 1, RESIDUAL),
                ]
            )
            sweep = [s / ROUNDS for s in sweep]
            spiking = [ours("time", task, 1, "spiking") for _ in range(3)][1:]
            found = {
                "reviews_per_second": {
                    "sweep": rate(sweep, reviews),
                    "spiking": rate(spiking, reviews),
                    "torch": rate(torch, reviews),
                    "torch_at_residual": rate(stopping, reviews),
                },
                "ratio": ratio(torch, sweep),
                "ratio_at_equal_residual": ratio(stopping, sweep),
                "over_least": ratio(sweep, [least[task]] * len(sweep)),
            }
            figures[task] = found
            speed = found["reviews_per_second"]
            rows.append(
                [
                    f"{case.name}, {title}",
                    *(f"{speed[k]:,.0f}" for k in ("sweep", "torch", "torch_at_residual")),
                    spread(found["ratio"]),
                    spread(found["ratio_at_equal_residual"]),
                    spread(found["over_least"]),
                    f"{speed['spiking']:,.0f}",
                ]
            )
    figures |= {"agreement": agreed, "steps_free_and_nudged": steps}
    note = (
        f"{case.name}: {sentence(agreed)} Steps free, nudged: sweep {steps['sweep'][0]:.1f}, "
        f"{steps['sweep'][1]:.1f}; PyTorch {FREE_STEPS}, {NUDGED_STEPS}, at a residual of "
        f"{RESIDUAL:g} {steps['torch_at_residual'][0]:.0f}, "
        f"{steps['torch_at_residual'][1]:.1f}."
    )
    return figures, rows, note


def measure() -> tuple[dict[str, object], str]:
    """Measure all cases."""
    figures, rows, notes = {}, [], []
    for case in CASES:
        figures[case.name], more, note = measure_case(case)
        rows += more
        notes.append(f"- {note}")
    header = [
        "reviews/s",
        "sweep",
        "PyTorch",
        f"PyTorch to {RESIDUAL:g}",
        "ratio",
        "ratio at equal residual",
        "sweep, over its arithmetic",
        "spiking",
    ]
    return {"cases": figures}, table(header, rows) + "\n\n" + "\n".join(notes)


if __name__ == "__main__":
    run("settling", "Settling throughput against plain PyTorch.", measure, bounds=SMALL_NETWORKS)

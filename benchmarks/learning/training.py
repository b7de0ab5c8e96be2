"""Training throughput against the published method in plain PyTorch, and where the time goes.

    python -m benchmarks.learning.training [--json FILE] [--write]   about 2 minutes on 2 idle cores

One training step: look-up, free phase, both nudged phases, gradient, Adam; on the same network,
batch and machine. Also with PyTorch stopping at neuroep's residual, with the stored patterns held
fixed on both sides (as published), with spikes, and the peak memory of either process; and how
many times as long as its products, exponentials and copies alone.
"""

from functools import partial
from typing import Any

from benchmarks.agreement import agreement, sentence
from benchmarks.cases import CASES, Case
from benchmarks.least import SMALL_NETWORKS, at_the_least
from benchmarks.measure import Worker, both_sides, in_turns, rate, ratio, run, spread, table
from benchmarks.roofline import measured
from benchmarks.sides import BATCHES, RESIDUAL

ROUNDS = 12  # of neuroep for one of PyTorch in a pair, so that both take long enough to time
SPEEDS = ("sweep", "torch", "torch_at_residual")


def throughput(case: Case, ours: Worker, theirs: Worker) -> dict[str, Any]:
    """Return reviews per second and paired ratios."""
    sweep, torch, stopping, sweep_fixed, torch_fixed = in_turns(
        [
            partial(ours, "time", "train", ROUNDS),
            partial(theirs, "time", "train", 1),
            partial(theirs, "time", "train", 1, RESIDUAL),
            partial(ours, "time", "train", ROUNDS, "sweep", False),
            partial(theirs, "time", "train", 1, 0.0, False),
        ]
    )
    spiking = [ours("time", "train", 1, "spiking") for _ in range(3)][1:]
    sweep, sweep_fixed = ([s / ROUNDS for s in part] for part in (sweep, sweep_fixed))
    timed = {
        "sweep": sweep,
        "torch": torch,
        "torch_at_residual": stopping,
        "sweep_fixed_patterns": sweep_fixed,
        "torch_fixed_patterns": torch_fixed,
        "spiking": spiking,
    }
    reviews = case.batch * BATCHES
    work = [ours("work", number) for number in range(BATCHES)]
    least = at_the_least(case, work, measured(SMALL_NETWORKS))["train"]
    return {
        "reviews_per_second": {name: rate(part, reviews) for name, part in timed.items()},
        "ratio": ratio(torch, sweep),
        "ratio_at_equal_residual": ratio(stopping, sweep),
        "ratio_fixed_patterns": ratio(torch_fixed, sweep_fixed),
        "over_least": ratio(sweep, [least] * len(sweep)),
    }


def breakdown_table(parts: dict[str, dict[str, float]]) -> str:
    """Return the milliseconds per batch of every part of a step, a column a solver."""
    names = list(dict.fromkeys(name for column in parts.values() for name in column))
    rows = [
        [
            name,
            *(f"{1e3 * column[name]:.1f}" if name in column else "" for column in parts.values()),
        ]
        for name in names
    ]
    rows.append(["sum", *(f"{1e3 * sum(column.values()):.1f}" for column in parts.values())])
    return table(["ms per batch", *parts], rows)


def measure_case(case: Case) -> tuple[dict[str, Any], list[list[str]], str]:
    """Return the figures of one case, its rows of the table, and its notes."""
    with both_sides(case) as (ours, theirs):
        idle = {"neuroep": ours("peak_memory"), "torch": theirs("peak_memory")}
        agreed = agreement(ours, theirs)
        ours("time", "train", 1)
        theirs("time", "train", 1)
        memory = {"neuroep": ours("peak_memory"), "torch": theirs("peak_memory")}
        figures = throughput(case, ours, theirs)
        parts = {
            "sweep": ours("breakdown", 5, "sweep"),
            "spiking": ours("breakdown", 1, "spiking"),
            "PyTorch": theirs("breakdown", 1),
        }
    speed = figures["reviews_per_second"]
    fixed = [speed[f"{k}_fixed_patterns"] for k in ("sweep", "torch")]
    rows = [
        [
            case.name,
            *(f"{speed[k]:,.0f}" for k in SPEEDS),
            spread(figures["ratio"]),
            spread(figures["ratio_at_equal_residual"]),
            spread(figures["over_least"]),
            f"{speed['spiking']:,.0f}",
        ],
        [
            f"{case.name}, patterns fixed",
            *(f"{v:,.0f}" for v in fixed),
            "",
            spread(figures["ratio_fixed_patterns"]),
            "",
            "",
            "",
        ],
    ]
    text = (
        f"Where the time goes, {case.name}:\n\n{breakdown_table(parts)}\n\n"
        f"{sentence(agreed)} Peak memory of the processes: neuroep {memory['neuroep']:.0f} MB "
        f"({idle['neuroep']:.0f} before the first timed step, libraries and warm-up included), "
        f"PyTorch {memory['torch']:.0f} MB ({idle['torch']:.0f})."
    )
    figures |= {
        "agreement": agreed,
        "peak_memory_mb": memory,
        "peak_memory_before_mb": idle,
        "seconds_per_batch": parts,
    }
    return figures, rows, text


def measure() -> tuple[dict[str, Any], str]:
    """Measure all cases."""
    figures, rows, texts = {}, [], []
    for case in CASES:
        figures[case.name], more, text = measure_case(case)
        rows += more
        texts.append(text)
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
    return {"cases": figures}, "\n\n".join([table(header, rows), *texts])


if __name__ == "__main__":
    run("training", "Training throughput against plain PyTorch.", measure, bounds=SMALL_NETWORKS)

"""The tables of the benchmarks of the paper's networks."""

import statistics
from typing import Any

from benchmarks.measure import table
from benchmarks.roofline import LARGE, Copy, rate

PARTS = ("look-up", "free phase", "nudged phases", "gradient and update")
GIGA = 1e9


def _cells(state: dict[str, Any], able: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return rows of (what, neuroep, published)."""
    ours, theirs = state["neuroep"], state["published"]
    seconds = statistics.median(ours["step_seconds"])
    spread = f"{seconds:.2f} ({min(ours['step_seconds']):.2f} to {max(ours['step_seconds']):.2f})"
    peak = rate(able, LARGE)
    t, k = theirs["steps"]
    rows = [("one step, s", spread, f"{theirs['step_seconds']:.1f}")]
    for part in PARTS:
        theirs_part = theirs["seconds"].get(part)
        rows.append(
            (
                f"{part}, s",
                f"{ours['seconds'][part]:.2f}",
                "" if theirs_part is None else f"{theirs_part:.1f}",
            )
        )
    for phase, fixed in (("free", t), ("nudged", k)):
        mean, most = (ours[phase][key] for key in ("mean_steps", "most_steps"))
        rows.append((f"steps, {phase}: mean (most)", f"{mean:.1f} ({most})", str(fixed)))
        residuals = ours[phase]["residual"], theirs["residual"][phase]
        rows.append((f"residual, {phase}", *(f"{r:.1e}" for r in residuals)))
    rows.append(("GFLOP needed", *(f"{side['flops'] / GIGA:,.0f}" for side in (ours, theirs))))
    rates = ours["flops"] / seconds, theirs["flops"] / theirs["step_seconds"]
    rows.append(("GFLOP/s", *(f"{rate / GIGA:.1f}" for rate in rates)))
    rows.append(
        (
            f"of the {peak / GIGA:.0f} GFLOP/s of a large matrix product",
            *(f"{100 * rate / peak:.0f} %" for rate in rates),
        )
    )
    streamed = ours["bytes"] / seconds
    copied = rate(able, Copy())
    rows.append(
        (
            f"weights read and written, GB/s (a copy: {copied / GIGA:.1f})",
            f"{streamed / GIGA:.1f}",
            "",
        )
    )
    memory = (f"{side['peak_memory_mb']:,.0f}" for side in (ours, theirs))
    rows.append(("peak memory of the step, MB", *memory))
    return rows


def _agreement(state: dict[str, Any]) -> str:
    found = state["agreement"]
    names = list(found["float64"])
    return table(
        ["cosine between gradients", *found],
        [[name, *(f"{column[name]:.6f}" for column in found.values())] for name in names],
    )


def report(figures: dict[str, Any], unit: str) -> str:
    """Return the tables of a comparison."""
    texts = []
    for name, state in figures["states"].items():
        ratio, least, most = (state[k] for k in ("ratio", "ratio_least", "ratio_most"))
        scaled = ""
        if state["published"]["scaled"]:
            t, k = state["published"]["timed_steps"]
            scaled = f" Of the published steps, {t} + {k} + {k} were timed and scaled."
        texts.append(
            f"**At {name}: {ratio:.1f} ({least:.1f} to {most:.1f}) times faster**, a batch of "
            f"{figures['batch']} {unit} to a residual of "
            f"{state['residual']['asked_of_ours']:.1e}.{scaled}".replace("At after", "After")
        )
        rows = [list(row) for row in _cells(state, figures["roofline"])]
        texts.append(table(["", "neuroep", "published, in PyTorch"], rows))
        texts.append(_agreement(state))
    return "\n\n".join(texts)

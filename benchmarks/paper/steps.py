"""One training step of a network of the paper, on both sides: agreement, time, work, memory."""

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Worker
from benchmarks.paper.cases import PaperCase
from benchmarks.paper.weights import trained_weights
from benchmarks.roofline import measured

LEAST_COSINE = 0.999
COMPARED = 4  # examples on which gradients are compared
REPEATS = 5  # of our step
PATIENCE = 300.0  # seconds; a published step that takes longer is timed in part, and scaled
PART = (10, 5)  # free and nudged steps of such a part
EXACT = 1e-12  # residual in float64

OURS, THEIRS = "benchmarks.paper.sides:OurSide", "benchmarks.paper.sides:TheirSide"


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    """Return a . b in float64, piece by piece: the largest gradient has 180 million entries."""
    a, b = a.reshape(-1), b.reshape(-1)
    pieces = (slice(i, i + (1 << 22)) for i in range(0, a.size, 1 << 22))
    return float(sum(a[part].astype(float) @ b[part].astype(float) for part in pieces))


def cosines(one: Path, other: Path) -> dict[str, float]:
    """Return the cosine between two saved gradients, by parameter."""
    found = {}
    with np.load(one, allow_pickle=False) as a, np.load(other, allow_pickle=False) as b:
        for name in a.files:
            x, y = a[name], b[name]
            found[name] = _dot(x, y) / float(np.sqrt(_dot(x, x) * _dot(y, y)))
    return found


@dataclass
class Comparison:
    """Both sides of a case, in processes of their own; ``folder`` holds what they exchange."""

    case: PaperCase
    folder: Path
    ours: Worker
    theirs: Worker

    def load(self, weights: Path) -> None:
        """Give both sides the same weights."""
        self.ours("load", weights)
        self.theirs("load", weights)
        self.weights = weights

    def agreement(self, chosen: Sequence[int]) -> dict[str, dict[str, float]]:
        """Compare gradients on examples that are filled with zeros, if anything, on both sides.

        In float64 both are the same but for what T and K steps lack; in float32 the states of the
        two nudged phases can differ by little more than rounding, which each side is compared
        for with its own float64.
        """
        names = ("ours", "theirs", "ours64", "theirs64")
        files = {name: self.folder / f"{name}.npz" for name in names}
        self.ours("gradient", chosen, files["ours"])
        self.theirs("step", chosen, None, files["theirs"])
        for side, kind in (("ours64", OURS), ("theirs64", THEIRS)):
            worker = Worker(kind, self.case, "float64")
            worker("load", self.weights)
            if kind == OURS:
                worker("stop_at", EXACT)
                worker("gradient", chosen, files[side])
            else:
                worker("step", chosen, None, files[side])
            worker.close()
        found = {
            "float64": cosines(files["ours64"], files["theirs64"]),
            "ours, float32 against float64": cosines(files["ours"], files["ours64"]),
            "published, float32 against float64": cosines(files["theirs"], files["theirs64"]),
        }
        for file in files.values():
            file.unlink()
        return found

    def published(self, chosen: Sequence[int]) -> dict[str, Any]:
        """Return the figures of one published step.

        Where T + 2K steps take longer than PATIENCE, some of them are timed and scaled: all cost
        the same. The residual is then that of a few of the examples.
        """
        self.theirs("step", chosen, (1, 1))  # makes Adam's moments
        one = self.theirs("step", chosen, (1, 1))
        free, nudged = self.theirs("full_steps")
        expected = one["seconds"]["free phase"] * (free + 2 * nudged)
        if expected <= PATIENCE:
            return self.theirs("step", chosen) | {"scaled": False}
        found = self.theirs("step", chosen, PART)
        few = self.theirs("step", chosen[:COMPARED], None)
        found["seconds"]["free phase"] *= free / PART[0]
        found["seconds"]["nudged phases"] *= nudged / PART[1]
        scale = (free + 2 * nudged) / (PART[0] + 2 * PART[1])
        found["flops"] *= scale
        return found | {
            "residual": few["residual"],
            "timed_steps": list(PART),
            "steps": [free, nudged],
            "scaled": True,
        }

    def state(self, weights: Path, batch: Sequence[int], longest: Sequence[int]) -> dict[str, Any]:
        """Return all figures from some weights."""
        self.load(weights)
        theirs = self.published(batch)
        floor = self.ours("floor", batch)
        residual = max(floor, min(theirs["residual"].values()))
        self.ours("stop_at", residual)
        self.ours("step", batch)
        steps = [self.ours("step", batch) for _ in range(REPEATS)]
        ours = self.ours("parts", batch)
        published = sum(theirs["seconds"].values())
        return {
            "residual": {"asked_of_ours": residual, "floor_of_ours": floor},
            "neuroep": ours | {"step_seconds": steps},
            "published": theirs | {"step_seconds": published},
            "ratio": published / statistics.median(steps),
            "ratio_least": published / max(steps),
            "ratio_most": published / min(steps),
            "agreement": self.agreement(longest),
        }


def compare(case: PaperCase, batch: int | None = None) -> dict[str, Any]:
    """Return the figures of a case at initialisation and after training.

    ``batch``: examples of a step, the design's own number without it.
    """
    trained = trained_weights(case)
    able = measured(case.bounds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, theirs = Worker(OURS, case), Worker(THEIRS, case)
        try:
            both = Comparison(case, folder, ours, theirs)
            initial = folder / "initial.npz"
            ours("save", initial)
            chosen = ours("chosen", batch or case.load_design().recipe.batch)
            longest = ours("longest", COMPARED)
            states = {
                "initialisation": both.state(initial, chosen, longest),
                "after training": both.state(trained, chosen, longest),
            }
        finally:
            ours.close()
            theirs.close()
    return {"roofline": able, "batch": len(chosen), "states": states}

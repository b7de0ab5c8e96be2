"""Inputs by hand: ``python -m endurance KIND FIRST [PAST_LAST]`` from tests/.

What fails is kept in /tmp/neuroep-endurance; runs to read them with are made there once.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from experiment_support import QUICK, train, train_new, train_pairs
from own_data import digit_images

from endurance.kinds import KINDS
from endurance.material import Material
from endurance.trial import Server, trial, warming

KEPT = Path("/tmp/neuroep-endurance")


def made_material(folder: Path) -> Material:
    """Train the runs that inputs are given to, once."""
    runs = {name: folder / name for name in ("reviews", "pairs", "digits")}
    for name, place in runs.items():
        if (place / "run" / "metrics.json").exists():
            continue
        place.mkdir(parents=True, exist_ok=True)
        if name == "digits":
            np.savez(place / "digits.npz", **digit_images())
            train_new(place, "images", place / "digits.npz", resistive=True)
        else:
            assert {"reviews": train, "pairs": train_pairs}[name](place, *QUICK) == 0
    return Material(*(place / "run" for place in runs.values()))


def main() -> int:
    """Try inputs of one kind, or of ``all``, and print what failed."""
    name, first, *more = sys.argv[1:]
    numbers = range(int(first), int(more[0]) if more else int(first) + 1)
    material = made_material(KEPT)
    server = Server(warming(material, KEPT))
    counts: Counter[str] = Counter()
    for kind in KINDS if name == "all" else name.split(","):
        for failure in trial(server, kind, numbers, material, KEPT / "inputs"):
            print(failure, flush=True)
            counts[kind] += 1
    server.close()
    print(dict(counts) or "none failed")
    return bool(counts)


if __name__ == "__main__":
    sys.exit(main())

"""Train one of the paper's networks for 200 steps, and keep its weights for the benchmarks.

    python -m benchmarks.paper_weights imdb|snli     about 15 minutes and one on 2 idle cores

The weights go to the folder of :mod:`benchmarks.paper_cases`, outside of the repository.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.measure import limit_threads
from benchmarks.paper_cases import IMDB, SNLI, PaperCase

STEPS = 200
CASES = {case.name: case for case in (IMDB, SNLI)}


def trained_weights(case: PaperCase) -> Path:
    """Return the file of a case's weights; leaves the program with one line without it."""
    path = case.folder / "trained.npz"
    if not path.exists():
        sys.exit(f"{path}: missing; make it with: python -m benchmarks.paper_weights {case.name}")
    return path


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paper_weights")
    parser.add_argument("case", choices=CASES)
    case = CASES[parser.parse_args().case]
    from benchmarks.paper_sides import OurSide

    side = OurSide(case)
    side.train(STEPS, lambda line: print(line, flush=True))
    side.save(case.folder / "trained.npz")


if __name__ == "__main__":
    limit_threads()
    main()

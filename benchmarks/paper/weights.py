"""Train one of the paper's networks for 200 steps, and keep its weights for the benchmarks.

    python -m benchmarks.paper.weights imdb|snli     about 15 minutes and one on 2 idle cores
    python -m benchmarks.paper.weights imdb --run runs/0001-imdb_paper

With ``--run``, those that a run of sims/imdb_paper.py or sims/snli_paper.py ended with.
The weights go to the folder of :mod:`benchmarks.paper.cases`, outside of the repository.
"""

import sys
from pathlib import Path

from benchmarks.measure import limit_threads
from benchmarks.paper.cases import IMDB, SNLI, PaperCase
from neuroep.cli.parser import Parser
from neuroep.runs.folder import TRAINED
from neuroep.traces import checkpoint

STEPS = 200
CASES = {case.name: case for case in (IMDB, SNLI)}


def trained_weights(case: PaperCase) -> Path:
    """Return the file of a case's weights; leaves the program with one line without it."""
    path = case.folder / "trained.npz"
    if not path.exists():
        sys.exit(f"{path}: missing; make it with: python -m benchmarks.paper.weights {case.name}")
    return path


def main() -> None:
    """Train and save."""
    parser = Parser(prog="python -m benchmarks.paper.weights")
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--run", help="run folder to take the weights of, instead of training")
    given = parser.parse_args()
    case = CASES[given.case]
    from benchmarks.paper.sides import OurSide

    side = OurSide(case)
    if given.run:
        saved, _ = checkpoint.load(Path(given.run) / TRAINED)
        for name, array in side.network.parameters.items():
            if not name.endswith(".patterns"):  # word vectors stay as they are
                array[:] = saved[f"parameters/{name}"]
    else:
        side.train(STEPS, lambda line: print(line, flush=True))
    side.save(case.folder / "trained.npz")


if __name__ == "__main__":
    limit_threads()
    main()

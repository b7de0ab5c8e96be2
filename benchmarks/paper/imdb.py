"""One training step of the paper's review network.

    python -m benchmarks.paper.weights imdb                  once, see there
    python -m benchmarks.paper.imdb [--json FILE] [--write]  about 15 minutes on 2 idle cores

Against the published method in plain PyTorch (:mod:`benchmarks.paper.peer`), on the same batch of
real text, from the same weights, at initialisation and after training. neuroep's phases
stop no later than at the residual that the published T and K steps reach. Gradients are compared
on reviews without padding, where masks change nothing. Wanted: at least 20 times faster.
"""

from typing import Any

from benchmarks.measure import run
from benchmarks.paper.cases import IMDB
from benchmarks.paper.report import report
from benchmarks.paper.steps import compare


def measure() -> tuple[dict[str, Any], str]:
    """Measure both states."""
    figures = compare(IMDB)
    return figures, report(figures, IMDB.unit)


if __name__ == "__main__":
    run(
        "paper_imdb",
        "A training step of the paper's review network, against plain PyTorch.",
        measure,
        bounds=IMDB.bounds,
    )

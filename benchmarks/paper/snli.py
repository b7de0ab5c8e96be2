"""One training step of the paper's inference network.

    python -m benchmarks.paper.weights snli                  once, see there
    python -m benchmarks.paper.snli [--json FILE] [--write]  about 3 minutes on 2 idle cores

Against the published method in plain PyTorch (:mod:`benchmarks.paper.peer`), on the same batch of
real text, from the same weights, at initialisation and after training. neuroep's phases
stop no later than at the residual that the published T and K steps reach. Hardly any pair fills
all tokens, so gradients are compared with neuroep's sentences filled by zeros as well.
Wanted: at least 10 times faster.
"""

from typing import Any

from benchmarks.measure import run
from benchmarks.paper.cases import SNLI
from benchmarks.paper.report import report
from benchmarks.paper.steps import compare


def measure() -> tuple[dict[str, Any], str]:
    """Measure both states."""
    figures = compare(SNLI)
    return figures, report(figures, SNLI.unit)


if __name__ == "__main__":
    run(
        "paper_snli",
        "A training step of the paper's inference network, against plain PyTorch.",
        measure,
        bounds=SNLI.bounds,
    )

"""Which beta: bias and noise of EP's gradient and accuracy after a short training, over beta.

    python -m benchmarks.learning.beta [DESIGN ...] [--results FILE] [--untrained] [--draw]

Every shipped design but the paper's networks at full size, on built-in data, own neurons, rule and
updates. At each beta, on a few examples, before training and after it:

- bias: the centered estimate of exact settles in float64 against implicit differentiation;
- noise: the estimate as the design itself gets it (spikes, float32, its own tolerance, read noise)
  against that of exact settles at the same beta. Both relative to the size of the exact gradient.

Then short trainings, the same seeds at each beta, judged on validation examples that neither train
nor test. Half an hour of processor time. Every design that is done is kept in the result file.
Result: docs/results/beta.json, figure: docs/images/beta.png, table: docs/gradcheck.md.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("NEUROEP_THREADS", "1")

from benchmarks.learning.beta_summary import drawing, tables
from benchmarks.learning.rules import Problem, whole
from benchmarks.measure import IMAGES, REPO, RESULTS, write_section
from neuroep.cli.parser import Parser
from neuroep.core.tables import Floats
from neuroep.core.threads import one_blas_thread
from neuroep.design.design import Design
from neuroep.design.load import load_design
from neuroep.learning.estimate import estimate
from neuroep.learning.trainer import Diverged
from neuroep.report import save
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Progress
from neuroep.runs.run import Data, Job, prepare, read_data
from neuroep.settle import Stop
from neuroep.studies.gradcheck.examples import drawn_examples
from neuroep.traces.files import write_json

BETAS = (0.05, 0.1, 0.2, 0.5, 0.9)
TRAINED = (0.05, 0.2, 0.5)
SEEDS = (0, 1, 2)
EXAMPLES = 8
RESULT, FIGURE = RESULTS / "beta.json", IMAGES / "beta.png"
PAGE = REPO / "docs" / "gradcheck.md"


@dataclass(frozen=True)
class Case:
    """How a design is trained for a short time.

    ``overrides`` of the design; ``limit``: of each split, None where nothing is trained; ``data``:
    what it learns if not built-in data: the made table, or a folder of NEUROEP_DATA; ``betas`` that
    it is trained with.
    """

    overrides: tuple[str, ...] = ()
    limit: int | None = None
    data: str = ""
    betas: tuple[float, ...] = TRAINED


TABLE = "table"
HALF_TEXTS = "text.validation=0.5"
HALF_IMAGES = "images.validation=0.4"

CASES = {
    "attention_small": Case(("learning.epochs=4", HALF_TEXTS, "solver='sweep'"), 1500),
    "imdb_pooled": Case(("learning.epochs=2", HALF_TEXTS, "solver='sweep'"), 4000),
    "imdb_best": Case(("learning.epochs=2", HALF_TEXTS, "solver='sweep'"), 3000),
    "snli_pooled": Case(("learning.epochs=2", "solver='sweep'"), 1500),
    "mnist_spiking": Case(("learning.epochs=3", HALF_IMAGES), 1500),
    "mnist_spiking, MNIST": Case(
        ("learning.epochs=3", "images.validation=0.3", "solver='sweep'"),
        10000,
        "mnist",
        (0.05, 0.5),
    ),
    "onchip_mnist": Case(("learning.epochs=2", HALF_IMAGES), 2000),
    "resistive_mnist": Case(("learning.epochs=4", HALF_IMAGES), 2500),
    "resistive_diodes": Case(("learning.epochs=4", HALF_IMAGES), 2500),
    "transistors_small": Case(("learning.epochs=20", "table.validation=0.4"), 400, TABLE),
    "resistive_small": Case(),
    "plasticity_small": Case(),
}
"""By design; behind a comma, on which real data what was found is looked at once more. Solver sweep
where spikes would take a quarter of an hour of training more."""


def made_table(folder: Path) -> str:
    """Write rows of four numbers with noise; the label is whether the first two differ in sign."""
    rng = np.random.default_rng(0)
    signs = rng.choice([-1.0, 1.0], (500, 4))
    rows = signs + 0.5 * rng.standard_normal(signs.shape)
    lines = [
        ",".join(f"{x:.4f}" for x in row) + f",{'same' if same else 'other'}"
        for row, same in zip(rows, signs[:, 0] == signs[:, 1], strict=True)
    ]
    path = folder / "signs.csv"
    path.write_text("\n".join(["a,b,c,d,label", *lines]) + "\n", encoding="utf-8")
    return str(path)


def shipped(name: str, *overrides: str) -> Design:
    """Return the design of a case as it ships, with overrides."""
    return load_design(name.partition(",")[0], list(overrides))


def data_of(case: Case, folder: Path) -> str | None:
    """Return the path of a case's data, None of built-in ones."""
    if case.data == TABLE:
        return made_table(folder)
    root = Path(os.environ.get("NEUROEP_DATA", REPO.parent / "shared" / "data"))
    return str(root / case.data) if case.data else None


def design_of(name: str, seed: int, beta: float | None = None) -> Design:
    """Return a case's design with a seed, and another beta where one is given."""
    more = [] if beta is None else [f"learning.beta={beta}"]
    return shipped(name, *CASES[name].overrides, f"seed={seed}", *more)


def gradients(name: str, job: Job | None, trained: Floats | None) -> dict[str, list[float]]:
    """Return bias, cosine and noise at every beta, at the given parameters or the initial ones.

    By the design's own solver, which :class:`Case` may have replaced for training.
    """
    design = shipped(name, f"seed={SEEDS[0]}")
    if job is None:
        material = drawn_examples(design, EXAMPLES)
        inputs, target, tables_ = material.inputs, material.target, material.tables
        initial: Mapping[str, Floats] = material.initial
    else:
        inputs, target = job.material.validation.batch(np.arange(EXAMPLES))
        target, tables_, initial = target.astype(float), job.encoder.tables, job.material.initial
    own, exact = design.make_system(tables_), design.make_system(tables_, dtype=np.float64)
    for system in (own, exact):
        for key, values in initial.items():
            system.parameters[key][:] = values
        if trained is not None:
            system.parameters.flat[:] = trained
        system.parameters.changes += 1
    stop = Stop(1e-13 * exact.largest(exact.clamp(inputs)), 3000)
    problem = Problem(exact.exactly(stop), inputs, target)
    size = float(np.linalg.norm(problem.exact))
    found: dict[str, list[float]] = {"bias": [], "cosine": [], "noise": []}
    for beta in BETAS:
        true = whole(
            estimate(problem.system, problem.drive, target, "centered", beta=beta).gradient
        )
        got = whole(estimate(own, own.clamp(inputs), target, "centered", beta=beta).gradient)
        cosine, error, _ = problem.compared(true)
        found["bias"].append(error)
        found["cosine"].append(cosine)
        found["noise"].append(float(np.linalg.norm(got - true)) / size)
    return found


def trained(name: str, seed: int, beta: float, data: Data) -> tuple[float | None, Job]:
    """Return the validation accuracy of the best epoch, None where a settle was refused."""
    design = design_of(name, seed, beta)
    job = prepare(design, TrainOptions(design=name), name, data=data)
    try:
        with one_blas_thread():
            while not job.trainer.finished:
                job.trainer.run_epoch()
    except Diverged:
        return None, job
    return job.trainer.history[job.trainer.best_epoch]["validation_accuracy"], job


def measured(name: str, folder: Path, untrained: bool = False) -> dict[str, Any]:
    """Return everything of one design; gradients on drawn inputs alone where it is not trained."""
    begun, case = time.process_time(), CASES[name]
    own = abs(shipped(name).beta)
    found: dict[str, Any] = {"shipped": own, "betas": BETAS, "overrides": case.overrides}
    if case.limit is None or untrained:
        found["start"] = gradients(name, None, None)
        return found | {"cpu_seconds": round(time.process_time() - begun, 1)}
    options = TrainOptions(design=name, data=data_of(case, folder), limit=case.limit)
    accuracy: dict[str, list[float | None]] = {str(beta): [] for beta in case.betas}
    for seed in SEEDS:
        design = design_of(name, seed)
        data = read_data(design, options, name, Progress())
        if seed == SEEDS[0]:
            first = prepare(design, options, name, data=data)
            found["counts"] = {k: v for k, v in first.material.counts.items() if k != "test"}
            found["start"] = gradients(name, first, None)
        for beta in case.betas:
            reached, job = trained(name, seed, beta, data)
            accuracy[str(beta)].append(reached)
            print(f"{name}, seed {seed}, beta {beta:g}: {reached}", flush=True)
            if seed == SEEDS[0] and beta == own:
                found["trained"] = gradients(name, job, job.trainer.best.flat)
    found |= {"seeds": SEEDS, "accuracy": accuracy}
    return found | {"cpu_seconds": round(time.process_time() - begun, 1)}


def main() -> None:
    """Measure the designs that are asked for; write result and figure, print the table."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("designs", nargs="*", metavar="DESIGN", help=f"of {'; '.join(CASES)}")
    parser.add_argument("--results", type=Path, default=RESULT, metavar="FILE")
    parser.add_argument("--figure", type=Path, default=FIGURE, metavar="FILE")
    parser.add_argument("--untrained", action="store_true", help="gradients at the start alone")
    parser.add_argument("--draw", action="store_true", help="only draw what the result file holds")
    given = parser.parse_args()
    kept = json.loads(given.results.read_text(encoding="utf-8")) if given.results.exists() else {}
    content = {"command": "python -m benchmarks.learning.beta", "designs": kept.get("designs", {})}
    asked = () if given.draw else given.designs or CASES
    with tempfile.TemporaryDirectory() as folder:
        for name in asked:
            kept = content["designs"]
            # What trainings have shown stays where only gradients at the start are asked for.
            before = kept.get(name, {}) if given.untrained else {}
            kept[name] = before | measured(name, Path(folder), given.untrained)
            content["designs"] = {name: kept[name] for name in CASES if name in kept}
            write_json(given.results, content, indent=1)
    print(tables(content["designs"]))
    save(drawing(content["designs"]), given.figure)
    if given.results == RESULT:
        write_section("beta", tables(content["designs"]), PAGE)


if __name__ == "__main__":
    main()

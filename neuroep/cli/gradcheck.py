"""``neuroep gradcheck``: equilibrium propagation held against backpropagation through time."""

import argparse
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroep.cli.arguments import (
    Commands,
    add_chip,
    add_command,
    add_data,
    add_design,
    add_set,
    asked,
    refuse_beside,
)
from neuroep.cli.numbers import MOST, natural, positive, whole
from neuroep.errors import InputError

if TYPE_CHECKING:
    from neuroep.studies.gradcheck.check import Check, GradcheckReport
    from neuroep.studies.gradcheck.measure import Agreement

DESCRIPTION = """\
Compare the gradient that equilibrium propagation reads at every synapse with that of
backpropagation through time, in float64, on a few examples: cosine, relative error and signs of
each parameter over the nudging strength, and both gradients as they grow step by step.

The centered estimate is off by a multiple of beta squared where the activations are smooth. That is
proved here: exit code 1 when a parameter's relative error at beta 0.01 is not below 1e-3, or does
not grow with a power of beta between 1.9 and 2.1. Neurons with corners, clip(g v, 0, 1), have no
gradient there; the proof replaces them by sigmoids of equal slope (rows "smooth"), and the design
as it is stands below, at its own beta as well (rows "own"), reported without a verdict.

A resistive network settles to a minimum and not by steps that one could go back through: there the
reference is implicit differentiation, exact where diodes are exponential; ideal diodes are
reported without a verdict."""

REFERENCES = {"bptt": "BPTT", "implicit": "implicit differentiation"}
"""What the gradients that are compared with are called."""

EXAMPLES = """\
examples:
  neuroep gradcheck attention_small                 drawn inputs; seconds
  neuroep gradcheck mnist_spiking --after 50        before and after 50 training steps on digits
  neuroep gradcheck imdb_pooled --data aclImdb_v1.tar.gz --limit 2000 --after 200 \\
      --set solver=sweep -o check --results check/gradcheck.json
  neuroep gradcheck transistors_small --library sky130 --draws 10
  neuroep gradcheck imdb_pooled --weights runs/0001-imdb_pooled --data aclImdb_v1.tar.gz"""


def add_gradcheck(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    purpose = "compare the gradient of EP with backpropagation through time"
    command = add_command(commands, "gradcheck", purpose, DESCRIPTION, EXAMPLES)
    add_design(command)
    add_data(command, splits=True)
    command.add_argument(
        "--vectors",
        metavar="FILE",
        nargs="+",
        default=[],
        help="word vectors; learned from the text without it",
    )
    command.add_argument("--weights", metavar="RUN", help="check what this run trained")
    command.add_argument(
        "--after",
        type=positive,
        metavar="STEPS",
        help="check again after so many training steps of the design's own recipe "
        "(on the built-in data without --data)",
    )
    command.add_argument(
        "--examples", type=whole(1, MOST), default=2, metavar="N", help="examples (default 2)"
    )
    command.add_argument(
        "--betas",
        metavar="LIST",
        help="nudging strengths, such as 0.003,0.01,0.03 (default 0.003 to 0.05); 0.01 and the "
        "design's own are added",
    )
    command.add_argument(
        "--activation",
        metavar="KIND",
        help="smooth or own; both without it, where they differ",
    )
    command.add_argument(
        "--steps",
        type=whole(1, MOST),
        metavar="T",
        help="of BPTT's settle (default: to a residual of 1e-14)",
    )
    command.add_argument(
        "--truncate",
        type=whole(1, MOST),
        metavar="K",
        help="steps that BPTT goes back (default: all)",
    )
    command.add_argument(
        "--updates",
        type=whole(0, MOST),
        default=30,
        metavar="K",
        help="nudged steps whose updates are followed (default 30; 0: none)",
    )
    command.add_argument(
        "--library",
        metavar="NAME",
        help="check chips of this library's transistors (sky130) against differences of their own "
        "settled cost, by ngspice alone, instead",
    )
    command.add_argument(
        "--draws",
        type=whole(0, MOST),
        default=0,
        metavar="N",
        help="with --library: so many drawn chips besides, by the process's own mismatch",
    )
    add_chip(command)
    add_set(command, "an entry of the design")
    command.add_argument("--seed", type=natural, help="of parameters and drawn inputs")
    command.add_argument("--markdown", action="store_true", help="as Markdown tables")
    command.add_argument("--results", metavar="FILE", help="everything as a JSON file as well")
    command.add_argument(
        "-o",
        "--out",
        metavar="FOLDER",
        default=".",
        help="where figures go (default: the present folder)",
    )
    command.set_defaults(run=lambda given: _run(command, given))


def _run(command: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Print the tables, write figures and results; 0 when the proof holds, 1 when it does not."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.design.files import design_path
    from neuroep.studies.gradcheck.check import BETAS, GradcheckOptions, gradcheck
    from neuroep.traces.files import write_json

    overrides = list(options.set)
    if options.seed is not None:
        overrides.append(f"seed={options.seed}")
    if options.library or options.draws:
        from neuroep.cli.gradcheck_chip import run_chips

        option = "--library" if options.library else "--draws"
        goes = ("design", "library", "draws", "set", "seed", "examples", "markdown", "results")
        refuse_beside(command, options, option, goes, "its chips and examples are drawn")
        return run_chips(options, overrides)
    betas = BETAS if options.betas is None else _betas(options.betas)
    wanted = asked(GradcheckOptions, options, betas=betas, overrides=overrides)
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / design_path(options.design).stem
    check_outputs(options, f"{stem}-gradcheck.png", options.results)
    report = gradcheck(wanted, lambda line: print(f"  {line}", file=sys.stderr))
    _print(report, options.markdown)
    for figure in _draw(report, str(stem)):
        print(f"figure: {figure}")
    if options.results:
        write_json(options.results, _results(report, wanted.overrides), indent=1)
    proofs = any(check.proof for check in report.checks)
    against = REFERENCES[report.checks[0].reference]
    if not report.passed:
        print(f"EP does NOT compute the gradient of {against} here")
    elif proofs:
        print(f"EP computes the gradient of {against}")
    return 0 if report.passed else 1


def _betas(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--betas {text}: must be numbers with commas between them") from None


def _print(report: "GradcheckReport", markdown: bool) -> None:
    from neuroep.report import table

    print(report.title)
    for note in report.notes:
        print(f"  {note}")
    for check in report.checks:
        heading = f"{check.state}, {check.activation} activation"
        print(f"\n**{heading}**\n" if markdown else f"\n{heading}")
        for note in check.notes:
            print(f"  {note}")
        print(table(_rows(check), _columns(check), markdown=markdown))


def _columns(check: "Check") -> list[str]:
    from neuroep.studies.gradcheck.check import JUDGED_AT

    at, own = f"β={JUDGED_AT:g}", f"β={check.own_beta:g}"
    return [
        "parameter", "entries", f"cosine {at}", f"error {at}", f"one-sided {at}", f"signs {at}",
        "order", f"cosine {own}", f"error {own}", f"signs {own}", "verdict",
    ]  # fmt: skip


def _rows(check: "Check") -> list[list[object]]:
    from neuroep.report import Number
    from neuroep.studies.gradcheck.check import JUDGED_AT

    at = check.sweep.betas.index(JUDGED_AT)
    own = check.sweep.betas.index(check.own_beta)
    rows: list[list[object]] = []
    for name, found in check.sweep.parameters.items():
        centered, one_sided = (found.agreements[e] for e in ("centered", "one_sided"))
        verdict = check.verdict(name)
        word = {True: "yes", False: "NO", None: None}[verdict.passed]
        rows.append(
            [
                name,
                found.entries,
                f"{centered[at].cosine:.7f}",
                f"{centered[at].error:.1e}",
                f"{one_sided[at].error:.1e}",
                Number(centered[at].signs, unit="%"),
                None if verdict.order is None else f"{verdict.order:.3f}",
                f"{centered[own].cosine:.4f}",
                f"{centered[own].error:.1e}",
                Number(centered[own].signs, unit="%"),
                word,
            ]
        )
    return rows


def _draw(report: "GradcheckReport", stem: str) -> list[Path]:
    from neuroep.report import save
    from neuroep.report.gradient_figures import (
        ErrorPanel,
        UpdatePanel,
        descending_updates,
        error_over_beta,
    )

    reference = {"bptt": "BPTT", "implicit": "implicit"}[report.checks[0].reference]
    panels = [
        ErrorPanel(
            f"{check.state}, {check.activation} activation",
            check.sweep.betas,
            {name: found.errors("centered") for name, found in check.sweep.parameters.items()},
            {name: found.errors("one_sided") for name, found in check.sweep.parameters.items()},
            check.own_beta,
        )
        for check in report.checks
    ]
    drawn = [save(error_over_beta(panels, reference), f"{stem}-gradcheck.png")]
    followed = [check for check in report.checks if check.updates]
    for number, check in enumerate(followed, 1):
        updates = check.updates
        assert updates is not None
        title = f"{check.state}, {check.activation} activation, β = {updates.beta:g}"
        curves = [
            UpdatePanel(name, curve.ep, curve.bptt, curve.error)
            for name, curve in updates.parameters.items()
        ]
        figure = descending_updates(title, updates.steps, curves)
        drawn.append(save(figure, f"{stem}-updates-{number}.png"))
    return drawn


def _results(report: "GradcheckReport", overrides: Any) -> dict[str, Any]:
    return {
        "title": report.title,
        "notes": report.notes,
        "overrides": list(overrides),
        "checks": [_check(check) for check in report.checks],
        "passed": report.passed,
    }


def _numbers(agreement: "Agreement") -> dict[str, float | None]:
    # JSON knows no NaN: a parameter that has no gradient has no agreement.
    return {k: _finite(v) for k, v in asdict(agreement).items()}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _check(check: "Check") -> dict[str, Any]:
    parameters = {}
    for name, found in check.sweep.parameters.items():
        verdict = check.verdict(name)
        parameters[name] = {
            "entries": found.entries,
            "norm": _finite(found.norm),
            "order": _finite(verdict.order),
            "passed": verdict.passed,
            **{e: [_numbers(a) for a in each] for e, each in found.agreements.items()},
        }
    content: dict[str, Any] = {
        "state": check.state,
        "activation": check.activation,
        "reference": check.reference,
        "proof": check.proof,
        "notes": check.notes,
        "betas": list(check.sweep.betas),
        "own_beta": check.own_beta,
        "parameters": parameters,
    }
    if check.updates:
        content["updates"] = asdict(check.updates)
    return content

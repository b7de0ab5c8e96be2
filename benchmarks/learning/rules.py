"""How far each learning rule is from the gradient: over beta, over the rate, over a phase.

    python -m benchmarks.learning.rules [--json FILE] [--write]   2 minutes on 2 idle cores

The reference is implicit differentiation at the settled state, in float64. Networks: the design
mnist_spiking with 64 hidden neurons, without corners (as gradcheck smooths it), and
resistive_small; eight examples drawn from their seeds. No digits: see rules_mnist.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from benchmarks.measure import limit_threads, run, table
from neuroep.core.tables import Reals
from neuroep.design.load import load_design
from neuroep.learning.estimate import estimate
from neuroep.learning.gradient import Gradient
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.rules.continual import NUDGES, Continual
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.system import System
from neuroep.learning.updates.sgd import SGD
from neuroep.settle import Stop
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.studies.gradcheck.examples import drawn_examples
from neuroep.studies.gradcheck.measure import FLOOR

EXAMPLES = 8
BETAS = (0.01, 0.03, 0.1, 0.3, 0.5)
RATES = (1e-5, 1e-4, 1e-3, 1e-2)
PHASES = (24, 60, 150, 600, 3000)
LAGS = (0.02, 0.05, 0.1)
SMALL = 0.1
"""The beta of the tables over rates and phases."""

Compared = tuple[float, float, float]
"""Cosine, relative error and share of right signs."""

NETWORKS = {
    "mnist_spiking, 64 hidden, smooth": ("mnist_spiking", ["layers.hidden.size=64"]),
    "resistive_small": ("resistive_small", []),
}

RULES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("centered", "centered", {}),
    ("one-sided", "one_sided", {}),
    ("oscillating, one lock-in", "oscillating", {"harmonics": 1}),
    ("oscillating, 4 points", "oscillating", {"points": 4}),
    ("oscillating, 6 points", "oscillating", {"points": 6}),
    ("continual, a pair, rate 0", "continual", {"steps": 2000}),
    ("one bit", "one_bit", {}),
)


@dataclass
class Problem:
    """A network settled to the end, its examples, and the gradient of the settled cost."""

    system: System
    inputs: Any
    target: Any
    exact: Reals = field(init=False)

    def __post_init__(self) -> None:
        found = self.system.reference(self.drive, self.target, "implicit").gradient
        self.exact = whole(found)

    @property
    def drive(self) -> Any:
        """The examples, clamped."""
        return self.system.clamp(self.inputs)

    def compared(self, found: Reals) -> Compared:
        """Return cosine, relative error and share of right signs, of all parameters at once."""
        size = float(np.linalg.norm(self.exact))
        cosine = float(found @ self.exact) / (float(np.linalg.norm(found)) * size)
        error = float(np.linalg.norm(found - self.exact)) / size
        known = np.abs(self.exact) > FLOOR * np.abs(self.exact).max()
        signs = float((np.sign(found) == np.sign(self.exact))[known].mean())
        return cosine, error, signs


def whole(gradient: Gradient) -> Reals:
    """Return all arrays of a gradient as one vector."""
    return np.concatenate([gradient[name].ravel() for name in gradient]).astype(float)


def problem(name: str) -> Problem:
    """Return a network of ``NETWORKS``."""
    design = load_design(*NETWORKS[name])
    material = drawn_examples(design, EXAMPLES)
    system = material.make_system(design.smooth() or design, np.float64)
    drive = system.clamp(material.inputs)
    stop = Stop(1e-14 * system.largest(drive), 5000)
    return Problem(system.exactly(stop), material.inputs, material.target)


def over_beta(given: Problem) -> dict[str, list[Compared]]:
    """Return cosine and error of every rule at every beta."""
    return {
        title: [
            given.compared(
                whole(
                    estimate(
                        given.system, given.drive, given.target, rule, beta=beta, **options
                    ).gradient
                )
            )
            for beta in BETAS
        ]
        for title, rule, options in RULES
    }


def over_rate(given: Problem) -> dict[str, list[Compared]]:
    """Return cosine and error of what each nudge of the continual rule moves, by the rate."""
    return {
        nudge: [given.compared(moved(given, Continual(SMALL, 2000, nudge), r)) for r in RATES]  # type: ignore[arg-type]
        for nudge in NUDGES
    }


def moved(given: Problem, rule: Continual, rate: float) -> Reals:
    """Return what one batch moves the parameters by, over -rate; they are put back."""
    parameters = given.system.parameters
    start, rng = parameters.copy(), np.random.default_rng(0)
    updater = SGD().make(parameters, {}, rng)

    def grant(found: Estimate) -> None:
        updater.apply(parameters, found.gradient, dict.fromkeys(parameters, rate))
        parameters.changes += 1

    rule.step(given.system, given.drive, given.target, grant, rng)
    found: Reals = (start.flat - parameters.flat) / rate
    parameters.take(start.flat)
    return found


def over_phase(given: Problem) -> dict[str, list[Compared]]:
    """Return cosine and error by spikes, by the length of a nudged phase in us."""

    def found(steps: int, rule: str, **options: float) -> Compared:
        duration = steps * 1e-6
        solver = Spiking(
            time_constant=3e-6,
            free_duration=duration,
            nudged_duration=duration,
            window=2 * duration / 3,
        )
        system = replace(cast(HopfieldSystem, given.system), solver=solver)
        asked = estimate(system, given.drive, given.target, rule, beta=SMALL, **options)
        return given.compared(whole(asked.gradient))

    lines = {"centered, averaged activities": [found(steps, "centered") for steps in PHASES]}
    for lag in LAGS:
        lines[f"spike-driven, traces of {lag:.0%} of a phase"] = [
            found(steps, "spike_driven", fast=lag * steps * 1e-6, slow=lag * steps * 1e-6)
            for steps in PHASES
        ]
    return lines


def as_table(corner: str, columns: list[str], lines: dict[str, list[Compared]]) -> str:
    """Return cosine and error of every line as a table."""
    rows = [
        [title, *(f"{cosine:.4f}, {error:.1e}" for cosine, error, _ in line)]
        for title, line in lines.items()
    ]
    return table([corner, *columns], rows)


def measure() -> tuple[dict[str, Any], str]:
    """Measure all three."""
    limit_threads()
    texts, figures = [], {}
    betas = [f"{beta:g}" for beta in BETAS]
    for name in NETWORKS:
        given = problem(name)
        figures[name] = {"over_beta": over_beta(given)}
        lines = dict(figures[name]["over_beta"])
        one_bit = [f"{cosine:.4f}, {signs:.1%}" for cosine, _, signs in lines.pop("one bit")]
        rows = [["one bit", *one_bit]]
        texts += [
            f"{name}, cosine and relative error over beta:\n\n{as_table('beta', betas, lines)}",
            f"One bit has no size to compare; cosine and signs that are right:\n\n"
            f"{table(['beta', *betas], rows)}",
        ]
    given = problem(next(iter(NETWORKS)))
    studies: dict[str, tuple[Callable[[Problem], Any], str, str, list[str]]] = {
        "over_rate": (over_rate, "continual over the rate", "rate", [f"{r:g}" for r in RATES]),
        "over_phase": (over_phase, "by spikes over a phase", "us", [f"{p}" for p in PHASES]),
    }
    for key, (study, title, corner, columns) in studies.items():
        figures[key] = study(given)
        texts.append(
            f"{next(iter(NETWORKS))}, {title}, beta = {SMALL:g}:\n\n"
            + as_table(corner, columns, figures[key])
        )
    settings = {"betas": BETAS, "rates": RATES, "phases_us": PHASES}
    return settings | figures, "\n\n".join(texts)


if __name__ == "__main__":
    run("rules", "Cosine and error of every learning rule.", measure, headline="centered")

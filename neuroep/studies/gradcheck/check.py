"""``neuroep gradcheck``: whether equilibrium propagation finds the gradient of backpropagation."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from neuroep.core.jit import COMPILED
from neuroep.design.design import Design
from neuroep.design.files import design_path
from neuroep.design.load import load_design
from neuroep.errors import InputError, named
from neuroep.learning.gradient import Gradient
from neuroep.learning.rules.two_phase import limit_remark
from neuroep.learning.system import SteppingSystem, System
from neuroep.network.parameters import Parameters
from neuroep.runs.options import TrainOptions
from neuroep.settle import Stop
from neuroep.studies.gradcheck.examples import (
    Material,
    drawn_examples,
    read_examples,
    run_examples,
    train_steps,
)
from neuroep.studies.gradcheck.measure import (
    FLOOR,
    BetaSweep,
    distance,
    multiplied_out,
    norm,
    order_of,
    over_beta,
)
from neuroep.studies.gradcheck.updates import Updates, leaves_fixed_point, updates_along

BETAS = (0.003, 0.005, 0.01, 0.02, 0.03, 0.05)
JUDGED_AT = 0.01
"""The beta of the verdict."""

LARGEST_ERROR = 1e-3
ORDER = (1.9, 2.1)
"""Where the power of beta in the error of the centered estimate must lie."""

FITTED = (0.003, 0.05)
"""The betas that it is fitted over: below, round-off grows as 1/beta; above, higher powers show."""

RESIDUAL = 1e-14
"""Of every settle, relative to the largest activity."""

STEPS = 1000
"""The most that a settle may take to it."""

MANY = 10_000_000
"""Parameters from which on curves are looked at in a few steps only."""


@dataclass(frozen=True)
class GradcheckOptions(TrainOptions):
    """What to check, and how; see the help of ``neuroep gradcheck``."""

    weights: str | None = None
    after: int | None = None
    examples: int = 2
    betas: Sequence[float] = BETAS
    activation: str | None = None
    steps: int | None = None
    truncate: int | None = None
    updates: int = 30

    def __post_init__(self) -> None:
        super().__post_init__()
        for beta in self.betas:
            if not 0 < beta < math.inf:
                raise InputError(f"--betas {beta:g}: must be finite and above zero")
        if not self.betas:
            raise InputError("--betas: none given")
        for name in ("after", "examples", "steps", "truncate", "limit"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"--{name} {value}: must be at least 1")
        if self.updates < 0:
            raise InputError(f"--updates {self.updates}: must be at least 0")
        if self.activation not in (None, "smooth", "own"):
            raise InputError(f"--activation {self.activation}: must be smooth or own")
        if self.weights and self.after:
            raise InputError("--after: does not go with --weights, which are trained already")


@dataclass(frozen=True)
class Verdict:
    """Of one parameter: what was found where it counts.

    ``passed`` is None where nothing is demanded: an activation with corners, or no gradient.
    """

    error: float
    order: float | None
    passed: bool | None


@dataclass
class Check:
    """One network at one set of parameters.

    ``state``: which parameters: "at initialisation", "after N steps", or the run's name;
    ``activation``: "smooth" or "own"; ``proof``: whether no activation has a corner, so that the
    theorem holds and the tolerances count; ``betas``: those asked for, over which the order is
    fitted as far as they are ``FITTED``; ``own_beta``: that of the design's recipe; ``reference``:
    what the gradient was held against, "bptt" or "implicit".
    """

    state: str
    activation: str
    proof: bool
    betas: Sequence[float]
    own_beta: float
    sweep: BetaSweep
    reference: str = "bptt"
    updates: Updates | None = None
    notes: list[str] = field(default_factory=list)

    def verdict(self, name: str) -> Verdict:
        """Judge one parameter by the stated tolerances."""
        found = self.sweep.parameters[name]
        errors = found.errors("centered")
        at = errors[self.sweep.betas.index(JUDGED_AT)]
        fitted = [
            (beta, error)
            for beta, error in zip(self.sweep.betas, errors, strict=True)
            if beta in self.betas and FITTED[0] <= beta <= FITTED[1]
        ]
        order = order_of([beta for beta, _ in fitted], [error for _, error in fitted])
        if not self.proof or math.isnan(at):
            return Verdict(at, order, None)
        in_order = order is None or ORDER[0] <= order <= ORDER[1]
        return Verdict(at, order, bool(at < LARGEST_ERROR and in_order))

    @property
    def passed(self) -> bool:
        """Whether every parameter meets what is demanded of it, and a proof had one to judge."""
        found = [self.verdict(name).passed for name in self.sweep.parameters]
        return False not in found and (not self.proof or True in found)


@dataclass
class GradcheckReport:
    """All checks of one design; ``notes``: what a reader must know beforehand."""

    title: str
    notes: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every proof holds."""
        return all(check.passed for check in self.checks)


def gradcheck(
    options: GradcheckOptions, progress: Callable[[str], object] = lambda _: None
) -> GradcheckReport:
    """Compare the gradient of EP with that of backpropagation through time, in float64.

    ``progress`` is told a line when a part is done. An InputError: design, run or data that cannot
    be used.
    """
    design = load_design(options.design, options.overrides)
    material, trained = _material(options, design)
    report = GradcheckReport(design.title, [material.note])
    twin, corners = design.smooth(), design.corners
    if twin:
        report.notes.append(f"smooth: {design.smoothed}")
    elif corners:
        report.notes.append(
            f"no proof: {', '.join(corners)} have corners and no smooth twin; figures only"
        )
    progress(COMPILED)
    for state, parameters in _states(options, material, trained, progress):
        for activation in _activations(options, twin is not None):
            system = _system(design, twin if activation == "smooth" else None, material, parameters)
            proof = activation == "smooth" or not corners
            check = _check(options, design, system, material, state, activation, proof)
            report.checks.append(check)
            del system  # it may be gigabytes
            progress(f"{state}, {activation} activation")
    return report


def _material(options: GradcheckOptions, design: Design) -> tuple[Material, Parameters | None]:
    path = str(design_path(options.design))
    if options.weights:
        material, system = run_examples(options.weights, options.examples, options)
        shapes = material.make_system(design, np.float64).parameters.shapes
        if shapes != system.parameters.shapes:
            raise InputError(f"{options.weights}: trained with other layers than {path} has")
        return material, system.parameters
    if options.data or options.after:
        return read_examples(design, path, options.examples, options), None
    return drawn_examples(design, options.examples), None


def _states(
    options: GradcheckOptions,
    material: Material,
    trained: Parameters | None,
    progress: Callable[[str], object],
) -> Iterator[tuple[str, Parameters | None]]:
    if trained is not None:
        yield f"run {Path(str(options.weights)).resolve().name}", trained
        return
    yield "at initialisation", None
    if options.after:
        assert material.job is not None
        where = str(design_path(options.design))
        parameters = train_steps(material.job, where, options.after, progress)
        yield f"after {options.after} steps", parameters


def _activations(options: GradcheckOptions, twin: bool) -> list[str]:
    if options.activation == "smooth" and not twin:
        raise InputError("--activation smooth: there is nothing to smooth in this design")
    if options.activation:
        return [options.activation]
    return ["smooth", "own"] if twin else ["own"]


def _system(
    design: Design, twin: Design | None, material: Material, parameters: Parameters | None
) -> System:
    """Return the network in float64, with given parameters where there are some."""
    system = material.make_system(twin or design, np.float64)
    if parameters is not None:
        for name, array in parameters.items():
            system.parameters[name][...] = array
        if twin:
            design.shift_to_smooth(system.parameters)
    return system


def _check(
    options: GradcheckOptions,
    design: Design,
    system: System,
    material: Material,
    state: str,
    activation: str,
    proof: bool,
) -> Check:
    with named(design_path(options.design)):
        drive = system.clamp(material.inputs)
    own = abs(design.beta)
    stop = Stop(RESIDUAL * system.largest(drive), STEPS)
    system = system.exactly(stop)
    target = material.target
    stepping = cast(SteppingSystem, system) if "bptt" in system.references else None
    if (options.steps or options.truncate) and stepping is None:
        raise InputError("--steps, --truncate: this network has no backpropagation through time")

    with named(design_path(options.design)):  # a chip that has no energy
        if stepping is not None:
            back = stepping.through_time(drive, target, options.steps, options.truncate)
        else:
            back = system.reference(drive, target, "implicit")
    free = back.free if options.steps is None else system.settle(drive)
    reference = multiplied_out(back.gradient)
    betas = sorted({*options.betas, JUDGED_AT, own})
    with named(design_path(options.design)):  # a beta that the network does not bear
        sweep = over_beta(system, free, target, betas, reference)
    method = "implicit" if stepping is None else "bptt"
    check = Check(state, activation, proof, options.betas, own, sweep, method)
    check.notes += _settles(free, sweep)
    check.notes += filter(None, [limit_remark(own, system.lowest_beta)])
    if stepping is not None:
        check.notes += _truncation(reference, system.reference(drive, target, "implicit").gradient)
    else:
        check.notes.append("reference: implicit differentiation at the free state")
    if not any(found.norm for found in sweep.parameters.values()):
        check.notes.append("not tested: the cost has no gradient here, in any parameter")
    del reference, back
    if options.updates and stepping is not None:
        moved = leaves_fixed_point(stepping, free, options.updates, 1e3 * stop.residual)
        if moved:
            check.notes.append(
                f"no update curves: {options.updates} synchronous steps leave the fixed point "
                f"by {moved:.1g}"
            )
        else:
            steps = _looked_at(options.updates, system.parameters.flat.size)
            check.updates = updates_along(stepping, free, target, JUDGED_AT, steps)
    return check


def _settles(free: Any, sweep: BetaSweep) -> list[str]:
    steps = f"free phase {int(free.steps.max())}, nudged phases at most {sweep.steps} steps"
    if free.converged and sweep.converged:
        return [f"settled: {steps}"]
    worst = max(float(free.residual.max()), sweep.residual)
    return [f"NOT every settle converged: {steps}, largest residual {worst:.2g}"]


def _truncation(bptt: Gradient, implicit: Gradient) -> list[str]:
    """Say how far BPTT still is from where more steps would take it."""
    apart = 0.0
    for name in implicit:
        if size := norm(implicit, name):
            apart = max(apart, distance(bptt, implicit, name) / size)
    if apart <= FLOOR:
        return []
    return [f"BPTT has NOT converged in its steps: {apart:.2g} from the implicit gradient"]


def _looked_at(steps: int, parameters: int) -> list[int]:
    """Return the steps that a curve shows: all, or eight where each costs gigabytes read."""
    if parameters < MANY:
        return list(range(1, steps + 1))
    return sorted({round(step) for step in np.geomspace(1, steps, 8)})

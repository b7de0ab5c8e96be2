"""What ``neuroep verify`` is asked for, what stands on its bench, and where it is nudged to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroep.design.bench import Example, Stand
from neuroep.design.design import Design
from neuroep.design.files import design_path
from neuroep.design.load import load_design
from neuroep.errors import InputError, Unheld, named
from neuroep.hardware.programs.catalogue import PROGRAMS
from neuroep.hardware.views.bench import Bench
from neuroep.learning.system import System
from neuroep.network.inputs import Sequences
from neuroep.runs.trained import load_run
from neuroep.tasks.task import DataOptions

LEAST_SWING = 20.0
"""A nudge is a test where it moves a node by that many tolerances of a voltage, ..."""

LEAST_COST = 1e-9
"""... and where a small change of the parameters would change the cost by that much."""


@dataclass(frozen=True)
class VerifyOptions(DataOptions):
    """What to verify, and how; see the help of ``neuroep verify``.

    ``weights``: a run folder; parameters and inputs are drawn from the seed without it; ``data``:
    where the run's test examples are. An InputError: data without a run, or a program to leave out
    that there is none of.
    """

    design: str = ""
    weights: str | None = None
    example: int = 0
    target: int | None = None
    beta: float = 0.5
    overrides: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    timeout: float = 120.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.data and self.weights is None:
            raise InputError("--data: goes with --weights; without a run inputs are drawn")
        for name in self.without:
            if name not in PROGRAMS:
                raise InputError(f"--without {name}: none of {', '.join(PROGRAMS)}")


@dataclass(kw_only=True)
class Case(Stand):
    """One input of the design ``title`` on the bench, first nudged towards its own ``label``."""

    title: str
    label: int


def open_case(options: VerifyOptions) -> Case:
    """Put one input of a design on the bench."""
    path, design = design_path(options.design), load_design(options.design, options.overrides)
    system, example, note = open_example(design, options, path)
    with named(path):
        stand = design.bench(system, example, options.beta, path)
    stand.notes.insert(0, note)
    return Case(**vars(stand), title=design.title, label=example.label)


@contextmanager
def nudged(options: VerifyOptions) -> Iterator[None]:
    """Say which nudge a chip does not hold, where it first settles under it."""
    try:
        yield
    except Unheld as error:
        raise InputError(f"{options.design}: --beta {options.beta:g}: {error}") from None


def open_example(design: Design, options: VerifyOptions, path: Path) -> tuple[System, Example, str]:
    """Return the network of a design, the example asked for, and where both are from."""
    if options.weights is None:
        note = f"parameters and inputs drawn from seed {design.seed}"
        return *design.draw_example(options.example), note
    note = f"parameters of {options.weights}, test example {options.example}"
    return *_trained(design, options, path), note


def _trained(design: Design, options: VerifyOptions, path: Path) -> tuple[System, Example]:
    """Return the design's network with what a run trained, and one of its test examples."""
    run = str(options.weights)
    trained = load_run(run)
    system = trained.moved_to(design, str(path), np.float64)
    asked = trained.folder.read_options().get("data")
    if options.data is None and asked:
        raise InputError(f"{run}: trained on {asked}; say where by --data")
    name, examples, one = trained.test_examples(options)
    if options.example >= len(examples):
        raise InputError(f"--example {options.example}: there are {len(examples)} {one}s of {name}")
    inputs, target = examples.batch(np.array([options.example]))
    plain = {
        layer: given.rows if isinstance(given, Sequences) else np.asarray(given, float)
        for layer, given in inputs.items()
    }
    for layer, rows in plain.items():
        if not len(rows):
            raise InputError(f"{name}: {one} {options.example}: {layer} is empty")
    return system, Example(plain, int(target[0].argmax()))


def choose_target(case: Case, wanted: int | None = None) -> tuple[str, str]:
    """Let the bench of a case be nudged to a class that tells something, or to the one ``wanted``.

    The input's own label where that moves the chip enough; otherwise, as on a chip that has learned
    it, the class whose cost is largest in the free state. Returns which class it is and how much it
    moves the chip, and why the nudge is no test: nothing if it is one.
    """
    scores = case.bench.scores()
    if wanted is not None and not 0 <= wanted < scores.size:
        raise InputError(f"--target {wanted}: classes are 0 to {scores.size - 1}")
    floor = LEAST_SWING * case.tolerances.volts
    least = int(np.argmin(scores))
    which = case.label if wanted is None else wanted
    kind = "the input's own label" if which == case.label else "as asked"
    case.bench = _towards(case.bench, which)
    if wanted is None and which != least and not _tells(case.bench, floor):
        kind = f"least likely; its own label {case.label} moves it too little"
        which = least
        case.bench = _towards(case.bench, which)
    found = case.bench.settled
    size = f"|gradient| {found.gradient_norm:.3g}, nudged swing {found.nudged_swing * 1e3:.3g} mV"
    note = f"nudged to class {which} ({kind}): {size}"
    if _tells(case.bench, floor):
        return note, ""
    return note, f"the nudge to class {which} is too weak to tell ({size}); try another --target"


def _towards(bench: Bench, which: int) -> Bench:
    return bench.towards(np.eye(bench.scores().size)[which])


def _tells(bench: Bench, floor: float) -> bool:
    felt = bench.settled.gradient_norm * bench.small_change >= LEAST_COST
    return felt and bench.settled.nudged_swing >= floor

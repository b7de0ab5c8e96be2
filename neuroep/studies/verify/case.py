"""What ``neuroep verify`` is asked for, and what stands on its bench."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from neuroep.design.bench import Example, Stand
from neuroep.design.design import Design
from neuroep.design.files import design_path
from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.compare import Tolerances
from neuroep.learning.system import System
from neuroep.network.inputs import Sequences
from neuroep.runs.trained import load_run
from neuroep.tasks.task import DataOptions


@dataclass(frozen=True)
class VerifyOptions(DataOptions):
    """What to verify, and how; see the help of ``neuroep verify``.

    ``weights``: a run folder; parameters and inputs are drawn from the seed without it; ``data``:
    where the run's test examples are.
    """

    design: str = ""
    weights: str | None = None
    example: int = 0
    target: int | None = None
    beta: float = 0.5
    overrides: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    timeout: float = 120.0


@dataclass
class Case:
    """One input on one circuit.

    Attributes
    ----------
    title : str
        Of the design.
    bench : Bench
        Nudged towards the input's own label.
    label : int
    tolerances : Tolerances
    notes : list of str
        What a reader must know beforehand.
    slice : str
        What was kept of a chip too large for SPICE; nothing for a whole one.
    """

    title: str
    bench: Bench
    label: int
    tolerances: Tolerances
    notes: list[str] = field(default_factory=list)
    slice: str = ""


def open_case(options: VerifyOptions) -> Case:
    """Put one input of a design on the bench.

    Raises
    ------
    InputError
        Design, run or data that cannot be used.
    """
    path, design = design_path(options.design), load_design(options.design, options.overrides)
    system, example, note = open_example(design, options, path)
    stand = on_bench(design, system, example, options.beta, path)
    notes = [note, *stand.notes]
    return Case(design.title, stand.bench, example.label, stand.tolerances, notes, stand.slice)


def open_example(design: Design, options: VerifyOptions, path: Path) -> tuple[System, Example, str]:
    """Return the network of a design, the example asked for, and where both are from.

    Raises
    ------
    InputError
        Run or data that cannot be used.
    """
    if options.weights is None:
        note = f"parameters and inputs drawn from seed {design.seed}"
        return *design.draw_example(options.example), note
    note = f"parameters of {options.weights}, test example {options.example}"
    return *_trained(design, options, path), note


def on_bench(design: Design, system: System, example: Example, beta: float, path: Path) -> Stand:
    """Put an example on the bench; what cannot be built is one line that names the design."""
    try:
        return design.bench(system, example, beta, path)
    except InputError:  # of a cell, which names its own file
        raise
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None


def _trained(design: Design, options: VerifyOptions, path: Path) -> tuple[System, Example]:
    """Return the design's network with what a run trained, and one of its test examples."""
    run = str(options.weights)
    trained = load_run(run)
    system = design.make_system(trained.encoder.tables, dtype=np.float64)
    if system.parameters.shapes != trained.system.parameters.shapes:
        raise InputError(f"{run}: trained with other layers than {path} has")
    for name, values in trained.system.parameters.items():
        system.parameters[name][...] = values
    asked = trained.folder.read_options().get("data")
    if options.data is None and asked:
        raise InputError(f"{run}: trained on {asked}; say where by --data")
    task = trained.design.task(run)
    source = task.open(options)
    examples = trained.encoder.examples(source, "test")
    if options.example >= len(examples):
        raise InputError(
            f"--example {options.example}: there are {len(examples)} test {task.unit}s of "
            f"{source.name}"
        )
    inputs, target = examples.batch(np.array([options.example]))
    plain = {
        name: given.rows if isinstance(given, Sequences) else np.asarray(given, float)
        for name, given in inputs.items()
    }
    for name, rows in plain.items():
        if not len(rows):
            raise InputError(f"{source.name}: test {task.unit} {options.example}: {name} is empty")
    return system, Example(plain, int(target[0].argmax()))

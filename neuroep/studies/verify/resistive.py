"""A resistive design on the bench: one input through its diodes and amplifiers."""

from pathlib import Path

import numpy as np

from neuroep.design.chip import cell_files
from neuroep.design.resistive import ResistiveDesign
from neuroep.errors import InputError
from neuroep.hardware.resistive.views import make_resistive_bench
from neuroep.hardware.views.compare import Tolerances
from neuroep.runs.folder import TRAINED, RunFolder
from neuroep.runs.trained import load_into
from neuroep.studies.verify.case import Case, VerifyOptions
from neuroep.studies.verify.examples import examples_of


def resistive_case(design: ResistiveDesign, path: Path, options: VerifyOptions) -> Case:
    """Put one input of a resistive design on the bench.

    Raises
    ------
    InputError
        Ideal diodes, values that the chip's devices cannot hold, or a run or data that do not fit.
    """
    network = design.make_network()
    if options.weights is None:
        notes = [f"conductances and inputs drawn from seed {design.seed}"]
        rng = np.random.default_rng([design.seed, options.example])
        x = rng.uniform(0, 1, network.inputs)
        label = options.example % network.outputs
    else:
        trained = RunFolder.open(options.weights).path / TRAINED
        if not trained.is_file():
            run = options.weights
            raise InputError(f"{run}: not trained to the end yet; go on with --resume {run}")
        load_into(network, trained)
        inputs, label = examples_of(options.weights, options.data, options.example)
        (x,) = inputs.values()
        if x.size != network.inputs:
            raise InputError(f"{path}: resistive.inputs: images have {x.size} pixels")
        notes = [f"conductances of {options.weights}, test example {options.example}"]
    try:
        bench = make_resistive_bench(
            network,
            x,
            np.eye(network.outputs)[label],
            options.beta,
            design.circuit.duration,
            cell_files(design.circuit.cells, path),
        )
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    return Case(design.title, bench, label, Tolerances(gradient=1e-6), notes)

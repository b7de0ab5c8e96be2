"""A design of neurons and attention on the bench: one example, cut to what SPICE can carry."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroep.design.chip import cell_files
from neuroep.design.design import Design
from neuroep.errors import InputError
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.slicing import Extent, device_pairs, slice_network
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.views.compare import Tolerances
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.runs.trained import load_run
from neuroep.studies.verify.case import Case, VerifyOptions
from neuroep.studies.verify.examples import Inputs, examples_of

PAIRS_AT_MOST = 10_000
"""Pairs of conductances that ngspice carries in seconds."""

HARD_CORNERS = Tolerances(volts=1e-4, cosine=0.999)
"""Where an activity has a corner: a step over it costs a solver digits, and a synapse its slope."""

EVERYTHING = Extent(10**9, 10**9, 10**9, 10**9)


@dataclass(frozen=True)
class Subject:
    """What is verified: a bench, and what was done to make it fit.

    ``label``: of the example; ``cut``: what was kept of a chip too large for SPICE, or nothing.
    """

    bench: Bench
    network: Network
    label: int
    notes: list[str]
    cut: str = ""


def network_subject(
    design: Design,
    path: Path,
    *,
    weights: str | None = None,
    data: str | None = None,
    example: int = 0,
    beta: float = 0.5,
) -> Subject:
    """Put one example of a design on the bench.

    Parameters
    ----------
    design : Design
    path : Path
        Its file, for messages.
    weights : str, optional
        A run folder; without it the parameters are drawn from the design's seed.
    data : str, optional
        Where examples come from, with ``weights``; the built-in data when absent.
    example : int
        Which one.
    beta : float

    Raises
    ------
    InputError
        The run is of another design, values that the chip's devices cannot hold, or a cell's file
        is not there.
    """
    if weights is None:
        network, inputs, label = _drawn(design, example)
        notes = [f"parameters and inputs drawn from seed {design.seed}"]
    else:
        trained = load_run(weights)
        if trained.design.layers != design.resolved()["layers"]:
            raise InputError(f"{weights}: trained with other layers than {path} has")
        network = trained.network
        inputs, label = examples_of(weights, data, example)
        notes = [f"parameters of {weights}, test example {example}"]
    lengths = {name: len(rows) for name, rows in inputs.items()}
    pairs = device_pairs(network, lengths)
    extent = EVERYTHING if pairs <= PAIRS_AT_MOST else Extent()
    part, clamped = slice_network(network, inputs, extent)
    drive, cut = make_drive(part, clamped), ""
    if extent is not EVERYTHING:
        kept = device_pairs(part, {name: v.shape[1] for name, v in clamped.items()})
        shapes = ", ".join(
            f"{name} {' x '.join(str(n) for n in part.shape(name))}" for name in part.layers
        )
        cut = f"a slice of {kept} of {pairs} pairs of devices: {shapes}"
        notes.append(f"{pairs} pairs of devices are too many for SPICE: {cut}")
    try:
        Circuit(network, design.circuit.chip()).check_weights()  # a slice must not hide the rest
        bench = Bench(
            Circuit(part, design.circuit.chip()),
            drive,
            np.eye(network.outputs)[label][None],
            beta,
            design.circuit.duration or 0.0,
            cells=cell_files(design.circuit.cells, path),
            spiking=design.spiking.solver(),
        )
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    return Subject(bench, part, label, notes, cut)


def _drawn(design: Design, example: int) -> tuple[Network, Inputs, int]:
    """Return a network, one example's inputs and its label, all from the design's seed."""
    words = design.make_layer(design.table_layer) if design.table_layer else None
    network = design.make_network(words.tokens if isinstance(words, Clamped) else 1)
    network.initialise(design.seed, np.float64)
    rng = np.random.default_rng([design.seed, example])
    inputs: Inputs = {}
    for name in network.clamped:
        layer = network.layers[name]
        assert isinstance(layer, Clamped)
        if layer.vocabulary:
            inputs[name] = rng.permutation(np.arange(layer.tokens) % layer.vocabulary)
        else:
            scale = 1.0 / np.sqrt(layer.dim) if layer.tokens > 1 else 1.0
            inputs[name] = scale * rng.standard_normal((layer.tokens, layer.dim))
    return network, inputs, example % network.outputs


def network_case(design: Design, path: Path, options: VerifyOptions) -> Case:
    """Put one example of a design of neurons and attention on the bench.

    Raises
    ------
    InputError
        See :func:`network_subject`.
    """
    subject = network_subject(
        design,
        path,
        weights=options.weights,
        data=options.data,
        example=options.example,
        beta=options.beta,
    )
    hard = any(v.cell == "hard_sigmoid" for v in subject.bench.circuit.layers.values())
    case = Case(
        design.title,
        subject.bench,
        subject.label,
        HARD_CORNERS if hard else Tolerances(),
        subject.notes,
        subject.cut,
    )
    apart = subject.bench.free.apart
    if apart > case.tolerances.volts:
        case.notes.append(
            f"several minima: sweeps from zero settle {apart:.3g} V away from where the chip "
            "does; all views are compared from the chip's free state"
        )
    return case

"""A design of neurons and attention on the bench: one example, cut to what SPICE can carry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroep.core.tables import Reals
from neuroep.design.chip import cell_files
from neuroep.design.design import Design
from neuroep.errors import InputError
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.ngspice_view import ngspice_views
from neuroep.hardware.hopfield.slicing import Extent, device_pairs, slice_network
from neuroep.hardware.hopfield.views import (
    Bench,
    free_phase,
    scipy_view,
    sweep_view,
    transient_view,
)
from neuroep.hardware.views.compare import Comparison, Tolerances
from neuroep.hardware.views.view import View
from neuroep.images import open_images
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.inputs import Sequences
from neuroep.runs.trained import TrainedNetwork, load_run
from neuroep.studies.verify.case import Case, VerifyOptions
from neuroep.studies.verify.spikes import spiking_comparison
from neuroep.tasks.pairs.data import PairExamples, sentences_of
from neuroep.text.corpus import encode_corpus
from neuroep.text.pairs import encode_pairs, open_pairs
from neuroep.text.texts import open_texts

PAIRS_AT_MOST = 10_000
"""Pairs of conductances that ngspice carries in seconds."""

HARD_CORNERS = Tolerances(volts=1e-4, cosine=0.999)
"""Where an activity has a corner: a step over it costs a solver digits, and a synapse its slope."""

EVERYTHING = Extent(10**9, 10**9, 10**9, 10**9)


@dataclass(frozen=True)
class Subject:
    """What is verified: a bench, and what was done to make it fit."""

    bench: Bench
    network: Network
    notes: Sequence[str]


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
        The run is of another design, or values that the chip's devices cannot hold.
    """
    notes = []
    if weights is None:
        network, inputs, target = _drawn(design, example)
        notes.append(f"parameters and inputs drawn from seed {design.seed}")
    else:
        trained = load_run(weights)
        if trained.design.layers != design.resolved()["layers"]:
            raise InputError(f"{weights}: trained with other layers than {path} has")
        network, inputs, target = _read(trained, data, example)
        notes.append(f"parameters of {weights}, test example {example}")
    lengths = {name: len(rows) for name, rows in inputs.items()}
    pairs = device_pairs(network, lengths)
    extent = EVERYTHING if pairs <= PAIRS_AT_MOST else Extent()
    part, clamped = slice_network(network, inputs, extent)
    drive = make_drive(part, clamped)
    if extent is not EVERYTHING:
        kept = device_pairs(part, {name: v.shape[1] for name, v in clamped.items()})
        shapes = ", ".join(
            f"{name} {' x '.join(str(n) for n in part.shape(name))}" for name in part.layers
        )
        notes.append(
            f"{pairs} pairs of devices are too many for SPICE: a slice of {kept}: {shapes}"
        )
    try:
        Circuit(network, design.circuit.chip()).check_weights()  # a slice must not hide the rest
        circuit = Circuit(part, design.circuit.chip())
        bench = Bench(circuit, drive, target[None], beta, design.circuit.duration or 0.0)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    return Subject(bench, part, notes)


Example = tuple[Network, dict[str, np.ndarray], Reals]


def _drawn(design: Design, example: int) -> Example:
    """Return a network, one example's inputs and its target, all from the design's seed."""
    words = design.make_layer(design.table_layer) if design.table_layer else None
    network = design.make_network(words.tokens if isinstance(words, Clamped) else 1)
    network.initialise(design.seed, np.float64)
    rng = np.random.default_rng([design.seed, example])
    inputs: dict[str, np.ndarray] = {}
    for name in network.clamped:
        layer = network.layers[name]
        assert isinstance(layer, Clamped)
        if layer.vocabulary:
            inputs[name] = rng.permutation(np.arange(layer.tokens) % layer.vocabulary)
        else:
            scale = 1.0 / np.sqrt(layer.dim) if layer.tokens > 1 else 1.0
            inputs[name] = scale * rng.standard_normal((layer.tokens, layer.dim))
    return network, inputs, np.eye(network.outputs)[example % network.outputs]


def _read(trained: TrainedNetwork, data: str | None, example: int) -> Example:
    """Return a trained network, and one test example with its label."""
    design = trained.design
    if design.images:
        images = open_images(data).test
        _check_example(example, len(images.labels), "test images")
        inputs = {design.images.layer: images.pixels[example : example + 1].astype(float)}
        label = int(images.labels[example])
    elif design.pairs:
        inputs, label = _read_pair(trained, data, example)
    else:
        source = open_texts(data)
        reviews = source.stream("test", example + 1)
        corpus = encode_corpus(reviews, trained.words, design.words.tokens)
        _check_example(example, len(corpus), f"test reviews of {source.name}")
        inputs = {design.reading.layer: corpus[example].astype(np.int64)}
        label = int(corpus.labels[example])
        if not len(corpus[example]):
            raise InputError(f"{source.name}: test review {example}: no known word in it")
    return trained.network, inputs, np.eye(trained.network.outputs)[label]


def _read_pair(
    trained: TrainedNetwork, data: str | None, example: int
) -> tuple[dict[str, np.ndarray], int]:
    """Return what one test pair clamps, by layer, and its label."""
    sentences = sentences_of(trained.design, trained.words, trained.design.title)
    source = open_pairs(data)
    pairs = encode_pairs(source.stream("test"), trained.words, sentences.tokens)
    _check_example(example, len(pairs), f"test pairs of {source.name}")
    clamped, _ = PairExamples(pairs, sentences).batch(np.array([example]))
    inputs = {k: x.rows.astype(np.int64) for k, x in clamped.items() if isinstance(x, Sequences)}
    return inputs, int(pairs.labels[example])


def _check_example(example: int, count: int, what: str) -> None:
    if example >= count:
        raise InputError(f"--example {example}: there are {count} {what}")


class NetworkCase(Case):
    """One example of a design of neurons and attention.

    Raises
    ------
    InputError
        See :func:`network_subject`; or a cell's file is not there.
    """

    def __init__(self, design: Design, path: Path, options: VerifyOptions) -> None:
        self.design, self.path = design, path
        self.title = design.title
        subject = network_subject(
            design,
            path,
            weights=options.weights,
            data=options.data,
            example=options.example,
            beta=options.beta,
        )
        self.bench, self.notes = subject.bench, list(subject.notes)
        self.cells = cell_files(design.circuit.cells, path)
        hard = any(v.cell == "hard_sigmoid" for v in self.bench.circuit.layers.values())
        self.tolerances = HARD_CORNERS if hard else Tolerances()

    def views(self, options: VerifyOptions) -> Iterator[View]:
        """Yield "sweep" and "transient", then scipy's and ngspice's views."""
        bench = self.bench
        free = free_phase(bench)
        if free.apart > self.tolerances.volts:
            self.notes.append(
                f"several minima: sweeps from zero settle {free.apart:.3g} V away from where the "
                "chip does; all views are compared from the chip's free state"
            )
        view = sweep_view(bench, free)
        yield view
        yield transient_view(bench, free)
        if options.wants("scipy"):
            yield scipy_view(bench, free)
        if options.wants("ngspice"):
            yield from ngspice_views(bench, view, self.cells, timeout=options.timeout)

    def netlist(self, beta: float) -> str:
        """Return the netlist of one phase."""
        bench = self.bench
        return network_netlist(
            bench.circuit,
            bench.drive,
            self.cells,
            duration=float(bench.time[-1]),
            beta=beta,
            target=bench.target,
        ).text

    def more(self, options: VerifyOptions, views: Sequence[View]) -> Iterator[Comparison | str]:
        """Yield Brian2's spikes against neuroep's, and what would leave the supply."""
        if options.wants("brian2"):
            comparison, remarks = spiking_comparison(self.design, self.bench, views[0])
            yield comparison
            yield from remarks
        yield from beyond_rails(self.bench, views[1])


def beyond_rails(bench: Bench, view: View) -> list[str]:
    """Say which membranes and lines would leave the supply: a real amplifier clips there."""
    chip = bench.circuit.chip
    found = []
    for name, values in bench.circuit.layers.items():
        membrane = max(float(np.abs(w.volts[name]).max(initial=0.0)) for w in view.waveforms)
        line = chip.signal * float(np.abs(view.activities[name]).max(initial=0.0))
        if membrane > chip.supply:
            limit = values.volts * chip.supply / membrane
            found.append(
                f"beyond the rails: membranes of {name} reach {membrane:.3g} V at a supply of "
                f"{chip.supply:g} V; circuit.membrane_volts.{name} below {limit * 1e3:.3g} mV helps"
            )
        if line > chip.supply:
            limit = chip.signal * chip.supply / line
            found.append(
                f"beyond the rails: lines of {name} reach {line:.3g} V at a supply of "
                f"{chip.supply:g} V; circuit.signal below {limit * 1e3:.3g} mV helps"
            )
    return found

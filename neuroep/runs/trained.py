"""A network's parameters with the vocabulary they belong to, saved and loaded."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroep.core.tables import Floats
from neuroep.design.design import Design, check_design
from neuroep.errors import InputError
from neuroep.network.hopfield.network import Network
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.runs.folder import DESIGN, TRAINED, RunFolder
from neuroep.text.vocabulary import Vocabulary
from neuroep.traces import checkpoint

START = "start.h5"  # parameters and vocabulary before training


def save_parameters(path: Path, network: Network, vocabulary: Vocabulary | None = None) -> None:
    """Write parameters, and the vocabulary of text, as one file, visible only when complete."""
    arrays = {f"parameters/{name}": array for name, array in network.parameters.items()}
    if vocabulary is not None:
        arrays |= {f"vocabulary/{name}": a for name, a in vocabulary.to_arrays().items()}
    checkpoint.save(path, arrays, {})


def _load(path: Path) -> tuple[dict[str, np.ndarray], Vocabulary]:
    arrays, _ = checkpoint.load(path)
    prefix = "vocabulary/"
    words = {k[len(prefix) :]: v for k, v in arrays.items() if k.startswith(prefix)}
    try:
        return arrays, Vocabulary.from_arrays(words)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def load_start(path: Path, design: Design) -> tuple[Vocabulary, Floats]:
    """Return the vocabulary and the initial stored patterns of a run.

    Raises
    ------
    InputError
        Missing or damaged file; names it and the array.
    """
    arrays, vocabulary = _load(path)
    name = f"parameters/{design.table_layer}.patterns"
    if name not in arrays:
        raise InputError(f"{path}: {name}: missing")
    return vocabulary, arrays[name]


def load_into(network: Network | ResistiveNetwork, path: Path) -> None:
    """Set a network's parameters from a file.

    Raises
    ------
    InputError
        A parameter is missing or has another shape.
    """
    arrays, _ = checkpoint.load(path)
    for name, view in network.parameters.items():
        saved = arrays.get(f"parameters/{name}")
        if saved is None or saved.shape != view.shape:
            found = "missing" if saved is None else f"shape {saved.shape} instead of {view.shape}"
            raise InputError(f"{path}: parameters/{name}: {found}")
        view[:] = saved


@dataclass(frozen=True)
class TrainedNetwork:
    """A trained network; ``vocabulary`` where it reads text."""

    design: Design
    network: Network
    vocabulary: Vocabulary | None

    @property
    def words(self) -> Vocabulary:
        """The vocabulary.

        Raises
        ------
        InputError
            The network reads no text.
        """
        if self.vocabulary is None:
            raise InputError(f"'{self.design.title}': this network reads no text")
        return self.vocabulary


def load_run(run: str) -> TrainedNetwork:
    """Load the trained network of a run folder.

    Raises
    ------
    InputError
        Not a run folder, not trained to the end, or damaged.
    """
    folder = RunFolder.open(run)
    design = check_design(folder.read_design(), str(folder.path / DESIGN))
    path = folder.path / TRAINED
    if not path.is_file():
        raise InputError(f"{run}: not trained to the end yet; go on with --resume {run}")
    vocabulary = _load(path)[1] if design.table_layer else None
    network = design.make_network(len(vocabulary) if vocabulary else 1)
    network.initialise(design.seed)
    load_into(network, path)
    return TrainedNetwork(design, network, vocabulary)

"""The paper's two networks on real text: what both sides of their benchmarks start from.

Encoded text and weights after a short training take minutes to make and are kept in a folder of
their own, outside of the repository: ``NEUROEP_BENCHMARKS``, or one under the system's temporary
folder. Data are found by ``NEUROEP_DATA``, the folder with imdb/, snli/ and vectors/.
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike

from benchmarks.roofline import GENERAL, Bound, Product
from neuroep.core.tables import Floats, Ints
from neuroep.design.hopfield.design import HopfieldDesign
from neuroep.design.load import load_design
from neuroep.network.hopfield.network import Network
from neuroep.network.inputs import Sequences
from neuroep.runs.progress import Progress
from neuroep.tasks.task import DataOptions
from neuroep.text.corpus import Corpus, Padding
from neuroep.text.vectors import read_vectors

VECTORS = "vectors/word2vec-googlenews-300d-{}.npz"


@dataclass(frozen=True)
class PaperCase:
    """One of the two networks, and what it reads.

    ``archive``: within the data folder; ``table_layer``: whose table holds the word vectors;
    ``overrides``: of the design; ``bounds``: what the machine must be able to do for it.
    """

    name: str
    design: str
    archive: str
    table_layer: str
    unit: str
    overrides: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = GENERAL

    def load_design(self) -> HopfieldDesign:
        """Return the design."""
        return cast(HopfieldDesign, load_design(self.design, self.overrides))

    def make_network(self, rows: int) -> Network:
        """Return the network for a table of so many rows, without parameters yet."""
        return self.load_design().make_network({self.table_layer: rows})

    @property
    def folder(self) -> Path:
        """Where prepared data and trained weights are kept; made when missing."""
        root = os.environ.get("NEUROEP_BENCHMARKS") or f"{tempfile.gettempdir()}/neuroep-benchmarks"
        folder = Path(root) / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


# Products of a block of rows, both ways, for a batch and for the quarter of it that is longer than
# most; and of what an example's rows read.
IMDB = PaperCase(
    "imdb",
    "imdb_paper",
    "imdb/aclImdb_v1_labeled.tar.gz",
    "words",
    "reviews",
    overrides=("layers.out.bias=0.0",),  # both sides begin as published
    bounds=(
        *GENERAL,
        Product(100, 1000, 9600),
        Product(100, 9600, 1000),
        Product(25, 1000, 9600),
        Product(25, 9600, 1000),
        Product(32, 300, 200),
        Product(32, 200, 300),
    ),
)
SNLI = PaperCase(
    "snli",
    "snli_paper",
    "snli",
    "premise",
    "pairs",
    bounds=(
        *GENERAL,
        Product(200, 400, 2100),
        Product(200, 2100, 400),
        Product(50, 400, 2100),
        Product(50, 2100, 400),
        Product(15, 300, 15),
    ),
)


@dataclass(frozen=True)
class PaperData:
    """The training text of a case: ``corpora`` by layer, and the word vectors ``table``."""

    corpora: Mapping[str, Corpus]
    table: Floats
    classes: int

    def __len__(self) -> int:
        return len(next(iter(self.corpora.values())))

    def batch(
        self, indices: Ints, filled: Mapping[str, int] | None = None
    ) -> tuple[dict[str, Sequences], Floats]:
        """Return the input of every layer, and one-hot targets.

        ``filled``: tokens of every layer, to which its sequences are filled with the row of zeros.
        """
        parts = {name: corpus.subset(indices) for name, corpus in self.corpora.items()}
        inputs = {name: Sequences(part.tokens, part.offsets) for name, part in parts.items()}
        if filled:
            nothing = len(self.table) - 1
            inputs = {
                name: Sequences(*Padding(filled[name], nothing).fill(packed.rows, packed.offsets))
                for name, packed in inputs.items()
            }
        labels = next(iter(parts.values())).labels
        return inputs, np.eye(self.classes, dtype=np.float32)[labels]

    def longest(self, count: int) -> Ints:
        """Return the examples with the most tokens; among reviews, many fill their layer."""
        total = np.sum([corpus.lengths for corpus in self.corpora.values()], axis=0)
        return np.argsort(-total, kind="stable")[:count]

    def save(self, path: Path) -> None:
        """Write it as one file."""
        arrays = {"table": self.table, "classes": np.array(self.classes)}
        for name, corpus in self.corpora.items():
            arrays |= {f"{name}/{k}": getattr(corpus, k) for k in ("tokens", "offsets", "labels")}
        part = path.with_suffix(".part.npz")
        np.savez(part, **arrays)
        part.rename(path)

    @classmethod
    def load(cls, path: Path) -> "PaperData":
        """Read what :meth:`save` wrote."""
        with np.load(path, allow_pickle=False) as saved:
            names = [key.removesuffix("/tokens") for key in saved.files if key.endswith("/tokens")]
            corpora = {
                n: Corpus(saved[f"{n}/tokens"], saved[f"{n}/offsets"], saved[f"{n}/labels"])
                for n in names
            }
            return cls(corpora, saved["table"], int(saved["classes"]))


def data_folder() -> Path:
    """Return the folder with the real data; leaves the program with one line without it."""
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("NEUROEP_DATA") or default)
    if not folder.is_dir():
        sys.exit("the benchmarks of the paper's networks need real text: set NEUROEP_DATA")
    return folder


def prepare(case: PaperCase) -> PaperData:
    """Return the encoded training text of a case, read once and kept."""
    path = case.folder / "data.npz"
    if not path.exists():
        read = {"imdb": _read_reviews, "snli": _read_pairs}[case.name]
        data = data_folder()
        vectors = [str(data / VECTORS.format(part)) for part in ("subset", "extra-unitnorm")]
        options = DataOptions(data=str(data / case.archive), vectors=vectors)
        task: Any = case.load_design().task(case.design)
        source = task.open(options)
        encoder = task.fit(source, options, Progress().stage)
        corpora, dim = read(task, source, encoder)
        table = read_vectors(vectors, encoder.vocabulary, dim)
        PaperData(corpora, table, len(source.labels)).save(path)
    return PaperData.load(path)


def _read_reviews(task: Any, source: Any, encoder: Any) -> tuple[dict[str, Corpus], int]:
    return {task.layer.name: encoder.corpus(source.stream("train"))}, task.layer.dim


def _read_pairs(task: Any, source: Any, encoder: Any) -> tuple[dict[str, Corpus], int]:
    pairs, sentences = encoder.corpus(source.stream("train")), encoder.sentences
    corpora = {sentences.premise.name: pairs.premises, sentences.hypothesis.name: pairs.hypotheses}
    return corpora, sentences.premise.dim


def build(case: PaperCase, table: Floats, dtype: DTypeLike = np.float32) -> Network:
    """Return the network with its initial weights and the word vectors."""
    network = case.make_network(len(table))
    network.initialise(case.load_design().seed, dtype)
    network.parameters[f"{case.table_layer}.patterns"][:] = table
    return network

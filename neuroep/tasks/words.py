"""What the tasks of texts and of pairs share: a vocabulary, and a vector for each of its rows."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from neuroep.core.tables import Floats
from neuroep.errors import InputError
from neuroep.tasks.section import TaskSection
from neuroep.tasks.task import Asked, DataOptions, InputLayer, Shape, Stage, Task
from neuroep.text.corpus import Corpus
from neuroep.text.vectors import ppmi_vectors, read_vectors, words_with_vectors
from neuroep.text.vocabulary import Vocabulary

SHOWN = 80
"""Characters of a text that stand beside its answer."""


MOST_ROWS = 10**7
"""Rows of a vocabulary: more words than any collection of vectors has."""


class WordsSection(TaskSection):
    """How words become sequences of stored patterns."""

    words: int = Field(20_000, ge=1, le=MOST_ROWS)
    """Rows for the most frequent words."""
    word_min_count: int = Field(3, ge=1)
    """How often a word must occur."""
    ngrams: int = Field(1, ge=1, le=3)
    """Rows for frequent pairs (2) or also triples (3) of words."""
    ngram_rows: int = Field(20_000, ge=0, le=MOST_ROWS)
    """Most rows of these."""
    ngram_min_count: int = Field(4, ge=1)
    """How often one of them must occur."""
    unknown: Literal["ending", "drop"] = "ending"
    """Words without a row share ``rare_rows`` by their ending, or are left out."""
    rare_rows: int = Field(500, ge=1, le=MOST_ROWS)
    """Rows that they share."""
    padding: Literal["masked", "zeros"] = "masked"
    """What a text lacks to ``tokens`` is masked, or zeros that are attended to, which need
    ``unknown = "drop"`` and patterns that do not learn.
    """
    window: int = Field(5, ge=1, le=10**6)
    """Neighbours of a word when vectors are learned."""
    vector_scale: float = Field(1.0, gt=0)
    """Size of the first vectors."""
    word_dropout: float = Field(0.0, ge=0, lt=1)
    """Share of the patterns that are left out while training."""

    @property
    def buckets(self) -> int:
        """Rows that words without one of their own share, 0 where they are dropped."""
        return self.rare_rows if self.unknown == "ending" else 0

    @model_validator(mode="after")
    def _zeros_have_a_row(self) -> Self:
        if self.padding == "zeros" and self.unknown != "drop":
            raise ValueError('padding: "zeros" needs unknown = "drop", which brings a row of zeros')
        return self


class Remembered:
    """A source whose streams are kept after the first reading; all else is the source's own.

    The films of IMDB, all 50,000 of them, take 130 MB; reading them from their archive again takes
    ten seconds each time, and a run goes through them for vocabulary, encoding, controls, baselines
    and figures.
    """

    def __init__(self, source: Any) -> None:
        self.source = source
        self.note: str = source.note
        self._kept: dict[tuple[str, int | None], list[Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)

    def remark(self, found: str) -> None:
        """Add to the source's note what was found while vectors were read for its words."""
        self.note = "; ".join(filter(None, (self.note, found)))

    def stream(self, split: str, limit: int | None = None) -> Iterator[Any]:
        """Return the examples of a split in a fixed order."""
        key = split, limit
        if key not in self._kept:
            self._kept[key] = list(self.source.stream(split, limit))
        return iter(self._kept[key])


class WordsExamples:
    """Examples of one or two sequences of ids each."""

    @property
    @abstractmethod
    def unread(self) -> NDArray[np.int64]:
        """How many words of each example are not read, as a layer is too short for them."""

    @property
    def cut(self) -> int:
        """Number of examples of which something is not read."""
        return int(np.count_nonzero(self.unread))


class WordsEncoder:
    """A vocabulary, and the layer whose table holds its rows; ``labels`` names the classes."""

    def __init__(self, vocabulary: Vocabulary, labels: tuple[str, ...], layer: str) -> None:
        self.vocabulary, self.labels = vocabulary, labels
        self.tables: Mapping[str, int] = {layer: len(vocabulary)}

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what is saved with the weights."""
        return self.vocabulary.to_arrays()

    @abstractmethod
    def encode(self, given: Sequence[Any]) -> Any:
        """Return what a user has in memory, without labels, as the network takes it."""

    @abstractmethod
    def read(self, path: str, options: DataOptions) -> Iterator[tuple[Asked, Any]]:
        """Yield what is asked, and its content for :meth:`encode`, of each of a user's inputs."""

    def asked(
        self, path: str, options: DataOptions, batch: int
    ) -> Iterator[tuple[list[Asked], Any]]:
        """Read a user's own inputs, a batch at a time; "-" is standard input.

        Of each is said how many of its words are unknown, and how many are not read, if any.
        """
        given = islice(self.read(path, options), options.limit)
        while some := list(islice(given, batch)):
            examples = self.encode([content for _, content in some])
            asked = []
            for (one, content), unread in zip(some, examples.unread, strict=True):
                texts = [content] if isinstance(content, str) else content
                unknown = sum(map(self.vocabulary.count_unknown, texts))
                facts = {"unknown_words": unknown} | ({"unread": int(unread)} if unread else {})
                asked.append(replace(one, facts=facts))
            yield asked, examples


def shown(text: str) -> str:
    """The beginning of a text, as it stands beside its answer."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


class WordsTask(Task):
    """A task whose encoder is a vocabulary.

    ``layer``: the one whose table holds the rows; ``distinct``: see
    :class:`neuroep.text.vocabulary.Vocabulary`.
    """

    distinct = False

    def __init__(self, section: WordsSection, shape: Shape, layer: InputLayer) -> None:
        self.words, self.shape, self.layer = section, shape, layer

    @abstractmethod
    def texts(self, source: Remembered, limit: int | None) -> Iterator[str]:
        """Yield the training texts that the vocabulary is learned from."""

    @abstractmethod
    def make_encoder(self, vocabulary: Vocabulary, labels: tuple[str, ...]) -> Any:
        """Return the encoder of a vocabulary."""

    def fit(self, source: Remembered, options: DataOptions, stage: Stage) -> Any:
        """Learn the rows of the table from the training texts.

        Where the design drops unknown words, those that the files of vectors lack are unknown.
        """
        words = self.words
        with stage(f"learning the vocabulary of {source.name}"):
            learned = Vocabulary.learn(
                self.texts(source, options.limit),
                size=words.words,
                min_count=words.word_min_count,
                ngrams=words.ngrams,
                ngram_size=words.ngram_rows,
                ngram_min_count=words.ngram_min_count,
                buckets=words.buckets,
                distinct=self.distinct,
            )
            if options.vectors and not words.buckets:
                known = words_with_vectors(options.vectors, learned, self.layer.dim)
                learned = learned.restricted(known)
        return self.make_encoder(learned, source.labels)

    def load(self, arrays: Mapping[str, np.ndarray], labels: tuple[str, ...]) -> Any:
        """Return a saved encoder."""
        return self.make_encoder(Vocabulary.from_arrays(dict(arrays)), labels)

    def row_names(self, encoder: WordsEncoder) -> Mapping[str, Sequence[str]]:
        """Return the words and n-grams of the vocabulary, of the table that holds their vectors."""
        return {self.patterns: encoder.vocabulary.words}

    @property
    def patterns(self) -> str:
        """Name of the parameter that holds a vector for each row."""
        return f"{self.layer.name}.patterns"

    @property
    def fixed(self) -> Mapping[str, str]:
        """The patterns, where a row of them is the zeros that texts are filled with."""
        if self.words.padding == "masked":
            return {}
        return {self.patterns: f'zeros of {self.key}.padding = "zeros" would not stay zeros'}

    def vectors(
        self, source: Remembered, vocabulary: Vocabulary, train: Corpus, files: Sequence[str]
    ) -> Floats:
        """Return the initial patterns (rows, dim) float32: from files, or what occurs together."""
        words, dim, rows = self.words, self.layer.dim, len(vocabulary)
        if files:
            return words.vector_scale * read_vectors(files, vocabulary, dim, source.remark)
        if dim > rows - 2:
            raise InputError(
                f"{source.name}: layers.{self.layer.name}.dim: {dim} dimensions cannot be learned "
                f"from {self.unit}s with {rows} rows of patterns"
            )
        return words.vector_scale * ppmi_vectors(train, rows, dim, words.window, self.shape.seed)

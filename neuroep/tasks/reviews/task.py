"""The task of a design with ``[text]``: one text, one label."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from neuroep.core.tables import Floats
from neuroep.errors import InputError
from neuroep.tables.split import split
from neuroep.tasks.remembered import Remembered
from neuroep.tasks.reviews.encoder import TextEncoder
from neuroep.tasks.reviews.section import TextSection
from neuroep.tasks.section import TaskSection
from neuroep.tasks.task import DataOptions, Material, Shape, Size, Stage
from neuroep.text.corpus import Corpus, count_without_known_word
from neuroep.text.reviews.source import Review, TextSource
from neuroep.text.texts import open_texts
from neuroep.text.vectors import (
    log_ratio_vectors,
    ppmi_vectors,
    read_vectors,
    words_with_vectors,
)
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import BREAKS, shuffle_words, split_words

FEW = 2000
"""Training texts below which a new design counts words that occur once."""


class TextTask:
    """One text, one label: reviews and their sentiment, or any labelled texts."""

    key: ClassVar[str] = "text"
    kind: ClassVar[str] = "texts"
    unit: ClassVar[str] = "text"
    title: ClassVar[str] = "one text, one label: sentiment of reviews, topic of questions"
    section: ClassVar[type[TaskSection]] = TextSection

    def __init__(self, section: TextSection, shape: Shape) -> None:
        self.text = section
        self.shape = shape
        self.layer = shape.layer("text.layer", section.layer)

    @staticmethod
    def measure(options: DataOptions) -> Size:
        """Count texts, their words, and the words that occur."""
        source = _open(options, 0)
        lengths, seen = [], Counter[str]()
        for review in source.stream("train", options.limit):
            words = [word for word in split_words(review.text) if word not in BREAKS]
            lengths.append(len(words))
            seen.update(words)
        few = len(lengths) < FEW
        least = 1 if few else 3
        known = sum(count >= least for count in seen.values())
        values = {
            # Each word may complete a pair that has a row of its own.
            "tokens": min(600, 4 + 2 * int(np.quantile(lengths, 0.99))),
            "dim": max(2, min(16 if few else 64, known // 2)),
            "min_count": least,
            "ngram_min_count": 2 if few else 4,
            "rare": 20 if few else 500,
            "dropout": 0.2 if few else 0.5,
        }
        return Size(source.name, source.labels, len(lengths), values)

    def open(self, options: DataOptions) -> Remembered:
        """Open labelled texts; the built-in reviews without a path."""
        return Remembered(_open(options, self.shape.seed))

    def fit(self, source: Remembered, options: DataOptions, stage: Stage) -> TextEncoder:
        """Learn the rows of the table from the training texts.

        Where the design drops unknown words, those that the files of vectors lack are unknown.
        """
        text = self.text
        with stage(f"learning the vocabulary of {source.name}"):
            learned = Vocabulary.learn(
                (review.text for review in source.stream("train", options.limit)),
                size=text.words,
                min_count=text.word_min_count,
                ngrams=text.ngrams,
                ngram_size=text.ngram_rows,
                ngram_min_count=text.ngram_min_count,
                buckets=text.buckets,
                distinct=text.distinct,
            )
            if options.vectors and not text.buckets:
                known = words_with_vectors(options.vectors, learned, self.layer.dim)
                learned = learned.restricted(known)
        return TextEncoder(text, self.layer, learned, source.labels)

    def load(self, arrays: Mapping[str, np.ndarray], labels: tuple[str, ...]) -> TextEncoder:
        """Return a saved encoder."""
        return TextEncoder(self.text, self.layer, Vocabulary.from_arrays(dict(arrays)), labels)

    def material(
        self,
        source: Remembered,
        encoder: TextEncoder,
        options: DataOptions,
        stage: Stage,
        begun: Mapping[str, Floats],
    ) -> Material:
        """Encode every split, and get a vector for every row of the table.

        Raises
        ------
        InputError
            What the readers raise; too few texts; vectors that do not have the layer's width.
        """
        with stage("encoding the texts and their words"):
            limit, seed = options.limit, self.shape.seed
            train, validation = self._training(source, encoder, limit)
            test = encoder.corpus(source.stream("test", limit))
            mixed = encoder.corpus(_shuffled(source, limit, np.random.default_rng(seed)))
            patterns = f"{self.layer.name}.patterns"
            vectors = begun.get(patterns)
            if vectors is None:
                vectors = self._vectors(source, encoder, train, options.vectors)
        unknown = count_without_known_word(test, encoder.vocabulary)
        tested = encoder.as_examples(test)
        return Material(
            encoder.as_examples(train, self.text.word_dropout),
            encoder.as_examples(validation),
            tested,
            {"words shuffled": encoder.as_examples(mixed)},
            {patterns: vectors},
            {
                "rows_of_patterns": len(encoder.vocabulary),
                "test_texts_without_known_word": unknown,
                "test_texts_cut": tested.cut,
            },
        )

    def _training(
        self, source: Remembered, encoder: TextEncoder, limit: int | None
    ) -> tuple[Corpus, Corpus]:
        everything = encoder.corpus(source.stream("train", limit))
        if "validation" in source.splits:
            return everything, encoder.corpus(source.stream("validation", limit))
        kept, held = split(everything.labels, self.text.validation, self.shape.seed)
        if not len(kept) or not len(held):
            raise InputError(f"{source.name}: {len(everything)} training texts are too few")
        return everything.subset(kept), everything.subset(held)

    def _vectors(
        self, source: Remembered, encoder: TextEncoder, train: Corpus, files: Sequence[str]
    ) -> Floats:
        """Return the initial patterns (rows, dim) float32."""
        text, dim, rows = self.text, self.layer.dim, len(encoder.vocabulary)
        if files:
            return text.vector_scale * read_vectors(files, encoder.vocabulary, dim)
        if text.start == "log_ratio":
            return text.vector_scale * log_ratio_vectors(train, rows, dim, self.shape.seed)
        if dim > rows - 2:
            raise InputError(
                f"{source.name}: layers.{self.layer.name}.dim: {dim} dimensions cannot be learned "
                f"from texts with {rows} rows of patterns"
            )
        return text.vector_scale * ppmi_vectors(train, rows, dim, text.window, self.shape.seed)

    def baselines(
        self, source: Remembered, material: Material, limit: int | None
    ) -> dict[str, Any]:
        """Fit logistic regression on words: see :mod:`neuroep.tasks.reviews.baselines`."""
        from neuroep.tasks.reviews.baselines import fit_baselines

        vectors = material.initial[f"{self.layer.name}.patterns"]
        return fit_baselines(source, material, vectors, self.text.start == "log_ratio", limit)

    def figures(self, view: Any) -> None:
        """Draw what the network attends to in a few test texts."""
        from neuroep.tasks.reviews.figures import draw_attention

        draw_attention(view)


def _open(options: DataOptions, seed: int) -> TextSource:
    return open_texts(
        options.data,
        validation=options.validation,
        test=options.test,
        seed=seed,
        **options.asked("text", "label"),  # type: ignore[arg-type]
    )


def _shuffled(source: Remembered, limit: int | None, rng: np.random.Generator) -> Iterator[Review]:
    for review in source.stream("test", limit):
        yield Review(review.label, shuffle_words(review.text, rng))

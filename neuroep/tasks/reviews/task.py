"""The task of a design with ``[text]``: one text, one label."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np

from neuroep.core.tables import Floats
from neuroep.errors import InputError
from neuroep.tables.split import split
from neuroep.tasks.reviews.encoder import TextEncoder, TextExamples, TextSection
from neuroep.tasks.task import DataOptions, Material, Shape, Size, Stage
from neuroep.tasks.words import Remembered, WordsTask
from neuroep.text.corpus import Corpus, count_without_known_word
from neuroep.text.reviews.source import Review
from neuroep.text.texts import open_texts
from neuroep.text.vectors import log_ratio_vectors, random_vectors
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import plain_words, shuffle_words

FEW = 2000
"""Training texts below which a new design counts words that occur once."""


class TextTask(WordsTask):
    """One text, one label: reviews and their sentiment, or any labelled texts."""

    key = "text"
    kind = "texts"
    unit = "text"
    title = "one text, one label: sentiment of reviews, topic of questions"
    section = TextSection

    def __init__(self, section: TextSection, shape: Shape) -> None:
        super().__init__(section, shape, shape.layer("text.layer", section.layer))
        self.text, self.distinct = section, section.distinct

    @staticmethod
    def measure(options: DataOptions) -> Size:
        """Count texts, their words, and the words that occur."""
        source = open_texts(options.data, **options.opening(0, "text", "label"))
        lengths, seen = [], Counter[str]()
        for review in source.stream("train", options.limit):
            words = plain_words(review.text)
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
        return Remembered(
            open_texts(options.data, **options.opening(self.shape.seed, "text", "label"))
        )

    def texts(self, source: Remembered, limit: int | None) -> Iterator[str]:
        """Yield the texts that are trained on, none of those that choose the epoch."""
        return (review.text for review in self._training(source, limit)[0])

    def make_encoder(self, vocabulary: Vocabulary, labels: tuple[str, ...]) -> TextEncoder:
        """Return the encoder of a vocabulary."""
        return TextEncoder(self.text, self.layer, vocabulary, labels)

    def material(
        self,
        source: Remembered,
        encoder: TextEncoder,
        options: DataOptions,
        stage: Stage,
        begun: Mapping[str, Floats],
    ) -> Material:
        """Encode every split, and get a vector for every row of the table."""
        with stage("encoding the texts and their words"):
            limit, seed = options.limit, self.shape.seed
            train, validation = map(encoder.corpus, self._training(source, limit))
            test = encoder.corpus(source.stream("test", limit))
            reading, rng = encoder.vocabulary.reading, np.random.default_rng(seed)
            mixed = encoder.corpus(_shuffled(source, limit, rng, reading))
            vectors = begun.get(self.patterns)
            if vectors is None:
                vectors = self.vectors(source, encoder.vocabulary, train, options.vectors)
        unknown = count_without_known_word(test, encoder.vocabulary)
        tested = encoder.as_examples(test)
        return Material(
            encoder.as_examples(train, self.text.word_dropout),
            encoder.as_examples(validation),
            tested,
            {"words shuffled": encoder.as_examples(mixed)},
            {self.patterns: vectors},
            {
                "rows_of_patterns": len(encoder.vocabulary),
                "test_texts_without_known_word": unknown,
                "test_texts_cut": tested.cut,
            },
        )

    def _training(self, source: Remembered, limit: int | None) -> tuple[list[Review], list[Review]]:
        """Return the texts that are trained on, and those that choose the epoch."""
        everything = list(source.stream("train", limit))
        if "validation" in source.splits:
            return everything, list(source.stream("validation", limit))
        labels = np.array([review.label for review in everything], np.int64)
        kept, held = split(labels, self.text.validation, self.shape.seed)
        if not len(kept) or not len(held):
            raise InputError(f"{source.name}: {len(everything)} training texts are too few")
        return [everything[i] for i in kept], [everything[i] for i in held]

    def vectors(
        self, source: Remembered, vocabulary: Vocabulary, train: Corpus, files: Sequence[str]
    ) -> Floats:
        """Return the initial patterns, from labels or from nothing where the design starts so."""
        rows, width, seed = len(vocabulary), self.layer.dim, self.shape.seed
        if files or self.text.start == "cooccurrence":
            return super().vectors(source, vocabulary, train, files)
        if self.text.start == "random":
            found = random_vectors(rows, width, seed)
        else:
            found = log_ratio_vectors(train, rows, width, seed, self.shape.outputs)
        if self.text.padding == "zeros":
            found[vocabulary.nothing] = 0
        return self.text.vector_scale * found

    def baselines(
        self, source: Remembered, material: Material, limit: int | None
    ) -> dict[str, Any]:
        """Fit logistic regression on words, on the rows, and on the patterns it all starts from.

        Where these were made from the labels (naive Bayes log-ratios), logistic regression gets the
        same rows, split and start: what the network adds to them is what it learned.
        """
        from neuroep.text.reviews.baselines import (
            log_ratio_rows,
            mean_vector,
            same_rows,
            text_baseline,
        )

        vectors = material.initial[self.patterns]
        train, unseen, test = (
            cast(TextExamples, part).corpus
            for part in (material.train, material.validation, material.test)
        )
        from_labels = self.text.start == "log_ratio"
        # What was made from labels must not be judged by texts whose labels it knows.
        mean = mean_vector(vectors, train, test, validation=unseen if from_labels else None)
        found = {
            "mean vector": mean,
            "bag of words": text_baseline("bag_of_words", source, limit),
            "tf-idf": text_baseline("tfidf", source, limit),
            "tf-idf with bigrams": text_baseline("tfidf_bigrams", source, limit),
            "same rows": same_rows(len(vectors), train, unseen, test),
        }
        if from_labels:
            ratios = 1 if self.shape.outputs == 2 else self.shape.outputs
            rows = log_ratio_rows(vectors[:, :ratios], train, unseen, test)
            found["same rows, naive-Bayes start"] = rows
        return found

    def figures(self, view: Any) -> None:
        """Draw what the network attends to in a few test texts."""
        from neuroep.tasks.reviews.figures import draw_attention

        draw_attention(view)


def _shuffled(
    source: Remembered, limit: int | None, rng: np.random.Generator, reading: int
) -> Iterator[Review]:
    for review in source.stream("test", limit):
        yield Review(review.label, shuffle_words(review.text, rng, reading))

"""The task of a design with ``[pairs]``: two sentences, one label."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np

from neuroep.core.tables import Floats
from neuroep.errors import InputError
from neuroep.tables.split import split
from neuroep.tasks.pairs.encoder import PairEncoder, PairExamples, PairSection, Sentences
from neuroep.tasks.task import DataOptions, InputLayer, Material, Shape, Size, Stage
from neuroep.tasks.words import Remembered, WordsTask
from neuroep.text.corpus import Corpus, Padding
from neuroep.text.pairs import Pair, open_pairs, pair_baselines, pair_rows
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import BREAKS, split_words

COLUMNS = ("premise", "hypothesis", "label")

SHARE = 0.1
"""Of the training pairs that choose the epoch where the data have none for it."""

FEW = 2000
"""Training pairs below which a new design counts words that occur once."""


class PairsTask(WordsTask):
    """Two sentences, one label: whether one follows from the other."""

    key = "pairs"
    kind = "pairs"
    unit = "pair"
    title = "two sentences, one label: does one follow from the other?"
    section = PairSection

    def __init__(self, section: PairSection, shape: Shape) -> None:
        self.pairs = section
        self.premise, self.hypothesis = (
            shape.layer(f"pairs.{role}", getattr(section, role))
            for role in ("premise", "hypothesis")
        )
        super().__init__(section, shape, self.premise)
        if self.hypothesis.table != self.premise.name:
            raise InputError(
                f"{shape.where}: layers.{self.hypothesis.name}.table: must be "
                f"{self.premise.name!r}, whose words these are as well"
            )
        self.memories = dict(self._memories())

    def _memories(self) -> Iterator[tuple[str, int]]:
        for name, layer in self.shape.inputs.items():
            if name in (self.premise.name, self.hypothesis.name):
                continue
            if layer.vocabulary != layer.tokens:
                raise InputError(
                    f"{self.shape.where}: layers.{name}.vocabulary: a memory clamps all its rows, "
                    f"so it must be {layer.tokens}, the layer's tokens"
                )
            yield name, layer.tokens

    @staticmethod
    def measure(options: DataOptions) -> Size:
        """Count pairs, and the words of both sentences."""
        source = open_pairs(options.data, **options.opening(0, *COLUMNS))
        lengths, seen = [], Counter[str]()
        for pair in source.stream("train", options.limit):
            both = [split_words(text) for text in (pair.premise, pair.hypothesis)]
            lengths.append([len(words) for words in both])
            for words in both:
                seen.update(word for word in words if word not in BREAKS)
        few = len(lengths) < FEW
        longest = [min(60, 2 + int(n)) for n in np.quantile(lengths, 0.99, axis=0)]
        known = sum(count >= (1 if few else 2) for count in seen.values())
        values = {
            "premise_tokens": longest[0],
            "hypothesis_tokens": longest[1],
            "dim": max(2, min(64, known // 2)),
            "min_count": 1 if few else 2,
            "rare": 20 if few else 300,
        }
        return Size(source.name, source.labels, len(lengths), values)

    def open(self, options: DataOptions) -> Remembered:
        """Open labelled pairs; the built-in ones without a path."""
        return Remembered(open_pairs(options.data, **options.opening(self.shape.seed, *COLUMNS)))

    def texts(self, source: Remembered, limit: int | None) -> Iterator[str]:
        """Yield both sentences of the pairs that are trained on."""
        for pair in self._training(source, limit)[0]:
            yield from (pair.premise, pair.hypothesis)

    def make_encoder(self, vocabulary: Vocabulary, labels: tuple[str, ...]) -> PairEncoder:
        """Return the encoder of a vocabulary, for both layers."""
        padding = {}
        if self.words.padding == "zeros":
            both: tuple[InputLayer, ...] = (self.premise, self.hypothesis)
            padding = {k.name: Padding(k.tokens, vocabulary.nothing) for k in both}
        sentences = Sentences(self.premise, self.hypothesis, padding, self.memories)
        return PairEncoder(sentences, vocabulary, labels)

    def material(
        self,
        source: Remembered,
        encoder: PairEncoder,
        options: DataOptions,
        stage: Stage,
        begun: Mapping[str, Floats],
    ) -> Material:
        """Encode every split, and get a vector for every row of the table."""
        with stage("encoding the pairs and their words"):
            pairs = map(encoder.corpus, self._training(source, options.limit))
            train, validation = map(encoder.as_examples, pairs)
            test = encoder.examples(source, "test", options.limit)
            vectors = begun.get(self.patterns)
            if vectors is None:
                both = _joined(train.pairs.premises, train.pairs.hypotheses)
                vectors = self.vectors(source, encoder.vocabulary, both, options.vectors)
        train.dropout = self.pairs.word_dropout
        facts = {
            "rows_of_patterns": len(encoder.vocabulary),
            "pairs_without_label": dict(source.skipped),
            "test_pairs_cut": test.cut,
        }
        return Material(train, validation, test, {}, {self.patterns: vectors}, facts)

    def _training(self, source: Remembered, limit: int | None) -> tuple[list[Pair], list[Pair]]:
        """Return the pairs that are trained on, and those that choose the epoch."""
        everything = list(source.stream("train", limit))
        if "validation" in source.splits:
            held = min(self.pairs.validation, limit or self.pairs.validation)
            kept, chosen = everything, list(source.stream("validation", held))
        else:
            labels = np.array([pair.label for pair in everything], np.int64)
            parts = split(labels, SHARE, self.shape.seed)
            kept, chosen = ([everything[i] for i in part] for part in parts)
        if not kept or not chosen:
            raise InputError(f"{self.shape.where}: {len(everything)} training pairs are too few")
        return kept, chosen

    def baselines(
        self, source: Remembered, material: Material, limit: int | None
    ) -> dict[str, Any]:
        """Fit logistic regression on the words of one sentence, and of both and their overlap.

        Besides on the network's own rows, with its own split.
        """
        parts = (material.train, material.validation, material.test)
        train, held, test = (cast(PairExamples, part).pairs for part in parts)
        rows = len(material.initial[self.patterns])
        return {
            **pair_baselines(source, limit),
            "same rows of both and overlap": pair_rows(rows, train, held, test),
        }

    def figures(self, view: Any) -> None:
        """Draw what one sentence attends to in the other."""
        from neuroep.tasks.pairs.figures import draw_attention

        draw_attention(view)


def _joined(first: Corpus, second: Corpus) -> Corpus:
    return Corpus(
        np.concatenate([first.tokens, second.tokens]),
        np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]]),
        np.concatenate([first.labels, second.labels]),
    )

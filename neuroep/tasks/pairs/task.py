"""The task of a design with ``[pairs]``: two sentences, one label."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from neuroep.core.tables import Floats
from neuroep.errors import InputError
from neuroep.tables.split import split
from neuroep.tasks.pairs.encoder import PairEncoder
from neuroep.tasks.pairs.examples import PairExamples, Sentences
from neuroep.tasks.pairs.section import PairSection
from neuroep.tasks.remembered import Remembered
from neuroep.tasks.section import TaskSection
from neuroep.tasks.task import DataOptions, InputLayer, Material, Shape, Size, Stage
from neuroep.text.corpus import Corpus, Padding
from neuroep.text.pairs import PairCorpus, PairSource, open_pairs, pair_baselines
from neuroep.text.vectors import ppmi_vectors, read_vectors, words_with_vectors
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import BREAKS, split_words

SHARE = 0.1
"""Of the training pairs that choose the epoch where the data have none for it."""

FEW = 2000
"""Training pairs below which a new design counts words that occur once."""


class PairsTask:
    """Two sentences, one label: whether one follows from the other."""

    key: ClassVar[str] = "pairs"
    kind: ClassVar[str] = "pairs"
    unit: ClassVar[str] = "pair"
    title: ClassVar[str] = "two sentences, one label: does one follow from the other?"
    section: ClassVar[type[TaskSection]] = PairSection

    def __init__(self, section: PairSection, shape: Shape) -> None:
        self.pairs = section
        self.shape = shape
        self.premise, self.hypothesis = (
            shape.layer(f"pairs.{role}", getattr(section, role))
            for role in ("premise", "hypothesis")
        )
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
        source = _open(options, 0)
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
        return Remembered(_open(options, self.shape.seed))

    def _encoder(self, vocabulary: Vocabulary, labels: tuple[str, ...]) -> PairEncoder:
        padding = {}
        if self.pairs.padding == "zeros":
            both: tuple[InputLayer, ...] = (self.premise, self.hypothesis)
            padding = {k.name: Padding(k.tokens, vocabulary.nothing) for k in both}
        sentences = Sentences(self.premise, self.hypothesis, padding, self.memories)
        return PairEncoder(sentences, vocabulary, labels)

    def fit(self, source: Remembered, options: DataOptions, stage: Stage) -> PairEncoder:
        """Learn the rows of the table from both sentences of the training pairs.

        Where the design drops unknown words, those that the files of vectors lack are unknown.
        """
        section = self.pairs
        with stage(f"learning the vocabulary of {source.name}"):
            learned = Vocabulary.learn(
                (
                    text
                    for pair in source.stream("train", options.limit)
                    for text in (pair.premise, pair.hypothesis)
                ),
                size=section.words,
                min_count=section.word_min_count,
                ngrams=section.ngrams,
                ngram_size=section.ngram_rows,
                ngram_min_count=section.ngram_min_count,
                buckets=section.buckets,
            )
            if options.vectors and not section.buckets:
                known = words_with_vectors(options.vectors, learned, self.premise.dim)
                learned = learned.restricted(known)
        return self._encoder(learned, source.labels)

    def load(self, arrays: Mapping[str, np.ndarray], labels: tuple[str, ...]) -> PairEncoder:
        """Return a saved encoder."""
        return self._encoder(Vocabulary.from_arrays(dict(arrays)), labels)

    def material(
        self,
        source: Remembered,
        encoder: PairEncoder,
        options: DataOptions,
        stage: Stage,
        begun: Mapping[str, Floats],
    ) -> Material:
        """Encode every split, and get a vector for every row of the table.

        Raises
        ------
        InputError
            What the readers raise; too little text; vectors that do not have the layer's width.
        """
        held = min(self.pairs.validation, options.limit or self.pairs.validation)
        patterns = f"{self.premise.name}.patterns"
        with stage("encoding the pairs and their words"):
            train = encoder.examples(source, "train", options.limit)
            if "validation" in source.splits:
                validation = encoder.examples(source, "validation", held)
            else:
                train, validation = self._held_out(encoder, train.pairs)
            test = encoder.examples(source, "test", options.limit)
            vectors = begun.get(patterns)
            if vectors is None:
                vectors = self._vectors(source.name, encoder, train.pairs, options.vectors)
        train.dropout = self.pairs.word_dropout
        facts = {
            "rows_of_patterns": len(encoder.vocabulary),
            "pairs_without_label": dict(source.skipped),
            "test_pairs_cut": test.cut,
        }
        return Material(train, validation, test, {}, {patterns: vectors}, facts)

    def _held_out(
        self, encoder: PairEncoder, pairs: PairCorpus
    ) -> tuple[PairExamples, PairExamples]:
        kept, held = split(pairs.labels, SHARE, self.shape.seed)
        if not len(kept) or not len(held):
            raise InputError(f"{self.shape.where}: {len(pairs)} training pairs are too few")
        return encoder.as_examples(pairs.subset(kept)), encoder.as_examples(pairs.subset(held))

    def _vectors(
        self, name: str, encoder: PairEncoder, train: PairCorpus, files: Sequence[str]
    ) -> Floats:
        section, dim, rows = self.pairs, self.premise.dim, len(encoder.vocabulary)
        if files:
            return section.vector_scale * read_vectors(files, encoder.vocabulary, dim)
        if dim > rows - 2:
            raise InputError(
                f"{name}: layers.{self.premise.name}.dim: {dim} dimensions cannot be learned from "
                f"pairs with {rows} rows of patterns"
            )
        first, second = train.premises, train.hypotheses
        both = Corpus(
            np.concatenate([first.tokens, second.tokens]),
            np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]]),
            np.concatenate([first.labels, second.labels]),
        )
        learned = ppmi_vectors(both, rows, dim, section.window, self.shape.seed)
        return section.vector_scale * learned

    def baselines(
        self, source: Remembered, material: Material, limit: int | None
    ) -> dict[str, Any]:
        """Fit logistic regression on the words of one sentence, and of both and their overlap."""
        return dict(pair_baselines(source, limit))

    def figures(self, view: Any) -> None:
        """Draw what one sentence attends to in the other."""
        from neuroep.tasks.pairs.figures import draw_attention

        draw_attention(view)


def _open(options: DataOptions, seed: int) -> PairSource:
    return open_pairs(
        options.data,
        validation=options.validation,
        test=options.test,
        seed=seed,
        **options.asked("premise", "hypothesis", "label"),  # type: ignore[arg-type]
    )

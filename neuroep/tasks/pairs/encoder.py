"""What pairs of sentences are turned into: ids of one vocabulary, for two layers."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from neuroep.errors import InputError
from neuroep.tasks.pairs.examples import PairExamples, Sentences
from neuroep.tasks.task import Asked, DataOptions
from neuroep.text.own import read_pairs
from neuroep.text.pairs import Pair, PairCorpus, encode_pairs
from neuroep.text.vocabulary import Vocabulary


class PairEncoder:
    """A vocabulary, and the layers that both sentences are clamped to.

    Parameters
    ----------
    sentences : Sentences
    vocabulary : Vocabulary
    labels : tuple of str
        Names of the classes.
    """

    def __init__(
        self, sentences: Sentences, vocabulary: Vocabulary, labels: tuple[str, ...]
    ) -> None:
        self.sentences, self.vocabulary, self.labels = sentences, vocabulary, labels
        self.tables: Mapping[str, int] = {sentences.premise.name: len(vocabulary)}

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what is saved with the weights."""
        return self.vocabulary.to_arrays()

    def corpus(self, pairs: Any) -> PairCorpus:
        """Encode labelled pairs, each sentence cut to what the longer layer holds."""
        return encode_pairs(pairs, self.vocabulary, self.sentences.tokens)

    def as_examples(self, pairs: PairCorpus, dropout: float = 0.0) -> PairExamples:
        """Return encoded pairs as the network takes them."""
        return PairExamples(pairs, self.sentences, len(self.labels), dropout)

    def examples(self, source: Any, split: str, limit: int | None = None) -> PairExamples:
        """Return a split of an open source as examples.

        Raises
        ------
        InputError
            There is no pair in it.
        """
        corpus = self.corpus(source.stream(split, limit))
        if not len(corpus):
            raise InputError(f"{source.name}: {split}: no pair to read")
        return self.as_examples(corpus)

    def encode(self, given: Sequence[tuple[str, str]]) -> PairExamples:
        """Return pairs of sentences without labels as the network takes them."""
        return self.as_examples(self.corpus(Pair(0, *both) for both in given))

    def asked(
        self, path: str, options: DataOptions, batch: int
    ) -> Iterator[tuple[list[Asked], PairExamples]]:
        """Read a user's own pairs, a batch at a time; "-" is standard input."""
        columns = options.asked("premise", "hypothesis", "label")
        pairs = islice(read_pairs(path, **columns), options.limit)
        while some := list(islice(pairs, batch)):
            corpus = self.corpus(Pair(0, pair.premise, pair.hypothesis) for pair in some)
            examples = self.as_examples(corpus)
            unknown = [
                sum(
                    int(self.vocabulary.is_unknown(side[i]).sum())
                    for side in (corpus.premises, corpus.hypotheses)
                )
                for i in range(len(corpus))
            ]
            asked = [
                Asked(
                    pair.number,
                    f"{pair.premise} / {pair.hypothesis}",
                    {"unknown_words": count, "cut": int(cut)},
                )
                for pair, count, cut in zip(some, unknown, examples.left_out, strict=True)
            ]
            yield asked, examples

"""Pairs as examples: what is clamped, and which words are left out while training."""

import tomllib

import numpy as np
import pytest
from experiment_support import PAIRS as TINY

from neuroep.design.load import check_design
from neuroep.hardware.hopfield.slicing import Extent, slice_network
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.inputs import Sequences
from neuroep.settle import Stop, settle
from neuroep.tasks.pairs.encoder import PairExamples, Sentences
from neuroep.text.corpus import Padding
from neuroep.text.pairs import Pair, encode_pairs
from neuroep.text.vocabulary import Vocabulary

WORDS = [f"w{chr(97 + i)}{chr(97 + j)}" for i in range(5) for j in range(8)]


def sentences() -> Sentences:
    design = check_design(tomllib.loads(TINY), "tiny")
    task = design.task("tiny")
    return Sentences(task.premise, task.hypothesis, memories=task.memories)


def examples(dropout: float = 0.0, count: int = 50, padding: bool = False) -> PairExamples:
    """Return pairs whose hypotheses repeat their premises' words from the second on."""
    rng = np.random.default_rng(0)
    vocabulary = Vocabulary(WORDS, 20, np.empty((0, 2), np.int32))
    pairs = []
    for number in range(count):
        words = rng.permutation(WORDS)[:9]
        pairs.append(Pair(number % 3, " ".join(words), " ".join(words[1:])))
    found = sentences()
    if padding:
        fill = {k.name: Padding(k.tokens, 7) for k in (found.premise, found.hypothesis)}
        found = Sentences(found.premise, found.hypothesis, fill, found.memories)
    return PairExamples(encode_pairs(pairs, vocabulary, found.tokens), found, 3, dropout)


def clamped(data: PairExamples, rng: np.random.Generator | None = None) -> dict[str, Sequences]:
    inputs, _ = data.batch(np.arange(len(data)), rng)
    assert all(isinstance(x, Sequences) for x in inputs.values())
    return dict(inputs)  # type: ignore[arg-type]


def parts(packed: Sequences) -> list[list[int]]:
    return [part.tolist() for part in np.split(packed.rows, packed.offsets[1:-1])]


def test_a_pair_clamps_both_sentences_and_every_row_of_the_memory() -> None:
    data = examples()
    inputs, target = data.batch(np.array([4, 2]))
    assert set(inputs) == {"premise", "hypothesis", "memory"}
    assert target.tolist() == [[0, 1, 0], [0, 0, 1]]
    found = clamped(data)
    assert parts(found["memory"]) == [list(range(6))] * len(data)
    for premise, hypothesis in zip(
        parts(found["premise"]), parts(found["hypothesis"]), strict=True
    ):
        assert premise[1:] == hypothesis


def test_a_sentence_longer_than_its_layer_is_cut() -> None:
    vocabulary = Vocabulary(WORDS, 20, np.empty((0, 2), np.int32))
    long = Pair(0, " ".join(WORDS), " ".join(WORDS))
    data = PairExamples(encode_pairs([long], vocabulary, 14, (14, 10)), sentences(), 3)
    found = clamped(data)
    assert parts(found["premise"]) == [list(range(14))]
    assert parts(found["hypothesis"]) == [list(range(10))]
    assert data.unread.tolist() == [2 * len(WORDS) - 14 - 10]
    assert data.cut == 1
    assert examples().cut == 0


def test_a_word_leaves_both_sentences_or_none() -> None:
    data = examples(dropout=0.4)
    whole, found = clamped(data), clamped(data, np.random.default_rng(1))
    kept = 0
    for premise, hypothesis, all_words in zip(
        parts(found["premise"]), parts(found["hypothesis"]), parts(whole["premise"]), strict=True
    ):
        first, second = all_words[0], all_words[1]
        assert premise[0] == first
        assert hypothesis[0] == second
        assert set(premise) - {first, second} == set(hypothesis) - {second}
        kept += len(hypothesis) - 1
    assert kept / (7 * len(data)) == pytest.approx(0.6, abs=0.07)


def test_what_is_left_out_follows_from_the_generator_alone() -> None:
    data = examples(dropout=0.4)
    one, two, other = (clamped(data, np.random.default_rng(k))["premise"] for k in (1, 1, 2))
    assert parts(one) == parts(two) != parts(other)
    assert parts(clamped(data)["premise"]) == parts(clamped(examples())["premise"])


def test_zeros_fill_both_layers() -> None:
    found = clamped(examples(padding=True))
    for name, tokens, used in (("premise", 14, 9), ("hypothesis", 10, 8)):
        rows = found[name].rows.reshape(-1, tokens)
        assert (rows[:, used:] == 7).all()


def test_a_slice_that_keeps_everything_settles_as_the_whole() -> None:
    design = check_design(tomllib.loads(TINY), "tiny")
    network = design.make_network({"premise": len(WORDS) + 20})
    network.initialise(1, np.float64)
    whole, _ = examples().batch(np.array([3]))
    ids = {name: x.rows.astype(np.int64) for name, x in whole.items() if isinstance(x, Sequences)}
    part, clamped = slice_network(network, ids, Extent(10**9, 10**9, 10**9, 10**9))
    stop = Stop(1e-12, 200)
    one = settle(network, make_drive(network, whole), stop=stop).activity("hidden")
    other = settle(part, make_drive(part, clamped), stop=stop).activity("hidden")
    np.testing.assert_allclose(other, one, atol=1e-10)

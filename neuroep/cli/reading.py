"""``neuroep eval`` and ``neuroep predict``: a trained network reads texts."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from neuroep.errors import InputError
from neuroep.learning.evaluation import Evaluation, Examples, evaluate
from neuroep.runs.trained import TrainedNetwork, load_run
from neuroep.tables.labels import find_label
from neuroep.tasks.pairs.data import PairExamples, sentences_of
from neuroep.tasks.reviews.data import ReviewExamples, padding_of
from neuroep.text.corpus import Corpus, encode_corpus
from neuroep.text.own import Text, read_texts
from neuroep.text.pairs import encode_pairs, open_pairs
from neuroep.text.reviews.source import SENTIMENTS, Review
from neuroep.text.texts import open_texts

BATCH = 64


def _settle(trained: TrainedNetwork, examples: Examples, solver: str | None) -> Evaluation:
    made, stop = trained.design.make_solver(solver or "")
    return evaluate(trained.network, examples, solver=made, stop=stop)


def _evaluate(trained: TrainedNetwork, corpus: Corpus, solver: str | None) -> Evaluation:
    design, network = trained.design, trained.network
    padding = padding_of(design, trained.words)
    examples = ReviewExamples(corpus, design.reading.layer, network.outputs, padding=padding)
    return _settle(trained, examples, solver)


def _labelled(data: str | None, limit: int | None) -> Iterator[Review]:
    if data is None or not data.endswith((".csv", ".jsonl")):
        yield from open_texts(data).stream("test", limit)
        return
    for number, text in enumerate(islice(read_texts(data), limit), 1):
        if text.label is None:
            raise InputError(f"{data}: text {number}: label: missing")
        label = find_label(text.label, SENTIMENTS)
        if label is None:
            raise InputError(f"{data}: text {number}: label {text.label[:40]!r} is none of ours")
        yield Review(label, text.text)


def _pairs(trained: TrainedNetwork, run: str, data: str | None, limit: int | None) -> PairExamples:
    sentences = sentences_of(trained.design, trained.words, run)
    pairs = open_pairs(data).stream("test", limit)
    return PairExamples(encode_pairs(pairs, trained.words, sentences.tokens), sentences)


def _test(
    run: str, data: str | None, solver: str | None, limit: int | None
) -> tuple[Evaluation, np.ndarray]:
    """Test a run, print what came out, and return it with the labels."""
    trained = load_run(run)
    if trained.design.pairs:
        examples = _pairs(trained, run, data, limit)
        result, labels, unit = _settle(trained, examples, solver), examples.pairs.labels, "pairs"
    else:
        words, tokens = trained.words, trained.design.words.tokens
        corpus = encode_corpus(_labelled(data, limit), words, tokens)
        result, labels, unit = _evaluate(trained, corpus, solver), corpus.labels, "reviews"
    print(
        f"{len(labels)} {unit}, {solver or trained.design.solver}: "
        f"accuracy {result.accuracy:.4f}, cost {result.cost:.4f}, {result.steps:.1f} settle steps"
    )
    return result, labels


def evaluate_runs(
    runs: Sequence[str], data: str | None, solver: str | None, limit: int | None
) -> None:
    """Print accuracy and cost of trained runs on labelled reviews, or pairs of sentences.

    Behind several runs stands the accuracy of all together: of the mean of their scores.

    Raises
    ------
    InputError
        A run or the data cannot be used, or the runs were not trained for the same task.
    """
    tested = [_test(run, data, solver, limit) for run in runs]
    if len(tested) == 1:
        return
    _, labels = tested[0]
    scores = [result.scores for result, _ in tested]
    for run, found in zip(runs, scores, strict=True):
        if found.shape != scores[0].shape:
            raise InputError(f"{run}: was not trained for the same task as {runs[0]}")
    together = np.mean(scores, axis=0).argmax(axis=1)
    print(f"{len(runs)} runs, mean of their scores: accuracy {(together == labels).mean():.4f}")


def _batches(texts: Iterable[Text]) -> Iterator[list[Text]]:
    stream = iter(texts)
    while batch := list(islice(stream, BATCH)):
        yield batch


def predict_texts(run: str, path: str, solver: str | None, limit: int | None) -> None:
    """Print one JSON line a text: sentiment, score of each class, unknown words.

    Raises
    ------
    InputError
        The run or the texts cannot be used.
    """
    trained = load_run(run)
    if trained.design.pairs:
        raise InputError(f"{run}: this network reads pairs of sentences, not single texts")
    if path != "-" and not Path(path).exists():
        raise InputError(f"{path}: no such file")
    words, tokens = trained.words, trained.design.words.tokens
    for batch in _batches(islice(read_texts(path), limit)):
        reviews = (Review(0, text.text) for text in batch)
        corpus = encode_corpus(reviews, words, tokens)
        result = _evaluate(trained, corpus, solver)
        for number, (text, scores) in enumerate(zip(batch, result.scores, strict=True)):
            ids = corpus[number]
            unknown = int(words.is_unknown(ids).sum())
            line = {
                "sentiment": SENTIMENTS[int(np.argmax(scores))],
                "scores": [round(float(score), 4) for score in scores],
                "unknown_words": unknown,
                "text": text.text if len(text.text) <= 80 else text.text[:77] + "...",
            }
            print(json.dumps(line, ensure_ascii=False))

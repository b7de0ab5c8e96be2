"""What one sentence of a pair attends to in the other."""

import numpy as np

from neuroep.report.html import attended_rows
from neuroep.report.pair_attention import AttendedPair, pair_attention
from neuroep.tasks.view import TrainedView

WORDS = 12  # of the premises that are shown, about
SHOWN = 3  # pairs


def draw_attention(view: TrainedView) -> None:
    """Draw the attention layers that read a sentence, a figure each."""
    chosen = _choose(view)
    free, scores, target = view.settled(chosen)
    predicted, labels = scores.argmax(axis=1), target.argmax(axis=1)
    sentences = view.encoder.sentences
    words = {
        name: [
            [view.encoder.vocabulary.words[i] for i in part]
            for part in np.split(packed.rows, packed.offsets[1:-1])
        ]
        for name, packed in free.drive.sequences.items()
        if name in (sentences.premise.name, sentences.hypothesis.name)
    }
    shown: dict[str, list[AttendedPair]] = {}
    for number in range(len(chosen)):
        truth, prediction = (view.encoder.labels[k[number]] for k in (labels, predicted))
        for layer, found in view.system.attention(free, number).items():
            if found.stored not in words:
                continue
            asking = [f"query {i + 1}" for i in range(len(found.weights))]
            if found.asking in words:
                asking = words[found.asking][number]
            weights = found.weights[: len(asking)]
            asked = words[found.stored][number]
            pair = AttendedPair(layer, asking, asked, weights, prediction, truth)
            shown.setdefault(layer, []).append(pair)
    for layer, pairs in shown.items():
        view.save(pair_attention(pairs), f"attention_{layer}.png")
    view.keep([attended_rows(pair) for pairs in shown.values() for pair in pairs])


def _choose(view: TrainedView) -> np.ndarray:
    """Return numbers of test pairs that fit a page, one of each class that is there.

    The next of each class in turn: pairs of several classes share a premise.
    """
    pairs = view.test.pairs  # type: ignore[attr-defined]
    lengths, labels = pairs.premises.lengths, pairs.labels
    order = np.argsort(np.abs(lengths - WORDS), kind="stable")
    of_class = [order[labels[order] == label] for label in np.unique(labels)[:SHOWN]]
    return np.array([found[min(k, len(found) - 1)] for k, found in enumerate(of_class)])

"""What the reader of films learns beyond what a linear reader makes of the same rows.

    python -m benchmarks.learning.reader [--json FILE] [--write]   10 minutes on an idle core

Rows are those of imdb_best, words and pairs; the network is that design by sweeps, but starts from
random rows, with what an entry of ``READERS`` says. Five times 20,000 of IMDB's training reviews
are drawn to learn from and 5,000 to choose by. Beside each draw stands logistic regression on the
same rows: as they occur, by rarity, and scaled by their naive-Bayes log ratios. The best network
and the best regressions with and without these ratios are tested, once, on all test reviews and on
those that do not stand in the training half, too. IMDB is found by ``NEUROEP_DATA``, the folder
with imdb/.
"""

import os
import sys
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.learning.linear import LINEAR
from benchmarks.measure import run, table
from neuroep.core.tables import Floats
from neuroep.design.load import load_design
from neuroep.learning.evaluation import evaluate
from neuroep.learning.trainer import Trainer
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Progress
from neuroep.tables.split import split
from neuroep.text.corpus import Corpus
from neuroep.text.reviews.source import Review
from neuroep.text.words import shuffle_words

SEEDS = (0, 1, 2, 3, 4)
HELD = 0.2
RANDOM = ("solver=sweep", "text.start=random", "traces.synapses={}")
RATES = (
    'learning.rates={"words.patterns"=3e-2, "heads.queries"=1e-1, "heads-hidden"=1e-3, '
    '"LAST"=2e-2, "*"=5e-3}'
)
FAST = (*RANDOM, "layers.heads.queries=1", RATES.replace("LAST", "readout.*"))
SECOND = '{type="pooled_attention", patterns="words", queries=4, inverse_temperature=0.02}'
READERS: dict[str, tuple[str, ...]] = {
    "network, random start": RANDOM,
    "network, random start, one query, rows three times as fast": FAST,
    "the same, a third of the words left out": (*FAST, "text.word_dropout=0.33"),
    "the same, two thirds left out": (*FAST, "text.word_dropout=0.67"),
    "the same, three epochs": (*FAST, "learning.epochs=3"),
    "the same, rows start from what occurs together": (*FAST, "text.start=cooccurrence"),
    "the same, places of the words": (
        *FAST,
        'layers.words.position="sinusoidal"',
        "layers.words.position_scale=0.3",
    ),
    "the same, a second layer of queries": (
        *FAST,
        f"layers.second={SECOND}",
        'circuit.membrane_volts={heads="80 mV", second="80 mV"}',
        'couplings=[{between=["heads", "second"], gain=0.3}, '
        '{between=["heads", "hidden"], gain=0.3}, {between=["second", "hidden"], gain=0.3}]',
    ),
    "the same, an output that feeds back": (
        *FAST,
        'layers.out={type="hard_sigmoid", size=2, bias=0.5}',
        'cost={type="squared_error", layer="out"}',
        'couplings=[{between=["heads", "hidden"], gain=0.3}, '
        '{between=["hidden", "out"], gain=0.3}]',
        RATES.replace("LAST", "hidden-out"),
    ),
}
"""What differs from imdb_best, without a label in what rows start as."""

LABELLED = {"network, naive-Bayes start": ("solver=sweep",)}
"""Beside them imdb_best itself: its rows start as their log ratios, which know the labels."""

Judge = Callable[[Corpus], Floats]
"""By how much a fitted reader prefers the second label, for every text."""


class Reviews:
    """IMDB as rows of the vocabulary of imdb_best.

    ``train``, ``shuffled``: the training reviews, and the same with their words shuffled.
    """

    def __init__(self, data: str) -> None:
        options = TrainOptions(design="imdb_best", data=data)
        task: Any = load_design("imdb_best").task("imdb_best")
        self.source = task.open(options)
        self.encoder = task.fit(self.source, options, Progress().stage)
        reviews = list(self.source.stream("train"))
        rng, reading = np.random.default_rng(0), self.encoder.vocabulary.reading
        mixed = (Review(r.label, shuffle_words(r.text, rng, reading)) for r in reviews)
        self.train: Corpus = self.encoder.corpus(reviews)
        self.shuffled: Corpus = self.encoder.corpus(mixed)

    @property
    def rows(self) -> int:
        """Rows of the vocabulary."""
        return len(self.encoder.vocabulary)

    def drawn(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return which training reviews a draw learns from, and which it chooses by."""
        return split(self.train.labels, HELD, seed)

    @cached_property
    def test(self) -> Corpus:
        """The test reviews, which nothing is chosen by."""
        found: Corpus = self.encoder.corpus(self.source.stream("test"))
        return found

    @cached_property
    def repeated(self) -> np.ndarray:
        """Which test reviews are, letter by letter, training reviews."""
        seen = {review.text.strip() for review in self.source.stream("train")}
        return np.array([review.text.strip() in seen for review in self.source.stream("test")])


def train(reviews: Reviews, overrides: tuple[str, ...], seed: int) -> Any:
    """Train one network and return it."""
    design = load_design("imdb_best", [f"seed={seed}", *overrides])
    task: Any = design.task("imdb_best")
    kept, held = reviews.drawn(seed)
    encoder, corpus = reviews.encoder, reviews.train.subset(kept)
    system = design.make_system(encoder.tables)
    start = task.vectors(reviews.source, encoder.vocabulary, corpus, ())
    system.parameters["words.patterns"][:] = start
    data = encoder.as_examples(corpus, task.text.word_dropout)
    unseen = encoder.as_examples(reviews.train.subset(held))
    trainer = Trainer(system, data, unseen, design.recipe, seed=seed)
    while not trainer.finished:
        trainer.run_epoch()
    system.parameters.take(trainer.best.flat)
    return system


def margins(reviews: Reviews, system: Any, corpus: Corpus) -> Floats:
    """Return by how much the network prefers the second label."""
    scores = evaluate(system, reviews.encoder.as_examples(corpus)).scores
    return scores[:, 1] - scores[:, 0]


def accuracy(found: Floats, labels: np.ndarray, chosen: Any = slice(None)) -> float:
    """Return the share of right answers, of some texts."""
    right: np.ndarray = (found > 0) == (labels == 1)
    return float(right[chosen].mean())


class Contest:
    """Readers on the same draws, and what each reaches.

    ``figures``: by name a list, a draw each, of ``validation`` and ``shuffled``, and of
    those that were tested ``test`` and ``test_without_repeated``.
    """

    def __init__(self, reviews: Reviews) -> None:
        self.reviews = reviews
        self.figures: dict[str, dict[str, list[float]]] = {}
        self.fitted: dict[tuple[str, int], Judge] = {}

    def enter(self, name: str, seed: int, judge: Judge) -> None:
        """Note what a reader makes of the reviews that a draw holds out."""
        _, held = self.reviews.drawn(seed)
        labels = self.reviews.train.labels[held]
        entry = self.figures.setdefault(name, {"validation": [], "shuffled": []})
        read = self.reviews.train, self.reviews.shuffled
        for key, corpus in zip(("validation", "shuffled"), read, strict=True):
            entry[key].append(accuracy(judge(corpus.subset(held)), labels))
        self.fitted[name, seed] = judge
        print(f"{name}, draw {seed}: {entry['validation'][-1]:.2%}", file=sys.stderr, flush=True)

    def best(self, names: Iterable[str]) -> str:
        """Return which has the highest mean accuracy on held-out reviews."""
        return max(names, key=lambda name: float(np.mean(self.figures[name]["validation"])))

    def test(self, name: str) -> None:
        """Add the test figures of a reader, and of the sum of all its margins."""
        labels, once = self.reviews.test.labels, ~self.reviews.repeated
        found = np.array([self.fitted[name, seed](self.reviews.test) for seed in SEEDS])
        self.figures[name] |= {
            "test": [accuracy(f, labels) for f in found],
            "test_without_repeated": [accuracy(f, labels, once) for f in found],
            "test_together": [accuracy(found.sum(axis=0), labels)],
        }


def measure() -> tuple[dict[str, Any], str]:
    """Hold the contest."""
    folder = Path(os.environ.get("NEUROEP_DATA", "../shared/data")) / "imdb"
    reviews = Reviews(str(next(folder.glob("aclImdb*"))))
    contest = Contest(reviews)
    for seed in SEEDS:
        for name, overrides in (READERS | LABELLED).items():
            contest.enter(name, seed, partial(margins, reviews, train(reviews, overrides, seed)))
        part = reviews.train.subset(reviews.drawn(seed)[0])
        for name, line in LINEAR.items():
            for strength in line.strengths:
                judge = line.fit(part, reviews.rows, strength)
                contest.enter(f"regression, {name}, C = {strength:g}", seed, judge)
    lines = [name for name in contest.figures if name.startswith("regression")]
    network = contest.best(READERS)
    ratios = contest.best(name for name in lines if "ratio" in name)
    without = contest.best(name for name in lines if "ratio" not in name)
    for name in (network, ratios, without):
        contest.test(name)
    gains = {
        f"{network} less {line}, {key}": paired(
            contest.figures[network][key], contest.figures[line][key]
        )
        for line in (ratios, without)
        for key in ("validation", "test")
    }
    repeated = int(reviews.repeated.sum())
    figures = {"seeds": SEEDS, "readers": contest.figures, "gains": gains, "repeated": repeated}
    return figures, as_text(contest, gains, repeated)


def paired(ours: list[float], theirs: list[float]) -> dict[str, float]:
    """Return the mean of paired differences in points, half its 95 % interval, and p (t test)."""
    from scipy import stats

    apart = 100 * (np.array(ours) - np.array(theirs))
    found = stats.ttest_1samp(apart, 0.0)
    half = float(stats.t.ppf(0.975, len(apart) - 1) * stats.sem(apart))
    return {"points": float(apart.mean()), "interval": half, "p": float(found.pvalue)}


def as_text(contest: Contest, gains: dict[str, dict[str, float]], repeated: int) -> str:
    """Return both tables."""
    keys = ("validation", "shuffled", "test", "test_without_repeated", "test_together")
    rows = []
    for name, entry in contest.figures.items():
        cells = [100 * np.array(entry.get(key, ())) for key in keys]
        rows.append([name, *(_mean(cell) for cell in cells)])
    header = [
        "reader",
        "validation, %",
        "its words shuffled",
        "test, %",
        f"test without {repeated} repeated",
        "five together",
    ]
    apart = [
        [name, f"{gain['points']:+.2f} ± {gain['interval']:.2f}", f"{gain['p']:.2g}"]
        for name, gain in gains.items()
    ]
    paired_header = ["", "points, 95 % interval", "p, paired t test"]
    return f"{table(header, rows)}\n\n{table(paired_header, apart)}"


def _mean(values: Floats) -> str:
    if len(values) < 2:
        return "".join(f"{value:.2f}" for value in values)
    return f"{values.mean():.2f} ± {values.std(ddof=1):.2f}"


if __name__ == "__main__":
    run("reader", "What the reader of films learns beyond a linear one.", measure, headline="test")

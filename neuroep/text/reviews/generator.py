"""Built-in reviews: film reviews drawn from a lexicon and a grammar in which order decides."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroep.content import datasets_path
from neuroep.tables.split import Split
from neuroep.text.grammar import Construction, Frame, Grammar, load_grammar
from neuroep.text.reviews.source import SENTIMENTS, Review, take_balanced

_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiou])")


@dataclass(frozen=True, slots=True)
class GeneratedReview(Review):
    """A review that knows which frames its sentences come from."""

    frames: tuple[str, ...]


class GeneratedReviews:
    """The built-in reviews, the same ones each time and on every platform.

    ``folder`` is where reviews.toml, reviews/lexicon.toml and reviews/grammar.toml stand, the
    built-in content by default.
    """

    name = "built-in reviews"
    labels = SENTIMENTS
    splits: tuple[Split, ...] = ("train", "test")
    note = ""

    def __init__(self, folder: Path | None = None) -> None:
        self.grammar = load_grammar(folder or datasets_path())

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Review]:
        """Reviews of one split, labels in turn; see :class:`TextSource`.

        Each is a :class:`GeneratedReview`.
        """
        return take_balanced(self._all(split), limit)

    def _all(self, split: Split) -> Iterator[GeneratedReview]:
        writer = _Writer(self.grammar, split)
        for number in range(self.grammar.sizes[split]):
            yield writer.review(number % 2)


class _Writer:
    """Draws the reviews of one split from its own random numbers."""

    def __init__(self, grammar: Grammar, split: Split) -> None:
        self.grammar = grammar
        self.frames = grammar.frames[split]
        self.generator = np.random.default_rng([grammar.seed, split == "test"])

    def review(self, label: int) -> GeneratedReview:
        plan = self._plan(label)
        self.generator.shuffle(plan)
        used: list[Frame] = []
        sentences = []
        for pool, sign in plan:
            frame = self._frame(pool)
            while frame in used:
                frame = self._frame(pool)
            used.append(frame)
            sentences.append(self._sentence(frame, sign))
        return GeneratedReview(label, " ".join(sentences), tuple(frame.name for frame in used))

    def _plan(self, label: int) -> list[tuple[str, int]]:
        """(Kind of frame, sign) of each sentence before they are shuffled."""
        grammar = self.grammar
        total = self._between(*grammar.sentences)
        quoted = min(self._between(*grammar.quoted), total - grammar.opinions)
        neutral = min(self._between(*grammar.neutral), total - grammar.opinions - quoted)
        opinions = total - quoted - neutral
        signs = [label] * opinions
        if opinions >= 4 and self.generator.random() < grammar.dissent:
            signs[0] = 1 - label
        return (
            [("opinion", sign) for sign in signs]
            + [("quoted", label)] * quoted
            + [("neutral", label)] * neutral
        )

    def _frame(self, pool: str) -> Frame:
        frames = self.frames[pool]
        return frames[self._draw(len(frames))]

    def _sentence(self, frame: Frame, sign: int) -> str:
        def fill(slot: re.Match[str]) -> str:
            name = slot[1]
            if name in self.grammar.constructions:
                pattern = self._pattern(self.grammar.constructions[name], sign)
                return _SLOT.sub(fill, pattern)
            if name in ("agree", "oppose", "either"):
                side = self._draw(2) if name == "either" else sign ^ (name == "oppose")
                return self._choice(self.grammar.polar[frame.kind][side])
            return self._choice(self.grammar.neutral_words[name])

        text = _ARTICLE.sub(r"\1n ", _SLOT.sub(fill, frame.text))
        return text[0].upper() + text[1:]

    def _pattern(self, constructions: list[Construction], sign: int) -> str:
        possible = [c for c in constructions if c.only is None or c.only == sign]
        bounds = np.cumsum([c.weight for c in possible])
        at = np.searchsorted(bounds, self.generator.random() * bounds[-1], side="right")
        return self._choice(possible[int(at)].patterns)

    def _draw(self, size: int) -> int:
        return int(self.generator.integers(size))

    def _between(self, low: int, high: int) -> int:
        return low + self._draw(high - low + 1)

    def _choice(self, items: tuple[str, ...]) -> str:
        return items[self._draw(len(items))]

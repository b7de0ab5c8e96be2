"""Built-in sentence pairs: scenes drawn from a grammar in which both sentences are needed."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from neuroep.content import datasets_path
from neuroep.tables.split import SPLITS, Split
from neuroep.text.pairs.grammar import GROUPED, OPTIONAL, PairGrammar, load_pair_grammar
from neuroep.text.pairs.source import LABELS, Pair, take_balanced

_ARTICLE = re.compile(r"\ba (?=[aeiou])")
# Which eighths of all possible premises belong to a split.
_EIGHTHS: dict[Split, range] = {
    "train": range(6),
    "validation": range(6, 7),
    "test": range(7, 8),
}
_PARTS = ("quality", *GROUPED)
_ENTAILMENT, _NEUTRAL, _CONTRADICTION = LABELS.values()

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Phrase:
    """What a sentence says of one part: a phrase of a group, or one quality of two opposites."""

    group: int
    text: str
    general: bool = False


_Scene = dict[str, _Phrase]


class GeneratedPairs:
    """The built-in sentence pairs, the same ones each time and on every platform.

    ``folder`` is where inference.toml and inference/grammar.toml stand, the built-in content by
    default.
    """

    name = "built-in pairs"
    labels = tuple(LABELS)
    splits = SPLITS
    note = ""

    def __init__(self, folder: Path | None = None) -> None:
        self.grammar = load_pair_grammar(folder or datasets_path())
        self.skipped: dict[Split, int] = {}

    def stream(self, split: Split, limit: int | None = None) -> Iterator[Pair]:
        """Pairs of one split, labels in turn; see :class:`neuroep.text.pairs.source.PairSource`."""
        return take_balanced(self._all(split), limit)

    def _all(self, split: Split) -> Iterator[Pair]:
        self.skipped[split] = 0
        writer = _Writer(self.grammar, split)
        for number in range(self.grammar.sizes[split]):
            yield writer.pair(number % len(LABELS))


class _Writer:
    """Draws the pairs of one split from its own random numbers."""

    def __init__(self, grammar: PairGrammar, split: Split) -> None:
        self.grammar = grammar
        self.eighths = _EIGHTHS[split]
        self.generator = np.random.default_rng([grammar.seed, self.eighths.start])

    def pair(self, label: int) -> Pair:
        while True:
            hypothesis = self._hypothesis()
            pair = Pair(label, self._text(self._premise(hypothesis, label)), self._text(hypothesis))
            if zlib.crc32(pair.premise.encode()) % 8 in self.eighths:
                return pair

    def _hypothesis(self) -> _Scene:
        """A scene that leaves at least one part to be doubted."""
        scene: _Scene = {}
        while all(part not in OPTIONAL and phrase.general for part, phrase in scene.items()):
            scene = {
                part: self._phrase(part, self.grammar.shares["general"])
                for part in _PARTS
                if part not in OPTIONAL or self._happens(part)
            }
        return scene

    def _premise(self, hypothesis: _Scene, label: int) -> _Scene:
        changed = None
        if label == _NEUTRAL:
            doubtful = [
                p for p, phrase in hypothesis.items() if p in OPTIONAL or not phrase.general
            ]
            changed = self._choice(doubtful)
        elif label == _CONTRADICTION:
            changed = self._choice(list(hypothesis))
        scene: _Scene = {}
        for part in _PARTS:
            said = hypothesis.get(part)
            phrase: _Phrase | None = None
            if said is None:
                if self._happens(part):
                    phrase = self._phrase(part, self.grammar.shares["vague"])
            elif part != changed:
                phrase = self._entailing(part, said)
            elif label == _NEUTRAL:
                phrase = self._silent(part, said)
            else:
                phrase = self._excluding(part, said)
            if phrase is not None:
                scene[part] = phrase
        return scene

    def _entailing(self, part: str, said: _Phrase) -> _Phrase:
        if not said.general:
            return said
        return self._from_group(part, said.group, self.grammar.shares["vague"])

    def _silent(self, part: str, said: _Phrase) -> _Phrase | None:
        """A phrase that neither entails nor excludes ``said``; None leaves the part out."""
        if part in OPTIONAL and (said.general or self._draw(2)):
            return None
        if part == "quality":
            return self._from_group(part, self._other(len(self.grammar.opposites), said.group), 0)
        return self._from_group(part, said.group, 1)

    def _excluding(self, part: str, said: _Phrase) -> _Phrase:
        if part == "quality" or (not said.general and self._draw(2)):
            others = [text for text in self._specific(part, said.group) if text != said.text]
            return _Phrase(said.group, self._choice(others))
        group = self._other(len(self.grammar.groups[part]), said.group)
        return self._from_group(part, group, self.grammar.shares["vague"])

    def _phrase(self, part: str, general: float) -> _Phrase:
        if part == "quality":
            return self._from_group(part, self._draw(len(self.grammar.opposites)), 0)
        return self._from_group(part, self._draw(len(self.grammar.groups[part])), general)

    def _from_group(self, part: str, group: int, general: float) -> _Phrase:
        if self.generator.random() < general:
            return _Phrase(group, self._choice(self.grammar.groups[part][group].general), True)
        return _Phrase(group, self._choice(self._specific(part, group)))

    def _specific(self, part: str, group: int) -> Sequence[str]:
        if part == "quality":
            return self.grammar.opposites[group]
        return self.grammar.groups[part][group].specific

    def _text(self, scene: _Scene) -> str:
        said = {part: scene[part].text if part in scene else "" for part in _PARTS}
        said["agent"] = f"a {said['quality']} {said['agent']}"
        text = " ".join(self._choice(self.grammar.frames).format(**said).split())
        text = _ARTICLE.sub("an ", text.replace(" .", "."))
        return text[0].upper() + text[1:]

    def _happens(self, part: str) -> bool:
        return bool(self.generator.random() < self.grammar.shares[part])

    def _draw(self, size: int) -> int:
        return int(self.generator.integers(size))

    def _other(self, size: int, than: int) -> int:
        """One of ``size`` numbers other than ``than``."""
        return (than + 1 + self._draw(size - 1)) % size

    def _choice(self, items: Sequence[Item]) -> Item:
        return items[self._draw(len(items))]

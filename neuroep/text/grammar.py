"""The content files of the built-in reviews, read and checked."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuroep.errors import InputError

OPINIONS = ("adjective", "noun", "concession")
KINDS = (*OPINIONS, "quoted", "neutral")
_POLAR_SLOTS = {"agree", "oppose", "either"}
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Construction:
    """Patterns of one kind of construction; ``only`` is the one sign that it can express."""

    name: str
    weight: float
    patterns: tuple[str, ...]
    only: int | None


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence with slots; its name is split/kind/number in the grammar file."""

    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Grammar:
    """Everything the generator needs, by the names that the content files use."""

    seed: int
    sizes: dict[str, int]
    sentences: tuple[int, int]
    quoted: tuple[int, int]
    neutral: tuple[int, int]
    opinions: int
    dissent: float
    constructions: dict[str, list[Construction]]
    frames: dict[str, dict[str, list[Frame]]]  # by split, then "opinion", "quoted", "neutral"
    polar: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]  # by kind: negative, positive
    neutral_words: dict[str, tuple[str, ...]]


class RuleFile:
    """One TOML file, asked for its entries by dotted key."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name
        try:
            self.entries = tomllib.loads(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read ({error.strerror})") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(f"{self.path}: {error}") from None

    def get(self, key: str, kind: type | tuple[type, ...]) -> Any:
        """Return an entry of a type; InputError names the file and the key."""
        entry: Any = self.entries
        for part in key.split("."):
            entry = entry.get(part) if isinstance(entry, dict) else None
        if not isinstance(entry, kind) or isinstance(entry, bool):
            raise self.wrong(key, "missing or of the wrong type")
        return entry

    def count(self, key: str) -> int:
        """Return a number that is not negative."""
        number: int = self.get(key, int)
        if number < 0:
            raise self.wrong(key, "below 0")
        return number

    def span(self, key: str) -> tuple[int, int]:
        """Return two numbers, the first not above the second."""
        span = self.get(key, list)
        if len(span) != 2 or not all(type(n) is int for n in span) or not 0 <= span[0] <= span[1]:
            raise self.wrong(key, "not a pair of counts [least, most]")
        return span[0], span[1]

    def texts(self, key: str) -> tuple[str, ...]:
        """Return texts, none of them empty."""
        texts = self.get(key, list)
        if not texts or not all(isinstance(text, str) and text for text in texts):
            raise self.wrong(key, "not a list of texts")
        return tuple(texts)

    def wrong(self, key: str, what: str) -> InputError:
        """Return the error that names the file and the key."""
        return InputError(f"{self.path}: {key}: {what}")


def load_grammar(folder: Path) -> Grammar:
    """Read reviews.toml, reviews/lexicon.toml and reviews/grammar.toml below a folder.

    InputError names the file and the key that is missing or wrong.
    """
    card = RuleFile(folder, "reviews.toml")
    lexicon = RuleFile(folder, "reviews/lexicon.toml")
    rules = RuleFile(folder, "reviews/grammar.toml")
    neutral_words = {
        name: lexicon.texts(f"neutral.{name}") for name in lexicon.get("neutral", dict)
    }
    constructions = _constructions(rules, set(neutral_words))
    frames = _frames(rules, set(neutral_words))
    polar = {}
    for kind in constructions:
        part = f"polar.{rules.get(f'words.{kind}', str)}"
        polar[kind] = (lexicon.texts(f"{part}.negative"), lexicon.texts(f"{part}.positive"))
    grammar = Grammar(
        seed=card.count("seed"),
        sizes={split: card.count(f"split.{split}") for split in ("train", "test")},
        sentences=rules.span("review.sentences"),
        quoted=rules.span("review.quoted"),
        neutral=rules.span("review.neutral"),
        opinions=rules.count("review.opinions"),
        dissent=float(rules.get("review.dissent", (int, float))),
        constructions=constructions,
        frames=frames,
        polar=polar,
        neutral_words=neutral_words,
    )
    least, most = grammar.sentences
    if not 1 <= grammar.opinions <= least:
        raise rules.wrong("review.opinions", f"must be 1 to {least}, the fewest sentences")
    enough = {"opinion": most, "quoted": grammar.quoted[1], "neutral": grammar.neutral[1]}
    for split, pools in frames.items():
        for pool, needed in enough.items():
            if len(pools[pool]) < needed:
                raise rules.wrong(f"frames.{split}", f"fewer than {needed} {pool} frames")
    return grammar


def _constructions(rules: RuleFile, neutral_words: set[str]) -> dict[str, list[Construction]]:
    by_kind: dict[str, list[Construction]] = {kind: [] for kind in KINDS if kind != "neutral"}
    signs = {"negative": 0, "positive": 1, None: None}
    for number, entry in enumerate(rules.get("construction", list)):
        key = f"construction {number + 1}"
        kind, patterns = entry.get("kind"), entry.get("patterns")
        if kind not in by_kind:
            raise rules.wrong(key, f"kind must be one of {', '.join(by_kind)}")
        if entry.get("only") not in signs:
            raise rules.wrong(key, "only must be positive or negative")
        if not isinstance(entry.get("weight"), float) or entry["weight"] <= 0:
            raise rules.wrong(key, "weight must be a number above 0.0")
        if not isinstance(patterns, list) or not patterns:
            raise rules.wrong(key, "patterns must be a list of texts")
        for pattern in patterns:
            _check_slots(rules, key, pattern, neutral_words | _POLAR_SLOTS)
        only = signs[entry.get("only")]
        name = str(entry.get("name"))
        by_kind[kind].append(Construction(name, entry["weight"], tuple(patterns), only))
    for kind, constructions in by_kind.items():
        if not {0, 1} <= {
            s for c in constructions for s in ((0, 1) if c.only is None else [c.only])
        }:
            raise rules.wrong("construction", f"kind {kind} cannot express both signs")
    return by_kind


def _frames(rules: RuleFile, neutral_words: set[str]) -> dict[str, dict[str, list[Frame]]]:
    frames: dict[str, dict[str, list[Frame]]] = {}
    for split in ("train", "test"):
        frames[split] = {"opinion": [], "quoted": [], "neutral": []}
        for kind in KINDS:
            key = f"frames.{split}.{kind}"
            pool = frames[split]["opinion" if kind in OPINIONS else kind]
            for number, text in enumerate(rules.texts(key)):
                _check_slots(rules, key, text, neutral_words | ({kind} - {"neutral"}))
                if kind != "neutral" and text.count(f"{{{kind}}}") != 1:
                    raise rules.wrong(key, f"{text!r} needs the slot {{{kind}}} once")
                pool.append(Frame(f"{split}/{kind}/{number}", kind, text))
    for kind, test_frames in frames["test"].items():
        shared = {f.text for f in frames["train"][kind]} & {f.text for f in test_frames}
        if shared:
            raise rules.wrong("frames.test", f"{shared.pop()!r} also stands in frames.train")
    return frames


def _check_slots(rules: RuleFile, key: str, text: Any, slots: set[str]) -> None:
    if not isinstance(text, str):
        raise rules.wrong(key, f"{text!r} is not a text")
    for slot in _SLOT.findall(text):
        if slot not in slots:
            raise rules.wrong(key, f"unknown slot {{{slot}}} in {text!r}")

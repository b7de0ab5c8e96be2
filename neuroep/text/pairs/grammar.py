"""The content files of the built-in sentence pairs, read and checked."""

import re
from dataclasses import dataclass
from pathlib import Path

from neuroep.tables.split import SPLITS, Split
from neuroep.text.grammar import RuleFile

# Parts of a scene that come from groups; the other part is the agent's quality.
GROUPED = ("agent", "action", "place", "time")
OPTIONAL = ("quality", "place", "time")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases of one kind: each specific one entails the general ones and excludes all others."""

    general: tuple[str, ...]
    specific: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairGrammar:
    """Everything the generator needs, by the names that the content files use."""

    seed: int
    sizes: dict[Split, int]
    shares: dict[str, float]  # of the optional parts, and "general" and "vague"
    frames: tuple[str, ...]
    groups: dict[str, tuple[Group, ...]]
    opposites: tuple[tuple[str, str], ...]


def load_pair_grammar(folder: Path) -> PairGrammar:
    """Read inference.toml and inference/grammar.toml of a folder, as :func:`load_grammar` does."""
    card = RuleFile(folder, "inference.toml")
    rules = RuleFile(folder, "inference/grammar.toml")
    return PairGrammar(
        seed=card.count("seed"),
        sizes={split: card.count(f"split.{split}") for split in SPLITS},
        shares={name: _share(rules, f"scene.{name}") for name in (*OPTIONAL, "general", "vague")},
        frames=_frames(rules),
        groups={part: _groups(rules, part) for part in GROUPED},
        opposites=_opposites(rules),
    )


def _share(rules: RuleFile, key: str) -> float:
    share = float(rules.get(key, (int, float)))
    # Without a doubt left, the generator could look for a neutral or a general part for ever.
    if not 0 < share < 1:
        raise rules.wrong(key, "must lie between 0 and 1")
    return share


def _frames(rules: RuleFile) -> tuple[str, ...]:
    frames = rules.texts("frames.texts")
    for text in frames:
        if sorted(_SLOT.findall(text)) != sorted(GROUPED):
            raise rules.wrong("frames.texts", f"{text!r} needs the slots {', '.join(GROUPED)} once")
    return frames


def _groups(rules: RuleFile, part: str) -> tuple[Group, ...]:
    groups = []
    for number, entry in enumerate(rules.get(part, list)):
        phrases = []
        for kind in ("general", "specific"):
            texts = entry.get(kind) if isinstance(entry, dict) else None
            if not isinstance(texts, list) or not all(isinstance(t, str) and t for t in texts):
                raise rules.wrong(f"{part} {number + 1}", f"{kind} is not a list of texts")
            phrases.append(tuple(texts))
        groups.append(Group(*phrases))
        if not phrases[0] or len(phrases[1]) < 2:
            raise rules.wrong(f"{part} {number + 1}", "needs one general and two specific phrases")
    if len(groups) < 2:
        raise rules.wrong(part, "needs two groups, or nothing could be contradicted")
    every = [phrase for group in groups for phrase in (*group.general, *group.specific)]
    for phrase in every:
        if every.count(phrase) > 1:
            raise rules.wrong(part, f"{phrase!r} stands there twice")
    return tuple(groups)


def _opposites(rules: RuleFile) -> tuple[tuple[str, str], ...]:
    pairs = rules.get("quality.opposites", list)
    for pair in pairs:
        if (
            not isinstance(pair, list)
            or len(pair) != 2
            or not all(isinstance(t, str) for t in pair)
        ):
            raise rules.wrong("quality.opposites", f"{pair!r} is not a pair of texts")
    words = [word for pair in pairs for word in pair]
    if not words or len(set(words)) < len(words):
        raise rules.wrong("quality.opposites", "is empty, or a word stands there twice")
    return tuple((first, second) for first, second in pairs)

"""A small set of questions in six classes, after the classes of TREC: labelled texts for tests."""

import csv
import json
from pathlib import Path

import numpy as np

from neuroep.text.reviews.source import Review

LABELS = ("abbreviation", "description", "entity", "human", "location", "number")

_TEMPLATES = {
    "abbreviation": ("what does {short} stand for", "what is the full form of {short}"),
    "description": ("why does {thing} {happen}", "how can {thing} {happen}, and what causes it"),
    "entity": ("which {kind} is made of {thing}", "what {kind} do people call {thing}"),
    "human": ("who invented {thing}", "who was the first {person} to see {thing}"),
    "location": ("where can one find {thing}", "in which country does {thing} {happen}"),
    "number": ("how many {kind}s need {thing}", "when did {thing} first {happen}, in what year"),
}
_WORDS = {
    "short": ("NASA", "DNA", "the UN", "HTML", "a CEO", "NATO", "GPS"),
    "thing": ("the telescope", "rain", "a volcano", "paper", "the compass", "salt", "a glacier"),
    "happen": ("melt", "appear", "move", "grow", "break", "sink"),
    "kind": ("animal", "tool", "plant", "metal", "game", "instrument"),
    "person": ("sailor", "queen", "doctor", "poet", "pilot"),
}


def questions(count: int, seed: int = 0) -> list[Review]:
    """Draw ``count`` questions, as many of each class, in random order."""
    rng = np.random.default_rng(seed)
    drawn = []
    for label in rng.permutation(np.arange(count) % len(LABELS)):
        templates = _TEMPLATES[LABELS[label]]
        words = {slot: rng.choice(found) for slot, found in _WORDS.items()}
        text = templates[rng.integers(len(templates))].format(**words)
        drawn.append(Review(int(label), text[0].upper() + text[1:] + "?"))
    return drawn


def write_questions(path: Path, count: int = 120, seed: int = 0) -> list[Review]:
    """Write questions as ``.csv``, ``.tsv``, ``.jsonl``, or (no ending) a folder a class."""
    drawn = questions(count, seed)
    rows = [(question.text, LABELS[question.label]) for question in drawn]
    if path.suffix == ".jsonl":
        lines = [json.dumps({"question": text, "class": label}) + "\n" for text, label in rows]
        path.write_text("".join(lines), encoding="utf-8")
    elif path.suffix:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",")
            writer.writerows([("question", "class"), *rows])
    else:
        for number, (text, label) in enumerate(rows):
            (path / label).mkdir(parents=True, exist_ok=True)
            (path / label / f"{number}.txt").write_text(text, encoding="utf-8")
    return drawn

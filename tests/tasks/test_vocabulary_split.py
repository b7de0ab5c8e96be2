"""Texts that choose the epoch have no say in the vocabulary, nor in anything made from it.

And the row that fills short texts, whatever the others are made from.
"""

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from experiment_support import PAIRS, TINY

from neuroep.design.load import load_design
from neuroep.tasks.task import DataOptions, Material

COUNT = 60


def own_word(number: int) -> str:
    """Return a word that occurs in one text only, and is no other word's ending."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return f"own{letters[number // 26]}{letters[number % 26]}"


def encoded(folder: Path, design: str, lines: list[str]) -> tuple[set[str], Material]:
    """Return the words of the vocabulary that are of one text only, and what is learned from."""
    (folder / "design.toml").write_text(design)
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    task = load_design(str(folder / "design.toml")).task("design.toml")
    options = DataOptions(data=str(folder / "data.csv"))
    source = task.open(options)
    encoder = task.fit(source, options, lambda _: nullcontext())
    material = task.material(source, encoder, options, lambda _: nullcontext(), {})
    return {w for w in encoder.vocabulary.words if w.startswith("own") and " " not in w}, material


def test_words_of_texts_that_choose_the_epoch_have_no_row(tmp_path: Path) -> None:
    lines = ["text,label"]
    lines += [f"this film is {own_word(i)} and more,{'ab'[i % 2]}" for i in range(COUNT)]
    words, material = encoded(tmp_path, TINY, lines)
    assert len(material.validation) == 10  # 0.2 of what the test split leaves
    assert len(words) == len(material.train) == COUNT - 12 - 10


def test_words_of_pairs_that_choose_the_epoch_have_no_row(tmp_path: Path) -> None:
    lines = ["premise,hypothesis,label"]
    lines += [
        f"a man sees {own_word(i)} here,a man sees {own_word(i)},{'abc'[i % 3]}"
        for i in range(COUNT)
    ]
    words, material = encoded(tmp_path, PAIRS.replace("word_min_count = 2", ""), lines)
    assert len(material.validation) == 6 - 6 % 3 or len(material.validation) > 0
    assert len(words) == len(material.train)
    assert len(words) + len(material.validation) + len(material.test) == COUNT


def test_validation_texts_that_come_by_themselves_have_none_either(tmp_path: Path) -> None:
    (tmp_path / "held.csv").write_text("text,label\nthis film is ownheld,a\nownheld again,b\n")
    (tmp_path / "design.toml").write_text(TINY)
    lines = [f"this film is good,{'ab'[i % 2]}" for i in range(COUNT)]
    (tmp_path / "data.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    task = load_design(str(tmp_path / "design.toml")).task("design.toml")
    options = DataOptions(data=str(tmp_path / "data.csv"), validation=str(tmp_path / "held.csv"))
    encoder = task.fit(task.open(options), options, lambda _: nullcontext())
    assert "ownheld" not in encoder.vocabulary
    assert "film" in encoder.vocabulary


@pytest.mark.parametrize("start", ["random", "log_ratio", "cooccurrence"])
def test_what_fills_short_texts_begins_as_zeros(tmp_path: Path, start: str) -> None:
    entries = f'[text]\npadding = "zeros"\nunknown = "drop"\nstart = "{start}"'
    lines = ["text,label", *(f"{own_word(i)} is a good film,{'ab'[i % 2]}" for i in range(COUNT))]
    _, material = encoded(tmp_path, TINY.replace("[text]", entries), lines)
    (patterns,) = material.initial.values()
    inputs, _ = material.train.batch(np.arange(1))
    filled = inputs["words"].rows[-1]  # type: ignore[union-attr]
    assert patterns.any()
    assert not patterns[filled].any()

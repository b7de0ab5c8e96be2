"""The built-in sentence pairs: labels hold, one sentence alone tells nothing, splits are apart."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from neuroep.content import datasets_path
from neuroep.errors import InputError
from neuroep.tables.split import Split
from neuroep.text.pairs import Pair, open_pairs
from neuroep.text.pairs.generator import GeneratedPairs
from neuroep.text.pairs.grammar import GROUPED, PairGrammar

SOURCE = GeneratedPairs()
PAIRS: dict[Split, list[Pair]] = {
    split: list(SOURCE.stream(split)) for split in SOURCE.grammar.sizes
}


def read_scene(text: str, grammar: PairGrammar) -> dict[str, tuple[int, str, bool]]:
    """Group, phrase and generality of each part that a sentence speaks of, by looking them up."""
    plain = f" {text.lower().rstrip('.')} "
    scene = {}
    for number, words in enumerate(grammar.opposites):
        for word in words:
            if f" {word} " in plain:
                scene["quality"] = (number, word, False)
    for part in GROUPED:
        for number, group in enumerate(grammar.groups[part]):
            for phrase in (*group.general, *group.specific):
                if f" {phrase} " in plain:
                    assert part not in scene, text
                    scene[part] = (number, phrase, phrase in group.general)
    return scene


def judge(pair: Pair, grammar: PairGrammar) -> int:
    """A careful reader, who knows the groups and compares part by part."""
    premise, hypothesis = read_scene(pair.premise, grammar), read_scene(pair.hypothesis, grammar)
    verdict = 0
    for part, (group, phrase, general) in hypothesis.items():
        if part not in premise:
            verdict = 1
            continue
        said_group, said, said_general = premise[part]
        if part == "quality":
            if said_group != group:
                verdict = 1
            elif said != phrase:
                return 2
        elif said_group != group:
            return 2
        elif not general and said_general:
            verdict = 1
        elif not general and said != phrase:
            return 2
    return verdict


@pytest.mark.parametrize(("split", "size"), [("train", 6000), ("validation", 1000), ("test", 1000)])
def test_sizes_and_balance(split: Split, size: int) -> None:
    labels = [pair.label for pair in PAIRS[split]]
    assert len(labels) == size
    for label in range(3):
        assert abs(labels.count(label) - size / 3) < 1
    assert len(set(PAIRS[split])) > 0.99 * size
    assert SOURCE.skipped[split] == 0


def test_the_same_texts_every_time_and_everywhere() -> None:
    source = open_pairs(None)
    assert source.name == "built-in pairs"
    assert list(source.stream("test")) == PAIRS["test"]
    assert list(source.stream("test", 7)) == PAIRS["test"][:7]
    texts = "\n".join(f"{p.premise}\t{p.hypothesis}" for part in PAIRS.values() for p in part)
    assert hashlib.sha256(texts.encode()).hexdigest()[:16] == "cf06c607b66cc523"


def test_a_careful_reader_gets_all_labels_right() -> None:
    for pairs in PAIRS.values():
        for pair in pairs:
            assert judge(pair, SOURCE.grammar) == pair.label, pair


def test_no_premise_occurs_in_two_splits() -> None:
    premises = {split: {pair.premise for pair in pairs} for split, pairs in PAIRS.items()}
    assert not premises["train"] & premises["validation"]
    assert not premises["train"] & premises["test"]
    assert not premises["validation"] & premises["test"]


def test_every_phrase_occurs_in_every_label_on_both_sides() -> None:
    seen: dict[tuple[str, str], set[int]] = {}
    for pair in PAIRS["train"]:
        for side, text in (("premise", pair.premise), ("hypothesis", pair.hypothesis)):
            for _, phrase, _ in read_scene(text, SOURCE.grammar).values():
                seen.setdefault((side, phrase), set()).add(pair.label)
    groups = [group for part in SOURCE.grammar.groups.values() for group in part]
    phrases = [phrase for group in groups for phrase in (*group.general, *group.specific)]
    phrases += [word for words in SOURCE.grammar.opposites for word in words]
    assert len(seen) == 2 * len(phrases)
    assert all(labels == {0, 1, 2} for labels in seen.values())


def test_pairs_look_like_sentences() -> None:
    for pair in PAIRS["train"]:
        for text in (pair.premise, pair.hypothesis):
            assert text[0].isupper()
            assert text.endswith(".")
            assert not re.search(r"[{}]|  | \.|\b[Aa] [aeiou]|\b[Aa]n [^aeiou]", text), text
            assert 4 <= len(text.split()) <= 25


@pytest.fixture
def content(tmp_path: Path) -> Path:
    shutil.copy(datasets_path() / "inference.toml", tmp_path)
    shutil.copytree(datasets_path() / "inference", tmp_path / "inference")
    return tmp_path


RULES = "inference/grammar.toml"


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("inference.toml", "seed = 20245", "", "seed: missing"),
        ("inference.toml", "validation = 1000", "", "split.validation: missing"),
        ("inference.toml", "train = 6000", "train = -1", "split.train: below 0"),
        ("inference.toml", "train = 6000", "train = many", "Invalid"),
        (RULES, "vague = 0.2", "vague = 1", "scene.vague: must lie between 0 and 1"),
        (RULES, "general = 0.45", 'general = "often"', "scene.general: missing or of the wrong"),
        (RULES, "{agent} is {action} {place} {time}.", "{agent} is {action}.", "needs the slots"),
        (RULES, "{agent} is {action} {place} {time}.", "{agents} is here.", "needs the slots"),
        (RULES, '"young", "old"', '"young"', "quality.opposites"),
        (RULES, '"young", "old"', '"young", "tall"', "a word stands there twice"),
        (RULES, '["dog", "cat"', '["dog", "boxer"', "agent: 'boxer' stands there twice"),
        (RULES, 'general = ["animal", "creature"]', "", "agent 1: general is not a list"),
        (RULES, 'general = ["animal", "creature"]', "general = []", "agent 1: needs one general"),
        (RULES, 'specific = ["dog"', 'specifc = ["dog"', "agent 1: specific is not a list"),
        (RULES, "[[time]]", "[[times]]", "time: missing"),
        (RULES, '[[time]]\ngeneral = ["after', '[[times]]\ngeneral = ["after', "time: needs two"),
    ],
)
def test_an_edited_content_file_with_a_mistake_is_named(
    content: Path, name: str, old: str, new: str, message: str
) -> None:
    file = content / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(InputError) as caught:
        GeneratedPairs(content)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_content_file(content: Path) -> None:
    (content / "inference" / "grammar.toml").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        GeneratedPairs(content)

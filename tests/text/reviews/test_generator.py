"""The built-in reviews: order decides, frames do not leak, a reader understands them."""

import hashlib
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from neuroep.content import datasets_path
from neuroep.errors import InputError
from neuroep.tables.split import Split
from neuroep.text.grammar import Grammar
from neuroep.text.reviews.baselines import text_baseline
from neuroep.text.reviews.generator import GeneratedReview, GeneratedReviews
from neuroep.text.reviews.source import Review
from neuroep.text.texts import open_texts
from neuroep.text.words import shuffle_words, split_words

SOURCE = GeneratedReviews()
REVIEWS: dict[Split, list[Review]] = {
    "train": list(SOURCE.stream("train")),
    "test": list(SOURCE.stream("test")),
}


class Fixed:
    """Reviews from a list, for the baselines."""

    name = "fixed"

    def __init__(self, train: list[Review], test: list[Review]) -> None:
        self.reviews: dict[Split, list[Review]] = {"train": train, "test": test}

    def stream(self, split: Split, limit: int | None = None) -> list[Review]:
        return self.reviews[split][:limit]


def read_verdict(text: str, grammar: Grammar) -> int:
    """A careful reader: judges each polar word by its close neighbours, then counts."""
    sign: dict[str, int] = {}
    for kind in ("adjective", "noun"):
        negative, positive = grammar.polar[kind]
        sign |= dict.fromkeys(negative, -1) | dict.fromkeys(positive, 1)
    total = 0
    for sentence in re.split(r"(?<=\.) ", text):
        words = [word for word in split_words(sentence) if word.isalpha()]
        for i, word in enumerate(words):
            if word not in sign:
                continue
            before = [*["-"] * 3, *words[:i]][-3:]
            near = before[-2:] if before[-1] in ("a", "an") else before[-1:]
            after = words[i + 1] if i + 1 < len(words) else "-"
            quoted = before[-1] == "it" and before[-2].endswith("ed")
            discounted = before[-1] in ("its", "looks", "than") or after in (
                "but",
                "yet",
            )  # what the other half of the sentence overrides
            turned = near[0] in ("not", "never", "hardly", "from", "means", "no")
            mocked = before[-1] in ("so", "supposedly", "called", "another") or after in (
                "yeah",
                "my",
            )
            if not quoted and not discounted:
                total += -sign[word] if turned or mocked else sign[word]
    return int(total > 0)


@pytest.mark.parametrize(("split", "size"), [("train", 4000), ("test", 1000)])
def test_sizes_and_balance(split: Split, size: int) -> None:
    labels = [review.label for review in REVIEWS[split]]
    assert len(labels) == size
    assert sum(labels) == size / 2
    assert len({review.text for review in REVIEWS[split]}) > 0.99 * size


def test_the_same_texts_every_time_and_everywhere() -> None:
    assert list(open_texts(None).stream("test")) == REVIEWS["test"]
    texts = "\n".join(review.text for split in REVIEWS.values() for review in split)
    digest = hashlib.sha256(texts.encode()).hexdigest()
    assert digest[:16] == "c979e9508a09e0b8"


def test_limit_is_balanced() -> None:
    assert sum(review.label for review in SOURCE.stream("train", limit=100)) == 50


def test_no_frame_of_the_test_split_occurs_in_train() -> None:
    used: dict[Split, set[str]] = {"train": set(), "test": set()}
    for split, reviews in REVIEWS.items():
        for review in reviews:
            assert isinstance(review, GeneratedReview)
            used[split] |= set(review.frames)
    texts = {
        split: {f.text for pool in SOURCE.grammar.frames[split].values() for f in pool}
        for split in used
    }
    assert len(used["train"]) == len(texts["train"])  # every frame is really used
    assert len(used["test"]) == len(texts["test"])
    assert not texts["train"] & texts["test"]
    assert not used["train"] & used["test"]


def test_reviews_look_like_sentences() -> None:
    low, high = SOURCE.grammar.sentences
    for review in REVIEWS["train"]:
        assert isinstance(review, GeneratedReview)
        assert low <= len(review.frames) <= high
        assert review.text[0].isupper()
        assert review.text.endswith(".")
        assert not re.search(r"[{}]|  | \.|\ba [aeiou]|\ban [^aeiou]", review.text)


def test_every_judging_word_comes_about_as_often_in_both_classes() -> None:
    counts = [Counter[str](), Counter[str]()]
    for review in REVIEWS["train"]:
        counts[review.label].update(split_words(review.text))
    for lists in SOURCE.grammar.polar.values():
        for word in (*lists[0], *lists[1]):
            assert 0.33 < counts[1][word] / (counts[0][word] + counts[1][word]) < 0.67, word


def test_a_careful_reader_gets_nearly_all_right() -> None:
    right = [read_verdict(r.text, SOURCE.grammar) == r.label for r in REVIEWS["test"]]
    assert np.mean(right) >= 0.98


def test_order_decides() -> None:
    assert text_baseline("bag_of_words", SOURCE).test_accuracy < 0.75
    ngrams = text_baseline("ngrams", SOURCE)
    assert ngrams.test_accuracy >= 0.93
    generator = np.random.default_rng(0)
    shuffled = [Review(r.label, shuffle_words(r.text, generator)) for r in REVIEWS["test"]]
    blind = text_baseline("ngrams", Fixed(REVIEWS["train"], shuffled))  # type: ignore[arg-type]
    assert blind.test_accuracy < ngrams.test_accuracy - 0.15


@pytest.fixture
def content(tmp_path: Path) -> Path:
    shutil.copy(datasets_path() / "reviews.toml", tmp_path)
    shutil.copytree(datasets_path() / "reviews", tmp_path / "reviews")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("reviews.toml", "seed = 20240", "", "seed: missing"),
        ("reviews.toml", "train = 4000", "train = -1", "split.train: below 0"),
        ("reviews.toml", "train = 4000", "train = many", "Invalid"),
        ("reviews/grammar.toml", "sentences = [3, 7]", "sentences = [7, 3]", "review.sentences"),
        ("reviews/grammar.toml", "opinions = 2", "opinions = 5", "review.opinions"),
        ("reviews/grammar.toml", "not {oppose}", "not {opose}", "unknown slot {opose}"),
        ("reviews/grammar.toml", 'kind = "noun"', 'kind = "verb"', "kind must be one of"),
        ("reviews/grammar.toml", "I saw it {time}.", "I saw it {tyme}.", "unknown slot {tyme}"),
        ("reviews/grammar.toml", "In short, {concession}.", "In short.", "needs the slot"),
        (
            "reviews/grammar.toml",
            "Afterwards my {person} drove us home.",
            "My {person} chose the seats.",
            "also stands in frames.train",
        ),
        ("reviews/lexicon.toml", "positive = [", "positve = [", "polar.adjective.positive"),
    ],
)
def test_an_edited_content_file_with_a_mistake_is_named(
    content: Path, name: str, old: str, new: str, message: str
) -> None:
    file = content / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(InputError) as caught:
        GeneratedReviews(content)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_content_file(content: Path) -> None:
    (content / "reviews" / "lexicon.toml").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        GeneratedReviews(content)

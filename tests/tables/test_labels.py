"""Names of classes: how a file spells them, their order, which one a name means."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroep.errors import InputError
from neuroep.tables.labels import MOST_CLASSES, find_label, label_name, order_labels
from neuroep.tables.split import split


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, ""),
        ("", ""),
        (float("nan"), ""),
        (" pos ", "pos"),
        (1, "1"),
        (-1.0, "-1"),
        ("1.0", "1"),
        ("-1.00", "-1"),
        ("1.5", "1.5"),
        ("v1.0", "v1.0"),
        (0.5, "0.5"),
        (True, "True"),
        ("1.000000000000000000e+00", "1"),  # numpy.savetxt
        ("-2.0e+01", "-20"),
        ("1.5e+00", "1.5e+00"),
        ("1E2", "1E2"),  # a code
        ("cafe\u0301", "caf\u00e9"),
        ("\ufeffpos\u200b", "pos"),
        (
            "\u0645\u06cc\u200c\u0634\u0648\u062f",
            "\u0645\u06cc\u200c\u0634\u0648\u062f",
        ),  # joiners tell
    ],
)
def test_label_name(value: object, name: str) -> None:
    assert label_name(value) == name


@pytest.mark.parametrize(
    ("found", "labels"),
    [
        ({"pos", "neg"}, ("negative", "positive")),
        ({"Positive", "Negative"}, ("negative", "positive")),
        ({"1", "0"}, ("0", "1")),
        ({"10", "9", "-1"}, ("-1", "9", "10")),
        ({"b", "a", "C"}, ("C", "a", "b")),
        ({"NEUTRAL", "CONTRADICTION", "ENTAILMENT"}, ("entailment", "neutral", "contradiction")),
        ({"positive", "negative", "neutral"}, ("negative", "neutral", "positive")),
        ({"2", "a", "10"}, ("2", "10", "a")),
    ],
)
def test_order_of_labels(found: set[str], labels: tuple[str, ...]) -> None:
    names, label_of = order_labels(found, "here")
    assert names == labels
    assert set(label_of) == found
    assert sorted(label_of.values()) == list(range(len(labels)))
    assert all(find_label(name, names) == label for name, label in label_of.items())


def test_too_few_and_too_many() -> None:
    with pytest.raises(InputError, match="here: only 'a': two classes"):
        order_labels({"a"}, "here")
    with pytest.raises(InputError, match="here: no label"):
        order_labels(set(), "here")
    with pytest.raises(InputError, match="too many"):
        order_labels(map(str, range(MOST_CLASSES + 1)), "here")


def test_a_file_with_numbers_is_read_by_a_network_of_sentiments() -> None:
    sentiments = ("negative", "positive")
    assert [find_label(n, sentiments) for n in ("0", "1", "pos", "NEG", "2", "good")] == [
        *(0, 1, 1, 0, None, None)
    ]
    assert find_label("2", ("entailment", "neutral", "contradiction")) == 2
    assert find_label("1", ("sport", "news")) is None  # sorted names have no numbers of their own


@given(st.lists(st.integers(0, 5), min_size=1, max_size=200), st.floats(0.05, 0.95), st.integers())
def test_split_holds_out_a_share_of_every_label(labels: list[int], share: float, seed: int) -> None:
    array = np.array(labels)
    kept, held = split(array, share, abs(seed))
    assert sorted([*kept, *held]) == list(range(len(labels)))
    for label in set(labels):
        assert (array[held] == label).sum() == round(share * labels.count(label))


def test_a_class_whose_name_no_text_holds_is_one_line() -> None:
    with pytest.raises(InputError, match="photos: caf\udce9: the name is not UTF-8"):
        order_labels(["b", "caf\udce9"], "photos")

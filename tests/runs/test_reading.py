"""Which output of a network a class of labelled data means."""

import pytest

from neuroep.errors import InputError
from neuroep.runs.reading import columns_of

OURS = ("cat", "dog", "eel")


def test_classes_are_told_by_their_names() -> None:
    assert columns_of(("EEL", "cat"), OURS, "a.csv: label") == [2, 0]


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (("cat", "fox"), "'fox': the network knows cat, dog, eel"),
        (("Cat", "cat", "dog", "eel"), "'cat': stands for 'cat', as 'Cat' does"),
    ],
)
def test_a_class_without_an_output_of_its_own_is_one_line(
    theirs: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        columns_of(theirs, OURS, "a.csv: label")
    assert str(caught.value) == f"a.csv: label {said}"

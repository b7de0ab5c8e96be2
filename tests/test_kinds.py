"""JSON as dataclasses: what does not fit is named by file and entry."""

import re
from dataclasses import dataclass

import pytest

from neuroep.errors import InputError
from neuroep.kinds import as_kind


@dataclass
class Kept:
    """What a file may hold."""

    count: int
    shares: dict[str, list[float]]
    seeds: int | list[int] | None = None
    pair: tuple[int, int] = (0, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1], "Input should be an object"),
        ({"count": 1}, "shares: missing"),
        ({"count": "1", "shares": {}}, "count: Input should be a valid integer"),
        ({"count": 1, "shares": {"a": [10**400]}}, "shares.a: is too large"),
        ({"count": 1, "shares": {"a": [0.5, "b"]}}, "shares.a.1: Input should be a valid number"),
        # Where several types may stand, their names are no keys.
        ({"count": 1, "shares": {}, "pair": [1]}, "pair.1: missing"),
        ({"count": 1, "shares": {}, "seeds": "a"}, "seeds: Input should be"),
        ({"count": 1, "shares": {}, "seeds": [1, "a"]}, "seeds.1: Input should be a valid integer"),
    ],
)
def test_values_of_another_kind_are_named(content: object, said: str) -> None:
    with pytest.raises(InputError, match=f"^a.json: {re.escape(said)}"):
        as_kind(Kept, content, "a.json")
    assert as_kind(Kept, {"count": 1, "shares": {"a": [1]}, "new": 2}, "a.json") == Kept(
        1, {"a": [1.0]}
    )

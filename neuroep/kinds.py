"""What a JSON file holds as a dataclass, or the entry of it that is none."""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from neuroep.errors import InputError
from neuroep.files import leaves

Kind = TypeVar("Kind")


def as_kind(kind: type[Kind], content: Any, where: str) -> Kind:
    """Return what a JSON file holds as a type, such as a dataclass; no value is converted.

    What a dataclass does not know of is left out. An InputError begins with ``where`` and the entry
    that is missing or wrong.
    """
    from pydantic import TypeAdapter, ValidationError

    for key, value in leaves(content) if isinstance(content, dict) else ():
        if isinstance(value, int) and abs(value) > sys.float_info.max:  # would be infinity
            raise InputError(f"{where}: {key}: is too large")
    try:
        # As JSON, for of Python's own values strict ones would have to be dataclasses already.
        return TypeAdapter(kind).validate_json(json.dumps(content), strict=True)
    except ValidationError as error:
        way, found = first_wrong(error.errors(), content)
        said = found["msg"].removeprefix("Value error, ")
        reason = "missing" if found["type"] == "missing" else said
        raise InputError(": ".join([where, *([".".join(way)] if way else []), reason])) from None


def first_wrong(errors: Sequence[Any], content: Any) -> tuple[list[str], Any]:
    """Return where in some content the first error of pydantic's stands, and the error.

    Where several types may stand it is of the one that fits farthest.
    """
    first = [error for error in errors if error["loc"][:1] == errors[0]["loc"][:1]]
    ways = [list(_way(error, content)) for error in first]
    farthest = max(range(len(ways)), key=lambda i: len(ways[i]))
    return ways[farthest], first[farthest]


def _way(error: Any, content: Any) -> Iterator[str]:
    """Yield the keys to an error; pydantic's names of types, which stand among them, are none."""
    for part in error["loc"]:
        listed = isinstance(content, list | tuple)
        keys = range(len(content)) if listed else content if isinstance(content, dict) else ()
        if part in keys:
            content = content[part]
            yield str(part)
    if error["type"] == "missing":
        yield str(error["loc"][-1])

"""Tables of a design as dataclasses, checked: every key known, every type exact.

What does not fit is a ValueError of one line that begins with the key.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, ValidationError, create_model

from neuroep.kinds import first_wrong
from neuroep.tasks.section import STRICT, Section

Kind = TypeVar("Kind")
Table = TypeVar("Table", bound=Section)


def checked(kind: type[Kind], where: str, entry: dict[str, Any]) -> Kind:
    """Build a dataclass from a table, with keys and types checked."""
    known = {field.name for field in fields(kind) if field.init}  # type: ignore[arg-type]
    for key in entry:
        if key not in known:
            raise ValueError(f"{where}.{key}: unknown key; {suggestion(key, known)}")
    check_types(kind, where, entry)
    try:
        return kind(**entry)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None


def check_types(kind: type, where: str, entry: dict[str, Any]) -> None:
    """Check values against the types that a dataclass gives its fields."""
    hints = get_type_hints(kind)
    # What has been made of a table already was checked then.
    plain = {name: value for name, value in entry.items() if not is_dataclass(value)}
    types: dict[str, Any] = {name: (hints[name] | None, None) for name in plain}
    try:
        create_model(kind.__name__, __config__=STRICT, **types).model_validate(plain)
    except ValidationError as error:
        raise ValueError(first_error(error, plain, where)) from None


def chosen(catalogue: dict[str, Kind], where: str, name: object) -> Kind:
    """Return an entry of a catalogue by its name in a design."""
    if not isinstance(name, str) or name not in catalogue:
        given = "missing" if name is None else f"{name!r} is unknown"
        raise ValueError(f"{where}: {given}; {suggestion(str(name), catalogue)}")
    return catalogue[name]


def section_of(kind: type[Table], where: str, entry: object) -> Table:
    """Build a section from a table."""
    try:
        return kind.model_validate(entry)
    except ValidationError as error:
        raise ValueError(first_error(error, entry, where, kind)) from None


def made(kind: type[Kind], section: Section, prefix: str) -> Kind:
    """Return a dataclass of a section's values; what it refuses is told by the design's key."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    try:
        return kind(**{name: getattr(section, name) for name in names})
    except ValueError as error:
        raise ValueError(f"{prefix}{error}") from None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return "did you mean ...?" where something is close, else what is known."""
    close = get_close_matches(name, list(known), 1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"


SAID = {
    "tuple_type": "must be a list, such as [0, 10]",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "finite_number": "must be finite",
}
"""What pydantic says in its own words, said as a designer would."""


def first_error(
    error: ValidationError, content: Any, where: str = "", kind: type[BaseModel] | None = None
) -> str:
    """Return what pydantic found first in some content as one line that begins with the key.

    ``kind``: what was validated, so that an unknown key is told what it may have meant.
    """
    way, found = first_wrong(error.errors(), content)
    path = ".".join([*([where] if where else []), *way])
    message = SAID.get(found["type"], str(found["msg"]).removeprefix("Value error, "))
    if found["type"] == "extra_forbidden":
        *way, key = found["loc"]
        known = _keys(kind, way)
        message = f"unknown key; {suggestion(str(key), known)}" if known else "unknown key"
    return f"{path}: {message}" if path else message


def _keys(kind: type[BaseModel] | None, way: Iterable[int | str]) -> list[str]:
    """Return the keys of the table at the end of a way through the tables of a design."""
    for part in way:
        if kind is None or isinstance(part, int):
            continue  # an array of tables: its entries are all of one kind
        found = kind.model_fields.get(str(part))
        kind = None if found is None else _table_of(found.annotation)
    return [] if kind is None else list(kind.model_fields)


def _table_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_table_of, get_args(annotation))), None)

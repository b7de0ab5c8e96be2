"""Design files: where they are, their TOML, and ``--set key=value``."""

import errno
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neuroep.content import circuits_path
from neuroep.design.devices import with_card
from neuroep.errors import InputError
from neuroep.files import check_values, read_toml, resolved


def design_path(name: str) -> Path:
    """Return the file of a design: a path, or the name of a built-in one."""
    built_in = resolved(circuits_path() / "designs" / f"{name}.toml")
    return built_in if "/" not in name and built_in.is_file() else Path(name)


def built_in_designs() -> list[tuple[str, str]]:
    """Return name and title of every built-in design."""
    folder = circuits_path() / "designs"
    found = []
    for path in sorted(folder.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found.append((path.stem, str(content.get("title", ""))))
    return found


def read_content(name: str, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Return a design file as parsed, with the overrides in it; nothing is checked yet.

    An override of an entry of ``devices.card`` puts the card that is named there into the content.
    An InputError: missing file, or not TOML; or an override that is not ``key=value``.
    """
    path = design_path(name)
    if not os.path.lexists(path):
        raise InputError(f"{path}: {_missing(name)}")
    content = read_toml(path)
    for override in overrides:
        if override.startswith("devices.card."):
            content = with_card(content, str(path))
        _apply(content, override)
    return content


def _missing(name: str) -> str:
    from difflib import get_close_matches

    known = [found for found, _ in built_in_designs()]
    close = get_close_matches(name, known, 1)
    reason = os.strerror(errno.ENOENT).lower()
    return f"{reason}; did you mean {close[0]}?" if close else reason


def _apply(content: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise InputError(f"--set {override}: must be key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    except (ValueError, RecursionError):  # a number of 5,000 digits, or lists in lists in lists
        raise InputError(f"--set {key}: a value that nothing can hold") from None
    check_values({key: value}, "--set ")
    *parents, last = _key_path(key, override)
    table: Any = content
    for parent in parents:
        if isinstance(table, list):
            table = _entry(table, parent, override)
            continue
        table = table.setdefault(parent, {})
        if not isinstance(table, dict | list):
            raise InputError(f"--set {override}: {parent} is not a table")
    if isinstance(table, list):
        raise InputError(f"--set {override}: {parents[-1]} is a list; name an entry by its number")
    table[last] = value


def _entry(table: list[Any], number: str, override: str) -> Any:
    """Return an entry of an array of tables, such as ``couplings.0``."""
    if (
        not number.isdecimal()
        or int(number) >= len(table)
        or not isinstance(table[int(number)], dict)
    ):
        raise InputError(f"--set {override}: {number}: there are entries 0 to {len(table) - 1}")
    return table[int(number)]


def _key_path(key: str, override: str) -> list[str]:
    """Return the parts of a dotted TOML key, some of which may be quoted."""
    try:
        nested: Any = tomllib.loads(f"{key} = 0")
    except (ValueError, RecursionError):
        raise InputError(f"--set {override}: {key} is not a dotted key") from None
    path: list[str] = []
    while isinstance(nested, dict):
        name, nested = next(iter(nested.items()))
        path.append(name)
    return path

"""Device cards: one device as a TOML file, each value in its unit, with where it is from."""

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

from neuroep.content import circuits_path
from neuroep.devices.device import Ageing, Device, Pulse, Spread
from neuroep.devices.laws import LAWS, Law
from neuroep.errors import InputError
from neuroep.files import read_toml, resolved
from neuroep.places import replaced_when_whole
from neuroep.quantities import in_unit

UNITS = {
    "conductance.min": ("siemens", "1 uS"),
    "conductance.max": ("siemens", "40 uS"),
    "pulse.volts": ("volt", "1.5 V"),
    "pulse.width": ("second", "50 ns"),
    "pulse.energy": ("joule", "4 pJ"),
    "ageing.drift_from": ("second", "20 s"),
    "ageing.retention": ("second", "10 s"),
}
"""Entries that are quantities; all others are numbers."""

TABLES: Mapping[str, Mapping[str, str]] = {
    "conductance": {"min": "g_min", "max": "g_max"},
    "step": {"up": "step_up", "down": "step_down"},
    "noise": {
        "pulse": "pulse_noise",
        "relative": "relative",
        "read": "read_noise",
        "write": "write_noise",
    },
    "life": {"stuck": "stuck", "endurance": "endurance"},
}
"""Tables whose entries are fields of the device itself."""

PARTS: Mapping[str, type] = {"spread": Spread, "pulse": Pulse, "ageing": Ageing}
"""Tables that are parts of the device."""

KNOWN = ("title", "sources", "law", *TABLES, *PARTS)
MOST_BYTES = 1 << 22


def card_path(name: str) -> Path:
    """Return the file of a card: a path, or the name of a built-in one."""
    built_in = resolved(circuits_path() / "devices" / f"{name}.toml")
    return built_in if "/" not in name and built_in.is_file() else Path(name)


def built_in_cards() -> list[str]:
    """Return the names of the built-in cards."""
    return sorted(path.stem for path in (circuits_path() / "devices").glob("*.toml"))


def read_card(name: str) -> Device:
    """Return the device of a card.

    Parameters
    ----------
    name : str
        A path, or the name of a built-in card.

    Raises
    ------
    InputError
        There is no such card, it is no TOML, an entry is missing, unknown, of another type or unit
        or of an impossible value, or a table has no source; one line that names file and entry.
    """
    return device_of(read_content(name), str(card_path(name)))


def device_of(content: dict[str, Any], where: str) -> Device:
    """Return the device of a card's content; ``where`` is what errors call it."""
    try:
        return _device(content, Path(where).stem)
    except (ValueError, TypeError) as error:
        raise InputError(f"{where}: {error}") from None


def read_content(name: str) -> dict[str, Any]:
    """Return a card as parsed; nothing is checked yet.

    Raises
    ------
    InputError
        There is no such card, or it is no TOML.
    """
    path = card_path(name)
    if not os.path.lexists(path):
        close = get_close_matches(name, built_in_cards(), 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(built_in_cards())}"
        raise InputError(f"{path}: no such card; {hint}")
    return read_toml(path, MOST_BYTES)


def _device(content: dict[str, Any], stem: str) -> Device:
    _check_keys(content, KNOWN, "")
    made: dict[str, Any] = {"name": content.get("title", stem)}
    if not isinstance(made["name"], str):
        raise ValueError("title: must be text in quotes")
    for table, names in TABLES.items():
        entry = _table(content, table)
        _check_keys(entry, names, f"{table}.")
        for key, value in entry.items():
            made[names[key]] = _value(f"{table}.{key}", value, Device, names[key])
    for required in ("conductance.min", "conductance.max", "step.up", "step.down"):
        table, key = required.split(".")
        if key not in _table(content, table):
            raise ValueError(f"{required}: missing")
    for table, kind in PARTS.items():
        entry = _table(content, table)
        _check_keys(entry, [field.name for field in fields(kind)], f"{table}.")
        values = {key: _value(f"{table}.{key}", v, kind, key) for key, v in entry.items()}
        made[table] = _built(kind, f"{table}.", values)
    made["law"] = _law(_table(content, "law"))
    made["sources"] = _sources(content)
    device: Device = _built(Device, "", made)
    return device


def _built(kind: type, where: str, values: Mapping[str, Any]) -> Any:
    try:
        return kind(**values)
    except ValueError as error:
        raise ValueError(f"{where}{error}") from None


def _table(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    entry = content.get(name, {})
    if not isinstance(entry, dict):
        raise ValueError(f"{name}: must be a table")
    return entry


def _check_keys(entry: Mapping[str, Any], known: Any, where: str) -> None:
    for key in entry:
        if key not in known:
            close = get_close_matches(key, list(known), 1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
            raise ValueError(f"{where}{key}: unknown key; {hint}")


def _value(where: str, given: Any, kind: type, field: str) -> Any:
    if where in UNITS:
        try:
            return in_unit(given, *UNITS[where])
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
    if get_type_hints(kind)[field] is bool:
        if not isinstance(given, bool):
            raise ValueError(f"{where}: must be true or false")
        return given
    return _number(where, given)


def _number(where: str, given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError(f"{where}: must be a number")
    if math.isnan(given) or (math.isinf(given) and not where.endswith(".endurance")):
        raise ValueError(f"{where}: must be finite")
    return float(given)


def _law(entry: dict[str, Any]) -> Law:
    given = dict(entry)
    name = given.pop("type", None)
    if name not in LAWS:
        close = get_close_matches(str(name), LAWS, 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(LAWS)}"
        raise ValueError(f"law.type: {name!r} is no law; {hint}" if name else "law.type: missing")
    kind = LAWS[name]
    _check_keys(given, [field.name for field in fields(kind)], "law.")
    hints = get_type_hints(kind)
    numbers = {
        key: (_number if hints[key] is float else _numbers)(f"law.{key}", value)
        for key, value in given.items()
    }
    law: Law = _built(kind, "law.", numbers)
    return law


def _numbers(where: str, given: Any) -> Any:
    """Return a number, or lists of them as tuples."""
    if isinstance(given, list | tuple):
        return tuple(_numbers(where, entry) for entry in given)
    return _number(where, given)


def _sources(content: Mapping[str, Any]) -> dict[str, str]:
    """Return where each table is from; every table of numbers needs a source, or "*" for all."""
    sources = _table(content, "sources")
    for key, text in sources.items():
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"sources.{key}: must be text")
    for table in (*TABLES, *PARTS, "law"):
        covered = "*" in sources or any(k.split(".")[0] == table for k in sources)
        if table in content and not covered:
            raise ValueError(f"sources.{table}: missing; every value needs its source")
    return dict(sources)


def write_card(device: Device, path: str | Path) -> None:
    """Write a device as a card; the file becomes visible only when it is complete.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    import tomli_w

    try:
        with replaced_when_whole(path) as part:
            part.write_text(tomli_w.dumps(card_content(device)), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot write the card: {error.strerror or error}") from None


SYMBOLS = {"siemens": "S", "volt": "V", "second": "s", "joule": "J"}


def card_content(device: Device) -> dict[str, Any]:
    """Return what a card of the device holds; what has its default is left out."""
    content: dict[str, Any] = {"title": device.name}
    for table, names in TABLES.items():
        content[table] = {
            key: _written(f"{table}.{key}", getattr(device, field))
            for key, field in names.items()
            if field in ("g_min", "g_max", "step_up", "step_down") or _is_set(device, field)
        }
    law = type(device.law)
    name = next(known for known, kind in LAWS.items() if kind is law)
    content["law"] = {"type": name, **_listed(asdict(device.law))}
    for table in PARTS:
        part = getattr(device, table)
        content[table] = {
            field.name: _written(f"{table}.{field.name}", getattr(part, field.name))
            for field in fields(part)
            if _is_set(part, field.name)
        }
    content["sources"] = dict(device.sources)
    return {key: value for key, value in content.items() if value != {}}


def _is_set(thing: Any, name: str) -> bool:
    assert is_dataclass(thing)
    default = next(field.default for field in fields(thing) if field.name == name)
    value = getattr(thing, name)
    return bool(value != default)


def _written(where: str, value: Any) -> Any:
    return f"{value!r} {SYMBOLS[UNITS[where][0]]}" if where in UNITS else value


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(entry) for key, entry in value.items()}
    return [_listed(entry) for entry in value] if isinstance(value, tuple) else value

"""Layers out of the tables of a design."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from neuroep.design.checked import checked, chosen, suggestion
from neuroep.network.hopfield.catalogue import LAYER_TYPES
from neuroep.network.hopfield.layer import Layer


def layer_of(tables: Mapping[str, Mapping[str, Any]], name: str) -> Layer:
    """Return the layer of that name; a ValueError that names its key."""
    entry = dict(tables[name])
    near = suggestion(name, [other for other in tables if other != name])
    if "type" not in entry and near.startswith("did"):
        raise ValueError(f"layers.{name}: has no type; {near}")
    kind = chosen(LAYER_TYPES, f"layers.{name}.type", entry.pop("type", None))
    try:
        entry = kind.from_table(entry)
    except ValueError as error:
        raise ValueError(f"layers.{name}.{error}") from None
    return replace(checked(kind, f"layers.{name}", entry), name=name)

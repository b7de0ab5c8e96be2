"""How a design learns: ``[learning]`` as a recipe of a rule and an update.

A rule's and an update's own options stand beside the recipe's: ``beta`` of a two-phase rule,
``momentum`` of SGD. Which there are follows from the names of both. An update by pulses has a
scheme and a gain, whose options stand there, too; its devices are the design's ``[devices]``.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from neuroep.design.checked import check_types, checked, chosen, suggestion
from neuroep.devices.chip import DeviceChip
from neuroep.devices.gains import GAINS
from neuroep.devices.schemes import SCHEMES
from neuroep.devices.update import Pulses
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules import RULES
from neuroep.learning.updates import UPDATES

BETA = 0.5
"""Nudging strength of figures and checks where a rule has none of its own."""

OWN = ("epochs", "batch", "rates", "decay", "patience", "choose", "shards")
"""What is the recipe's and neither the rule's nor the update's."""

PULSES = "pulses"
"""The update by pulses on devices, as designs call it."""

PARTS: Mapping[type, Mapping[str, Mapping[str, Any]]] = {
    Pulses: {"scheme": SCHEMES, "gain": GAINS},
}
"""Updates that are made of parts with names of their own."""


def read_recipe(table: Mapping[str, Any], chip: DeviceChip | None = None) -> Recipe:
    """Return the recipe of a design's ``[learning]``; a ValueError begins with the key.

    ``chip``: what pulses are given to.
    """
    entry = dict(table)
    kinds = _parts(entry, chip)
    names = {
        "recipe": set(OWN),
        **{part: {field.name for field in fields(kind)} for part, kind in kinds.items()},
    }
    parts: dict[str, dict[str, Any]] = {part: {} for part in names}
    for key, value in entry.items():
        owner = next((part for part, known in names.items() if key in known), None)
        if owner is not None:
            parts[owner][key] = value
        elif key != "beta" and not (chip and "scheme" not in kinds and key in _pulse_keys()):
            # A design keeps its beta while a reference gradient does without, and how its devices
            # are pulsed while its twin moves floats.
            known = sorted({"beta", *kinds, "update"}.union(*names.values()))
            raise ValueError(f"learning.{key}: unknown key; {suggestion(key, known)}")
    made = {part: checked(kind, "learning", parts[part]) for part, kind in kinds.items()}
    if "scheme" in made:
        assert chip is not None
        made["update"] = Pulses(chip, made.pop("scheme"), made.pop("gain"))
    check_types(Recipe, "learning", parts["recipe"])
    try:
        return Recipe(**parts["recipe"], **made)
    except ValueError as error:
        raise ValueError(f"learning.{error}") from None


def _pulse_keys() -> set[str]:
    """Return all entries that are about pulses."""
    kinds: list[Any] = [*SCHEMES.values(), *GAINS.values()]
    return {"scheme", "gain"}.union(field.name for kind in kinds for field in fields(kind))


def _parts(entry: dict[str, Any], chip: DeviceChip | None) -> dict[str, Any]:
    """Take the names of a recipe's parts out of its table, and return what they are of."""
    parts: dict[str, Any] = {
        "rule": chosen(RULES, "learning.rule", entry.pop("rule", "centered")),
    }
    update = entry.pop("update", "adam")
    if update != PULSES:
        known: dict[str, Any] = {**UPDATES, PULSES: Pulses}
        return parts | {"update": chosen(known, "learning.update", update)}
    if chip is None:
        raise ValueError("learning.update: pulses need devices, the table [devices]")
    scheme = chosen(SCHEMES, "learning.scheme", entry.pop("scheme", "accumulate"))
    return parts | {
        "scheme": scheme,
        "gain": chosen(GAINS, "learning.gain", entry.pop("gain", "none")),
    }


def write_recipe(recipe: Recipe, beta: float) -> dict[str, Any]:
    """Return a recipe as a design's ``[learning]`` holds it, with every default filled in."""
    update = recipe.update
    named: dict[str, Any] = {
        "rule": _name(RULES, recipe.rule),
        "update": _name({**UPDATES, PULSES: Pulses}, update),
        "beta": beta,
    }
    options: list[Any] = [recipe.rule]
    for part, catalogue in PARTS.get(type(update), {}).items():
        options.append(getattr(update, part))
        named[part] = _name(catalogue, options[-1])
    if type(update) not in PARTS:
        options.append(update)
    own = {name: getattr(recipe, name) for name in OWN}
    for part in options:  # what two of them call alike is the first's, as it is read
        named |= {key: value for key, value in asdict(part).items() if key not in named}
    return {**named, **own}


def _name(catalogue: Mapping[str, Any], thing: object) -> str:
    return next(name for name, kind in catalogue.items() if type(thing) is kind)

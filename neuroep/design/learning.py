"""How a design learns: ``[learning]`` as a recipe of a rule and an update.

A rule's and an update's own options stand beside the recipe's: ``beta`` of a two-phase rule,
``momentum`` of SGD. Which there are follows from the names of both.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from neuroep.design.checked import check_types, checked, chosen, suggestion
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules import RULES
from neuroep.learning.updates import UPDATES

BETA = 0.5
"""Nudging strength of figures and checks where a rule has none of its own."""

OWN = ("epochs", "batch", "rates", "decay", "patience", "choose")
"""What is the recipe's and neither the rule's nor the update's."""


def read_recipe(table: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a design's ``[learning]``; a ValueError begins with the key."""
    entry = dict(table)
    rule = chosen(RULES, "learning.rule", entry.pop("rule", "centered"))
    kind = chosen(UPDATES, "learning.update", entry.pop("update", "adam"))
    parts: dict[str, dict[str, Any]] = {"recipe": {}, "rule": {}, "update": {}}
    names = {
        "recipe": set(OWN),
        "rule": {f.name for f in fields(rule)},  # type: ignore[arg-type]
        "update": {f.name for f in fields(kind)},  # type: ignore[arg-type]
    }
    for key, value in entry.items():
        owner = next((part for part, known in names.items() if key in known), None)
        if owner is not None:
            parts[owner][key] = value
        elif key != "beta":  # a design keeps its beta while a reference gradient does without
            known = sorted({"rule", "update", "beta"}.union(*names.values()))
            raise ValueError(f"learning.{key}: unknown key; {suggestion(key, known)}")
    made = {
        "rule": checked(rule, "learning", parts["rule"]),
        "update": checked(kind, "learning", parts["update"]),
    }
    check_types(Recipe, "learning", parts["recipe"])
    try:
        return Recipe(**parts["recipe"], **made)  # type: ignore[arg-type]
    except ValueError as error:
        raise ValueError(f"learning.{error}") from None


def write_recipe(recipe: Recipe, beta: float) -> dict[str, Any]:
    """Return a recipe as a design's ``[learning]`` holds it, with every default filled in."""
    named = {
        "rule": _name(RULES, recipe.rule),
        "update": _name(UPDATES, recipe.update),
        "beta": beta,
    }
    own = {name: getattr(recipe, name) for name in OWN}
    options = [asdict(part) for part in (recipe.rule, recipe.update)]  # type: ignore[call-overload]
    return {**named, **options[0], **options[1], **own}


def _name(catalogue: dict[str, Any], thing: object) -> str:
    return next(name for name, kind in catalogue.items() if type(thing) is kind)

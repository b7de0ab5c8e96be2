"""The keys of a design, from the models that check them: tables within the pages, in Markdown.

A table stands between ``<!-- keys: circuit -->`` and ``<!-- end -->``. It is in the file, so that
pages can be read without building them; ``python docs/_ext/neuroep_docs/keys.py`` writes it, a test
holds it against the models, and the built pages get it fresh.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

HEAD = "| key | type | unit | default | what it does |\n| --- | --- | --- | --- | --- |"
MARK = re.compile(r"(<!-- keys: ([\w.: ]+?) -->\n).*?(<!-- end -->)", re.DOTALL)
PLAIN = {bool: "true or false", int: "whole number", float: "number", str: "text"}

ASIDE = {"DevicesSection.card": "text or table"}
"""Types of what is read before a model sees it."""


@cache
def tables() -> dict[str, type[BaseModel]]:
    """Return the model of every table of a design by its name on the pages.

    That is the table's own, such as ``circuit.wires``, after ``resistive:`` where networks of
    layers have another table of that name. What both families have is there once.
    """
    from neuroep.design.catalogue import FAMILIES
    from neuroep.tasks.catalogue import TASKS

    found: dict[str, type[BaseModel]] = {}
    for family, design in FAMILIES.items():
        ways = [("design", design), *below(design), *((k, t.section) for k, t in TASKS.items())]
        for way, model in ways:
            if model not in found.values():
                found[f"{family}: {way}" if way in found else way] = model
    return found


def below(model: type[BaseModel], way: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the tables within a table, and those within them; spreads are one kind of table."""
    for key, field in model.model_fields.items():
        for kind in models(field.annotation):
            own = "variability.NAME" if way == "variability" else f"{way}.{key}".strip(".")
            yield own, kind
            yield from below(kind, own)


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def table(name: str) -> str:
    """Return the keys of a table of a design."""
    model = tables()[name]
    return "\n".join([HEAD, *(row(model, key) for key in model.model_fields)])


def row(model: type[BaseModel], key: str) -> str:
    """Return the line of a key."""
    field = model.model_fields[key]
    name = field.validation_alias if isinstance(field.validation_alias, str) else key
    typed: Any = Annotated[field.annotation, *(field.metadata or [None])]
    known = ASIDE.get(f"{model.__name__}.{key}") or kind(typed)
    cells = name, known, unit(model, key, typed), default(field, typed), said(model, key)
    first, *others = (cell.replace("|", "\\|") for cell in cells)
    return f"| `{first}` | {' | '.join(others)} |"


def kind(typed: Any) -> str:
    """Return what stands behind a key, in a designer's words."""
    while get_origin(typed) is Annotated:
        parts = get_args(typed)
        if any(type(part).__name__ == "PlainSerializer" for part in parts[1:]):
            return "quantity"
        typed = parts[0]
    origin, parts = get_origin(typed), get_args(typed)
    if origin is Literal:
        return ", ".join(f'`"{choice}"`' for choice in parts)
    if origin in (tuple, list):
        if any(True for _ in models(typed)):
            return "tables"
        what = kind(parts[0])
        return f"list of {'quantitie' if what == 'quantity' else what}s"
    if origin is dict or any(True for _ in models(typed)):
        return "table"
    if parts:  # a union
        return " or ".join({kind(one): None for one in parts if one is not NoneType})
    return PLAIN[typed]


def unit(model: Any, key: str, typed: Any) -> str:
    """Return the SI unit of a key, or what a spread may be in."""
    spreads = getattr(model, "parameters", {})
    if key in spreads:
        from neuroep.hardware.variability import OFFSETS

        units = [spreads[key]] if key in OFFSETS else ["share", spreads[key]]
        return ", ".join(one for one in units if one)
    if kind(typed).startswith(("quantity", "list of quant")) and model.__name__ != "SpreadSection":
        value: Any = (1.0,) if kind(typed).startswith("list") else 1.0
        written = TypeAdapter(typed).dump_python(value, mode="json", warnings=False)
        text = written[0] if isinstance(written, list) else written
        return str(text).partition(" ")[2].removeprefix("u")
    return ""


def default(field: FieldInfo, typed: Any) -> str:
    """Return what holds without the key, as a design would say it."""
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, BaseModel) or value in ({}, ()):
        return ""
    written = TypeAdapter(typed).dump_python(value, mode="json", warnings=False)
    if isinstance(written, bool):
        return f"`{str(written).lower()}`"
    if isinstance(written, str):
        written = written.replace("0.0 ", "0 ")
    return f'`"{written}"`' if isinstance(written, str) else f"`{written:.15g}`"


def said(model: type[BaseModel], key: str) -> str:
    """Return what a key does: its docstring, or the first line of its table's."""
    field = model.model_fields[key]
    for owner in model.__mro__:
        if issubclass(owner, BaseModel) and key in docstrings(owner):
            return markdown(docstrings(owner)[key])
    if field.description:
        return markdown(field.description)
    first = next(iter(models(field.annotation)), None)
    text = inspect.getdoc(first) if first else None
    return markdown((text or "").splitlines()[0] if text else "")


@cache
def docstrings(model: type) -> dict[str, str]:
    """Return the strings below the fields of a class by their names."""
    if model.__module__.partition(".")[0] != "neuroep":
        return {}
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    found, name = {}, ""
    for statement in node.body:  # type: ignore[attr-defined]
        match statement:
            case ast.AnnAssign(target=ast.Name(id=found_name)):
                name = found_name
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name], name = inspect.cleandoc(text), ""
            case _:
                name = ""
    return found


def markdown(text: str) -> str:
    """Return a docstring as one line of Markdown."""
    text = re.sub(r"; see :\w+:`[^`]*`", "", re.sub(r"\s+", " ", text))
    return text.replace("``", "`")


def filled(page: str) -> str:
    """Return a page with the tables of its keys as the models are now."""
    return MARK.sub(lambda m: f"{m[1]}\n{table(m[2])}\n\n{m[3]}", page)


def marked(page: str) -> list[str]:
    """Return the names of the tables on a page."""
    return [found[1] for found in MARK.findall(page)]


if __name__ == "__main__":
    for path in sorted(Path(__file__).resolve().parents[2].glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if filled(text) != text:
            path.write_text(filled(text), encoding="utf-8")
            print(path.name)

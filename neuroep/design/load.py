"""From a file, or its parsed content, to a checked design."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from neuroep.design.catalogue import FAMILIES
from neuroep.design.cells import with_cells
from neuroep.design.checked import first_error
from neuroep.design.design import Design
from neuroep.design.devices import with_card
from neuroep.design.files import design_path, read_content
from neuroep.design.hopfield.curves import with_curves
from neuroep.errors import InputError, named


def load_design(name: str, overrides: Sequence[str] = ()) -> Design:
    """Read and check a design of any family.

    Parameters
    ----------
    name : str
        A path, or the name of a built-in design.
    overrides : sequence of str
        ``key=value`` with a dotted key and a TOML value (bare words are text).

    Raises
    ------
    InputError
        Missing file, broken TOML, unknown key, wrong type or unit, shapes that do not fit; one
        line that names the file and the key.
    """
    return check_design(read_content(name, overrides), str(design_path(name)))


def _with_files(content: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a content with what it names in other files: cards and curves, and where cells are."""
    return with_cells(with_curves(with_card(content, path), path), path)


def check_design(content: dict[str, Any], path: str) -> Design:
    """Return the design of a parsed file; ``path`` is what an InputError calls the file."""
    given = [key for key in FAMILIES if key in content]
    tables = " or ".join(f"[{key}]" for key in FAMILIES)
    if len(given) != 1:
        raise InputError(f"{path}: needs one of the tables {tables}, has {len(given)} of them")
    kind, content = FAMILIES[given[0]], _with_files(content, path)
    try:
        design = kind.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: {first_error(error, content, kind=kind)}") from None
    try:
        with named(path):
            if design.task_key:
                design.task(path)
            design.check()
    except (MemoryError, OverflowError) as error:
        too_large = error if isinstance(error, MemoryError) and error.args else "larger than memory"
        raise InputError(f"{path}: {given[0]}: {too_large}") from None
    return design

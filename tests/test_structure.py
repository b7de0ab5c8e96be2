"""The shape of the code: who may import whom, who may ask what of whom, and no file long."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
PACKAGE = REPO / "neuroep"

PHYSICS = {"errors", "core", "network", "settle", "learning"}
DATA = {"errors", "files", "content", "core"}  # of core the array types alone, see below
BELOW_DESIGN = PHYSICS | {
    *("files", "kinds", "places", "content", "tables", "text", "images", "report"),
}
BELOW_CLI = BELOW_DESIGN | {
    "interrupts",
    "hdf5",
    "cluster",
    "quantities",
    "devices",
    "hardware",
    "traces",
    "tasks",
    "design",
    "runs",
    "studies",
    "export",
}
GRAPH: dict[str, set[str]] = {
    "errors": set(),
    "content": set(),
    "characters": set(),
    "quantities": set(),
    "files": {"errors"},
    "kinds": {"errors", "files"},
    "places": set(),
    "interrupts": set(),
    "hdf5": {"errors", "files"},
    # Of Dask, what runs and sweeps hand their work to.
    "cluster": {"errors"},
    # Kernels know nothing but themselves, and where they may be kept.
    "core": {"places", "interrupts"},
    "network": {"errors", "core"},
    "settle": {"errors", "core", "network"},
    "learning": {"errors", "core", "network", "settle"},
    "devices": PHYSICS | {"files", "places", "content", "quantities"},
    "hardware": PHYSICS | {"files", "places"},
    "traces": PHYSICS | {"files", "places", "hdf5", "interrupts"},
    # Files for other programs, written from plain arrays and from traces.
    "export": {"errors", "files", "hdf5", "traces", "tables"},
    "tables": DATA | {"hdf5"},
    "text": DATA | {"tables"},  # texts and images come in tables, too
    "images": DATA | {"tables"},
    # Figures are drawn from plain arrays, pages made of plain values.
    "report": {"errors", "characters", "core", "places"},
    # A task stands above what it is made of: examples that a trainer takes, networks whose answers
    # its figures show, and readers. Of chips and designs it knows nothing.
    "tasks": BELOW_DESIGN,
    "design": BELOW_DESIGN | {"quantities", "devices", "hardware", "traces", "tasks"},
    "runs": BELOW_CLI - {"runs", "studies"},
    "studies": BELOW_CLI - {"studies"},
    # Two doors: one for a terminal, one for a notebook.
    "cli": BELOW_CLI | {"characters"},
    "api": BELOW_CLI,
}
"""What each part of neuroep may import, beside itself."""

ARRAYS = "neuroep.core.tables"
FAMILIES = {"hopfield", "resistive"}
ANY_FAMILY = ("tasks", "runs", "studies")  # what works with networks of every family

FORMS = {"DataFile", "Drive", "Number", "ResistiveDrive", "Sequences"}
"""Own types that an argument may come in, beside a plainer one: asking for these is fine."""

LONGEST = 400
HEAVY = {"brian2", "matplotlib", "pandas", "pint", "pydantic", "sklearn", "sympy"}
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve"}

CODE = sorted(PACKAGE.rglob("*.py"))
ALL_CODE = CODE + sorted(
    path for folder in ("sims", "benchmarks", "tests") for path in (REPO / folder).rglob("*.py")
)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return str(path.relative_to(REPO))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def package_of(path: Path) -> str:
    return ".".join(path.relative_to(REPO).parent.parts)


def imported_modules(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield the full name of each module that a source may load, lazily or not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -node.level + 1 or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def own_imports(tree: ast.AST, package: str) -> set[str]:
    return {name for name in imported_modules(tree, package) if name.startswith("neuroep.")}


def forbidden_imports(tree: ast.AST, part: str, package: str) -> list[str]:
    """Return the parts of neuroep that a source of this part must not import, but does."""
    parts = {name.split(".")[1] for name in own_imports(tree, package)}
    return sorted((parts & GRAPH.keys()) - GRAPH[part] - {part})


def offenders(found: dict[str, object]) -> str:
    """Return one message about all files that something was found in, empty where none was."""
    return "\n".join(f"{name}: {what}" for name, what in found.items() if what)


def test_every_part_has_its_place_in_the_graph() -> None:
    assert {part_of(path) for path in CODE} - {"__init__", "__main__"} <= GRAPH.keys()
    for part, below in GRAPH.items():  # and the graph has no circle
        assert all(part not in GRAPH[other] for other in below), part


def test_lower_parts_know_nothing_of_higher_ones() -> None:
    found = {
        name_of(path): forbidden_imports(tree_of(path), part_of(path), package_of(path))
        for path in CODE
        if part_of(path) in GRAPH  # the front of the package stands above all
    }
    assert offenders(found) == ""


def test_data_and_figures_know_the_types_of_arrays_and_no_kernel() -> None:
    found = {
        name_of(path): sorted(
            name
            for name in own_imports(tree_of(path), package_of(path))
            if name.startswith("neuroep.core.") and not name.startswith(ARRAYS)
        )
        for path in CODE
        if part_of(path) in {"tables", "text", "images", "report"}
    }
    assert offenders(found) == ""


def test_what_python_calls_is_compiled_for_it() -> None:
    inlined = {
        f"{'.'.join(path.relative_to(REPO).with_suffix('').parts)}.{node.name}"
        for path in CODE
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(decorator) == "inlined" for decorator in node.decorator_list)
    }
    assert len(inlined) > 40
    found = {
        name_of(path): sorted(inlined & own_imports(tree_of(path), package_of(path)))
        for path in CODE
        if part_of(path) != "core"
    }
    assert offenders(found) == ""


def test_no_family_of_networks_knows_the_other() -> None:
    found = {
        name_of(path): sorted(
            name
            for name in own_imports(tree_of(path), package_of(path))
            if set(name.split(".")) & (FAMILIES - set(path.parts))
        )
        for path in CODE
        if FAMILIES & set(path.parts)
    }
    assert len(found) > 60
    assert offenders(found) == ""


def test_what_works_with_every_network_names_no_family() -> None:
    named = re.compile("|".join(FAMILIES), re.IGNORECASE)
    found = {
        name_of(path): named.findall(path.read_text(encoding="utf-8"))
        for path in CODE
        if part_of(path) in ANY_FAMILY
    }
    assert offenders(found) == ""


@pytest.mark.parametrize(
    ("part", "source", "forbidden"),
    [
        ("core", "from neuroep.core.jit import kernel", []),
        ("core", "from neuroep.errors import InputError", ["errors"]),
        ("network", "import neuroep.settle.sweep as sweep", ["settle"]),
        ("network", "from neuroep import settle", ["settle"]),
        ("network", "from ..settle import settle", ["settle"]),
        ("network", "from .layers import Linear", []),
        ("settle", "def f():\n    from neuroep.learning import centered", ["learning"]),
        ("settle", "from neuroep.network import Network\nimport numpy", []),
        ("traces", "from neuroep.hardware.chip import Chip", ["hardware"]),
        ("report", "from neuroep.tables import Table", ["tables"]),
        ("tasks", "from neuroep.design.design import Design", ["design"]),
        ("cli", "from neuroep.design.design import Design\nfrom neuroep import api", ["api"]),
    ],
)
def test_the_check_sees_each_way_of_importing(part: str, source: str, forbidden: list[str]) -> None:
    assert forbidden_imports(ast.parse(source), part, f"neuroep.{part}") == forbidden


@cache
def own_types() -> frozenset[str]:
    classes = (n for path in CODE for n in ast.walk(tree_of(path)) if isinstance(n, ast.ClassDef))
    return frozenset(node.name for node in classes)


def asked_types(tree: ast.AST) -> list[str]:
    """Return where a source asks whether something is of an own type: line and expression."""
    found = []
    foreign = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if not alias.name.startswith("neuroep")
    }
    own = own_types() - FORMS
    for node in ast.walk(tree):
        asked: list[ast.AST] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("isinstance", "issubclass"):
                asked = list(node.args[1:])
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(s, ast.Call) and ast.unparse(s.func) == "type" for s in sides):
                asked = list(sides)
        elif isinstance(node, ast.MatchClass):
            asked = [node.cls]
        if not asked:
            continue
        parts = [part for side in asked for part in ast.walk(side)]
        names = {part.id for part in parts if isinstance(part, ast.Name)}
        names |= {
            part.attr
            for part in parts
            if isinstance(part, ast.Attribute) and ast.unparse(part.value) not in foreign
        }
        if names & own:
            found.append(f"{node.lineno} {ast.unparse(node)}")
    return found


def test_nobody_asks_which_type_a_thing_is() -> None:
    """What differs between types stands on them, or in the one catalogue that lists them."""
    assert offenders({name_of(path): asked_types(tree_of(path)) for path in CODE}) == ""
    assert own_types() >= FORMS


@pytest.mark.parametrize(
    "source",
    [
        "isinstance(layer, Clamped)",
        "isinstance(layer, int | costs.SquaredError)",
        "issubclass(kind, Design)",
        "type(layer) is Tanh",
        "type(layer) in (Tanh, Sigmoid)",
        "match layer:\n    case Tanh():\n        pass",
    ],
)
def test_the_check_sees_each_way_of_asking(source: str) -> None:
    assert asked_types(ast.parse(source))


def test_nothing_below_the_command_line_prints() -> None:
    found = {
        name_of(path): [
            node.lineno
            for node in ast.walk(tree_of(path))
            if (isinstance(node, ast.Name) and node.id == "print")
            or (isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr"))
        ]
        for path in CODE
        if part_of(path) != "cli"
    }
    assert offenders(found) == ""


def compiled(decorator: ast.expr) -> bool:
    """Whether numba compiles what a decorator stands at, or what that returns."""
    return ast.unparse(decorator).split("(")[0] in ("kernel", "inlined", "overload")


def test_only_what_numba_compiles_leaves_its_types_to_numba() -> None:
    found = {
        name_of(path): [
            node.name
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.FunctionDef)
            if node.returns is None
            if not any(map(compiled, node.decorator_list))
        ]
        for path in CODE
        if part_of(path) == "core"
    }
    assert found
    assert offenders(found) == ""


def test_no_file_is_long() -> None:
    lines = {name_of(p): len(p.read_text(encoding="utf-8").splitlines()) for p in ALL_CODE}
    assert offenders({name: count for name, count in lines.items() if count > LONGEST}) == ""


def test_no_file_loads_pickles() -> None:
    """A pickle runs code of whoever wrote it; data files must not."""
    found: dict[str, object] = {}
    for path in ALL_CODE:
        tree = tree_of(path)
        modules = {module.split(".")[0] for module in imported_modules(tree, package_of(path))}
        allowing = [
            f"allow_pickle in line {node.value.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle"
            if not (isinstance(node.value, ast.Constant) and node.value.value is False)
        ]
        found[name_of(path)] = [*sorted(modules & PICKLES), *allowing]
    assert offenders(found) == ""


@pytest.mark.parametrize("module", ["neuroep", "neuroep.cli"])
def test_import_loads_no_heavy_library(module: str) -> None:
    command = f"import {module}, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", command], cwd=REPO, check=True, capture_output=True, text=True
    ).stdout.split()
    assert module in loaded
    assert HEAVY.isdisjoint(loaded)

"""The shape of the code: lower layers know nothing of higher ones, files stay small and safe."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
PACKAGE = REPO / "neuroep"

# From low to high: each may import those before it, and itself.
ORDER = (
    "core",
    "network",
    "settle",
    "learning",
    "devices",
    "hardware",
    "content",
    "text",
    "images",
    "traces",
    "report",
    "experiment",
    "cli",
)
SHARED = "errors"  # for all but core, which knows nothing of neuroep but itself
LONGEST = 400
HEAVY = {"brian2", "matplotlib", "pandas", "pint", "pydantic", "sklearn", "sympy"}

CODE = sorted(PACKAGE.rglob("*.py"))
ALL_CODE = CODE + sorted(
    path for folder in ("sims", "benchmarks", "tests") for path in (REPO / folder).rglob("*.py")
)


def name_of(path: Path) -> str:
    return str(path.relative_to(REPO))


def imported_modules(source: str, package: str) -> Iterator[str]:
    """Yield the full name of each module that a source may load, lazily or not."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -node.level + 1 or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def forbidden_imports(source: str, layer: str, package: str) -> list[str]:
    """Return the parts of neuroep that a source of this layer must not import, but does."""
    allowed = {layer} if layer == "core" else {SHARED, *ORDER[: ORDER.index(layer) + 1]}
    parts = {
        module.split(".")[1]
        for module in imported_modules(source, package)
        if module.startswith("neuroep.")
    }
    return sorted((parts & {SHARED, *ORDER}) - allowed)


def package_of(path: Path) -> str:
    return ".".join(path.relative_to(REPO).parent.parts)


def test_every_part_has_its_place_in_the_order() -> None:
    parts = {layer_of(path) for path in CODE}
    assert parts - {"__init__", "__main__"} <= {SHARED, *ORDER}


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_lower_layers_know_nothing_of_higher_ones(path: Path) -> None:
    layer = layer_of(path)
    if layer in {"__init__", "__main__"}:
        return  # the front of the package stands above all layers
    source = path.read_text(encoding="utf-8")
    if layer == SHARED:
        assert not [m for m in imported_modules(source, "neuroep") if m.startswith("neuroep.")]
    else:
        assert forbidden_imports(source, layer, package_of(path)) == []


@pytest.mark.parametrize(
    ("layer", "source", "forbidden"),
    [
        ("core", "from neuroep.core.jit import kernel", []),
        ("core", "from neuroep.errors import InputError", ["errors"]),
        ("network", "import neuroep.settle.sweep as sweep", ["settle"]),
        ("network", "from neuroep import settle", ["settle"]),
        ("network", "from ..settle import settle", ["settle"]),
        ("network", "from .layers import Linear", []),
        ("settle", "def f():\n    from neuroep.learning import centered", ["learning"]),
        ("settle", "from neuroep.network import Network\nimport numpy", []),
        ("text", "from neuroep.content import datasets_path", []),
        ("report", "from neuroep.design.design import Design", ["experiment"]),
        ("cli", "from neuroep.design.design import Design", []),
    ],
)
def test_the_check_sees_each_way_of_importing(
    layer: str, source: str, forbidden: list[str]
) -> None:
    assert forbidden_imports(source, layer, f"neuroep.{layer}") == forbidden


@pytest.mark.parametrize("path", [p for p in CODE if layer_of(p) == "core"], ids=name_of)
def test_only_what_numba_compiles_leaves_its_types_to_numba(path: Path) -> None:
    bare = [
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        if node.returns is None
        if not any(ast.unparse(decorator) == "kernel" for decorator in node.decorator_list)
    ]
    assert bare == []


@pytest.mark.parametrize("path", ALL_CODE, ids=name_of)
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", ALL_CODE, ids=name_of)
def test_no_file_loads_pickles(path: Path) -> None:
    """A pickle runs code of whoever wrote it; data files must not."""
    source = path.read_text(encoding="utf-8")
    modules = {module.split(".")[0] for module in imported_modules(source, package_of(path))}
    assert modules.isdisjoint({"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve"})
    allowing = [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle"
        if not (isinstance(node.value, ast.Constant) and node.value.value is False)
    ]
    assert allowing == []


@pytest.mark.parametrize("module", ["neuroep", "neuroep.cli"])
def test_import_loads_no_heavy_library(module: str) -> None:
    command = f"import {module}, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", command], cwd=REPO, check=True, capture_output=True, text=True
    ).stdout.split()
    assert module in loaded
    assert HEAVY.isdisjoint(loaded)

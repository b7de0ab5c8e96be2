"""A kernel without a slow reference fails here, so that a new one cannot come without a test."""

import importlib.util
import pkgutil
from pathlib import Path

from numba.core.dispatcher import Dispatcher
from reference.registry import CHECKED

from neuroep import core

VIEWS = {
    "neuroep.core.hopfield.blocks.block": "a reshaped view; every comparison reads its result",
    "neuroep.core.hopfield.blocks.weight": "a reshaped view; currents are compared",
    "neuroep.core.hopfield.transient.of_example": "views of inputs; settles by them are compared",
}
ELSEWHERE = {"neuroep.core.text": "compared in tests/test_text_*.py"}


def kernels() -> dict[str, Dispatcher]:
    """Return every kernel of core by its full name."""
    found = {}
    for info in pkgutil.walk_packages(core.__path__, "neuroep.core."):
        if info.name in ELSEWHERE:
            continue
        module = importlib.import_module(info.name)
        for name, member in vars(module).items():
            if isinstance(member, Dispatcher) and member.py_func.__module__ == info.name:
                found[f"{info.name}.{name}"] = member
    return found


def load(path: Path) -> None:
    """Import a file of tests, whose references register themselves."""
    spec = importlib.util.spec_from_file_location(f"references_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def test_every_kernel_is_compared_with_a_reference() -> None:
    for path in sorted(Path(__file__).parent.rglob("test_*.py")):
        if path != Path(__file__):
            load(path)
    every = kernels()
    assert len(every) > 25
    missing = [name for name, k in every.items() if k not in CHECKED and name not in VIEWS]
    assert not missing, f"no test is marked as comparing {', '.join(missing)}"


def test_exceptions_are_not_stale() -> None:
    every = kernels()
    for name in VIEWS:
        assert name in every
        assert every[name] not in CHECKED

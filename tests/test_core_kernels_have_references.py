"""A kernel without a slow reference fails here, so that a new one cannot come without a test."""

import importlib
import pkgutil
from pathlib import Path

from numba.core.dispatcher import Dispatcher
from reference.registry import CHECKED

from neuroep import core

VIEWS = {
    "neuroep.core.blocks.block": "a reshaped view; every comparison reads its result",
    "neuroep.core.blocks.weight": "a reshaped view; every comparison of currents reads its result",
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


def test_every_kernel_is_compared_with_a_reference() -> None:
    for path in Path(__file__).parent.glob("test_core_*.py"):
        importlib.import_module(path.stem)
    every = kernels()
    assert len(every) > 25
    missing = [name for name, k in every.items() if k not in CHECKED and name not in VIEWS]
    assert not missing, f"no test is marked as comparing {', '.join(missing)}"


def test_exceptions_are_not_stale() -> None:
    every = kernels()
    for name in VIEWS:
        assert name in every
        assert every[name] not in CHECKED

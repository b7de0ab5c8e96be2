"""The door to the built-in content: circuits and data sets.

Content is not code: it lies in the top-level folders ``circuits/`` and ``datasets/``, which two
links put inside this package, so that an installed neuroep finds the same files as a checkout.
"""

from importlib.resources import files
from pathlib import Path

__all__ = ["circuits_path", "datasets_path"]


def circuits_path() -> Path:
    """Return the folder of the built-in circuits: ``designs/``, ``cells/`` and ``devices/``."""
    return _folder("circuits")


def datasets_path() -> Path:
    """Return the folder of the built-in data sets: cards, lexicons and grammars."""
    return _folder("datasets")


def _folder(name: str) -> Path:
    # pip unpacks packages to disk, so a resource is a real path and needs no temporary copy.
    return Path(str(files(__name__) / name))

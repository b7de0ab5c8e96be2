"""Load matplotlib, whatever a user has set for programs of their own; importing this does it."""

import importlib
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neuroep.places import away, is_writable, private_folder, user_cache

FOLDER = "MPLCONFIGDIR"


def _load() -> None:
    if "matplotlib" in sys.modules:
        return
    if not _has_folders():
        _use_private_folder()
    with _quiet():
        try:
            if _is_no_file():
                raise ValueError("matplotlibrc")
            importlib.import_module("matplotlib")
        except ValueError:
            # MPLBACKEND names what is not installed here: a notebook's kernel gives its own to
            # whatever it starts. Or a matplotlibrc cannot be read. Figures need neither, so that
            # matplotlib is loaded once more without them.
            os.environ.pop("MPLBACKEND", None)
            os.environ.pop("MATPLOTLIBRC", None)
            for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
                del sys.modules[name]
            _use_private_folder()
            with away():
                importlib.import_module("matplotlib")


def _has_folders() -> bool:
    """Return whether matplotlib can write its settings and caches, which it would complain of."""
    if given := os.environ.get(FOLDER):
        return is_writable(Path(given))
    caches = user_cache()
    if caches is None:
        return False
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or caches.parent / ".config")
    return is_writable(caches / "matplotlib") and is_writable(settings / "matplotlib")


def _use_private_folder() -> None:
    private = private_folder()
    if private is not None and is_writable(private / "matplotlib"):
        os.environ[FOLDER] = str(private / "matplotlib")


def _is_no_file() -> bool:
    """Return whether reading the settings could wait for ever, as for a pipe."""
    names = ["matplotlibrc", os.environ.get("MATPLOTLIBRC", "")]
    return any(Path(n).exists() and not Path(n).is_file() and not Path(n).is_dir() for n in names)


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out complaints of what stands in a matplotlibrc, which no figure follows anyway."""
    log = logging.getLogger("matplotlib")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


_load()

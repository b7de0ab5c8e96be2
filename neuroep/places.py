"""Where a process may write, wherever it runs and whoever runs it."""

import atexit
import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path


def destination(path: str | os.PathLike[str]) -> Path:
    """Return the file that writing to a name makes or replaces: links are followed to it.

    An OSError: a folder, a device, a pipe or a socket is there, which a file would take the place
    of, or links lead nowhere.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    if not stat.S_ISREG(mode):
        what = "is a folder" if stat.S_ISDIR(mode) else "is no regular file"
        raise OSError(errno.EINVAL, what, os.fspath(path))
    return target


@contextmanager
def replaced_when_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a name beside a file's own; what is written by it takes its place at the end."""
    target = destination(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def user_cache() -> Path | None:
    """Return the folder of the user's caches, there or not; None where nothing says which."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if Path(given).is_absolute():  # its specification says to ignore a relative one
        return Path(given)
    try:
        return Path.home() / ".cache"
    except RuntimeError:  # neither $HOME nor an entry among the users
        return None


def is_writable(folder: Path) -> bool:
    """Return whether files can be made in a folder; it is made where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError):
        return False
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


@cache
def private_folder() -> Path | None:
    """Return a temporary folder of this user alone; None where there is no room for any.

    It is the same one for all of a user's processes. What another user could have put there, or
    could look into, is not used: then this process gets one of its own, removed at its end.
    """
    try:
        common = Path(tempfile.gettempdir()) / f"neuroep-{os.getuid()}"
        if _is_private(common):
            return common
        own = Path(tempfile.mkdtemp(prefix="neuroep-"))
    except OSError:
        return None
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own


def _is_private(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError:
        return False
    found = folder.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return ours and not stat.S_IMODE(found.st_mode) & 0o077 and is_writable(folder)


@contextmanager
def away() -> Iterator[None]:
    """Work in an empty folder that is also the home, so that no settings of the user are found.

    Libraries read them once, when they are imported, from there and from the present folder.
    """
    home, path = os.environ.get("HOME"), sys.path[:]
    with tempfile.TemporaryDirectory(prefix="neuroep-") as empty:
        here = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            sys.path[:] = [os.path.abspath(entry) for entry in path]  # noqa: PTH100 - "" is here
            os.chdir(empty)
            os.environ["HOME"] = empty
            yield
        finally:
            os.fchdir(here)
            os.close(here)
            sys.path[:] = path
            os.environ.pop("HOME")
            if home is not None:
                os.environ["HOME"] = home

"""A lock that ends with whoever holds it: of an open file, so that a killed process holds none."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neuroep.traces.files import unwritable


class Held(Exception):
    """Somebody else holds the lock."""


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[None]:
    """Hold a lock; a :class:`Held` where another does and ``wait`` is not asked for.

    ``shared``: beside others that share it. The file stays: were it removed, two processes could
    hold locks of two files of one name.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise unwritable(path, error) from error
    with file:
        try:
            fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Held(str(path)) from None
        except OSError as error:  # a file system without locks
            raise unwritable(path, error) from error
        yield

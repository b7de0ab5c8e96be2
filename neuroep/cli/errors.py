"""How a command ends: one line for what the user can mend, exit code 2."""

import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import Any

from neuroep.cli.printable import printable
from neuroep.errors import InputError


def guarded(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit code.

    2 for bad input or a refused file, with one line on standard error; 130 for Ctrl-C; 141, as
    a shell says it, where the reader of standard output has gone, as in ``| head -1``.
    """
    try:
        _prepare()
        code = command() or 0
        sys.stdout.flush()
        return code
    except InputError as error:
        return _fail(str(error), 2)
    except BrokenPipeError:
        _drop_output()
        return 141
    except OSError as error:
        _drop_output()
        where = f"{error.filename}: " if error.filename else ""
        return _fail(where + (error.strerror or str(error)).lower(), 2)
    except KeyboardInterrupt as interrupt:
        hint = f"; {interrupt}" if str(interrupt) else ""
        if sys.stderr.isatty():
            print(file=sys.stderr)  # the terminal has echoed ^C
        return _fail(f"interrupted{hint}", 130)


def _prepare() -> None:
    """Take the environment as it is, or say what of it cannot be used; an InputError then."""
    from neuroep.core.threads import thread_count

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not speaks_unicode(stream):
            stream.reconfigure(errors="backslashreplace")
    try:
        thread_count()
    except ValueError as error:
        raise InputError(str(error)) from None


def speaks_unicode(stream: Any) -> bool:
    """Return whether a stream takes every character."""
    return str(getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")


def _fail(message: str, code: int) -> int:
    # A file's name or a key may hold line breaks; the message is one line all the same.
    print("neuroep:", printable(" ".join(message.splitlines())), file=sys.stderr)
    return code


def _drop_output() -> None:
    """Let Python's own flush at the end meet no refused file once more.

    As the Python documentation advises (library/signal, "Note on SIGPIPE").
    """
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        return
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

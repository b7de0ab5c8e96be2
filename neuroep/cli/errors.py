"""How a command ends: in a result, or in one line, whatever happens."""

import contextlib
import os
import platform
import shlex
import signal
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FrameType
from typing import TextIO

from neuroep.cli.terminal import message, open_streams, plain_streams
from neuroep.errors import InputError, Stopped
from neuroep.files import reason

DEBUG = "NEUROEP_DEBUG"
"""The variable that lets tracebacks be shown; ``--debug`` sets it."""

INTERNAL = 70
"""Exit code of an error of neuroep's own, EX_SOFTWARE of sysexits.h."""

NO_THREAD = "can't start new thread"
"""What Python says where the system grants none."""

_SHOW = warnings.showwarning

REPORTED = ("neuroep", "numpy", "numba", "scipy", "h5py", "matplotlib", "brian2", "pydantic")


def guarded(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit code; whatever goes wrong is one line on standard error.

    2 for bad input, a refused file or too little memory; 130 for Ctrl-C, 143 and 129 where it is
    terminated or its terminal hangs up; 141, as a shell says it, where the reader of standard
    output has gone, as in ``| head -1``; 70 for an error of neuroep's own, which leaves a report.
    With ``NEUROEP_DEBUG=1`` tracebacks are shown as well.
    """
    open_streams()
    with plain_streams(), _signals_stop(), _warnings_are_lines():
        return _guarded(command)


def _guarded(command: Callable[[], int | None]) -> int:
    try:
        _check_environment()
        code = _code(command)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _drop(sys.stdout)
        return 141
    except KeyboardInterrupt as interrupt:
        return _stopped(interrupt)
    except InputError as error:
        _trace()
        return _fail(str(error), 2)
    except Exception as error:
        _trace()
        if isinstance(error, OSError):
            _drop(sys.stdout)
        if said := _reason(error):
            return _fail(said, 2)
        if behind := _interrupt_behind(error):
            return _stopped(behind)
        return _fail(_internal(error), INTERNAL)


def _stopped(interrupt: KeyboardInterrupt) -> int:
    number = getattr(interrupt, "number", signal.SIGINT)
    what = "interrupted" if number == signal.SIGINT else "terminated"
    if number == signal.SIGINT and sys.stderr.isatty():
        _say("")  # the terminal has echoed ^C
    hint = f"; {interrupt}" if str(interrupt) else ""
    return _fail(f"{what}{hint}", 128 + number)


def _interrupt_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """Return the interrupt that a library made an error of its own of, as pydantic does."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


def _code(command: Callable[[], int | None]) -> int:
    try:
        return command() or 0
    except SystemExit as leaving:  # the parser, after its help or its own line
        return leaving.code if isinstance(leaving.code, int) else 0


def _reason(error: Exception) -> str:
    """Return what a user can mend, as one line; empty for an error of neuroep's own."""
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return where + reason(error)
    if isinstance(error, MemoryError):
        return f"not enough memory: {error}" if str(error) else "not enough memory"
    if isinstance(error, RecursionError):
        return "something that was given is nested too deeply"
    if isinstance(error, RuntimeError) and str(error) == NO_THREAD:
        return f"{NO_THREAD}: too little memory, or too many processes; NEUROEP_THREADS=1 takes one"
    return ""


def _trace() -> None:
    if os.environ.get(DEBUG, "") not in ("", "0"):
        with contextlib.suppress(OSError):
            traceback.print_exc()


def _internal(error: Exception) -> str:
    """Write a report of an error that should not be, and return the line that names it."""
    line = f"internal error: {type(error).__name__}: {error}".removesuffix(": ")
    try:
        handle, path = tempfile.mkstemp(prefix="neuroep-report-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            print(f"command: {shlex.join(sys.argv)}", file=file)
            print(f"python {platform.python_version()} on {platform.platform()}", file=file)
            for name in REPORTED:
                with contextlib.suppress(PackageNotFoundError):
                    print(f"{name} {version(name)}", file=file)
            traceback.print_exception(error, file=file)
    except OSError:
        return f"{line}; please report it, with what {DEBUG}=1 shows"
    return f"{line}; please report it, with {path}"


def _check_environment() -> None:
    """Say what of the environment cannot be used; an InputError then."""
    from neuroep.core.threads import thread_count

    try:
        Path.cwd()
    except OSError as error:
        raise InputError(f"the present folder: {reason(error)}; go to another") from None
    try:
        thread_count()
    except ValueError as error:
        raise InputError(str(error)) from None
    # Of numba's variables these two end in errors of its own.
    if os.environ.get("NUMBA_DISABLE_JIT", "").strip() not in ("", "0"):
        raise InputError("NUMBA_DISABLE_JIT: is set, and kernels run compiled only; unset it")
    threads = os.environ.get("NUMBA_NUM_THREADS", "").strip()
    if threads and not (threads.isdecimal() and int(threads) > 0):
        raise InputError(f"NUMBA_NUM_THREADS: must be a whole number, 1 or more, not {threads!r}")


@contextlib.contextmanager
def _signals_stop() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind a command as Ctrl-C does, where they would kill it."""

    def stop(number: int, _: FrameType | None) -> None:
        raise Stopped(number)

    ours = []
    if threading.current_thread() is threading.main_thread():
        # What is ignored stays ignored, as under nohup.
        ends = (signal.SIGTERM, signal.SIGHUP)
        ours = [number for number in ends if signal.getsignal(number) == signal.SIG_DFL]
    for number in ours:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def _warnings_are_lines() -> Iterator[None]:
    """Show a warning as one line; no setting of the user's turns it into an error."""

    def show(text: Warning | str, *_: object, **__: object) -> None:
        _say(f"neuroep: warning: {message(str(text))}")

    with warnings.catch_warnings():
        kept = [entry for entry in warnings.filters if entry[0] != "error"]
        warnings.filters[:] = kept  # type: ignore[index]
        # Of numpy's: what came of it is said where a result is not finite.
        warnings.filterwarnings("ignore", ".* encountered in ", RuntimeWarning)
        # Only if nobody else, such as a test, is listening.
        if warnings.showwarning is _SHOW:
            warnings.showwarning = show  # type: ignore[assignment]
        yield


def _say(line: str) -> None:
    try:
        print(line, file=sys.stderr, flush=True)
    except (OSError, ValueError):  # nobody can be told
        _drop(sys.stderr)


def _fail(text: str, code: int) -> int:
    _say(f"neuroep: {message(text)}")
    return code


def _drop(stream: TextIO) -> None:
    """Let Python's own flush at the end meet no refused file once more.

    As the Python documentation advises (library/signal, "Note on SIGPIPE").
    """
    with contextlib.suppress(OSError):
        stream.flush()
        return
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)

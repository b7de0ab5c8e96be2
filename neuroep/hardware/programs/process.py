"""A job of another program: in a folder of its own, with an end to its patience."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from neuroep.errors import InputError

MOST_LOG = 1_000_000
"""Bytes of what a program says that are looked at."""


def run_in(
    folder: Path,
    command: Sequence[str],
    settings: Mapping[str, str],
    program: str,
    timeout: float,
) -> tuple[int, str]:
    """Run a command in a folder, and return its exit code and what it printed.

    ``settings``: its environment; ``program``: what an error calls it; ``timeout``: s, then it and
    everything it started is killed. An InputError: it cannot be run, or hangs.
    """
    # A group of its own, so that a time-out ends whatever the program has started, too.
    with (folder / "printed").open("w+b") as printed:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=settings,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise InputError(f"{program}: cannot be run: {error.strerror}") from None
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise InputError(f"{program}: no answer within {timeout:g} s; killed") from None
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        printed.seek(0)
        return code, printed.read(MOST_LOG).decode("utf-8", "replace")

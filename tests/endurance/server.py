"""Runs commands of neuroep one after the other, each in a fork of a process that has it loaded.

A JSON line on standard input asks for one: ``argv``, ``folder``, ``environment``. The answer is a
JSON line: ``code``, or ``signal``, and what was written to standard output and error.
"""

import contextlib
import json
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

MEMORY = 2 << 30
"""Bytes that a command may take beyond what is loaded."""

DISK = 1 << 30
SECONDS = 20
SHOWN = 100_000


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Run one command in a fork; return how it ended."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            _become(asked, out.fileno(), err.fileno())
        _, status, used = os.wait4(child, 0)
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read(SHOWN).decode("utf-8", "replace"))
    ended = {"out": said[0], "err": said[1], "seconds": used.ru_utime + used.ru_stime}
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status), **ended}
    return {"code": os.WEXITSTATUS(status), **ended}


def _become(asked: dict[str, Any], out: int, err: int) -> None:
    """Be the command, in the child; never returns."""
    code = 70
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.chdir(asked["folder"])
        os.environ.update(asked.get("environment", {}))
        limit(MEMORY)
        signal.alarm(SECONDS)
        code = _call(asked["argv"])
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _call(argv: list[str]) -> int:
    if argv[0] == "python":
        return int(__import__("endurance.readers", fromlist=["x"]).read(argv[1], argv[2]))
    from neuroep.cli import main

    sys.argv = ["neuroep", *argv]
    return int(main(argv))


def limit(memory: int) -> None:
    """Let this process grow by so much and no more, write no huge file, and leave no core."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (DISK, DISK))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Load what commands need, then answer until standard input ends."""
    # What numba and the libraries start threads for would not survive the fork.
    for name in ("NEUROEP_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["MPLBACKEND"] = "agg"
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for warm in json.loads(sys.argv[1]):
        os.chdir(warm["folder"])
        _call(warm["argv"])
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()

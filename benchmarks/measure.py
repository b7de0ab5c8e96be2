"""Paired measurements: each side in its own process, timed in turns; results as JSON and text."""

import datetime
import json
import multiprocessing
import os
import platform
import re
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.cases import Case
from benchmarks.history import history
from neuroep.cli.parser import Parser
from neuroep.runs.provenance import blas_libraries

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from benchmarks.roofline import Bound

REPO = Path(__file__).resolve().parent.parent
RESULTS = REPO / "docs" / "results"
IMAGES = REPO / "docs" / "images"
PAGE = REPO / "docs" / "benchmarks.md"
THREADS = "2"
BUDGET = 20.0  # seconds of timing for one comparison
LEAST_ROUNDS = 3
PACKAGES = ("numpy", "numba", "scipy", "brian2", "torch")


def _serve(connection: Connection, side: str, arguments: tuple[object, ...]) -> None:
    module, _, name = side.partition(":")  # only here: the parent stays small and loads no side
    worker = getattr(import_module(module), name)(*arguments)
    while True:
        task, arguments = connection.recv()
        if not task:
            return
        try:
            connection.send((True, getattr(worker, task)(*arguments)))
        except Exception:
            connection.send((False, traceback.format_exc()))


def limit_threads() -> None:
    """Give each side the same threads; before a worker loads a library that reads this."""
    os.environ.update(NEUROEP_THREADS=THREADS, OMP_NUM_THREADS=THREADS, MKL_NUM_THREADS=THREADS)
    # PyTorch's threads spin while they wait, and on a busy machine take the processor from each
    # other: a step of 0.6 s was measured to last 2 to 10 s.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


class Worker:
    """One side in a process of its own: nothing of the other disturbs its threads or memory.

    ``side`` is "module:class"; ``arguments`` are what the class is made with.
    """

    def __init__(self, side: str, *arguments: object) -> None:
        limit_threads()
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, side, arguments))
        self._process.start()
        theirs.close()

    def __call__(self, task: str, *arguments: object) -> Any:
        """Run a task there and return what it returns; an exception there is raised here."""
        self._connection.send((task, arguments))
        good, result = self._connection.recv()
        if not good:
            raise RuntimeError(result)
        return result

    def close(self) -> None:
        """End the process."""
        self._connection.send(("", ()))
        self._process.join()


@contextmanager
def both_sides(case: Case) -> Iterator[tuple[Worker, Worker]]:
    """Start neuroep, train its network a little, and start PyTorch on the same parameters."""
    if find_spec("torch") is None:
        sys.exit("the peer needs PyTorch: pip install -e '.[benchmark]'")
    with tempfile.TemporaryDirectory() as name:
        ours = Worker("benchmarks.sides:NeuroepSide", case, Path(name))
        ours("warm_up")
        theirs = Worker("benchmarks.sides:TorchSide", case, Path(name))
        try:
            yield ours, theirs
        finally:
            ours.close()
            theirs.close()


Timed = Callable[[], float]


def in_turns(sides: Sequence[Timed]) -> list[list[float]]:
    """Time all sides once in each round; who begins changes from round to round.

    Rounds go on for BUDGET seconds, so that a busy machine costs precision and not patience, but
    there are at least LEAST_ROUNDS.

    Returns
    -------
    list of list of float
        Seconds of every side, round by round.
    """
    for side in sides:
        side()  # compiles and fills caches
    seconds: list[list[float]] = [[] for _ in sides]
    begin = time.perf_counter()
    rounds = 0
    while rounds < LEAST_ROUNDS or time.perf_counter() - begin < BUDGET:
        for i in range(len(sides)):
            number = (i + rounds) % len(sides)
            seconds[number].append(sides[number]())
        rounds += 1
    return seconds


def rate(seconds: Sequence[float], count: int) -> float:
    """Return the median rate of ``count`` things done in each of ``seconds``."""
    return count / statistics.median(seconds)


def ratio(slow: Sequence[float], fast: Sequence[float]) -> dict[str, float]:
    """Return median, least and largest of the paired ratios slow / fast."""
    ratios = sorted(a / b for a, b in zip(slow, fast, strict=True))
    return {
        "median": statistics.median(ratios),
        "min": ratios[0],
        "max": ratios[-1],
        "pairs": len(ratios),
    }


def spread(ratios: dict[str, float], digits: int = 1) -> str:
    """Write a ratio with its range."""
    median, least, most = (f"{ratios[k]:.{digits}f}" for k in ("median", "min", "max"))
    return f"{median} ({least} to {most})"


def machine() -> dict[str, object]:
    """Return what the figures depend on besides the code."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    packages = [name for name in PACKAGES if find_spec(name)]
    import_module("scipy.linalg.cython_blas")  # by which kernels multiply; numpy has its own
    return {
        "processor": models[0] if models else platform.machine(),
        "blas": ", ".join(blas_libraries()),
        "cores": len(os.sched_getaffinity(0)),
        "threads_of_each_side": int(THREADS),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, columns aligned."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in [header, *rows]
    ]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def run(
    name: str,
    purpose: str,
    measure: Callable[[], tuple[dict[str, Any], str]],
    draw: "Callable[[dict[str, Any]], Figure] | None" = None,
    bounds: "Sequence[Bound]" = (),
    headline: str = "ratio",
) -> dict[str, Any]:
    """Parse the command line, measure, print, store where asked, and return the figures.

    Parameters
    ----------
    name, purpose : str
        Of the benchmark.
    measure : callable
        Returns the figures and their tables in Markdown.
    draw : callable
        Makes a drawing of the figures, docs/images/benchmark_NAME.png.
    bounds : sequence of Bound
        What the machine must be able to do for it; memory and a large product without any.
    headline : str
        How the figures are called that stay when the file is written anew, see
        :func:`benchmarks.history.kept`.
    """
    from benchmarks.roofline import GENERAL, lines, measured  # it measures by this module

    spec = sys.modules["__main__"].__spec__
    command = f"python -m {spec.name}" if spec else sys.argv[0]
    parser = Parser(prog=command, description=purpose)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument(
        "--write", action="store_true", help=f"renew {name}'s figures in docs/ (JSON and page)"
    )
    options = parser.parse_args()
    load = os.getloadavg()[0]
    able = measured(tuple(bounds) or GENERAL)
    figures, text = measure()
    circumstances = {
        "benchmark": name,
        "command": f"{command} --write",
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "load_average_before": round(load, 2),
        "load_average_after": round(os.getloadavg()[0], 2),
    }
    known = ", ".join(f"{k} {v}" for k, v in machine().items())
    text = f"{text}\n\n{lines(able)}\n\n{known}; load average {load:.1f} at the start."
    print(text)
    files = [options.json] if options.json else []
    if options.write:
        files.append(RESULTS / f"benchmark_{name}.json")
        write_section(name, f"`{circumstances['command']}`\n\n{text}")
        if draw:
            from neuroep.report.saving import save  # the sides' parent loads none of it

            save(draw(figures), IMAGES / f"benchmark_{name}.png")
    for file in files:
        content = circumstances | figures | {"roofline": able}
        if past := history(file, headline):
            content["history"] = past
        written = json.dumps(content, indent=2, default=lambda x: round(x, 6))
        file.write_text(written + "\n", encoding="utf-8")
    return figures


def write_section(name: str, text: str, path: Path | None = None) -> None:
    """Replace what stands between a benchmark's two markers in a page, that of benchmarks."""
    path = path or PAGE
    page = path.read_text(encoding="utf-8")
    pattern = f"(<!-- {name} -->\n).*(\n<!-- end of {name} -->)"
    renewed, found = re.subn(
        pattern, lambda match: f"{match[1]}\n{text}\n{match[2]}", page, flags=re.DOTALL
    )
    if not found:
        raise ValueError(f"{path}: no markers of {name!r}")
    path.write_text(renewed, encoding="utf-8")

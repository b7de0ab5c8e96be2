"""``neuroep sweep``: corners, grids, seeds and chips of one design, measured side by side."""

import argparse
from typing import TYPE_CHECKING

from neuroep.cli.arguments import Commands, add_command
from neuroep.cli.numbers import natural, positive

if TYPE_CHECKING:
    from neuroep.studies.sweep.statistics import Results
    from neuroep.studies.sweep.sweep import Sweep
    from neuroep.studies.sweep.work import Asked

DESCRIPTION = """\
Measure every point of a plan: named corners, grids of values, seeds and chips, and hold what comes
out against a specification. A point is a folder named by its content, so that the same command
again finds what is there, goes on with what was interrupted, and adds what is new. Exit code 1 when
a specification is not met."""

EXAMPLES = """\
examples:
  neuroep sweep corners.toml                      on all processors of this machine
  neuroep sweep corners.toml --dry-run            points, core-hours and disk, by one point measured
  neuroep sweep corners.toml --workers 1          one point after the other, without Dask
  neuroep sweep corners.toml --address tcp://head:8786      on a Dask cluster
  neuroep sweep corners.toml --only 17            one point, as a job of an array
  neuroep sweep corners.toml --collect            tables and figures of what is there"""


def add_sweep(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    purpose = "measure corners, grids, seeds and chips of a design against a specification"
    command = add_command(commands, "sweep", purpose, DESCRIPTION, EXAMPLES)
    command.add_argument(
        "plan", metavar="PLAN", help="a .toml file; docs/sweep.md says what it holds"
    )
    command.add_argument("--out", metavar="FOLDER", help="default sweeps/PLAN, without its suffix")
    command.add_argument(
        "--workers", type=positive, metavar="N", help="local processes (default: one a processor)"
    )
    command.add_argument(
        "--address", metavar="HOST:PORT", help="of the scheduler of a Dask cluster"
    )
    command.add_argument(
        "--retry-failed", action="store_true", help="measure points that failed once more"
    )
    command.add_argument("--no-figures", action="store_true", help="draw none")
    command.add_argument("--markdown", action="store_true", help="as Markdown tables")
    kinds = command.add_mutually_exclusive_group()
    kinds.add_argument(
        "--dry-run",
        action="store_true",
        help="say how many points, core-hours and bytes; measures one point if none is there",
    )
    kinds.add_argument("--only", type=natural, metavar="N", help="measure point N, counted from 0")
    kinds.add_argument("--collect", action="store_true", help="measure nothing")
    command.set_defaults(run=run_sweep)


def run_sweep(given: argparse.Namespace) -> int:
    """Measure, collect, print; return 1 when a specification is not met."""
    from neuroep.studies.sweep.sweep import Sweep

    _check_options(given)
    sweep = Sweep(given.plan, given.out)
    if given.only is not None:
        return _only(sweep, given)
    sweep.check()
    if given.collect:
        sweep.open()
        return _collect(sweep, given)
    try:
        with sweep.held():
            if given.retry_failed:
                print(f"{sweep.retry()} points that failed begin anew")
            if given.dry_run:
                return _estimate(sweep)
            _measure(sweep, given)
            return _collect(sweep, given)
    except KeyboardInterrupt as interrupt:  # or a signal, which has its own exit code
        interrupt.args = ("the same command goes on",)
        raise


def _check_options(given: argparse.Namespace) -> None:
    """Refuse to forget failed points where none is measured."""
    from neuroep.errors import InputError

    if given.retry_failed and (given.dry_run or given.collect):
        raise InputError("--retry-failed: nothing is measured by --dry-run and --collect")


def _measure(sweep: "Sweep", given: argparse.Namespace) -> None:
    from neuroep.cli.progress import Terminal
    from neuroep.cluster import require_dask
    from neuroep.studies.sweep.sweep import default_workers
    from neuroep.studies.sweep.work import outcome

    workers = given.workers or default_workers()
    if workers > 1 or given.address:
        require_dask()
    left, count = sweep.left(), len(sweep.points)
    print(f"{count} points in {sweep.root}: {count - len(left)} are there, {len(left)} to measure")
    if not left:
        return
    progress = Terminal()
    sweep.prepare(left, progress)
    with progress.bar("measuring", len(left), "point") as bar:

        def done(one: "Asked") -> None:
            bar.update(1)
            found = outcome(one)
            if found and found.error:
                progress.say(f"point {one.number} ({one.label}): {found.error}")

        sweep.measure(left, done, workers, given.address)


def _only(sweep: "Sweep", given: argparse.Namespace) -> int:
    """Measure one point, beside other processes that measure others."""
    from neuroep.cli.progress import Terminal
    from neuroep.errors import InputError
    from neuroep.studies.sweep.work import forget, measure_point, measured, outcome

    one = sweep.number(given.only)
    with sweep.held(beside=True):
        if given.retry_failed and one.finished and measured(one) is None:
            forget(one)
        if not one.finished:
            sweep.fit_baselines(Terminal())
        measure_point(one)
    found = outcome(one)
    assert found is not None
    if found.error:
        raise InputError(f"point {one.number} ({one.label}): {found.error}")
    sweep.spec.check(given.plan, found.figures)
    print(f"point {one.number} ({one.label}): {one.folder}")
    return 0


def _estimate(sweep: "Sweep") -> int:
    """Print what the sweep will take."""
    from neuroep.cli.progress import Terminal
    from neuroep.studies.sweep.work import measured

    left = sweep.left()
    if left and not any(map(measured, sweep.asked)):
        sweep.prepare(left, Terminal())
        print(f"measuring one point: {left[0].label}")
        sweep.measure(left[:1], lambda _: None, 1, None)
    found = sweep.estimate()
    print(
        f"{found.points} points, {found.left} to measure; one takes {found.seconds:.1f} s, "
        f"{found.core_seconds:.1f} s of a core, and {found.disk / 1e6:.1f} MB"
    )
    print(
        f"left: {found.core_hours:.2g} core-hours, {found.left * found.disk / 1e6:.0f} MB of disk, "
        f"of which {sweep.free_bytes / 1e9:.0f} GB are free"
    )
    return 0


def _collect(sweep: "Sweep", given: argparse.Namespace) -> int:
    """Write files and figures, print tables and the verdict."""
    from neuroep.errors import InputError

    results = sweep.collect()
    if not results.figures:
        places = results.failed
        why = results.outcomes[places[0]].error if places else "none was measured yet"
        raise InputError(f"{sweep.root}: no results: {why}")
    sweep.write(results)
    if not given.no_figures:
        from neuroep.studies.sweep.figures import draw_figures

        draw_figures(sweep.root, results, sweep.plan.title)
    _print(sweep, results, given.markdown)
    undecided = results.spec.limits and len(results.outcomes) < len(sweep.points)
    return 1 if undecided or not results.passed else 0


def _print(sweep: "Sweep", results: "Results", markdown: bool) -> None:
    from neuroep.report import table
    from neuroep.studies.sweep.tables import cells_table

    rows, headers = cells_table(results)
    print(sweep.plan.title)
    print(table(rows, headers, markdown=markdown))
    missing, failed = len(sweep.points) - len(results.outcomes), len(results.failed)
    if missing:
        print(f"{missing} of {len(sweep.points)} points are not measured yet")
    if failed:
        print(f"{failed} of {len(sweep.points)} points failed; --retry-failed begins them anew")
    for name in results.spec.limits:
        worst = results.worst(name)
        if worst is not None and worst.levels:
            print(f"worst for {name}: {worst.label}")
    if results.spec.limits:
        worst = results.worst()
        wanted = f"a yield of {100 * results.spec.least_yield:g}%"
        verdict = "meets" if results.passed else "FAILS"
        if missing and not results.lost:
            verdict = "does not decide yet whether it meets"
        where = f"; worst: {worst.label}" if worst is not None and worst.levels else ""
        print(f"{verdict} the specification, {wanted} in every cell{where}")
    print(f"tables, results.nc and figures: {sweep.root}")

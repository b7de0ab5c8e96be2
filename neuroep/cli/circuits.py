"""``neuroep verify`` and ``neuroep netlist``: a design as a circuit."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from neuroep.design.files import design_path
from neuroep.hardware.views import compare
from neuroep.studies.verify.case import VerifyOptions, open_case
from neuroep.studies.verify.learning import open_learning
from neuroep.studies.verify.verify import PHASE_TITLES, Report, verify
from neuroep.traces.files import atomic_write, check_writable


def _options(options: argparse.Namespace) -> VerifyOptions:
    return VerifyOptions(
        design=options.design,
        weights=options.weights,
        data=options.data,
        example=options.example,
        target=getattr(options, "target", None),
        beta=options.beta or 0.5,  # a netlist of the free phase has the nudge's elements, too
        overrides=tuple(options.set),
        without=tuple(getattr(options, "without", ())),
        timeout=getattr(options, "timeout", 120.0),
    )


def run_verify(options: argparse.Namespace) -> int:
    """Print the table, write the figure; return 0 when all views agree, 1 when one does not.

    Raises
    ------
    InputError
        The design, the run, ngspice or an output file cannot be used.
    """
    if options.learn:
        from neuroep.cli.learning import run_learning

        return run_learning(options, _options(options))
    from neuroep.report import save, table, waveforms

    figure = Path(options.figure or f"{design_path(options.design).stem}-verify.png")
    for out in filter(None, (figure, options.results)):
        check_writable(Path(out))
    print("kernels are compiled at the first run, which takes a minute", file=sys.stderr)
    report = verify(_options(options), lambda name: print(f"  {name}", file=sys.stderr))
    print(report.case.title)
    for note in report.case.notes:
        print(f"  {note}")
    rows = compare.rows(report.comparisons)
    print(table(rows, compare.columns(), markdown=options.markdown))
    for line in report.remarks:
        print(line)
    for line in report.failures:
        print(f"FAILS: {line}")
    traces = {v.name: [(w.time, w.volts) for w in v.waveforms] for v in report.timed}
    drawn = waveforms(
        traces,
        PHASE_TITLES,
        longest=report.longest,
        title=report.case.title,
        note=report.case.slice,
    )
    save(drawn, figure)
    print(f"waveforms: {figure}")
    if options.results:
        _write_results(Path(options.results), report)
    print(_verdict(report))
    return 0 if report.passed else 1


def _verdict(report: Report) -> str:
    if report.passed:
        return "every view agrees"
    if any(not comparison.passed for comparison in report.comparisons):
        return "NOT every view agrees"
    return "every view agrees, but: " + "; ".join(
        line.partition(":")[0] for line in report.failures
    )


def _write_results(path: Path, report: Report) -> None:
    content = {
        "title": report.case.title,
        "notes": report.case.notes,
        "figures": report.figures,
        "views": [asdict(c) | {"passed": c.passed} for c in report.comparisons],
        "failures": report.failures,
        "remarks": report.remarks,
        "passed": report.passed,
    }
    atomic_write(path, (json.dumps(content, indent=1) + "\n").encode())


def write_netlist(options: argparse.Namespace) -> None:
    """Write a design's netlist.

    Raises
    ------
    InputError
        The design or the run cannot be used, or the file cannot be written.
    """
    path = Path(options.out)
    check_writable(path)
    wanted = _options(options)
    if options.learn:
        _, note, bench = open_learning(wanted, options.learn)
        notes, text = [note], bench.text
    else:
        case = open_case(wanted)
        notes, text = case.notes, case.bench.deck((".op", ".tran"), options.beta).text
    atomic_write(path, text.encode())
    for note in notes:
        print(note)
    print(f"{path}: {len(text.splitlines())} lines; run it by: ngspice -b {path}")

"""``neuroep verify`` and ``neuroep netlist``: a design as a circuit."""

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from neuroep.cli.arguments import Commands, add_chip, add_design, add_set
from neuroep.cli.numbers import MOST, finite, natural, nonzero, seconds, whole
from neuroep.hardware.netlist.dialects.catalogue import DIALECTS
from neuroep.hardware.programs.catalogue import PROGRAMS

if TYPE_CHECKING:
    from neuroep.studies.verify.case import VerifyOptions
    from neuroep.studies.verify.verify import Report

SPICE = "spice"
"""The dialect that every netlist is made in."""


def add_verify(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    command = _command(
        commands,
        "verify",
        "settle one input as sweeps, waveforms and in other programs, and compare",
        """Exit code 1 when a view does not agree, when the nudge tests nothing, or when a voltage
        leaves the rails. Nudged phases start from the free state. A network that SPICE could not
        carry is cut to its first words and neurons. With --learn, a chip with plasticity circuits
        learns by itself, and every request, pulse and conductance is compared.""",
    )
    command.add_argument(
        "--weights", metavar="RUN", help="use what this run trained; drawn from the seed without it"
    )
    command.add_argument(
        "--data", metavar="FILE", help="where the run's test examples are; built-in without it"
    )
    command.add_argument(
        "--example", type=natural, default=0, metavar="N", help="which example (default 0)"
    )
    command.add_argument(
        "--target",
        type=natural,
        metavar="CLASS",
        help="nudge towards this class (default: the example's own label, or the least likely "
        "class where that moves nothing)",
    )
    command.add_argument(
        "--beta", type=nonzero, default=0.5, metavar="B", help="nudging strength (default 0.5)"
    )
    _add_learn(command, "let the chip learn N examples, phases and pulses included")
    command.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="PROGRAM",
        help=f"leave out {' or '.join(PROGRAMS)}; may be repeated",
    )
    command.add_argument(
        "--timeout",
        type=seconds,
        default=120.0,
        metavar="S",
        help="seconds for each run of ngspice or VACASK, with --learn for each example "
        "(default 120)",
    )
    command.add_argument(
        "--figure",
        metavar="FILE",
        help="waveforms, as .png, .svg or .pdf (default DESIGN-verify.png)",
    )
    command.add_argument(
        "--export",
        metavar="FILE",
        help="the waveforms of all nodes as well, by its ending: .raw (ngspice), .cir (sources), "
        ".csv, .vcd, .nc, .npz, .sonata.h5; 'neuroep export' turns .nc and .npz into the others",
    )
    command.add_argument("--markdown", action="store_true", help="as a Markdown table")
    command.add_argument("--results", metavar="FILE", help="the table as a JSON file as well")
    command.set_defaults(run=run_verify)


def add_netlist(commands: Commands) -> None:
    """Add the command to the parser of all commands."""
    command = _command(
        commands,
        "netlist",
        "write a design as a SPICE netlist",
        """It stands alone: 'ngspice -b chip.cir' runs it. Subcircuits and nodes carry the names of
        the design's layers. In other dialects cells are Verilog-A, which is put into a folder
        beside it, chip_cells; all else are resistors, capacitors, sources and instances.""",
    )
    command.add_argument("-o", "--out", metavar="FILE", help="where to write (default chip.cir)")
    command.add_argument(
        "--dialect",
        choices=(SPICE, *DIALECTS),
        default=SPICE,
        help="whose netlist: spice as ngspice reads it (default), "
        + " or ".join(f"{name} (chip{d.suffix})" for name, d in DIALECTS.items()),
    )
    command.add_argument("--weights", metavar="RUN", help="use what this run trained")
    command.add_argument("--data", metavar="FILE", help="where the run's test examples are")
    command.add_argument(
        "--example", type=natural, default=0, metavar="N", help="which example (default 0)"
    )
    command.add_argument(
        "--beta", type=finite, default=0.0, metavar="B", help="nudging strength (default 0, free)"
    )
    kinds = command.add_mutually_exclusive_group()
    _add_learn(kinds, "the chip with its plasticity circuits, and N examples that it learns")
    kinds.add_argument(
        "--spikes", action="store_true", help="the chip whose lines spike, for 100 steps"
    )
    command.set_defaults(run=write_netlist)


def _add_learn(command: argparse._ActionsContainer, purpose: str) -> None:
    command.add_argument("--learn", type=whole(0, MOST), default=0, metavar="N", help=purpose)


def _command(commands: Commands, name: str, purpose: str, more: str) -> argparse.ArgumentParser:
    description = f"{purpose[0].upper()}{purpose[1:]}. {more}"
    command = commands.add_parser(name, help=purpose, description=description)
    add_design(command)
    add_chip(command)
    add_set(command, "an entry, such as circuit.capacitance='2 pF'")
    return command


def _options(options: argparse.Namespace) -> "VerifyOptions":
    from neuroep.studies.verify.case import VerifyOptions

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
    """Print the table, write the figure; return 0 when all views agree, 1 when one does not."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.errors import InputError
    from neuroep.export import check_export, export

    if options.learn:
        from neuroep.cli.learning import run_learning

        if options.export:
            raise InputError("--export: waveforms of one settling, so not with --learn")
        return run_learning(options, _options(options))
    from neuroep.design.files import design_path
    from neuroep.hardware.views import compare
    from neuroep.report import check_figure, save, table, waveforms
    from neuroep.studies.verify.export import recording_of
    from neuroep.studies.verify.verify import PHASE_TITLES, verify
    from neuroep.traces.files import write_json

    figure = Path(options.figure or f"{design_path(options.design).stem}-verify.png")
    check_figure(figure)
    check_outputs(options, figure, options.results, options.export)
    if options.export:
        check_export(options.export)
    report = verify(_options(options), lambda name: print(f"  {name}", file=sys.stderr))
    print(report.case.title)
    for note in report.case.notes:
        print(f"  {note}")
    rows = compare.rows(report.comparisons)
    print(table(rows, compare.COLUMNS, markdown=options.markdown))
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
    if options.results:
        write_json(options.results, _results(report), indent=1)
    save(drawn, figure)
    print(f"waveforms: {figure}")
    if options.export:
        export(options.export, recording_of(report.timed[0], report.case.title, options.design))
        print(f"voltages of every node: {options.export}")
    print(_verdict(report))
    return 0 if report.passed else 1


def _verdict(report: "Report") -> str:
    if report.passed:
        return "every view agrees"
    if any(not comparison.passed for comparison in report.comparisons):
        return "NOT every view agrees"
    kinds = dict.fromkeys(line.partition(":")[0] for line in report.failures)
    return "every view agrees, but: " + "; ".join(kinds)


def _results(report: "Report") -> dict[str, object]:
    return {
        "title": report.case.title,
        "notes": report.case.notes,
        "figures": report.figures,
        "views": [asdict(c) | {"passed": c.passed} for c in report.comparisons],
        "failures": report.failures,
        "remarks": report.remarks,
        "passed": report.passed,
    }


def write_netlist(options: argparse.Namespace) -> None:
    """Write a design's netlist."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.errors import InputError
    from neuroep.hardware.programs.spice_spikes import spiking_deck, why_no_spikes
    from neuroep.studies.verify.case import open_case
    from neuroep.studies.verify.learning import open_learning
    from neuroep.traces.files import atomic_write

    if options.dialect != SPICE:
        _write_translated(options)
        return
    path = Path(options.out or "chip.cir")
    check_outputs(options, path)
    wanted = _options(options)
    if options.learn:
        _, note, bench = open_learning(wanted, options.learn)
        notes, text = [note], bench.text
    elif options.spikes:
        case = open_case(wanted)
        chip = case.bench.spiking_chip
        if chip is None:
            raise InputError(f"{options.design}: --spikes: its lines cannot spike")
        if reason := why_no_spikes(chip):
            raise InputError(f"{options.design}: --spikes: {reason}")
        if case.bench.transistors is not None:
            chip = replace(chip, cells=case.bench.transistors.cells)
        deck = spiking_deck(chip, options.beta)
        notes, text = [*case.notes, f"{deck.steps} steps, {len(deck.units)} neurons"], deck.text
    else:
        case = open_case(wanted)
        notes, text = case.notes, case.bench.netlist(options.beta).text
    atomic_write(path, text.encode())
    for note in notes:
        print(note)
    print(f"{path}: {len(text.splitlines())} lines; run it by: ngspice -b {path}")


def _write_translated(options: argparse.Namespace) -> None:
    """Write a netlist in another dialect, and its cells into a folder beside it."""
    from neuroep.cli.outputs import check_outputs
    from neuroep.errors import InputError
    from neuroep.hardware.netlist.dialects.standing import translated
    from neuroep.studies.verify.case import open_case
    from neuroep.traces.files import atomic_write, unwritable

    dialect = DIALECTS[options.dialect]
    if options.learn or options.spikes:
        given = "--learn" if options.learn else "--spikes"
        raise InputError(f"--dialect {options.dialect}: {given} is written for ngspice alone")
    path = Path(options.out or f"chip{dialect.suffix}")
    check_outputs(options, path)
    folder = path.with_name(f"{path.stem}_cells")
    case = open_case(_options(options))
    deck = case.bench.netlist(options.beta)
    text, files = translated(deck.text, deck.used, options.dialect, folder.name)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    for name, source in files.items():
        atomic_write(folder / name, source.read_bytes())
    atomic_write(path, text.encode())
    for note in case.notes:
        print(note)
    print(
        f"{path}: {len(text.splitlines())} lines, its {len(files)} cells in {folder}; "
        f"run it by: {dialect.program} {path}"
    )

"""Parse the command line and call the command."""

import argparse
import math
from collections.abc import Sequence

from neuroep.cli.baselines import add_baselines
from neuroep.cli.errors import guarded
from neuroep.cli.gradcheck import add_gradcheck
from neuroep.cli.new import add_new
from neuroep.cli.reading import add_reading
from neuroep.cli.train import add_train
from neuroep.cli.twins import add_twins
from neuroep.hardware.programs.catalogue import PROGRAMS


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="neuroep",
        description="Simulate neuromorphic hardware that learns by equilibrium propagation.",
        epilog="Start with: neuroep train imdb_pooled (trains on the built-in reviews)",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, purpose: str, more: str = "") -> argparse.ArgumentParser:
        description = f"{purpose[0].upper()}{purpose[1:]}. {more}"
        return commands.add_parser(name, help=purpose, description=description)

    add_train(commands)
    add_new(commands)
    listing = command("list", "show designs, layer types, costs, solvers and data sets")
    listing.set_defaults(run=_list)

    info = command("info", "say what a trace, checkpoint or run folder holds")
    info.add_argument("file", metavar="FILE", help="a .h5 file, a .part of a run, or a run folder")
    info.add_argument(
        "--configuration", action="store_true", help="print the resolved design as well"
    )
    info.set_defaults(run=_info)

    table = command("table", "the closing table of runs, with their spread")
    table.add_argument("runs", metavar="RUN", nargs="+", help="run folders or metrics files")
    table.add_argument("--markdown", action="store_true", help="as a Markdown table")
    table.set_defaults(run=_table)

    add_reading(commands)
    verify = command(
        "verify",
        "settle one input as sweeps, waveforms and in other programs, and compare",
        """Exit code 1 when a view does not agree, when the nudge tests nothing, or when a voltage
        leaves the rails. Nudged phases start from the free state. A network that SPICE could not
        carry is cut to its first words and neurons. With --learn, a chip with plasticity circuits
        learns by itself, and every request, pulse and conductance is compared.""",
    )
    _design(verify)
    verify.add_argument(
        "--weights", metavar="RUN", help="use what this run trained; drawn from the seed without it"
    )
    verify.add_argument(
        "--data", metavar="FILE", help="where the run's test examples are; built-in without it"
    )
    verify.add_argument(
        "--example", type=natural, default=0, metavar="N", help="which example (default 0)"
    )
    verify.add_argument(
        "--target",
        type=natural,
        metavar="CLASS",
        help="nudge towards this class (default: the example's own label, or the least likely "
        "class where that moves nothing)",
    )
    verify.add_argument(
        "--beta", type=nonzero, default=0.5, metavar="B", help="nudging strength (default 0.5)"
    )
    verify.add_argument(
        "--learn",
        type=natural,
        default=0,
        metavar="N",
        help="let the chip learn N examples, phases and pulses included, from --example on",
    )
    verify.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="PROGRAM",
        help=f"leave out {' or '.join(PROGRAMS)}; may be repeated",
    )
    verify.add_argument(
        "--timeout",
        type=seconds,
        default=120.0,
        metavar="S",
        help="seconds for each run of ngspice, with --learn for each example (default 120)",
    )
    verify.add_argument(
        "--figure",
        metavar="FILE",
        help="waveforms, as .png, .svg or .pdf (default DESIGN-verify.png)",
    )
    verify.add_argument("--markdown", action="store_true", help="as a Markdown table")
    verify.add_argument("--results", metavar="FILE", help="the table as a JSON file as well")
    verify.set_defaults(run=_verify)

    add_gradcheck(commands)
    add_baselines(commands)
    add_twins(commands)

    netlist = command(
        "netlist",
        "write a design as a SPICE netlist",
        """It stands alone: 'ngspice -b chip.cir' runs it. Subcircuits and nodes carry the names of
        the design's layers.""",
    )
    _design(netlist)
    netlist.add_argument(
        "-o", "--out", metavar="FILE", default="chip.cir", help="where to write (default chip.cir)"
    )
    netlist.add_argument("--weights", metavar="RUN", help="use what this run trained")
    netlist.add_argument("--data", metavar="FILE", help="where the run's test examples are")
    netlist.add_argument(
        "--example", type=natural, default=0, metavar="N", help="which example (default 0)"
    )
    netlist.add_argument(
        "--beta", type=float, default=0.0, metavar="B", help="nudging strength (default 0, free)"
    )
    netlist.add_argument(
        "--learn",
        type=natural,
        default=0,
        metavar="N",
        help="the chip with its plasticity circuits, and N examples that it learns",
    )
    netlist.set_defaults(run=_netlist)
    return top


def _design(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "design", metavar="DESIGN", help="a .toml file, or a name of 'neuroep list'"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override an entry, such as circuit.capacitance='2 pF'; may be repeated",
    )


def natural(text: str) -> int:
    """Parse a number of at least 0, for argparse."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"must be at least 0, got {text}")
    return number


def nonzero(text: str) -> float:
    """Parse a finite number other than 0, for argparse."""
    number = float(text)
    if number == 0 or not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"must be finite and not zero, got {text}")
    return number


def seconds(text: str) -> float:
    """Parse a positive time, for argparse."""
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"must be positive, got {text}")
    return number


def _list(options: argparse.Namespace) -> None:
    from neuroep.cli.listing import print_listing

    print_listing()


def _info(options: argparse.Namespace) -> None:
    from neuroep.cli.info import print_info

    print_info(options.file, options.configuration)


def _table(options: argparse.Namespace) -> None:
    from neuroep.runs.summary import read_results, summary

    print(summary(read_results(options.runs), options.markdown))


def _verify(options: argparse.Namespace) -> int:
    from neuroep.cli.circuits import run_verify

    return run_verify(options)


def _netlist(options: argparse.Namespace) -> None:
    from neuroep.cli.circuits import write_netlist

    write_netlist(options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0, 2 for input that cannot be used, 130 for Ctrl-C."""
    options = parser().parse_args(arguments)
    return guarded(lambda: options.run(options))

"""Parse the command line and call the command."""

import argparse
from collections.abc import Sequence

from neuroep import __version__
from neuroep.cli.baselines import add_baselines
from neuroep.cli.budget import add_budget
from neuroep.cli.characterise import add_characterise
from neuroep.cli.circuits import add_netlist, add_verify
from neuroep.cli.compare import add_compare
from neuroep.cli.devices import add_devices
from neuroep.cli.errors import guarded
from neuroep.cli.export import add_export
from neuroep.cli.fit import add_fit
from neuroep.cli.gradcheck import add_gradcheck
from neuroep.cli.new import add_new
from neuroep.cli.parser import Parser
from neuroep.cli.reading import add_reading
from neuroep.cli.report import add_report
from neuroep.cli.sweep import add_sweep
from neuroep.cli.train import add_train
from neuroep.cli.twins import add_twins


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top: argparse.ArgumentParser = Parser(
        prog="neuroep",
        description="Simulate neuromorphic hardware that learns by equilibrium propagation.",
        epilog="Start with: neuroep train imdb_pooled (trains on the built-in reviews)",
    )
    top.add_argument("--version", action="version", version=f"neuroep {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, purpose: str) -> argparse.ArgumentParser:
        description = f"{purpose[0].upper()}{purpose[1:]}. "
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

    add_report(commands)
    add_reading(commands)
    add_verify(commands)
    add_gradcheck(commands)
    add_baselines(commands)
    add_twins(commands)
    add_compare(commands)
    add_sweep(commands)
    add_devices(commands)
    add_fit(commands)
    add_netlist(commands)
    add_export(commands)
    add_characterise(commands)
    add_budget(commands)
    return top


def _list(options: argparse.Namespace) -> None:
    from neuroep.cli.listing import print_listing

    print_listing()


def _info(options: argparse.Namespace) -> None:
    from neuroep.cli.info import print_info

    print_info(options.file, options.configuration)


def _table(options: argparse.Namespace) -> None:
    from neuroep.runs.summary import read_results, summary

    print(summary(read_results(options.runs), options.markdown))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code, as :func:`neuroep.cli.errors.guarded` says it."""

    def command() -> int | None:
        options = parser().parse_args(arguments)
        code: int | None = options.run(options)
        return code

    return guarded(command)

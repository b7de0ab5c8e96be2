"""Arguments that several commands take: a design, its data, and what is overridden of it."""

import argparse
from collections.abc import Collection
from dataclasses import fields
from typing import Any, TypeAlias, TypeVar

from neuroep.cli.numbers import natural, positive
from neuroep.errors import InputError
from neuroep.files import resolved

COLUMNS = ("text", "premise", "hypothesis", "label")


Kind = TypeVar("Kind")
Arguments: TypeAlias = "argparse._ArgumentGroup"
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(
    commands: Commands, name: str, purpose: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """Add a command whose description and examples stand in its help as they are here."""
    return commands.add_parser(
        name,
        help=purpose,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_design(command: argparse.ArgumentParser, nargs: str | None = None) -> None:
    """Add the design that a command takes."""
    what = "a .toml file, or a name of 'neuroep list'"
    command.add_argument("design", metavar="DESIGN", nargs=nargs, help=what)


def add_set(command: argparse.ArgumentParser, entry: str) -> None:
    """Add ``--set``; ``entry``: what is overridden, for people."""
    what = f"override {entry}; may be repeated"
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=what)


class _EntryNumber(argparse.Action):
    """A number that stands for an entry of the design, ``const``."""

    def __call__(
        self, parser: object, namespace: argparse.Namespace, values: Any, option: object = None
    ) -> None:
        namespace.set = [*namespace.set, f"{self.const}={values}"]


def add_chip(command: argparse.ArgumentParser) -> None:
    """Add ``--chip``: which of the chips that the design's variability draws."""
    command.add_argument(
        "--chip",
        action=_EntryNumber,
        const="circuit.chip",
        type=natural,
        default=argparse.SUPPRESS,
        metavar="N",
        help="chip N of those that [variability], or a library of transistors, draws",
    )


def add_seed(command: argparse.ArgumentParser, what: str) -> None:
    """Add ``--seed`` beside ``--set``; ``what``: what is drawn from it, for people."""
    command.add_argument(
        "--seed",
        action=_EntryNumber,
        const="seed",
        type=natural,
        default=argparse.SUPPRESS,
        help=what,
    )


def add_data(
    command: argparse.ArgumentParser, *, splits: bool = False, without: str = "Built-in data"
) -> None:
    """Add ``--data`` and what goes with it.

    ``splits``: files of the other splits as well; ``without``: what is read where none is named.
    """
    group = command.add_argument_group(
        "data",
        "Texts: .csv, .tsv, .jsonl, .parquet, a folder a class, IMDB. Pairs: the same, SNLI,\n"
        "MultiNLI, SICK. Images: idx, .npz, a folder of PNGs a class. Tables: .csv, .tsv, .npz,\n"
        f".npy, .h5, .parquet. {without} without --data.",
    )
    group.add_argument("--data", metavar="FILE", help="file or folder")
    if splits:
        group.add_argument("--validation", metavar="FILE", help="examples that choose the epoch")
        group.add_argument("--test", metavar="FILE", help="examples to test with")
    add_columns(group)


def add_columns(group: Arguments) -> None:
    """Add what says which columns of a file are read, and how many of its examples."""
    for role in COLUMNS:
        group.add_argument(
            f"--{role}-column",
            metavar="NAME",
            help=f"the column that holds the {role}; guessed where one fits",
        )
    group.add_argument(
        "--limit", type=positive, metavar="N", help="at most N examples of each split"
    )


def data_options(given: argparse.Namespace) -> dict[str, Any]:
    """Return what was asked for as the arguments of :class:`neuroep.tasks.task.DataOptions`."""
    columns = {role: getattr(given, f"{role}_column") for role in COLUMNS}
    return {
        "data": full(getattr(given, "data", None)),
        "validation": full(getattr(given, "validation", None)),
        "test": full(getattr(given, "test", None)),
        "columns": {role: name for role, name in columns.items() if name},
        "limit": given.limit,
    }


def asked(kind: type[Kind], given: argparse.Namespace, **others: Any) -> Kind:
    """Return what was asked for as a dataclass of options.

    ``others``: fields that are not to be what the argument of their name says.
    """
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    same = {name: getattr(given, name) for name in names if hasattr(given, name)}
    return kind(**{**same, **data_options(given), **others})


def refuse_beside(
    command: argparse.ArgumentParser,
    given: argparse.Namespace,
    option: str,
    goes: Collection[str],
    why: str,
) -> None:
    """Refuse what was asked for beside an option with which nobody would read it.

    ``goes``: names of the arguments that go with ``option``; ``why``: the others do not.
    """
    called = {"design": "DESIGN", "set": "--set or --chip"}
    for name, value in vars(given).items():
        if name not in (*goes, "run", "command") and value != command.get_default(name):
            shown = called.get(name, f"--{name.replace('_', '-')}")
            raise InputError(f"{shown} does not go with {option}: {why}")


def full(path: str | None) -> str | None:
    """Return a path that means the same from everywhere, so that a run can be resumed."""
    return path and str(resolved(path))

"""The parser of a command line: what it cannot use it says in one line."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from neuroep.cli.errors import DEBUG
from neuroep.cli.terminal import message
from neuroep.files import reason

PATHS = {"CARD", "DESIGN", "FILE", "FOLDER", "OUT", "PATH", "PLAN", "RUN"}
"""What stands in the help for the name of a file or folder."""


class _Debug(argparse.Action):
    """``--debug``: the environment is told, since an error may come before the options are."""

    def __call__(self, *_: Any) -> None:
        os.environ[DEBUG] = "1"


class Parser(argparse.ArgumentParser):
    """argparse's, with ``--debug`` everywhere and errors of one line without the usage."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.register("action", "debug", _Debug)
        self.add_argument(
            "--debug",
            action="debug",
            nargs=0,
            dest=argparse.SUPPRESS,
            default=argparse.SUPPRESS,
            help="show the traceback of an error",
        )

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse a command line; what nobody knows is an error of the command, not of the whole."""
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            of = self
            for action in self._actions:
                if isinstance(action, argparse._SubParsersAction):
                    of = action.choices[getattr(found, action.dest)]
            of.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Return one value of an option: never an empty one, nor a path that cannot be."""
        if not isinstance(action, argparse._SubParsersAction):  # its values are the command's
            if not arg_string:
                raise argparse.ArgumentError(action, "must not be empty")
            if action.metavar in PATHS and (why := _unreachable(arg_string)):
                raise argparse.ArgumentError(action, f"{arg_string}: {why}")
        return super()._get_value(action, arg_string)

    def error(self, text: str) -> NoReturn:
        """Say in one line what cannot be used, and leave with exit code 2."""
        print(f"{self.prog}: {message(text)}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def _unreachable(path: str) -> str:
    """Return why nothing could be at a path; empty where something is, or could be made."""
    try:
        Path(path).stat()
    except FileNotFoundError:
        pass
    except OSError as error:  # a loop of links, a name too long, a way through a file
        return reason(error)
    return ""

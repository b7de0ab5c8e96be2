"""The parser of a command line: what it cannot use it says in one line."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from neuroep.cli.errors import DEBUG
from neuroep.cli.terminal import message


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

    def error(self, text: str) -> NoReturn:
        """Say in one line what cannot be used, and leave with exit code 2."""
        print(f"{self.prog}: {message(text)}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)

"""How a command ends: one line for what the user can mend, exit code 2."""

import sys
from collections.abc import Callable

from neuroep.errors import InputError


def guarded(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit code.

    2 for bad input or a refused file, with one line on standard error; 130 for Ctrl-C.
    """
    try:
        return command() or 0
    except InputError as error:
        print(f"neuroep: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"neuroep: {where}{(error.strerror or str(error)).lower()}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nneuroep: interrupted; what was written stays", file=sys.stderr)
        return 130

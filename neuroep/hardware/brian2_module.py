"""The module brian2, without what a user has set for programs of their own."""

import importlib
import sys
from typing import Any

from neuroep.places import away


def load() -> Any:
    """Return the module; at its first import no preferences of the user are looked for.

    It would evaluate what stands in a file ``brian_preferences`` of the present folder.
    """
    if "brian2" in sys.modules:
        return sys.modules["brian2"]
    with away():
        return importlib.import_module("brian2")

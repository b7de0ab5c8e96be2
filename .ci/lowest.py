"""Print the lowest version that setup.cfg allows of each package, as constraints for pip.

They are those of the lowest Python, whichever runs this.
"""

import configparser
import sys
from pathlib import Path

from packaging.requirements import Requirement

SETUP = Path(__file__).resolve().parent.parent / "setup.cfg"
PYTHON = {"python_version": "3.11"}


def lowest(line: str) -> str:
    """Return ``name==version`` of a requirement; empty where it is for another Python."""
    wanted = Requirement(line)
    if wanted.marker and not wanted.marker.evaluate(PYTHON):
        return ""
    bounds = [one.version for one in wanted.specifier if one.operator == ">="]
    if not bounds:
        sys.exit(f"{SETUP}: {line}: has no lower bound")
    return f"{wanted.name}=={bounds[0]}"


setup = configparser.ConfigParser()
setup.read(SETUP)
lines = setup["options"]["install_requires"].splitlines()
print("\n".join(filter(None, (lowest(line) for line in lines if line and line[0] != "#"))))

"""The README as PyPI shows it: links and pictures lead to the version's files on GitHub.

Everything else stands in setup.cfg.
"""

import configparser
import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).resolve().parent
PAGES, FILES = "https://github.com", "https://raw.githubusercontent.com"


def readme() -> str:
    """Return README.md with addresses that work outside the repository."""
    config = configparser.ConfigParser()
    config.read(HERE / "setup.cfg")
    metadata = config["metadata"]
    project, tag = metadata["url"].removeprefix(PAGES), f"v{metadata['version']}"

    def full(found: re.Match[str]) -> str:
        picture, text, target = found[1], found[2], found[3]
        start = f"{FILES}{project}/{tag}" if picture else f"{PAGES}{project}/blob/{tag}"
        return f"{picture}[{text}]({start}/{target})"

    link = r"(!?)\[([^\]]*)\]\((?!https?:|mailto:|#)([^)\s]+)\)"
    return re.sub(link, full, (HERE / "README.md").read_text(encoding="utf-8"))


setup(long_description=readme())

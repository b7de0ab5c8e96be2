"""The command line: ``neuroep ...``."""

from neuroep.cli.main import main

__all__ = ["main"]

"""The command line."""

from ravine.cli.entry import main

__all__ = ["main"]

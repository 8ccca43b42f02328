"""The command line."""

from ravine.cli.main import main

__all__ = ["main"]

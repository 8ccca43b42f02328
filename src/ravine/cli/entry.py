"""Where the process begins, before anything that takes time to import."""

from __future__ import annotations

from ravine.cli.signals import quick

__all__ = ["main"]


def main() -> None:
    """Run the command line. What cannot be done is said in one sentence on standard error, with exit status 1.

    No example: ends the process.
    """
    with quick():
        from ravine.cli.app import run

        run()

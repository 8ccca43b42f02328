"""The commands: parse, call, print."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console

from ravine.cli import data, diagnose, fork, lab, lecture, predict, race, runs, study, train, verify

__all__ = ["main"]

app = typer.Typer(
    name="ravine",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="A laboratory for multilayer networks and the algorithms that train them.\n\n"
    "Begin with `ravine lecture`. Every command explains itself: `ravine train --help`.",
)
app.command("lecture")(lecture.command)
app.command("lab")(lab.command)
app.command("train")(train.command)
app.command("diagnose")(diagnose.command)
app.command("fork")(fork.command)
app.command("predict")(predict.command)
app.command("race")(race.command)
app.command("study")(study.command)
app.command("verify")(verify.command)
app.add_typer(runs.app, name="runs")
app.add_typer(data.app, name="data")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ravine {version('ravine')} (jax {version('jax')}, Python {sys.version.split()[0]})")
        raise typer.Exit


@app.callback()
def options(
    show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print versions and end.")
    ] = False,
) -> None:
    """Options of all commands.

    No example: called by typer.
    """


def main() -> None:
    """Run the command line. What cannot be done is said in one sentence on standard error, with exit status 1.

    No example: ends the process.
    """
    try:
        app(prog_name="ravine")  # also where it was started as `python -m ravine`
    except Exception as error:
        from ravine.core import RavineError

        if not isinstance(error, RavineError):
            raise
        Console(stderr=True, soft_wrap=True).print(f"ravine: {error}", style="red", markup=False, highlight=False)
        sys.exit(1)

"""The commands: parse, call, print."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer

from ravine.cli import data, diagnose, fork, lab, lecture, predict, race, runs, study, train, verify
from ravine.cli.output import QuietStream, plain, streams

__all__ = ["run"]

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


def run() -> None:
    """Run the command line, as `ravine.cli.main` tells it.

    No example: ends the process.
    """
    output = streams()
    try:
        app(prog_name="ravine")  # also where it was started as `python -m ravine`
    except SystemExit as ended:
        _end(output, 0 if ended.code is None else ended.code)
    except BaseException as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        plain(stderr=True, wrap=False).print(f"ravine: {sentence}", style="red")
        _end(output, 1)


def _sentence(error: BaseException) -> str | None:
    """What is said of an error; None of one that is a mistake in Ravine."""
    from ravine.core import RavineError

    if isinstance(error, RavineError):
        return str(error)
    text = str(error)
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in text or "ut of memory" in text:
        return "there is not enough memory for this: choose a smaller network, fewer examples or fewer seeds"
    if isinstance(error, RecursionError):
        return "what was given is nested too deeply: nothing that Ravine reads is"
    return None


def _end(output: QuietStream | None, code: Any) -> None:
    """End the process with *code*; where the output did not take all that was said, with a sentence and 1."""
    if output is not None:
        sys.stdout.flush()
        if output.failure is not None:
            reason = output.failure.strerror
            told = f"ravine: standard output did not take all that was printed: {reason}: give it a place to go to"
            plain(stderr=True, wrap=False).print(told, style="red")
            code = code or 1
    sys.exit(code)

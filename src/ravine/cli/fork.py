"""ravine fork."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ravine.cli.options import pairs, value
from ravine.cli.output import plain
from ravine.cli.signals import catch_signals
from ravine.cli.start import prepare

__all__: list[str] = []  # the command line is the interface


def command(
    folder: Annotated[Path, typer.Argument(help="The folder of a run of `ravine train`, or a checkpoint in it.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the fork.")],
    at: Annotated[
        int | None, typer.Option(min=0, help="The step to go back to, of those kept; the latest if left out.")
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="What is to differ: name=value, e.g. learning_rate=0.01; may be repeated."),
    ] = None,
    keep_every: Annotated[
        int | None, typer.Option("--keep-every", min=1, help="Steps between the checkpoints that the fork keeps.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run that the folder holds.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Take a run up at a step that was kept, change one thing, and see what becomes of it.

    What can be set: the keys of a job (rule, epochs, batch_size, loss, seed, ...), the numbers of its rule
    (learning_rate, momentum, ...), options of the data (options.noise, ...), and of all hidden layers their activation,
    kernel_initializer, dropout, noise, l1 and l2. With nothing set the fork is the run itself, to the bit.

    Examples:

    ```
    ravine train 784-64:relu-10:softmax --keep-every 100 --out digits
    ravine fork digits --at 300 --set learning_rate=0.01 --out faster
    ravine fork digits --at 300 --set rule=sgd:0.1,momentum=0.9 --set epochs=10 --out other
    ```
    """
    prepare()
    from ravine.core import RavineError, write_file
    from ravine.train import ProgressBar, fork
    from ravine.view import png
    from ravine.view.figures import history_curves

    catch_signals()
    changes: dict[str, Any] = {name: value(text) for name, text in pairs("--set", change)}
    bar = [] if quiet else [ProgressBar("fork")]
    run = fork(folder, at=at, out=out, callbacks=bar, keep_every=keep_every, overwrite=overwrite, **changes)
    write_file(out / "curves.png", png(history_curves(run.history.epochs)))
    console = plain()
    last = {name: value for name, value in run.history.last.items() if name not in ("step", "seconds")}
    console.print(", ".join(f"{name} {value:.4g}" for name, value in last.items() if isinstance(value, int | float)))
    if run.stopped is not None:
        console.print(f"stopped: {run.stopped}", style="yellow")
    if run.diverged_at is not None:
        raise RavineError(f"the loss was not finite at step {run.diverged_at}: try a smaller learning rate")
    if run.stopped == "interrupted":
        plain(stderr=True).print(f"interrupted: what was done is kept in {out}", style="yellow")
        raise typer.Exit(130)

"""ravine train."""

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
    network: Annotated[
        str,
        typer.Argument(
            help="A network as text, e.g. '*-512:relu-dropout:0.2-*' (* is what the data ask for), or a TOML file."
        ),
    ],
    data: Annotated[
        str | None, typer.Option(help="A data set's name (see `ravine data list`), or a CSV or Parquet file.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict, where data is a file.")] = None,
    rule: Annotated[
        str | None, typer.Option(help="The update rule, e.g. adam, adam:0.001 or sgd:0.1,momentum=0.9.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training part.")] = None,
    batch_size: Annotated[str | None, typer.Option("--batch", help="Examples per step, or full.")] = None,
    loss: Annotated[str | None, typer.Option(help="The loss; the data's natural one if left out.")] = None,
    validation: Annotated[float | None, typer.Option(help="Share of the training part held out.")] = None,
    scale: Annotated[
        str | None, typer.Option(help="Scale inputs: standard or minmax, fitted on the training part.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Determines weights, order and dropout.")] = None,
    option: Annotated[
        list[str] | None, typer.Option(help="name=value for the data set, e.g. n=1000; may be repeated.")
    ] = None,
    probes: Annotated[
        str | None, typer.Option(help="Instruments to record, e.g. gradient_norm,dead; or cheap, or all.")
    ] = None,
    stride: Annotated[int | None, typer.Option(min=1, help="Steps from one reading of the probes to the next.")] = None,
    keep_every: Annotated[
        int | None, typer.Option("--keep-every", min=1, help="Steps between the checkpoints kept for `ravine fork`.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the model and its history.")] = Path("model"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the run in the folder stopped.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run that the folder holds.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Train a network and keep the model, its history and its curves.

    Ctrl-C ends training and keeps what is done; `--resume` goes on from there. A folder holds one run: `--overwrite`
    begins another one in it.

    Examples:

    ```
    ravine train 784-512:relu-dropout:0.2-512:relu-dropout:0.2-10:softmax --rule rmsprop --epochs 5
    ravine train 4-16:tanh-3:softmax --data flowers.csv --target species --scale standard --epochs 50 --out flowers
    ravine train 784-64:relu-10:softmax --probes cheap --keep-every 100 --out digits
    ravine train job.toml
    ```
    """
    prepare()
    from ravine.core import RavineError, write_file
    from ravine.data import is_file_name
    from ravine.train import Callback, ProgressBar, read_job, run_job
    from ravine.view import png
    from ravine.view.figures import history_curves

    class Understood(Callback):
        """Says how a file was read, before the first step."""

        every_epoch = False

        def begin(self, loop: Any) -> None:
            typer.echo(f"{job.data}: {loop.dataset.note}", err=True)

    catch_signals()
    options = {name: value(text) for name, text in pairs("--option", option)}
    job = read_job(
        network,
        data=data,
        target=target,
        rule=rule,
        epochs=epochs,
        loss=loss,
        validation=validation,
        scale=scale,
        seed=seed,
        batch_size=None if batch_size is None else value(batch_size),
        options=options or None,
        probes=probes,
        stride=stride,
    )
    bar: list[Callback] = [] if quiet else [ProgressBar(job.rule)]
    if is_file_name(job.data):
        bar.append(Understood())
    run = run_job(job, out, callbacks=bar, resume=resume, keep_every=keep_every, overwrite=overwrite)
    write_file(out / "curves.png", png(history_curves(run.history.epochs)))
    console = plain()
    last = {name: value for name, value in run.history.last.items() if name not in ("step", "seconds")}
    console.print(", ".join(f"{name} {value:.4g}" for name, value in last.items() if isinstance(value, int | float)))
    if run.stopped is not None:
        console.print(f"stopped: {run.stopped}", style="yellow")
    console.print(f"{out / 'model.safetensors'} after {run.seconds:.1f} s of training")
    if run.diverged_at is not None:
        raise RavineError(f"the loss was not finite at step {run.diverged_at}: try a smaller learning rate")
    if run.stopped == "interrupted":
        plain(stderr=True).print("interrupted: what was done is kept; --resume goes on", style="yellow")
        raise typer.Exit(130)

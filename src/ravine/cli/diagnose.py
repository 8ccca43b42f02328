"""ravine diagnose."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ravine.cli.output import plain
from ravine.cli.signals import catch_signals
from ravine.cli.start import prepare

__all__: list[str] = []  # the command line is the interface


def command(
    folder: Annotated[Path, typer.Argument(help="The folder of a run of `ravine train`, or a checkpoint in it.")],
    attempt: Annotated[
        bool, typer.Option("--try", help="Train with each remedy, and as it was, and say whether it helps.")
    ] = False,
    seeds: Annotated[int, typer.Option(min=2, max=1000, help="Runs on each side of a trial.")] = 5,
    lang: Annotated[str, typer.Option("--lang", help="en or pl.")] = "en",
) -> None:
    """Say what is wrong with a run: the trouble, the numbers that show it, and a remedy.

    It looks for vanishing and exploding gradients, dead and saturated units, a bad initialisation, a rate too high or
    too low, a batch too small, overfitting and wrong labels. `ravine train --probes cheap` records what is read best.

    Examples:

    ```
    ravine train 784-64:relu-10:softmax --probes cheap --out digits
    ravine diagnose digits
    ravine diagnose digits --try --seeds 8 --lang pl
    ```
    """
    prepare(devices=None)
    from ravine.diagnosis import diagnose, try_remedy
    from ravine.train import checkpoint_at, job_of, read_run
    from ravine.view import finding_words, findings_text, translator, trial_words

    catch_signals()
    _ = translator(lang)
    run, dataset = read_run(folder)
    found = diagnose(run, dataset)
    console = plain(wrap=False)
    console.print(findings_text(found, lang), markup=False)
    if not attempt:
        return
    job = job_of(checkpoint_at(folder).parent)
    for finding in found:
        title = finding_words(finding, lang)[0]
        if not finding.changes:
            console.print(f"{title}: " + _("this remedy is work for people."), markup=False)
            continue
        changes = ", ".join(f"{name}={value}" for name, value in finding.changes.items())
        with console.status(_("Trying {changes} ...").format(changes=changes)):
            trial = try_remedy(job, finding, seeds)
        console.print(f"{title}, {changes}: {trial_words(trial, lang)}", markup=False)

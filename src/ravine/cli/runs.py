"""ravine runs."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from ravine.cli.output import plain
from ravine.cli.start import prepare

__all__: list[str] = []  # the command line is the interface

app = typer.Typer(no_args_is_help=True, help="Studies that were carried out: list, show, compare, export, delete.")

Runs = Annotated[Path | None, typer.Option("--runs", help="Folder of results (else $RAVINE_RUNS, else runs).")]
Lang = Annotated[str, typer.Option(help="Language of the report: en or pl.")]


@app.command("list")
def list_(runs: Runs = None) -> None:
    """List the studies, the newest last; of one that is damaged it is said what is wrong with it.

    Example:

    ```
    ravine runs list
    ```
    """
    prepare()
    from rich.table import Table

    from ravine.core import RavineError
    from ravine.study import Store

    store, console, damaged = Store(runs), plain(), []
    files = {name: store.home(name) / "study.toml" for name in store.studies()}
    if not files:
        console.print(f"no studies in {store.folder}: begin with `ravine study --help`")
        return
    table = Table("study", "begun", "data", "rules", "tuned", "seeds", "packs here")
    for name in sorted(files, key=lambda each: files[each].stat().st_mtime):
        begun = datetime.datetime.fromtimestamp(files[name].stat().st_mtime).strftime("%Y-%m-%d %H:%M")
        try:
            study, packs = store.study(name), len(store.noted(name))
        except RavineError as error:
            damaged.append(str(error))
            table.add_row(name, begun, "(cannot be read)")
            continue
        data, rules = ", ".join(study.data), ", ".join(study.rules)
        table.add_row(name, begun, data, rules, str(study.tune), str(study.seeds), str(packs))
    console.print(table)
    for sentence in damaged:
        console.print(sentence, style="yellow", soft_wrap=True)


@app.command()
def show(name: str, lang: Lang = "en", runs: Runs = None) -> None:
    """Say what a study found, and write its report anew.

    Example:

    ```
    ravine runs show digits-sgd-adam-3f2a91 --lang pl
    ```
    """
    prepare()
    from ravine.cli.study import report
    from ravine.study import Store, load_results

    store = Store(runs)
    study, results = load_results(name, store)
    report(study, results, store, lang, plain())


@app.command()
def compare(
    names: Annotated[list[str], typer.Argument(help="Two or more studies on the same data, split and budget.")],
    lang: Lang = "en",
    out: Annotated[Path, typer.Option("--out", "-o", help="The report.")] = Path("comparison.html"),
    runs: Runs = None,
) -> None:
    """Put the rivals of several studies into one ranking, over the seeds that all have.

    Studies of different data, splits, budgets or study seeds are refused.

    Example:

    ```
    ravine runs compare monday tuesday
    ```
    """
    prepare()
    from ravine.study import Store, merge_studies
    from ravine.view import study_report, study_verdict, write

    found = merge_studies(names, Store(runs))
    page, *_ = write(study_report(found, lang), out)
    console = plain()
    console.print(study_verdict(found, lang), style="bold")
    console.print(f"{page}")


@app.command()
def export(
    name: str,
    to: Annotated[str, typer.Option(help="csv, parquet, latex, tensorboard or mlflow.")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder; NAME-TO if left out.")] = None,
    lang: Lang = "en",
    runs: Runs = None,
) -> None:
    """Write a study's tables and runs for other tools.

    Example:

    ```
    ravine runs export digits-sgd-adam-3f2a91 --to latex
    ```
    """
    prepare()
    from ravine.core import RavineError, nearest
    from ravine.study import EXPORTS, Store, findings, load_results
    from ravine.view import study_tables

    kinds = {"csv": ".csv", "parquet": ".parquet", "latex": ".tex"}
    if to not in {*kinds, *EXPORTS}:
        raise RavineError(f"export: unknown kind {to!r}: {nearest(to, {*kinds, *EXPORTS})}")
    store, console = Store(runs), plain()
    found = findings(*load_results(name, store))
    folder = out or Path(f"{name}-{to}")
    if to in EXPORTS:
        console.print(f"{EXPORTS[to](found, folder)} runs written to {folder}")
        return
    for file in study_tables(found, folder, lang):
        if file.suffix == kinds[to]:
            console.print(f"{file}")
        else:
            file.unlink()


@app.command()
def delete(name: str, runs: Runs = None) -> None:
    """Delete a study, and the packs that no other study reads.

    Example:

    ```
    ravine runs delete digits-sgd-adam-3f2a91
    ```
    """
    prepare()
    from ravine.study import Store

    count = Store(runs).delete(name)
    plain().print(f"{name} deleted, with {count} packs that no other study reads")

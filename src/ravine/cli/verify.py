"""ravine verify."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ravine.cli.signals import catch_signals
from ravine.cli.start import prepare

__all__: list[str] = []  # the command line is the interface

STYLES = {"pass": "green", "fail": "bold red", "not run": "yellow"}


def command(
    quick: Annotated[
        bool, typer.Option("--quick/--full", help="Minutes, or the deep network and more seeds too.")
    ] = True,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="networks, camera, quadratic, amsgrad, ratios or fashion; may be repeated."),
    ] = None,
    language: Annotated[str, typer.Option("--lang", help="en or pl.")] = "en",
    folder: Annotated[
        Path | None, typer.Option("--data", help="Folder with MNIST's files, before RAVINE_DATA and the cache.")
    ] = None,
) -> None:
    """Derive the published numbers once more on this machine, and compare.

    The exit status is 1 if any of them does not agree. What could not be run is said to be so, and is no agreement.

    Examples:

    ```
    ravine verify
    ravine verify --only camera --only amsgrad --lang pl
    ```
    """
    prepare(devices=os.cpu_count())
    from ravine.core import check_choice
    from ravine.data import mnist
    from ravine.lecture import sections, verify
    from ravine.view import LANGUAGES

    catch_signals()
    check_choice("verify", "lang", language, LANGUAGES)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def told(name: str, share: float) -> None:
            bar.update(task, description=name, completed=share)

        checks = verify(full=not quick, only=only or [], digits=lambda: mnist(folder, flatten=True), progress=told)
    texts = sections(language, "verify")
    table, reasons, group = Table(box=None), dict[str, int](), ""
    for place, head in enumerate(texts["columns"].split("|")):
        table.add_column(head, justify="right" if place in (1, 2, 3) else "left", no_wrap=place > 0)
    for check in checks:
        if check.group != group:
            group = check.group
            table.add_row(f"[bold]{texts[f'group-{group}']}[/]")
        title, ours, theirs, allowed, reason, status = check.row(language)
        mark = reasons.setdefault(reason, len(reasons) + 1)
        table.add_row(f"  {title}", ours, theirs, f"{allowed} ({mark})", f"[{STYLES[check.status]}]{status}[/]")
    console = Console(highlight=False)
    console.print(table)
    for reason, mark in reasons.items():
        console.print(f"({mark}) {reason}", markup=False)
    counts = {name: sum(check.status == name for check in checks) for name in STYLES}
    said = texts["total"].format(passed=counts["pass"], failed=counts["fail"], left=counts["not run"])
    console.print(said, style="red" if counts["fail"] else "")
    if counts["fail"]:
        raise typer.Exit(1)

"""ravine data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ravine.cli.output import plain

__all__: list[str] = []  # the command line is the interface

app = typer.Typer(no_args_is_help=True, help="List, fetch and check data sets.", rich_markup_mode="markdown")
Name = Annotated[str, typer.Argument(help="The data set's name.")]
Folder = Annotated[Path | None, typer.Option("--folder", help="Look here before RAVINE_DATA and the cache.")]


@app.command("list")
def listed() -> None:
    """List the data sets that `ravine train` knows.

    Example:

    ```
    ravine data list
    ```
    """
    from ravine.data import DATASETS, record_of

    table = Table("name", "title", "what it is", box=None)
    for name in DATASETS:
        said = (DATASETS[name].__doc__ or "").strip().split("\n")[0].removeprefix("Return ").rstrip(".")
        table.add_row(name, record_of(name).title, said)
    plain().print(table)


@app.command()
def fetch(name: Name = "mnist", folder: Folder = None) -> None:
    """Find a data set on this machine, else download it, and check it.

    Example:

    ```
    ravine data fetch mnist
    ```
    """
    _show(name, folder, download=True)


@app.command()
def check(name: Name = "mnist", folder: Folder = None) -> None:
    """Check a data set that is on this machine already: every file, byte for byte. Nothing is downloaded.

    Example:

    ```
    ravine data check mnist --folder downloads
    ```
    """
    _show(name, folder, download=False)


@app.command()
def look(file: Annotated[Path, typer.Argument(help="A CSV, TSV, Parquet or other file that holds a table.")]) -> None:
    """Say how a file is read: separator, names, and what each column holds.

    Example:

    ```
    ravine data look flowers.csv
    ```
    """
    from ravine.data import read_file

    read = read_file(file)
    console = plain(wrap=False)
    console.print(f"{file}: {read.table.height} rows, {read.table.width} columns", markup=False)
    for said in read.understood:
        console.print(f"  {said}", markup=False)
    table = Table("column", "holds", "values", "missing", "e.g.", box=None)
    for series in read.table:
        present = series.drop_nulls()
        example = str(present[0]) if len(present) else ""
        names = {"String": "texts"} if not series.dtype.is_numeric() else {str(series.dtype): "numbers"}
        kind = str(series.dtype)
        table.add_row(series.name, names.get(kind, kind), str(present.n_unique()), str(series.null_count()), example)
    console.print(table)


def _show(name: str, folder: Path | None, *, download: bool) -> None:
    from ravine.data import FASHION_MNIST, MNIST, load, load_images

    sources = {"mnist": MNIST, "fashion_mnist": FASHION_MNIST}
    console = plain(wrap=False)
    key = name.lower().replace("-", "_")
    if key in sources:
        images = load_images(sources[key], folder, download=download)
        console.print(f"{name}: whole and unchanged in {images.folder}")
        return
    dataset = load(name)
    parts = ", ".join(f"{len(split)} {part}" for part, split in dataset.parts.items())
    console.print(
        f"{name}: made or bundled, nothing to fetch; {parts}, shape {dataset.input_shape}, {dataset.fingerprint[:16]}"
    )

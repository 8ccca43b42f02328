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
Lang = Annotated[str, typer.Option(help="en or pl.")]
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
def fetch(name: Name = "mnist", folder: Folder = None, lang: Lang = "en") -> None:
    """Find a data set on this machine, else download it, and check it.

    Example:

    ```
    ravine data fetch mnist
    ```
    """
    _show(name, folder, lang, download=True)


@app.command()
def check(name: Name = "mnist", folder: Folder = None, lang: Lang = "en") -> None:
    """Check a data set that is on this machine already: every file, byte for byte. Nothing is downloaded.

    Example:

    ```
    ravine data check mnist --folder downloads
    ```
    """
    _show(name, folder, lang, download=False)


@app.command()
def look(
    file: Annotated[Path, typer.Argument(help="A CSV, TSV, Parquet or other file that holds a table.")],
    lang: Lang = "en",
) -> None:
    """Say how a file is read: separator, names, and what each column holds.

    Example:

    ```
    ravine data look flowers.csv
    ```
    """
    from ravine.data import read_file
    from ravine.lab.sentences import translated
    from ravine.view import translator

    _ = translator(lang)
    read = read_file(file)
    console = plain(wrap=False)
    size = _("{file}: {rows} rows, {columns} columns")
    console.print(size.format(file=file, rows=read.table.height, columns=read.table.width), markup=False)
    unusual = () if read.layout is None else read.layout.parts
    layout = ", ".join(translated(part, lang) for part in unusual)
    others = (translated(said, lang) for said in read.understood[bool(layout) :])
    for said in (layout, *others) if layout else others:
        console.print(f"  {said}", markup=False)
    table = Table(_("column"), _("holds"), _("values"), _("missing"), _("e.g."), box=None)
    for series in read.table:
        present = series.drop_nulls()
        example = str(present[0]) if len(present) else ""
        names = {"String": _("texts")} if not series.dtype.is_numeric() else {str(series.dtype): _("numbers")}
        kind = str(series.dtype)
        table.add_row(series.name, names.get(kind, kind), str(present.n_unique()), str(series.null_count()), example)
    console.print(table)


def _show(name: str, folder: Path | None, lang: str, *, download: bool) -> None:
    from ravine.data import FASHION_MNIST, MNIST, load, load_images
    from ravine.view import translator

    _ = translator(lang)

    sources = {"mnist": MNIST, "fashion_mnist": FASHION_MNIST}
    console = plain(wrap=False)
    key = name.lower().replace("-", "_")
    if key in sources:
        images = load_images(sources[key], folder, download=download)
        console.print(_("{name}: whole and unchanged in {folder}").format(name=name, folder=images.folder))
        return
    dataset = load(name)
    parts = ", ".join(f"{len(split)} {part}" for part, split in dataset.parts.items())
    said = _("{name}: made or bundled, nothing to fetch; {parts}, shape {shape}, {mark}")
    shape, mark = dataset.input_shape, dataset.fingerprint[:16]
    console.print(said.format(name=name, parts=parts, shape=shape, mark=mark))

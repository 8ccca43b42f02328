"""ravine predict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ravine.cli.start import prepare

__all__: list[str] = []  # the command line is the interface


def command(
    model: Annotated[Path, typer.Argument(help="A model saved by `ravine train`, or the folder it lies in.")],
    data: Annotated[
        str, typer.Argument(help="A CSV, Parquet or .npy file, or a data set's name, whose test part is read.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV file to write; standard output if left out.")
    ] = None,
) -> None:
    """Predict with a trained model: one row per example, the class and its probabilities, or the numbers.

    Examples:

    ```
    ravine predict model mnist --out digits.csv
    ravine predict flowers/model.safetensors new.csv
    ```
    """
    prepare()
    from ravine.core import RavineError, write_file
    from ravine.data import is_file_name, read_file
    from ravine.train import load_model, predictions

    file = model / "model.safetensors" if model.is_dir() else model
    if is_file_name(data) and Path(data).suffix.lower() != ".npy":
        for said in read_file(data).understood:
            typer.echo(f"{data}: {said}", err=True)
    text = predictions(load_model(file), data).write_csv()
    if out is None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError as error:
            # Escapes, as in what people read, would be other names.
            sign = text[error.start]
            raise RavineError(f"standard output takes {encoding}, which has no {sign!a}: give --out FILE") from error
        sys.stdout.write(text)
    else:
        write_file(out, text.encode())

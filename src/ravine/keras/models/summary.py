"""The table that `model.summary()` prints."""

from __future__ import annotations

import shutil
from typing import Any, Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from ravine.core import RavineError

__all__ = ["size_of", "summary_text"]

WIDEST = 88
SHARES = (0.45, 0.80, 1.0)
ALIGNED: dict[str, Literal["center", "right"]] = {"Param #": "right", "Trainable": "center"}


def size_of(bytes_: float) -> str:
    """Return a number of bytes in the largest fitting unit.

    >>> size_of(472), size_of(2_678_824)
    ('472.00 B', '2.55 MB')
    """
    for unit in ("B", "KB", "MB"):
        if bytes_ < 1024:
            return f"{bytes_:.2f} {unit}"
        bytes_ /= 1024
    return f"{bytes_:.2f} GB"


def summary_text(
    model: Any, line_length: int | None = None, positions: Any = None, show_trainable: bool = False
) -> str:
    """Return the summary of *model*: layers, shapes of outputs, numbers of parameters.

    >>> from ravine.keras import Sequential, layers
    >>> print(summary_text(Sequential([layers.Dense(1, input_shape=(2,), name="only")], name="tiny"), 50))
    Model: "tiny"
    ┏━━━...
    ┃ Layer (type) ...
    │ only (Dense) ...
    Total params: 3 (12.00 B)
    Trainable params: 3 (12.00 B)
    Non-trainable params: 0 (0.00 B)
    """
    width = line_length or max(50, min(WIDEST + 12 * show_trainable, shutil.get_terminal_size().columns - 4))
    shares = list(positions or SHARES)
    heads = ["Layer (type)", "Output Shape", "Param #"]
    if show_trainable:
        shares, heads = [0.9 * share for share in shares] + [1.0], [*heads, "Trainable"]
    if len(shares) != len(heads):
        raise RavineError(f"summary: positions must hold {len(heads)} numbers, got {len(shares)}")
    ends = [int(share * width) if share <= 1 else int(share) for share in shares]
    widths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    columns = [
        Column(head, justify=ALIGNED.get(head, "left"), width=max(each, 4))
        for head, each in zip(heads, widths, strict=True)
    ]
    table = Table(*columns, width=width, show_lines=True)
    for layer in model.layers:
        shape = str(layer.output_shape) if layer.built else "?"
        count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
        row = [f"{escape(layer.name)} ({type(layer).__name__})", shape, count]
        if show_trainable:
            row.append("-" if not layer.built or not layer.names() else "Y" if layer.trainable else "N")
        table.add_row(*row)
    console = Console(width=max(width, 80), highlight=False, force_terminal=False, color_system=None)
    with console.capture() as captured:
        console.print(f'Model: "{escape(model.name)}"')
        console.print(table)
        for line in _totals(model):
            console.print(line)
    return captured.get()


def _totals(model: Any) -> list[str]:
    itemsize = 8 if model.layers and model.layers[0].dtype == "float64" else 4

    def line(title: str, count: int) -> str:
        return f" {title}: {count:,} ({size_of(count * itemsize)})"

    trained = sum(_size(weight) for weight in model.trainable_weights)
    kept = sum(_size(weight) for weight in model.non_trainable_weights)
    held = model.optimizer_size()
    lines = [line("Total params", trained + kept + held), line("Trainable params", trained)]
    lines.append(line("Non-trainable params", kept))
    return [*lines, line("Optimizer params", held)] if held else lines


def _size(weight: Any) -> int:
    size = 1
    for length in weight.shape:
        size *= length
    return size

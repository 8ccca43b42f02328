"""A data set as people name it: a registered name or a file, held out, scaled and shaped for a network."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ravine.core import RavineError, nearest
from ravine.data._partition import hold_out
from ravine.data.dataset import Dataset
from ravine.data.frames import from_file
from ravine.data.registry import DATASETS, load
from ravine.data.scaling import SCALERS, Scaler, scale
from ravine.data.tables import is_file_name

__all__ = ["prepare", "reshaped"]


def reshaped(dataset: Dataset, shape: tuple[int, ...]) -> Dataset:
    """*dataset* with its examples in *shape*, where that holds as many numbers; else as it is.

    >>> reshaped(load("digits"), (64,)).input_shape
    (64,)
    """
    if dataset.input_shape == shape or math.prod(dataset.input_shape) != math.prod(shape):
        return dataset
    return dataset.replace_x(**{name: part.x.reshape(len(part), *shape) for name, part in dataset.parts.items()})


def prepare(
    data: str,
    shape: tuple[int, ...] | Callable[[Dataset], tuple[int, ...]] | None = None,
    *,
    target: str | None = None,
    options: Mapping[str, Any] | None = None,
    validation: float = 0.0,
    scaling: str | None = None,
    seed: int = 0,
) -> tuple[Dataset, Scaler | None]:
    """The data set named *data*, or in the file *data* with the column *target* to predict, ready to train on.

    Examples are brought to *shape*, or to what it says of the data, where their size allows it; *options* go to the
    data set or the reader of the file. A share of *validation* is held out of the training part where the data have no
    validation part of their own, and inputs are scaled as *scaling* says, fitted on what remains.

    >>> made, scaler = prepare("xor", options={"n": 100}, validation=0.2, scaling="standard")
    >>> len(made.train) + len(made.validation), scaler is None
    (100, False)
    """
    given = dict(options or {})
    if data not in DATASETS and is_file_name(data):
        if target is None:
            raise RavineError(f"{data}: which column is to be predicted? Name it with --target")
        dataset = from_file(data, target, **({"seed": seed, "test": 0.2} | given))
    else:
        if data not in DATASETS:
            raise RavineError(f"unknown data set {data!r}: {nearest(data, DATASETS)}; or name a CSV or Parquet file")
        dataset = load(data, **given)
    if shape is not None:
        dataset = reshaped(dataset, shape(dataset) if callable(shape) else shape)
    if dataset.validation is None and validation > 0:
        dataset = hold_out(dataset, validation, seed=seed)
    if scaling is None:
        return dataset, None
    if scaling not in SCALERS:
        raise RavineError(f"unknown scale {scaling!r}: {nearest(scaling, SCALERS)}")
    return scale(dataset, scaling)

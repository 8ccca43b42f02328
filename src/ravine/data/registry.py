"""Data sets by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from inspect import signature
from typing import Any, TypeVar

from ravine.core import RavineError, Registry, check_choice, nearest
from ravine.data.dataset import Dataset
from ravine.data.frames import from_file
from ravine.data.tables import is_file_name

__all__ = ["DATASETS", "KINDS_OF_DATA", "DatasetRecord", "HiddenLayer", "load", "record_of", "register_dataset"]

DATASETS: Registry[Callable[..., Dataset]] = Registry("data set")
"""From name to loader; every loader takes *seed* and its own options."""

KINDS_OF_DATA = ("plane", "line", "image", "sequence")
"""How examples may be looked at: points in a plane, on a line, pictures, sequences."""

HiddenLayer = tuple[int, str] | tuple[int, str, str]
"""A hidden layer that suits a data set: units, activation and, where it is not Glorot's, the initialiser."""

_RECORDS: dict[str, DatasetRecord] = {}

L = TypeVar("L", bound=Callable[..., Dataset])


@dataclass(frozen=True)
class DatasetRecord:
    """What is known of a data set before it is made: the lab, the command line and studies read it here.

    *title* is what people read, in English; *kind* one of `KINDS_OF_DATA`. *inputs* are the numbers of an example,
    *classes* their number, or None where the options decide or there are none. *settings* names the options of the
    loader that a person may turn, *fixed* gives others; *hidden* are layers that suit it. *in_lab*: whether the lab
    offers it. *download*: whether it may have to be fetched first.

    >>> record_of("sine").title, record_of("sine").task
    ('A sine wave', 'regression')
    """

    name: str
    title: str
    kind: str
    task: str = "classification"
    inputs: int = 2
    classes: int | None = 2
    settings: tuple[str, ...] = ("noise",)
    fixed: tuple[tuple[str, Any], ...] = ()
    hidden: tuple[HiddenLayer, ...] | None = None
    in_lab: bool = True
    download: bool = False


def register_dataset(name: str, *aliases: str, title: str, kind: str, **more: Any) -> Callable[[L], L]:
    """Enter the loader that follows under *name* and *aliases*, with its `DatasetRecord`: *more* are its other fields.

    >>> import numpy as np
    >>> from ravine.data import Split
    >>> @register_dataset("line", title="A straight line", kind="line", task="regression", inputs=1, settings=())
    ... def line(n=10, seed=0):
    ...     x = np.linspace(-1, 1, n)[:, None]
    ...     return Dataset("line", Split(x, x))
    >>> load("line", n=3).train.y.tolist(), record_of("line").title
    ([[-1.0], [0.0], [1.0]], 'A straight line')
    >>> del DATASETS["line"]
    >>> register_dataset("line", title="", kind="line")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: data set 'line': title is empty: give it in register_dataset
    """
    if not title.strip():
        raise RavineError(f"data set {name!r}: title is empty: give it in register_dataset")
    check_choice(f"data set {name!r}", "kind", kind, KINDS_OF_DATA)
    known = {field.name for field in fields(DatasetRecord)}
    for key in more:
        if key not in known:
            raise RavineError(f"data set {name!r}: {key!r} is no field of a record: {nearest(key, known)}")
    record = DatasetRecord(name, title, kind, **more)
    check_choice(f"data set {name!r}", "task", record.task, ("classification", "regression"))

    def enter(loader: L) -> L:
        parameters = signature(loader).parameters
        wanted = {*record.settings, *(key for key, _ in record.fixed), "seed"}
        free = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
        for option in sorted(wanted - set(parameters)) if not free else ():
            raise RavineError(
                f"data set {name!r}: its loader has no option {option!r}: add it, or leave it out of settings"
            )
        DATASETS.add(name, loader, *aliases)
        _RECORDS[name] = record
        return loader

    return enter


def record_of(name: str) -> DatasetRecord:
    """What is known of the data set *name*.

    >>> record_of("mnist").download
    True
    """
    loader = DATASETS[name]
    key = str(DATASETS.name_of(loader))
    if key not in _RECORDS:
        raise RavineError(
            f"data set {key!r} has no title and kind: enter it with register_dataset, which asks for them, "
            "and not with DATASETS.add"
        )
    return _RECORDS[key]


def load(name: str, **options: Any) -> Dataset:
    """Return the data set *name*, made or read by its loader with *options*; or of the file *name*, see `from_file`.

    A file needs the option *target*, the column to predict.

    >>> load("xor", n=100, seed=1).train
    Split(x=float32 (100, 2), y=int32 (100,))
    """
    if name not in DATASETS and is_file_name(name):
        if "target" not in options:
            raise RavineError(f"{name}: which column is to be predicted? Name it with target=")
        return from_file(name, **options)
    loader = DATASETS[name]
    try:
        return loader(**options)
    except TypeError as cause:
        if "unexpected keyword argument" not in str(cause):
            raise
        raise RavineError(f"data set {name!r}: {cause}: see help({loader.__name__}) for its options") from cause

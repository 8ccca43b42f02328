"""A training job as people write it: a line of text or a TOML file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ravine.core import RavineError, is_description, nearest, read_description
from ravine.data import DATASETS, Dataset, Scaler, is_file_name, load, prepare, read_npy, read_table
from ravine.train.files.model import Model
from ravine.train.plan import Plan
from ravine.train.probes import probe_names

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Job", "predictions", "read_job"]


class Job(BaseModel):
    """What `ravine train` does, in one record; a TOML file has the same keys.

    *network* is text such as ``784-512:relu-dropout:0.2-10:softmax`` or ``*-512:relu-*``, where ``*`` is what the data
    ask for, or a table; *data* the name of a data set or a CSV
    or Parquet file, of which *target* names the column to predict; *options* go to the data set (n, noise, ...);
    *validation* is the share of the training part held out; *scale* how inputs are scaled.
    *probes* are recorded every *stride* steps: their names, or "cheap" or "all".

    >>> Job(network="2-8:tanh-2:softmax", data="xor").rule
    'adam'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: str | dict[str, Any]
    data: str = "mnist"
    target: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    rule: str = "adam"
    epochs: int = 5
    batch_size: int | Literal["full"] = 128
    loss: str | None = None
    metrics: tuple[str, ...] | None = None
    validation: float = 0.1
    scale: str | None = None
    seed: int = 0
    dtype: Literal["float32", "float64"] = "float32"
    probes: tuple[str, ...] = ()
    stride: int = 50

    @field_validator("probes", mode="before")
    @classmethod
    def _named(cls, given: Any) -> tuple[str, ...]:
        return probe_names(given)

    @property
    def plan(self) -> Plan:
        """The engine's plan."""
        return Plan(
            loss=self.loss,
            metrics=self.metrics,
            epochs=self.epochs,
            batch_size=self.batch_size,
            test=True,
            dtype=self.dtype,
            probes=self.probes,
            stride=self.stride,
        )

    def dataset(self, shape: tuple[int, ...] | Callable[[Dataset], tuple[int, ...]]) -> tuple[Dataset, Scaler | None]:
        """The data, its validation part held out, scaled, and reshaped to *shape*, or what it says of the data."""
        return prepare(
            self.data,
            shape,
            target=self.target,
            options=self.options,
            validation=self.validation,
            scaling=self.scale,
            seed=self.seed,
        )


def read_job(text_or_path: str, **given: Any) -> Job:
    """The job of a network's text or a TOML or JSON file, with what is *given* (not None) put over it.

    >>> read_job("4-3:softmax", data="camera", epochs=None).epochs
    5
    >>> read_job("4-3:softmax", epoch=3)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: job: unknown key 'epoch': did you mean 'epochs'? Known: ...
    """
    source = text_or_path if is_description(text_or_path) else {"network": text_or_path}
    return read_description("job", Job, source, **given)


def predictions(model: Model, data: str) -> pl.DataFrame:
    """A row per example of *data*: the class and the probability of each class, or the numbers.

    *data* is a CSV, Parquet or .npy file, or the name of a data set, whose test part (else training part) is read.

    No example: reads files; see the tour.
    """
    import polars as pl

    raw: Any
    if Path(data).suffix.lower() == ".npy":
        raw = read_npy(data)
    elif data in DATASETS:
        dataset = load(data)
        raw = dataset.test or dataset.train
    elif is_file_name(data):
        names = [] if model.encoder is None else [column.name for column in model.encoder.columns]
        texts = Path(data).suffix.lower() not in (".parquet", ".pq")
        raw = read_table(data, **({"wanted": names} if texts else {}))
    else:
        raise RavineError(f"{data!r} is neither a CSV, Parquet or .npy file nor a data set: {nearest(data, DATASETS)}")
    out = model.predict(raw)
    if model.classes is None:
        return pl.DataFrame({f"output_{i}": column for i, column in enumerate(out.reshape(len(out), -1).T)})
    winners = [model.classes[index] for index in out.argmax(axis=1)]
    return pl.DataFrame({"class": winners} | {f"p_{name}": out[:, i] for i, name in enumerate(model.classes)})

"""What training leaves behind: a record per epoch, per step, and per sampling of the probes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ravine.core import RavineError, nearest
from ravine.functions import Better
from ravine.train.monitored import rises

if TYPE_CHECKING:
    # polars takes a tenth of a second to import, and only frames need it
    import polars as pl

__all__ = ["History", "ProbeSeries"]


class ProbeSeries(NamedTuple):
    """A probe's values (samples, columns), the step of each sample, and the columns' names.

    >>> ProbeSeries(np.array([0, 50]), np.ones((2, 1)), ("0_dense",)).columns
    ('0_dense',)
    """

    steps: np.ndarray
    values: np.ndarray
    columns: tuple[str, ...]


@dataclass
class History:
    """Columns per epoch and per step.

    *epochs* holds, for epoch 0 (before training) and each epoch after it: ``epoch``, ``step``, ``seconds`` (of
    training, evaluation left out), ``loss`` and the metrics as running means over the epoch while weights changed
    (Keras's), and ``train_eval_loss``, ``validation_loss``, ``test_loss`` and their metrics at the weights the epoch
    ended with; NaN where a value was not computed, and where there is none: in the epoch in which the run diverged, or
    of no example. *steps* holds ``step``, ``loss`` (of the batch, before the update) and ``rate``. *directions* says of
    each metric, by its name, whether "higher" or "lower" values are good, None where the metric does not say.

    >>> history = History()
    >>> history.add_epoch({"epoch": 0, "validation_loss": 2.3})
    >>> history.add_epoch({"epoch": 1, "loss": 1.0, "validation_loss": 0.8})
    >>> history["validation_loss"].tolist(), history["loss"].tolist()
    ([2.3, 0.8], [nan, 1.0])
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    step_parts: list[dict[str, np.ndarray]] = field(default_factory=list)
    probe_parts: dict[str, list[ProbeSeries]] = field(default_factory=dict)
    directions: dict[str, Better | None] = field(default_factory=dict)

    def rises(self, quantity: str) -> bool:
        """Whether more of *quantity*, a column per epoch, is better; an error where its metric does not say."""
        return rises(quantity, self.directions)

    def add_epoch(self, row: dict[str, Any]) -> None:
        """Append an epoch's values."""
        self.rows.append(dict(row))

    def add_steps(self, step: np.ndarray, loss: np.ndarray, rate: np.ndarray) -> None:
        """Append the steps of a chunk."""
        self.step_parts.append({"step": step, "loss": loss, "rate": rate})

    def add_probe(self, name: str, series: ProbeSeries) -> None:
        """Append a chunk's samples of probe *name*."""
        self.probe_parts.setdefault(name, []).append(series)

    @property
    def epochs(self) -> dict[str, np.ndarray]:
        """The columns per epoch."""
        names = dict.fromkeys(name for row in self.rows for name in row)
        columns = {name: [row.get(name, np.nan) for row in self.rows] for name in names}
        whole = {"epoch", "step"}
        return {
            name: np.array(column, np.int64 if name in whole else None)
            for name, column in columns.items()
            if name in whole or all(np.ndim(value) == 0 for value in column)
        }

    @property
    def steps(self) -> dict[str, np.ndarray]:
        """The columns per step."""
        empty = {"step": np.zeros(0, np.int64), "loss": np.zeros(0), "rate": np.zeros(0)}
        return {
            name: np.concatenate([part[name] for part in self.step_parts]) if self.step_parts else none
            for name, none in empty.items()
        }

    @property
    def probes(self) -> dict[str, ProbeSeries]:
        """The samples of each probe."""
        return {
            name: ProbeSeries(
                np.concatenate([part.steps for part in parts]),
                np.concatenate([part.values for part in parts]),
                parts[0].columns,
            )
            for name, parts in self.probe_parts.items()
        }

    @property
    def last(self) -> dict[str, Any]:
        """The values of the latest epoch."""
        return dict(self.rows[-1]) if self.rows else {}

    def __getitem__(self, name: str) -> np.ndarray:
        columns = self.epochs
        if name not in columns:
            raise RavineError(f"history: no column {name!r} per epoch: {nearest(name, columns)}")
        return columns[name]

    def frame(self) -> pl.DataFrame:
        """The columns per epoch as a frame."""
        import polars as pl

        return pl.DataFrame(self.epochs)

    def step_frame(self) -> pl.DataFrame:
        """The columns per step as a frame."""
        import polars as pl

        return pl.DataFrame(self.steps)

    def probe_frame(self) -> pl.DataFrame:
        """The samples of all probes, a row for each value: probe, column, step, value."""
        import polars as pl

        schema = {"probe": pl.String, "column": pl.String, "step": pl.Int64, "value": pl.Float64}
        frames = [
            pl.DataFrame(
                {
                    "probe": [name] * series.values.size,
                    "column": np.repeat(series.columns, len(series.steps)),
                    "step": np.tile(series.steps, len(series.columns)),
                    "value": series.values.T.ravel().astype(np.float64),
                },
                schema,
            )
            for name, series in self.probes.items()
        ]
        return pl.concat([pl.DataFrame(schema=schema), *frames])

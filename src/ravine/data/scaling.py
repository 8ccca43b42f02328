"""Scaling of inputs, fitted on the training part only, and one-hot targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ravine.core import RavineError, Registry, check_count
from ravine.data.checks import as_features, as_targets
from ravine.data.dataset import Dataset

__all__ = ["SCALERS", "MinMax", "Scaler", "Standardizer", "one_hot", "scale"]

ROWS = 4096
"""Examples handled at a time in float64."""


Moments = tuple[np.ndarray, np.ndarray]
"""Shift and scale, both float64 of one example's shape."""


def _nonzero(spread: np.ndarray) -> np.ndarray:
    """A spread too small for float64 becomes the smallest number there is."""
    made: np.ndarray = np.maximum(spread, np.nextafter(0.0, 1.0))
    return made


def _pieces(x: np.ndarray) -> Iterator[slice]:
    return (slice(start, start + ROWS) for start in range(0, len(x), ROWS))


@dataclass(frozen=True, eq=False)
class Scaler:
    """z = (x - *shift*) / *scale*, per feature: both float64 of one example's shape.

    No example: see `Standardizer` and `MinMax`, which differ in how they are fitted.
    """

    shift: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, x: Any) -> Self:
        """Return the scaler of the examples *x* (n, ...); a feature that is constant in *x* is moved to 0, scale 1.

        Nothing overflows and nothing vanishes on the way, whatever the unit: each feature is brought near 1 first, by
        a power of two, which rounds nothing.

        No example: see `Standardizer` and `MinMax`.
        """
        features = as_features(cls.__name__, x)
        low, high = features.min(0).astype(np.float64), features.max(0).astype(np.float64)
        exponent = np.frexp(np.maximum(abs(low), abs(high)))[1]
        shift, scale = cls._moments(features, low, high, exponent)
        # rounding would give a constant feature a tiny spread, and dividing by it would make noise of it
        constant = low == high
        return cls(np.where(constant, low, shift), np.where(constant, 1.0, scale))

    @staticmethod
    def _moments(x: np.ndarray, low: np.ndarray, high: np.ndarray, exponent: np.ndarray) -> Moments:
        raise NotImplementedError

    def apply(self, x: Any) -> np.ndarray:
        """Return the examples *x* (n, ...) scaled; computed in float64, and float32 where a split holds *x* as such.

        >>> Standardizer.fit([[1.0], [3.0]]).apply([[5.0]])
        array([[3.]], dtype=float32)
        >>> Standardizer.fit([[2460310.1], [2460310.2]]).apply([[2460310.1]])
        array([[-1.]])
        """
        features = self._checked(x)
        out = np.empty_like(features)
        with np.errstate(over="ignore"):  # what is beyond the type is looked for below
            for rows in _pieces(features):
                out[rows] = (features[rows].astype(np.float64) - self.shift) / self.scale
        if not np.isfinite([out.min(), out.max()]).all():
            row, *rest = (int(i) for i in np.argwhere(~np.isfinite(out))[0])
            raise RavineError(
                f"{type(self).__name__}: {features[(row, *rest)]} at row {row} is too far from the examples fitted on "
                f"for {out.dtype}: drop it, or leave the feature out"
            )
        return out

    def invert(self, z: Any) -> np.ndarray:
        """Return the examples whose scaled values are *z*, float64: float32 may not tell them apart.

        >>> Standardizer.fit([[1.0], [3.0]]).invert([[3.0]])
        array([[5.]])
        """
        features = self._checked(z)
        out = np.empty(features.shape)
        for rows in _pieces(features):
            out[rows] = features[rows].astype(np.float64) * self.scale + self.shift
        return out

    def _checked(self, x: Any) -> np.ndarray:
        features = as_features(type(self).__name__, x)
        if features.shape[1:] != self.shift.shape:
            raise RavineError(
                f"{type(self).__name__}: fitted on examples of shape {self.shift.shape}, got {features.shape[1:]}: "
                f"give the same features"
            )
        return features

    def to_dict(self) -> dict[str, Any]:
        """Return this scaler as plain lists, for JSON.

        >>> MinMax.fit([[1.0], [3.0]]).to_dict()
        {'kind': 'minmax', 'shift': [1.0], 'scale': [2.0]}
        """
        return {"kind": SCALERS.name_of(type(self)), "shift": self.shift.tolist(), "scale": self.scale.tolist()}

    @staticmethod
    def from_dict(record: dict[str, Any]) -> Scaler:
        """Return the scaler that `to_dict` described.

        >>> Scaler.from_dict(MinMax.fit([[1.0], [3.0]]).to_dict()).apply([[2.0]])
        array([[0.5]], dtype=float32)
        """
        shift, scale = (np.asarray(record[name], float) for name in ("shift", "scale"))
        if shift.shape != scale.shape or not np.isfinite([*shift.ravel(), *scale.ravel()]).all() or (scale <= 0).any():
            raise RavineError("a scaler needs finite shifts and as many positive scales: the file is damaged")
        return SCALERS[record["kind"]](shift, scale)


SCALERS: Registry[type[Scaler]] = Registry("scaler")
"""Scalers by name."""


@SCALERS.register("standard", "standardize", "zscore")
class Standardizer(Scaler):
    """Mean 0 and standard deviation 1 (of the n examples, not n - 1) per feature.

    >>> fitted = Standardizer.fit([[1.0, 7.0], [3.0, 7.0]])
    >>> fitted.mean.tolist(), fitted.scale.tolist()
    ([2.0, 7.0], [1.0, 1.0])
    """

    @property
    def mean(self) -> np.ndarray:
        """The mean of each feature.

        >>> Standardizer.fit([[1.0], [3.0]]).mean
        array([2.])
        """
        return self.shift

    @staticmethod
    def _moments(x: np.ndarray, low: np.ndarray, high: np.ndarray, exponent: np.ndarray) -> Moments:
        def near(rows: slice) -> np.ndarray:
            brought: np.ndarray = np.ldexp(x[rows].astype(np.float64), -exponent)
            return brought

        # the mean is mended once by the mean of what is left about it, and so is the sum of squares
        mean = sum(near(rows).sum(0) for rows in _pieces(x)) / len(x)
        mean = mean + sum((near(rows) - mean).sum(0) for rows in _pieces(x)) / len(x)
        # deviations are brought near 1 in their turn, for their squares
        largest = np.maximum(np.ldexp(high, -exponent) - mean, mean - np.ldexp(low, -exponent))
        inner = np.frexp(largest)[1]
        away = sum((np.ldexp(near(rows) - mean, -inner) ** 2).sum(0) for rows in _pieces(x)) / len(x)
        return np.ldexp(mean, exponent), _nonzero(np.ldexp(np.sqrt(away), inner + exponent))


@SCALERS.register("minmax", "min_max")
class MinMax(Scaler):
    """The smallest value of each feature to 0, the largest to 1.

    >>> MinMax.fit([[1.0], [3.0]]).apply([[1.0], [2.0], [3.0]]).ravel().tolist()
    [0.0, 0.5, 1.0]
    """

    @staticmethod
    def _moments(x: np.ndarray, low: np.ndarray, high: np.ndarray, exponent: np.ndarray) -> Moments:
        return low, _nonzero(high - low)


def scale(dataset: Dataset, kind: str = "standard") -> tuple[Dataset, Scaler]:
    """Return *dataset* with all parts scaled by the scaler fitted on its training part, and that scaler.

    *kind*: "standard" or "minmax".

    >>> from ravine.data.arrays import from_arrays
    >>> made, scaler = scale(from_arrays([[1.0], [3.0]], [0, 1], test=([[5.0]], [1])))
    >>> made.train.x.ravel().tolist(), made.test.x.ravel().tolist()
    ([-1.0, 1.0], [3.0])
    """
    scaler = SCALERS[kind].fit(dataset.train.x)
    return dataset.replace_x(**{part: scaler.apply(split.x) for part, split in dataset.parts.items()}), scaler


def one_hot(labels: Any, classes: int | None = None) -> np.ndarray:
    """Return labels (n,) as float32 (n, *classes*): 1 in the column of the label, 0 elsewhere.

    *classes* is by default the largest label + 1.

    >>> one_hot([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    y = as_targets("one_hot", labels)
    if y.dtype.kind != "i":
        raise RavineError(f"one_hot: labels must be integers (n,), got {np.asarray(labels).dtype} {y.shape}")
    count = int(y.max()) + 1 if classes is None else classes
    check_count("one_hot", "classes", count)
    if int(y.max()) >= count:
        row = int(np.argmax(y >= count))
        raise RavineError(f"one_hot: label {y[row]} at row {row} is out of range: {count} classes run to {count - 1}")
    made = np.zeros((len(y), count), np.float32)
    made[np.arange(len(y)), y] = 1
    return made

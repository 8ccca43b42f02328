"""The two records that training reads: a part of the examples, and a named set of parts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ravine.core import RavineError, aligned
from ravine.data.checks import as_features, as_targets, as_weights

if TYPE_CHECKING:
    from ravine.data.encoder import Encoder

__all__ = ["Dataset", "Split"]


@dataclass(frozen=True, eq=False)
class Split:
    """Examples and their targets.

    *x* is numbers (n, ...); *y* is int32 labels (n,) or numbers (n, d, ...); *weight* is float32 (n,) or None.
    Numbers are kept as they are given: float32 where it holds them exactly, else float64, until they are scaled or
    go to a device. NaN, infinities, empty data, object arrays and lengths that differ are refused with a sentence;
    an example of weight 0 needs no target.

    >>> Split([[0.0, 1.0], [1.0, 0.0]], [0, 1])
    Split(x=float32 (2, 2), y=int32 (2,))
    >>> Split([[0.0], [1.0]], [1])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Split: x has 2 examples and y has 1: give one target per example
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None = None

    def __post_init__(self) -> None:
        x, y = aligned(as_features("Split", self.x)), self._targets()
        if len(x) != len(y):
            raise RavineError(f"Split: x has {len(x)} examples and y has {len(y)}: give one target per example")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)
        if self.weight is not None:
            weight = as_weights("Split", self.weight)
            if len(weight) != len(x):
                raise RavineError(
                    f"Split: x has {len(x)} examples and weight has {len(weight)}: give one weight per example"
                )
            object.__setattr__(self, "weight", weight)

    def _targets(self) -> np.ndarray:
        try:
            return as_targets("Split", self.y)
        except RavineError:
            # An example of weight 0 needs no target: NaN, or the label -1, may stand there, and becomes 0.
            y, idle = np.asarray(self.y), None if self.weight is None else np.asarray(self.weight) == 0
            if idle is None or idle.shape != y.shape[:1] or not idle.any():
                raise
            return as_targets("Split", np.where(idle.reshape(-1, *(1,) * (y.ndim - 1)), y.dtype.type(0), y))

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        fields = (("x", self.x), ("y", self.y), ("weight", self.weight))
        return f"Split({', '.join(f'{n}={a.dtype} {a.shape}' for n, a in fields if a is not None)})"

    def take(self, rows: np.ndarray | slice) -> Split:
        """Return the examples at *rows* (indices, a mask or a slice), in that order.

        >>> Split([[1], [2], [3]], [0, 1, 0]).take(np.array([2, 0])).x.ravel().tolist()
        [3.0, 1.0]
        """
        return Split(self.x[rows], self.y[rows], None if self.weight is None else self.weight[rows])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A named set of examples, cut into a training, a validation and a test part.

    *classes* names the classes, or is None for regression; *note* says in a sentence where the data came from, or what
    stands in for what; *encoder* turns a frame with the same columns into ``x``, where the data came from a frame.

    >>> xor = Dataset("xor", Split([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]), classes=("even", "odd"))
    >>> xor.task, xor.input_shape, len(xor.train)
    ('classification', (2,), 4)
    """

    name: str
    train: Split
    validation: Split | None = None
    test: Split | None = None
    classes: tuple[str, ...] | None = None
    note: str = ""
    encoder: Encoder | None = None

    def __post_init__(self) -> None:
        for part, split in self.parts.items():
            if split.x.shape[1:] != self.input_shape:
                raise RavineError(
                    f"{self.name}: the {part} examples have shape {split.x.shape[1:]}, those for training "
                    f"{self.input_shape}: give all parts the same shape"
                )
            if split.y.dtype.kind != self.train.y.dtype.kind or split.y.shape[1:] != self.train.y.shape[1:]:
                raise RavineError(
                    f"{self.name}: the {part} targets are {split.y.dtype} {split.y.shape[1:]}, those for training "
                    f"{self.train.y.dtype} {self.train.y.shape[1:]}: give all parts the same kind of target"
                )
            if self.classes is not None:
                self._check_classes(part, split.y, len(self.classes))

    def _check_classes(self, part: str, y: np.ndarray, count: int) -> None:
        if y.dtype.kind == "i" and int(y.max()) >= count:
            row = int(np.argmax(y >= count))
            raise RavineError(
                f"{self.name}: the {part} label at row {row} is {y[row]}, but there are {count} classes: "
                f"labels run from 0 to {count - 1}"
            )
        if y.dtype.kind == "f" and y.shape[-1] != count:
            raise RavineError(
                f"{self.name}: the {part} targets have {y.shape[-1]} columns, but there are {count} classes: "
                f"give one column per class"
            )

    @property
    def parts(self) -> dict[str, Split]:
        """The parts that exist, by name: train, validation, test.

        >>> list(Dataset("demo", Split([[1.0]], [0])).parts)
        ['train']
        """
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: split for name, split in named.items() if split is not None}

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one example, without the batch axis.

        >>> Dataset("demo", Split(np.zeros((5, 28, 28)), np.zeros(5, int))).input_shape
        (28, 28)
        """
        return self.train.x.shape[1:]

    @property
    def task(self) -> str:
        """Return "classification" where the targets are labels or classes are named, else "regression".

        >>> Dataset("demo", Split([[1.0]], [0.5])).task
        'regression'
        """
        labelled = self.classes is not None or self.train.y.dtype.kind == "i"
        return "classification" if labelled else "regression"

    @cached_property
    def fingerprint(self) -> str:
        """The sha256 of all arrays, their shapes and dtypes: equal data, equal fingerprint, whatever the name.

        >>> a, b = (Dataset(name, Split([[1.0]], [0])) for name in "ab")
        >>> a.fingerprint == b.fingerprint, len(a.fingerprint)
        (True, 64)
        """
        digest = hashlib.sha256()
        for part, split in self.parts.items():
            for field, array in (("x", split.x), ("y", split.y), ("weight", split.weight)):
                if array is not None:
                    digest.update(f"{part} {field} {array.dtype.str} {array.shape};".encode())
                    digest.update(np.ascontiguousarray(array).view(np.uint8).data)
        return digest.hexdigest()

    def replace_x(self, **parts: np.ndarray) -> Dataset:
        """Return this data set with other inputs in the named *parts*, targets and weights kept.

        >>> flat = Dataset("demo", Split([[2.0]], [0])).replace_x(train=np.array([[1.0]]))
        >>> flat.train.x.tolist()
        [[1.0]]
        """
        made = {name: replace(self.parts[name], x=x) for name, x in parts.items()}
        return replace(
            self,
            train=made.get("train", self.train),
            validation=made.get("validation", self.validation),
            test=made.get("test", self.test),
        )

    def flatten(self) -> Dataset:
        """Return this data set with every example as a vector.

        >>> Dataset("demo", Split(np.zeros((5, 28, 28)), np.zeros(5, int))).flatten().input_shape
        (784,)
        """
        return self.replace_x(**{name: split.x.reshape(len(split), -1) for name, split in self.parts.items()})

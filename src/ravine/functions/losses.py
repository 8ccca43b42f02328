"""Losses as objects: numbers that may be swept, which output activation they fuse with, what targets they accept.

The formulas are pure functions in `ravine.functions.divergences` and `ravine.functions.distances`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy.typing as npt

from ravine.core import Array, Number, RavineError, check_number, pytree, static
from ravine.functions import distances, divergences, targets
from ravine.functions.loss_base import LOSSES, Loss

__all__ = [
    "LOSSES",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "FromLogits",
    "FunctionLoss",
    "Hinge",
    "Huber",
    "KLDivergence",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "loss",
]


@LOSSES.register("categorical_crossentropy")
@pytree
class CategoricalCrossentropy(Loss):
    """Cross-entropy for one-hot or probability targets (batch, ..., classes), after softmax.

    >>> each = CategoricalCrossentropy()(jnp.array([[0.0, 1.0]]), jnp.array([[0.5, 0.5]]))
    >>> each.shape, round(float(each[0]), 4)
    ((1,), 0.6931)
    """

    label_smoothing: Number = 0.0
    fuses: ClassVar[str | None] = "softmax"

    def __post_init__(self) -> None:
        check_number("CategoricalCrossentropy", "label_smoothing", self.label_smoothing, low=0.0, high=1.0)

    def __call__(self, y: Array, out: Array) -> Array:
        return divergences.categorical_crossentropy(y, out, self.label_smoothing)

    def from_logits(self, y: Array, z: Array) -> Array:
        return divergences.categorical_crossentropy_from_logits(y, z, self.label_smoothing)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_rows("CategoricalCrossentropy", y, output_shape, used)


@LOSSES.register("sparse_categorical_crossentropy")
@pytree
class SparseCategoricalCrossentropy(Loss):
    """Cross-entropy for class numbers (batch, ...) of outputs (batch, ..., classes), after softmax.

    >>> each = SparseCategoricalCrossentropy()(jnp.array([1]), jnp.array([[0.5, 0.5]]))
    >>> each.shape, round(float(each[0]), 4)
    ((1,), 0.6931)
    """

    label_smoothing: Number = 0.0
    fuses: ClassVar[str | None] = "softmax"

    def __post_init__(self) -> None:
        check_number("SparseCategoricalCrossentropy", "label_smoothing", self.label_smoothing, low=0.0, high=1.0)

    def __call__(self, y: Array, out: Array) -> Array:
        return divergences.sparse_categorical_crossentropy(y, out, self.label_smoothing)

    def from_logits(self, y: Array, z: Array) -> Array:
        return divergences.sparse_categorical_crossentropy_from_logits(y, z, self.label_smoothing)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_labels("SparseCategoricalCrossentropy", y, output_shape, used)


@LOSSES.register("binary_crossentropy")
@pytree
class BinaryCrossentropy(Loss):
    """Cross-entropy for targets in [0, 1], one per output (several labels may hold at once), after the logistic.

    >>> each = BinaryCrossentropy()(jnp.array([[1.0]]), jnp.array([[0.5]]))
    >>> each.shape, round(float(each[0]), 4)
    ((1,), 0.6931)
    """

    label_smoothing: Number = 0.0
    fuses: ClassVar[str | None] = "logistic"

    def __post_init__(self) -> None:
        check_number("BinaryCrossentropy", "label_smoothing", self.label_smoothing, low=0.0, high=1.0)

    def __call__(self, y: Array, out: Array) -> Array:
        return divergences.binary_crossentropy(y, out, self.label_smoothing)

    def from_logits(self, y: Array, z: Array) -> Array:
        return divergences.binary_crossentropy_from_logits(y, z, self.label_smoothing)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_unit("BinaryCrossentropy", y, output_shape, used)


@LOSSES.register("mean_squared_error", "mse")
@pytree
class MeanSquaredError(Loss):
    """Mean squared error; see `ravine.functions.distances.mean_squared_error`.

    >>> float(MeanSquaredError()(jnp.array([[1.0, 2.0]]), jnp.array([[1.0, 4.0]]))[0])
    2.0
    """

    translates: ClassVar[bool] = True

    def __call__(self, y: Array, out: Array) -> Array:
        return distances.mean_squared_error(y, out)


@LOSSES.register("mean_absolute_error", "mae")
@pytree
class MeanAbsoluteError(Loss):
    """Mean absolute error; see `ravine.functions.distances.mean_absolute_error`.

    >>> float(MeanAbsoluteError()(jnp.array([[1.0, 2.0]]), jnp.array([[1.0, 4.0]]))[0])
    1.0
    """

    translates: ClassVar[bool] = True

    def __call__(self, y: Array, out: Array) -> Array:
        return distances.mean_absolute_error(y, out)


@LOSSES.register("huber", "huber_loss")
@pytree
class Huber(Loss):
    """Huber's loss: square near the target, straight beyond *delta*; see `ravine.functions.distances.huber`.

    >>> float(Huber(delta=1.0)(jnp.array([[0.0, 0.0]]), jnp.array([[1.0, 3.0]]))[0])
    1.5
    """

    delta: Number = 1.0
    translates: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number("Huber", "delta", self.delta, low=0.0, open_low=True)

    def __call__(self, y: Array, out: Array) -> Array:
        return distances.huber(y, out, self.delta)


@LOSSES.register("hinge")
@pytree
class Hinge(Loss):
    """Hinge loss for labels -1 and 1 (or 0 and 1); see `ravine.functions.distances.hinge`.

    >>> float(Hinge()(jnp.array([[1.0]]), jnp.array([[0.5]]))[0])
    0.5
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return distances.hinge(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_hinge("Hinge", y, output_shape, used)


@LOSSES.register("squared_hinge")
@pytree
class SquaredHinge(Loss):
    """Squared hinge loss for labels -1 and 1 (or 0 and 1); see `ravine.functions.distances.squared_hinge`.

    >>> float(SquaredHinge()(jnp.array([[1.0]]), jnp.array([[0.5]]))[0])
    0.25
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return distances.squared_hinge(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_hinge("SquaredHinge", y, output_shape, used)


@LOSSES.register("kl_divergence", "kld", "kullback_leibler_divergence")
@pytree
class KLDivergence(Loss):
    """Kullback-Leibler divergence of probability rows; see `ravine.functions.divergences.kl_divergence`.

    >>> float(KLDivergence()(jnp.array([[0.5, 0.5]]), jnp.array([[0.5, 0.5]]))[0])
    0.0
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return divergences.kl_divergence(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_unit("KLDivergence", y, output_shape, used)


@LOSSES.register("poisson")
@pytree
class Poisson(Loss):
    """Poisson loss for counts and positive outputs; see `ravine.functions.distances.poisson`.

    >>> float(Poisson()(jnp.array([[0.0]]), jnp.array([[3.0]]))[0])
    3.0
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return distances.poisson(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_real("Poisson", y, output_shape, low=0.0, used=used)


@pytree
class FromLogits(Loss):
    """A cross-entropy for a network whose last layer gives logits, with no softmax or logistic after it.

    >>> float(FromLogits(BinaryCrossentropy())(jnp.array([[0.0]]), jnp.array([[1000.0]]))[0])
    1000.0
    """

    loss: Loss

    def __post_init__(self) -> None:
        if self.loss.fuses is None:
            raise RavineError(f"{self.loss.name} has no form from logits: use it as it is")

    def __call__(self, y: Array, out: Array) -> Array:
        return self.loss.from_logits(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return self.loss.check(y, output_shape, used)

    @property
    def name(self) -> str:
        return self.loss.name


@pytree
class FunctionLoss(Loss):
    """A user's own loss: a function of (y, outputs) that gives (batch, ...), written with jax.numpy.

    >>> float(FunctionLoss(lambda y, out: abs(out - y).max(axis=-1))(jnp.zeros((1, 2)), jnp.ones((1, 2)))[0])
    1.0
    """

    function: Callable[[Array, Array], Array] = static()

    def __call__(self, y: Array, out: Array) -> Array:
        return self.function(jnp.asarray(y), out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_numbers(self.name, y, used)

    @property
    def name(self) -> str:
        return getattr(self.function, "__name__", "loss")


def loss(wanted: str | Loss | type[Loss] | Callable[[Array, Array], Array]) -> Loss:
    """Return the loss *wanted*: a name, a loss (handed back), a class of losses, or a function of (y, outputs).

    >>> loss("mse").name
    'mean_squared_error'
    >>> loss("categorical_crosentropy")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown loss 'categorical_crosentropy': did you mean 'categorical_crossentropy'? ...
    """
    if isinstance(wanted, Loss):
        return wanted
    if isinstance(wanted, str):
        return LOSSES[wanted]()
    if isinstance(wanted, type):
        if issubclass(wanted, Loss):
            return wanted()
    elif callable(wanted):
        return FunctionLoss(wanted)
    raise RavineError(f"loss must be a name, a Loss or a function of (y, outputs), got {wanted!r}")

"""Losses: their formulas, and the objects that know which activation they fuse with and what targets they accept.

The formulas are pure functions of targets *y* and outputs, both with the classes or outputs on the last axis, and give
one value per example: (batch, ..., outputs) twice -> (batch, ...). Targets of any dtype are read in the dtype of the
outputs. Definitions are Keras's.

From probabilities cross-entropy is Keras's, clipping included: a certain mistake costs at most -ln(1e-7) = 16.1 and
then has no gradient. From logits nothing is clipped and the gradient is exactly softmax(z) - y, or logistic(z) - y.

One file, though a long one: a loss is its formula, its numbers and its targets, and a new one is added in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy.typing as npt
from jax import lax

from ravine.core import Array, Number, RavineError, cast, check_number, pytree, static
from ravine.functions import targets
from ravine.functions.activations import softplus
from ravine.functions.loss_base import LOSSES, Loss

__all__ = [
    "EPSILON",
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
    "binary_crossentropy",
    "binary_crossentropy_from_logits",
    "categorical_crossentropy",
    "categorical_crossentropy_from_logits",
    "hinge",
    "huber",
    "kl_divergence",
    "loss",
    "magnitude",
    "mean_absolute_error",
    "mean_squared_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "sparse_categorical_crossentropy_from_logits",
    "squared_hinge",
]

EPSILON = 1e-7
"""Keras's guard against log(0)."""


def _smooth(y: Array, smoothing: Number, classes: int) -> Array:
    """Give the share *smoothing* of the target to all *classes* alike (Szegedy et al., 2016)."""
    share: Array = cast(smoothing, y.dtype)
    return y * (1.0 - share) + share / classes


def _one_hot(y: Array, out: Array) -> Array:
    return jax.nn.one_hot(jnp.asarray(y).astype(jnp.int32), out.shape[-1], dtype=out.dtype)


def categorical_crossentropy(y: Array, p: Array, label_smoothing: Number = 0.0) -> Array:
    r"""Cross-entropy -sum_i y_i ln p_i of *p*, which is made to sum to 1 and clipped to [1e-7, 1 - 1e-7].

    With label smoothing a, y becomes y (1 - a) + a / classes. Shapes (..., classes), (..., classes) -> (...).

    >>> round(float(categorical_crossentropy(jnp.array([0.0, 1.0]), jnp.array([1.0, 1.0]))), 4)
    0.6931
    """
    y = _smooth(jnp.asarray(y).astype(p.dtype), label_smoothing, p.shape[-1])
    p = jnp.clip(p / jnp.sum(p, axis=-1, keepdims=True), EPSILON, 1.0 - EPSILON)
    return -jnp.sum(y * jnp.log(p), axis=-1)


def categorical_crossentropy_from_logits(y: Array, z: Array, label_smoothing: Number = 0.0) -> Array:
    r"""Cross-entropy of softmax(z), ln(sum_i exp z_i) - sum_i y_i z_i, exact for any *z*; gradient softmax(z) - y.

    Shapes (..., classes), (..., classes) -> (...).

    >>> z = jnp.array([1000.0, 0.0])
    >>> float(categorical_crossentropy_from_logits(jnp.array([0.0, 1.0]), z))
    1000.0
    >>> jax.grad(categorical_crossentropy_from_logits, 1)(jnp.array([0.0, 1.0]), z).tolist()
    [1.0, -1.0]
    """
    y = _smooth(jnp.asarray(y).astype(z.dtype), label_smoothing, z.shape[-1])
    z = z - lax.stop_gradient(jnp.max(z, axis=-1, keepdims=True))
    normaliser = jnp.log(jnp.sum(jnp.exp(z), axis=-1))
    chosen = jnp.sum(jnp.where(y == 0, 0.0, y * z), axis=-1)  # a class of no weight may lie at -inf
    return jnp.sum(y, axis=-1) * normaliser - chosen


def sparse_categorical_crossentropy(y: Array, p: Array, label_smoothing: Number = 0.0) -> Array:
    r"""`categorical_crossentropy` for integer labels *y*. Shapes (...), (..., classes) -> (...).

    >>> round(float(sparse_categorical_crossentropy(jnp.array(1), jnp.array([0.5, 0.5]))), 4)
    0.6931
    """
    return categorical_crossentropy(_one_hot(y, p), p, label_smoothing)


def sparse_categorical_crossentropy_from_logits(y: Array, z: Array, label_smoothing: Number = 0.0) -> Array:
    r"""`categorical_crossentropy_from_logits` for integer labels *y*. Shapes (...), (..., classes) -> (...).

    Labels are compared with the class numbers inside the fused sum, so that the backward pass needs no scatter.

    >>> float(sparse_categorical_crossentropy_from_logits(jnp.array(1), jnp.array([1000.0, 0.0])))
    1000.0
    """
    return categorical_crossentropy_from_logits(_one_hot(y, z), z, label_smoothing)


def binary_crossentropy(y: Array, p: Array, label_smoothing: Number = 0.0) -> Array:
    r"""Mean over the last axis of -y ln p - (1 - y) ln(1 - p), with *p* clipped to [1e-7, 1 - 1e-7].

    With label smoothing a, y becomes y (1 - a) + a / 2. Shapes (..., outputs), (..., outputs) -> (...).

    >>> round(float(binary_crossentropy(jnp.array([1.0]), jnp.array([0.5]))), 4)
    0.6931
    """
    y = _smooth(jnp.asarray(y).astype(p.dtype), label_smoothing, 2)
    p = jnp.clip(p, EPSILON, 1.0 - EPSILON)
    return -jnp.mean(y * jnp.log(p) + (1.0 - y) * jnp.log(1.0 - p), axis=-1)


def binary_crossentropy_from_logits(y: Array, z: Array, label_smoothing: Number = 0.0) -> Array:
    r"""Mean over the last axis of y softplus(-z) + (1 - y) softplus(z); gradient (logistic(z) - y) / outputs.

    Neither term cancels: a sure and right answer keeps its tiny loss and gradient.
    Shapes (..., outputs), (..., outputs) -> (...).

    >>> float(binary_crossentropy_from_logits(jnp.array([0.0]), jnp.array([1000.0])))
    1000.0
    """
    y = _smooth(jnp.asarray(y).astype(z.dtype), label_smoothing, 2)
    return jnp.mean(y * softplus(-z) + (1.0 - y) * softplus(z), axis=-1)


def kl_divergence(y: Array, p: Array) -> Array:
    r"""Kullback-Leibler divergence sum_i y_i ln(y_i / p_i), both clipped to [1e-7, 1] as in Keras.

    Shapes (..., classes), (..., classes) -> (...). Source: Kullback & Leibler, 1951.

    >>> float(kl_divergence(jnp.array([0.5, 0.5]), jnp.array([0.5, 0.5])))
    0.0
    """
    y = jnp.clip(jnp.asarray(y).astype(p.dtype), EPSILON, 1.0)
    p = jnp.clip(p, EPSILON, 1.0)
    return jnp.sum(y * jnp.log(y / p), axis=-1)


def magnitude(x: Array) -> Array:
    """Return abs(x) with the slope 0 at 0, where JAX's own has 1.

    >>> import jax
    >>> float(jax.grad(magnitude)(0.0))
    0.0
    """
    return x * jnp.sign(x)


def mean_squared_error(y: Array, out: Array) -> Array:
    r"""Mean of (out - y)^2.

    >>> float(mean_squared_error(jnp.array([1.0, 2.0]), jnp.array([1.0, 4.0])))
    2.0
    """
    return jnp.mean(jnp.square(out - jnp.asarray(y).astype(out.dtype)), axis=-1)


def mean_absolute_error(y: Array, out: Array) -> Array:
    r"""Mean of abs(out - y); the gradient at a perfect answer is 0.

    >>> float(mean_absolute_error(jnp.array([1.0, 2.0]), jnp.array([1.0, 4.0])))
    1.0
    """
    return jnp.mean(magnitude(out - jnp.asarray(y).astype(out.dtype)), axis=-1)


def huber(y: Array, out: Array, delta: Number = 1.0) -> Array:
    r"""Mean of e^2 / 2 where abs(e) <= delta, else delta (abs(e) - delta / 2), with e = out - y.

    Source: Huber, "Robust estimation of a location parameter", 1964.

    >>> float(huber(jnp.array([0.0, 0.0]), jnp.array([1.0, 3.0])))
    1.5
    """
    size = jnp.abs(out - jnp.asarray(y).astype(out.dtype))
    limit = cast(delta, out.dtype)
    inner = jnp.minimum(size, limit)  # the square of a large error is never formed
    return jnp.mean(0.5 * jnp.square(inner) + limit * (size - inner), axis=-1)


def _margin(y: Array, out: Array) -> Array:
    y = jnp.asarray(y).astype(out.dtype)
    return jnp.maximum(1.0 - jnp.where(y == 0, -1.0, y) * out, 0.0)


def hinge(y: Array, out: Array) -> Array:
    r"""Mean of max(0, 1 - y out) for labels y of -1 and 1; a label 0 reads as -1.

    Source: Rosasco et al., "Are loss functions all the same?", 2004.

    >>> float(hinge(jnp.array([1.0, -1.0]), jnp.array([0.5, -2.0])))
    0.25
    """
    return jnp.mean(_margin(y, out), axis=-1)


def squared_hinge(y: Array, out: Array) -> Array:
    r"""Mean of max(0, 1 - y out)^2 for labels y of -1 and 1; a label 0 reads as -1.

    >>> float(squared_hinge(jnp.array([1.0, -1.0]), jnp.array([0.5, -2.0])))
    0.125
    """
    return jnp.mean(jnp.square(_margin(y, out)), axis=-1)


def poisson(y: Array, out: Array) -> Array:
    r"""Mean of out - y ln(out + 1e-7): negative log-likelihood of counts *y* of mean *out* > 0, less a constant.

    >>> float(poisson(jnp.array([0.0, 0.0]), jnp.array([1.0, 3.0])))
    2.0
    """
    return jnp.mean(out - jnp.asarray(y).astype(out.dtype) * jnp.log(out + EPSILON), axis=-1)


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
        return categorical_crossentropy(y, out, self.label_smoothing)

    def from_logits(self, y: Array, z: Array) -> Array:
        return categorical_crossentropy_from_logits(y, z, self.label_smoothing)

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
        return sparse_categorical_crossentropy(y, out, self.label_smoothing)

    def from_logits(self, y: Array, z: Array) -> Array:
        return sparse_categorical_crossentropy_from_logits(y, z, self.label_smoothing)

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
        return binary_crossentropy(y, out, self.label_smoothing)

    def from_logits(self, y: Array, z: Array) -> Array:
        return binary_crossentropy_from_logits(y, z, self.label_smoothing)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_unit("BinaryCrossentropy", y, output_shape, used)


@LOSSES.register("mean_squared_error", "mse")
@pytree
class MeanSquaredError(Loss):
    """Mean squared error; see `ravine.functions.mean_squared_error`.

    >>> float(MeanSquaredError()(jnp.array([[1.0, 2.0]]), jnp.array([[1.0, 4.0]]))[0])
    2.0
    """

    translates: ClassVar[bool] = True

    def __call__(self, y: Array, out: Array) -> Array:
        return mean_squared_error(y, out)


@LOSSES.register("mean_absolute_error", "mae")
@pytree
class MeanAbsoluteError(Loss):
    """Mean absolute error; see `ravine.functions.mean_absolute_error`.

    >>> float(MeanAbsoluteError()(jnp.array([[1.0, 2.0]]), jnp.array([[1.0, 4.0]]))[0])
    1.0
    """

    translates: ClassVar[bool] = True

    def __call__(self, y: Array, out: Array) -> Array:
        return mean_absolute_error(y, out)


@LOSSES.register("huber", "huber_loss")
@pytree
class Huber(Loss):
    """Huber's loss: square near the target, straight beyond *delta*; see `ravine.functions.huber`.

    >>> float(Huber(delta=1.0)(jnp.array([[0.0, 0.0]]), jnp.array([[1.0, 3.0]]))[0])
    1.5
    """

    delta: Number = 1.0
    translates: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number("Huber", "delta", self.delta, low=0.0, open_low=True)

    def __call__(self, y: Array, out: Array) -> Array:
        return huber(y, out, self.delta)


@LOSSES.register("hinge")
@pytree
class Hinge(Loss):
    """Hinge loss for labels -1 and 1 (or 0 and 1); see `ravine.functions.hinge`.

    >>> float(Hinge()(jnp.array([[1.0]]), jnp.array([[0.5]]))[0])
    0.5
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return hinge(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_hinge("Hinge", y, output_shape, used)


@LOSSES.register("squared_hinge")
@pytree
class SquaredHinge(Loss):
    """Squared hinge loss for labels -1 and 1 (or 0 and 1); see `ravine.functions.squared_hinge`.

    >>> float(SquaredHinge()(jnp.array([[1.0]]), jnp.array([[0.5]]))[0])
    0.25
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return squared_hinge(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_hinge("SquaredHinge", y, output_shape, used)


@LOSSES.register("kl_divergence", "kld", "kullback_leibler_divergence")
@pytree
class KLDivergence(Loss):
    """Kullback-Leibler divergence of probability rows; see `ravine.functions.kl_divergence`.

    >>> float(KLDivergence()(jnp.array([[0.5, 0.5]]), jnp.array([[0.5, 0.5]]))[0])
    0.0
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return kl_divergence(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_unit("KLDivergence", y, output_shape, used)


@LOSSES.register("poisson")
@pytree
class Poisson(Loss):
    """Poisson loss for counts and positive outputs; see `ravine.functions.poisson`.

    >>> float(Poisson()(jnp.array([[0.0]]), jnp.array([[3.0]]))[0])
    3.0
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return poisson(y, out)

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

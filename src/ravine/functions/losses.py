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
import numpy as np
import numpy.typing as npt
from jax import lax

from ravine.core import Array, Number, RavineError, cast, check_number, pytree, static, whole, with_axes
from ravine.functions import targets
from ravine.functions.activations import log_softmax, logistic, softplus, tanh
from ravine.functions.loss_base import LOSSES, Loss

__all__ = [
    "EPSILON",
    "LOSSES",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Dice",
    "FromLogits",
    "FunctionLoss",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_crossentropy_from_logits",
    "binary_focal_crossentropy",
    "binary_focal_crossentropy_from_logits",
    "categorical_crossentropy",
    "categorical_crossentropy_from_logits",
    "categorical_focal_crossentropy",
    "categorical_focal_crossentropy_from_logits",
    "categorical_hinge",
    "cosine_similarity",
    "dice",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "loss",
    "magnitude",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "sparse_categorical_crossentropy_from_logits",
    "squared_hinge",
    "tversky",
]

EPSILON = 1e-7
"""Keras's guard against log(0)."""
LN_2 = 0.6931471805599453


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


def mean_absolute_percentage_error(y: Array, out: Array) -> Array:
    r"""Mean of 100 abs(out - y) / max(abs(y), 1e-7): the error in percent of the target.

    >>> float(mean_absolute_percentage_error(jnp.array([4.0, -2.0]), jnp.array([5.0, -2.0])))
    12.5
    """
    y = jnp.asarray(y).astype(out.dtype)
    return 100.0 * jnp.mean(magnitude(out - y) / jnp.maximum(jnp.abs(y), EPSILON), axis=-1)


def mean_squared_logarithmic_error(y: Array, out: Array) -> Array:
    r"""Mean of (ln(1 + out) - ln(1 + y))^2, where numbers below 1e-7 count as 1e-7: for targets of many magnitudes.

    >>> round(float(mean_squared_logarithmic_error(jnp.array([0.0]), jnp.array([1.0]))), 4)
    0.4805
    """
    y = jnp.log1p(jnp.maximum(jnp.asarray(y).astype(out.dtype), EPSILON))
    return jnp.mean(jnp.square(jnp.log1p(jnp.maximum(out, EPSILON)) - y), axis=-1)


@jax.custom_jvp
def _log_cosh(x: Array) -> Array:
    size = jnp.abs(x)
    near = jnp.log1p(2.0 * jnp.square(jnp.sinh(0.5 * jnp.minimum(size, 1.0))))  # of small x nothing cancels
    return jnp.where(size < 1.0, near, size + jnp.log1p(jnp.exp(-2.0 * size)) - LN_2)


@_log_cosh.defjvp
def _log_cosh_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (dx,) = primals, tangents
    return _log_cosh(x), dx * tanh(x)


def log_cosh(y: Array, out: Array) -> Array:
    r"""Mean of ln cosh(out - y): half a square near the target, straight far from it; its slope is tanh.

    >>> round(float(log_cosh(jnp.array([0.0]), jnp.array([1000.0]))), 3)
    999.307
    """
    return jnp.mean(_log_cosh(out - jnp.asarray(y).astype(out.dtype)), axis=-1)


def _direction(x: Array) -> Array:
    """*x* along the last axis made of length 1, of whatever length it was; 0 stays 0."""
    half = int(jnp.finfo(x.dtype).maxexp) // 2  # type: ignore[no-untyped-call]
    largest = lax.stop_gradient(jnp.max(jnp.abs(x), axis=-1, keepdims=True))
    # Powers of two, which round nothing: the squares neither overflow nor vanish.
    down, up = 2.0 ** -(half + 6), 2.0**half
    scale = jnp.where(largest > 2.0 ** (half - 6), down, jnp.where(largest < 2.0 ** (6 - half), up, 1.0))
    z = x * scale.astype(x.dtype)
    square = jnp.sum(z * z, axis=-1, keepdims=True)
    return jnp.where(square == 0, 0.0, z / jnp.sqrt(jnp.where(square == 0, 1.0, square)))


def cosine_similarity(y: Array, out: Array) -> Array:
    r"""Minus the cosine of the angle between target and output: -1 where they point the same way, 1 where opposed.

    A row of zeros has no direction and costs 0. Keras divides by 1e-7 at least: shorter rows count less there.

    >>> cosine_similarity(jnp.array([[3.0, 4.0], [1.0, 0.0]]), jnp.array([[6.0, 8.0], [-5.0, 0.0]])).tolist()
    [-1.0, 1.0]
    """
    return -jnp.sum(_direction(jnp.asarray(y).astype(out.dtype)) * _direction(out), axis=-1)


def categorical_hinge(y: Array, out: Array) -> Array:
    r"""Margin max(0, 1 + max_i (1 - y_i) out_i - sum_i y_i out_i) of the true class before the best of the others.

    Shapes (..., classes), (..., classes) -> (...), for one-hot rows *y*. The true class is one of the terms of the
    maximum, as 0, as in Keras.
    Source: Crammer & Singer, "Multiclass kernel-based vector machines", 2001.

    >>> categorical_hinge(jnp.array([0.0, 1.0]), jnp.array([0.5, 1.0])).tolist()
    0.5
    """
    y = jnp.asarray(y).astype(out.dtype)
    return jnp.maximum(jnp.max((1.0 - y) * out, axis=-1) - jnp.sum(y * out, axis=-1) + 1.0, 0.0)


def _power(base: Array, gamma: Number) -> Array:
    """base^gamma for a base in [0, 1], with the slope 0 at 0 for every gamma, gamma = 0 included."""
    tiny = float(jnp.finfo(base.dtype).tiny)  # type: ignore[no-untyped-call]
    return jnp.power(jnp.maximum(base, tiny), cast(gamma, base.dtype))


def _binary_focus(y: Array, miss: Array, cost: Array, gamma: Number, alpha: Number | None) -> Array:
    focused = _power(miss, gamma) * cost
    if alpha is not None:
        share: Array = cast(alpha, y.dtype)
        focused = focused * (y * share + (1.0 - y) * (1.0 - share))
    return jnp.mean(focused, axis=-1)


def binary_focal_crossentropy(
    y: Array, p: Array, gamma: Number = 2.0, alpha: Number | None = None, label_smoothing: Number = 0.0
) -> Array:
    r"""Mean of (1 - p_t)^gamma times binary cross-entropy, with p_t = y p + (1 - y)(1 - p): easy examples count little.

    With *alpha* the positives are weighted by it, the negatives by 1 - alpha; None weighs both by 1, as Keras does
    unless apply_class_balancing. p is clipped to [1e-7, 1 - 1e-7].
    Source: Lin, Goyal, Girshick, He & Dollár, "Focal loss for dense object detection", 2017, arXiv:1708.02002.

    >>> round(float(binary_focal_crossentropy(jnp.array([1.0]), jnp.array([0.5]))), 4)
    0.1733
    """
    y = _smooth(jnp.asarray(y).astype(p.dtype), label_smoothing, 2)
    p = jnp.clip(p, EPSILON, 1.0 - EPSILON)
    cost = -(y * jnp.log(p) + (1.0 - y) * jnp.log(1.0 - p))
    return _binary_focus(y, y * (1.0 - p) + (1.0 - y) * p, cost, gamma, alpha)


def binary_focal_crossentropy_from_logits(
    y: Array, z: Array, gamma: Number = 2.0, alpha: Number | None = None, label_smoothing: Number = 0.0
) -> Array:
    r"""`binary_focal_crossentropy` of p = logistic(z), with nothing clipped and no difference that cancels.

    >>> float(binary_focal_crossentropy_from_logits(jnp.array([0.0]), jnp.array([1000.0])))
    1000.0
    """
    y = _smooth(jnp.asarray(y).astype(z.dtype), label_smoothing, 2)
    cost = y * softplus(-z) + (1.0 - y) * softplus(z)
    return _binary_focus(y, y * logistic(-z) + (1.0 - y) * logistic(z), cost, gamma, alpha)


def categorical_focal_crossentropy(
    y: Array, p: Array, gamma: Number = 2.0, alpha: Number = 0.25, label_smoothing: Number = 0.0
) -> Array:
    r"""Sum of -alpha (1 - p_i)^gamma y_i ln p_i, of *p* made to sum to 1 and clipped to [1e-7, 1 - 1e-7].

    Source: Lin et al., 2017, for several classes.

    >>> round(float(categorical_focal_crossentropy(jnp.array([0.0, 1.0]), jnp.array([1.0, 1.0]))), 5)
    0.04332
    """
    y = _smooth(jnp.asarray(y).astype(p.dtype), label_smoothing, p.shape[-1])
    p = jnp.clip(p / jnp.sum(p, axis=-1, keepdims=True), EPSILON, 1.0 - EPSILON)
    share: Array = cast(alpha, p.dtype)
    return -share * jnp.sum(_power(1.0 - p, gamma) * y * jnp.log(p), axis=-1)


def categorical_focal_crossentropy_from_logits(
    y: Array, z: Array, gamma: Number = 2.0, alpha: Number = 0.25, label_smoothing: Number = 0.0
) -> Array:
    r"""`categorical_focal_crossentropy` of p = softmax(z), with nothing clipped; 1 - p is -expm1(ln p).

    >>> float(categorical_focal_crossentropy_from_logits(jnp.array([0.0, 1.0]), jnp.array([1000.0, 0.0])))
    250.0
    """
    y = _smooth(jnp.asarray(y).astype(z.dtype), label_smoothing, z.shape[-1])
    log_p = log_softmax(z)
    each = _power(-jnp.expm1(log_p), gamma) * jnp.where(y == 0, 0.0, y * log_p)  # a class of no weight may lie at -inf
    share: Array = cast(alpha, z.dtype)
    return -share * jnp.sum(each, axis=-1)


def dice(y: Array, p: Array) -> Array:
    r"""Dice loss 1 - 2 sum_i y_i p_i / (sum_i y_i + sum_i p_i + 1e-7) of each example, over its outputs.

    Keras's own default, axis=None, makes one number of a whole batch; this is its axis=-1.
    Source: Dice, 1945; as a loss, Milletari, Navab & Ahmadi, "V-Net", 2016, arXiv:1606.04797.

    >>> round(float(dice(jnp.array([1.0, 0.0]), jnp.array([1.0, 0.5]))), 4)
    0.2
    """
    y = jnp.asarray(y).astype(p.dtype)
    return 1.0 - 2.0 * jnp.sum(y * p, axis=-1) / (jnp.sum(y, axis=-1) + jnp.sum(p, axis=-1) + EPSILON)


def tversky(y: Array, p: Array, alpha: Number = 0.5, beta: Number = 0.5) -> Array:
    r"""Tversky loss 1 - TP / (TP + alpha FP + beta FN + 1e-7), with the soft counts of each example.

    TP = sum y p, FP = sum (1 - y) p, FN = sum y (1 - p). As in the paper *alpha* weighs false positives; in Keras it
    weighs the false negatives, which are called fp there, and beta the other. With 1/2 each it is `dice`.
    Source: Salehi, Erdogmus & Gholipour, "Tversky loss function for image segmentation", 2017, arXiv:1706.05721.

    >>> round(float(tversky(jnp.array([1.0, 0.0]), jnp.array([1.0, 0.5]), alpha=1.0)), 4)
    0.3333
    """
    y = jnp.asarray(y).astype(p.dtype)
    both, false, missed = (jnp.sum(part, axis=-1) for part in (y * p, (1.0 - y) * p, y * (1.0 - p)))
    of_false: Array = cast(alpha, p.dtype)
    of_missed: Array = cast(beta, p.dtype)
    return 1.0 - both / (both + of_false * false + of_missed * missed + EPSILON)


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

    Targets of *ignore_class* (often -1, or 255 in segmentation) do not count: neither in the loss, nor in its mean,
    nor in the metrics.

    >>> each = SparseCategoricalCrossentropy(ignore_class=-1)(jnp.array([1, -1]), jnp.full((2, 2), 0.5))
    >>> [round(value, 4) for value in each.tolist()]
    [0.6931, 0.0]
    """

    label_smoothing: Number = 0.0
    ignore_class: int | None = static(default=None)
    fuses: ClassVar[str | None] = "softmax"

    def __post_init__(self) -> None:
        check_number("SparseCategoricalCrossentropy", "label_smoothing", self.label_smoothing, low=0.0, high=1.0)
        if self.ignore_class is not None:
            whole("SparseCategoricalCrossentropy", "ignore_class", self.ignore_class, least=-(2**31))

    def _each(self, y: Array, each: Array) -> Array:
        used = self.counts(y)
        return each if used is None else jnp.where(used, each, 0.0)

    def __call__(self, y: Array, out: Array) -> Array:
        return self._each(y, sparse_categorical_crossentropy(y, out, self.label_smoothing))

    def from_logits(self, y: Array, z: Array) -> Array:
        return self._each(y, sparse_categorical_crossentropy_from_logits(y, z, self.label_smoothing))

    def counts(self, y: Array) -> Array | None:
        return None if self.ignore_class is None else jnp.asarray(y) != self.ignore_class

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        if self.ignore_class is not None:
            labels = np.asarray(y)
            labels = labels[..., 0] if labels.shape[1:] == (*output_shape[:-1], 1) else labels
            here = labels != self.ignore_class
            used = here if used is None else here & with_axes(used, here.ndim)
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


@LOSSES.register("mean_absolute_percentage_error", "mape")
@pytree
class MeanAbsolutePercentageError(Loss):
    """Mean absolute error in percent of the target; see `mean_absolute_percentage_error`.

    >>> float(MeanAbsolutePercentageError()(jnp.array([[4.0, -2.0]]), jnp.array([[5.0, -2.0]]))[0])
    12.5
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return mean_absolute_percentage_error(y, out)


@LOSSES.register("mean_squared_logarithmic_error", "msle")
@pytree
class MeanSquaredLogarithmicError(Loss):
    """Mean squared error of ln(1 + number), for numbers from 0 on; see `mean_squared_logarithmic_error`.

    >>> round(float(MeanSquaredLogarithmicError()(jnp.array([[0.0]]), jnp.array([[1.0]]))[0]), 4)
    0.4805
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return mean_squared_logarithmic_error(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_real("MeanSquaredLogarithmicError", y, output_shape, low=0.0, used=used)


@LOSSES.register("log_cosh", "logcosh")
@pytree
class LogCosh(Loss):
    """Logarithm of the error's hyperbolic cosine, a smooth absolute error; see `log_cosh`.

    >>> round(float(LogCosh()(jnp.array([[0.0]]), jnp.array([[1.0]]))[0]), 4)
    0.4338
    """

    translates: ClassVar[bool] = True

    def __call__(self, y: Array, out: Array) -> Array:
        return log_cosh(y, out)


@LOSSES.register("cosine_similarity", "cosine")
@pytree
class CosineSimilarity(Loss):
    """Minus the cosine between target and output, from -1 (the same direction) to 1; see `cosine_similarity`.

    >>> float(CosineSimilarity()(jnp.array([[3.0, 4.0]]), jnp.array([[6.0, 8.0]]))[0])
    -1.0
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return cosine_similarity(y, out)


@LOSSES.register("categorical_hinge")
@pytree
class CategoricalHinge(Loss):
    """Margin of the true class before the others, for one-hot rows; see `categorical_hinge`.

    >>> float(CategoricalHinge()(jnp.array([[0.0, 1.0]]), jnp.array([[0.5, 1.0]]))[0])
    0.5
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return categorical_hinge(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_rows("CategoricalHinge", y, output_shape, used)


@LOSSES.register("binary_focal_crossentropy")
@pytree
class BinaryFocalCrossentropy(Loss):
    """Binary cross-entropy in which easy examples count less; see `binary_focal_crossentropy`.

    >>> round(float(BinaryFocalCrossentropy()(jnp.array([[1.0]]), jnp.array([[0.5]]))[0]), 4)
    0.1733
    """

    gamma: Number = 2.0
    alpha: Number | None = None
    label_smoothing: Number = 0.0
    fuses: ClassVar[str | None] = "logistic"

    def __post_init__(self) -> None:
        check_number("BinaryFocalCrossentropy", "gamma", self.gamma, low=0.0)
        check_number("BinaryFocalCrossentropy", "label_smoothing", self.label_smoothing, low=0.0, high=1.0)
        if self.alpha is not None:
            check_number("BinaryFocalCrossentropy", "alpha", self.alpha, low=0.0, high=1.0)

    def __call__(self, y: Array, out: Array) -> Array:
        return binary_focal_crossentropy(y, out, self.gamma, self.alpha, self.label_smoothing)

    def from_logits(self, y: Array, z: Array) -> Array:
        return binary_focal_crossentropy_from_logits(y, z, self.gamma, self.alpha, self.label_smoothing)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_unit("BinaryFocalCrossentropy", y, output_shape, used)


@LOSSES.register("categorical_focal_crossentropy")
@pytree
class CategoricalFocalCrossentropy(Loss):
    """Cross-entropy of one-hot rows in which easy examples count less; see `categorical_focal_crossentropy`.

    >>> round(float(CategoricalFocalCrossentropy()(jnp.array([[0.0, 1.0]]), jnp.array([[0.5, 0.5]]))[0]), 5)
    0.04332
    """

    gamma: Number = 2.0
    alpha: Number = 0.25
    label_smoothing: Number = 0.0
    fuses: ClassVar[str | None] = "softmax"

    def __post_init__(self) -> None:
        for name in ("gamma", "alpha"):
            check_number("CategoricalFocalCrossentropy", name, getattr(self, name), low=0.0)
        check_number("CategoricalFocalCrossentropy", "label_smoothing", self.label_smoothing, low=0.0, high=1.0)

    def __call__(self, y: Array, out: Array) -> Array:
        return categorical_focal_crossentropy(y, out, self.gamma, self.alpha, self.label_smoothing)

    def from_logits(self, y: Array, z: Array) -> Array:
        return categorical_focal_crossentropy_from_logits(y, z, self.gamma, self.alpha, self.label_smoothing)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_rows("CategoricalFocalCrossentropy", y, output_shape, used)


@LOSSES.register("dice")
@pytree
class Dice(Loss):
    """Overlap that is missing between targets and outputs in [0, 1]; see `dice`.

    >>> round(float(Dice()(jnp.array([[1.0, 0.0]]), jnp.array([[1.0, 0.5]]))[0]), 4)
    0.2
    """

    def __call__(self, y: Array, out: Array) -> Array:
        return dice(y, out)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_unit("Dice", y, output_shape, used)


@LOSSES.register("tversky")
@pytree
class Tversky(Loss):
    """Dice's loss with weights of its own for false positives and false negatives; see `tversky`.

    >>> round(float(Tversky(alpha=1.0)(jnp.array([[1.0, 0.0]]), jnp.array([[1.0, 0.5]]))[0]), 4)
    0.3333
    """

    alpha: Number = 0.5
    beta: Number = 0.5

    def __post_init__(self) -> None:
        for name in ("alpha", "beta"):
            check_number("Tversky", name, getattr(self, name), low=0.0)

    def __call__(self, y: Array, out: Array) -> Array:
        return tversky(y, out, self.alpha, self.beta)

    def check(self, y: Any, output_shape: tuple[int, ...], used: targets.Used = None) -> npt.NDArray[Any]:
        return targets.check_unit("Tversky", y, output_shape, used)


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

    def counts(self, y: Array) -> Array | None:
        return self.loss.counts(y)

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

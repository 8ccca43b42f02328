"""How targets, outputs and weights of different ranks are brought together, and values reduced: as in Keras."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ravine.core import Array, RavineError, check_choice

__all__ = ["REDUCTIONS", "checked_reduction", "reduced", "same_rank", "samplewise", "weight_like"]

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)
"""What a loss does with the values of a batch."""


def checked_reduction(owner: str, reduction: str | None) -> str | None:
    """Return *reduction*, or refuse it; "auto" of Keras 2 is "sum_over_batch_size".

    >>> checked_reduction("Huber", "average")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Huber: unknown reduction 'average': known: None, mean, mean_with_sample_weight, ...
    """
    if reduction == "auto":
        return "sum_over_batch_size"
    check_choice(owner, "reduction", reduction, REDUCTIONS)
    return reduction


def same_rank(one: Array, other: Array, *, expand: bool = True) -> tuple[Array, Array]:
    """Return both with as many axes, where one has a last axis of length 1 more than the other.

    A vector gets that axis (unless *expand* is False); of more axes the longer one loses it.

    >>> one, other = same_rank(jnp.zeros(3), jnp.zeros((3, 1)))
    >>> one.shape, other.shape
    ((3, 1), (3, 1))
    >>> one, other = same_rank(jnp.zeros((3, 2)), jnp.zeros((3, 2, 1)))
    >>> one.shape, other.shape
    ((3, 2), (3, 2))
    """
    if other.ndim == one.ndim + 1:
        other, one = same_rank(other, one, expand=expand)
    elif one.ndim == other.ndim + 1 and one.shape[-1] == 1:
        if other.ndim == 1 and expand:
            return one, other[:, None]
        return one[..., 0], other
    return one, other


def weight_like(values: Array, weight: Array) -> tuple[Array, Array]:
    """Return *values* and *weight* as they are multiplied, or refuse shapes that do not fit.

    >>> _, weight = weight_like(jnp.zeros((2, 3)), jnp.ones((2, 1)))
    >>> weight.shape
    (2, 1)
    >>> weight_like(jnp.zeros((2, 3)), jnp.ones(2))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: sample_weight of shape (2,) does not fit values of shape (2, 3): give one weight ...
    """
    values, weight = same_rank(values, weight)
    try:
        jnp.broadcast_shapes(values.shape, weight.shape)
    except ValueError:
        raise RavineError(
            f"sample_weight of shape {weight.shape} does not fit values of shape {values.shape}: "
            "give one weight per example, or one per value"
        ) from None
    return values, weight


def reduced(
    values: Array, weight: Array | None = None, reduction: str | None = "sum_over_batch_size", mask: Array | None = None
) -> Array:
    """Return the loss of a batch from the *values* of its examples.

    "mean" and "sum_over_batch_size" divide by the number of values that *mask* keeps, whatever their weights are;
    "mean_with_sample_weight" divides by the sum of the weights.

    >>> values, weight = jnp.array([1.0, 3.0]), jnp.array([1.0, 0.0])
    >>> [float(reduced(values, weight, how)) for how in ("sum", "mean", "mean_with_sample_weight")]
    [1.0, 0.5, 1.0]
    """
    if mask is not None:
        kept = mask.astype(values.dtype)
        if reduction in ("mean", "sum_over_batch_size"):
            kept = kept * (kept.size / jnp.maximum(kept.sum(), 1))
        if weight is None:
            weight = kept
        else:
            kept, weight = same_rank(kept, weight)
            weight = kept * weight
    if weight is not None:
        values, weight = weight_like(values, weight.astype(values.dtype))
        values = values * weight
    if reduction in (None, "none") or values.shape in ((), (0,)):
        return values
    if reduction == "sum":
        return values.sum()
    if reduction == "mean_with_sample_weight" and weight is not None:
        total = weight.sum()
        return jnp.where(total == 0, 0, values.sum() / jnp.where(total == 0, 1, total))
    return values.sum() / max(values.size, 1)


def samplewise(values: Array, weight: Array | None) -> tuple[Array, Array]:
    """Return one value and one weight per example, as a metric that is a mean counts them.

    Axes that the weights lack are averaged over before weighting, the others after it.

    >>> samplewise(jnp.array([[1.0, 3.0]]), jnp.array([2.0]))
    (Array([4.], dtype=float32), Array([2.], dtype=float32))
    """
    if weight is None:
        values = values.reshape(len(values), -1).mean(axis=1) if values.ndim > 1 else values
        return values, jnp.ones_like(values)
    values, weight = same_rank(values, weight.astype(values.dtype))
    if values.ndim > weight.ndim:
        values = values.mean(axis=tuple(range(weight.ndim, values.ndim)))
    values, weight = weight_like(values, weight)
    weight = jnp.broadcast_to(weight, values.shape)
    inner: Any = tuple(range(1, values.ndim))
    return (values * weight).mean(axis=inner), weight.mean(axis=inner)

"""How much of a gradient is signal: the noise scale, estimated from the two halves of a batch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array
from ravine.train.probes.probe import Sample, dot, dtype_of

__all__ = ["moments", "pooled_noise_scale"]


def moments(sample: Sample) -> tuple[Array, Array]:
    """Unbiased estimates of tr(Sigma), the variance of one example's gradient summed over parameters, and of |G|^2.

    The batch of m examples is cut into its first half, of m1 examples with the mean gradient g1, and the rest, m2 and
    g2 = (m g - m1 g1) / m2. As the halves are independent given the weights, E[g1 . g2] = |G|^2 and
    E|g1 - g2|^2 = tr(Sigma) (1/m1 + 1/m2): the two-batch-size estimator of McCandlish et al. (2018), appendix A.1, with
    the sizes m/2 and m. NaN where either half is empty.

    No example: needs a `Sample`.
    """
    rows = sample.x.shape[0] // 2
    if rows == 0:
        nothing = jnp.asarray(jnp.nan, dtype_of(sample.grads))
        return nothing, nothing
    first = jax.grad(sample.cost)(sample.point, rows)
    m = sample.examples
    m1 = jnp.asarray(rows, m.dtype) if sample.valid is None else sample.valid[:rows].sum()
    m2 = m - m1
    rest = jnp.where(m2 > 0, m2, jnp.nan)
    # g1 - g2 = (g1 - g) m / m2, and g1 . g2 likewise: one pass over the two gradients, and no third one.
    apart = jax.tree.map(jnp.subtract, first, sample.grads)
    trace = dot(apart, apart) * (m / rest) ** 2 / (1 / m1 + 1 / rest)
    return trace, (m * dot(first, sample.grads) - m1 * dot(first, first)) / rest


def noise_scale(sample: Sample) -> Array:
    """B_simple = tr(Sigma) / |G|^2, and its two parts.

    The batch size at which noise and signal are alike (McCandlish et al. 2018). One sample's ratio is noisy, and
    negative where the estimate of |G|^2 is: over several samples divide the mean of the parts.
    """
    trace, squared = moments(sample)
    return jnp.stack([trace / squared, trace, squared])


def signal_to_noise(sample: Sample) -> Array:
    """|G| / sqrt(tr(Sigma) / m): the mean gradient's norm over the standard deviation of the batch's; 0 if unseen."""
    trace, squared = moments(sample)
    return jnp.sqrt(jnp.maximum(squared, 0) * sample.examples / trace)[None]


def pooled_noise_scale(values: np.ndarray, readings: int = 20) -> np.ndarray:
    """The noise scale from the *values* (samples, 3) of that probe: ratios of means over the last *readings* of parts.

    A single reading's ratio is biased and may be negative; means of its unbiased parts are neither by more than chance.
    NaN where the mean estimate of |G|^2 is not positive: the signal is below what so many readings can show. Readings
    that are not finite (a batch of which one half was empty) are left out.

    >>> pooled_noise_scale(np.array([[-2.0, 8.0, -4.0], [1.0, 8.0, 8.0]]), 2).tolist()
    [nan, 4.0]
    """
    parts = np.asarray(values, np.float64)[:, 1:]
    known = np.asarray(np.isfinite(parts).all(axis=1))
    sums = np.cumsum(np.where(known[:, None], parts, 0.0), axis=0)
    sums[readings:] = sums[readings:] - sums[:-readings]
    return np.where(sums[:, 1] > 0, sums[:, 0] / np.where(sums[:, 1] > 0, sums[:, 1], 1.0), np.nan)

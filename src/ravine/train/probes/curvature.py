"""The curvature of the batch's loss: the largest eigenvalue of its Hessian, and the trace, without the matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from ravine.core import Array, rng
from ravine.nn import Network
from ravine.train.probes.probe import Sample, dtype_of

__all__ = ["ITERATIONS", "VECTORS", "top_eigenvalue"]

ITERATIONS = 8
"""Products with the Hessian per sampling of the sharpness, besides the first; the vector goes on from the last one."""

VECTORS = 8
"""Random vectors per sampling of the Hessian's trace."""

STREAM = 2**30  # Of the counter hash: no layer's number reaches it.


def top_eigenvalue(product: Callable[[Array], Array], start: Array, iterations: int) -> tuple[Array, Array]:
    """The largest eigenvalue of a symmetric matrix, known by its *product* with a vector (n,), and its unit vector.

    Locally optimal conjugate gradients (Knyazev 2001) for one vector: each iteration takes the best vector of the span
    of the present one v, its residual Hv - lambda v, and the last change. It costs one product, like power iteration,
    but needs far fewer, and finds the largest value where power iteration finds the largest magnitude.

    >>> value, vector = top_eigenvalue(lambda v: jnp.array([-3.0, 1.0, 2.0]) * v, jnp.ones(3), 8)
    >>> round(float(value), 4)
    2.0
    """

    def unit(u: Array) -> tuple[Array, Array]:
        size = jnp.sqrt(u @ u)
        scale = jnp.where(size > 0, 1 / jnp.where(size > 0, size, 1), 0)
        return u * scale, scale

    def iterate(_: Any, carry: tuple[Array, ...]) -> tuple[Array, ...]:
        v, hv, p, hp = carry
        r, _ = unit(hv - (v @ hv) * v)
        r, _ = unit(r - (v @ r) * v)  # Once more: the first difference is small, and rounding leaves some v in it.
        hr = product(r)
        along, across = v @ p, r @ p
        p, scale = unit(p - along * v - across * r)
        hp = (hp - along * hv - across * hr) * scale
        basis, image = jnp.stack([v, r, p]), jnp.stack([hv, hr, hp])
        small = basis @ image.T
        small = (small + small.T) / 2
        # A vector of the basis that is 0 gives an eigenvalue 0: pushed below all others, lest it be chosen.
        empty = (basis * basis).sum(axis=1) < 0.5
        small = small - jnp.diag(jnp.where(empty, 1 + 2 * jnp.abs(small).sum(), 0))
        best = jnp.linalg.eigh(small)[1][:, -1]
        move, scale = unit(best[1] * r + best[2] * p)
        v, shrink = unit(best @ basis)
        return v, (best @ image) * shrink, move, (best[1] * hr + best[2] * hp) * scale

    v, _ = unit(start)
    nothing = jnp.zeros_like(v)
    v, hv, _, _ = jax.lax.fori_loop(0, iterations, iterate, (v, product(v), nothing, nothing))
    return v @ hv, v


def hessian(sample: Sample) -> tuple[Callable[[Array], Array], int]:
    """The product of the Hessian of the batch's loss before the step with a flat vector, and the vector's length.

    Forward over reverse: the derivative of the gradient along the vector, at the price of about two gradients.
    """
    params, unravel = ravel_pytree(sample.before.params)

    def gradient(flat: Array) -> Array:
        grads: Array = ravel_pytree(jax.grad(sample.cost)(unravel(flat)))[0]
        return grads

    def product(v: Array) -> Array:
        image: Array = jax.jvp(gradient, (params,), (v,))[1]
        return image

    return product, int(params.size)


def sharpness_at_first(network: Network, params: Any) -> dict[str, Any]:
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(params)]
    dtype, size = leaves[0].dtype if leaves else np.float32, sum(leaf.size for leaf in leaves)
    return {"vector": rng.generator(0, "noise").standard_normal(size).astype(dtype), "value": np.zeros((), dtype)}


def sharpened(sample: Sample, old: dict[str, Any]) -> dict[str, Any]:
    product, _ = hessian(sample)
    value, vector = top_eigenvalue(product, old["vector"], ITERATIONS)
    # After values that are not finite it begins anew, not from NaN.
    usable = jnp.isfinite(vector).all()
    return {"vector": jnp.where(usable, vector, old["vector"]), "value": value}


def hessian_trace(sample: Sample) -> Array:
    """The mean of z . Hz over `VECTORS` vectors z of random signs (Hutchinson 1990): unbiased for the trace of H."""
    product, size = hessian(sample)
    dtype = dtype_of(sample.before.params)

    def add(index: Array, total: Array) -> Array:
        count = jnp.asarray(sample.before.step).astype(jnp.uint32) * np.uint32(VECTORS) + index.astype(jnp.uint32)
        bits = rng.bits(sample.seed, count, STREAM, (size,))
        z = jnp.where(bits >> np.uint32(31) == 0, 1, -1).astype(dtype)
        return total + z @ product(z)

    total: Array = jax.lax.fori_loop(0, VECTORS, add, jnp.zeros((), dtype))
    return total[None] / VECTORS

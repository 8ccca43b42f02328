"""Randomness from counters: the same numbers in NumPy and in compiled code, at any place, in any order.

Bulk randomness on the host (initial weights, the order of examples) comes from NumPy's Philox, keyed by
(seed, purpose, index). Randomness inside the compiled step (dropout, noise) is a hash of (seed, step, layer, element):
it costs a few integer operations per element and needs no state.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core.errors import check_choice, check_count

__all__ = ["bits", "generator", "mix", "normal", "uniform"]

PURPOSES = ("init", "order", "data", "split", "sample", "noise")


def generator(seed: int, purpose: str, index: int = 0) -> np.random.Generator:
    """Return the NumPy generator of (*seed*, *purpose*, *index*), e.g. the order of epoch *index*.

    >>> bool(generator(7, "order", 3).random() == generator(7, "order", 3).random())
    True
    >>> bool(generator(7, "order", 3).random() == generator(7, "init", 3).random())
    False
    """
    check_count("generator", "seed", seed, least=0)
    check_choice("generator", "purpose", purpose, PURPOSES)
    words = np.random.SeedSequence([seed, PURPOSES.index(purpose), index])
    return np.random.Generator(np.random.Philox(words))


def mix(word: Any) -> Any:
    """Hash 32-bit words: xor-shift-multiply with the constants of Wellons, "lowbias32" (bias 0.17 of ideal 0).

    *word* is uint32 of any shape, NumPy's or JAX's; so is the result.

    >>> mix(np.array([1], np.uint32))
    array([1753845952], dtype=uint32)
    """
    word = word ^ (word >> np.uint32(16))
    word = word * np.uint32(0x7FEB352D)
    word = word ^ (word >> np.uint32(15))
    word = word * np.uint32(0x846CA68B)
    return word ^ (word >> np.uint32(16))


def bits(seed: Any, step: Any, stream: int, shape: Sequence[int]) -> jax.Array:
    """Return uint32 of *shape*, uniform over all words, a pure function of (*seed*, *step*, *stream*, element).

    *seed* and *step* may be traced; *stream* numbers the layer and the purpose inside it.

    >>> bits(0, 0, 0, (2,)).dtype
    dtype('uint32')
    """
    seed, step = jnp.asarray(seed).astype(jnp.uint32), jnp.asarray(step).astype(jnp.uint32)
    base = mix(mix(mix(seed) + step) + np.uint32(stream % 2**32))
    element = jax.lax.iota(jnp.uint32, math.prod(shape)).reshape(tuple(shape))
    # A Weyl sequence, then one round of mixing. The base enters by xor: added, it would make every stream a shifted
    # copy of one sequence.
    return jnp.asarray(mix((element * np.uint32(0x9E3779B9)) ^ base))


def uniform(seed: Any, step: Any, stream: int, shape: Sequence[int]) -> jax.Array:
    """Return float32 in [0, 1) of *shape*: the upper 24 bits of `bits`, scaled.

    >>> bool((uniform(0, 0, 0, (100,)) < 1).all())
    True
    """
    return (bits(seed, step, stream, shape) >> np.uint32(8)).astype(jnp.float32) * np.float32(2**-24)


def normal(seed: Any, step: Any, stream: int, shape: Sequence[int]) -> jax.Array:
    """Return standard normal float32 of *shape* (Box & Muller 1958) from streams *stream* and *stream* + 2^16.

    >>> bool(abs(normal(0, 0, 0, (10_000,)).mean()) < 0.05)
    True
    """
    radius = jnp.sqrt(-2.0 * jnp.log1p(-uniform(seed, step, stream, shape)))
    angle = np.float32(2 * math.pi) * uniform(seed, step, stream + 2**16, shape)
    return radius * jnp.cos(angle)

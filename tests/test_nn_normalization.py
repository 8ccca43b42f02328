"""Normalisation against NumPy in float64; padding and masks take no part."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ravine.nn import BatchNormalization, Context, Frozen, LayerNormalization

# Sums of at most 24 float64 terms of order 1.
CLOSE: dict[str, Any] = {"rtol": 1e-13, "atol": 1e-13}


def start(layer: Any, features: int, dtype: Any = np.float64) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(4)
    made = layer.init(rng, (features,), dtype)
    params = {name: rng.normal(size=array.shape).astype(dtype) for name, array in made.params.items()}
    state = {name: rng.uniform(0.5, 2, array.shape).astype(dtype) for name, array in made.state.items()}
    return params, state


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("shape", [(6, 3), (2, 4, 3)])
def test_batch_normalization_is_its_formula(shape: tuple[int, ...]) -> None:
    layer, x = BatchNormalization(momentum=0.9, epsilon=0.01), np.random.default_rng(0).normal(2, 3, shape)
    params, state = start(layer, 3)
    y, new = layer.apply(params, state, jnp.asarray(x), Context(train=True))
    rows = x.reshape(-1, 3)
    mean, variance = rows.mean(0), rows.var(0)
    np.testing.assert_allclose(y, params["gamma"] * (x - mean) / np.sqrt(variance + 0.01) + params["beta"], **CLOSE)
    np.testing.assert_allclose(new["moving_mean"], 0.9 * state["moving_mean"] + 0.1 * mean, **CLOSE)
    np.testing.assert_allclose(new["moving_variance"], 0.9 * state["moving_variance"] + 0.1 * variance, **CLOSE)
    y, same = layer.apply(params, state, jnp.asarray(x), Context())
    scaled = (x - state["moving_mean"]) / np.sqrt(state["moving_variance"] + 0.01)
    np.testing.assert_allclose(y, params["gamma"] * scaled + params["beta"], **CLOSE)
    assert same is state


@pytest.mark.usefixtures("float64")
def test_layer_normalization_is_its_formula() -> None:
    layer, x = LayerNormalization(epsilon=0.01), np.random.default_rng(0).normal(2, 3, (2, 4, 3))
    params, _ = start(layer, 3)
    y, _ = layer.apply(params, {}, jnp.asarray(x), Context(train=True))
    scaled = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 0.01)
    np.testing.assert_allclose(y, params["gamma"] * scaled + params["beta"], **CLOSE)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("shape", [(6, 3), (6, 4, 3)])
def test_padding_takes_no_part(shape: tuple[int, ...]) -> None:
    """Output, statistics and gradients of a padded batch are those of its examples alone."""
    layer, x = BatchNormalization(), np.random.default_rng(0).normal(size=shape)
    params, state = start(layer, 3)
    valid = np.array([1.0, 1, 0, 1, 0, 1])
    padded = np.where(valid.reshape(-1, *(1,) * (len(shape) - 1)) > 0, x, 1e6)
    examples = x[valid > 0]

    def value(x: Any, params: Any, valid: Any) -> Any:
        y, new = layer.apply(params, state, x, Context(train=True, valid=valid))
        seen = y if valid is None else y[np.flatnonzero(valid)]
        return jnp.sum(jnp.sin(seen) * jnp.arange(seen.size).reshape(seen.shape).astype(seen.dtype)), (seen, new)

    alone = jax.value_and_grad(value, (0, 1), has_aux=True)(examples, params, None)
    among = jax.value_and_grad(value, (0, 1), has_aux=True)(padded, params, valid)
    (by_x, by_params), (want_x, want_params) = among[1], alone[1]
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **CLOSE), among[0], alone[0])
    np.testing.assert_allclose(by_x[valid > 0], want_x, rtol=1e-11, atol=1e-11)  # sums of 24 terms up to 24
    np.testing.assert_array_equal(by_x[valid == 0], 0)
    for name in params:
        np.testing.assert_allclose(by_params[name], want_params[name], rtol=1e-11, atol=1e-11)


@pytest.mark.usefixtures("float64")
def test_padding_and_mask_join() -> None:
    layer, x = BatchNormalization(momentum=0.0), np.random.default_rng(0).normal(size=(3, 4, 2))
    params, state = start(layer, 2)
    valid, mask = np.array([1.0, 0, 1]), np.random.default_rng(1).random((3, 4)) < 0.6
    _, new = layer.apply(params, state, jnp.asarray(x), Context(train=True, valid=valid, mask=mask))
    rows = x[mask & (valid > 0)[:, None]]
    np.testing.assert_allclose(new["moving_mean"], rows.mean(0), **CLOSE)
    np.testing.assert_allclose(new["moving_variance"], rows.var(0), **CLOSE)


def test_a_batch_of_padding_changes_nothing() -> None:
    layer = BatchNormalization()
    params, state = start(layer, 2, np.float32)
    y, new = layer.apply(params, state, jnp.ones((3, 2)), Context(train=True, valid=np.zeros(3, np.float32)))
    assert np.isfinite(y).all()
    jax.tree.map(np.testing.assert_array_equal, new, state)


def test_all_valid_is_no_padding() -> None:
    layer, x = BatchNormalization(), np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    params, state = start(layer, 3, np.float32)
    full, _ = layer.apply(params, state, x, Context(train=True, valid=np.ones(6, np.float32)))
    plain, _ = layer.apply(params, state, x, Context(train=True))
    np.testing.assert_allclose(full, plain, rtol=1e-5, atol=1e-6)  # float32, six terms


def test_moving_statistics_stand_still_when_frozen() -> None:
    layer = BatchNormalization()
    params, state = start(layer, 2, np.float32)
    x = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    y, new = Frozen(layer).apply({}, params | state, x, Context(train=True))
    want, _ = layer.apply(params, state, x, Context())
    np.testing.assert_array_equal(y, want)
    jax.tree.map(np.testing.assert_array_equal, new, params | state)

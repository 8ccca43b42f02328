"""Dropout and noise: how much, where, and when the same."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ravine.nn import GRU, LSTM, Bidirectional, Context, Dropout, GaussianNoise, Network, SimpleRNN
from ravine.nn.recurrent import recur


def dropped(rate: Any, n: int = 100_000, **circumstances: Any) -> np.ndarray:
    y, _ = Dropout(rate).apply({}, {}, jnp.ones((1, n)), Context(train=True, **circumstances))
    return np.asarray(y[0])


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_share_and_keeps_the_mean(rate: float) -> None:
    """The share dropped of n = 1e5 has deviation sqrt(p (1 - p) / n); five of them leave one chance in a million."""
    y = dropped(rate)
    deviation = np.sqrt(rate * (1 - rate) / y.size)
    assert abs((y == 0).mean() - rate) < 5 * deviation
    assert abs(y.mean() - 1) < 5 * deviation / (1 - rate)
    np.testing.assert_allclose(np.unique(y), [0, 1 / (1 - rate)], rtol=1e-6)


def test_dropout_at_0_keeps_all() -> None:
    np.testing.assert_array_equal(dropped(0.0), 1)


@pytest.mark.parametrize("other", [{"seed": 1}, {"step": 1}, {"layer": 1}, {"branch": 1}])
def test_dropout_is_drawn_afresh_for_each_circumstance(other: dict[str, int]) -> None:
    """Correlation of 1e5 independent pairs has deviation 3.2e-3; 0.016 is five of them."""
    one, two = dropped(0.5), dropped(0.5, **other)
    np.testing.assert_array_equal(one, dropped(0.5))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.016
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.016


def test_a_layer_draws_by_its_place_in_the_network() -> None:
    network = Network((Dropout(0.5), Dropout(0.5)), (1000,))
    outputs, _ = network.activations(((), ()), ({}, {}), jnp.ones((1, 1000)), Context(train=True))
    # A quarter passes both only if the two masks are independent: 1000 draws of 1/4 have deviation .0137.
    assert abs(float((outputs[1] > 0).mean()) - 0.25) < 0.07


def test_gaussian_noise() -> None:
    """n = 1e5: the mean has deviation 3.2e-3 stddev, the deviation itself 2.2e-3 stddev; five of them each."""
    y, _ = GaussianNoise(2.0).apply({}, {}, jnp.full((1, 100_000), 3.0), Context(train=True))
    assert abs(float(y.mean()) - 3) < 0.032
    assert abs(float(y.std()) - 2) < 0.022
    same, _ = GaussianNoise(2.0).apply({}, {}, y, Context())
    np.testing.assert_array_equal(same, y)


@pytest.mark.parametrize("layer", [Dropout(0.1), GaussianNoise(0.1), LSTM(3, dropout=0.1, recurrent_dropout=0.1)])
def test_another_rate_compiles_nothing(layer: Any) -> None:
    network = Network((layer,), (4, 5))
    variables = network.init(0)
    traces = []

    @jax.jit
    def run(network: Network, seed: Any, step: Any) -> Any:
        traces.append(1)
        return network.apply(*variables, jnp.ones((2, 4, 5)), Context(train=True, seed=seed, step=step))[0]

    one = run(network, 0, 0)
    other = run(jax.tree.map(lambda rate: rate + 0.6, network), 1, 5)
    assert len(traces) == 1
    assert not np.allclose(one, other)


IDENTITY = {"kernel": np.eye(50, dtype=np.float32), "recurrent_kernel": np.zeros((50, 50), np.float32)}


def test_input_dropout_is_the_same_at_every_step() -> None:
    """With W the identity and U = 0 the outputs are the inputs times the mask: 250 draws of 1/2."""
    layer = SimpleRNN(50, "linear", use_bias=False, dropout=0.5, return_sequences=True)
    y, _ = layer.apply(IDENTITY, {}, jnp.ones((5, 20, 50)), Context(train=True))
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    np.testing.assert_array_equal(np.unique(y), [0, 2])
    assert abs(float((y[:, 0] > 0).mean()) - 0.5) < 0.16


def test_recurrent_dropout_is_the_same_at_every_step() -> None:
    """With W and U the identity and one pulse at the start, the outputs are the powers of the mask, 0 or 2."""
    layer = SimpleRNN(50, "linear", use_bias=False, recurrent_dropout=0.5, return_sequences=True)
    x = np.zeros((5, 4, 50), np.float32)
    x[:, 0] = 1
    y, _ = layer.apply(IDENTITY | {"recurrent_kernel": IDENTITY["kernel"]}, {}, x, Context(train=True))
    np.testing.assert_array_equal(y[:, 0], 1)
    np.testing.assert_array_equal(np.unique(y[:, 1]), [0, 2])
    np.testing.assert_array_equal(y[:, 2], y[:, 1] ** 2)
    np.testing.assert_array_equal(y[:, 3], y[:, 1] ** 3)


def test_each_gate_sees_the_state_through_its_own_mask() -> None:
    rng = np.random.default_rng(0)
    h, kernel = rng.normal(size=(2, 3)), rng.normal(size=(3, 12))
    kept = Context(train=True).keep((4, 2, 3), 0.5, np.float32)
    made = recur(jnp.asarray(h, np.float32), jnp.asarray(kernel, np.float32), kept)
    by_hand = np.concatenate([(h * kept[g]) @ kernel[:, 3 * g : 3 * g + 3] for g in range(4)], axis=1)
    np.testing.assert_allclose(made, by_hand, rtol=1e-5, atol=1e-6)  # three float32 terms


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
@pytest.mark.parametrize("rates", [(0.0, None), (None, 0.0), (0.0, 0.0)])
def test_rates_of_0_are_no_dropout(kind: Any, rates: tuple[float | None, float | None]) -> None:
    plain, layer = kind(4), kind(4, dropout=rates[0], recurrent_dropout=rates[1])
    params, _ = plain.init(np.random.default_rng(0), (5, 3))
    x = np.random.default_rng(1).normal(size=(2, 5, 3)).astype(np.float32)
    want, _ = plain.apply(params, {}, x, Context(train=True))
    made, _ = layer.apply(params, {}, x, Context(train=True))
    np.testing.assert_allclose(made, want, rtol=1e-5, atol=1e-6)  # the same sums in another order


def test_directions_draw_masks_of_their_own() -> None:
    layer = Bidirectional(SimpleRNN(50, "linear", use_bias=False, dropout=0.5))
    params = {f"{side}_{name}": array for side in ("forward", "backward") for name, array in IDENTITY.items()}
    y, _ = layer.apply(params, {}, jnp.ones((20, 1, 50)), Context(train=True))
    forward, backward = np.asarray(y[:, :50]).ravel(), np.asarray(y[:, 50:]).ravel()
    # 1000 independent pairs: deviation of the correlation .032, five of them .16.
    assert abs(np.corrcoef(forward, backward)[0, 1]) < 0.16

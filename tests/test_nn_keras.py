"""Every layer against Keras with the same weights: output, new state, and gradients by inputs and weights."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from layer_cases import CASES as ALL
from layer_cases import Case, keras_twin
from ravine.core import RavineError
from ravine.nn import (
    LAYERS,
    LSTM,
    AlphaDropout,
    BatchNormalization,
    Bidirectional,
    Context,
    Dense,
    Embedding,
    Frozen,
    GaussianDropout,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    GroupNormalization,
    Layer,
    LayerNormalization,
    Network,
    Normalization,
    Rescaling,
    TimeDistributed,
    from_dict,
    to_dict,
    to_text,
)
from slow_marks import often

keras = pytest.importorskip("keras")

# Keras's Normalization counts its examples among its weights: it has a test of its own below.
CASES = {name: case for name, case in ALL.items() if not isinstance(case.layer, Normalization)}

# float32: outputs are of order 1, sums run over at most 12 terms and 5 steps, and Keras orders the sums differently:
# a few units in the last place (1.2e-7) per term. float64: the same count of 2.2e-16.
TOLERANCES = {"float32": 5e-6, "float64": 2e-14}


def arrays_in_order(layer: Layer, params: Any, state: Any) -> list[Any]:
    return [(params | state)[name] for name in layer.weights if name in params | state]


def scalar(outputs: Any) -> Any:
    """A number that depends on every entry of *outputs* in a way of its own."""
    terms = []
    for y in jax.tree.leaves(outputs):
        weight = np.cos(np.arange(y.size)).astype(y.dtype).reshape(y.shape)
        terms.append(jnp.sum(jnp.sin(y) * weight))
    return sum(terms[1:], start=terms[0])


def differentiate(f: Any, x: Any, params: Any) -> tuple[Any, Any, Any]:
    """(outputs, gradient by x or None where x is whole numbers, gradient by params) of the `scalar` of f(x, params)."""

    def value(params: Any, x: Any) -> tuple[Any, Any]:
        outputs = f(x, params)
        return scalar(outputs[0]), outputs

    by_x = np.issubdtype(x.dtype, np.floating)
    # Programs this small are compiled far longer than they run: the compiler need not try hard.
    slope = jax.jit(
        jax.grad(value, (0, 1) if by_x else (0,), has_aux=True), compiler_options={"xla_backend_optimization_level": 0}
    )
    gradients, outputs = slope(params, x)
    return outputs, gradients[1] if by_x else None, gradients[0]


def check(case: Case, dtype: str, train: bool, mask: np.ndarray | None) -> None:
    rng = np.random.default_rng(3)
    x, (params, state) = case.inputs(rng, dtype), case.variables(rng, dtype)
    context = Context(train=train, mask=mask)
    with jax.numpy_dtype_promotion("strict"):
        ours = differentiate(lambda x, params: case.layer.apply(params, state, x, context), x, params)

    twin = keras_twin(case.layer, dtype)
    twin.build((None, *case.shape))
    twin.set_weights([np.asarray(array) for array in arrays_in_order(case.layer, params, state)])
    fixed = [v.value for v in twin.non_trainable_variables]
    trained = [v.value for v in twin.trainable_variables]
    options = {} if mask is None else {"mask": mask}
    if "training" in twin._call_signature.parameters:
        options["training"] = train
    with jax.numpy_dtype_promotion("standard"):
        theirs = differentiate(lambda x, w: twin.stateless_call(w, fixed, x, **options), x, trained)

    close = {"rtol": TOLERANCES[dtype], "atol": TOLERANCES[dtype]}
    (y, new), (their_y, their_new) = ours[0], theirs[0]
    assert len(jax.tree.leaves(y)) == len(jax.tree.leaves(their_y))
    for mine, other in zip(jax.tree.leaves(y), jax.tree.leaves(their_y), strict=True):
        assert mine.dtype == other.dtype == dtype
        np.testing.assert_allclose(mine, other, **close)
    for name in case.layer.statistics:
        other = their_new[case.layer.statistics.index(name)]
        np.testing.assert_allclose(new[name], other, **close)
    if ours[1] is not None:
        np.testing.assert_allclose(ours[1], theirs[1], **close)
    mine = arrays_in_order(case.layer, ours[2], {})
    assert len(mine) == len(theirs[2])
    for gradient, other in zip(mine, theirs[2], strict=True):
        np.testing.assert_allclose(gradient, other, **close)


MASKED = [name for name, case in CASES.items() if case.masked]


@pytest.mark.parametrize("name", often(CASES, lambda name: "normalization" in name))
def test_inference(name: str) -> None:
    """What `test_float64` holds to far more digits is tried in float32 by the slow tests."""
    check(CASES[name], "float32", train=False, mask=None)


# test_nn_layers.py shows that the other layers without noise do the same in training as outside it.
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.layer.statistics])
def test_training(name: str) -> None:
    check(CASES[name], "float32", train=True, mask=None)


@pytest.mark.parametrize("name", often(MASKED, MASKED[::3]))
def test_masked(name: str) -> None:
    case = CASES[name]
    check(case, "float32", train=not case.noisy, mask=case.mask(np.random.default_rng(5)))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", [name for name in CASES if "normalization" not in name and "average" not in name])
def test_float64(name: str) -> None:
    """Keras rounds what it normalises to float32, so those layers have an oracle in test_nn_normalization.py."""
    case = CASES[name]
    check(case, "float64", train=False, mask=case.mask(np.random.default_rng(6)) if case.masked else None)


@pytest.mark.parametrize("name", CASES)
def test_shapes_and_counts(name: str) -> None:
    case = CASES[name]
    twin = keras_twin(case.layer)
    shape = twin.compute_output_shape((None, *case.shape))
    shape = shape[0] if isinstance(shape[0], tuple) else shape
    # Keras 3.15 doubles the first direction, whatever the second is, and does not know that glu halves.
    if getattr(case.layer, "backward_layer", None) is None and getattr(case.layer, "activation", None) != "glu":
        assert case.layer.output_shape(case.shape) == tuple(shape[1:])
    twin.build((None, *case.shape))
    made = case.layer.init(np.random.default_rng(0), case.shape)
    ours = arrays_in_order(case.layer, made.params, made.state)
    assert [array.shape for array in ours] == [tuple(v.shape) for v in twin.variables if "seed" not in v.path]
    assert sorted(made.params | made.state) == sorted(n for n in case.layer.weights if n in made.params | made.state)


def test_defaults_are_those_of_keras() -> None:
    """A layer made from its units alone computes what Keras's does."""
    for name in ("simple_rnn", "lstm", "gru"):
        layer = LAYERS[name](4)
        twin = getattr(keras.layers, type(layer).__name__)(4)
        twin.build((None, 5, 3))
        x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
        params = dict(zip(layer.weights, (np.asarray(v.value) for v in twin.variables), strict=False))
        y, _ = layer.apply(params, {}, x, Context())
        with jax.numpy_dtype_promotion("standard"):
            np.testing.assert_allclose(y, twin(x), rtol=5e-6, atol=5e-6)


def test_mask_travels_through_a_network() -> None:
    """Embedding makes a mask, the recurrent layers heed it and hand it on, as in a Sequential model."""
    layers = (
        Embedding(9, 3, mask_zero=True),
        LSTM(4, return_sequences=True),
        Dense(4, "tanh"),
        Bidirectional(LSTM(3, return_sequences=True)),
        Frozen(LSTM(5)),
        Dense(2),
    )
    network = Network(layers, (6,))
    twin = keras.Sequential([keras.Input((6,)), *map(keras_twin, layers)])
    variables = network.init(seed=1)
    each = zip(layers, variables.params, variables.state, strict=True)
    twin.set_weights([array for layer, p, s in each for array in arrays_in_order(layer, p, s)])
    x = np.random.default_rng(0).integers(0, 3, (8, 6)).astype(np.int32)
    assert (x == 0).any()
    y, _ = network.apply(*variables, x, Context())
    with jax.numpy_dtype_promotion("standard"):
        np.testing.assert_allclose(y, twin(x), rtol=1e-5, atol=1e-5)


def test_normalization_adapted_to_data_is_that_of_keras() -> None:
    x = np.random.default_rng(0).normal(size=(50, 4, 3)).astype(np.float32) * [1.0, 5.0, 0.0] + [0.0, 3.0, 2.0]
    layer, twin = Normalization.adapted(x), keras.layers.Normalization()
    twin.adapt(x)
    network = Network((layer, Rescaling(2.0)), (4, 3))
    y = network.predict(network.init(0), x[:7])
    # The third feature is constant: its root of a variance of 0 is taken for 1e-7, and 0 / 1e-7 is 0.
    np.testing.assert_allclose(y, 2 * np.asarray(twin(x[:7])), atol=2e-5)
    assert from_dict(to_dict(network)) == network
    with pytest.raises(RavineError, match="Normalization: mean has 3 numbers for 2 features: adapt it anew"):
        Network((layer,), (2,))
    with pytest.raises(RavineError, match="has no place in a text"):
        to_text(network)
    with pytest.raises(RavineError, match=r"adapted needs finite examples of shape \(n, ..., features\)"):
        Normalization.adapted([1.0, 2.0])


def test_time_distributed_leaves_masked_steps_out_of_the_statistics() -> None:
    """As the layer by itself on the steps that count, one after another."""
    rng = np.random.default_rng(1)
    x, mask = rng.normal(size=(3, 4, 2)).astype(np.float32), rng.random((3, 4)) < 0.6
    layer = TimeDistributed(BatchNormalization())
    params, state = layer.init(rng, (4, 2))
    _, new = layer.apply(params, state, jnp.asarray(x), Context(train=True, mask=jnp.asarray(mask)))
    _, alone = layer.layer.apply(params, state, jnp.asarray(x[mask]), Context(train=True))
    for name in new:
        np.testing.assert_allclose(new[name], alone[name], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("layer", "reduce"), [(GlobalAveragePooling1D(), np.mean), (GlobalMaxPooling1D(), np.max)])
def test_pooling_heeds_masks(layer: Layer, reduce: Any) -> None:
    x = np.random.default_rng(2).normal(size=(3, 4, 2)).astype(np.float32)
    mask = np.array([[True, False, True, True], [True, True, True, True], [False] * 4])
    y, _ = layer.apply({}, {}, jnp.asarray(x), Context(mask=jnp.asarray(mask)))
    for row in (0, 1):
        np.testing.assert_allclose(y[row], reduce(x[row][mask[row]], axis=0), rtol=1e-6)
    assert np.asarray(y[2]).tolist() == [0, 0]
    assert layer.mask(jnp.asarray(x), jnp.asarray(mask)) is None


def test_noise_of_the_dropouts_is_that_of_their_papers() -> None:
    """Means and variances over 200,000 draws: within five standard errors of what the formulas say."""
    x = np.random.default_rng(3).normal(size=(1, 200_000)).astype(np.float32)
    alpha, _ = AlphaDropout(0.3).apply({}, {}, jnp.asarray(x), Context(train=True, seed=5))
    assert abs(float(alpha.mean())) < 5 / np.sqrt(x.size) * 1.1
    assert abs(float(alpha.var()) - 1) < 5 * np.sqrt(3 / x.size)
    gauss, _ = GaussianDropout(0.3).apply({}, {}, jnp.ones_like(x), Context(train=True, seed=5))
    assert abs(float(gauss.mean()) - 1) < 5 * np.sqrt(0.3 / 0.7 / x.size)
    assert abs(float(gauss.var()) - 0.3 / 0.7) < 5 * 0.43 * np.sqrt(2 / x.size)
    for layer in (AlphaDropout(0.3), GaussianDropout(0.3)):
        np.testing.assert_array_equal(layer.apply({}, {}, jnp.asarray(x), Context())[0], x)


def test_axes_that_are_none_are_named() -> None:
    with pytest.raises(RavineError, match=r"LayerNormalization: axis 3 is none of an example of shape \(4, 5\)"):
        Network((LayerNormalization(axis=3),), (4, 5))
    with pytest.raises(RavineError, match="GroupNormalization: 6 features cannot be cut into 4 groups: take a divisor"):
        Network((GroupNormalization(4),), (6,))

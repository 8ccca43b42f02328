"""Networks: composition, the last activation, frozen layers, summaries, drawings, and bad input."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ravine.core import RavineError
from ravine.functions.activations import linear, softmax
from ravine.functions.constraints import MaxNorm
from ravine.functions.regularizers import L1, L2
from ravine.nn import (
    GRU,
    LSTM,
    Activation,
    BatchNormalization,
    Bidirectional,
    Context,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Frozen,
    GaussianNoise,
    Layer,
    LayerNormalization,
    Network,
    PReLU,
    Reshape,
    SimpleRNN,
    count_params,
    draw,
    freeze,
    from_text,
    layer_names,
    rows,
    summary,
    thaw,
    weight_shapes,
)

LECTURE = "784-512:relu-dropout:0.2-512:relu-dropout:0.2-10:softmax"


# Composition


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(1, 5), st.integers(1, 4))
@pytest.mark.slow
def test_dense_takes_any_number_of_axes(shape: list[int], units: int, batch: int) -> None:
    network = Network((Dense(units, "tanh"), LayerNormalization(), Flatten(), Dense(2)), tuple(shape))
    variables = network.init(0)
    x = np.random.default_rng(0).normal(size=(batch, *shape)).astype(np.float32)
    outputs, _ = network.activations(*variables, x, Context())
    assert tuple(y.shape[1:] for y in outputs) == network.shapes
    # A matrix product written out, of at most four float32 terms.
    flat = np.tanh(x.astype(np.float64) @ variables.params[0]["kernel"])
    np.testing.assert_allclose(outputs[0], flat, rtol=1e-5, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.permutations([2, 3, 4]), st.integers(0, 2))
def test_reshape_finds_the_missing_size(target: list[int], missing: int) -> None:
    wanted = tuple(target)
    target[missing] = -1
    x = np.arange(48.0, dtype=np.float32).reshape(2, 24)
    y, _ = Reshape(tuple(target)).apply({}, {}, jnp.asarray(x), Context())
    assert Reshape(tuple(target)).output_shape((24,)) == wanted
    np.testing.assert_array_equal(y, x.reshape(2, *wanted))


def test_networks_that_begin_alike_start_alike() -> None:
    short, long = from_text("4-3-2").init(7), from_text("4-3-5-2").init(7)
    np.testing.assert_array_equal(short.params[0]["kernel"], long.params[0]["kernel"])
    assert not np.array_equal(from_text("4-3").init(8).params[0]["kernel"], short.params[0]["kernel"])


@pytest.mark.parametrize(
    ("last", "strips"),
    [
        (Dense(3, "softmax"), True),
        (Activation("softmax"), True),
        (Frozen(Dense(3, "softmax")), True),
        (Dense(3), False),
        (LSTM(3, "softmax"), False),
        (Bidirectional(GRU(3)), False),
        (Dropout(0.1), False),
    ],
)
def test_last_activation_is_split_off(last: Layer, strips: bool) -> None:
    """Only what makes the output counts: an LSTM's activation is inside it and stays."""
    network = Network((last,), (4, 3))
    assert network.final_activation is (softmax if strips else linear)
    variables, x = network.init(0), np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
    whole, _ = network.apply(*variables, x, Context())
    logits, _ = network.without_final_activation().apply(*variables, x, Context())
    np.testing.assert_array_equal(network.final_activation(logits), whole)
    assert np.allclose(logits, whole) is not strips


def test_penalties_and_constraints_find_their_arrays() -> None:
    lstm = LSTM(3, kernel_regularizer=L1(0.1), recurrent_regularizer="l2", bias_regularizer=L2(0.5))
    layers = (
        Bidirectional(lstm),
        BatchNormalization(gamma_regularizer=L2(2.0)),
        Dense(2, kernel_constraint=MaxNorm(0.1)),
    )
    network = Network(layers, (4, 5))
    params, _ = network.init(0)
    by_hand = 2.0 * np.sum(params[1]["gamma"] ** 2)
    for side in ("forward", "backward"):
        by_hand += 0.1 * np.abs(params[0][f"{side}_kernel"]).sum()
        by_hand += 0.01 * np.sum(params[0][f"{side}_recurrent_kernel"] ** 2)
        by_hand += 0.5 * np.sum(params[0][f"{side}_bias"] ** 2)
    penalty = network.penalty(params)
    assert penalty is not None
    assert float(penalty) == pytest.approx(float(by_hand), rel=1e-5)  # 156 float32 terms
    assert network.constrained
    put_back = network.constrain(params)
    np.testing.assert_array_less(np.linalg.norm(put_back[2]["kernel"], axis=0), 0.1 + 1e-6)
    jax.tree.map(np.testing.assert_array_equal, put_back[:2], params[:2])
    free = from_text("4-3")
    assert free.penalty(free.init(0).params) is None
    assert not free.constrained
    both = Network((Bidirectional(LSTM(3, recurrent_constraint="unit_norm")),), (4, 5))
    kept = both.constrain(both.init(0).params)[0]
    assert both.constrained
    np.testing.assert_allclose(np.linalg.norm(kept["backward_recurrent_kernel"], axis=0), 1, rtol=1e-5)


def test_predict_goes_in_pieces_and_converts() -> None:
    network = from_text("3-2:tanh")
    variables = network.init(0)
    x = np.random.default_rng(0).integers(0, 255, (10, 3)).astype(np.uint8)
    whole = network.predict(variables, x)
    np.testing.assert_allclose(network.predict(variables, x, batch_size=4), whole, rtol=1e-6)
    assert network.predict(variables, x[:0]).shape == (0, 2)
    assert network.predict(variables, x.astype(float).tolist()).shape == (10, 2)


# Frozen layers


def test_gradient_flows_through_frozen_layers() -> None:
    network, variables = freeze(from_text("4-5:tanh-3:tanh-2"), from_text("4-5:tanh-3:tanh-2").init(0), 1, -1)
    x = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    gradient = jax.grad(lambda p: network.apply(p, variables.state, x, Context(train=True))[0].sum())(variables.params)
    assert [sorted(each) for each in gradient] == [["bias", "kernel"], [], []]
    assert np.abs(gradient[0]["kernel"]).min() > 0


def test_freeze_and_thaw_keep_outputs_and_come_back() -> None:
    network = from_text("4-batchnorm-5:tanh-2")
    variables, x = network.init(0), np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    cold, held = freeze(network, variables, 0, 1)
    np.testing.assert_array_equal(cold.apply(*held, x, Context())[0], network.apply(*variables, x, Context())[0])
    assert freeze(cold, held, 0)[0] == cold
    warm, back = thaw(cold, held, 0, 1, 2)
    assert warm == network
    jax.tree.map(np.testing.assert_array_equal, back, variables)
    assert count_params(cold) == (12, count_params(network)[0] + count_params(network)[1] - 12)
    with pytest.raises(RavineError, match="layers 0 to 2, got the place 3"):
        freeze(network, variables, 3)


def test_frozen_layers_have_no_penalty_and_no_constraint() -> None:
    network = Network((Frozen(Dense(3, kernel_regularizer=L2(1.0), kernel_constraint=MaxNorm(0.1))),), (4,))
    params, _ = network.init(0)
    assert network.penalty(params) is None
    assert not network.constrained
    assert network.constrain(params) == ({},)


# Summaries


def test_summary_is_the_lectures() -> None:
    """The lecture's own table, whose names count from 1."""
    text = Path(__file__).parents[1] / "../shared/reference/lecture-original.txt"
    names = ("dense_1", "dropout_1", "dense_2", "dropout_2", "dense_3")
    made = summary(from_text(LECTURE), names)
    assert made.splitlines()[3] == "dense_1 (Dense)              (None, 512)               401920    "
    assert made.splitlines()[-4:-1] == ["Total params: 669,706", "Trainable params: 669,706", "Non-trainable params: 0"]
    if text.exists():
        assert made in text.read_text()


def test_counts_of_the_lecture() -> None:
    assert [row.params for row in rows(from_text(LECTURE))] == [401920, 0, 262656, 0, 5130]
    deep = from_text("784-2500:tanh-2000:tanh-1500:tanh-1000:tanh-500:tanh-10:softmax")
    assert count_params(deep) == (11_972_510, 0)
    assert count_params(from_text("4-4:tanh-4:tanh-8:tanh-4:softmax")) == (116, 0)


def test_summary_counts_what_is_not_trained_and_widens_for_long_names() -> None:
    network = from_text("4-batchnorm-frozen(3)-batchnorm")
    lines = network.summary().splitlines()
    assert layer_names(network) == ("batch_normalization", "dense", "batch_normalization_1")
    assert "batch_normalization_1 (BatchNormalization) (None, 3)" in lines[7]
    assert len({len(line) for line in lines[:4]}) == 1
    assert lines[-4:-1] == ["Total params: 43", "Trainable params: 14", "Non-trainable params: 29"]
    with pytest.raises(RavineError, match="3 names are needed, one for each layer, got 1"):
        summary(network, ["a"])


def test_shapes_are_known_without_arrays() -> None:
    """A table of 4e18 bytes is described; making it would fail."""
    vast = Network((Embedding(10**12, 10**6),), (3,))
    assert weight_shapes(vast).params == ({"embeddings": (10**12, 10**6)},)
    assert count_params(vast) == (10**18, 0)


# Drawings

SVG = "{http://www.w3.org/2000/svg}"


def parts(picture: str) -> Any:
    root = ET.fromstring(picture)
    return {kind: list(root.iter(SVG + kind)) for kind in ("circle", "line", "text", "rect", "path")}


def test_drawing_shows_units_weights_and_labels() -> None:
    network = from_text("4-3:tanh-dropout:0.2-2:softmax")
    weights = {"kernel": np.array([[1.0, -2.0], [0.5, 0.0], [-0.25, 4.0]]), "bias": np.zeros(2)}
    variables = network.init(0)
    found = parts(draw(network, (variables.params[0], {}, weights)))
    assert len(found["circle"]) == 4 + 3 + 2
    assert len(found["line"]) == 12 + 6
    assert len(found["rect"]) == 1
    lines = found["line"][12:]
    signs = [line.get("class") for line in lines]
    assert signs == ["positive", "negative", "positive", "negative", "negative", "positive"]
    widths = [float(line.get("stroke-width")) for line in lines]
    np.testing.assert_allclose(widths, 0.2 + np.abs(weights["kernel"]).ravel(), atol=0.006)  # 4 at most, two decimals
    assert [line.find(SVG + "title").text for line in lines][:2] == ["1", "-2"]
    words = [text.text for text in found["text"]]
    assert words == ["input", "4", "dense", "tanh", "3", "dropout", "0.2", "dense", "softmax", "2"]


def test_drawing_of_wide_layers_is_cut_short() -> None:
    found = parts(draw(from_text("784-16-17")))
    dots = [circle for circle in found["circle"] if circle.get("class") == "dot"]
    assert len(found["circle"]) - len(dots) == 12 + 16 + 12
    assert len(dots) == 6
    assert all(line.get("class") is None for line in found["line"])


@pytest.mark.parametrize(
    "text",
    [
        LECTURE,
        "28x28-flatten-10:softmax",
        "20-embedding:9x3-bidirectional(gru:4,seq)-lstm:3-1",
        "5x4-rnn:3-frozen(batchnorm)-1:logistic",
        "1-1",
    ],
)
def test_drawing_stands_alone_and_fits(text: str) -> None:
    network = from_text(text)
    for params in (None, network.init(0), network.init(0).params):
        picture = network.draw(params)
        assert re.findall(r"(?:href|src|url\(|@import)", picture) == []
        assert set(re.findall(r"https?://\S+?\"", picture)) == {'http://www.w3.org/2000/svg"'}
        root = ET.fromstring(picture)
        _, _, width, height = map(float, root.get("viewBox", "").split())
        found = parts(picture)
        offset = float(re.findall(r"translate\(0 ([\d.]+)\)", picture)[0])
        for circle in found["circle"]:
            x, y, r = (float(circle.get(name)) for name in ("cx", "cy", "r"))
            assert r <= x <= width - r
            assert r <= y + offset <= height - r
        names = [word for word in found["text"] if word.get("class") == "name"]
        places = [float(word.get("x")) for word in names]
        assert places == sorted(places)
        assert len(set(places)) == 1 + len(network.layers)


def test_drawing_of_recurrent_weights_and_of_members() -> None:
    network = from_text("5x4-rnn:3-2")
    variables = network.init(0)
    found = parts(draw(network, variables))
    assert [line.get("class") is not None for line in found["line"]] == [True] * 18
    assert len(found["path"]) == 3
    members = jax.tree.map(lambda leaf: np.stack([leaf, leaf]), variables)
    with pytest.raises(RavineError, match="pass the params of one member"):
        draw(network, members)


# Bad input


def predict(text: str, x: Any) -> np.ndarray:
    network = from_text(text)
    return network.predict(network.init(0), x)


BAD: list[tuple[Any, str]] = [
    (lambda: Network((), (4,)), "at least one layer is needed"),
    (lambda: Network((Dense,), (4,)), "every layer must be a ravine.nn.Layer"),
    (lambda: Network((Dense(3),), (0,)), "each size of input_shape must be a positive integer, got 0"),
    (lambda: Network((Dense(3),), (None, 4)), "each size of input_shape must be a positive integer, got None"),
    (lambda: Network((Dense(3),), ()), "each example must have the axes (..., features), got the shape ()"),
    (lambda: Dense(0), "Dense(0): units must be a positive integer, got 0"),
    (lambda: Dense(2.5), "Dense(2.5): units must be a positive integer, got 2.5"),
    (lambda: Dense(True), "units must be a positive integer, got True"),
    (lambda: Dense(3, "rellu"), "unknown activation 'rellu': did you mean 'relu'?"),
    (lambda: Dense(3, kernel_initializer="glort_uniform"), "did you mean 'glorot_uniform'?"),
    (lambda: Dense(3, kernel_regularizer="l3"), "unknown regularizer 'l3': did you mean 'l2'?"),
    (lambda: Dense(3, kernel_regularizer=0.01), "regularizer must be a name, a Regularizer or None, got 0.01"),
    (lambda: Dense(3, kernel_constraint="max_nrm"), "unknown constraint 'max_nrm': did you mean 'max_norm'?"),
    (lambda: Dropout(1.0), "Dropout: rate must be a number in [0, 1), got 1.0"),
    (lambda: Dropout(-0.1), "Dropout: rate must be a number in [0, 1), got -0.1"),
    (lambda: Dropout(float("nan")), "Dropout: rate must be a number in [0, 1), got nan"),
    (lambda: GaussianNoise(-1.0), "GaussianNoise: stddev must be a number in [0, inf), got -1.0"),
    (lambda: PReLU(shared_axes=(3,)).output_shape((4, 2)), "each of shared_axes must be at most 2"),
    (lambda: Reshape((-1, -1)), "only one size of target_shape may be -1"),
    (lambda: Reshape((0,)), "each size of target_shape must be a positive integer, got 0"),
    (lambda: BatchNormalization(momentum=1.5), "momentum must be a number in [0, 1], got 1.5"),
    (lambda: LayerNormalization(epsilon=-1.0), "LayerNormalization: epsilon must be a number in [0, inf), got -1.0"),
    (lambda: Embedding(0, 3), "Embedding(0, 3): input_dim must be a positive integer, got 0"),
    (lambda: SimpleRNN(4).output_shape((784,)), "SimpleRNN(4): each example must have the axes (time, features)"),
    (lambda: GRU(4).output_shape((28, 28, 3)), "put Reshape((28, -1)) before it"),
    (lambda: LSTM(4, stateful=True), "LSTM(4): stateful=True is not supported"),
    (lambda: LSTM(4, dropout=1.0), "LSTM(4): dropout must be a number in [0, 1), got 1.0"),
    (lambda: LSTM(4, recurrent_activation="sigmod"), "unknown activation 'sigmod'"),
    (lambda: Network((LSTM(4, return_state=True),), (3, 2)), "return_state=True gives several arrays"),
    (lambda: Network((Frozen(Bidirectional(LSTM(4, return_state=True))),), (3, 2)), "gives several arrays"),
    (lambda: Bidirectional(Dense(3)), "layer must be a SimpleRNN, an LSTM or a GRU"),
    (lambda: Bidirectional(LSTM(3), merge_mode="cat"), "unknown merge_mode 'cat'"),
    (lambda: Bidirectional(LSTM(3, go_backwards=True)), "layer must have go_backwards=False"),
    (lambda: Bidirectional(LSTM(3), backward_layer=LSTM(3)), "backward_layer go_backwards=True"),
    (
        lambda: Bidirectional(LSTM(3), backward_layer=LSTM(3, go_backwards=True, return_sequences=True)),
        "return_sequences must be the same for both layers",
    ),
    (
        lambda: Bidirectional(LSTM(3), "sum", LSTM(4, go_backwards=True)),
        "merge_mode 'sum' needs layers of equal units, got 3 and 4",
    ),
    (lambda: Frozen(3), "Frozen: layer must be a ravine.nn.Layer, got 3"),
    (lambda: Network((Dense(3),), "4"), "input_shape must be a tuple of sizes such as (784,), got '4'"),
    (lambda: predict("4-3", np.zeros((2, 5))), "examples must have the shape (4,), got (5,)"),
    (lambda: predict("4-3", np.array([["a"] * 4])), "examples must be numbers, got the type <U1"),
    (lambda: predict("4-3", np.array([[{}] * 4])), "examples must be numbers, got the type object"),
    (lambda: predict("2-embedding:5x3", np.array([[0, 5]])), "must hold whole numbers from 0 to 4, got 5"),
    (lambda: from_text("4-3").apply(*from_text("4-3").init(0), jnp.zeros((2, 5)), Context()), "have the shape (4,)"),
    (lambda: Embedding(5, 3).check(np.array([0.0, 1.5])), "must hold whole numbers from 0 to 4, got 1.5"),
    (lambda: Embedding(5, 3).check(np.array([np.nan])), "must hold whole numbers from 0 to 4, got nan"),
]  # fmt: skip


@pytest.mark.parametrize(("attempt", "words"), BAD)
def test_bad_input_gets_its_sentence(attempt: Any, words: str) -> None:
    with pytest.raises(RavineError) as caught:
        attempt()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", [-1, 5])
def test_a_number_outside_the_table_shows(number: int) -> None:
    layer = Embedding(5, 3)
    params, _ = layer.init(np.random.default_rng(0), (2,))
    y, _ = layer.apply(params, {}, jnp.array([[1, number]]), Context())
    assert np.isfinite(y[0, 0]).all()
    assert np.isnan(y[0, 1]).all()

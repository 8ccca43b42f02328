"""Networks as texts and tables: what is read, what is written, what is refused and in which words."""

from __future__ import annotations

import json
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine.core import RavineError
from ravine.functions import ACTIVATIONS, describe
from ravine.functions.constraints import MaxNorm, UnitNorm
from ravine.functions.initializers import Orthogonal, VarianceScaling
from ravine.functions.regularizers import L1, L1L2, L2
from ravine.nn import (
    GRU,
    LAYERS,
    LSTM,
    Activation,
    BatchNormalization,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Frozen,
    GaussianNoise,
    LayerNormalization,
    Network,
    PReLU,
    Reshape,
    SimpleRNN,
    from_dict,
    from_text,
    network,
    to_dict,
    to_text,
)
from ravine.nn.text import KINDS

READINGS = {
    "784-512:relu-dropout:0.2-10:softmax": ((784,), Dense(512, "relu"), Dropout(0.2), Dense(10, "softmax")),
    " 784 - 512 : relu - dropout : 1e-3 ": ((784,), Dense(512, "relu"), Dropout(1e-3)),
    "4-relu-Dense:3,use_bias=false": ((4,), Activation("relu"), Dense(3, use_bias=False)),
    "28x28-flatten-noise:0.1-batchnorm-layernorm": (
        (28, 28), Flatten(), GaussianNoise(0.1), BatchNormalization(), LayerNormalization()),
    "28x4-lstm:32:seq-gru:8:back-prelu:-0.5": (
        (28, 4), LSTM(32, return_sequences=True), GRU(8, go_backwards=True), PReLU(-0.5)),
    "28x4-rnn:32,relu,seq,dropout=0.1-simple_rnn:3": (
        (28, 4), SimpleRNN(32, "relu", return_sequences=True, dropout=0.1), SimpleRNN(3)),
    "20-embedding:1000x16:mask-bidirectional(lstm:4):sum": (
        (20,), Embedding(1000, 16, mask_zero=True), Bidirectional(LSTM(4), merge_mode="sum")),
    "12-reshape:4x-1-flatten-frozen(3:tanh)-softmax": (
        (12,), Reshape((4, -1)), Flatten(), Frozen(Dense(3, "tanh")), Activation("softmax")),
    "4-3:relu,l2=0.01,maxnorm=3-2,l1=0.1-2,l1=0.1,l2=0.2": (
        (4,), Dense(3, "relu", kernel_regularizer=L2(0.01), kernel_constraint=MaxNorm(3.0)),
        Dense(2, kernel_regularizer=L1(0.1)), Dense(2, kernel_regularizer=L1L2(0.1, 0.2))),
    "4-3,kernel_initializer=he_normal,bias_regularizer=l2": (
        (4,), Dense(3, kernel_initializer="he_normal", bias_regularizer=L2())),
    "4-frozen(frozen(batchnorm:momentum=0.9))": ((4,), Frozen(Frozen(BatchNormalization(momentum=0.9)))),
}  # fmt: skip


@pytest.mark.parametrize("text", READINGS)
def test_text_is_read(text: str) -> None:
    shape, *layers = READINGS[text]
    assert from_text(text) == Network(tuple(layers), shape)


@pytest.mark.parametrize("text", [text for text in READINGS if "bias_regularizer" not in text])
def test_text_comes_back(text: str) -> None:
    read = from_text(text)
    written = to_text(read)
    assert " " not in written
    assert from_text(written) == read
    assert to_text(from_text(written)) == written


def test_the_lecture_is_written_as_it_was_read() -> None:
    text = "784-512:relu-dropout:0.2-512:relu-dropout:0.2-10:softmax"
    assert to_text(from_text(text)) == text


def test_every_layer_can_be_written() -> None:
    """Under its own name, where no shorter one is given; no two layers share a name."""
    assert set(KINDS) <= set(LAYERS)
    written = [KINDS[name].name if name in KINDS else name for name in LAYERS]
    assert len(set(written)) == len(LAYERS)


# glu halves the units, of which there must be an even number.
WHOLE = sorted(name for name in ACTIVATIONS if not describe(name).halves)


PIECES = st.one_of(
    st.builds(Dense, st.integers(1, 9), st.sampled_from(WHOLE), use_bias=st.booleans()),
    st.builds(Dropout, st.floats(0, 1, exclude_max=True)),
    st.builds(GaussianNoise, st.floats(0, 1e6)),
    st.builds(Activation, st.sampled_from(WHOLE)),
    st.builds(PReLU, st.floats(-1e3, 1e3)),
    st.builds(Frozen, st.builds(Dense, st.integers(1, 9))),
    st.builds(BatchNormalization, momentum=st.floats(0, 1), center=st.booleans()),
)


@given(st.lists(PIECES, min_size=1, max_size=6), st.integers(1, 1000))
def test_any_network_comes_back(layers: list[Any], size: int) -> None:
    made = Network(tuple(layers), (size,))
    assert from_text(to_text(made)) == made
    assert from_dict(json.loads(json.dumps(to_dict(made)))) == made


BAD = {
    "": "'' at character 1: a piece is empty",
    "784": "has no layers",
    "784-": "'' at character 5: a piece is empty",
    "784--10": "'' at character 5: a piece is empty",
    "relu-10": "'relu' at character 1: the first piece must be the shape of one example",
    "784-512:rellu-10": "'512:rellu' at character 5: unknown activation 'rellu': did you mean 'relu'?",
    "784-512-dropuot:0.2": "'dropuot:0.2' at character 9: unknown layer or activation 'dropuot': did you mean",
    "784-512 -  dropuot": "'dropuot' at character 12",
    "784-10:softmax:3": "does not know what to do with '3'",
    "784-(10": "'(' is not closed",
    "784-10)": "')' at character 7 closes nothing",
    "784-dropout": "dropout needs rate",
    "784-dropout:x": "rate must be a number, got 'x'",
    "784-dropout:1.5": "rate must be a number in [0, 1), got 1.5",
    "784-lstm:3": "LSTM(3): each example must have the axes (time, features), got the shape (784,)",
    "28x28x3-lstm:3": "put Reshape((28, -1)) before it",
    "784-0": "'0' at character 5: Dense(0): units must be a positive integer, got 0",
    "784-1.5": "'1.5' at character 5: unknown layer or activation '1.5'",
    "0-3": "each size of input_shape must be a positive integer, got 0",
    "784-28x28": "'28x28' at character 5: unknown layer",
    "784-frozen(10-frozn:3)": "'10-frozn:3' at character 12",
    "784-frozen:3": "frozen is written frozen(...)",
    "784-dense(3)": "dense is written dense:...",
    "784-512,usebias=false": "unknown option 'usebias' of dense: did you mean 'use_bias'?",
    "784-512,use_bias=maybe": "use_bias must be true or false, got 'maybe'",
    "784-512,l2=much": "l2 must be a number, got 'much'",
    "784-512,kernel_regularizer=l3": "unknown regularizer 'l3': did you mean 'l2'?",
    "784-512,kernel_initializer=he": "unknown initializer 'he'",
    "784-embedding:10": "input_dim x output_dim must be 2 whole numbers joined by x, got '10'",
    "784-reshape:28x29": "choose a target_shape whose product is 784",
    "784-batchnorm:0.9": "batch_normalization does not know what to do with '0.9'",
    "28x4-bidirectional(dense:3)": "layer must be a SimpleRNN, an LSTM or a GRU",
}


@pytest.mark.parametrize("text", BAD)
def test_bad_text_gets_its_sentence(text: str) -> None:
    with pytest.raises(RavineError) as caught:
        from_text(text)
    assert BAD[text] in str(caught.value)
    assert "\n" not in str(caught.value)


UNWRITABLE = {
    "an initializer": Dense(3, kernel_initializer=VarianceScaling(2.0)),
    "a constraint": Dense(3, kernel_constraint=UnitNorm()),
    "a swept number": Dropout(np.array([0.1, 0.2])),
    "a second layer": Bidirectional(LSTM(3), backward_layer=LSTM(3, go_backwards=True)),
}


@pytest.mark.parametrize("name", UNWRITABLE)
def test_what_has_no_place_in_a_text_is_refused(name: str) -> None:
    with pytest.raises(RavineError, match="use to_dict"):
        to_text(Network((UNWRITABLE[name],), (5, 4)))


def test_table_holds_every_option() -> None:
    layers = (
        Dense(3, jnp.tanh, kernel_initializer=Orthogonal(2.0), kernel_constraint=MaxNorm(3.0, axis=1)),
        Frozen(LSTM(4, recurrent_regularizer=L1L2(0.1, 0.2), return_sequences=True)),
        Bidirectional(LSTM(3), backward_layer=LSTM(3, go_backwards=True, dropout=0.1)),
    )
    with pytest.raises(RavineError, match=r"register it in ravine.functions.ACTIVATIONS"):
        to_dict(Network(layers, (5, 4)))
    layers = (Dense(3, ACTIVATIONS["tanh"], kernel_initializer=Orthogonal(2.0)), *layers[1:])
    record = to_dict(Network(layers, (5, 4)))
    back = from_dict(json.loads(json.dumps(record)))
    assert back == Network((Dense(3, "tanh", kernel_initializer=Orthogonal(2.0)), *layers[1:]), (5, 4))
    assert record["layers"][0]["kernel_initializer"] == {"kind": "orthogonal", "gain": 2.0}


def test_table_holds_swept_numbers() -> None:
    back = from_dict(json.loads(json.dumps(to_dict(Network((Dropout(np.array([0.1, 0.2])),), (4,))))))
    np.testing.assert_array_equal(back.layers[0].rate, [0.1, 0.2])  # type: ignore[attr-defined]


BAD_TABLES: list[tuple[Any, str]] = [
    ([], "must be a table with input_shape and layers"),
    ({"layers": []}, "input_shape is missing"),
    ({"input_shape": [4]}, "layers is missing"),
    ({"input_shape": [4], "layer": []}, "unknown key 'layer': did you mean 'layers'?"),
    ({"input_shape": [4], "layers": {}}, "layers must be a list"),
    ({"input_shape": [4], "layers": []}, "at least one layer is needed"),
    ({"input_shape": [4], "layers": [3]}, "layers[0]: a layer must be a table with its kind, got 3"),
    ({"input_shape": [4], "layers": [{"kind": "dens", "units": 3}]}, "unknown layer 'dens': did you mean 'dense'?"),
    ({"input_shape": [4], "layers": [{"kind": "dense"}]}, "layers[0]: dense needs units"),
    ({"input_shape": [4], "layers": ["3", {"kind": "dense", "unit": 3}]}, "layers[1]: unknown option 'unit' of dense"),
    (
        {"input_shape": [4], "layers": [{"kind": "dense", "units": 3, "kernel_regularizer": {"kind": "l3"}}]},
        "unknown regularizer 'l3'",
    ),
    ({"input_shape": ["4"], "layers": ["3"]}, "each size of input_shape must be a positive integer, got '4'"),
    ({"input_shape": None, "layers": ["3"]}, "input_shape must be a tuple of sizes such as (784,), got None"),
    ({"input_shape": 4, "layers": [{"kind": "dense", "units": 3, "use_bias": "no"}]}, "use_bias must be true or false"),
    ({"input_shape": 4, "layers": [{"kind": "dense", "units": "3"}]}, "units must be a positive integer, got '3'"),
]


@pytest.mark.parametrize(("table", "words"), BAD_TABLES)
def test_bad_table_gets_its_sentence(table: Any, words: str) -> None:
    with pytest.raises(RavineError) as caught:
        from_dict(table)
    assert words in str(caught.value)


def test_network_takes_each_form() -> None:
    made = from_text("4-3:tanh")
    assert network(made) is made
    assert network("4-3:tanh") == made
    assert network(to_dict(made)) == made
    with pytest.raises(RavineError, match="a network must be a table"):
        network(3)  # type: ignore[arg-type]

"""Models built by the same code in Keras and in ravine.keras, and data for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Build = Callable[[Any], list[Any]]

FEATURES, STEPS = 4, 5


def plain(k: Any) -> list[Any]:
    return [k.layers.Input((FEATURES,)), k.layers.Dense(6, activation="tanh"), k.layers.Dense(3)]


def dense_regularized(k: Any) -> list[Any]:
    return [
        k.layers.Input((FEATURES,)),
        k.layers.Dense(
            6,
            activation="tanh",
            kernel_regularizer=k.regularizers.L1L2(1e-3, 1e-2),
            bias_regularizer=k.regularizers.L1(1e-2),
            kernel_constraint=k.constraints.MaxNorm(1.0),
            bias_initializer=k.initializers.RandomNormal(seed=3),
        ),
        k.layers.Dense(3, use_bias=False, kernel_regularizer="l2", kernel_constraint=k.constraints.UnitNorm()),
    ]


def constrained(k: Any) -> list[Any]:
    return [
        k.layers.Input((FEATURES,)),
        k.layers.Dense(4, kernel_constraint=k.constraints.NonNeg(), kernel_initializer="he_normal"),
        k.layers.Dense(3, kernel_constraint=k.constraints.MinMaxNorm(0.5, 1.0, rate=0.5)),
    ]


def activations(k: Any) -> list[Any]:
    names = ["relu", "sigmoid", "tanh", "softplus", "softsign", "elu", "selu", "gelu", "silu", "mish", "leaky_relu"]
    names += ["hard_sigmoid", "relu6", "exponential", "linear", "swish", "softmax", "log_softmax"]
    return [k.layers.Input((FEATURES,)), *(k.layers.Dense(3, activation=name) for name in names)]


def activation_layers(k: Any) -> list[Any]:
    return [
        k.layers.Input((FEATURES,)),
        k.layers.Dense(5),
        k.layers.LeakyReLU(),
        k.layers.LeakyReLU(negative_slope=0.1),
        k.layers.ELU(alpha=0.5),
        k.layers.PReLU(alpha_initializer=k.initializers.Constant(0.25)),
        k.layers.Dense(5),
        k.layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2),
        k.layers.Activation("tanh"),
        k.layers.Softmax(),
    ]


def normalized(k: Any) -> list[Any]:
    return [
        k.layers.Input((FEATURES,)),
        k.layers.Dense(5),
        k.layers.BatchNormalization(momentum=0.8),
        k.layers.Dense(4),
        k.layers.LayerNormalization(epsilon=1e-2),
        k.layers.BatchNormalization(center=False, scale=False),
        k.layers.Dense(3),
    ]


def noisy(k: Any) -> list[Any]:
    return [k.layers.Input((FEATURES,)), k.layers.Dropout(0.3), k.layers.GaussianNoise(0.1), k.layers.Dense(3)]


def reshaped(k: Any) -> list[Any]:
    return [k.layers.Input((FEATURES,)), k.layers.Reshape((2, -1)), k.layers.Dense(3), k.layers.Flatten()]


def embedded(k: Any) -> list[Any]:
    return [
        k.layers.Input((STEPS,)),
        k.layers.Embedding(7, 4, mask_zero=True),
        k.layers.LSTM(3, return_sequences=True),
        k.layers.GRU(3),
        k.layers.Dense(2),
    ]


def recurrent(k: Any) -> list[Any]:
    return [
        k.layers.Input((STEPS, FEATURES)),
        k.layers.SimpleRNN(4, return_sequences=True),
        k.layers.LSTM(3, return_sequences=True, unit_forget_bias=False, recurrent_activation="hard_sigmoid"),
        k.layers.GRU(3, return_sequences=True, reset_after=False),
        k.layers.GRU(3, go_backwards=True, use_bias=False, return_sequences=True),
        k.layers.LSTM(2, recurrent_regularizer=k.regularizers.L2(1e-2)),
    ]


def bidirectional(k: Any) -> list[Any]:
    return [
        k.layers.Input((STEPS, FEATURES)),
        k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True)),
        k.layers.Bidirectional(k.layers.GRU(3, return_sequences=True), merge_mode="sum"),
        k.layers.Bidirectional(k.layers.SimpleRNN(2), merge_mode="ave"),
    ]


def masked(k: Any) -> list[Any]:
    return [k.layers.Input((STEPS, FEATURES)), k.layers.Masking(), k.layers.SimpleRNN(3), k.layers.Dense(2)]


MODELS: dict[str, Build] = {
    build.__name__: build
    for build in [
        plain,
        dense_regularized,
        constrained,
        activations,
        activation_layers,
        normalized,
        noisy,
        reshaped,
        embedded,
        recurrent,
        bidirectional,
        masked,
    ]
}


def examples(model: Any, n: int = 10, seed: int = 0) -> np.ndarray:
    """Inputs that fit *model*: words where it begins with an embedding, else normal numbers, some steps all 0."""
    rng = np.random.default_rng(seed)
    shape = (n, *model.input_shape[1:])
    if type(model.layers[0]).__name__ == "Embedding":
        x = rng.integers(1, 7, shape)
        x[:, -2:] = 0
        return x
    x = rng.normal(size=shape).astype(np.float32)
    if type(model.layers[0]).__name__ == "Masking":
        x[: n // 2, -2:] = 0
    return x


def twins(keras: Any, ravine_keras: Any, build: Build, seed: int = 0) -> tuple[Any, Any]:
    """The model in Keras and here, with the same random weights."""
    keras.utils.set_random_seed(seed)
    theirs, ours = keras.Sequential(build(keras)), ravine_keras.Sequential(build(ravine_keras))
    rng = np.random.default_rng(seed)
    weights = [(w + 0.1 * rng.normal(size=w.shape)).astype(w.dtype) for w in theirs.get_weights()]
    # Moving variances stay positive, whatever was added.
    weights = [
        np.abs(w) if v.path.endswith("moving_variance") else w for w, v in zip(weights, theirs.weights, strict=True)
    ]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    return theirs, ours

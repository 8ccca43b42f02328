"""Layers by Keras's names and arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine import nn
from ravine.core import RavineError, check_number, whole
from ravine.keras.activations import Shaped
from ravine.keras.layers.adapting import Normalization
from ravine.keras.layers.base import Layer
from ravine.keras.layers.bidirectional import Bidirectional
from ravine.keras.layers.functional import Lambda, TimeDistributed
from ravine.keras.layers.inputs import Input, InputLayer
from ravine.keras.layers.kinds import Embedded, Leaky, Normalized, Parametric, Shares
from ravine.keras.layers.recurrent import Recurrent, recurrent
from ravine.keras.tables import Row, entered, remaining

__all__ = ["Bidirectional", "Input", "InputLayer", "Lambda", "Layer", "Normalization", "TimeDistributed"]


def _off(owner: str, made: nn.Layer, remedy: str = "leave it out", **options: Any) -> nn.Layer:
    """*made*, unless one of *options* is on, for which there is nothing here."""
    for name, value in options.items():
        if value is not None:
            raise RavineError(f"{owner}: {name} is not supported: {remedy}")
    return made


def _axis(owner: str, axis: Any) -> int:
    """One axis, alone or in a list."""
    several = list(axis) if isinstance(axis, list | tuple) else [axis]
    if len(several) != 1:
        raise RavineError(f"{owner}: axis {axis!r} is not supported: give one axis")
    return int(several[0])


def _last(owner: str, axis: Any, made: nn.Layer) -> nn.Layer:
    if _axis(owner, axis) != -1:
        raise RavineError(f"{owner}: axis {axis!r} is not supported: use -1, the last one")
    return made


def _dense(
    units: int,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = "glorot_uniform",
    bias_initializer: Any = "zeros",
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    lora_rank: int | None = None,
) -> nn.Layer:
    initial, penalty = (kernel_initializer, bias_initializer), (kernel_regularizer, bias_regularizer)
    made = nn.Dense(units, activation, use_bias, *initial, *penalty, kernel_constraint, bias_constraint)
    return _off("Dense", made, lora_rank=lora_rank)


def _embedding(
    input_dim: int,
    output_dim: int,
    embeddings_initializer: Any = "uniform",
    embeddings_regularizer: Any = None,
    embeddings_constraint: Any = None,
    mask_zero: bool = False,
    weights: Any = None,
    input_length: int | None = None,
) -> nn.Layer:
    options = (embeddings_initializer, embeddings_regularizer, embeddings_constraint)
    return nn.Embedding(input_dim, output_dim, mask_zero, *options)


def _batch_normalization(
    axis: Any = -1,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = "zeros",
    gamma_initializer: Any = "ones",
    moving_mean_initializer: Any = "zeros",
    moving_variance_initializer: Any = "ones",
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
) -> nn.Layer:
    given = dict(locals())
    return nn.BatchNormalization(**{**given, "axis": _axis("BatchNormalization", axis)})


def _layer_normalization(
    axis: Any = -1,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = "zeros",
    gamma_initializer: Any = "ones",
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
) -> nn.Layer:
    given = dict(locals())
    return nn.LayerNormalization(**{**given, "axis": _axis("LayerNormalization", axis)})


def _group_normalization(
    groups: int = 32,
    axis: int = -1,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = "zeros",
    gamma_initializer: Any = "ones",
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
) -> nn.Layer:
    return nn.GroupNormalization(**locals())


def _pooled(owner: str, made: nn.Layer, data_format: Any, keepdims: bool) -> nn.Layer:
    if data_format not in (None, "channels_last") or keepdims:
        raise RavineError(f"{owner}: data_format={data_format!r}, keepdims={keepdims} is not supported: leave them out")
    return made


def _relu(max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0) -> nn.Layer:
    if max_value is not None:
        check_number("ReLU", "max_value", max_value, low=0.0)
    check_number("ReLU", "negative_slope", negative_slope, low=0.0)
    check_number("ReLU", "threshold", threshold, low=0.0)
    plain = (max_value, negative_slope, threshold) == (None, 0, 0)
    return nn.Activation("relu" if plain else Shaped("relu", negative_slope, max_value, threshold))


def _shaped(owner: str, kind: str, name: str, slope: Any) -> nn.Layer:
    check_number(owner, name, slope, low=0.0)
    return nn.Activation(Shaped(kind, slope))


def _softmax(axis: Any = -1) -> nn.Layer:
    if isinstance(axis, list | tuple):
        raise RavineError(f"Softmax: axis must be an integer, got {axis!r}: several axes are not supported")
    # By name, so that a cross-entropy is computed from the logits.
    axis = whole("Softmax", "axis", axis)
    return nn.Activation("softmax" if axis == -1 else Shaped("softmax", axis=axis))


def _prelu(
    alpha_initializer: Any = "Zeros",
    alpha_regularizer: Any = None,
    alpha_constraint: Any = None,
    shared_axes: Any = None,
) -> nn.Layer:
    return nn.PReLU(0.0, tuple(shared_axes or ()), alpha_regularizer, alpha_constraint)


def _flatten(data_format: str | None = None) -> nn.Layer:
    if data_format not in (None, "channels_last"):
        raise RavineError(f"Flatten: data_format {data_format!r} is not supported: use 'channels_last'")
    return nn.Flatten()


class _Flat(Layer):
    def reading(self, name: str, value: Any) -> Any:
        return "channels_last" if value is None else value


class _Reshaped(Layer):
    def reading(self, name: str, value: Any) -> Any:
        given = tuple(value) if np.ndim(value) else (value,)
        return tuple(whole("Reshape", "each size of target_shape", size) for size in given)


_CELL = "activation use_bias kernel_initializer recurrent_initializer bias_initializer"
_LIMITS = "kernel_regularizer recurrent_regularizer bias_regularizer activity_regularizer kernel_constraint "
_LIMITS += "recurrent_constraint bias_constraint dropout recurrent_dropout"
_FLAGS = "return_sequences return_state go_backwards stateful unroll"
_GATED = _CELL.replace("activation", "activation recurrent_activation")

PASSING: dict[type[Layer], dict[str, Row]] = {
    Layer: {
        "Dense": (_dense, "A fully connected layer of *units* outputs: activation(x kernel + bias)."),
        "Activation": (nn.Activation, "Apply an *activation*."),
        "Masking": (
            lambda mask_value=0.0: nn.Masking(mask_value),
            "Mask the time steps whose features all equal *mask_value*.",
        ),
        "ReLU": (_relu, "x between *threshold* and *max_value*; below, *negative_slope* (x - threshold)."),
        "ELU": (
            lambda alpha=1.0: _shaped("ELU", "elu", "alpha", alpha),
            "x where it is positive, else *alpha* (e^x - 1).",
        ),
        "Dropout": (
            lambda rate, noise_shape=None, seed=None: _off(
                "Dropout", nn.Dropout(rate), "leave it out, each input gets a mask of its own", noise_shape=noise_shape
            ),
            "Set each input to 0 with probability *rate* while training, and divide the rest by 1 - rate.",
        ),
        "Identity": (nn.Identity, "Hand on what comes in."),
        "GaussianDropout": (
            lambda rate, seed=None: nn.GaussianDropout(rate),
            "Multiply each input by a normal number of mean 1 and deviation sqrt(rate / (1 - rate)) while training.",
        ),
        "AlphaDropout": (
            lambda rate, noise_shape=None, seed=None: _off(
                "AlphaDropout", nn.AlphaDropout(rate), noise_shape=noise_shape
            ),
            "Dropout for SELU, which keeps mean 0 and variance 1.",
        ),
        "SpatialDropout1D": (
            lambda rate, seed=None: nn.SpatialDropout1D(rate),
            "Set whole features of a sequence to 0 with probability *rate* while training.",
        ),
        "RMSNormalization": (
            lambda axis=-1, epsilon=1e-6: _last("RMSNormalization", axis, nn.RMSNormalization(epsilon)),
            "Divide each example by its root mean square along the last axis.",
        ),
        "UnitNormalization": (
            lambda axis=-1: nn.UnitNormalization(_axis("UnitNormalization", axis)),
            "Make each example of length 1 along *axis*.",
        ),
        "Rescaling": (
            lambda scale, offset=0.0: nn.Rescaling(scale, offset),
            "Multiply by *scale*, and add *offset*.",
        ),
        "GaussianNoise": (
            lambda stddev, seed=None: nn.GaussianNoise(stddev),
            "Add normal noise of standard deviation *stddev* while training.",
        ),
    },
    Embedded: {
        "Embedding": (_embedding, "Turn whole numbers below *input_dim* into trained vectors of *output_dim* numbers."),
    },
    Leaky: {
        "LeakyReLU": (
            lambda negative_slope=0.3: _shaped("LeakyReLU", "leaky_relu", "negative_slope", negative_slope),
            "x where it is positive, else *negative_slope* x. Keras 2 calls the slope *alpha*.",
        ),
    },
    Shares: {
        "Softmax": (_softmax, "e^x, normalised to sum 1 along *axis*; with a *mask*, over what it keeps."),
    },
    Parametric: {
        "PReLU": (_prelu, "x where it is positive, else alpha x, with alpha trained, one along each of *shared_axes*."),
    },
    Normalized: {
        "BatchNormalization": (
            _batch_normalization,
            "Standardise each feature over the batch while training, by moving averages otherwise.",
        ),
        "LayerNormalization": (_layer_normalization, "Standardise each example over its features."),
        "GroupNormalization": (_group_normalization, "Standardise each example over *groups* of its features."),
    },
    Recurrent: {
        "SimpleRNN": (
            recurrent(nn.SimpleRNN, f"units {_CELL} {_LIMITS} {_FLAGS} seed"),
            "A recurrent layer of *units* outputs: h_t = activation(x_t kernel + h_{t-1} recurrent_kernel + bias).",
        ),
        "GRU": (
            recurrent(nn.GRU, f"units {_GATED} {_LIMITS} seed {_FLAGS} reset_after use_cudnn"),
            "Gated recurrent units, *units* of them.",
        ),
    },
}
"""Layers that hand masks on: Keras's name and arguments, and what that is here, by what else they do."""
POOLS = {"GlobalAvgPool1D": "GlobalAveragePooling1D", "GlobalMaxPool1D": "GlobalMaxPooling1D"}
"""Other names of layers."""
LSTM_ROW: Row = (
    recurrent(nn.LSTM, f"units {_GATED} unit_forget_bias {_LIMITS} seed {_FLAGS} use_cudnn"),
    "Long short-term memory of *units* cells.",
)
STOPPING: dict[type[Layer], dict[str, Row]] = {
    Layer: {
        "RepeatVector": (nn.RepeatVector, "Repeat each vector *n* times, as a sequence."),
        "Permute": (
            lambda dims: nn.Permute(tuple(dims)),
            "Give the axes of each example another order; 1 is the first.",
        ),
        "GlobalAveragePooling1D": (
            lambda data_format=None, keepdims=False: _pooled(
                "GlobalAveragePooling1D", nn.GlobalAveragePooling1D(), data_format, keepdims
            ),
            "The mean over the steps of a sequence.",
        ),
        "GlobalMaxPooling1D": (
            lambda data_format=None, keepdims=False: _pooled(
                "GlobalMaxPooling1D", nn.GlobalMaxPooling1D(), data_format, keepdims
            ),
            "The maximum over the steps of a sequence.",
        ),
    },
    _Flat: {"Flatten": (_flatten, "Make one row of each example.")},
    _Reshaped: {
        "Reshape": (
            nn.Reshape,
            "Give each example *target_shape*; one size may be -1.",
        ),
    },
}
"""Layers that hand no mask on."""

_classes: dict[str, type[Layer]] = {}
for _base, _rows in PASSING.items():
    _classes |= entered(
        _base,
        _rows,
        __name__,
        supports_masking=True,
        ignored=frozenset({"renorm_momentum", "synchronized"}),
        unsaved=frozenset({"lora_rank", "weights", "input_length", "use_cudnn", "activity_regularizer"}),
    )
_classes |= entered(Recurrent, {"LSTM": LSTM_ROW}, __name__, states=2)
for _base, _rows in STOPPING.items():
    _classes |= entered(_base, _rows, __name__)
_elsewhere = ("Bidirectional", "Frozen", "Normalization", "TimeDistributed")
_rest = remaining(nn.LAYERS, [*_classes, *_elsewhere])
_classes |= entered(Layer, {name: row for name, row in _rest.items() if name not in (*_classes, *_elsewhere)}, __name__)
_classes |= {old: _classes[new] for old, new in POOLS.items()}
globals().update(_classes)
__all__.extend(_classes)

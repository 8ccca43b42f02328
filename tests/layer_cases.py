"""One or more examples of every layer, and the Keras layer that computes the same. A new layer joins here."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import jax.numpy as jnp
import numpy as np

from ravine.nn import (
    GRU,
    LSTM,
    Activation,
    AlphaDropout,
    BatchNormalization,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Frozen,
    GaussianDropout,
    GaussianNoise,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    GroupNormalization,
    Identity,
    Layer,
    LayerNormalization,
    Masking,
    Normalization,
    Permute,
    PReLU,
    RepeatVector,
    Rescaling,
    Reshape,
    RMSNormalization,
    SimpleRNN,
    SpatialDropout1D,
    TimeDistributed,
    UnitNormalization,
)

BATCH = 6


@dataclasses.dataclass(frozen=True)
class Case:
    """A *layer* for examples of *shape*; *vocabulary* marks whole numbers as input, *masked* one that heeds masks."""

    layer: Layer
    shape: tuple[int, ...]
    vocabulary: int | None = None
    masked: bool = False

    @property
    def noisy(self) -> bool:
        """Whether training draws random numbers, so that Keras's result differs."""
        kinds = (Dropout, GaussianNoise, GaussianDropout, AlphaDropout, SpatialDropout1D)
        inner = getattr(self.layer, "layer", self.layer)
        dropped = any(getattr(inner, name, None) is not None for name in ("dropout", "recurrent_dropout"))
        return isinstance(inner, kinds) or dropped

    def inputs(self, rng: np.random.Generator, dtype: Any) -> np.ndarray:
        size = (BATCH, *self.shape)
        if self.vocabulary:
            return rng.integers(0, self.vocabulary, size).astype(np.int32)
        return rng.normal(size=size).astype(dtype)

    def variables(self, rng: np.random.Generator, dtype: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Weights that are nowhere 0 or 1, so that each takes part."""
        made = self.layer.init(rng, self.shape, dtype)

        def stir(name: str, array: np.ndarray) -> np.ndarray:
            noise = rng.normal(size=array.shape)
            return (np.abs(noise) + 0.5 if name.endswith("variance") else array + 0.3 * noise).astype(dtype)

        stirred = [{name: stir(name, array) for name, array in part.items()} for part in made]
        return stirred[0], stirred[1]

    def mask(self, rng: np.random.Generator) -> np.ndarray:
        """A mask with gaps, one row masked at the start, one throughout."""
        mask = rng.random((BATCH, self.shape[0])) < 0.7
        mask[0, :2], mask[1] = False, False
        return mask


CASES: dict[str, Case] = {
    "dense": Case(Dense(5, "tanh"), (7,)),
    "dense, one number": Case(Dense(1), (1,)),
    "dense on sequences, no bias": Case(Dense(3, "softmax", use_bias=False), (4, 7)),
    "dense, gated": Case(Dense(6, "glu"), (7,)),
    "activation": Case(Activation("softplus"), (7,)),
    "activation, gated": Case(Activation("glu"), (4, 6)),
    "activation along an axis": Case(Activation("softmax"), (4, 3)),
    "prelu": Case(PReLU(), (4, 3)),
    "prelu, shared": Case(PReLU(shared_axes=(1,)), (4, 3)),
    "dropout": Case(Dropout(0.4), (7,)),
    "gaussian noise": Case(GaussianNoise(0.4), (7,)),
    "flatten": Case(Flatten(), (2, 3, 4)),
    "flatten a vector": Case(Flatten(), (3,)),
    "reshape": Case(Reshape((4, -1)), (2, 6)),
    "masking": Case(Masking(0.5), (4, 3)),
    "batch normalization": Case(BatchNormalization(momentum=0.9), (5,)),
    "batch normalization of sequences": Case(BatchNormalization(epsilon=1e-2), (4, 3), masked=True),
    "batch normalization, bare": Case(BatchNormalization(center=False, scale=False), (5,)),
    "layer normalization": Case(LayerNormalization(), (4, 5)),
    "layer normalization, bare": Case(LayerNormalization(epsilon=1e-5, center=False, scale=False), (5,)),
    "batch normalization off the last axis": Case(BatchNormalization(axis=1, momentum=0.9), (4, 3), masked=True),
    "layer normalization off the last axis": Case(LayerNormalization(axis=1), (4, 5)),
    "group normalization": Case(GroupNormalization(2), (4, 6)),
    "group normalization off the last axis": Case(GroupNormalization(2, axis=1), (4, 3)),
    "rms normalization": Case(RMSNormalization(), (4, 5)),
    "unit normalization": Case(UnitNormalization(), (4, 5)),
    "unit normalization off the last axis": Case(UnitNormalization(1), (4, 5)),
    "rescaling": Case(Rescaling(0.5, -0.2), (4, 3)),
    "normalization": Case(Normalization(), (4, 3)),
    "identity": Case(Identity(), (4, 3)),
    "repeat vector": Case(RepeatVector(3), (4,)),
    "permute": Case(Permute((2, 1)), (4, 3)),
    "gaussian dropout": Case(GaussianDropout(0.4), (7,)),
    "alpha dropout": Case(AlphaDropout(0.4), (7,)),
    "spatial dropout": Case(SpatialDropout1D(0.4), (4, 7)),
    "global average pooling": Case(GlobalAveragePooling1D(), (4, 3)),
    "global maximum pooling": Case(GlobalMaxPooling1D(), (4, 3)),
    "time distributed": Case(TimeDistributed(Dense(3, "tanh")), (4, 5)),
    "time distributed dropout": Case(TimeDistributed(Dropout(0.4)), (4, 5)),
    "embedding": Case(Embedding(9, 3), (4,), vocabulary=9),
    "embedding, mask_zero": Case(Embedding(9, 3, mask_zero=True), (4, 2), vocabulary=9),
    "simple rnn": Case(SimpleRNN(4), (5, 3), masked=True),
    "simple rnn, sequences": Case(SimpleRNN(4, "relu", return_sequences=True), (5, 3), masked=True),
    "simple rnn, backwards": Case(
        SimpleRNN(1, use_bias=False, go_backwards=True, return_sequences=True), (5, 3), masked=True
    ),
    "simple rnn, dropout": Case(SimpleRNN(4, dropout=0.3, recurrent_dropout=0.2), (5, 3), masked=True),
    "lstm": Case(LSTM(4), (5, 3), masked=True),
    "lstm, states": Case(LSTM(4, return_state=True), (5, 3), masked=True),
    "lstm, sequences and states": Case(LSTM(4, return_state=True, return_sequences=True), (5, 3), masked=True),
    "lstm, backwards": Case(LSTM(4, go_backwards=True), (5, 3), masked=True),
    "lstm, other functions": Case(
        LSTM(2, "softsign", recurrent_activation="hard_sigmoid", use_bias=False, unit_forget_bias=False), (5, 3)
    ),
    "lstm, dropout": Case(LSTM(4, dropout=0.3), (5, 3), masked=True),
    "lstm, both dropouts": Case(LSTM(4, dropout=0.3, recurrent_dropout=0.2), (5, 3), masked=True),
    "gru": Case(GRU(4), (5, 3), masked=True),
    "gru, reset before": Case(GRU(4, reset_after=False, return_sequences=True), (5, 3), masked=True),
    "gru, reset before, no bias": Case(GRU(4, reset_after=False, use_bias=False), (5, 3)),
    "gru, no bias": Case(GRU(4, use_bias=False, return_state=True), (5, 3)),
    "gru, one step": Case(GRU(4), (1, 3), masked=False),
    "gru, recurrent dropout": Case(GRU(4, recurrent_dropout=0.2), (5, 3), masked=True),
    "gru, reset before, both dropouts": Case(GRU(4, reset_after=False, dropout=0.1, recurrent_dropout=0.2), (5, 3)),
    "bidirectional": Case(Bidirectional(LSTM(4)), (5, 3), masked=True),
    "bidirectional, sequences": Case(
        Bidirectional(GRU(4, return_sequences=True), merge_mode="sum"), (5, 3), masked=True
    ),
    "bidirectional, product": Case(Bidirectional(SimpleRNN(4), merge_mode="mul"), (5, 3), masked=True),
    "bidirectional, mean and states": Case(
        Bidirectional(LSTM(4, return_state=True), merge_mode="ave"), (5, 3), masked=True
    ),
    "bidirectional, two kinds": Case(
        Bidirectional(SimpleRNN(4), backward_layer=GRU(3, go_backwards=True)), (5, 3), masked=True
    ),
    "bidirectional, dropout": Case(Bidirectional(LSTM(4, dropout=0.3, recurrent_dropout=0.2)), (5, 3), masked=True),
    "frozen": Case(Frozen(Dense(4, "relu")), (7,)),
    "frozen batch normalization": Case(Frozen(BatchNormalization()), (5,)),
    "frozen dropout": Case(Frozen(Dropout(0.5)), (5,)),
    "frozen lstm": Case(Frozen(LSTM(4)), (5, 3), masked=True),
}


def _keras_function(name: Any, dtype: str) -> Any:
    import keras

    @keras.saving.register_keras_serializable("tests")
    def exact_tanh(x: Any) -> Any:
        """Keras's own rounds float64 to float32."""
        return jnp.tanh(x)

    return exact_tanh if name == "tanh" and dtype == "float64" else {"logistic": "sigmoid"}.get(name, name)


def keras_twin(layer: Layer, dtype: str = "float32") -> Any:
    """The Keras layer with the options of *layer*, unbuilt."""
    import keras

    if isinstance(layer, Frozen):
        twin = keras_twin(layer.layer, dtype)
        twin.trainable = False
        return twin
    kind = getattr(keras.layers, type(layer).__name__)
    known = inspect.signature(kind.__init__).parameters
    options: dict[str, Any] = {"dtype": dtype}
    for field in dataclasses.fields(layer):  # type: ignore[arg-type]
        value = getattr(layer, field.name)
        if value is None or field.name not in known or field.name.endswith("_initializer"):
            continue
        value = keras_twin(value, dtype) if isinstance(value, Layer) else value
        if field.name in ("activation", "recurrent_activation"):
            value = _keras_function(value, dtype)
        options[field.name] = value
    return kind(**options)

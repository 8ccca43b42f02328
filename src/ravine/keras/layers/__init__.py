"""Layers by Keras's names."""

from ravine.keras.layers.activation import ELU, LeakyReLU, PReLU, ReLU, Softmax
from ravine.keras.layers.base import Layer
from ravine.keras.layers.bidirectional import Bidirectional
from ravine.keras.layers.core import Activation, Dense, Embedding, Input, InputLayer, Masking
from ravine.keras.layers.noise import Dropout, GaussianNoise
from ravine.keras.layers.normalization import BatchNormalization, LayerNormalization
from ravine.keras.layers.recurrent import GRU, LSTM, SimpleRNN
from ravine.keras.layers.reshaping import Flatten, Reshape

__all__ = [
    "ELU",
    "GRU",
    "LSTM",
    "Activation",
    "BatchNormalization",
    "Bidirectional",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianNoise",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "PReLU",
    "ReLU",
    "Reshape",
    "SimpleRNN",
    "Softmax",
]


def __getattr__(name: str) -> object:
    """Refuse a name that is not here.

    Lazy: the remedy is looked up only for a name that is missing.
    """
    from ravine.keras.unsupported import missing

    return missing(__name__, name)

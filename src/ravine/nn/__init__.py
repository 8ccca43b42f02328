"""Layers, and networks made of them."""

from ravine.nn._network import Network
from ravine.nn._summary import Row, count_params, layer_names, outline, rows, summary, weight_shapes
from ravine.nn.bidirectional import Bidirectional
from ravine.nn.dense import Activation, Dense, PReLU
from ravine.nn.description import from_dict, network, to_dict
from ravine.nn.drawing import draw
from ravine.nn.embedding import Embedding
from ravine.nn.frozen import Frozen, freeze, thaw
from ravine.nn.gated import GRU, LSTM
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables, sum_of_terms
from ravine.nn.noise import Dropout, GaussianNoise
from ravine.nn.normalization import BatchNormalization, LayerNormalization
from ravine.nn.recurrent import Recurrent, SimpleRNN
from ravine.nn.shape import Flatten, Masking, Reshape
from ravine.nn.text import from_text, to_text

__all__ = [
    "GRU",
    "LAYERS",
    "LSTM",
    "Activation",
    "BatchNormalization",
    "Bidirectional",
    "Context",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "Frozen",
    "GaussianNoise",
    "Layer",
    "LayerNormalization",
    "Masking",
    "Network",
    "PReLU",
    "Recurrent",
    "Reshape",
    "Row",
    "Shape",
    "SimpleRNN",
    "Variables",
    "count_params",
    "draw",
    "freeze",
    "from_dict",
    "from_text",
    "layer_names",
    "network",
    "outline",
    "rows",
    "sum_of_terms",
    "summary",
    "thaw",
    "to_dict",
    "to_text",
    "weight_shapes",
]

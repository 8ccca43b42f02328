"""Layers, and networks made of them."""

from ravine.nn._network import Network
from ravine.nn._summary import Row, count_params, layer_names, outline, rows, summary, weight_shapes
from ravine.nn.arrangement import Identity, Permute, RepeatVector, TimeDistributed
from ravine.nn.bidirectional import Bidirectional
from ravine.nn.dense import Activation, Dense, PReLU
from ravine.nn.description import from_dict, network, to_dict
from ravine.nn.drawing import draw
from ravine.nn.embedding import Embedding
from ravine.nn.frozen import Frozen, freeze, thaw
from ravine.nn.gated import GRU, LSTM
from ravine.nn.layer import LAYERS, Context, Layer, Shape, Variables, sum_of_terms
from ravine.nn.noise import AlphaDropout, Dropout, GaussianDropout, GaussianNoise, SpatialDropout1D
from ravine.nn.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from ravine.nn.pooling import GlobalAveragePooling1D, GlobalMaxPooling1D
from ravine.nn.recurrent import Recurrent, SimpleRNN
from ravine.nn.rescaling import Normalization, Rescaling
from ravine.nn.shape import Flatten, Masking, Reshape
from ravine.nn.text import from_text, to_text

__all__ = [
    "GRU",
    "LAYERS",
    "LSTM",
    "Activation",
    "AlphaDropout",
    "BatchNormalization",
    "Bidirectional",
    "Context",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "Frozen",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalMaxPooling1D",
    "GroupNormalization",
    "Identity",
    "Layer",
    "LayerNormalization",
    "Masking",
    "Network",
    "Normalization",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "Recurrent",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Row",
    "Shape",
    "SimpleRNN",
    "SpatialDropout1D",
    "TimeDistributed",
    "UnitNormalization",
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

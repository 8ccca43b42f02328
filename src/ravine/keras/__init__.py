"""Keras's names for Ravine: run Sequential code written for Keras by changing the import."""

from ravine.keras import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    saving,
    utils,
)
from ravine.keras.initializers import Initializer
from ravine.keras.layers import Input, Layer
from ravine.keras.losses import Loss
from ravine.keras.metrics import Metric
from ravine.keras.models import Model, Sequential
from ravine.keras.optimizers import Optimizer
from ravine.keras.regularizers import Regularizer
from ravine.keras.variables import Variable

__all__ = [
    "Initializer",
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "Variable",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "saving",
    "utils",
]

# The version of Keras whose names, behaviour and files these are.
__version__ = "3.15.1"


def __getattr__(name: str) -> object:
    """Refuse a name that is not here.

    Lazy: the remedy is looked up only for a name that is missing.
    """
    from ravine.keras.unsupported import missing

    return missing(__name__, name)

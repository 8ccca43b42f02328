"""Names of Keras that are not here: each is refused by its name, with what to use instead."""

from __future__ import annotations

import importlib
import importlib.abc
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from ravine.core import RavineError, nearest

__all__ = ["MODULES", "OURS", "REMEDIES", "Unsupported", "leave_out", "missing", "refuse"]

IMAGES = "networks here are fully connected or recurrent: flatten the images with Flatten(), or use keras itself"
FUNCTIONAL = "only Sequential models are supported: list the layers in keras.Sequential([...])"
OWN = "write a layer of your own, a class derived from keras.layers.Layer with call(self, inputs), or use keras itself"
TEXT = "turn the data into arrays of numbers before fit"

REMEDIES: dict[str, str] = {
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv2D"), IMAGES),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "ConvLSTM2D", "UpSampling2D"), IMAGES),
    **dict.fromkeys(("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D", "ZeroPadding2D"), IMAGES),
    **dict.fromkeys(("MaxPool1D", "MaxPool2D", "AvgPool2D", "RandomFlip", "RandomRotation", "RandomZoom"), IMAGES),
    **dict.fromkeys(("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"), FUNCTIONAL),
    **dict.fromkeys(("add", "average", "concatenate", "dot", "maximum", "minimum", "multiply"), FUNCTIONAL),
    **dict.fromkeys(("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"), FUNCTIONAL),
    **dict.fromkeys(("Wrapper", "RNN", "StackedRNNCells", "JaxLayer", "FlaxLayer", "TFSMLayer"), OWN),
    **dict.fromkeys(("LSTMCell", "GRUCell", "SimpleRNNCell"), "use LSTM, GRU or SimpleRNN, or ravine.nn"),
    **dict.fromkeys(("TextVectorization", "StringLookup", "IntegerLookup", "Hashing", "CategoryEncoding"), TEXT),
    **dict.fromkeys(("Resizing", "Discretization"), TEXT),
    **dict.fromkeys(("SpatialDropout2D", "SpatialDropout3D"), IMAGES),
    "SpectralNormalization": "use kernel_constraint=keras.constraints.MaxNorm(...)",
    "ActivityRegularization": "penalise the weights with kernel_regularizer",
    "CuDNNLSTM": "use LSTM",
    "CuDNNGRU": "use GRU",
    "ScheduleFreeAdamW": "use AdamW with a schedule",
    "MultiOptimizer": "use one optimizer, and trainable=False for layers that are to stay",
    "LossScaleOptimizer": "models compute in float32, where no scaling is needed",
    "legacy": "use the optimizers of keras.optimizers",
    "STFT": "use GlorotUniform",
    "OrbaxCheckpoint": "use ModelCheckpoint",
    "RemoteMonitor": "use LambdaCallback",
    "SwapEMAWeights": "averages of weights are not kept: leave it out",
    "ops": "use jax.numpy",
    "random": "use numpy.random",
    "distribution": "use ravine.train.population and ravine study",
    "mixed_precision": "models compute in float32, or float64 after keras.backend.set_floatx('float64')",
    "Function": FUNCTIONAL,
    "KerasTensor": FUNCTIONAL,
    "model_to_dot": "use model.summary(), or ravine.nn's drawing of a network",
    "plot_model": "use model.summary(), or ravine.nn's drawing of a network",
    "get_file": "use pooch.retrieve",
    "image_dataset_from_directory": IMAGES,
    "text_dataset_from_directory": TEXT,
    "timeseries_dataset_from_array": "cut the windows with numpy.lib.stride_tricks.sliding_window_view",
}
"""What to use instead of each well-known name."""


OURS = frozenset(
    (
        "ALIASES",
        "Called",
        "Shaped",
        "as_object",
        "core_activation",
        "core_loss",
        "core_metric",
        "listens",
        "number_type",
        "resolve",
    )
)
"""What modules share among themselves, and nobody looks for."""

SEQUENCES = "pad_sequences is in keras.utils; cut windows with numpy.lib.stride_tricks.sliding_window_view"
MODULES: dict[str, str] = {
    "applications": IMAGES,
    "engine": "import Model and Layer from keras",
    "estimator": "train with model.fit",
    "experimental": "import what it holds from keras.layers or keras.optimizers",
    "layers.experimental": "import layers from keras.layers",
    "mixed_precision": REMEDIES["mixed_precision"],
    "ops": REMEDIES["ops"],
    "optimizers.experimental": REMEDIES["legacy"],
    "optimizers.legacy": REMEDIES["legacy"],
    "preprocessing": f"{TEXT}; {SEQUENCES}",
    "preprocessing.image": IMAGES,
    "preprocessing.sequence": SEQUENCES,
    "preprocessing.text": TEXT,
    "random": REMEDIES["random"],
    "src": "import public names from keras",
    "utils.np_utils": "import to_categorical from keras.utils",
    "utils.vis_utils": REMEDIES["plot_model"],
    "wrappers": "call fit, evaluate and predict in a function of your own, which a search over settings calls",
}
"""What to use instead of each module that Keras has, or had, and that is not here."""


class _Modules(importlib.abc.MetaPathFinder):
    """Refuses to import the modules of Keras that are not here, after all others looked for them in vain."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        name = fullname.removeprefix("ravine.keras.")
        if name != fullname and name in MODULES:
            raise Unsupported(f"keras.{name} is not supported by ravine.keras: {MODULES[name]}")


sys.meta_path.append(_Modules())


def missing(module: str, name: str) -> NoReturn:
    """Refuse *name* of *module*, with what to use instead.

    >>> missing("ravine.keras.layers", "Conv2D")
    Traceback (most recent call last):
        ...
    ravine.keras.unsupported.Unsupported: keras.layers.Conv2D is not supported by ravine.keras: networks here are ...
    """
    shown = f"{module.removeprefix('ravine.')}.{name}"
    known: Any = getattr(importlib.import_module(module), "__all__", ())
    place = f"{shown.removeprefix('keras.')}"
    remedy = (
        REMEDIES.get(name)
        or MODULES.get(place)
        or nearest(name, [public for public in known if public[0] != "_" and public not in OURS])
    )
    if name in REMEDIES or place in MODULES or name[0].isupper():
        raise Unsupported(f"{shown} is not supported by ravine.keras: {remedy}")
    # Python itself and its tools ask modules for names of their own.
    raise AttributeError(f"module {module!r} has no attribute {name!r}: {remedy}")


def refuse(what: str, remedy: str) -> NoReturn:
    """Refuse *what* by its name.

    >>> refuse("keras.Model(inputs, outputs)", "use Sequential")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: keras.Model(inputs, outputs) is not supported by ravine.keras: use Sequential
    """
    raise RavineError(f"{what} is not supported by ravine.keras: {remedy}")


def leave_out(call: str, options: Mapping[str, Any]) -> None:
    """Refuse the first of *options* that is on, as an argument of *call* that Keras has and this package has not.

    >>> leave_out("save", {"zipped": None})
    """
    for name, value in options.items():
        if value is not None:
            refuse(f"{call}({name}=...)", "leave it out")


class Unsupported(RavineError, ImportError):
    """A name of Keras that is not here.

    It is an ImportError, so that code which tries an import and has another way goes that way; it is no AttributeError,
    because ``from ravine.keras.layers import Conv2D`` would then hide the remedy.

    >>> issubclass(Unsupported, ImportError)
    True
    """

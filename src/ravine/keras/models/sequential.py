"""The model: layers one after another, trained by the engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Self

import jax
import numpy as np

from ravine.core import RavineError, parsed_json, understood
from ravine.keras.layers import InputLayer
from ravine.keras.layers.arguments import policy_config
from ravine.keras.layers.functional import Nested
from ravine.keras.models.summary import summary_text
from ravine.keras.models.training import Training
from ravine.keras.objects import argument, decode, encode
from ravine.keras.registration import CustomObjectScope
from ravine.keras.saving import archive
from ravine.keras.unsupported import FUNCTIONAL, refuse

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]


class Model(Training):
    """What every model can do. There is one kind: `Sequential`.

    >>> Model("inputs", "outputs")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: keras.Model is not supported by ravine.keras: only Sequential models are ...
    """

    hidden: ClassVar[bool] = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        if type(self) is Model:
            refuse("keras.Model", FUNCTIONAL)
        super().__init__(*arguments, **options)

    def __init_subclass__(cls, **options: Any) -> None:
        if not cls.__module__.startswith("ravine.keras."):
            own = {"call", "train_step", "test_step", "compute_loss", "predict_step"} & vars(cls).keys()
            if own or Sequential not in cls.__mro__:
                what = f"{cls.__name__}.{min(own)}" if own else f"{cls.__name__}, a class derived from keras.Model,"
                refuse(what, f"{FUNCTIONAL}; for steps of your own use ravine.train")
        super().__init_subclass__(**options)


class Sequential(Model):
    """Layers one after another, as a list or by `add`.

    >>> from ravine.keras.layers import Dense, Dropout
    >>> model = Sequential([Dense(32, "relu", input_shape=(784,)), Dropout(0.2), Dense(10, activation="softmax")])
    >>> model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    >>> history = model.fit(np.zeros((8, 784)), np.eye(10)[:8], verbose=0)
    >>> sorted(history.history), model.predict(np.zeros((1, 784)), verbose=0).shape
    (['accuracy', 'loss'], (1, 10))
    """

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print the layers, the shapes of their outputs and their numbers of parameters."""
        if layer_range is not None:
            refuse("summary(layer_range=...)", "leave it out")
        text = summary_text(self, line_length, positions, show_trainable)
        if print_fn is None:
            print(text, end="", flush=True)
        else:
            print_fn(text)

    def optimizer_size(self) -> int:
        """The number of numbers in the optimizer's state; 0 before the first update."""
        if self.optimizer is None or not self.updates_done() or self._session is None:
            return 0
        leaves = jax.tree.leaves(self._session.state.rule_state)
        return int(sum(np.size(leaf) for leaf in leaves)) + 1  # the learning rate is one of Keras's variables

    def get_config(self) -> dict[str, Any]:
        entries = [{**_entry(layer), **_build_config(layer)} for layer in self.layers]
        if self._input is not None:
            entries.insert(0, encode(self._input))
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable, "dtype": policy_config(self._dtype())}
        config["layers"] = entries
        if self._shape is not None:
            config["build_input_shape"] = list(self.input_shape)
        return config

    def _dtype(self) -> str:
        return self.layers[0].dtype if self.layers else "float32"

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Any = None) -> Self:
        """The model that *config* describes, with new weights."""
        if isinstance(config, list):  # Keras up to 2.2
            config = {"layers": config}
        with CustomObjectScope(custom_objects or {}):
            model = cls(name=config.get("name"))
            for entry in config["layers"]:
                model.add(_read_layer(entry))
            shape = config.get("build_input_shape")
            if shape and not model.built and model.layers:
                model.build(tuple(shape))
        return model

    def get_compile_config(self) -> dict[str, Any]:
        """What `compile` was told, as plain values."""
        return {name: encode(value) for name, value in self.compile_options.items()}

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile as *config* says."""
        kept = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "steps_per_execution")
        self.compile(**{name: argument(config[name], deep=True) for name in kept if config.get(name) is not None})

    def described(self) -> dict[str, Any]:
        """The whole description, as a .keras file holds it."""
        return {
            "module": "keras",
            "class_name": "Sequential",
            "config": self.get_config(),
            "registered_name": None,
            "build_config": {"input_shape": list(self.input_shape)},
            "compile_config": self.get_compile_config(),
        }

    def to_json(self, **options: Any) -> str:
        """The description as JSON."""
        return json.dumps(self.described(), **options)

    def save(self, filepath: str | Path, overwrite: bool = True, zipped: bool | None = None, **options: Any) -> None:
        """Write the model, its weights and the state of its optimizer to a .keras file."""
        archive.save_model(self, filepath, overwrite, zipped, **options)

    def save_weights(
        self, filepath: str | Path, overwrite: bool = True, max_shard_size: Any = None, **options: Any
    ) -> None:
        """Write the weights to a .weights.h5 file."""
        archive.save_weights(self, filepath, overwrite, max_shard_size, **options)

    def load_weights(
        self, filepath: str | Path, skip_mismatch: bool = False, by_name: bool = False, **options: Any
    ) -> None:
        """Read the weights from a .weights.h5, .keras or older .h5 file; from the last also *by_name* of the layers."""
        self._require_built("load_weights")
        archive.load_weights(self, filepath, skip_mismatch, by_name, **options)

    def export(self, *arguments: Any, **options: Any) -> NoReturn:
        """Refuse: models are saved as .keras files."""
        refuse("model.export", "save the model with model.save('model.keras')")

    def __repr__(self) -> str:
        return f"<Sequential name={self.name}, built={self.built}>"


def _entry(layer: Any) -> dict[str, Any]:
    """What a configuration lists for a layer."""
    if not isinstance(layer, Nested):
        return dict(encode(layer))
    config = layer.model.get_config()
    return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}


def _build_config(layer: Any) -> dict[str, Any]:
    return {"build_config": {"input_shape": list(layer.input_shape)}} if layer.built else {}


def _read_layer(entry: Mapping[str, Any]) -> Any:
    """The layer that an entry of a configuration describes."""
    if entry.get("class_name") == "InputLayer":
        config = dict(entry["config"])
        old = config.pop("batch_input_shape", None)
        config["batch_shape"] = config.get("batch_shape") if old is None else old
        return InputLayer.from_config(config)
    if entry.get("class_name") == "Sequential":
        return Sequential.from_config(entry["config"])
    if entry.get("class_name") == "Functional":
        refuse(f"a {entry['class_name']} model inside a model", "add its layers one by one")
    layer = decode(dict(entry), None if entry.get("module") or entry.get("registered_name") else "layers")
    if isinstance(layer, dict):
        raise RavineError(f"a configuration lists no layer but {entry!r}: it was not written by get_config")
    return layer


def load_model(
    filepath: str | Path, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True
) -> Sequential:
    """Read a model from a .keras file; see `ravine.keras.saving.load_model`.

    No example: `ravine.keras.saving.save_model` has one.
    """
    model: Sequential = archive.load_model(filepath, custom_objects, compile, safe_mode)
    return model


def save_model(
    model: Sequential, filepath: str | Path, overwrite: bool = True, zipped: bool | None = None, **options: Any
) -> None:
    """Write a model to a .keras file.

    No example: `ravine.keras.saving.save_model` has one.
    """
    archive.save_model(model, filepath, overwrite, zipped, **options)


def model_from_json(json_string: str, custom_objects: Any = None) -> Sequential:
    """Return the model that JSON describes, with new weights.

    >>> from ravine.keras.layers import Dense
    >>> model_from_json(Sequential([Dense(3, input_shape=(2,))]).to_json()).count_params()
    9
    """
    described = parsed_json(json_string, "model_from_json: the text")
    with understood("model_from_json"):
        if described.get("class_name") != "Sequential":
            refuse(f"a {described.get('class_name')} model", FUNCTIONAL)
        return Sequential.from_config(described["config"], custom_objects)


def clone_model(
    model: Sequential, input_tensors: Any = None, clone_function: Any = None, call_function: Any = None, **options: Any
) -> Sequential:
    """Return a model of the same layers, made anew with new weights; it is compiled where *model* is.

    *clone_function* makes each layer from the present one; left out, from its configuration.

    >>> from ravine.keras.layers import Dense
    >>> model = Sequential([Dense(3, input_shape=(2,))])
    >>> clone_model(model).count_params()
    9
    >>> clone_model(model, clone_function=lambda layer: Dense(2 * layer.units)).output_shape
    (None, 6)
    """
    if not isinstance(model, Sequential):
        raise RavineError(f"clone_model: a Sequential model is wanted, got {model!r}")
    if input_tensors is not None or call_function is not None:
        refuse("clone_model(input_tensors=..., call_function=...)", "leave them out, a Sequential model has one input")
    if clone_function is not None and not callable(clone_function):
        raise RavineError(f"clone_model: clone_function must be a function of a layer, got {clone_function!r}")
    make = clone_function or (lambda layer: type(layer).from_config(layer.get_config()))
    made = [
        clone_model(layer.model, clone_function=clone_function) if isinstance(layer, Nested) else make(layer)
        for layer in model.layers
    ]
    given = [] if model._input is None else [InputLayer.from_config(model._input.get_config())]
    clone = Sequential([*given, *made], trainable=model.trainable, name=model.name)
    if model.compiled:
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        clone.compile(**{**model.compile_options, "optimizer": optimizer})
    return clone

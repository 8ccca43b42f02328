"""From a configuration to what is trained: data, network, loss, first weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ravine.core import RavineError, nearest
from ravine.data import Dataset, Scaler, one_hot
from ravine.lab._configuration import Configuration, LayerChoice
from ravine.lab.datasets import dataset_of
from ravine.lab.limits import LIMITS
from ravine.lab.uploads import Kind, Upload
from ravine.nn import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Layer,
    LayerNormalization,
    Network,
    Variables,
    count_params,
)
from ravine.train import Objective, Plan, objective

__all__ = ["LOSSES_BY_TASK", "Setup", "prepared_setup"]

LOSSES_BY_TASK: dict[str, dict[str, str]] = {
    "classification": {
        "sparse_categorical_crossentropy": "softmax",
        "categorical_crossentropy": "softmax",
        "binary_crossentropy": "logistic",
        "mean_squared_error": "softmax",
        "mean_absolute_error": "softmax",
    },
    "regression": {"mean_squared_error": "linear", "mean_absolute_error": "linear", "huber": "linear"},
}
"""The losses that a task may have, the natural one first, and the last activation that goes with each."""


@dataclass(frozen=True, eq=False)
class Setup:
    """What a configuration comes to.

    *dense* are the places of the Dense layers in the network, *hidden* those of the layers whose output is a hidden
    layer's; *start* are the first weights of all lanes. *scaler* and *target* scaled inputs and numbers to predict.

    No example: made by `prepared_setup`.
    """

    configuration: Configuration
    dataset: Dataset
    kind: Kind
    network: Network
    plan: Plan
    objective: Objective
    dense: tuple[int, ...]
    hidden: tuple[int, ...]
    start: Variables
    scaler: Scaler | None = None
    target: Scaler | None = None

    @property
    def task(self) -> str:
        """ "classification" or "regression"."""
        return self.dataset.task

    @property
    def batch(self) -> int:
        """The number of examples of a step."""
        return self.configuration.batch.length(len(self.dataset.train))


def _hidden(choice: LayerChoice) -> tuple[list[Layer], int]:
    """The layers of one hidden layer, and the place among them of the one whose output is the layer's."""
    if choice.normalization == "none":
        layers: list[Layer] = [Dense(choice.units, choice.activation, kernel_initializer=choice.initializer)]
    else:
        kind = BatchNormalization if choice.normalization == "batch" else LayerNormalization
        layers = [Dense(choice.units, kernel_initializer=choice.initializer), kind(), Activation(choice.activation)]
    place = len(layers) - 1
    if choice.dropout:
        layers.append(Dropout(choice.dropout))
    return layers, place


def prepared_setup(configuration: Configuration, uploads: Mapping[str, Upload] | None = None) -> Setup:
    """Everything that the *configuration* describes, checked.

    >>> made = prepared_setup(Configuration())
    >>> made.network.shapes, made.plan.loss, made.batch
    (((4,), (4,), (2,)), 'sparse_categorical_crossentropy', 32)
    """
    dataset, kind, scaler, target = dataset_of(configuration.data, uploads)
    losses = LOSSES_BY_TASK[dataset.task]
    loss = next(iter(losses)) if configuration.network.loss == "auto" else configuration.network.loss
    if loss not in losses:
        raise RavineError(f"no loss {loss!r} for {dataset.task}: {nearest(loss, losses)}")
    if dataset.classes is not None and loss != "sparse_categorical_crossentropy":
        count = len(dataset.classes)
        parts = {name: replace(split, y=one_hot(split.y, count)) for name, split in dataset.parts.items()}
        dataset = replace(dataset, train=parts["train"], test=parts.get("test"))
    layers: list[Layer] = []
    dense, hidden = [], []
    for choice in configuration.network.layers:
        made, place = _hidden(choice)
        dense.append(len(layers))
        hidden.append(len(layers) + place)
        layers += made
    dense.append(len(layers))
    outputs = len(dataset.classes) if dataset.classes is not None else dataset.train.y.shape[1]
    layers.append(Dense(outputs, losses[loss]))
    network = Network(tuple(layers), dataset.input_shape)
    count = sum(count_params(network))
    if count > LIMITS.parameters:
        raise RavineError(f"the network has {count} parameters, at most {LIMITS.parameters}: take fewer units")
    metrics = ("accuracy",) if dataset.task == "classification" else ("mae", "mse")
    plan = Plan(loss=loss, metrics=metrics)
    start = _given(configuration, network, tuple(dense))
    aim = objective(network, loss, metrics)
    places = tuple(dense), tuple(hidden)
    return Setup(configuration, dataset, kind, network, plan, aim, *places, start, scaler, target)


def _given(configuration: Configuration, network: Network, dense: tuple[int, ...]) -> Variables:
    start = network.init(configuration.seed)
    given = configuration.network.weights
    if given is None:
        return start
    if len(given) != len(dense):
        raise RavineError(f"weights: {len(dense)} layers need as many entries, the last one included, got {len(given)}")
    params = list(start.params)
    for number, (place, each) in enumerate(zip(dense, given, strict=True)):
        kernel, bias = np.array(each.kernel, np.float32), np.array(each.bias, np.float32)
        wanted = params[place]["kernel"].shape
        if kernel.shape != wanted:
            raise RavineError(f"weights: kernel {number} has the shape {kernel.shape}, the network's is {wanted}")
        params[place] = {**params[place], "kernel": kernel, "bias": bias}
    return Variables(tuple(params), start.state)

"""One thing changed in a training job, said by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ravine.core import RavineError, nearest, record
from ravine.nn import Dropout, Layer, Network, network, to_dict
from ravine.optim import rule
from ravine.train.job import Job

__all__ = ["with_overrides"]


def with_overrides(job: Job, changes: Mapping[str, Any]) -> Job:
    """The *job* with *changes*, each one of

    - a key of the job: ``rule``, ``epochs``, ``batch_size``, ``loss``, ``seed``, ``data``, ...;
    - a number of its rule: ``learning_rate``, ``momentum``, ``weight_decay``, ...;
    - an option of its data set: ``options.noise``, ``options.n``, ...;
    - ``activation`` and ``kernel_initializer`` of the hidden layers that have one, ``dropout`` the rate of dropout.

    >>> with_overrides(Job(network="2-8:tanh-2:softmax", data="xor"), {"learning_rate": 0.01, "epochs": 9}).rule
    'adam:learning_rate=0.01'
    >>> with_overrides(Job(network="2-8:tanh-2:softmax", data="xor"), {"learning_rat": 0.01})
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: nothing is called 'learning_rat': did you mean 'learning_rate'? Known: ...
    """
    values = job.model_dump()
    for name, value in changes.items():
        known = {*Job.model_fields, *LAYERWISE, *numbers(values["rule"])}
        if name.startswith("options."):
            values["options"] = {**values["options"], name.removeprefix("options."): value}
        elif name in Job.model_fields:
            values[name] = value
        elif name in LAYERWISE:
            values["network"] = to_dict(LAYERWISE[name](network(values["network"]), value))
        elif name in known:
            values["rule"] = renumbered(values["rule"], name, value)
        else:
            raise RavineError(f"nothing is called {name!r}: {nearest(name, known)}; or options.NAME of the data set")
    made = record("job", Job, values)
    rule(made.rule), network(made.network)
    return made


def numbers(text: str) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(rule(text)))  # type: ignore[arg-type]


def renumbered(text: str, name: str, value: Any) -> str:
    """The rule's text with another value of *name*.

    >>> renumbered("sgd:0.1,momentum=0.9", "learning_rate", 0.01)
    'sgd:momentum=0.9,learning_rate=0.01'
    """
    kind, _, options = text.partition(":")
    parts = [part.strip() for part in options.split(",") if part.strip()]
    kept = [part for part in parts if (part.partition("=")[0].strip() if "=" in part else "learning_rate") != name]
    if kept and "=" not in kept[0]:
        kept = [f"learning_rate={kept[0]}", *kept[1:]]
    return f"{kind}:{','.join([*kept, f'{name}={value}'])}"


def _everywhere(field: str) -> Callable[[Network, Any], Network]:
    def change(of: Network, value: Any) -> Network:
        *hidden, last = of.layers
        if not any(hasattr(layer, field) for layer in hidden):
            raise RavineError(f"the network has no hidden layer with a {field}: nothing would change")
        layers = [dataclasses.replace(each, **{field: value}) if hasattr(each, field) else each for each in hidden]  # type: ignore[type-var]
        return Network((*layers, last), of.input_shape)

    return change


def _dropout(of: Network, rate: Any) -> Network:
    """Every dropout at *rate*; where there is none, one after each hidden layer with an activation."""
    if any(isinstance(layer, Dropout) for layer in of.layers):
        layers: list[Layer] = [Dropout(rate) if isinstance(each, Dropout) else each for each in of.layers]
    else:
        layers = [new for each in of.layers[:-1] for new in (each, *([Dropout(rate)] * hasattr(each, "activation")))]
        layers.append(of.layers[-1])
    return Network(tuple(layers), of.input_shape)


LAYERWISE: dict[str, Callable[[Network, Any], Network]] = {
    "activation": _everywhere("activation"),
    "kernel_initializer": _everywhere("kernel_initializer"),
    "dropout": _dropout,
}

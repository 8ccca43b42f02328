"""Things of a network, a rule or a training job changed by name: what forks, studies and remedies may change.

Numbers of the network (`NETWORK_NUMBERS`) keep its structure, so that one program trains many of them; its parts
(`NETWORK_PARTS`) do not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ravine.core import RavineError, nearest, record
from ravine.functions import (
    L1,
    L2,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    initializer,
)
from ravine.nn import Dense, Dropout, GaussianNoise, Layer, Network, network, to_dict
from ravine.optim import Rule, rule
from ravine.train.job import Job
from ravine.train.template import is_template

__all__ = ["NETWORK_NUMBERS", "NETWORK_PARTS", "with_overrides", "with_parts", "with_setting"]

Change = Callable[[Layer, Any], Layer]


def _rate(kind: type[Any], field: str) -> Change:
    return lambda layer, value: dataclasses.replace(layer, **{field: value}) if isinstance(layer, kind) else layer


def _penalty(kind: type[Any]) -> Change:
    def change(layer: Layer, value: float) -> Layer:
        fits = hasattr(layer, "kernel_regularizer")
        return dataclasses.replace(layer, kernel_regularizer=kind(value)) if fits else layer  # type: ignore[type-var]

    return change


def _louder(layer: Layer, gain: float) -> Layer:
    """The layer whose initial weights have *gain* times the standard deviation."""
    if not hasattr(layer, "kernel_initializer"):
        return layer
    start = initializer(layer.kernel_initializer)
    changed: Any
    match start:
        case VarianceScaling():
            changed = dataclasses.replace(start, scale=start.scale * gain**2)
        case RandomNormal() | TruncatedNormal():
            changed = dataclasses.replace(start, deviation=start.deviation * gain)
        case RandomUniform():
            changed = dataclasses.replace(start, low=start.low * gain, high=start.high * gain)
        case Orthogonal():
            changed = dataclasses.replace(start, gain=start.gain * gain)
        case _:
            raise RavineError(f"gain: {start!r} has no spread to be multiplied: choose another initialiser")
    return dataclasses.replace(layer, kernel_initializer=changed)  # type: ignore[type-var]


NETWORK_NUMBERS: dict[str, Change] = {
    "dropout": _rate(Dropout, "rate"),
    "noise": _rate(GaussianNoise, "stddev"),
    "l1": _penalty(L1),
    "l2": _penalty(L2),
    "gain": _louder,
}
"""Numbers of the network: dropout rate, deviation of noise, penalties, a factor on the spread of initial weights."""


def _hidden(network: Network, change: Callable[[Layer], Layer]) -> Network:
    """The network with *change* made to every layer but the last."""
    return dataclasses.replace(network, layers=(*map(change, network.layers[:-1]), network.layers[-1]))


def _activation(network: Network, name: str) -> Network:
    def change(layer: Layer) -> Layer:
        fits = hasattr(layer, "activation")
        return dataclasses.replace(layer, activation=name) if fits else layer  # type: ignore[type-var]

    return _hidden(network, change)


def _initializer(network: Network, name: str) -> Network:
    def change(layer: Layer) -> Layer:
        fits = hasattr(layer, "kernel_initializer")
        return dataclasses.replace(layer, kernel_initializer=name) if fits else layer  # type: ignore[type-var]

    return _hidden(network, change)


def _width(network: Network, units: int) -> Network:
    def change(layer: Layer) -> Layer:
        return dataclasses.replace(layer, units=int(units)) if hasattr(layer, "units") else layer  # type: ignore[type-var]

    return _hidden(network, change)


def _depth(network: Network, depth: int) -> Network:
    """*depth* copies of the first hidden dense layer and what follows it up to the next, in place of all of them."""
    dense = [index for index, layer in enumerate(network.layers[:-1]) if isinstance(layer, Dense)]
    if not dense:
        raise RavineError("depth: the network has no hidden dense layer to be repeated: write one, e.g. 784-32:relu-10")
    ends = [*dense, len(network.layers) - 1]
    block = network.layers[dense[0] : ends[1]]
    return dataclasses.replace(network, layers=(*network.layers[: dense[0]], *block * int(depth), network.layers[-1]))


NETWORK_PARTS: dict[str, Callable[[Network, Any], Network]] = {
    "depth": _depth,
    "width": _width,
    "activation": _activation,
    "initializer": _initializer,
}
"""Parts of the network's hidden layers: how many, how wide, which activation, which initial weights."""


def with_parts(network: Network, parts: Mapping[str, Any]) -> Network:
    """The network with the named *parts* changed.

    >>> from ravine.nn import network, to_text
    >>> to_text(with_parts(network("4-8:relu-dropout:0.2-3:softmax"), {"depth": 2, "activation": "tanh"}))
    '4-8:tanh-dropout:0.2-8:tanh-dropout:0.2-3:softmax'
    """
    for name, change in NETWORK_PARTS.items():
        if name in parts:
            network = change(network, parts[name])
    return network


def with_setting(network: Network, rule: Rule, setting: Mapping[str, float]) -> tuple[Network, Rule]:
    """The network and the rule with the numbers of *setting* in them.

    >>> from ravine.nn import network
    >>> from ravine.optim import SGD
    >>> made, how = with_setting(network("4-dropout:0.2-3:softmax"), SGD(0.1), {"dropout": 0.5, "learning_rate": 1.0})
    >>> made.layers[0].rate, how.learning_rate
    (0.5, 1.0)
    """
    numbers = {name: value for name, value in setting.items() if name not in NETWORK_NUMBERS}
    rule = rule.replace(**numbers) if numbers else rule
    for name, value in setting.items():
        if name in NETWORK_NUMBERS:
            network = dataclasses.replace(
                network, layers=tuple(NETWORK_NUMBERS[name](each, value) for each in network.layers)
            )
    return network, rule


FIELDS = {"activation": "activation", "initializer": "kernel_initializer", "width": "units"}
"""What a layer must have for the part of the network to be one of its own."""


def _changed(of: Network, name: str, value: Any) -> Network:
    """The network with its part or number *name* changed, or an error where nothing would change."""
    *hidden, last = of.layers
    if name in NETWORK_PARTS:
        if name in FIELDS and not any(hasattr(layer, FIELDS[name]) for layer in hidden):
            raise RavineError(f"the network has no hidden layer with a {FIELDS[name]}: nothing would change")
        return NETWORK_PARTS[name](of, value)
    if name == "dropout" and not any(isinstance(layer, Dropout) for layer in hidden):
        # Where there is none, one after each hidden layer with an activation.
        layers = [new for each in hidden for new in (each, *([Dropout(value)] * hasattr(each, "activation")))]
        return dataclasses.replace(of, layers=(*layers, last))
    layers = [NETWORK_NUMBERS[name](layer, value) for layer in of.layers]
    if all(new is old for new, old in zip(layers, of.layers, strict=True)):
        raise RavineError(f"the network has no layer with {name}: nothing would change")
    return dataclasses.replace(of, layers=tuple(layers))


def with_overrides(job: Job, changes: Mapping[str, Any]) -> Job:
    """The *job* with *changes*, each one of

    - a key of the job: ``rule``, ``epochs``, ``batch_size``, ``loss``, ``seed``, ``data``, ...;
    - a number of its rule: ``learning_rate``, ``momentum``, ``weight_decay``, ...;
    - an option of its data set: ``options.noise``, ``options.n``, ...;
    - a number of its network: ``dropout``, ``noise``, ``l1``, ``l2``, ``gain``;
    - a part of its hidden layers: ``activation``, ``kernel_initializer``, ``width``, ``depth``.

    >>> with_overrides(Job(network="2-8:tanh-2:softmax", data="xor"), {"learning_rate": 0.01, "epochs": 9}).rule
    'adam:learning_rate=0.01'
    >>> with_overrides(Job(network="2-8:tanh-2:softmax", data="xor"), {"learning_rat": 0.01})
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: nothing is called 'learning_rat': did you mean 'learning_rate'? Known: ...
    """
    values = job.model_dump()
    for name, value in changes.items():
        part = "initializer" if name == "kernel_initializer" else name
        numbers = {field.name for field in dataclasses.fields(rule(values["rule"]))}  # type: ignore[arg-type]
        if name.startswith("options."):
            values["options"] = {**values["options"], name.removeprefix("options."): value}
        elif name in Job.model_fields:
            values[name] = value
        elif part in NETWORK_PARTS or part in NETWORK_NUMBERS:
            if is_template(values["network"]):
                text = values["network"]
                raise RavineError(f"{name}: {text} is no network before its data are read: write its sizes")
            values["network"] = to_dict(_changed(network(values["network"]), part, value))
        elif name in numbers:
            values["rule"] = renumbered(values["rule"], name, value)
        else:
            known = {*Job.model_fields, *NETWORK_PARTS, *NETWORK_NUMBERS, *numbers}
            raise RavineError(f"nothing is called {name!r}: {nearest(name, known)}; or options.NAME of the data set")
    made = record("job", Job, values)
    rule(made.rule)
    if not is_template(made.network):
        network(made.network)
    return made


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

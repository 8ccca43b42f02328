"""What may be swept: numbers of the rule and of the network, and the network's parts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ravine.core import RavineError, nearest
from ravine.functions import (
    L1,
    L2,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    activation,
    initializer,
)
from ravine.nn import Dense, Dropout, GaussianNoise, Layer, Network
from ravine.optim import RULES, Rule

__all__ = ["NAMED", "NUMBERS", "check_axis", "has_axis", "varied", "with_setting"]

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


NUMBERS: dict[str, Change] = {
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


NAMED: dict[str, Callable[[Network, Any], Network]] = {
    "depth": _depth,
    "width": _width,
    "activation": _activation,
    "initializer": _initializer,
}
"""Parts of the network's hidden layers: how many, how wide, which activation, which initial weights."""


def has_axis(name: str, network: Network | None, rule: Rule, protocol: int = 2) -> bool:
    """Whether the number *name* exists in *rule* or in *network* (None: in networks at all).

    A number that is off in the rule (None) is none of its numbers: to give it one makes another rule, gradient descent
    with momentum of plain gradient descent. By *protocol* 1 it was one.

    >>> from ravine.nn import network
    >>> from ravine.optim import SGD
    >>> has_axis("momentum", None, SGD(0.1)), has_axis("dropout", network("4-3:softmax"), SGD(0.1))
    (False, False)
    >>> has_axis("momentum", None, SGD(0.1, momentum=0.9))
    True
    """
    if name in NUMBERS:
        return network is None or any(NUMBERS[name](layer, 0.5) is not layer for layer in network.layers)
    if name not in {field.name for field in dataclasses.fields(rule)} or name in rule.choices:  # type: ignore[arg-type]
        return False
    value = getattr(rule, name)
    if value is None:
        return protocol == 1
    return name in rule.ranges or (isinstance(value, int | float) and not isinstance(value, bool))


def check_axis(name: str, values: Sequence[Any], rules: Sequence[Rule], protocol: int = 2) -> None:
    """Refuse an axis that no rival has, and values that are not of its kind; *protocol* as for `has_axis`.

    >>> from ravine.optim import SGD
    >>> check_axis("momentun", (0.9,), [SGD(0.1, momentum=0.5)])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: sweep: unknown axis 'momentun': did you mean 'momentum'? Known: ...
    """
    if name in NAMED:
        for value in values:
            if name == "activation":
                activation(value)
            elif name == "initializer":
                initializer(value)
            elif not isinstance(value, int) or value < 1:
                raise RavineError(f"sweep: {name} must be positive integers, got {value!r}")
        return
    if not any(has_axis(name, None, rule, protocol) for rule in rules):
        off = next((rule for rule in rules if name not in rule.choices and getattr(rule, name, 0) is None), None)
        if off is not None:
            raise RavineError(
                f"sweep: {name} is off in {type(off).__name__}, and a number for it would make another rule of it: "
                f"{_remedy(name, off)}"
            )
        fields = {field.name for rule in rules for field in dataclasses.fields(rule)}  # type: ignore[arg-type]
        known = {each for each in fields if any(has_axis(each, None, rule, protocol) for rule in rules)}
        raise RavineError(f"sweep: unknown axis {name!r}: {nearest(name, known | set(NUMBERS) | set(NAMED))}")
    for value in values:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise RavineError(f"sweep: {name} must be numbers, got {value!r}")


def _remedy(name: str, off: Rule) -> str:
    """Which rule has the number *name* that is off in *off*."""
    named = [each for each in RULES if isinstance(getattr(RULES[each](), name, None), int | float)]
    kin = [each for each in named if isinstance(RULES[each](), type(off)) or issubclass(type(off), type(RULES[each]()))]
    if kin:
        return f"name the rule that has it, {kin[0]}"
    return f"switch it on in the rule's own text, e.g. {type(off).__name__.lower()}:{name}=0.1"


def varied(network: Network, parts: Mapping[str, Any]) -> Network:
    """The network with the named *parts* changed.

    >>> from ravine.nn import network, to_text
    >>> to_text(varied(network("4-8:relu-dropout:0.2-3:softmax"), {"depth": 2, "activation": "tanh"}))
    '4-8:tanh-dropout:0.2-8:tanh-dropout:0.2-3:softmax'
    """
    for name, change in NAMED.items():
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
    numbers = {name: value for name, value in setting.items() if name not in NUMBERS}
    rule = rule.replace(**numbers) if numbers else rule
    for name, value in setting.items():
        if name in NUMBERS:
            network = dataclasses.replace(network, layers=tuple(NUMBERS[name](each, value) for each in network.layers))
    return network, rule

"""What a study may sweep: numbers of the rule and of the network, and the network's parts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from ravine.core import RavineError, nearest
from ravine.functions import activation, initializer
from ravine.nn import Network
from ravine.optim import RULES, Rule
from ravine.train import NETWORK_NUMBERS, NETWORK_PARTS

__all__ = ["check_axis", "has_axis"]


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
    if name in NETWORK_NUMBERS:
        return network is None or any(NETWORK_NUMBERS[name](layer, 0.5) is not layer for layer in network.layers)
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
    if name in NETWORK_PARTS:
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
        raise RavineError(
            f"sweep: unknown axis {name!r}: {nearest(name, known | set(NETWORK_NUMBERS) | set(NETWORK_PARTS))}"
        )
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

"""Networks described by what the data do not decide: ``*-32:relu-*``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ravine.data import Dataset
from ravine.nn import Network, network

__all__ = ["is_template", "network_for"]


def is_template(described: str | Mapping[str, Any]) -> bool:
    """Whether the network can only be made for a data set.

    >>> is_template("*-8:relu-*"), is_template("2-8:relu-2:softmax")
    (True, False)
    """
    return isinstance(described, str) and "*" in described


def network_for(described: str | Mapping[str, Any], dataset: Dataset) -> Network:
    """The network *described* for *dataset*: a text, in which ``*`` stands for what the data ask for, or a table.

    As the first piece it is the shape of an example (flat where the first layer is dense), as the last a softmax of all
    classes, or as many linear outputs as there are numbers to predict.

    >>> from ravine.data import load
    >>> from ravine.nn import to_text
    >>> to_text(network_for("*-8:relu-*", load("xor", n=20)))
    '2-8:relu-2:softmax'
    """
    if not is_template(described):
        return network(described)
    first, *rest = str(described).split("-")
    if first.strip() == "*":
        shape = dataset.input_shape
        first = "x".join(map(str, shape)) if _takes_shape(rest) else str(math.prod(shape))
    if rest and rest[-1].strip() == "*":
        if dataset.classes is not None:
            rest[-1] = f"{len(dataset.classes)}:softmax"
        else:
            rest[-1] = str(math.prod(dataset.train.y.shape[1:]))
    return network("-".join([first, *rest]))


def _takes_shape(rest: list[str]) -> bool:
    """Whether the first layer reads more than one axis: anything but a plain number of units."""
    return bool(rest) and not rest[0].strip()[:1].isdigit() and rest[0].strip() != "*"

"""Arguments of Keras's layers that are taken at their default alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ravine.core import RavineError

__all__ = ["UNUSED", "unknown"]

UNUSED: dict[str, dict[str, Any]] = {
    "Layer": {"autocast": True},
    "BatchNormalization": {
        "renorm": False,
        "renorm_clipping": None,
        "renorm_momentum": 0.99,
        "synchronized": False,
    },
    "Dense": {"lora_alpha": None, "quantization_config": None},
    "Embedding": {"lora_rank": None, "lora_alpha": None, "quantization_config": None},
}
"""Their defaults, by kind of layer; \"Layer\" stands for all."""


def unknown(kind: str, options: Mapping[str, Any], known: Collection[str]) -> Iterator[str]:
    """The names among *options* of a layer of *kind* that are neither *known* nor Keras's; refuses what is on.

    >>> list(unknown("Dense", {"lora_alpha": None, "unit": 3}, ["units"]))
    ['unit']
    >>> list(unknown("BatchNormalization", {"synchronized": True}, []))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: BatchNormalization: synchronized=True is not supported: leave it out
    """
    off = {**UNUSED["Layer"], **UNUSED.get(kind, {})}
    for name, value in options.items():
        if name in off and value != off[name]:
            raise RavineError(f"{kind}: {name}={value!r} is not supported: leave it out")
        if name not in off and name not in known:
            yield name

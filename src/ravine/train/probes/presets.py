"""The instruments that cost next to nothing, and instruments as people name them."""

from __future__ import annotations

from collections.abc import Sequence

from ravine.train.probes.registry import PROBES

__all__ = ["CHEAP", "probe_names"]

CHEAP = (
    "gradient_norm",
    "weight_norm",
    "update_ratio",
    "activation_mean",
    "activation_spread",
    "saturated",
    "dead",
    "sparsity",
    "never_active",
    "noise_scale",
    "step_gain",
)
"""Those taken where nobody names any: all together below 5 % of the time of training at the default stride."""


def probe_names(text: str | Sequence[str]) -> tuple[str, ...]:
    """The names in *text*: ``cheap``, ``all``, or names of probes with commas between; or a sequence of these.

    >>> probe_names("gradient_norm, dead"), len(probe_names("all")) == len(PROBES)
    (('gradient_norm', 'dead'), True)
    >>> probe_names("gradient_nrom")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown probe 'gradient_nrom': did you mean 'gradient_norm'? Known: ...
    """
    words = [word.strip() for each in ([text] if isinstance(text, str) else text) for word in each.split(",")]
    sets = {"cheap": CHEAP, "all": tuple(PROBES)}
    names = [name for word in words if word for name in (sets[word] if word in sets else (PROBES[word].name,))]
    return tuple(dict.fromkeys(names))

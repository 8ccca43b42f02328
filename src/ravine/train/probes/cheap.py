"""The instruments that cost next to nothing."""

from __future__ import annotations

__all__ = ["CHEAP"]

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

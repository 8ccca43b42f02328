"""What each framework means by a rule's name: one table."""

from __future__ import annotations

import math
from typing import Any

from ravine.core import RavineError, check_choice, nearest
from ravine.optim._rule import Rule
from ravine.optim.registry import RULES

__all__ = ["FRAMEWORKS", "PRESETS", "preset"]

Options = dict[str, Any]

PRESETS: dict[str, dict[str, Options]] = {
    # The rule as its paper states it; where the paper gives no numbers, those in common use.
    "paper": {
        "sgd": {},
        "momentum": {},
        "nesterov": {},
        "adagrad": {},
        "adadelta": {},
        "rmsprop": {"eps": 0.0},
        "adam": {},
        "nadam": {},
        "amsgrad": {},
        "adamax": {},
        "adamw": {},
        "rprop": {},
        "lion": {},
    },
    # Keras 2.0 to 2.3, which the lecture ran, and the lecture's own form of Nesterov's momentum.
    "lecture": {
        "sgd": {"learning_rate": 0.01},
        "momentum": {"learning_rate": 0.01, "momentum": 0.9},
        "nesterov": {"learning_rate": 0.01, "momentum": 0.9, "nesterov": "lookahead"},
        "adagrad": {"learning_rate": 0.01, "eps": 1e-7},
        "adadelta": {"learning_rate": 1.0, "rho": 0.95, "eps": 1e-7},
        "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "eps": 1e-7},
        "adam": {"learning_rate": 0.001, "eps": 1e-7, "eps_hat": True},
        "nadam": {"learning_rate": 0.002, "eps": 1e-7, "psi": 0.004},
        "amsgrad": {"learning_rate": 0.001, "eps": 1e-7, "eps_hat": True, "amsgrad": "raw"},
        "adamax": {"learning_rate": 0.002, "eps": 1e-7},
        "rprop": {},
    },
    # Keras 3.15.
    "keras": {
        "sgd": {"learning_rate": 0.01},
        "momentum": {"learning_rate": 0.01, "momentum": 0.9},
        "nesterov": {"learning_rate": 0.01, "momentum": 0.9, "nesterov": "reformulated"},
        "adagrad": {"learning_rate": 0.001, "eps": 1e-7, "initial": 0.1, "eps_inside": True},
        "adadelta": {"learning_rate": 0.001, "rho": 0.95, "eps": 1e-7},
        "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "eps": 1e-7, "eps_inside": True},
        "adam": {"learning_rate": 0.001, "eps": 1e-7, "eps_hat": True},
        "nadam": {"learning_rate": 0.001, "eps": 1e-7, "psi": 1.0},
        "amsgrad": {"learning_rate": 0.001, "eps": 1e-7, "eps_hat": True, "amsgrad": "raw"},
        "adamax": {"learning_rate": 0.001, "eps": 1e-7},
        "adamw": {"learning_rate": 0.001, "eps": 1e-7, "eps_hat": True, "weight_decay": 0.004},
        "lion": {"learning_rate": 0.001, "b1": 0.9, "b2": 0.99},
    },
    # torch 2.13.
    "torch": {
        "sgd": {"learning_rate": 0.001},
        "momentum": {"learning_rate": 0.001, "momentum": 0.9, "rate_inside": False},
        "nesterov": {"learning_rate": 0.001, "momentum": 0.9, "rate_inside": False, "nesterov": "reformulated"},
        "adagrad": {"learning_rate": 0.01, "eps": 1e-10},
        "adadelta": {"learning_rate": 1.0, "rho": 0.9, "eps": 1e-6},
        "rmsprop": {"learning_rate": 0.01, "rho": 0.99, "eps": 1e-8, "rate_inside": False},
        "adam": {"learning_rate": 0.001, "eps": 1e-8},
        "nadam": {"learning_rate": 0.002, "eps": 1e-8, "psi": 0.004},
        "amsgrad": {"learning_rate": 0.001, "eps": 1e-8, "amsgrad": "raw"},
        "adamax": {"learning_rate": 0.002, "eps": 1e-8, "eps_in_max": True},
        "adamw": {"learning_rate": 0.001, "eps": 1e-8, "weight_decay": 0.01},
        "rprop": {"learning_rate": 0.01, "eta_minus": 0.5, "eta_plus": 1.2, "step_min": 1e-6, "step_max": 50.0},
    },
    # optax 0.2.8, which has no learning rates of its own: the rules' defaults stand for them.
    "optax": {
        "sgd": {},
        "momentum": {"momentum": 0.9, "rate_inside": False},
        "nesterov": {"momentum": 0.9, "rate_inside": False, "nesterov": "reformulated"},
        "adagrad": {"eps": 1e-7, "initial": 0.1, "eps_inside": True},
        "adadelta": {"learning_rate": 1.0, "rho": 0.9, "eps": 1e-6},
        "rmsprop": {"rho": 0.9, "eps": 1e-8, "eps_inside": True},
        "adam": {"eps": 1e-8},
        "nadam": {"eps": 1e-8, "psi": math.inf},
        "amsgrad": {"eps": 1e-8, "amsgrad": "corrected"},
        "adamax": {"eps": 1e-8, "eps_in_max": True},
        "adamw": {"eps": 1e-8, "weight_decay": 1e-4},
        "rprop": {"eta_minus": 0.5, "eta_plus": 1.2, "step_min": 1e-6, "step_max": 50.0},
        "lion": {"b1": 0.9, "b2": 0.99, "weight_decay": 1e-3},
    },
}
"""Options by framework and rule, where they differ from the rule's own."""

FRAMEWORKS = tuple(PRESETS)
"""Those whose settings the table knows."""


def preset(name: str, framework: str = "paper", **options: Any) -> Rule:
    """The rule *name* as *framework* runs it by default, save *options*.

    Frameworks: "paper", "lecture", "keras", "torch", "optax".

    >>> preset("rmsprop", "keras").eps_inside, preset("rmsprop", "lecture").eps_inside
    (True, False)
    >>> preset("lion", "torch")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: preset: torch has no rule 'lion': ... adadelta, adagrad, ...
    """
    check_choice("preset", "framework", framework, FRAMEWORKS)
    kind = RULES[name]
    key = str(RULES.name_of(kind))
    table = PRESETS[framework]
    if key not in table:
        raise RavineError(f"preset: {framework} has no rule {name!r}: {nearest(key, table)}")
    return kind(**{**table[key], **options})

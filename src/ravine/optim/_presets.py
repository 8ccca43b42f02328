"""What each framework means by a rule's name: the rules' own tables, read across."""

from __future__ import annotations

from typing import Any

from ravine.core import RavineError, check_choice, nearest
from ravine.optim._rule import Options, Rule
from ravine.optim.registry import RULES

__all__ = ["FRAMEWORKS", "preset", "presets"]

FRAMEWORKS = ("paper", "lecture", "keras", "torch", "optax")
"""Those whose settings the rules know.

"paper" is the rule as its paper states it, or with the numbers in common use where the paper gives none. "lecture" is
Keras 2.0 to 2.3, which the lecture ran, and its own form of Nesterov's momentum. "keras" is 3.15, "torch" is 2.13,
and "optax" 0.2.8, which has no learning rates of its own: the rules' defaults stand for them.
"""


def presets(framework: str) -> dict[str, Options]:
    """The fields that each rule sets to be *framework*'s, by the rule's name.

    >>> presets("keras")["rmsprop"]
    {'learning_rate': 0.001, 'rho': 0.9, 'eps': 1e-07, 'eps_inside': True}
    """
    return {name: RULES[name].presets[framework] for name in RULES if framework in RULES[name].presets}


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
    table = presets(framework)
    if key not in table:
        raise RavineError(f"preset: {framework} has no rule {name!r}: {nearest(key, table)}")
    return kind(**{**table[key], **options})

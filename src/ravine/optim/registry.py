"""The rules by name, in the lecture's order, and as short texts."""

from __future__ import annotations

import dataclasses

from ravine.core import RavineError, Registry, nearest
from ravine.optim._rule import Rule
from ravine.optim.adagrad import Adadelta, Adagrad
from ravine.optim.adam import Adam, AdamW, AMSGrad
from ravine.optim.lion import Lion
from ravine.optim.nadam import Adamax, Nadam
from ravine.optim.rmsprop import RMSprop
from ravine.optim.rprop import Rprop
from ravine.optim.sgd import SGD, Momentum, Nesterov

__all__ = ["RULES", "rule"]

RULES: Registry[type[Rule]] = Registry("rule")
"""The update rules by name, in the order of the lecture."""
# In the lecture's order; then the rules it names in passing, and newer ones.
RULES.add("sgd", SGD, "gradient_descent")
RULES.add("momentum", Momentum)
RULES.add("nesterov", Nesterov, "nag")
RULES.add("adagrad", Adagrad)
RULES.add("adadelta", Adadelta)
RULES.add("rmsprop", RMSprop)
RULES.add("adam", Adam)
RULES.add("nadam", Nadam)
RULES.add("amsgrad", AMSGrad)
RULES.add("adamax", Adamax)
RULES.add("adamw", AdamW)
RULES.add("rprop", Rprop)
RULES.add("lion", Lion)

WORDS: dict[str, bool | None] = {"true": True, "false": False, "none": None}


def rule(text: str | Rule) -> Rule:
    """The rule that *text* describes: a name, then after a colon the learning rate and options.

    A `Rule` is handed back as it is.

    >>> rule("adam").learning_rate
    0.001
    >>> rule("sgd:0.1,momentum=0.9")
    SGD(learning_rate=0.1, momentum=0.9, nesterov=False, rate_inside=True, dampening=None)
    >>> rule("adam:lr=0.1")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: adam: unknown option 'lr': known: amsgrad, b1, b2, ...
    """
    if isinstance(text, Rule):
        return text
    if not isinstance(text, str):
        raise RavineError(f"a rule must be a text such as 'adam:0.001' or a ravine.optim.Rule, got {text!r}")
    name, _, options = text.partition(":")
    kind = RULES[name]
    known = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    values: dict[str, float | str | bool | None] = {}
    for place, option in enumerate(filter(None, (part.strip() for part in options.split(",")))):
        key, equals, value = (part.strip() for part in option.partition("="))
        if not equals:
            if place:
                raise RavineError(f"{name}: option {option!r} has no name: write name=value, e.g. {known[1]}={option}")
            key, value = "learning_rate", option
        if key not in known:
            raise RavineError(f"{name}: unknown option {key!r}: {nearest(key, known)}")
        values[key] = parse(value)
    return kind(**values)


def parse(value: str) -> float | str | bool | None:
    """Read *value* as true, false, none, a number, or else a word.

    >>> parse("1e-3"), parse("True"), parse("raw")
    (0.001, True, 'raw')
    """
    if value.lower() in WORDS:
        return WORDS[value.lower()]
    try:
        return float(value)
    except ValueError:
        return value

"""The rules by name, in the lecture's order, and as short texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

from ravine.core import RavineError, Registry, nearest
from ravine.optim._rule import Rule

__all__ = ["RULES", "register_rule", "rule"]

RULES: Registry[type[Rule]] = Registry("rule")
"""The update rules by name, in the order of the lecture; then those it names in passing, and newer ones."""

LECTURE = (
    "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "nadam", "amsgrad", "adamax", "adamw",
    "rprop", "lion",
)  # fmt: skip

K = TypeVar("K", bound=type[Rule])


def register_rule(name: str, *aliases: str) -> Callable[[K], K]:
    """Enter the class that follows under *name* and *aliases*; what a rule must say of itself and does not, is named.

    >>> from ravine.optim import SGD
    >>> register_rule("slow")(type("Slow", (SGD,), {"title": "Slow"}))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: rule 'slow': Slow lacks equation, paper, presets: each rule says its own
    """

    def enter(kind: K) -> K:
        lacking = [part for part in ("title", "equation", "paper", "presets") if part not in vars(kind)]
        if lacking:
            raise RavineError(f"rule {name!r}: {kind.__name__} lacks {', '.join(lacking)}: each rule says its own")
        fields: Any = dataclasses.fields(kind)  # type: ignore[arg-type]
        for field in fields:
            loose = not {"interval", "static"} & set(field.metadata)
            if loose and field.name != "learning_rate":
                raise RavineError(f"rule {name!r}: field {field.name!r} has no bounds: declare it with bounded(...)")
        if "learning_rate" not in kind.ranges:
            raise RavineError(f"rule {name!r}: ranges has no 'learning_rate': say where a study is to look for it")
        for framework, options in kind.presets.items():
            strange = set(options) - {field.name for field in fields}
            if strange:
                raise RavineError(f"rule {name!r}: preset {framework!r} sets {sorted(strange)[0]!r}, which is no field")
        RULES.add(name, kind, *aliases)
        RULES.arrange(lambda each: LECTURE.index(each) if each in LECTURE else len(LECTURE))
        return kind

    return enter


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

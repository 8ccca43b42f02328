"""Update rules as the lab writes them: a name, a rate, a schedule, numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ravine.core import RavineError, check_choice, nearest
from ravine.optim import RULES, SCHEDULES, Rule, Schedule

__all__ = ["SCHEDULE_NAMES", "made_rule", "option_names", "with_rate"]

SCHEDULE_NAMES = tuple(name for name in SCHEDULES if name != "reduce_on_plateau")
"""Schedules of the step alone; one that watches a validation loss has nothing to watch here."""


def option_names(name: str) -> tuple[str, ...]:
    """The numbers that the rule *name* has besides its learning rate.

    >>> option_names("rmsprop")
    ('rho', 'eps', 'momentum', 'initial')
    """
    fields: Any = dataclasses.fields(RULES[name])  # type: ignore[arg-type]
    return tuple(f.name for f in fields if f.name != "learning_rate" and not f.metadata.get("static"))


def made_schedule(name: str, rate: float, span: float) -> float | Schedule:
    """A learning rate that begins (or culminates) at *rate* and changes over *span* steps.

    >>> made_schedule("cosine", 0.1, 500.0)
    Cosine(initial=0.1, steps=500.0, final=0.0)
    """
    check_choice("schedule", "kind", name, SCHEDULE_NAMES)
    if name == "constant":
        return rate
    kind: Any = SCHEDULES[name]
    names: set[str] = {field.name for field in dataclasses.fields(kind)}
    values: dict[str, float] = {key: rate for key in ("initial", "peak", "schedule") if key in names}
    values |= {key: span for key in ("steps", "every") if key in names}
    made: Schedule = kind(**values)
    return made


def made_rule(name: str, rate: float, schedule: str, span: float, options: Mapping[str, float]) -> Rule:
    """The rule *name* with these numbers.

    >>> made_rule("sgd", 0.1, "constant", 1000.0, {"momentum": 0.9})
    SGD(learning_rate=0.1, momentum=0.9, nesterov=False, rate_inside=True, dampening=None)
    """
    kind: Any = RULES[name]
    known = option_names(name)
    for option in options:
        if option not in known:
            raise RavineError(f"{name}: unknown option {option!r}: {nearest(option, known)}")
    made: Rule = kind(learning_rate=made_schedule(schedule, rate, span), **options)
    return made


def with_rate(rule: Rule, rate: float) -> Rule:
    """The same *rule*, whose rate, or whose schedule's, is *rate*: nothing is compiled anew.

    >>> with_rate(made_rule("sgd", 0.1, "step", 10.0, {}), 0.5).learning_rate
    Step(initial=0.5, every=10.0, factor=0.1)
    """
    eta = rule.learning_rate
    if not isinstance(eta, Schedule):
        return rule.replace(learning_rate=rate)
    names = {field.name for field in dataclasses.fields(eta)}  # type: ignore[arg-type]
    name = next(name for name in ("initial", "peak", "schedule") if name in names)
    return rule.replace(learning_rate=dataclasses.replace(eta, **{name: rate}))  # type: ignore[type-var]

"""Update rules, schedules and what wraps around them."""

from ravine.optim.adam import Adam, AdamState, AdamW, AMSGrad
from ravine.optim.registry import RULES, rule
from ravine.optim.rmsprop import RMSprop, RMSpropState
from ravine.optim.rule import Range, Rate, Rule
from ravine.optim.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    InverseSqrt,
    OneCycle,
    Schedule,
    Step,
    WarmUp,
)
from ravine.optim.sgd import SGD, Momentum, Nesterov, SGDState

__all__ = [
    "RULES",
    "SCHEDULES",
    "SGD",
    "AMSGrad",
    "Adam",
    "AdamState",
    "AdamW",
    "Constant",
    "Cosine",
    "Exponential",
    "InverseSqrt",
    "Momentum",
    "Nesterov",
    "OneCycle",
    "RMSprop",
    "RMSpropState",
    "Range",
    "Rate",
    "Rule",
    "SGDState",
    "Schedule",
    "Step",
    "WarmUp",
    "rule",
]

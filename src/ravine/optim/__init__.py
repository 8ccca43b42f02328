"""Update rules, schedules and what wraps around them."""

from ravine.optim._rule import RULE_BOUNDS, Range, Rate, Rule
from ravine.optim.adagrad import Adadelta, AdadeltaState, Adagrad, AdagradState
from ravine.optim.adam import Adam, AdamState, AdamW, AMSGrad
from ravine.optim.lion import Lion, LionState
from ravine.optim.nadam import Adamax, AdamaxState, Nadam, NadamState
from ravine.optim.plateau import ReduceOnPlateau
from ravine.optim.presets import FRAMEWORKS, PRESETS, preset
from ravine.optim.registry import RULES, rule
from ravine.optim.rmsprop import RMSprop, RMSpropState
from ravine.optim.rprop import Rprop, RpropState
from ravine.optim.schedules import (
    SCHEDULES,
    ConstantSchedule,
    Cosine,
    Exponential,
    InverseSqrt,
    OneCycle,
    Schedule,
    Step,
    WarmUp,
)
from ravine.optim.sgd import SGD, Momentum, Nesterov, SGDState
from ravine.optim.wrappers import Accumulate, AccumulateState, Clip, Optax, OptaxState, WeightDecay, Wrapper

__all__ = [
    "FRAMEWORKS",
    "PRESETS",
    "RULES",
    "RULE_BOUNDS",
    "SCHEDULES",
    "SGD",
    "AMSGrad",
    "Accumulate",
    "AccumulateState",
    "Adadelta",
    "AdadeltaState",
    "Adagrad",
    "AdagradState",
    "Adam",
    "AdamState",
    "AdamW",
    "Adamax",
    "AdamaxState",
    "Clip",
    "ConstantSchedule",
    "Cosine",
    "Exponential",
    "InverseSqrt",
    "Lion",
    "LionState",
    "Momentum",
    "Nadam",
    "NadamState",
    "Nesterov",
    "OneCycle",
    "Optax",
    "OptaxState",
    "RMSprop",
    "RMSpropState",
    "Range",
    "Rate",
    "ReduceOnPlateau",
    "Rprop",
    "RpropState",
    "Rule",
    "SGDState",
    "Schedule",
    "Step",
    "WarmUp",
    "WeightDecay",
    "Wrapper",
    "preset",
    "rule",
]

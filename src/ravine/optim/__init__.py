"""Update rules, schedules and what wraps around them."""

from ravine.optim._presets import FRAMEWORKS, preset, presets
from ravine.optim._rule import Options, Range, Rate, Rule, bounded, bounds_of
from ravine.optim.adafactor import Adafactor, AdafactorState
from ravine.optim.adagrad import Adadelta, AdadeltaState, Adagrad, AdagradState
from ravine.optim.adam import Adam, AdamState, AdamW, AMSGrad
from ravine.optim.ftrl import Ftrl, FtrlState
from ravine.optim.lamb import Lamb, LambState
from ravine.optim.lion import Lion, LionState
from ravine.optim.muon import Muon, MuonState
from ravine.optim.nadam import Adamax, AdamaxState, Nadam, NadamState
from ravine.optim.plateau import ReduceOnPlateau
from ravine.optim.registry import RULES, register_rule, rule
from ravine.optim.rmsprop import RMSprop, RMSpropState
from ravine.optim.rprop import Rprop, RpropState
from ravine.optim.schedules import (
    SCHEDULES,
    ConstantSchedule,
    Cosine,
    CosineRestarts,
    Exponential,
    FunctionSchedule,
    InverseSqrt,
    InverseTime,
    OneCycle,
    Polynomial,
    Schedule,
    Step,
    WarmUp,
)
from ravine.optim.sgd import SGD, Momentum, Nesterov, SGDState
from ravine.optim.wrappers import Accumulate, AccumulateState, Clip, Optax, OptaxState, WeightDecay, Wrapper

__all__ = [
    "FRAMEWORKS",
    "RULES",
    "SCHEDULES",
    "SGD",
    "AMSGrad",
    "Accumulate",
    "AccumulateState",
    "Adadelta",
    "AdadeltaState",
    "Adafactor",
    "AdafactorState",
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
    "CosineRestarts",
    "Exponential",
    "Ftrl",
    "FtrlState",
    "FunctionSchedule",
    "InverseSqrt",
    "InverseTime",
    "Lamb",
    "LambState",
    "Lion",
    "LionState",
    "Momentum",
    "Muon",
    "MuonState",
    "Nadam",
    "NadamState",
    "Nesterov",
    "OneCycle",
    "Optax",
    "OptaxState",
    "Options",
    "Polynomial",
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
    "bounded",
    "bounds_of",
    "preset",
    "presets",
    "register_rule",
    "rule",
]

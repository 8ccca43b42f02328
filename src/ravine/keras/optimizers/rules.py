"""The optimizers, with Keras's arguments and defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ravine import optim
from ravine.core import RavineError, check_number
from ravine.keras.optimizers import schedules
from ravine.keras.optimizers.base import Optimizer
from ravine.keras.optimizers.schedules import LearningRateSchedule
from ravine.keras.tables import Row, entered, lookups, remaining

__all__ = ["LearningRateSchedule", "Optimizer", "deserialize", "get", "schedules", "serialize"]


def _keras(name: str, rate: Any, **own: Any) -> optim.Rule:
    """The rule *name* in the form that Keras gives it."""
    return optim.preset(name, "keras", learning_rate=rate, **own)


def _adam(learning_rate: Any, beta_1: Any, beta_2: Any, epsilon: Any, amsgrad: bool) -> optim.Rule:
    own = {"b1": beta_1, "b2": beta_2, "eps": epsilon, "amsgrad": "raw" if amsgrad else None}
    return _keras("adam", learning_rate, **own)


def _adamw(
    learning_rate: Any = 0.001,
    weight_decay: Any = 0.004,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    amsgrad: bool = False,
) -> optim.Rule:
    check_number("AdamW", "weight_decay", weight_decay, low=0.0)
    return _adam(learning_rate, beta_1, beta_2, epsilon, amsgrad)  # Keras's base class takes the decay


def _rmsprop(
    learning_rate: Any = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7, centered: bool = False
) -> optim.Rule:
    return _keras("rmsprop", learning_rate, rho=rho, momentum=momentum or None, eps=epsilon, centered=centered)


def _sgd(learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False) -> optim.Rule:
    form = "reformulated" if nesterov and momentum else False
    return optim.SGD(learning_rate, momentum=momentum or None, nesterov=form)


def _nadam(name: str) -> Callable[..., optim.Rule]:
    return lambda learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7: _keras(
        name, learning_rate, b1=beta_1, b2=beta_2, eps=epsilon
    )


def _ftrl(
    learning_rate: Any = 0.001,
    learning_rate_power: float = -0.5,
    initial_accumulator_value: float = 0.1,
    l1_regularization_strength: float = 0.0,
    l2_regularization_strength: float = 0.0,
    l2_shrinkage_regularization_strength: float = 0.0,
    beta: float = 0.0,
) -> optim.Rule:
    own = {"power": -learning_rate_power, "initial": initial_accumulator_value, "beta": beta}
    # Keras's quadratic penalty is l2 theta^2, the paper's half of that.
    own |= {"l1": l1_regularization_strength, "l2": 2 * l2_regularization_strength}
    return _keras("ftrl", learning_rate, shrinkage=l2_shrinkage_regularization_strength, **own)


def _adafactor(
    learning_rate: Any = 0.001,
    beta_2_decay: float = -0.8,
    epsilon_1: float = 1e-30,
    epsilon_2: float = 1e-3,
    clip_threshold: float = 1.0,
    relative_step: bool = True,
) -> optim.Rule:
    own = {"decay": -beta_2_decay, "eps": epsilon_1, "floor": epsilon_2, "clip": clip_threshold}
    # In Keras the rate never exceeds 1 / sqrt(t), whatever relative_step says.
    return _keras("adafactor", learning_rate, relative=True, **own)


class _Muon(Optimizer):
    """Muon, which takes every matrix for one that maps vectors to vectors: the rows of an embedding are none."""

    exclude_embeddings: bool

    def rule(self) -> optim.Rule:
        layers = [] if self.model is None or not self.exclude_embeddings else self.model.layers
        if any(name.rpartition("/")[2] == "embeddings" for layer in layers for name in layer.trained_names()):
            raise RavineError(
                "Muon: embeddings cannot be spared: give exclude_embeddings=False, or train the model with Adam"
            )
        return super().rule()


def _muon(
    learning_rate: Any = 0.001,
    adam_beta_1: float = 0.9,
    adam_beta_2: float = 0.999,
    adam_weight_decay: float | None = 0.004,
    epsilon: float = 1e-7,
    weight_decay: float | None = 0.004,
    adam_lr_ratio: float = 1.0,
    momentum: float = 0.95,
    ns_steps: int = 5,
    nesterov: bool = True,
    exclude_layers: Any = None,
    exclude_embeddings: bool = True,
    muon_a: float = 3.4445,
    muon_b: float = -4.7750,
    muon_c: float = 2.0315,
    rms_rate: float = 0.2,
) -> optim.Rule:
    if exclude_layers or (muon_a, muon_b, muon_c, rms_rate) != (3.4445, -4.7750, 2.0315, 0.2):
        raise RavineError(
            "Muon: exclude_layers, muon_a, muon_b, muon_c and rms_rate are supported at their defaults alone: "
            "leave them out"
        )
    if adam_weight_decay != weight_decay:
        raise RavineError(
            f"Muon: adam_weight_decay={adam_weight_decay!r} beside weight_decay={weight_decay!r} is not supported: "
            "give both the same"
        )
    own = {"b1": adam_beta_1, "b2": adam_beta_2, "eps": epsilon, "adam_rate": adam_lr_ratio, "momentum": momentum}
    # Keras's base class takes the decay.
    return _keras("muon", learning_rate, weight_decay=None, steps=ns_steps, nesterov=nesterov, **own)


ADAM_SLOTS = {"m": "momentum", "v": "velocity", "top": "velocity_hat"}
"""Keras's names for what the engine's Adam keeps for each weight."""

ROWS: dict[str, tuple[Row, str, dict[str, str]]] = {
    "SGD": (
        (_sgd, "Gradient descent, with *momentum* and Nesterov's form of it on request."),
        "v",
        {"v": "momentum"},
    ),
    "Adagrad": (
        (
            lambda learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7: _keras(
                "adagrad", learning_rate, initial=initial_accumulator_value, eps=epsilon
            ),
            "Adagrad: each weight's rate falls with the sum of its squared gradients.",
        ),
        "a",
        {"a": "accumulator"},
    ),
    "Adadelta": (
        (
            lambda learning_rate=0.001, rho=0.95, epsilon=1e-7: _keras("adadelta", learning_rate, rho=rho, eps=epsilon),
            "Adadelta: steps as large as the recent steps, per unit of the recent gradients.",
        ),
        "v+u",
        {"v": "accumulated_grad", "u": "accumulated_delta_var"},
    ),
    "RMSprop": (
        (_rmsprop, "RMSprop: the gradient over the root of its recent mean square, about its mean if *centered*."),
        "v b m",
        {"v": "velocity", "b": "momentum", "m": "average_gradient"},
    ),
    "Adam": (
        (
            lambda learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False: _adam(
                learning_rate, beta_1, beta_2, epsilon, amsgrad
            ),
            "Adam: the mean gradient over the root of the mean square, both corrected for their start at 0.",
        ),
        "m+v top",
        ADAM_SLOTS,
    ),
    "AdamW": ((_adamw, "Adam with *weight_decay*, .004 by default."), "m+v top", ADAM_SLOTS),
    "Nadam": ((_nadam("nadam"), "Adam with Nesterov's momentum."), "m+v product", {"m": "momentum", "v": "velocity"}),
    "Adamax": (
        (_nadam("adamax"), "Adam with the largest recent gradient in place of the root of the mean square."),
        "m+u",
        {"m": "momentum", "u": "norm"},
    ),
    "Lamb": (
        (
            lambda learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7: _keras(
                "lamb", learning_rate, b1=beta_1, b2=beta_2, eps=epsilon
            ),
            "Adam whose steps are as long, layer by layer, as the weights (You et al. 2020).",
        ),
        "m+v",
        {"m": "momentum", "v": "velocity"},
    ),
    "Ftrl": (
        (_ftrl, "Follow the regularised leader: weights that matter little stay 0 (McMahan et al. 2013)."),
        "n+z",
        {"n": "accumulator", "z": "linear"},
    ),
    "Adafactor": (
        (
            _adafactor,
            "Adam's rates from the means of rows and columns alone (Shazeer & Stern 2018).",
        ),
        "",
        {},
    ),
    "Muon": (
        (
            _muon,
            "Momentum whose matrices are made orthogonal, and Adam for what is none (Jordan et al. 2024).",
        ),
        "",
        {},
    ),
    "Lion": (
        (
            lambda learning_rate=0.001, beta_1=0.9, beta_2=0.99: _keras("lion", learning_rate, b1=beta_1, b2=beta_2),
            "Lion: steps of one size, along the sign of a mean of gradients.",
        ),
        "m",
        {"m": "momentum"},
    ),
}
"""Keras's name and arguments, what that is here, and what it keeps for each weight: order ("+": in turns) and names."""

# Momentum, Nesterov's form and AMSGrad are options of Keras's classes.
_options = ("Momentum", "Nesterov", "AMSGrad")
_rest = {name: row for name, row in remaining(optim.RULES, map(str.lower, ROWS)).items() if name not in _options}
_classes: dict[str, type[Optimizer]] = {}
for _name, (_row, _order, _names) in [*ROWS.items(), *((name, (row, "", {})) for name, row in _rest.items())]:
    _slots = tuple(tuple(turn.split("+")) for turn in _order.split())
    _kept: dict[str, Any] = {"slots": _slots, "slot_names": _names, "sign": -1 if _name == "SGD" else 1}
    _kept["sees_weights"] = _name in ("Lamb", "Ftrl", "Adafactor")
    _classes |= entered(_Muon if _name == "Muon" else Optimizer, {_name: _row}, __name__, **_kept)
globals().update(_classes)
__all__.extend(_classes)

_named, serialize, deserialize = lookups("optimizers", Optimizer, {}, __name__)


def get(identifier: Any) -> Any:
    """Return the optimizer of a name, a dictionary, a class or an object; None stays None.

    >>> type(get("rmsprop")).__name__, get("adamw").weight_decay
    ('RMSprop', 0.004)
    >>> get("adamx")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown optimizer 'adamx': did you mean 'adamax'? Known: ...
    """
    found = _named(identifier)
    if found is not None and not isinstance(found, Optimizer):
        raise RavineError(f"an optimizer must be a name or a keras.optimizers object, got {identifier!r}")
    return found

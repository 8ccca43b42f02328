"""What every optimizer of Keras is here: the options of an update rule, which may be changed while training goes on."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import numpy as np

from ravine import optim
from ravine.core import RavineError, check_count, check_number, nearest
from ravine.keras.naming import snake, unique
from ravine.keras.objects import Described, encode
from ravine.keras.optimizers.loose import Loose, Sparing
from ravine.keras.optimizers.schedules import InverseTimeDecay, LearningRateSchedule, deserialize
from ravine.keras.optimizers.variables import Iterations, Rate, Slot
from ravine.keras.variables import Variable

__all__ = ["BASE_OPTIONS", "Optimizer"]

SHARED: dict[str, Any] = {
    "learning_rate": 0.001,
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
    "name": None,
}
"""The arguments of every optimizer, in the order of Keras's constructors."""
WORDS = {"b1": "beta_1", "b2": "beta_2", "eps": "epsilon", "initial": "initial_accumulator_value"}
"""What the engine's options are called by users of Keras."""

BASE_OPTIONS = (
    "name",
    "learning_rate",
    "weight_decay",
    "clipnorm",
    "global_clipnorm",
    "clipvalue",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
)
"""The options of every optimizer, in the order of Keras's configurations."""


class Optimizer(Described, family="optimizers"):
    """An optimizer: how gradients become steps.

    Every optimizer takes *weight_decay* (decoupled: each step the weights shrink by learning_rate * weight_decay), one
    of *clipnorm* (per array), *global_clipnorm* and *clipvalue*, and *gradient_accumulation_steps*.

    No example: a base class; see `ravine.keras.optimizers.Adam`.
    """

    rule_name: ClassVar[str]
    slots: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Names of the rule's state in the order in which Keras lists its variables; names in one tuple alternate."""
    slot_names: ClassVar[dict[str, str]] = {}
    """Keras's names for them."""
    sees_weights: ClassVar[bool] = False
    """Whether the step depends on the weights, so that it matters when they decay."""
    sign: ClassVar[int] = 1
    """-1 where Keras's arrays point downhill and the engine's uphill."""
    common: ClassVar[tuple[str, ...]] = BASE_OPTIONS
    shared: ClassVar[dict[str, Any]] = SHARED
    more = True
    ignored: ClassVar[frozenset[str]] = frozenset({"jit_compile", "is_legacy_optimizer"})

    def __init__(self, learning_rate: Any = 0.001, **options: Any) -> None:
        kind = type(self).__name__
        learning_rate = options.pop("lr", learning_rate)  # Keras 2
        decay = options.pop("decay", None)  # Keras 2: the rate falls as 1 / (1 + decay * step)
        known = (*BASE_OPTIONS, *self.options)
        for given in options:
            if given not in known:
                raise RavineError(f"{kind}: unknown argument {given!r}: {nearest(given, known)}")
        if options.get("use_ema"):
            raise RavineError(f"{kind}: use_ema=True is not supported: keep the best weights with ModelCheckpoint")
        if options.get("loss_scale_factor"):
            raise RavineError(f"{kind}: loss_scale_factor is not supported: models compute in float32, without scaling")
        if decay:
            learning_rate = InverseTimeDecay(learning_rate, 1, decay)
        self.weight_decay = options.get("weight_decay")
        self.clipnorm = options.get("clipnorm")
        self.global_clipnorm = options.get("global_clipnorm")
        self.clipvalue = options.get("clipvalue")
        self.use_ema = False
        self.ema_momentum = options.get("ema_momentum", 0.99)
        self.ema_overwrite_frequency = options.get("ema_overwrite_frequency")
        self.loss_scale_factor = None
        self.gradient_accumulation_steps = options.get("gradient_accumulation_steps")
        name = options.get("name")
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise RavineError(f"{kind}: name must be a text without '/', got {name!r}")
        self.name: str = name or unique(snake(kind))
        self.model: Any = None
        """The model that was compiled with this optimizer."""
        self._rate: Any = None
        self._spared: list[Any] = []
        self._spared_names = ""
        self.learning_rate = learning_rate
        self._check()

    def _check(self) -> None:
        kind = type(self).__name__
        clips = [name for name in ("clipnorm", "global_clipnorm", "clipvalue") if getattr(self, name) is not None]
        if len(clips) > 1:
            raise RavineError(f"{kind}: only one of {' and '.join(clips)} can be in force: choose one")
        for name in clips:
            check_number(kind, name, getattr(self, name), low=0.0, open_low=True)
        if self.weight_decay is not None:
            check_number(kind, "weight_decay", self.weight_decay, low=0.0)
        if self.gradient_accumulation_steps is not None:
            check_count(kind, "gradient_accumulation_steps", self.gradient_accumulation_steps, least=2)

    @property
    def learning_rate(self) -> Any:
        """The learning rate now: a number, of a schedule its value at the present step.

        A function without arguments is asked for the rate when a training begins, as in Keras.
        """
        return Rate(self, "learning_rate")

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if isinstance(value, dict):
            value = deserialize(value)
        if not isinstance(value, LearningRateSchedule):
            if isinstance(self._rate, LearningRateSchedule):
                raise RavineError(
                    f"{type(self).__name__}: the learning rate follows {type(self._rate).__name__}, so it cannot be "
                    f"set to {value!r}: compile the model with a number as learning_rate"
                )
            told = value() if callable(value) else value
            number = np.asarray(told)
            told = number.item() if number.size == 1 and number.dtype.kind in "iuf" else told
            check_number(type(self).__name__, "learning_rate", told, low=0.0)
            value = value if callable(value) else float(told)
        self._rate = value

    lr = learning_rate

    def present_rate(self) -> float:
        """The learning rate now, as a plain number."""
        done = int(self.iterations)
        if isinstance(self._rate, LearningRateSchedule):
            return float(self._rate(done))
        return float(self._rate() if callable(self._rate) else self._rate)

    @property
    def rate_source(self) -> Any:
        """The learning rate as it was given: a number or a schedule."""
        return self._rate

    @property
    def iterations(self) -> Iterations:
        """How many updates the optimizer has made."""
        return Iterations(self, "iteration")

    @property
    def variables(self) -> list[Variable]:
        """All numbers and arrays, in Keras's order; those that the rule keeps for each weight once it was trained."""
        scheduled = isinstance(self._rate, LearningRateSchedule)
        # With accumulation the first number counts batches, not updates.
        steps = Slot(self, "iteration", 0) if self.model is not None and self.model.built else self.iterations
        first: list[Variable] = [steps, *([] if scheduled else [self.learning_rate])]
        names = [] if self.model is None else self.model.optimizer_names()
        return [*first, *(Slot(self, name, place) for place, name in enumerate(names, len(first)))]

    def put_state(self, place: int, value: Any) -> None:
        """Replace one of the arrays of `variables`, by its number."""
        if self.model is None:
            raise RavineError(f"{type(self).__name__}: the optimizer has no state before it is compiled with a model")
        held = self.model.optimizer_state()
        self.model.restore_optimizer([*held[:place], value, *held[place + 1 :]])

    def checked_core(self) -> optim.Rule:
        """`core`, whose errors call optimizer and arguments as the user wrote them."""
        try:
            return self.core()
        except RavineError as error:
            text = re.sub(r"^\w+(?=: )", type(self).__name__, str(error))
            names = "|".join(WORDS)
            text = re.sub(rf"(?<=: )({names})\b", lambda found: WORDS[found[0]], text, count=1)
            raise RavineError(text) from None

    def verify(self) -> None:
        self.checked_core()

    def made(self) -> Any:
        """The engine's rule, of the arguments as they are now."""
        given = {name: getattr(self, name) for name in self.arguments}
        return type(self)._make(**{**given, "learning_rate": self.rate()})  # type: ignore[misc]

    def core(self) -> optim.Rule:
        """The engine's rule without decay, clipping and accumulation."""
        if self._make is not None:
            return self.made()  # type: ignore[no-any-return]
        raise RavineError(
            f"{type(self).__name__}: optimizers of your own are not supported by ravine.keras: "
            "derive a rule from ravine.optim.Rule and train with ravine.train"
        )

    def rate(self) -> Any:
        """The learning rate as the engine takes it: a number or a schedule."""
        if isinstance(self._rate, LearningRateSchedule):
            return self._rate.core()
        return float(self._rate()) if callable(self._rate) else self._rate

    def rule(self) -> optim.Rule:
        """The engine's rule, with what Keras wraps around it, in its order."""
        rule = self.checked_core()
        if self.weight_decay is not None:
            rule = self._decayed(rule, float(self.weight_decay))
        for name, by in (("clipnorm", "norm"), ("global_clipnorm", "global_norm"), ("clipvalue", "value")):
            if getattr(self, name) is not None:
                rule = optim.Clip(rule, float(getattr(self, name)), by=by)
        if self.gradient_accumulation_steps:
            rule = optim.Accumulate(rule, self.gradient_accumulation_steps)
        return rule

    def get_config(self) -> dict[str, Any]:
        config = {name: getattr(self, name) for name in BASE_OPTIONS}
        scheduled = isinstance(self._rate, LearningRateSchedule)
        asked = scheduled or callable(self._rate)
        config["learning_rate"] = encode(self._rate) if asked else float(np.float32(self._rate))
        return config | {name: getattr(self, name) for name in self.options}

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Spare variables the weight decay: those of *var_list*, and those in whose names one of *var_names* is found.

        Call it before the training begins.
        """
        if self.model is not None and self.model.built and int(self.iterations):
            raise RavineError(
                f"{type(self).__name__}: exclude_from_weight_decay comes too late: call it before training"
            )
        self._spared = list(var_list or [])
        self._spared_names = "|".join(sorted(set(var_names or [])))

    def _spares(self, variable: Any) -> bool:
        named = bool(self._spared_names) and re.search(self._spared_names, variable.name) is not None
        return named or any(variable is each for each in self._spared)

    def _decayed(self, rule: optim.Rule, decay: float) -> optim.Rule:
        """*rule* with decoupled decay."""
        layers = [] if self.model is None else self.model.layers
        places = [(place, key) for place, layer in enumerate(layers) for key in layer.trained_names()]
        spared = tuple(each for each in places if self._spares(layers[each[0]].weight(each[1])))
        return (
            Sparing(rule, decay, spared)
            if spared or self.sees_weights
            else optim.WeightDecay(rule, decay, kind="decoupled")
        )

    def build(self, variables: Any) -> None:
        """Get ready to change *variables*, outside of a model."""
        self._refuse_model()
        Loose(self, variables)

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Change variables outside of a model by their gradients; those of `build`, where none are told."""
        self._refuse_model()
        if self.model is None:
            if trainable_variables is None:
                raise RavineError(f"{type(self).__name__}.apply: which variables? give them, or call build first")
            trainable_variables = list(trainable_variables)
            self.build(trainable_variables)
        self.model.step(grads, self.model.free if trainable_variables is None else trainable_variables)

    def apply_gradients(self, grads_and_vars: Any) -> Any:
        """Change variables outside of a model, given pairs of a gradient and a variable; returns the updates done."""
        pairs = list(grads_and_vars)
        self.apply([grad for grad, _ in pairs], [variable for _, variable in pairs])
        return self.iterations

    def _refuse_model(self) -> None:
        if self.model is not None and not isinstance(self.model, Loose):
            raise RavineError(
                f"{type(self).__name__}: the optimizer is compiled with a model, which trains with it: make another one"
            )

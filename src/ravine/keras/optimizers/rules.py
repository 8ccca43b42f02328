"""The optimizers, with Keras's arguments and defaults."""

from __future__ import annotations

from typing import Any, ClassVar

from ravine import optim
from ravine.core import RavineError, check_number
from ravine.keras.objects import encode, named
from ravine.keras.optimizers.base import Optimizer

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "RMSprop",
    "deserialize",
    "get",
    "serialize",
]


class SGD(Optimizer):
    """Gradient descent, with *momentum* and Nesterov's form of it on request.

    >>> SGD(0.1, momentum=0.9).rule()
    SGD(learning_rate=0.1, momentum=0.9, nesterov=False, rate_inside=True, dampening=None)
    """

    options = ("momentum", "nesterov")
    slots = (("v",),)
    slot_names: ClassVar[dict[str, str]] = {"v": "momentum"}

    def __init__(
        self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, **options: Any
    ) -> None:
        self.momentum, self.nesterov = momentum, nesterov
        super().__init__(learning_rate, **options)
        self.checked_core()

    def core(self) -> optim.Rule:
        form = "reformulated" if self.nesterov and self.momentum else False
        return optim.SGD(self.rate(), momentum=self.momentum or None, nesterov=form)


class Adagrad(Optimizer):
    """Adagrad: each weight's rate falls with the sum of its squared gradients.

    >>> Adagrad().get_config()["initial_accumulator_value"]
    0.1
    """

    options = ("initial_accumulator_value", "epsilon")
    slots = (("a",),)
    slot_names: ClassVar[dict[str, str]] = {"a": "accumulator"}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon
        super().__init__(learning_rate, **options)
        self.checked_core()

    def core(self) -> optim.Rule:
        own = {"initial": self.initial_accumulator_value, "eps": self.epsilon}
        return optim.preset("adagrad", "keras", learning_rate=self.rate(), **own)


class Adadelta(Optimizer):
    """Adadelta: steps as large as the recent steps, per unit of the recent gradients.

    >>> Adadelta().get_config()["rho"]
    0.95
    """

    options = ("rho", "epsilon")
    slots = (("v", "u"),)
    slot_names: ClassVar[dict[str, str]] = {"v": "accumulated_grad", "u": "accumulated_delta_var"}

    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **options: Any) -> None:
        self.rho, self.epsilon = rho, epsilon
        super().__init__(learning_rate, **options)
        self.checked_core()

    def core(self) -> optim.Rule:
        return optim.preset("adadelta", "keras", learning_rate=self.rate(), rho=self.rho, eps=self.epsilon)


class RMSprop(Optimizer):
    """RMSprop: the gradient over the root of its recent mean square, about its mean if *centered*.

    >>> float(RMSprop(lr=0.01).learning_rate)
    0.01
    """

    options = ("rho", "momentum", "epsilon", "centered")
    slots = (("v",), ("b",), ("m",))
    slot_names: ClassVar[dict[str, str]] = {"v": "velocity", "b": "momentum", "m": "average_gradient"}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Any,
    ) -> None:
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
        super().__init__(learning_rate, **options)
        self.checked_core()

    def core(self) -> optim.Rule:
        own = {"rho": self.rho, "momentum": self.momentum or None, "eps": self.epsilon, "centered": self.centered}
        return optim.preset("rmsprop", "keras", learning_rate=self.rate(), **own)


class Adam(Optimizer):
    """Adam: the mean gradient over the root of the mean square, both corrected for their start at 0.

    >>> Adam(amsgrad=True, clipnorm=1.0).rule().by
    'norm'
    """

    options = ("beta_1", "beta_2", "epsilon", "amsgrad")
    slots = (("m", "v"), ("top",))
    slot_names: ClassVar[dict[str, str]] = {"m": "momentum", "v": "velocity", "top": "velocity_hat"}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad
        super().__init__(learning_rate, **options)
        self.checked_core()

    def core(self) -> optim.Rule:
        own = {"b1": self.beta_1, "b2": self.beta_2, "eps": self.epsilon, "amsgrad": "raw" if self.amsgrad else None}
        return optim.preset("adam", "keras", learning_rate=self.rate(), **own)


class AdamW(Adam):
    """Adam with *weight_decay*, .004 by default.

    >>> AdamW().get_config()["weight_decay"]
    0.004
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        check_number("AdamW", "weight_decay", weight_decay, low=0.0)
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **options)


class Nadam(Optimizer):
    """Adam with Nesterov's momentum.

    >>> Nadam().get_config()["beta_1"]
    0.9
    """

    options = ("beta_1", "beta_2", "epsilon")
    slots: ClassVar[tuple[tuple[str, ...], ...]] = (("m", "v"), ("product",))
    slot_names: ClassVar[dict[str, str]] = {"m": "momentum", "v": "velocity"}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        super().__init__(learning_rate, **options)
        self.checked_core()

    def core(self) -> optim.Rule:
        own = {"b1": self.beta_1, "b2": self.beta_2, "eps": self.epsilon}
        return optim.preset(type(self).__name__.lower(), "keras", learning_rate=self.rate(), **own)


class Adamax(Nadam):
    """Adam with the largest recent gradient in place of the root of the mean square.

    >>> Adamax().get_config()["beta_2"]
    0.999
    """

    slots: ClassVar[tuple[tuple[str, ...], ...]] = (("m", "u"),)
    slot_names: ClassVar[dict[str, str]] = {"m": "momentum", "u": "norm"}


class Lion(Optimizer):
    """Lion: steps of one size, along the sign of a mean of gradients.

    >>> Lion().get_config()["beta_2"]
    0.99
    """

    options = ("beta_1", "beta_2")
    slots = (("m",),)
    slot_names: ClassVar[dict[str, str]] = {"m": "momentum"}

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **options: Any) -> None:
        self.beta_1, self.beta_2 = beta_1, beta_2
        super().__init__(learning_rate, **options)
        self.checked_core()

    def core(self) -> optim.Rule:
        return optim.preset("lion", "keras", learning_rate=self.rate(), b1=self.beta_1, b2=self.beta_2)


def get(identifier: Any) -> Any:
    """Return the optimizer of a name, a dictionary, a class or an object; None stays None.

    >>> type(get("rmsprop")).__name__
    'RMSprop'
    >>> get("adamx")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: unknown optimizer 'adamx': did you mean 'adamax'? Known: ...
    """
    found = named("optimizers", identifier)
    if found is not None and not isinstance(found, Optimizer):
        raise RavineError(f"an optimizer must be a name or a keras.optimizers object, got {identifier!r}")
    return found


def serialize(optimizer: Optimizer) -> Any:
    """Return the dictionary that describes an optimizer.

    >>> serialize(SGD())["class_name"]
    'SGD'
    """
    return encode(optimizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Return the optimizer that a dictionary describes.

    >>> float(deserialize(serialize(SGD(0.5))).learning_rate)
    0.5
    """
    return get(config)

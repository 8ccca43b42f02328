"""What a callback is, and the list of those in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ravine.core import RavineError

__all__ = ["Callback", "CallbackList", "History", "LambdaCallback", "listens"]

Logs = dict[str, Any]

HOOKS = (
    "on_train_begin",
    "on_train_end",
    "on_epoch_begin",
    "on_epoch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_begin",
    "on_test_end",
    "on_test_batch_begin",
    "on_test_batch_end",
    "on_predict_begin",
    "on_predict_end",
    "on_predict_batch_begin",
    "on_predict_batch_end",
)
PER_STEP = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


class Callback:
    """What is done at the marks of training: override the hooks that matter.

    The hooks of single batches make training return to Python after each step; it is slower for tiny networks.
    *model* is the model in training, *params* its number of epochs and steps.

    >>> class Shout(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch} is over")
    >>> Shout().on_epoch_end(0)
    epoch 0 is over
    """

    def __init__(self) -> None:
        self.params: Mapping[str, Any] = {}
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The model in training."""
        return getattr(self, "_model", None)

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Learn the number of epochs and steps."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Learn the model."""
        self._model = model

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """After the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before an epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After an epoch and its validation, with the epoch's values."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a step; the older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a step; the older name of `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a step, counted from 0 in each epoch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a step, with the running means of the epoch."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Before an evaluation, validation included."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """After an evaluation."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch of an evaluation; where no callback has this hook, an evaluation is one compiled call."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch of an evaluation, with the running values."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Before a prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """After a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a batch of a prediction; where no callback has this hook, a prediction is one compiled call."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a batch of a prediction, with its *outputs*."""

    def on_losses(self, first: int, losses: Any) -> None:
        """After a chunk of steps, with the loss of each from step *first* on; it does not make chunks shorter."""


class LambdaCallback(Callback):
    """A callback made of functions, given by the names of the hooks.

    >>> LambdaCallback(on_epoch_end=lambda epoch, logs: print("epoch", epoch)).on_epoch_end(3, {})
    epoch 3
    """

    def __init__(self, **hooks: Any) -> None:
        super().__init__()
        for name, function in hooks.items():
            if name not in (*HOOKS, *PER_STEP):
                raise RavineError(f"LambdaCallback: there is no hook {name!r}: known are {', '.join(HOOKS)}")
            if function is not None:
                setattr(self, name, function)


class History(Callback):
    """The values of each epoch: ``history`` maps names to lists, ``epoch`` lists the epochs. `fit` returns one.

    >>> history = History(); history.on_train_begin(); history.on_epoch_end(0, {"loss": 0.5}); history.history
    {'loss': [0.5]}
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class CallbackList(Callback):
    """The callbacks in force, called one after the other, with a `History` at the end, whatever *add_history* says.

    >>> CallbackList(None).history.history
    {}
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        given = [] if callbacks is None else [callbacks] if isinstance(callbacks, Callback) else list(callbacks)
        for callback in given:
            if not isinstance(callback, Callback):
                hint = "make an instance: write its name with ()" if isinstance(callback, type) else "derive it"
                raise RavineError(f"callbacks: {callback!r} is no keras.callbacks.Callback: {hint}")
        found = next((callback for callback in given if isinstance(callback, History)), None)
        self.history = found or History()
        self.callbacks = given if found else [*given, self.history]
        options = getattr(model, "compile_options", {})
        self.every: int = options.get("steps_per_execution") or 1
        """Callbacks hear of batches once in so many, as Keras has it, although each is a step of its own here."""
        self._open: tuple[str, int, Logs] | None = None
        for callback in self.callbacks if model is not None else ():
            callback.set_params(params)
            callback.set_model(model)

    def append(self, callback: Callback) -> None:
        """Add a callback."""
        self.callbacks.append(callback)

    @property
    def per_step(self) -> bool:
        """Whether any callback wants to be called at every step."""
        return any(_listens(callback) for callback in self.callbacks)

    def tell(self, hook: str, *arguments: Any) -> None:
        """Call one hook of all callbacks; hooks of batches at the first and the last of *every* batches."""
        if self.every > 1 and hook.endswith("_batch_begin") and arguments[0] % self.every:
            return
        if self.every > 1 and hook.endswith("_batch_end"):
            held = self._open = self._held(hook, *arguments)
            if (arguments[0] + 1) % self.every:
                return
            hook, arguments = held[0], held[1:]
            self._open = None
        elif self._open is not None and hook != "on_losses":
            last, self._open = self._open, None  # there may be fewer batches at the end
            self._call(*last)
        self._call(hook, *arguments)

    def _held(self, hook: str, batch: int, logs: Logs) -> tuple[str, int, Logs]:
        """What is to be told after the last batch of those that count as one, which Keras numbers as if all came."""
        if self._open is not None and "outputs" in logs:
            logs = {**logs, "outputs": np.concatenate([self._open[2]["outputs"], logs["outputs"]])}
        return hook, batch - batch % self.every + self.every - 1, logs

    def _call(self, hook: str, *arguments: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, hook)(*arguments)

    def __iter__(self) -> Iterable[Callback]:
        return iter(self.callbacks)


def _listens(callback: Callback) -> bool:
    wants = getattr(callback, "wants_steps", None)
    return _has(callback, PER_STEP) if wants is None else bool(wants)


def _has(callback: Callback, hooks: Iterable[str]) -> bool:
    """Whether *callback* does something at one of *hooks*."""
    return any(hook in vars(callback) or getattr(type(callback), hook) is not getattr(Callback, hook) for hook in hooks)


def listens(callbacks: Any, what: str) -> bool:
    """Whether any of *callbacks* is to be told of single batches: of *what*, "test" or "predict".

    >>> listens(LambdaCallback(on_test_batch_end=print), "test"), listens(None, "predict")
    (True, False)
    """
    hooks = (f"on_{what}_batch_begin", f"on_{what}_batch_end")
    return any(_has(callback, hooks) for callback in CallbackList(callbacks).callbacks)

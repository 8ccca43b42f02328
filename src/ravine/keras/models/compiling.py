"""compile: optimizer, loss and metrics, and the session they make."""

from __future__ import annotations

import warnings
from typing import Any

from ravine.core import RavineError, check_count
from ravine.data import blurred
from ravine.keras import optimizers
from ravine.keras.metrics import Mean
from ravine.keras.metrics import get as get_metric
from ravine.keras.models.arguments import flat, only
from ravine.keras.models.device import Device
from ravine.keras.models.inputs import Arrays
from ravine.train import Session

__all__ = ["Compiled"]


class Compiled(Device):
    """A model that knows what it minimises, and how.

    No example: the base of `ravine.keras.Sequential`.
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        self.compiled = False
        self.loss: Any = None
        self.compile_options: dict[str, Any] = {}
        super().__init__(layers, trainable, name)

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose optimizer, loss and metrics; the optimizer's state begins anew."""
        if run_eagerly:
            raise RavineError("compile: run_eagerly=True is not supported: print intermediate values with model(x)")
        if loss_weights is not None:
            raise RavineError("compile: loss_weights is not supported, a model has one loss: leave it out")
        for name, value in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if value is not None and not isinstance(value, list | tuple):
                raise RavineError(f"compile: {name} must be a list, got {value!r}: write {name}=[{value!r}]")
        if isinstance(loss, list | tuple | dict):
            loss = only("compile", "loss", loss)
        if optimizer is None:
            raise RavineError("compile: optimizer is None: name one, such as 'adam'")
        check_count("compile", "steps_per_execution", steps_per_execution)
        self.forget_session()
        self.optimizer = optimizers.get(optimizer)
        self.optimizer.model = self
        self._loss, self._metrics, self._weighted = loss, flat(metrics), flat(weighted_metrics)
        if loss is not None and loss not in ("crossentropy", "ce"):
            self.loss_for((2,), 1)
        for metric in (*self._metrics, *self._weighted):
            if metric not in ("accuracy", "acc"):
                get_metric(metric)  # a wrong name is refused here, not at the first step
        self.loss = loss
        self.compile_options = {
            "optimizer": self.optimizer,
            "loss": loss,
            "loss_weights": None,
            "metrics": None if metrics is None else self._metrics,
            "weighted_metrics": None if weighted_metrics is None else self._weighted,
            "run_eagerly": False,
            "steps_per_execution": steps_per_execution,
            "jit_compile": True,
        }
        self.compiled = True

    @property
    def session(self) -> Session:
        """The engine's state; there is one once the model has seen data."""
        if self._session is None:
            raise RavineError("the model has not been trained or evaluated yet: call fit first")
        return self._session

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns."""
        return ["loss", *(self._session.objective.names if self._session is not None else ())]

    @property
    def metrics(self) -> list[Any]:
        """The metrics as they were compiled, after the loss; what they come to is in the history, and in `evaluate`."""
        if not self.compiled:
            return []
        # What "accuracy" means is known once there are targets.
        return [
            Mean("loss"),
            *(m if m in ("accuracy", "acc") else get_metric(m) for m in self._metrics + self._weighted),
        ]

    def on_device(self) -> None:
        """Note that the device holds the newest arrays."""
        for layer in self.layers:
            layer.source = self

    def _require_compiled(self, what: str) -> None:
        if not self.compiled:
            raise RavineError(f"{what}: the model is not compiled: call compile(optimizer=..., loss=...) first")

    def _start(self, owner: str, data: Arrays, class_weight: Any = None) -> tuple[Session, Arrays]:
        self._require_compiled(owner)
        single = bool(self.layers) and self.layers[0].dtype == "float32"
        found = blurred(data.x) if owner == "fit" and single else None
        if found is not None:
            warnings.warn(f"fit: x {found}: scale it", stacklevel=3)
        data = self.fitted(owner, data, class_weight, anew=True)
        return self.session_of(data), data

    def session_of(self, part: Arrays) -> Session:
        """The session for examples of the shape of *part*, as `fitted` made it."""
        shape = part.x.shape[1:]
        return self.session_for(shape, self.target_axes(part.y, self.network(shape).output_shape))

"""A model's session: where its weights are while it trains, and when they move."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import numpy as np

from ravine import functions
from ravine.core import RavineError, same_structure
from ravine.functions import origin_of
from ravine.keras.losses import core_loss
from ravine.keras.metrics import get as get_metric
from ravine.keras.metrics import resolve
from ravine.keras.models.inputs import Arrays, class_weights
from ravine.keras.models.structure import Structure
from ravine.keras.objective import KerasObjective, fuses
from ravine.keras.optimizers import LearningRateSchedule
from ravine.keras.optimizers.state import optimizer_arrays, optimizer_names, restore
from ravine.keras.own import OwnMetric, WholeLoss, gives_one_value, sees_batches
from ravine.keras.settings import next_seed
from ravine.nn import Context, Variables
from ravine.train import Session
from ravine.train.engine import checked, precision

__all__ = ["Device"]


class Device(Structure):
    """What lies between the layers' arrays on the host and the engine's state on the device.

    After training the device holds the newest arrays; they are fetched when a layer is asked for them.

    No example: the base of `ravine.keras.Sequential`.
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        self._session: Session | None = None
        self._versions: list[int] = []
        self._loss: Any = None
        self._metrics: list[Any] = []
        self._weighted: list[Any] = []
        self._rising: dict[str, bool | None] = {"loss": False}
        self._origin: Any = None
        self.asked: tuple[tuple[int, ...], int] = ((), 0)
        """What the session at work was asked for."""
        self.held_state: list[np.ndarray] | None = None
        """The optimizer's state from a file, until the next training takes it up."""
        super().__init__(layers, trainable, name)

    def forget_session(self) -> None:
        """Bring the arrays to the host and drop the engine's state."""
        if self._session is not None:
            self.download()
        self._session = None

    def download(self) -> None:
        """Bring the arrays that the session holds to the layers."""
        if self._session is None:
            return
        params, state = self._session.variables
        for layer, trained, kept in zip(self._trained_layers, params, state, strict=True):
            if layer.source is self:
                layer.receive({**trained, **kept})

    def upload(self) -> None:
        """Bring arrays that have changed on the host to the session."""
        session = self._session
        if session is None:
            return
        versions = [layer.version for layer in self.layers]
        foreign = any(layer.source not in (None, self) for layer in self.layers)
        if versions != self._versions or foreign:
            session.variables = self.host_variables()
            self._versions = [layer.version for layer in self.layers]

    def session_for(self, shape: tuple[int, ...], y_ndim: int) -> Session:
        """The session for examples of *shape* and targets of *y_ndim* axes, with the weights and the rule in force."""
        self.asked = shape, y_ndim
        network = self.network(shape)
        objective = self._objective(network, y_ndim)
        rule = self.optimizer.rule()
        old = self._session
        if old is not None and same_structure((network, objective), (old.network, old.objective)):
            old.network, old.objective, old.rule = network, objective, rule
            self.upload()
            return old
        variables = self.host_variables()
        dtypes = {layer.dtype for layer in self.layers}
        if len(dtypes) > 1:
            raise RavineError(f"the layers compute in different dtypes, {sorted(dtypes)}: give all the same")
        seeds = (getattr(layer, "seed", None) for layer in self.layers)
        seed = next_seed(next((seed for seed in seeds if seed is not None), None))
        made = Session(network, rule, objective, seed=seed, dtype=dtypes.pop(), variables=variables)
        if old is not None and _alike(old.state.rule_state, made.state.rule_state):
            # The same weights under another shape of input or other metrics: the optimizer goes on.
            made.state = made.state._replace(rule_state=old.state.rule_state, step=old.state.step)
            made.seed = old.seed
        self._session = made
        self._trained_layers = list(self.layers)
        self._versions = [layer.version for layer in self.layers]
        if self.held_state is not None:
            restore(self, made, self.held_state)
            self.held_state = None
        return made

    def newest(self) -> Any:
        """The variables where they are: on the device after training."""
        if self._session is not None and all(layer.source is self for layer in self.layers):
            return Variables(self._session.state.params, self._session.state.state)
        return self.host_variables()

    def rule_state(self) -> Any:
        """The state of the rule: the session's, or the one before the first update."""
        if self._session is not None:
            return self._session.state.rule_state
        params = self.host_variables().params
        with precision(self.layers[0].dtype):
            return self.optimizer.rule().init(params)

    def optimizer_state(self) -> list[np.ndarray]:
        """The arrays of the optimizer, in Keras's order."""
        return optimizer_arrays(self) or []

    def optimizer_names(self) -> list[str]:
        """Keras's names of the arrays that the optimizer keeps for the weights; none before the first training."""
        return [] if self._session is None and self.held_state is None else optimizer_names(self)

    def restore_optimizer(self, held: list[np.ndarray]) -> None:
        """Take up the optimizer's state from a file: a list of arrays in Keras's order."""
        if len(held) > 1 and not isinstance(self.optimizer.rate_source, LearningRateSchedule):
            self.optimizer.learning_rate = float(held[1])
        self.held_state = held
        if self._session is not None:
            restore(self, self._session, held)
            self.held_state = None

    def _objective(self, network: Any, y_ndim: int) -> KerasObjective:
        loss = self.loss_for(network.output_shape, y_ndim)
        metrics, weighted, taken = [], [], {"loss"}
        margins = isinstance(loss, functions.Hinge | functions.SquaredHinge)
        self._rising = {"loss": False}
        for identifier, weighs in [*((m, False) for m in self._metrics), *((m, True) for m in self._weighted)]:
            name, metric, rises = resolve(identifier, y_ndim, network.output_shape, margins=margins)
            stem, count = name if name not in taken or not weighs else f"weighted_{name}", 0
            name = stem
            while name in taken:
                count += 1
                name = f"{stem}_{count}"
            taken.add(name)
            self._rising[name] = rises
            metrics.append(_renamed(metric, name))
            weighted.append(weighs)
        made = KerasObjective(loss, tuple(metrics), fuses(loss, network), tuple(weighted))
        return made.about(self._origin)

    def loss_for(self, output_shape: tuple[int, ...], y_ndim: int) -> Any:
        """The core's loss; "crossentropy" is the one that fits outputs and targets."""
        if self._loss is None:
            raise RavineError("the model was compiled without a loss: call compile(loss=...)")
        loss = self._loss
        if isinstance(loss, str) and loss.lower() in ("crossentropy", "ce"):
            sparse = y_ndim < len(output_shape) + 1
            kind = "binary" if output_shape[-1] == 1 else "sparse_categorical" if sparse else "categorical"
            loss = f"{kind}_crossentropy"
        return core_loss(loss)

    @property
    def whole_batches(self) -> bool:
        """Whether a loss or metric of the user's own sees batches, so that none may be padded."""
        return self._session is not None and sees_batches(self._session.objective)

    def measured_names(self) -> tuple[str, ...]:
        """The names of what training and evaluation tell: the loss and the metrics."""
        return tuple(self._rising)

    def rising(self, name: str) -> bool | None:
        """Whether more is better of the value *name*; None where nothing says so."""
        return self._rising.get(name)

    def updates_done(self) -> int:
        """How many updates the optimizer has made."""
        every = self.optimizer.gradient_accumulation_steps or 1
        if self._session is None:
            return 0 if self.held_state is None else int(self.held_state[0]) // every
        return int(self._session.state.rule_state.t) // every

    def fitted(self, owner: str, data: Arrays, class_weight: Any = None, *, anew: bool = False) -> Arrays:
        """*data* as the engine wants it: inputs of the model's shape, targets as the loss reads them, weights.

        Targets far from 0 are counted from an origin near them, which is chosen *anew* where a session begins with
        them: see `ravine.functions.origin`.
        """
        x, y, weight = data
        if y is None:
            raise RavineError(f"{owner}: y is missing: give the targets")
        if not self.built:
            if not self.layers:
                raise RavineError(f"{owner}: the model has no layers: add some")
            self.build((None, *x.shape[1:]))
        x = self.examples(owner, x)
        if class_weight is not None:
            if weight is not None:
                raise RavineError(f"{owner}: class_weight and sample_weight exclude each other: multiply them yourself")
            weight = class_weights(owner, y, class_weight)
        network = self.network(x.shape[1:])
        network.check(x)
        output = network.output_shape
        loss = self.loss_for(output, self.target_axes(y, output))
        if weight is not None and isinstance(loss, WholeLoss):
            raise RavineError(
                f"{owner}: the loss is called as a whole, by a __call__ of its own, and weights of examples cannot "
                "reach into it: let it define call(y_true, y_pred), one value per example"
            )
        y = checked(loss, y, network, x, weight)
        if output[-1:] == (1,) and y.shape[1:] == output[:-1]:
            y = y[..., None]
        dtype = self.layers[0].dtype
        if anew:
            self._origin = origin_of(y, network.output_shape[-1], self._origin)
        if self._origin is not None and y.dtype.kind == "f":
            y = y.astype(np.float64) - self._origin
        y = y.astype(dtype) if y.dtype.kind == "f" else y
        if weight is not None:
            self._check_weights(owner, y, output)
        return Arrays(x, y, None if weight is None else weight.astype(dtype))

    @staticmethod
    def target_axes(y: np.ndarray, output_shape: tuple[int, ...]) -> int:
        """How many axes the targets have; a last one of length 1 beside several outputs holds class numbers."""
        column = y.ndim == len(output_shape) + 1 and y.shape[-1] == 1 and output_shape[-1] > 1
        return y.ndim - column

    def _check_weights(self, owner: str, y: np.ndarray, output_shape: tuple[int, ...]) -> None:
        """Refuse weights where a weighted metric has one value for a whole batch."""
        for identifier in self._weighted:
            if identifier in ("accuracy", "acc"):
                continue
            metric = get_metric(identifier)
            core = metric.core()
            if isinstance(core, OwnMetric) and gives_one_value(core.function, y, output_shape, self.layers[0].dtype):
                raise RavineError(
                    f"{owner}: the weighted metric {metric.name!r} gives one value for a whole batch, which weights of "
                    "examples cannot weigh: list it under metrics, or let it give one value per example"
                )

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Whether the layers, with the weights they have, compute with examples of *shape*."""
        spec: Any = jax.ShapeDtypeStruct
        x = spec((1, *shape), self.layers[0].dtype)
        try:
            network, (params, state) = self.network(shape), self.newest()
            made: Any = jax.eval_shape(lambda x: network.apply(params, state, x, Context())[0], x)
        except (RavineError, TypeError, ValueError):
            return False
        return tuple(made.shape[1:]) == network.output_shape

    def examples(self, owner: str, x: np.ndarray) -> np.ndarray:
        """*x* as numbers of the model's type, in the shape that the model takes."""
        wanted = self._shape or ()
        if x.ndim == len(wanted) and wanted[-1:] == (1,):
            x = x[..., None]
        same_rank = x.ndim == len(wanted) + 1
        asked = same_rank and all(b is None or a == b for a, b in zip(x.shape[1:], wanted, strict=True))
        if not asked and not (same_rank and self.takes(x.shape[1:])):
            raise RavineError(
                f"{owner}: the model takes examples of shape {wanted}, got {x.shape[1:]}: reshape the data"
            )
        return x.astype(self.layers[0].dtype, copy=False)


def _alike(one: Any, other: Any) -> bool:
    """Whether two states of a rule have the same arrays."""
    return same_structure(one, other) and all(
        np.shape(a) == np.shape(b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    )


def _renamed(metric: Any, name: str) -> Any:
    return metric if metric.name == name else replace(metric, name=name)

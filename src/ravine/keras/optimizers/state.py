"""The state of an optimizer as Keras's files hold it: a list of arrays in a certain order."""

from __future__ import annotations

import warnings
from typing import Any

import jax
import numpy as np

from ravine.keras.optimizers.schedules import LearningRateSchedule

__all__ = ["optimizer_arrays", "optimizer_names", "restore"]

Places = list[tuple[int, str]]


def _places(model: Any) -> Places:
    """Layer and name of every trained array, in Keras's order."""
    return [(number, name) for number, layer in enumerate(model.layers) for name in layer.trained_names()]


def _plan(optimizer: Any, state: Any, places: Places) -> list[tuple[str, tuple[int, str] | None]]:
    """Field and place of each array of the state, in Keras's order; place None for a single number."""
    plan: list[tuple[str, tuple[int, str] | None]] = []
    # What Keras has not, or keeps in another way, is kept as the rule has it.
    for alternating in optimizer.slots or [(field,) for field in state._fields if field != "t"]:
        fields = [field for field in alternating if getattr(state, field) is not None]
        if fields == ["product"]:
            plan.append(("product", None))
        else:
            plan += [(field, place) for place in places for field in fields]
    return plan


def optimizer_arrays(model: Any) -> list[np.ndarray] | None:
    """Return the state of the model's optimizer, the first one where nothing was trained; None without an optimizer.

    No example: called when a model is saved.
    """
    if model.optimizer is None:
        return None
    if model.held_state is not None:
        return list(model.held_state)
    state = jax.tree.map(np.asarray, model.rule_state())
    places, optimizer = _places(model), model.optimizer
    held: list[np.ndarray] = [np.asarray(state.t, np.int32)]
    if not isinstance(optimizer.rate_source, LearningRateSchedule):
        held.append(np.asarray(float(optimizer.learning_rate), np.float32))
    if optimizer.gradient_accumulation_steps:
        held += [state.total[layer][name] for layer, name in places]
        state = state.inner
    sign = optimizer.sign
    for field, place in _plan(optimizer, state, places):
        tree = getattr(state, field)
        held.append(np.asarray(tree) if place is None else sign * tree[place[0]][place[1]])
    return held


def optimizer_names(model: Any) -> list[str]:
    """Keras's names for the arrays of `optimizer_arrays`, after those of the steps and the learning rate.

    No example: called for `ravine.keras.optimizers.Optimizer.variables`.
    """
    state, places, optimizer = model.rule_state(), _places(model), model.optimizer
    stems = {(number, name): _stem(model.layers[number].located(name)) for number, name in places}
    names = []
    if optimizer.gradient_accumulation_steps:
        names = [f"{stem}_gradient_accumulator" for stem in stems.values()]
        state = state.inner
    for field, place in _plan(optimizer, state, places):
        names.append("variable" if place is None else f"{stems[place]}_{optimizer.slot_names.get(field, field)}")
    return names


def _stem(path: str) -> str:
    return path.replace("/", "_")


def restore(model: Any, session: Any, held: list[np.ndarray]) -> None:
    """Put the arrays of a file into a session's state; where they do not fit, warn and leave the state as it is.

    No example: called when a model that was read is trained.
    """
    optimizer, places = model.optimizer, _places(model)
    whole = jax.tree.map(np.array, session.state.rule_state)
    rest = held[1 if isinstance(optimizer.rate_source, LearningRateSchedule) else 2 :]
    accumulates = bool(optimizer.gradient_accumulation_steps)
    state = whole.inner if accumulates else whole
    targets: list[Any] = [(whole, "total", place) for place in places] if accumulates else []
    targets += [(state, *each) for each in _plan(optimizer, state, places)]
    if len(targets) != len(rest):
        warnings.warn(
            f"the file's optimizer has {len(rest)} arrays, {type(optimizer).__name__} needs {len(targets)}: "
            "its state begins anew",
            stacklevel=2,
        )
        return
    single: dict[str, np.ndarray] = {}
    for (owner, field, place), array in zip(targets, rest, strict=True):
        if place is None:
            single[field] = np.asarray(array, getattr(owner, field).dtype)
        else:
            layer, name = place
            tree = getattr(owner, field)
            flip = 1 if field == "total" else optimizer.sign
            tree[layer][name] = np.asarray(flip * array, tree[layer][name].dtype)
    count, every = int(held[0]), optimizer.gradient_accumulation_steps or 1
    state = state._replace(t=np.asarray(count // every, np.int32), **single)
    if accumulates:
        parts = {"t": np.asarray(count, np.int32), "held": np.asarray(count % every, np.int32), "inner": state}
        state = whole._replace(**parts)
    session.state = session.state._replace(rule_state=jax.device_put(state))

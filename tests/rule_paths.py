"""Drivers of the battery of rules: the path that each framework walks on a problem, given the same rates."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from optimizer_problems import SIZE, STEPS, Problem, falling
from ravine.optim import Rule, Schedule
from rule_oracles import ORACLES


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Table(Schedule):
    """A schedule read from a table, so that every framework is given the same numbers."""

    values: Any

    def __post_init__(self) -> None:
        pass

    def at(self, step: Any) -> Any:
        return self.values[step.astype(int)]


def split(theta: np.ndarray, dtype: Any = np.float64) -> dict[str, np.ndarray]:
    theta = np.asarray(theta, dtype)
    return {"w": theta[:6].reshape(2, 3), "b": theta[6:]}


def join(tree: dict[str, Any]) -> np.ndarray:
    return np.concatenate([np.ravel(np.asarray(tree[key], np.float64)) for key in ("w", "b")])


update = jax.jit(lambda rule, grads, state, params: rule.update(grads, state, params))


def rates(name_or_rule: Rule, falls: bool) -> np.ndarray:
    rate = float(name_or_rule.learning_rate)
    return falling(rate) if falls else np.full(STEPS, rate)


def ours(made: Rule, problem: Problem, falls: bool, dtype: Any = np.float64) -> np.ndarray:
    """The path of *made*: STEPS + 1 rows."""
    if falls:
        made = made.replace(learning_rate=Table(rates(made, True)))
    params: Any = split(problem.start, dtype)
    state, path = made.init(params), [problem.start]
    for t in range(1, STEPS + 1):
        grads = split(problem.gradient(join(made.point(params, state)), t), dtype)
        step, state = update(made, grads, state, params)
        params = jax.tree.map(jnp.add, params, step)
        path.append(join(params))
    assert int(state.t) == STEPS
    return np.array(path)


def oracle(name: str, made: Rule, problem: Problem, falls: bool) -> np.ndarray:
    step = ORACLES[name](vars(made), SIZE)
    point = getattr(step, "point", lambda theta, lr: theta)
    path = [problem.start]
    for t, lr in enumerate(rates(made, falls), start=1):
        theta = path[-1]
        path.append(step(theta, problem.gradient(point(theta, lr), t), lr, t))
    return np.array(path)


def assert_same_path(got: np.ndarray, want: np.ndarray, share: float = 1e-13) -> None:
    """Each coordinate, at each step, within *share* of the way it has walked, and the rounding of theta."""
    walked = np.concatenate([np.zeros((1, SIZE)), np.cumsum(np.abs(np.diff(want, axis=0)), axis=0)])
    rounding = np.finfo(float).eps * np.arange(len(want))[:, None] * np.abs(want).max(axis=0)
    excess = np.abs(got - want) - share * walked - rounding
    assert np.isfinite(got).all()
    assert (excess <= 0).all(), f"off by {np.max(np.abs(got - want) / np.maximum(walked, 1e-300)):.1e} of the path"


def keras_path(optimizer: Any, problem: Problem, lrs: np.ndarray) -> np.ndarray:
    import keras

    with jax.numpy_dtype_promotion("standard"):
        tree = split(problem.start)
        variables = [keras.Variable(tree["w"]), keras.Variable(tree["b"])]
        optimizer.build(variables)
        path = [problem.start]
        for t, lr in enumerate(lrs, start=1):
            optimizer.learning_rate = lr
            grads = split(problem.gradient(path[-1], t))
            optimizer.apply([jnp.asarray(grads["w"]), jnp.asarray(grads["b"])], variables)
            path.append(join({"w": variables[0].value, "b": variables[1].value}))
        return np.array(path)


def keras_optimizer(name: str, lr: float) -> Any:
    from keras import optimizers as k

    return {
        "sgd": lambda: k.SGD(lr),
        "momentum": lambda: k.SGD(lr, momentum=0.9),
        "nesterov": lambda: k.SGD(lr, momentum=0.9, nesterov=True),
        "adagrad": lambda: k.Adagrad(lr),
        "adadelta": lambda: k.Adadelta(lr),
        "rmsprop": lambda: k.RMSprop(lr),
        "adam": lambda: k.Adam(lr),
        "nadam": lambda: k.Nadam(lr),
        "amsgrad": lambda: k.Adam(lr, amsgrad=True),
        "adamax": lambda: k.Adamax(lr),
        "adamw": lambda: k.AdamW(lr),
        "lion": lambda: k.Lion(lr),
        "lamb": lambda: k.Lamb(lr),
        "adafactor": lambda: k.Adafactor(lr),
        "ftrl": lambda: k.Ftrl(lr),
        "muon": lambda: k.Muon(lr),
    }[name]()


def optax_path(make: Callable[[Any], Any], problem: Problem, lrs: np.ndarray) -> np.ndarray:
    import optax

    with jax.numpy_dtype_promotion("standard"):
        table = jnp.asarray(lrs)
        transformation = make(lambda count: table[count])
        params: Any = jax.tree.map(jnp.asarray, split(problem.start))
        state, path = transformation.init(params), [problem.start]
        step = jax.jit(transformation.update)
        for t in range(1, STEPS + 1):
            grads = jax.tree.map(jnp.asarray, split(problem.gradient(path[-1], t)))
            updates, state = step(grads, state, params)
            params = optax.apply_updates(params, updates)
            path.append(join(params))
        return np.array(path)


def optax_transformation(name: str) -> Callable[[Any], Any]:
    import optax

    return {
        "sgd": optax.sgd,
        "momentum": lambda lr: optax.sgd(lr, momentum=0.9),
        "nesterov": lambda lr: optax.sgd(lr, momentum=0.9, nesterov=True),
        "adagrad": optax.adagrad,
        "adadelta": optax.adadelta,
        "rmsprop": optax.rmsprop,
        "adam": optax.adam,
        "nadam": optax.nadam,
        "amsgrad": optax.amsgrad,
        "adamax": optax.adamax,
        "adamw": optax.adamw,
        "rprop": lambda lr: optax.rprop(lr(0)),
        "lion": optax.lion,
        "lamb": optax.lamb,
        "adafactor": optax.adafactor,
    }[name]


def torch_path(make: Callable[[list[Any]], Any], problem: Problem, lrs: np.ndarray) -> np.ndarray:
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # else NAdam keeps its product in float32
    try:
        variables = [torch.nn.Parameter(torch.tensor(part)) for part in split(problem.start).values()]
        optimizer, path = make(variables), [problem.start]
        for t, lr in enumerate(lrs, start=1):
            optimizer.param_groups[0]["lr"] = float(lr)
            for variable, grad in zip(variables, split(problem.gradient(path[-1], t)).values(), strict=True):
                variable.grad = torch.tensor(grad)
            optimizer.step()
            path.append(np.concatenate([variable.detach().numpy().ravel() for variable in variables]))
        return np.array(path)
    finally:
        torch.set_default_dtype(before)


def torch_optimizer(name: str) -> Callable[[list[Any]], Any]:
    import torch.optim as o

    return {
        "sgd": o.SGD,
        "momentum": lambda p: o.SGD(p, momentum=0.9),
        "nesterov": lambda p: o.SGD(p, momentum=0.9, nesterov=True),
        "adagrad": o.Adagrad,
        "adadelta": o.Adadelta,
        "rmsprop": o.RMSprop,
        "adam": o.Adam,
        "nadam": o.NAdam,
        "amsgrad": lambda p: o.Adam(p, amsgrad=True),
        "adamax": o.Adamax,
        "adamw": o.AdamW,
        "rprop": o.Rprop,
    }[name]

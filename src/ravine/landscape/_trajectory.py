"""The path of a rule on a test function."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, cast, check_count
from ravine.landscape.functions import TestFunction, function
from ravine.optim import Rule, rule

__all__ = ["Trajectory", "trajectories", "trajectory"]


class Trajectory(NamedTuple):
    """A path: *positions* (..., steps + 1, 2), *values* and *gradient_norms* (..., steps + 1), the start included.

    >>> trajectory("quadratic", "sgd:0.01", steps=3).values.shape
    (4,)
    """

    positions: Any
    values: Any
    gradient_norms: Any

    @property
    def diverged_at(self) -> Any:
        """The first step, (...,), whose position or height is not finite, -1 where all are: divergence is a result."""
        lost = ~(np.isfinite(self.positions).all(axis=-1) & np.isfinite(self.values))
        return np.where(lost.any(axis=-1), lost.argmax(axis=-1), -1)


def path(test: TestFunction, descent: Rule, start: Array, steps: int) -> Trajectory:
    def step(carry: tuple[Array, Any], _: None) -> tuple[tuple[Array, Any], Array]:
        position, state = carry
        move, state = descent.update(test.gradient(descent.point(position, state)), state, position)
        return (position + move, state), position + move

    _, walked = jax.lax.scan(step, (start, descent.init(start)), None, length=steps)
    positions = jnp.concatenate([start[None], walked])
    values, gradients = jax.vmap(jax.value_and_grad(test))(positions)
    return Trajectory(positions, values, jnp.linalg.norm(gradients, axis=-1))


walk = partial(jax.jit, static_argnames="steps")(path)


@partial(jax.jit, static_argnames=("steps", "swept"))
def walk_all(test: TestFunction, descent: Rule, starts: Array, steps: int, swept: tuple[bool, ...]) -> Trajectory:
    axes = jax.tree.unflatten(jax.tree.structure(descent), [0 if each else None for each in swept])
    return jax.vmap(lambda one, start: path(test, one, start, steps), in_axes=(axes, 0))(descent, starts)


def prepare(test: str | TestFunction, descent: str | Rule, steps: int) -> tuple[TestFunction, Rule, Any]:
    check_count("trajectory", "steps", steps)
    dtype = jnp.result_type(float)
    return cast(function(test), dtype), cast(rule(descent), dtype), dtype


def host(made: Trajectory) -> Trajectory:
    return Trajectory(*(np.asarray(part) for part in made))


def trajectory(test: str | TestFunction, descent: str | Rule, start: Any = None, steps: int = 100) -> Trajectory:
    """The path of the rule *descent* on the function *test* from *start*, by default the function's own; NumPy arrays.

    It is compiled once per function, kind of rule and *steps*: other numbers in the rule compile nothing. A path that
    diverges ends in inf or NaN. Gradients are exact; a rule that looks ahead is given them where it looks.

    >>> found = trajectory("rosenbrock", "adam:0.1", steps=500)
    >>> bool(found.values[-1] < 1e-2)
    True
    """
    made, made_rule, dtype = prepare(test, descent, steps)
    where = np.asarray(made.start if start is None else start, dtype)
    if where.shape != (2,):
        raise RavineError(f"trajectory: start must be a point (x, y), got an array of shape {where.shape}")
    return host(walk(made, made_rule, where, steps))


def trajectories(
    test: str | TestFunction, descent: str | Rule | Sequence[str | Rule], starts: Any, steps: int = 100
) -> Trajectory:
    """The paths from *starts*, of shape (n, 2), in one compiled call; the results have a first axis of n.

    A number of the rule may be an array of n, one per path. Several rules give results with a first axis of rules, then
    one of n; rules that differ in their numbers alone share one compiled program.

    >>> trajectories("himmelblau", ["sgd:0.01", "adam:0.1"], [[0.0, 0.0]] * 5, steps=10).positions.shape
    (2, 5, 11, 2)
    >>> grid = np.stack(np.meshgrid([-1.0, 1.0], [-1.0, 1.0]), axis=-1).reshape(-1, 2)
    >>> trajectories("plateau", "momentum:0.5", grid, steps=10).positions.shape
    (4, 11, 2)
    """
    if not isinstance(descent, str | Rule):
        each = [trajectories(test, one, starts, steps) for one in descent]
        if not each:
            raise RavineError("trajectories: no rule is given: name at least one, e.g. ['sgd:0.01']")
        return Trajectory(*(np.stack(parts) for parts in zip(*each, strict=True)))
    made, made_rule, dtype = prepare(test, descent, steps)
    where = np.asarray(starts, dtype)
    if where.ndim != 2 or where.shape[1] != 2:
        raise RavineError(f"trajectories: starts must be points of shape (n, 2), got an array of shape {where.shape}")
    leaves = jax.tree.leaves(made_rule)
    for leaf in leaves:
        if leaf.ndim and leaf.shape != (len(where),):
            raise RavineError(
                f"trajectories: a number of the rule must be one, or one per start ({len(where)}), "
                f"got an array of shape {leaf.shape}"
            )
    swept = tuple(bool(leaf.ndim) for leaf in leaves)
    return host(walk_all(made, made_rule, where, steps, swept))

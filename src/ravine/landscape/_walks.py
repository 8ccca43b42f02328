"""Where many walks end and when they arrive, without keeping their paths."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, check_count, check_number
from ravine.landscape._trajectory import prepare
from ravine.landscape.functions import TestFunction
from ravine.optim import Rule

__all__ = ["FAR", "GOAL", "Walks", "walks"]

FAR = 100.0
"""A walk farther from the middle of the view than this many of its diagonals has diverged, like one not finite."""
GOAL = -1.0
"""The height that counts as arrival on a function without a minimum, the saddle."""


class Walks(NamedTuple):
    """What became of n walks.

    *end* (n, 2) the last position; *target* (n,) the index of the target it stands at, -1 where at none; *arrived* (n,)
    the step from which on it stayed there, -1; *lost* (n,) the step at which it diverged, -1; *longest* (n,) the
    longest step before it first arrived anywhere.

    No example: see `walks`.
    """

    end: Any
    target: Any
    arrived: Any
    lost: Any
    longest: Any


class Aim(NamedTuple):
    """Targets (m, 2) or, each start's own, (n, m, 2); what distance is there; the middle of the view, what is lost."""

    targets: Any
    within: Any
    middle: Any
    far: Any


@partial(jax.jit, static_argnames=("steps", "swept"))
def _walk(test: TestFunction, rule: Rule, starts: Array, aim: Aim, steps: int, swept: tuple[bool, ...]) -> Walks:
    axes = jax.tree.unflatten(jax.tree.structure(rule), [0 if each else None for each in swept])

    def one(rule: Rule, start: Array, targets: Array) -> Walks:
        def at(position: Array) -> Array:
            if not targets.shape[0]:
                return jnp.where(test(position) <= GOAL, 0, -1)
            squares = jnp.square(targets - position).sum(axis=-1)
            return jnp.where(squares.min() <= jnp.square(aim.within), squares.argmin(), -1)

        def step(carry: tuple[Array, Any, Walks], t: Array) -> tuple[tuple[Array, Any, Walks], None]:
            position, state, seen = carry
            move, state = rule.update(test.gradient(rule.point(position, state)), state, position)
            new = position + move
            gone = ~jnp.isfinite(new).all() | (jnp.abs(new - aim.middle).max() > aim.far)
            lost = jnp.where((seen.lost < 0) & gone, t, seen.lost)
            # One that is lost stays where it was last seen, and costs nothing but the arithmetic.
            new = jnp.where(lost < 0, new, position)
            # On a saddle one that is lost has arrived, if it had before; elsewhere it stands nowhere.
            left = -1 if targets.shape[0] else seen.target
            target = jnp.where(lost < 0, at(new), left).astype(jnp.int32)
            arrived = jnp.where(target < 0, -1, jnp.where(target == seen.target, seen.arrived, t))
            length = jnp.where(lost < 0, jnp.linalg.norm(new - position), 0)
            never = (seen.longest[1] > 0) & (seen.target < 0)
            longest = jnp.where(never, jnp.maximum(seen.longest[0], length), seen.longest[0])
            open_ = jnp.where(never, jnp.ones_like(longest), jnp.zeros_like(longest))
            return (new, state, Walks(new, target, arrived, lost, jnp.stack([longest, open_]))), None

        target = at(start).astype(jnp.int32)
        first = jnp.where(target < 0, -1, 0).astype(jnp.int32)
        opened = jnp.stack([jnp.zeros_like(start[0]), jnp.ones_like(start[0])])
        begun = Walks(start, target, first, jnp.full_like(first, -1), opened)
        (_, _, seen), _ = jax.lax.scan(
            step, (start, rule.init(start), begun), jnp.arange(1, steps + 1, dtype=jnp.int32)
        )
        return seen._replace(longest=seen.longest[0])

    own = 0 if aim.targets.ndim == 3 else None
    return jax.vmap(one, in_axes=(axes, 0, own))(rule, starts, aim.targets)


def walks(
    test: str | TestFunction, descent: str | Rule, starts: Any, targets: Any, within: float, steps: int = 500
) -> Walks:
    """What becomes of walks from *starts* (n, 2): at which of *targets* (m, 2) they stand in the end, and since when.

    A walk stands at a target when it is no farther than *within*; *targets* may be (n, m, 2), each start's own. Without
    targets, arrival is the height `GOAL`. A number of the rule may be an array of n. Paths are not kept: the memory
    does not grow with *steps*.

    >>> made = walks("ravine", "sgd:0.03", [[1.0, 1.0], [-9.0, 2.0]], [[0.0, 0.0]], 1e-3)
    >>> made.target.tolist(), bool((made.arrived > 100).all())
    ([0, 0], True)
    """
    check_count("walks", "steps", steps)
    check_number("walks", "within", within, low=0.0, open_low=True)
    made, made_rule, dtype = prepare(test, descent, steps)
    where = np.asarray(starts, dtype)
    if where.ndim != 2 or where.shape[1] != 2:
        raise RavineError(f"walks: starts must be points of shape (n, 2), got an array of shape {where.shape}")
    low, high = np.transpose(np.array(made.domain, dtype))
    goals = np.asarray(targets, dtype)
    shaped = goals.ndim in (2, 3) and goals.shape[-1] == 2
    if goals.size and not (shaped and (goals.ndim == 2 or len(goals) == len(where))):
        raise RavineError(f"walks: targets must be points of shape (m, 2) or (n, m, 2), got shape {goals.shape}")
    aim = Aim(
        goals if goals.size else np.zeros((0, 2), dtype),
        np.asarray(within, dtype),
        (low + high) / 2,
        np.asarray(FAR * np.linalg.norm(high - low), dtype),
    )
    swept = tuple(bool(np.ndim(leaf)) for leaf in jax.tree.leaves(made_rule))
    return Walks(*(np.asarray(part) for part in _walk(made, made_rule, where, aim, steps, swept)))

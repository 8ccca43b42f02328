"""From one minimum to another: the straight line between them, and a curve that is trained to stay low."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Array, RavineError, Tree, cast, check_count, generator, same_structure
from ravine.data import Dataset, epoch_order
from ravine.landscape.weights import Heights, Measure, measure, steady
from ravine.nn import Context, Network, Variables
from ravine.optim import Rule, rule
from ravine.train import Examples, Plan
from ravine.train.engine import Program, build_objective, precision, splits

__all__ = ["Connection", "barrier", "mode_connectivity"]

CHUNK = 250
"""Steps of the curve's training that run at once."""


def barrier(t: Any, loss: Any) -> float:
    """How far *loss* (n,) along a path rises above the straight line between its ends, at most; *t* (n,) in [0, 1].

    >>> barrier([0.0, 0.5, 1.0], [1.0, 4.0, 3.0])
    2.0
    """
    t, loss = np.asarray(t, np.float64), np.asarray(loss, np.float64)
    return float((loss - (loss[0] + (loss[-1] - loss[0]) * t)).max())


@dataclass(frozen=True, eq=False)
class Connection:
    """Losses along two paths from weights a to weights b, at *t* (n,) from 0 to 1.

    *line* along (1 - t) a + t b, *curve* along the Bezier curve (1 - t)^2 a + 2 t (1 - t) c + t^2 b, whose *bend* c, a
    tree, was trained; *training* (steps,) are the losses of its batches. *distance* is the length of b - a, *examples*
    how many examples each loss is the mean of.

    No example: made by `mode_connectivity`.
    """

    t: Any
    line: Heights
    curve: Heights
    bend: Tree
    training: Any
    distance: float
    examples: int

    @property
    def line_barrier(self) -> float:
        """The barrier of the straight line, in units of the loss."""
        return barrier(self.t, self.line.loss)

    @property
    def curve_barrier(self) -> float:
        """The barrier that is left along the curve."""
        return barrier(self.t, self.curve.loss)


def _bezier(t: Array, a: Tree, c: Tree, b: Tree) -> Tree:
    return jax.tree.map(lambda a, c, b: (1 - t) ** 2 * a + 2 * t * (1 - t) * c + t**2 * b, a, c, b)


@jax.jit
def _train(
    program: Program, ends: tuple[Tree, Tree, Any], carry: Any, examples: Examples, order: Array, ts: Array, seed: Array
) -> Any:
    """Steps of the bend on the loss at a random t of the curve: one row of *order* and one entry of *ts* per step."""
    a, b, state = ends
    network, how, aim = program.network, program.rule, program.objective

    def step(carry: Any, now: Any) -> tuple[Any, Array]:
        bend, rule_state, count = carry
        rows, t = now
        valid = (rows >= 0).astype(t.dtype)
        x, y = examples.x[rows], examples.y[rows]
        weight = jnp.ones_like(valid) if examples.weight is None else examples.weight[rows]

        def loss(bend: Tree) -> Array:
            place = _bezier(t, a, bend, b)
            context = Context(train=True, seed=seed, step=count, valid=valid)
            return aim.measure(network, place, state, x, y, weight, context).loss

        value, gradient = jax.value_and_grad(loss)(how.point(bend, rule_state))
        move, rule_state = how.update(gradient, rule_state, bend)
        return (jax.tree.map(jnp.add, bend, move), rule_state, count + 1), value

    return jax.lax.scan(step, carry, (order, ts))


def mode_connectivity(
    network: Network,
    a: Variables,
    b: Variables,
    dataset: Dataset,
    *,
    epochs: int = 20,
    descent: str | Rule = "adam:0.003",
    points: int = 31,
    plan: Plan | None = None,
    part: str = "train",
    seed: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> Connection:
    """Losses from *a* to *b* along the straight line and along a Bezier curve of degree 2 (Garipov et al. 2018).

    The curve's middle point starts half way and is trained for *epochs* by *descent* on the training part, each batch
    at a t drawn evenly from [0, 1]; loss and batch size are those of *plan*. Losses along both are over all examples of
    *part*. A barrier on the line and none on the curve: the two minima belong to one connected valley.

    >>> from ravine.data import load
    >>> from ravine.nn import network
    >>> net = network("2-4:tanh-2:softmax")
    >>> made = mode_connectivity(net, net.init(0), net.init(1), load("xor", n=60), epochs=2, points=5)
    >>> made.line.loss.shape, bool(np.isclose(made.line.loss[0], made.curve.loss[0]))
    ((5,), True)
    """
    check_count("mode_connectivity", "epochs", epochs)
    check_count("mode_connectivity", "points", points, least=3)
    steady("mode_connectivity", network)
    if not (same_structure(a.params, b.params) and same_structure(a.params, network.init(0).params)):
        raise RavineError("mode_connectivity: the two sets of weights must both be of this network")
    plan, how = plan or Plan(), rule(descent)
    sizer = measure(network, dataset, plan, part)
    bend, losses = _bent(network, a, b, dataset, plan, how, epochs, seed, sizer, progress)
    t = np.linspace(0.0, 1.0, points)

    def minus(one: Tree, other: Tree) -> Tree:
        return jax.tree.map(lambda p, q: np.asarray(p, np.float64) - np.asarray(q, np.float64), one, other)

    along, out = minus(b.params, a.params), minus(bend, a.params)
    # (1 - t)^2 a + 2 t (1 - t) c + t^2 b  =  a + 2 t (1 - t) (c - a) + t^2 (b - a)
    shifts = np.stack([np.stack([t, 0 * t], axis=1), np.stack([t**2, 2 * t * (1 - t)], axis=1)])
    made = sizer.heights(a, (along, out), shifts.reshape(-1, 2))
    halves = [
        Heights(made.loss[rows], {name: each[rows] for name, each in made.metrics.items()})
        for rows in (slice(None, points), slice(points, None))
    ]
    distance = float(np.sqrt(sum(np.square(leaf).sum() for leaf in jax.tree.leaves(along))))
    return Connection(t, halves[0], halves[1], bend, losses, distance, sizer.examples)


def _bent(
    network: Network,
    a: Variables,
    b: Variables,
    dataset: Dataset,
    plan: Plan,
    how: Rule,
    epochs: int,
    seed: int,
    sizer: Measure,
    progress: Callable[[float], None],
) -> tuple[Tree, Any]:
    """The trained bend, and the losses of its batches."""
    dtype = np.dtype(plan.dtype)
    aim = build_objective(network, how, dataset, plan)
    whole = splits(network, dataset, plan, aim)["train"]
    n, size = len(whole), plan.steps(len(whole))
    order = np.concatenate([epoch_order(n, plan.batch_size, seed, 1 + e, plan.shuffle)[:size] for e in range(epochs)])
    ts = generator(seed, "sample", 2).random(len(order)).astype(dtype)
    with precision(dtype):
        first, last = (jax.tree.map(lambda leaf: np.asarray(leaf, dtype), each.params) for each in (a, b))
        state = jax.tree.map(np.asarray, a.state)
        bend = jax.tree.map(lambda p, q: (p + q) / 2, first, last)
        program = cast(Program(network, how, aim), dtype)
        ends = jax.device_put((first, last, state))
        examples = sizer.session.examples(whole.x, whole.y, whole.weight)
        carry, losses = jax.device_put((bend, how.init(bend), np.int32(0))), []
        for begin in range(0, len(order), CHUNK):
            here = slice(begin, begin + CHUNK)
            carry, values = _train(program, ends, carry, examples, order[here], ts[here], np.uint32(seed))
            losses.append(np.asarray(values))
            progress(min(1.0, (begin + CHUNK) / len(order)))
        found: Tree = jax.tree.map(np.asarray, carry[0])
    return found, np.concatenate(losses)

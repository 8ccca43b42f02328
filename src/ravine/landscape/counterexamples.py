"""Where Adam goes the wrong way: the online games of Reddi, Kale & Kumar (2018)."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import Number, cast, check_count, check_number, pytree
from ravine.optim import Adam, AMSGrad, InverseSqrt, Rule, rule

__all__ = ["LONG_GAME", "OnlineGame", "OnlineRun", "amsgrad_counterexample", "theorem_1"]


@pytree
class OnlineGame:
    """Linear losses f_t(x) = g_t x on [-1, 1]: g_t = *large* in the first of every *period* rounds, else *small*.

    As (large + (period - 1) small) > 0, the best fixed x is -1. *rate*, *b1* and *b2* are those with which Adam fails;
    the rate falls as rate / sqrt(t), and nothing is corrected for the start at zero.

    >>> theorem_1(3.0).limit()
    0.6666666666666666
    """

    large: Number
    small: Number
    period: Number
    rate: Number
    b1: Number
    b2: Number

    def adam(self) -> Adam:
        """Adam as the paper's counter-example has it."""
        return Adam(InverseSqrt(self.rate), b1=self.b1, b2=self.b2, eps=0.0, bias_correction=False)

    def amsgrad(self) -> AMSGrad:
        """AMSGrad with the same numbers."""
        return AMSGrad(InverseSqrt(self.rate), b1=self.b1, b2=self.b2, eps=0.0)

    def limit(self) -> float:
        """The mean regret of a player who stays at +1, the worst place."""
        return float(2 * (self.large + (self.period - 1) * self.small) / self.period)


def theorem_1(c: float = 3.0) -> OnlineGame:
    """The game of Theorem 1: g = C, -1, -1, ..., b1 = 0, b2 = 1 / (1 + C^2), for C > 2.

    >>> theorem_1(3.0).b2
    0.1
    """
    check_number("theorem_1", "c", c, low=2.0, open_low=True)
    return OnlineGame(large=c, small=-1.0, period=3.0, rate=0.1, b1=0.0, b2=1 / (1 + c * c))


LONG_GAME = OnlineGame(large=1010.0, small=-10.0, period=101.0, rate=0.5, b1=0.9, b2=0.99)
"""The paper's synthetic experiment with ordinary numbers: g = 1010 once in 101 rounds, else -10."""


class OnlineRun(NamedTuple):
    """*step* (points,) rounds played, *x* the player's place then, *regret* the mean regret until then.

    >>> amsgrad_counterexample(steps=1000, points=10).step[:2]
    array([100, 200])
    """

    step: np.ndarray[Any, Any]
    x: np.ndarray[Any, Any]
    regret: np.ndarray[Any, Any]


@partial(jax.jit, static_argnames=("points", "stride"))
def play(game: OnlineGame, player: Rule, start: Any, points: int, stride: int) -> tuple[Any, Any]:
    def round_of(carry: Any, _: None) -> tuple[Any, None]:
        t, x, regret, state = carry
        g = jnp.where(jnp.mod(t, game.period) == 1, game.large, game.small)
        regret = regret + (g * (x + 1) - regret) / t
        step, state = player.update(g, state, x)
        return (t + 1, jnp.clip(x + step, -1, 1), regret, state), None

    def stretch(carry: Any, _: None) -> tuple[Any, tuple[Any, Any]]:
        carry, _ = jax.lax.scan(round_of, carry, None, length=stride)
        return carry, (carry[1], carry[2])

    first = (jnp.ones_like(start), start, jnp.zeros_like(start), player.init(start))
    return jax.lax.scan(stretch, first, None, length=points)[1]


def amsgrad_counterexample(
    player: str | Rule | None = None,
    game: OnlineGame | None = None,
    steps: int = 100_000,
    points: int = 500,
    start: float = 1.0,
) -> OnlineRun:
    """Play *steps* rounds of *game* with the rule *player*.

    By default the game is that of Theorem 1 with C = 3, and the player the game's Adam. After each update x is clipped
    to [-1, 1]. Results are kept at *points* rounds, evenly spaced; *steps* is rounded up to a multiple of *points*.
    The computation is in float64. Adam ends at the worst place, AMSGrad at the best:

    >>> round(float(amsgrad_counterexample(steps=3000, points=10).x[-1]), 1)
    1.0
    >>> round(float(amsgrad_counterexample(theorem_1(3.0).amsgrad(), steps=30_000, points=10).x[-1]), 1)
    -1.0
    """
    check_count("amsgrad_counterexample", "steps", steps)
    check_count("amsgrad_counterexample", "points", points)
    check_number("amsgrad_counterexample", "start", start, low=-1.0, high=1.0)
    game = theorem_1() if game is None else game
    player = game.adam() if player is None else rule(player)
    points = min(points, steps)
    stride = -(-steps // points)
    with jax.enable_x64(True):
        x, regret = play(cast(game, np.float64), cast(player, np.float64), np.float64(start), points, stride)
        return OnlineRun(stride * np.arange(1, points + 1), np.asarray(x), np.asarray(regret))

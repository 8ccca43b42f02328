"""Where Adam goes the wrong way, what Adam and Nadam are made of, and a benchmark with numbers in print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ravine.core import generator
from ravine.landscape import LONG_GAME, OnlineGame, amsgrad_counterexample, theorem_1, train_quadratic_deep
from ravine.lecture.context import ExperimentResult
from ravine.optim import Adam, Momentum, Nadam, Nesterov, RMSprop, Rule

__all__ = ["QUADRATIC", "games", "kinship", "quadratic"]

QUADRATIC = {
    "sgd": "sgd:0.01",
    "momentum": "momentum:0.00251,momentum=0.99",
    "momentum_slow": "momentum:0.0001,momentum=0.99",
    "adam": "adam:0.0398",
    "adam_slow": "adam:0.001",
}
"""The rules of the published runs on quadratic_deep, by the last part of the published number's key."""


def games(
    *,
    short: int = 100_000,
    long: int = 1_000_000,
    points: int = 2000,
    progress: Callable[[float], None] = lambda share: None,
) -> ExperimentResult:
    """Play the game of Theorem 1 (C = 3) for *short* rounds and the long game for *long*, with Adam and with AMSGrad.

    "GAME PLAYER x" and "GAME PLAYER regret" (points,) at "GAME steps" (points,); fact "limit", the mean regret of
    Adam that the theorem gives for the first game.

    >>> made = games(short=30_000, long=1010, points=10)
    >>> [round(float(made[f"theorem {name} x"][-1])) for name in ("adam", "amsgrad")]
    [1, -1]
    """
    arrays: dict[str, np.ndarray] = {}
    played: tuple[tuple[str, OnlineGame, int], ...] = (
        ("theorem", theorem_1(3.0), short),
        ("synthetic", LONG_GAME, long),
    )
    for index, (name, game, steps) in enumerate(played):
        for place, (player, rule) in enumerate((("adam", game.adam()), ("amsgrad", game.amsgrad()))):
            made = amsgrad_counterexample(rule, game, steps=steps, points=points)
            arrays |= {f"{name} steps": made.step, f"{name} {player} x": made.x, f"{name} {player} regret": made.regret}
            progress((2 * index + place + 1) / 4)
    return ExperimentResult(arrays, {"limit": theorem_1(3.0).limit()})


def quadratic(
    seeds: int, *, epochs: int = 100, progress: Callable[[float], None] = lambda share: None
) -> ExperimentResult:
    """The final test loss of quadratic_deep for the rules of `QUADRATIC`, "NAME" (seeds,), and the one at the start.

    As in the published runs, every epoch repeats the order of the first.

    >>> round(float(quadratic(1, epochs=1)["initial"][0]), 2)
    353.45
    """
    arrays: dict[str, np.ndarray] = {}
    for place, (name, text) in enumerate(QUADRATIC.items()):
        made = train_quadratic_deep(text, epochs=epochs, seeds=seeds, reshuffle=False)
        arrays |= {name: made.test_loss[:, -1], "initial": made.test_loss[:, 0]}
        progress((place + 1) / len(QUADRATIC))
    return ExperimentResult(arrays)


def kinship(*, updates: int = 1000, seed: int = 0) -> ExperimentResult:
    """How far Adam is from its parents where one of them is switched off; the largest difference of steps, in float64.

    "corrected": Adam with b1 = 0 against RMSprop whose mean is corrected for its start, on random gradients; "rmsprop":
    the same with nothing corrected. "momentum": Adam with b2
    = 0 on random signs, whose squares are 1, against momentum with the rate (1 - b1) eta. "nesterov": the same with
    Nadam and Nesterov's momentum, over the second half of the updates, when Nadam's corrections have died out.
    "largest": the largest step of the parent in each.

    >>> bool((kinship()["gap"] < 1e-12).all())
    True
    """
    eta, draw = 0.1, generator(seed, "sample", 14)
    noise, signs = draw.normal(size=(updates, 20)), draw.choice([-1.0, 1.0], (updates, 20))
    pairs: tuple[tuple[Rule, Rule, Any, int], ...] = (
        (Adam(eta, b1=0.0, b2=0.9, eps=1e-8), RMSprop(eta, rho=0.9, eps=1e-8, bias_correction=True), noise, 0),
        (Adam(eta, b1=0.0, b2=0.9, eps=0.0, bias_correction=False), RMSprop(eta, rho=0.9, eps=0.0), noise, 0),
        (Adam(eta, b2=0.0, eps=0.0, bias_correction=False), Momentum(eta * 0.1, momentum=0.9), signs, 0),
        (Nadam(eta, b2=0.0, eps=0.0, psi=np.inf), Nesterov(eta * 0.1, nesterov="reformulated"), signs, updates // 2),
    )
    gap, largest = np.zeros(len(pairs)), np.zeros(len(pairs))
    with jax.enable_x64(True):
        for place, (child, parent, g, begin) in enumerate(pairs):
            ours, theirs = (_steps(rule, g)[begin:] for rule in (child, parent))
            gap[place], largest[place] = np.abs(ours - theirs).max(), np.abs(theirs).max()
    return ExperimentResult(
        {"gap": gap, "largest": largest}, {"names": ["corrected", "rmsprop", "momentum", "nesterov"]}
    )


def _steps(rule: Rule, gradients: Sequence[Any] | np.ndarray) -> np.ndarray:
    g = jnp.asarray(gradients)

    def update(state: Any, g: Any) -> Any:
        step, state = rule.update(g, state, jnp.zeros_like(g))
        return state, step

    return np.asarray(jax.jit(lambda g: jax.lax.scan(update, rule.init(g[0]), g)[1])(g))

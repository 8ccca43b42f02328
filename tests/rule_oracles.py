"""Update rules transcribed to NumPy float64 from the papers and from what the frameworks compute, one vector at a time.

Written apart from the package. Each rule is a function of (options, size) that returns `step(theta, g, lr, t)`, the new
theta.
A rule that looks ahead gives `step` an attribute `point(theta, lr)`: where the next gradient is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import Any

import numpy as np

Step = Callable[[np.ndarray, np.ndarray, float, int], np.ndarray]


def safe(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.divide(a, b, out=np.zeros_like(a), where=b != 0)


def sgd(o: dict[str, Any], n: int) -> Step:
    m = 0.0 if o["momentum"] is None else o["momentum"]
    tau = o["dampening"] or 0.0
    v = np.zeros(n)

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal v
        damped = g if t == 1 else (1 - tau) * g
        if o["rate_inside"]:
            v = m * v - lr * damped
            return theta + (m * v - lr * g if o["nesterov"] == "reformulated" else v)
        v = m * v + damped
        return theta - lr * (g + m * v if o["nesterov"] == "reformulated" else v)

    if o["nesterov"] == "lookahead":
        step.point = lambda theta, lr: theta + m * v if o["rate_inside"] else theta - lr * m * v
    return step


def adagrad(o: dict[str, Any], n: int) -> Step:
    acc = np.full(n, float(o["initial"]))

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal acc
        acc = acc + g**2
        lr = lr / (1 + (t - 1) * (o["rate_decay"] or 0.0))
        return theta - lr * safe(g, np.sqrt(acc + o["eps"]) if o["eps_inside"] else np.sqrt(acc) + o["eps"])

    return step


def adadelta(o: dict[str, Any], n: int) -> Step:
    square, change = np.zeros(n), np.zeros(n)
    rho, eps = o["rho"], o["eps"]

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal square, change
        square = rho * square + (1 - rho) * g**2
        d = safe(np.sqrt(change + eps), np.sqrt(square + eps)) * g
        change = rho * change + (1 - rho) * d**2
        return theta - lr * d

    return step


def rmsprop(o: dict[str, Any], n: int) -> Step:
    v, mean, b = np.full(n, float(o["initial"])), np.zeros(n), np.zeros(n)
    rho, eps, momentum = o["rho"], o["eps"], o["momentum"]

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal v, mean, b
        v = rho * v + (1 - rho) * g**2
        mean = rho * mean + (1 - rho) * g
        c = 1 - rho**t if o["bias_correction"] else 1.0
        spread = np.maximum(v / c - (mean / c) ** 2, 0) if o["centered"] else v / c
        u = safe(g, np.sqrt(spread + eps) if o["eps_inside"] else np.sqrt(spread) + eps)
        if momentum is None:
            return theta - lr * u
        if o["rate_inside"]:
            b = momentum * b + lr * u
            return theta - (momentum * b + lr * u if o["nesterov"] else b)
        b = momentum * b + u
        return theta - lr * (momentum * b + u if o["nesterov"] else b)

    return step


def adam(o: dict[str, Any], n: int) -> Step:
    m, v, top = np.zeros(n), np.zeros(n), np.zeros(n)
    b1, b2, eps, form = o["b1"], o["b2"], o["eps"], o["amsgrad"]
    decay = o["weight_decay"] or 0.0

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal m, v, top
        shrink = lr * decay * theta if o["decoupled"] else 0.0
        g = g if o["decoupled"] else g + decay * theta
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        plain = not o["bias_correction"] or form == "paper"
        c1, c2 = (1.0, 1.0) if plain else (1 - b1**t, 1 - b2**t)
        if form is None:
            second = v
        else:
            top = np.maximum(top, v / c2 if form == "corrected" else v)
            second = top * c2 if form == "corrected" else top
        if o["eps_hat"]:
            move = lr * sqrt(c2) / c1 * safe(m, np.sqrt(second + o["eps_root"] * c2) + eps)
        else:
            move = lr * safe(m / c1, np.sqrt(second / c2 + o["eps_root"]) + eps)
        return theta - shrink - move

    return step


def nadam(o: dict[str, Any], n: int) -> Step:
    m, v = np.zeros(n), np.zeros(n)
    b1, b2 = o["b1"], o["b2"]

    def mu(t: int) -> float:
        return b1 * (1 - 0.5 * 0.96 ** (t * o["psi"]))

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal m, v
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        now = prod(mu(i) for i in range(1, t + 1))
        look = mu(t + 1) * m / (1 - now * mu(t + 1)) + (1 - mu(t)) * g / (1 - now)
        return theta - lr * safe(look, np.sqrt(v / (1 - b2**t)) + o["eps"])

    return step


def adamax(o: dict[str, Any], n: int) -> Step:
    m, u = np.zeros(n), np.zeros(n)
    b1, b2, eps = o["b1"], o["b2"], o["eps"]

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal m, u
        m = b1 * m + (1 - b1) * g
        u = np.maximum(b2 * u, np.abs(g) + eps if o["eps_in_max"] else np.abs(g))
        return theta - lr / (1 - b1**t) * safe(m, u if o["eps_in_max"] else u + eps)

    return step


def rprop(o: dict[str, Any], n: int) -> Step:
    size, last = np.zeros(n), np.zeros(n)

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal size, last
        if t == 1:
            size = np.full(n, lr)
        same, changed = g * last > 0, g * last < 0
        size = np.where(same, size * o["eta_plus"], np.where(changed, size * o["eta_minus"], size))
        size = np.clip(size, o["step_min"], o["step_max"])
        last = np.where(changed, 0.0, g)
        return theta - np.sign(last) * size

    return step


def lion(o: dict[str, Any], n: int) -> Step:
    m = np.zeros(n)

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal m
        sign = np.sign(o["b1"] * m + (1 - o["b1"]) * g)
        m = o["b2"] * m + (1 - o["b2"]) * g
        return theta - lr * (sign + (o["weight_decay"] or 0.0) * theta)

    return step


ORACLES: dict[str, Callable[[dict[str, Any], int], Step]] = {
    "sgd": sgd,
    "momentum": sgd,
    "nesterov": sgd,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adam": adam,
    "nadam": nadam,
    "amsgrad": adam,
    "adamax": adamax,
    "adamw": adam,
    "rprop": rprop,
    "lion": lion,
}

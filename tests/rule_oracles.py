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


def parts(theta: np.ndarray) -> list[np.ndarray]:
    """The arrays of which the vector is made: a matrix of 2 x 3, and four numbers."""
    return [theta[:6].reshape(2, 3), theta[6:]]


def whole(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([each.ravel() for each in arrays])


def lamb(o: dict[str, Any], n: int) -> Step:
    m, v = np.zeros(n), np.zeros(n)
    b1, b2 = o["b1"], o["b2"]

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal m, v
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        u = safe(m / (1 - b1**t), np.sqrt(v / (1 - b2**t)) + o["eps"]) + (o["weight_decay"] or 0.0) * theta
        moved = []
        for w, d in zip(parts(theta), parts(u), strict=True):
            size, length = np.linalg.norm(w), np.linalg.norm(d)
            moved.append(w - lr * (size / length if size > 0 and length > 0 else 1.0) * d)
        return whole(moved)

    return step


def adafactor(o: dict[str, Any], n: int) -> Step:
    means = [(np.zeros(2), np.zeros(3)), np.zeros(4)]

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        b = 1 - float(t) ** -o["decay"]
        rho = min(lr, 1 / sqrt(t)) if o["relative"] else lr
        moved = []
        for k, (w, d) in enumerate(zip(parts(theta), parts(g), strict=True)):
            square = d**2 + o["eps"]
            if k == 0 and o["least"] <= 2:
                row, column = means[0]
                means[0] = b * row + (1 - b) * square.mean(1), b * column + (1 - b) * square.mean(0)
                second = np.outer(*means[0]) / means[0][0].mean()
            else:
                before = means[k] if k else (0.0 if isinstance(means[0], tuple) else means[0])
                means[k] = second = b * before + (1 - b) * square
            u = d / np.sqrt(second)
            u = u / max(1.0, sqrt((u**2).mean()) / o["clip"])
            moved.append(w - (rho * max(o["floor"], sqrt((w**2).mean())) if o["scaled"] else rho) * u)
        return whole(moved)

    return step


def ftrl(o: dict[str, Any], n: int) -> Step:
    total, z = np.full(n, float(o["initial"])), np.zeros(n)

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal total, z
        grown = total + g**2
        sigma = (grown ** o["power"] - total ** o["power"]) / lr
        z, total = z + g + 2 * o["shrinkage"] * theta - sigma * theta, grown
        pulled = np.sign(z) * np.maximum(np.abs(z) - o["l1"], 0)
        return -safe(pulled, (o["beta"] + total ** o["power"]) / lr + o["l2"])

    return step


def muon(o: dict[str, Any], n: int) -> Step:
    momentum, m, v = np.zeros((2, 3)), np.zeros(4), np.zeros(4)
    b1, b2 = o["b1"], o["b2"]

    def step(theta: np.ndarray, g: np.ndarray, lr: float, t: int) -> np.ndarray:
        nonlocal momentum, m, v
        w, d = parts(theta), parts(g)
        momentum = o["momentum"] * momentum + d[0]
        look = d[0] + o["momentum"] * momentum if o["nesterov"] else momentum
        x = look.astype(np.longdouble)
        x = x / (np.sqrt((x * x).sum()) + 1e-7)
        for _ in range(o["steps"]):
            cube = x @ x.T @ x
            x = 3.4445 * x - 4.7750 * cube + 2.0315 * (x @ x.T @ cube)
        size = {"width": sqrt(3 / 2), "rms": 0.2 * sqrt(3), "none": 1.0}[o["scale"]]
        m = b1 * m + (1 - b1) * d[1]
        v = b2 * v + (1 - b2) * d[1] ** 2
        c1, c2 = 1 - b1**t, 1 - b2**t
        adam = (
            sqrt(c2) / c1 * safe(m, np.sqrt(v) + o["eps"]) if o["eps_hat"] else safe(m / c1, np.sqrt(v / c2) + o["eps"])
        )
        decay = lr * (o["weight_decay"] or 0.0)
        moved = [w[0] - lr * size * x.astype(float), w[1] - lr * o["adam_rate"] * adam]
        return whole([new - decay * old for new, old in zip(moved, w, strict=True)])

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
    "lamb": lamb,
    "adafactor": adafactor,
    "ftrl": ftrl,
    "muon": muon,
}

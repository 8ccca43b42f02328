"""The computations behind the published numbers, without the numbers: what `ravine.lecture.verify` compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ravine.data import Dataset, Split, load
from ravine.lecture.chapters.deep_claim import EPOCHS, deep_network
from ravine.lecture.chapters.mlp_runs import network
from ravine.lecture.chapters.vanishing_start import RATIOS
from ravine.lecture.experiments.camera import NETWORK, hand_set
from ravine.lecture.experiments.games import games, quadratic
from ravine.lecture.experiments.networks import learning_curves
from ravine.lecture.experiments.signal import layer_ratios
from ravine.lecture.published import PUBLISHED
from ravine.nn import count_params
from ravine.optim import preset
from ravine.stats import rank_summaries
from ravine.train import Plan, population

__all__ = ["amsgrad", "camera", "camera_learned", "example", "fashion", "parameters", "quadratics", "ratios", "trained"]

SEEDS = 5
Told = Callable[[float], None]


def parameters() -> dict[str, int]:
    """How many parameters the lecture's three networks have.

    >>> parameters()
    {'dropout': 669706, 'plain': 669706, 'deep': 11972510}
    """
    shape = Split(np.zeros((1, 784), np.float32), np.zeros(1, np.int32))
    digits = Dataset("shape", shape, None, None, tuple("0123456789"))
    networks = {"dropout": network(digits, 0.2), "plain": network(digits, None), "deep": deep_network(digits)}
    return {name: sum(count_params(each)) for name, each in networks.items()}


def trained(digits: Dataset, names: Sequence[str], told: Told) -> dict[str, dict[str, np.ndarray]]:
    """Test loss and accuracy (seeds,) of the lecture's networks *names* after their epochs, trained as the lecture did.

    No example: it trains for minutes.
    """
    flat, rule, made = digits.flatten(), preset("rmsprop", "lecture"), {}
    networks = {"dropout": network(flat, 0.2), "plain": network(flat, 0.0), "deep": deep_network(flat)}
    # The deep network takes some forty times as long as a shallow one.
    cost = {name: 40.0 if name == "deep" else 1.0 for name in names}
    done = 0.0
    for name in names:
        epochs = EPOCHS if name == "deep" else 5
        plan = Plan(epochs=epochs, batch_size=128, test=True, train_eval_examples=0, evaluate_every=epochs)

        def share(part: float, name: str = name, done: float = done) -> None:
            told((done + part * cost[name]) / sum(cost.values()))

        curves = learning_curves({name: networks[name]}, rule, flat, plan, range(SEEDS), share)
        made[name] = {each: curves[f"{name} {each}"][:, -1] for each in ("test_loss", "test_accuracy")}
        done += cost[name]
    return made


def camera() -> dict[str, float]:
    """The 4-pixel camera with weights set by hand: parameters, probabilities, loss and accuracy.

    >>> round(camera()["horizontal"], 5), camera()["accuracy"]
    (0.46505, 1.0)
    """
    weights, test = hand_set(), load("camera", n=40, n_test=1000, seed=0).parts["test"]
    answer = NETWORK.predict(weights, np.array([[1.0, 1.0, -1.0, -1.0]], np.float32))[0]
    p = np.asarray(NETWORK.predict(weights, test.x), np.float64)
    return {
        "parameters": sum(count_params(NETWORK)),
        "other": float(answer[0]),
        "horizontal": float(answer[3]),
        "loss": float(-np.log(p[np.arange(len(p)), test.y]).mean()),
        "accuracy": float((p.argmax(axis=1) == test.y).mean()),
    }


def camera_learned(seeds: int) -> tuple[np.ndarray, np.ndarray]:
    """Test losses and accuracies (seeds,) of the camera's network after the lecture's 8 epochs of RMSprop.

    No example: it trains for seconds.
    """
    plan = Plan(epochs=8, batch_size=32, test="end", train_eval_examples=0)
    runs = population(NETWORK, preset("rmsprop", "lecture"), load("camera"), plan, seeds=range(seeds))
    ends = [run.history.last for run in runs]
    return np.array([end["test_loss"] for end in ends]), np.array([end["test_accuracy"] for end in ends])


def example(digits: Dataset) -> np.ndarray:
    """Test accuracies (seeds,) of Keras's own example: the network with dropout after 20 epochs.

    No example: it trains for minutes.
    """
    flat = digits.flatten()
    plan = Plan(epochs=20, batch_size=128, test="end", train_eval_examples=0)
    runs = population(network(flat, 0.2), preset("rmsprop", "lecture"), flat, plan, seeds=range(SEEDS), together=False)
    return np.array([run.history.last["test_accuracy"] for run in runs])


def quadratics(orders: int, told: Told) -> dict[str, np.ndarray]:
    """Final test losses (orders,) on quadratic_deep by rule, and that at the start.

    No example: it trains for seconds.
    """
    return quadratic(orders, progress=told).arrays


def amsgrad(told: Told) -> dict[str, float]:
    """Where the players of both games end, and Adam's mean regret beside its limit.

    No example: it plays for seconds.
    """
    made = games(progress=told)
    return {
        "limit": float(made["limit"]),
        "regret": float(made["theorem adam regret"][-1]),
        "theorem": float(made["theorem amsgrad x"][-1]),
        "adam": float(made["synthetic adam x"][-1]),
        "amsgrad": float(made["synthetic amsgrad x"][-1]),
    }


def ratios(networks: int) -> dict[str, np.ndarray]:
    """The factor of the gradient per layer for each of the five settings, (networks,).

    >>> {name: round(float(values.mean()), 1) for name, values in ratios(2).items()}["relu_he"]
    1.0
    """
    made = layer_ratios(RATIOS, range(networks))["ratios"]
    return {start.name: values for start, values in zip(RATIOS, made, strict=True)}


def fashion() -> str:
    """What the published means and deviations on Fashion-MNIST allow one to say of Adam, SGD and momentum.

    >>> fashion()
    'no winner'
    """
    summaries = {}
    for name in ("adam", "sgd", "momentum"):
        each = PUBLISHED[f"fmnist.{name}"]
        summaries[name] = (each.value, each.deviation or 0.0, each.runs or 1)
    return rank_summaries(summaries).outcome

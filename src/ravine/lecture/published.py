"""Every published number that the lecture is held against, with its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ravine.core import RavineError, nearest

__all__ = ["PUBLISHED", "SOURCES", "PublishedNumber", "epochs", "published"]

SOURCES = {
    "lecture": "Uczenie maszynowe – zastosowania, lecture 11: Wielowarstwowe sieci neuronowe (2021), single runs",
    "keras": "Keras, examples/mnist_mlp.py, its own comment",
    "glorot": "measured in the manner of Glorot, Bengio: Understanding the difficulty of training deep feedforward "
    "neural networks. AISTATS 2010",
    "deepobs": "Schneider, Balles, Hennig: DeepOBS, a deep learning optimizer benchmark suite. ICLR 2019",
    "reddi": "Reddi, Kale, Kumar: On the convergence of Adam and beyond. ICLR 2018",
}
"""Where the numbers stand in print, by the short name that `PublishedNumber.source` gives."""


@dataclass(frozen=True)
class PublishedNumber:
    """A *value* in print under a dotted *key*, its *source*, and where known the *deviation* over *runs* runs.

    *setting* says how it was obtained.

    >>> PUBLISHED["fmnist.adam"].deviation, PUBLISHED["fmnist.adam"].runs
    (0.00294, 10)
    """

    key: str
    value: float
    source: str
    setting: str
    deviation: float | None = None
    runs: int | None = None


PUBLISHED: dict[str, PublishedNumber] = {}
"""The numbers by key: chapter or problem, then what was measured."""


def _enter(
    key: str, value: float, source: str, setting: str, deviation: float | None = None, runs: int | None = 1
) -> None:
    PUBLISHED[key] = PublishedNumber(key, value, source, setting, deviation, runs)


def _curve(name: str, setting: str, **columns: Sequence[float]) -> None:
    """The progress lines of a run: a value per epoch from the first on."""
    for quantity, values in columns.items():
        for epoch, value in enumerate(values, 1):
            _enter(f"{name}.{quantity}.{epoch}", value, "lecture", f"{setting}, epoch {epoch}")


_DROPOUT = "784-512-512-10 ReLU, dropout 0.2, RMSprop, batch 128, 5 epochs"
_PLAIN = "784-512-512-10 ReLU, RMSprop, batch 128, 5 epochs"
_DEEP = "784-2500-2000-1500-1000-500-10 tanh, RMSprop, batch 128, 10 epochs"
for _name, _setting, _loss, _accuracy, _count in (
    ("dropout", _DROPOUT, 0.074858742202, 0.9795, 669_706),
    ("plain", _PLAIN, 0.0753162465898, 0.9812, 669_706),
    ("deep", _DEEP, 0.107020105763, 0.9718, 11_972_510),
):
    _enter(f"{_name}.test_loss", _loss, "lecture", _setting)
    _enter(f"{_name}.test_accuracy", _accuracy, "lecture", _setting)
    _enter(f"{_name}.parameters", _count, "lecture", _setting, runs=None)
_curve(
    "dropout", _DROPOUT,
    loss=(0.2489, 0.1042, 0.0742, 0.0603, 0.0512), accuracy=(0.9224, 0.9683, 0.9782, 0.9824, 0.9848),
    test_loss=(0.1005, 0.0861, 0.0733, 0.0713, 0.0749), test_accuracy=(0.9706, 0.9740, 0.9796, 0.9800, 0.9795),
)  # fmt: skip
_curve(
    "plain", _PLAIN,
    loss=(0.2237, 0.0818, 0.0538, 0.0397, 0.0299), accuracy=(0.9303, 0.9748, 0.9831, 0.9879, 0.9910),
    test_loss=(0.0998, 0.0788, 0.1074, 0.0871, 0.0753), test_accuracy=(0.9676, 0.9770, 0.9695, 0.9763, 0.9812),
)  # fmt: skip
_curve(
    "deep", _DEEP,
    loss=(1.4242, 0.3245, 0.1993, 0.1471, 0.1189, 0.0983, 0.0818, 0.0710, 0.0611, 0.0533),
    accuracy=(0.5348, 0.9074, 0.9420, 0.9571, 0.9650, 0.9711, 0.9753, 0.9784, 0.9811, 0.9837),
    test_loss=(0.4426, 0.2231, 0.1694, 0.1986, 0.1208, 0.1260, 0.0984, 0.1406, 0.0987, 0.1070),
    test_accuracy=(0.8638, 0.9360, 0.9485, 0.9381, 0.9658, 0.9637, 0.9727, 0.9597, 0.9727, 0.9718),
)  # fmt: skip

_enter("keras.test_accuracy", 0.9840, "keras", "784-512-512-10 ReLU, dropout 0.2, RMSprop, batch 128, 20 epochs")

_HAND = "4-pixel camera, 4-4-4-8-4, weights set by hand"
_LEARNED = "4-pixel camera, 4-4-4-8-4, RMSprop, batch 32, 8 epochs"
_enter("camera.parameters", 116, "lecture", _HAND, runs=None)
_enter(
    "camera.hand.other",
    0.17831734,
    "lecture",
    f"{_HAND}: each of the three wrong classes for a horizontal image",
    runs=None,
)
_enter("camera.hand.horizontal", 0.46504799, "lecture", f"{_HAND}: the right class for a horizontal image", runs=None)
_enter("camera.hand.test_loss", 0.7656146, "lecture", _HAND, runs=None)
_enter("camera.hand.test_accuracy", 1.0, "lecture", _HAND, runs=None)
_enter("camera.learned.test_loss", 0.0731911802292, "lecture", _LEARNED)
_enter("camera.learned.test_accuracy", 1.0, "lecture", _LEARNED)
_curve(
    "camera.learned", _LEARNED,
    loss=(1.1352, 0.8918, 0.6966, 0.5284, 0.3797, 0.2555, 0.1612, 0.0939),
    accuracy=(0.5507, 0.8722, 0.8810, 0.8810, 0.9022, 1.0, 1.0, 1.0),
    test_loss=(1.0160, 0.8094, 0.6283, 0.4697, 0.3312, 0.2166, 0.1318, 0.0732),
    test_accuracy=(0.7330, 0.8580, 0.8580, 0.8580, 1.0, 1.0, 1.0, 1.0),
)  # fmt: skip

_QUADRATIC = "quadratic_deep, 100 dimensions, batch 128, 100 epochs, final test loss"
_enter("quadratic_deep.initial", 353.4468, "deepobs", "quadratic_deep, 100 dimensions, loss at the start", runs=None)
_enter("quadratic_deep.sgd", 87.282, "deepobs", f"{_QUADRATIC}: SGD, rate 0.01")
_enter("quadratic_deep.momentum", 87.045, "deepobs", f"{_QUADRATIC}: momentum 0.99, rate 0.00251")
_enter("quadratic_deep.momentum_slow", 87.293, "deepobs", f"{_QUADRATIC}: momentum 0.99, rate 0.0001")
_enter("quadratic_deep.adam", 87.112, "deepobs", f"{_QUADRATIC}: Adam, rate 0.0398")
_enter("quadratic_deep.adam_slow", 106.699, "deepobs", f"{_QUADRATIC}: Adam, rate 0.001")

_THEOREM = "g = C if t mod 3 = 1 else -1, b1 = 0, b2 = 1 / (1 + C^2), rate 0.1 / sqrt(t)"
_SYNTHETIC = "g = 1010 if t mod 101 = 1 else -10, b = (0.9, 0.99), rate 0.5 / sqrt(t), 1,000,000 steps"
_enter("amsgrad.theorem.amsgrad", -1.0, "reddi", f"{_THEOREM}: where AMSGrad ends", runs=None)
_enter("amsgrad.synthetic.adam", 1.0, "reddi", f"{_SYNTHETIC}: where Adam ends", runs=None)
_enter("amsgrad.synthetic.amsgrad", -0.997, "reddi", f"{_SYNTHETIC}: where AMSGrad ends", runs=None)

_RATIO = "back-propagated gradient from layer to layer, depth 5, width 256"
for _name, _value, _setting in (
    ("tanh_standard", 0.538, "tanh, standard initialisation"),
    ("tanh_glorot", 0.802, "tanh, Glorot's initialisation"),
    ("logistic_glorot", 0.230, "logistic, Glorot's initialisation"),
    ("relu_glorot", 0.708, "ReLU, Glorot's initialisation"),
    ("relu_he", 1.00, "ReLU, He's initialisation"),
):
    _enter(f"ratio.{_name}", _value, "glorot", f"{_RATIO}: {_setting}", runs=None)

_FASHION = "Fashion-MNIST, 2c2d, test accuracy"
_enter("fmnist.adam", 0.92342, "deepobs", f"{_FASHION}: Adam", 0.00294, 10)
_enter("fmnist.sgd", 0.92273, "deepobs", f"{_FASHION}: SGD", 0.00184, 10)
_enter("fmnist.momentum", 0.92144, "deepobs", f"{_FASHION}: momentum", 0.00212, 10)


def published(key: str) -> float:
    """The published value under *key*.

    >>> published("dropout.test_accuracy"), published("deep.parameters")
    (0.9795, 11972510)
    >>> published("drop.test_accuracy")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: no published number 'drop.test_accuracy': did you mean 'dropout.test_accuracy'? ...
    """
    if key not in PUBLISHED:
        raise RavineError(f"no published number {key!r}: {nearest(key, PUBLISHED)}")
    return PUBLISHED[key].value


def epochs(name: str, quantity: str) -> tuple[tuple[float, float], ...]:
    """Pairs (epoch, value) of a published run, for curves.

    >>> epochs("plain", "test_accuracy")[-1]
    (5.0, 0.9812)
    """
    pairs: list[tuple[float, float]] = []
    while (key := f"{name}.{quantity}.{len(pairs) + 1}") in PUBLISHED:
        pairs.append((float(len(pairs) + 1), PUBLISHED[key].value))
    if not pairs:
        raise RavineError(
            f"no published epochs {name}.{quantity}: {nearest(name, {k.split('.')[0] for k in PUBLISHED})}"
        )
    return tuple(pairs)

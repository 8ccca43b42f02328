"""Slices against NumPy: closed forms of a linear network, the evaluated loss at shift 0, lengths of directions."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import Dataset, Split, load
from ravine.landscape import measure, random_directions, slice_1d, slice_2d, weights
from ravine.nn import Network, Variables, network
from ravine.optim import SGD
from ravine.train import Plan, train

LINE = network("2-1")
DOUBLE = Plan(loss="mse", metrics=(), dtype="float64")


@pytest.fixture(scope="module")
def points() -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2)).astype(np.float32)
    return Dataset("points", Split(x, (x @ [[1.5], [-2.0]] + 0.3).astype(np.float32)))


def linear(kernel: Any, bias: Any) -> Variables:
    return Variables(({"kernel": np.array(kernel, np.float64), "bias": np.array(bias, np.float64)},), ({},))


def test_a_linear_network_by_the_closed_form(points: Dataset) -> None:
    """The loss is mean (x w + b - y)^2: computed at each place in NumPy, in float64."""
    here, d1, d2 = linear([[0.5], [0.25]], [0.1]), linear([[1.0], [2.0]], [0.0]), linear([[0.3], [-1.0]], [1.0])
    made = slice_2d(LINE, here, points, (d1.params, d2.params), ((-1, 1, 5), np.array([-0.5, 0.0, 2.0])), plan=DOUBLE)
    x, y = points.train.x.astype(np.float64), points.train.y.astype(np.float64)
    for row, b in enumerate(made.y):
        for column, a in enumerate(made.x):
            w, bias = (
                here.params[0][name] + a * d1.params[0][name] + b * d2.params[0][name] for name in ("kernel", "bias")
            )
            assert made.loss[row, column] == pytest.approx(np.square(x @ w + bias - y).mean(), rel=1e-12)
    along = slice_1d(LINE, here, points, d1.params, (-1, 1, 5), plan=DOUBLE)
    np.testing.assert_allclose(along.loss, made.loss[1], rtol=1e-12)
    assert along.here == pytest.approx(along.loss[2], rel=1e-14)
    # A parabola has no third differences.
    assert np.abs(np.diff(along.loss, 3)).max() < 1e-12


@pytest.fixture(scope="module")
def trained() -> tuple[Network, Dataset, Variables, float]:
    net, data = network("2-8:tanh-dropout:0.3-2:softmax"), load("moons", n=200)
    run = train(net, SGD(0.5), data, Plan(epochs=4, batch_size=50))
    return net, data, run.variables, float(run.history["train_eval_loss"][-1])


def test_the_slice_at_zero_is_the_evaluated_loss(trained: tuple[Network, Dataset, Variables, float]) -> None:
    net, data, here, loss = trained
    made = slice_1d(net, here, data, random_directions(here)[0], (-1.0, 1.0, 3))
    # float32 sums in another order: a few units of 6e-8.
    assert made.loss[1] == pytest.approx(loss, rel=1e-6)
    assert made.here == pytest.approx(loss, rel=1e-6)
    answers = net.predict(here, data.train.x).argmax(axis=1)
    assert made.metrics["accuracy"][1] == pytest.approx((answers == data.train.y).mean(), abs=1e-6)
    assert made.examples == len(data.train)


def test_room_changes_no_loss(
    trained: tuple[Network, Dataset, Variables, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    net, data, here, _ = trained
    directions = random_directions(here)
    many = slice_2d(net, here, data, directions, (-1.0, 1.0, 5))
    told: list[float] = []
    # A place takes 4 bytes for each of 42 weights and for three arrays of 200 examples by 8 units.
    for room, together in ((1, 1), (100_000, 100_000 // (4 * (42 + 3 * 200 * 8)))):
        monkeypatch.setattr(weights, "ROOM", room)
        assert measure(net, data).together == together
        few = slice_2d(net, here, data, directions, (-1.0, 1.0, 5), progress=told.append)
        np.testing.assert_allclose(few.loss, many.loss, rtol=2e-6)
    assert told[-1] == 1.0
    assert (np.diff(told) != 0).all()


@pytest.mark.parametrize("text", ["3-6:relu-2:softmax", "3-4:tanh-5-1", "3-4-layernorm-2"])
def test_lengths_of_directions(text: str) -> None:
    here = network(text).init(4)
    filters, layers, free = (random_directions(here, seed=2, norm=norm) for norm in ("filter", "layer", "none"))
    every = [jax.tree.leaves(tree) for tree in (here.params, filters[0], layers[0], free[0])]
    for own, unit, whole, plain in zip(*every, strict=True):
        if own.ndim < 2:
            assert not unit.any() and not whole.any()
        else:
            lengths, wanted, noise = (np.linalg.norm(a, axis=0) for a in (unit, own, plain))
            np.testing.assert_allclose(lengths, wanted, rtol=1e-5)
            np.testing.assert_allclose(unit / wanted, plain / noise, rtol=1e-5)
            assert np.linalg.norm(whole) == pytest.approx(np.linalg.norm(own), rel=1e-5)
            np.testing.assert_allclose(whole / np.linalg.norm(whole), plain / np.linalg.norm(plain), rtol=1e-5)
        assert plain.any()
        assert unit.dtype == own.dtype


def test_directions_come_from_the_seed() -> None:
    here = network("3-6:relu-2:softmax").init(0)
    (first, second), again = random_directions(here, seed=1), random_directions(here, seed=1, count=3)
    other = random_directions(here, seed=2)[0]
    jax.tree.map(np.testing.assert_array_equal, (first, second), again[:2])
    kernels = [each[0]["kernel"] for each in (first, second, other)]
    assert all(abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.7 for a in kernels for b in kernels if a is not b)


def test_scaling_a_relu_network_leaves_its_slice_alike() -> None:
    """Li et al. 2018, section 3: a unit's weights times 10, those out of it divided by 10, change no output."""
    net, data = network("2-6:relu-2:softmax"), load("moons", n=100)
    here = net.init(1)
    (first, second) = [dict(each) for each in here.params]
    first = {name: 10 * value for name, value in first.items()}
    second["kernel"] = second["kernel"] / 10
    scaled = Variables((first, second), here.state)

    def curve(at: Variables, norm: Any) -> np.ndarray:
        return np.asarray(slice_1d(net, at, data, random_directions(at, seed=3, norm=norm)[0], (-1.0, 1.0, 5)).loss)

    np.testing.assert_allclose(curve(scaled, "filter"), curve(here, "filter"), rtol=1e-4)
    assert np.abs(curve(scaled, "none") - curve(here, "none")).max() > 0.05


BAD = {
    "directions must be two, got 1": lambda n, d, w: slice_2d(n, w, d, random_directions(w, count=1)),
    "belong to another network": lambda n, d, w: slice_1d(n, w, d, ({"kernel": np.ones(2)},)),
    "unknown norm 'filters': did you mean 'filter'": lambda n, d, w: random_directions(w, norm="filters"),
    "unknown part 'tests': did you mean 'test'": lambda n, d, w: measure(n, load("digits", flatten=True), part="tests"),
    "at least two rising numbers": lambda n, d, w: slice_1d(n, w, d, w.params, [1.0, 0.0]),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_values_get_their_sentence(message: str) -> None:
    net, data = network("2-3:tanh-2:softmax"), load("xor", n=20)
    with pytest.raises(RavineError, match=message):
        BAD[message](net, data, net.init(0))

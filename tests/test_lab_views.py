"""What is seen of a race, against NumPy in float64 and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from lab_sample import small_race
from ravine.lab.picture import VIEWS, Frame, FrameContext
from ravine.lab.race import Engine
from ravine.lab.views import dead_units, decision, histograms, unit_maps
from ravine.lab.wire import decode, encode, plain
from ravine.nn import Variables


def pictured(race: Engine) -> Frame:
    return Frame(FrameContext(race.setup), race.snapshot())


@pytest.fixture(scope="module")
def race() -> Engine:
    made = small_race()
    made.advance(16)
    return made


def forward(picture: Frame, lane: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden outputs and probabilities of the small network, in float64."""
    (w0, b0), (w1, b1) = [(w.astype(np.float64), b.astype(np.float64)) for w, b in picture.weights(lane)]
    hidden = np.tanh(x.astype(np.float64) @ w0 + b0)
    logits = hidden @ w1 + b1
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return hidden, p / p.sum(axis=1, keepdims=True)


def test_the_map_is_the_network_over_the_domain(race: Engine) -> None:
    picture = pictured(race)
    made = picture.arrays("map", 0)["map"]
    assert made.shape == (2, 2, 100, 100)
    (x0, x1), (y0, y1) = picture.lens.domain
    for lane, row, column in ((0, 0, 0), (0, 99, 0), (1, 20, 70)):
        point = np.array([[x0 + (x1 - x0) * column / 99, y0 + (y1 - y0) * row / 99]])
        p = forward(picture, lane, point)[1][0]
        assert made[lane, 0, row, column] == p.argmax()
        # rounded to 1/255, of a float32
        assert abs(int(made[lane, 1, row, column]) - 255 * p.max()) < 0.51


def test_unit_maps_and_weights(race: Engine) -> None:
    picture = pictured(race)
    made = picture.arrays("network", 1)
    assert {name: a.shape for name, a in made.items()} == {
        "network.W0": (2, 3), "network.b0": (3,), "network.W1": (3, 2), "network.b1": (2,),
        "network.unit0": (3, 20, 20), "network.dead0": (3,),
    }  # fmt: skip
    hidden, _ = forward(picture, 1, picture.lens.unit_points)
    share = hidden / np.abs(hidden).max(axis=0)
    # rounding to whole numbers, and float32 over a size of at least a tenth
    assert np.abs(made["network.unit0"].reshape(3, -1).T.astype(int) - 128 - 127 * share).max() < 0.52
    assert made["network.dead0"].tolist() == [0, 0, 0]


def test_the_picture_of_a_unit_has_its_zero_in_the_middle() -> None:
    """Outputs of one sign have colours of one sign; nothing but zeros is drawn as zero, whatever else is there."""
    side = 4
    x = np.linspace(-3.0, 1.0, side * side)
    outputs = np.stack([np.maximum(x, 0), -np.exp(x), np.zeros_like(x), np.tanh(x), 1e30 * x], axis=1)
    relu, negative, dead, both, large = unit_maps([outputs], side, 8)[0].reshape(5, -1).astype(int)
    assert relu.min() == 128 and relu.max() == 255
    assert negative.max() < 128 and negative.min() == 1
    assert set(dead) == {128}
    assert [round(128 + 127 * v) for v in np.tanh(x) / np.tanh(3)] == both.tolist()
    assert (large[0], large[-1]) == (1, 128 + round(127 / 3))


def test_a_unit_is_dead_by_the_data_not_by_the_plane(race: Engine) -> None:
    """What is crossed out is what the histograms count: silent for every example, not for all but one of them."""
    picture = pictured(race)
    x = race.setup.dataset.train.x
    assert dead_units(np.stack([np.zeros(len(x)), np.eye(len(x))[3], x[:, 0]], axis=1)).tolist() == [True, False, False]
    hidden = [np.tanh(x @ np.array([[0.0, 1.0], [0.0, 1.0]], np.float32))]
    layers = (race.setup.configuration.network.layers[0].model_copy(update={"units": 2}),)
    assert histograms(hidden, layers)["dead"].tolist() == [0.5] == [dead_units(hidden[0]).mean()]
    assert picture.arrays("network", 0)["network.dead0"].tolist() == dead_units(forward(picture, 0, x)[0]).tolist()


def test_confusion_counts_the_test_part(race: Engine) -> None:
    picture = pictured(race)
    judged = race.setup.dataset.test
    answers = forward(picture, 0, judged.x)[1].argmax(axis=1)
    expected = np.zeros((2, 2), int)
    np.add.at(expected, (judged.y, answers), 1)
    assert picture.arrays("confusion", 0)["confusion"].tolist() == expected.tolist()


def test_gradients_are_differences_of_the_loss(race: Engine) -> None:
    """Central differences in float64 of the mean cross-entropy over all 30 training examples."""
    picture = pictured(race)
    data, lane = race.setup.dataset.train, 1
    weights = [a.astype(np.float64) for pair in picture.weights(lane) for a in pair]

    def loss(values: list[np.ndarray]) -> float:
        w0, b0, w1, b1 = values
        logits = np.tanh(data.x.astype(np.float64) @ w0 + b0) @ w1 + b1
        top = logits.max(axis=1)
        spread = np.log(np.exp(logits - top[:, None]).sum(axis=1))
        return float(np.mean(spread + top - logits[range(len(data)), data.y]))

    squares, step = np.zeros(2), 1e-5
    for place, array in enumerate(weights):
        for index in np.ndindex(array.shape):
            ends = []
            for sign in (1, -1):
                moved = [a.copy() for a in weights]
                moved[place][index] += sign * step
                ends.append(loss(moved))
            squares[place // 2] += ((ends[0] - ends[1]) / (2 * step)) ** 2
    # float32 gradients of losses of size 1
    made = picture.arrays("gradients", 0)["gradients"][lane]
    np.testing.assert_allclose(made, np.sqrt(squares), rtol=2e-4, atol=1e-6)


def test_ratios_of_plain_descent_are_rate_times_gradient_over_weights(race: Engine) -> None:
    picture = pictured(race)
    gradients, ratios = (picture.arrays(view, 0)[view][0] for view in ("gradients", "ratios"))
    norms = [np.linalg.norm([*w.ravel().astype(float), *b.astype(float)]) for w, b in picture.weights(0)]
    np.testing.assert_allclose(ratios, 0.1 * gradients / norms, rtol=1e-5)


def test_histograms_show_dead_and_saturated_units() -> None:
    layers = [{"units": 3, "activation": "relu"}, {"units": 2, "activation": "tanh"}]
    race = small_race(network={"layers": layers})
    # The first unit never fires; the second layer is driven into its bounds.
    race.set_weight(0, 0, "kernel", (0, 0), 0.0)
    race.set_weight(0, 0, "kernel", (1, 0), 0.0)
    race.set_weight(0, 0, "bias", (0,), -1.0)
    race.set_weight(0, 1, "bias", (0,), 50.0)
    race.set_weight(0, 1, "bias", (1,), -50.0)
    made = pictured(race).arrays("histograms", 0)
    assert made["histogram"].shape == (2, 20)
    np.testing.assert_allclose(made["histogram"].sum(axis=1), 1, rtol=1e-6)
    assert made["dead"][0] >= np.float32(1 / 3)
    assert made["saturated"].tolist() == [0.0, 1.0]
    assert made["histogram.range"][1].tolist() == [-1, 1]
    assert made["histogram"][1, [0, -1]].tolist() == [0.5, 0.5]


def test_weights_that_are_no_numbers_are_shown_as_such(race: Engine) -> None:
    picture = pictured(race)
    state = picture.snapshot.states[0]
    params = tuple({name: np.full_like(a, np.nan) for name, a in layer.items()} for layer in state.params)
    broken = state._replace(params=params)
    lost = Frame(picture.lens, type(picture.snapshot)(
        16, (broken, None), picture.snapshot.measured, (3, None), (0.1, 0.1)))  # fmt: skip
    assert (lost.arrays("map", 0)["map"][0, 0] == 255).all()
    assert lost.arrays("confusion", 0)["confusion"].sum() == 0
    assert np.isnan(lost.arrays("gradients", 0)["gradients"]).all()
    for view in VIEWS:
        for lane in (0, 1):
            header, _ = decode(encode({"views": view}, lost.arrays(view, lane)))
            assert header["views"] == view


def test_regression_has_values_lines_and_residuals() -> None:
    race = small_race(data={"name": "sine", "n": 40, "test": 0.25}, lanes=[{"rule": "sgd", "rate": 0.1}])
    picture = pictured(race)
    assert picture.arrays("map", 0)["line"].shape == (1, 200)
    judged = race.setup.dataset.test
    state = race.snapshot().states[0]
    out = race.setup.network.predict(Variables(state.params, state.state), judged.x)
    expected = np.stack([judged.y[:, 0], out[:, 0] - judged.y[:, 0]], axis=1)
    np.testing.assert_allclose(picture.arrays("residuals", 0)["residuals"], expected, rtol=1e-5, atol=1e-6)
    assert picture.arrays("confusion", 0) == {}
    assert decision([[0.0], [1.0]], (0.0, 1.0))[0].tolist() == [0, 255]


@pytest.mark.slow
def test_wide_layers_are_summarised() -> None:
    race = small_race(data={"name": "digits", "n": 60, "test": 0.25}, network={"layers": [{"units": 80}, {"units": 4}]},
                      lanes=[{"rule": "sgd", "rate": 0.1}])  # fmt: skip
    made = pictured(race).arrays("network", 0)
    kernel = race.snapshot().states[0].params[0]["kernel"]
    assert "network.W0" not in made
    assert made["network.S0"].shape == (80, 3)
    np.testing.assert_allclose(made["network.S0"][:, 2], np.linalg.norm(kernel.astype(np.float64), axis=0), rtol=1e-5)
    assert made["network.W1"].shape == (80, 4)


def test_a_view_is_computed_once(race: Engine) -> None:
    picture = pictured(race)
    assert picture.arrays("map", 0)["map"] is picture.arrays("map", 1)["map"]
    assert picture.arrays("confusion", 0) is not picture.arrays("confusion", 1)


def test_constant_activations_have_a_histogram() -> None:
    from ravine.lab._configuration import LayerChoice

    made = histograms([np.full((5, 2), np.inf), np.zeros((5, 2))], (LayerChoice(activation="relu"),) * 2)
    assert np.isfinite(made["histogram"]).all()
    assert made["dead"].tolist() == [1.0, 1.0]


def test_frames_carry_every_type_aligned() -> None:
    arrays = {
        "a": np.arange(3, dtype=np.uint8),
        "b": np.arange(4, dtype=np.int64).reshape(2, 2),
        "c": np.array([np.inf, -np.inf, np.nan]),
        "d": np.zeros((0, 3), np.float32),
        "e": np.float32(2.5),
    }
    frame = encode({"v": 1, "x": float("nan"), "ü": "ź"}, {n: np.asarray(a) for n, a in arrays.items()})
    header, found = decode(frame)
    assert (header["x"], header["ü"]) == (None, "ź")
    assert int.from_bytes(frame[:4], "little") % 4 == 0
    assert all(offset % 4 == 0 for *_, offset in header["a"])
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
    assert len(frame) % 4 == 0
    assert plain([np.float32(1), {"k": np.nan}]) == [1.0, {"k": None}]

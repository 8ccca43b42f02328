"""Numbers keep their digits until they are scaled, and sums of squares know deviations from far-away means."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.metrics import r2_score
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from ravine.core import RavineError
from ravine.data import MinMax, Split, Standardizer, Stream, encode_labels, from_arrays, from_frame, read_table, scale
from ravine.functions import R2, origin_of
from ravine.keras.layers import Dense as KerasDense
from ravine.keras.layers import Input
from ravine.keras.metrics import MeanSquaredError, Poisson, R2Score
from ravine.keras.models import Sequential
from ravine.nn import Dense, Network
from ravine.optim import SGD
from ravine.train import Model, Plan, population, train

JULIAN = 2460310.5 + np.arange(200) / 144
"""200 dates ten minutes apart, of which float32 knows 7."""

Y = [0.5, 1.5] * 100


def csv(tmp_path):
    path = tmp_path / "dates.csv"
    path.write_text("jd,y\n" + "".join(f"{jd!r},{y}\n" for jd, y in zip(JULIAN.tolist(), Y, strict=True)))
    return path


ENTRANCES = {
    "arrays": lambda folder: from_arrays(JULIAN, Y),
    "split": lambda folder: from_arrays(np.zeros(1), [0.5], test=Split(JULIAN, Y)),
    "pandas": lambda folder: from_frame(pd.DataFrame({"jd": JULIAN, "y": Y}), "y"),
    "polars": lambda folder: from_frame(pl.DataFrame({"jd": JULIAN, "y": Y}), "y"),
    "file": lambda folder: from_frame(read_table(csv(folder)), "y"),
    "target": lambda folder: from_arrays(Y, JULIAN),
}


@pytest.mark.parametrize("kind", ENTRANCES)
def test_nothing_is_rounded_on_entry(kind, tmp_path):
    made = ENTRANCES[kind](tmp_path)
    part = made.test if kind == "split" else made.train
    assert np.array_equal((part.y if kind == "target" else part.x).ravel(), JULIAN)
    if kind not in ("split", "target"):
        scaled, scaler = scale(made)
        assert len(np.unique(scaled.train.x)) == 200
        # the standardised dates are exact to float64 of 2.4e6 over their deviation .4
        assert np.allclose(scaled.train.x, StandardScaler().fit_transform(JULIAN[:, None]), atol=1e-8)
        assert np.allclose(scaler.invert(scaled.train.x).ravel(), JULIAN, rtol=0, atol=1e-9)


def test_streams_and_models_keep_digits_too():
    pieces = [(JULIAN[k : k + 50], Y[k : k + 50]) for k in range(0, 200, 50)]
    *_, last = Stream(lambda: [([0.5], [0.5]), *pieces], window=201)
    assert np.array_equal(last.x[1:, 0], JULIAN), "though the first arrival was exact in float32"
    network = Network((Dense(1),), (1,))
    model = Model(network, network.init(0), scaler=Standardizer.fit(JULIAN))
    assert len(np.unique(model.inputs(JULIAN[:, None]))) == 200


def test_a_float64_program_sees_float64():
    network, data = Network((Dense(1),), (1,)), from_arrays(JULIAN - 2460310, Y)
    run = train(network, SGD(0.0), data, Plan(epochs=1, dtype="float64", metrics=("mse",)))
    (kernel,), (bias,) = run.variables.params[0]["kernel"], run.variables.params[0]["bias"]
    wanted = np.mean((data.train.x[:, 0] * kernel + bias - Y) ** 2)
    # float64 to 200 roundings; inputs rounded to float32 would be off by 1e-8
    assert np.isclose(run.history["mse"][-1], wanted, rtol=1e-13, atol=0)


def test_who_trains_on_unscaled_dates_is_told():
    network = Network((Dense(1),), (1,))
    with pytest.warns(UserWarning, match=r"x varies by 0.401 about 2.46e\+06, where float32 has steps of 0.25: scale"):
        train(network, SGD(1e-16), from_arrays(JULIAN, Y), Plan(epochs=1))
    model = Sequential([Input((1,)), KerasDense(1)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="fit: x varies by 0.401"):
        model.fit(JULIAN, np.array(Y), epochs=0, verbose=0)


BIG = 2**63


@pytest.mark.parametrize(
    "make",
    [
        lambda values: pd.DataFrame({"id": np.array(values, np.uint64), "y": [0.5] * len(values)}),
        lambda values: pl.DataFrame({"id": np.array(values, np.uint64), "y": [0.5] * len(values)}),
        lambda values: {"id": values, "y": [0.5] * len(values)},
    ],
    ids=["pandas", "polars", "mapping"],
)
def test_large_unsigned_numbers(make):
    made = from_frame(make([BIG, BIG + 2**40, BIG + 2**41]), "y")
    assert made.train.x.ravel().tolist() == [2.0**63, 2.0**63 + 2**40, 2.0**63 + 2**41]
    with pytest.raises(RavineError, match="column 'id': whole numbers to 9223372036854775810, beyond 2\\^53"):
        from_frame(make([BIG, BIG + 1, BIG + 2]), "y")


def test_missing_among_large_numbers_of_pandas():
    frame = pd.DataFrame({"id": pd.array([2**60, None, 2**60 + 1], "Int64"), "y": [0.5] * 3})
    with pytest.raises(RavineError, match="column 'id'"):
        from_frame(frame, "y")


def test_whole_numbers_that_float64_would_make_equal():
    near = np.array([[2**53, 0], [2**53 + 1, 1]])
    with pytest.raises(RavineError, match="x holds 9007199254740992 and 9007199254740993, which no float64 tells"):
        Split(near, [0, 1])
    with pytest.raises(RavineError, match="y holds 9007199254740992 and 9007199254740993"):
        from_arrays(near[:, 1:], near[:, 0], task="regression")
    apart = Split(near + np.array([[0], [1]]), [0, 1])
    assert apart.x.tolist() == [[2.0**53, 0], [2.0**53 + 2, 2]], "these it does tell apart"
    # as labels they are names, and stay what they are
    assert encode_labels(near[:, 0])[1] == ("9007199254740992", "9007199254740993")
    assert from_frame({"x": [0, 1], "y": near[:, 0]}, "y").classes == ("9007199254740992", "9007199254740993")
    with pytest.raises(RavineError, match=r"label 1e\+30 at row 0 is a float beyond 2\^53"):
        encode_labels([1e30, 2e30])


@pytest.mark.parametrize("factor", [1e30, 1e-24, 1e-36])
@pytest.mark.parametrize(("ours", "theirs"), [(Standardizer, StandardScaler), (MinMax, MinMaxScaler)])
def test_scaling_in_any_unit(factor, ours, theirs):
    plain = np.random.default_rng(3).normal([5, -300, 1e4], [1, 40, 1e-3], (500, 3))
    # scikit-learn is exact near 1; scaling by a factor must change nothing but the last digits of the factor
    wanted = theirs().fit_transform(plain)
    assert np.allclose(ours.fit(plain * factor).apply(plain * factor), wanted, rtol=1e-7, atol=1e-6)


@pytest.mark.parametrize("kind", [Standardizer, MinMax])
@pytest.mark.parametrize("value", [1e30, 0.1, -3e-24, 1e-310])
def test_a_constant_is_zero_in_any_unit(kind, value):
    # the mean of a thousand times 1e30 is off by 1e14, and that was the scaled value
    fitted = kind.fit(np.full((1001, 1), value))
    assert not fitted.apply(np.full((1001, 1), value)).any()


def test_small_deviations_and_subnormals():
    x = np.array([[1 + 1e-12], [1 - 1e-12], [1 + 3e-12], [1 - 3e-12]])
    z = Standardizer.fit(x).apply(x)
    # 1e-12 is known to 2e-4 beside 1
    assert np.allclose(z.ravel(), np.array([1, -1, 3, -3]) / np.sqrt(5), rtol=1e-3)
    tiny = np.array([[5e-324], [1e-323], [2e-323]])
    assert np.isfinite(Standardizer.fit(tiny).apply(tiny)).all()
    with pytest.raises(RavineError, match=r"Standardizer: 1.*e\+20 at row 0 is too far from the examples fitted on"):
        Standardizer.fit(np.array([[1e-24], [2e-24]], np.float32)).apply(np.array([[1e20]], np.float32))


FAR = [(-311030, 7), (2458000, 3), (1e6, 2.0), (0.0, 1.0), (1e-9, 1e-12)]


def problem(centre, spread):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = centre + spread * (x @ [0.6, 0.5, 0.3] + 0.5 * rng.normal(size=200))
    network = Network((Dense(1),), (3,))
    variables = network.init(0)
    variables.params[0]["kernel"][:, 0] = np.array([0.6, 0.5, 0.3]) * spread
    variables.params[0]["bias"][:] = centre
    return x, y, network, variables


@pytest.mark.parametrize(("centre", "spread"), FAR)
def test_r2_far_from_zero(centre, spread):
    x, y, network, variables = problem(centre, spread)
    data = from_arrays(x, y, test=50)
    plan = Plan(epochs=1, metrics=("r2", "mse", "mae", "rmse"), test=True, batch_size=32)
    run = train(network, SGD(0.0), data, plan, variables=variables)
    for part, prefix in ((data.train, ""), (data.test, "test_")):
        out = network.predict(run.variables, part.x).astype(np.float64)
        error = part.y - out
        wanted = {"r2": r2_score(part.y, out), "mse": (error**2).mean(), "mae": abs(error).mean()}
        for name, value in wanted.items():
            # float32 sums of 150 numbers near 1
            assert np.isclose(run.history[f"{prefix}{name}"][-1], value, rtol=2e-5), name
    assert np.isclose(run.history["test_loss"][-1], wanted["mse"], rtol=2e-5)


@pytest.mark.parametrize(("centre", "spread"), FAR)
def test_r2_far_from_zero_in_the_facade(centre, spread):
    x, y, _, variables = problem(centre, spread)
    model = Sequential([Input((3,)), KerasDense(1)])
    model.compile("sgd", "mse", metrics=["r2_score"])
    model.optimizer.learning_rate = 0.0
    model.set_weights([variables.params[0]["kernel"], variables.params[0]["bias"]])
    wanted = r2_score(y, model.predict(x, verbose=0).astype(np.float64))
    assert np.isclose(model.evaluate(x, y, verbose=0, return_dict=True)["r2_score"], wanted, rtol=2e-5)
    batches = [(x[k : k + 20], y[k : k + 20]) for k in range(0, 200, 20)]
    history = model.fit((batch for batch in batches), verbose=0, validation_data=(x, y)).history
    assert np.isclose(history["r2_score"][-1], wanted, rtol=2e-5)
    assert np.isclose(history["val_r2_score"][-1], wanted, rtol=2e-5)


def test_a_population_counts_from_the_same_origin():
    x, y, network, _ = problem(2458000, 3)
    data = from_arrays(x, y)
    plan = Plan(epochs=1, metrics=("r2",))
    (member,) = population(network, SGD(1e-3), data, plan, seeds=[1], together=True)
    alone = train(network, SGD(1e-3), data, plan, seed=1)
    # the same program but for its vector axis
    assert np.isclose(member.history["r2"][-1], alone.history["r2"][-1], rtol=1e-5)


def test_losses_that_do_not_translate_get_whole_targets():
    y = 5000 + np.random.default_rng(1).normal(size=40)
    network = Network((Dense(1),), (1,))
    variables = network.init(0)
    variables.params[0]["kernel"][:], variables.params[0]["bias"][:] = 0, 4990
    plan = Plan(epochs=1, loss="poisson", metrics=("r2", "mae"))
    run = train(network, SGD(0.0), from_arrays(np.ones(40), y), plan, variables=variables)
    assert np.isclose(run.history["loss"][-1], np.mean(4990 - y * np.log(4990)), rtol=1e-6)
    # 10 from 5000 in float32 is known to 5e-5
    assert np.isclose(run.history["mae"][-1], np.mean(y - 4990), rtol=1e-4)


def test_metrics_outside_a_model():
    rng = np.random.default_rng(0)
    y = 2458000 + 3 * rng.normal(size=(100, 1))
    out = y + 1.5 * rng.normal(size=(100, 1))
    for size in (1, 25, 100):
        score, error = R2Score(), MeanSquaredError()
        for k in range(0, 100, size):
            score.update_state(y[k : k + size], out[k : k + size])
            error.update_state(y[k : k + size], out[k : k + size])
        assert np.isclose(score.result(), r2_score(y, out), rtol=1e-5)
        assert np.isclose(error.result(), np.mean((y - out) ** 2), rtol=1e-5)
    assert np.isclose(Poisson()(y, y), np.mean(y - y * np.log(y)), rtol=1e-6), "it does not translate"


def test_constant_targets_score_as_in_scikit_learn():
    for value in (0.1, 2458000.3, 7.0):
        data = from_arrays(np.zeros(30), np.full(30, value))
        run = train(Network((Dense(1),), (1,)), SGD(0.0), data, Plan(epochs=1, metrics=("r2",)))
        assert run.history["r2"][-1] == 0.0
    weights, y = np.ones(1000, np.float32), np.full((1000, 1), 0.1, np.float32)
    assert float(R2().value(R2().stats(y, y + np.float32(1), weights))) == 0.0


def test_origins():
    y = np.array([[2458000.1, 1.0], [2458000.5, -2.0]])
    assert origin_of(y, 2).tolist() == [2458000.25, 0.0], "each output has its own"
    assert float(origin_of(y[:, :1], 1, np.float64(2458003))) == 2458000.25
    assert float(origin_of(y[:, :1], 1, np.float64(2458000.5))) == 2458000.5, "one that serves stays"
    assert origin_of(y[:1, :1], 1) is None, "one example has no spread"
    assert origin_of(np.array([0, 1]), 1) is None, "labels are no numbers"
    huge = np.array([[1e300], [1.1e300]])
    assert np.isclose(float(origin_of(huge / 1e262, 1)), 1.05e38), "squares of these do not overflow"

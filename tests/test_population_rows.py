"""A population's histories are its members' own, row for row; and where a chunk ends changes no bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from ravine import keras
from ravine.data import Dataset, Split, load
from ravine.nn import BatchNormalization, Dense, Dropout, Network
from ravine.optim import SGD, Accumulate, Adam, Exponential, ReduceOnPlateau, RMSprop, Rule
from ravine.train import Plan, Run, Target, population, train
from ravine.train.engine.chunking import ChunkSizer

NET = Network((Dense(6, "relu"), Dropout(0.1), Dense(1)), (1,))
PLAN = Plan(epochs=5, batch_size=10, metrics=("mae", "r2"))


def data() -> Dataset:
    """54 + 12 + 12 examples: batches of 10 leave a smaller one."""
    whole = load("sine", n=78, seed=0).train
    parts = [whole.take(slice(a, b)) for a, b in ((0, 54), (54, 66), (66, 78))]
    return Dataset("waves", *parts)


def plateau(rate: float, factor: float = 0.1) -> ReduceOnPlateau:
    return ReduceOnPlateau(rate, factor=factor, patience=1, min_delta=0.02)


# The rules of two members, and the plan.
CASES: dict[str, tuple[list[Rule], Plan]] = {
    "plateau": ([SGD(plateau(0.5)), SGD(plateau(0.1))], replace(PLAN, epochs=8)),
    "plateau, evaluated by twos": ([SGD(plateau(0.5)), SGD(plateau(0.1))], replace(PLAN, epochs=7, evaluate_every=2)),
    "plateau under Adam, one lost": ([Adam(plateau(0.05)), Adam(plateau(1e20))], PLAN),
    "schedule": ([RMSprop(Exponential(0.1, 8)), RMSprop(Exponential(0.01, 8))], replace(PLAN, evaluate_every=3)),
    "lost inside an epoch": ([SGD(0.05), SGD(300.0)], replace(PLAN, evaluate_every=2)),
    "lost inside an epoch, nothing evaluated": ([SGD(0.05), SGD(300.0)], replace(PLAN, train_eval_examples=0)),
    "lost at the last step of an epoch": ([SGD(0.05), SGD(1e30)], replace(PLAN, batch_size=27, test="end")),
    "all lost, test at the end": ([SGD(300.0), SGD(1e6)], replace(PLAN, test="end")),
    "test at the end": ([Adam(0.01), Adam(0.1)], replace(PLAN, test="end", evaluate_every=2)),
    "accumulation and momentum": ([Accumulate(SGD(r, 0.9), 3) for r in (0.1, 0.01)], replace(PLAN, shuffle=False)),
    "probes": ([Adam(0.01), Adam(1e20)], replace(PLAN, probes=("gradient_norm", "dead"), stride=4)),
    "target": ([Adam(0.01), Adam(0.1)], replace(PLAN, target=Target("validation_mae", 0.5))),
    "time": ([Adam(0.01), Adam(0.1)], replace(PLAN, seconds=600.0)),
    "steps per epoch, float64": ([SGD(0.1), SGD(0.01)], replace(PLAN, steps_per_epoch=3, dtype="float64")),
}
SLOW = {"target", "time", "schedule", "test at the end", "plateau, evaluated by twos", "probes"}


def equal_histories(ours: Run, alone: Run) -> None:
    """Row for row. Vectorised products add in another order: float32 rounding, grown over some 50 steps."""
    assert (ours.diverged_at, ours.stopped) == (alone.diverged_at, alone.stopped)
    assert [list(row) for row in ours.history.rows] == [list(row) for row in alone.history.rows]
    for a, b in zip(ours.history.rows, alone.history.rows, strict=True):
        for name in a.keys() - {"seconds"}:
            np.testing.assert_allclose(a[name], b[name], rtol=2e-3, atol=1e-5, err_msg=f"{name} of {a} and {b}")
    for name, values in alone.history.steps.items():
        close = {"rtol": 2e-3, "atol": 1e-5} if name == "loss" else {"rtol": 0.0}
        np.testing.assert_allclose(ours.history.steps[name], values, **close)
    assert ours.history.probes.keys() == alone.history.probes.keys()
    for name, series in alone.history.probes.items():
        np.testing.assert_array_equal(ours.history.probes[name].steps, series.steps)
        np.testing.assert_allclose(ours.history.probes[name].values, series.values, rtol=2e-3, atol=1e-5)
    finite = [np.isfinite(leaf).all() for leaf in jax.tree.leaves(alone.variables)]
    if all(finite):
        for x, y in zip(jax.tree.leaves(ours.variables), jax.tree.leaves(alone.variables), strict=True):
            np.testing.assert_allclose(x, y, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in CASES])
def test_a_member_leaves_the_rows_it_leaves_alone(name: str) -> None:
    rules, plan = CASES[name]
    runs = population(NET, rules, data(), plan, seeds=(3, 4))
    for run in runs:
        equal_histories(run, train(NET, run.rule, data(), plan, seed=run.seed))
    if "lost" in name:
        assert any(run.diverged_at is not None for run in runs)


def test_rates_adapt_in_a_population() -> None:
    """By hand: a loss that improves by less than min_delta = 10 cuts the rate to a tenth each second epoch."""
    stuck = ReduceOnPlateau(0.5, patience=1, min_delta=10.0)
    run, other = population(NET, [SGD(stuck), SGD(ReduceOnPlateau(0.5, patience=1, min_delta=0.0))], data(), PLAN)
    rates = run.history.steps["rate"].reshape(5, -1)
    np.testing.assert_allclose(rates[:, 0], [0.5, 0.05, 0.005, 5e-4, 5e-5], rtol=1e-6)  # told in float32
    assert (rates == rates[:, :1]).all() and (other.history.steps["rate"] >= rates.ravel()).all()
    assert run.history["loss"][-1] != other.history["loss"][-1]


def test_a_member_with_an_infinite_loss_stays_where_it_was_lost() -> None:
    """Its weights were finite: the program of all members went on with it, and alone it stops."""
    x = np.linspace(-1, 1, 8)[:, None]
    far = Dataset("far", Split(x, np.where(np.arange(8) == 5, 1e30, 1.0)[:, None]))
    plan = Plan(epochs=3, batch_size=1, shuffle=False, train_eval_examples=8, metrics=("mae",))
    linear = Network((Dense(1),), (1,))
    for run in population(linear, [SGD(1e-20), SGD(1e-22)], far, plan):
        alone = train(linear, run.rule, far, plan)
        assert run.diverged_at == alone.diverged_at == 5
        for a, b in zip(jax.tree.leaves(run.variables), jax.tree.leaves(alone.variables), strict=True):
            assert np.isfinite(b).all()
            np.testing.assert_allclose(a, b, rtol=1e-6)


# Where a chunk ends


@contextmanager
def chunks_of(monkeypatch: pytest.MonkeyPatch, length: int | None) -> Iterator[None]:
    with monkeypatch.context() as here:
        here.setattr(ChunkSizer, "count", lambda self, left: left if length is None else min(length, left))
        yield


def core_alone() -> tuple[Any, Any]:
    network = Network((Dense(6, "tanh"), BatchNormalization(), Dense(1)), (1,))
    plan = replace(PLAN, epochs=4, evaluate_every=2, probes=("gradient_norm",), stride=3)
    run = train(network, Adam(0.02), data(), plan)
    return run.history, run.variables


def core_together() -> tuple[Any, Any]:
    plan = replace(PLAN, epochs=4, evaluate_every=2, probes=("gradient_norm",), stride=3)
    runs = population(NET, [Adam(0.02), Adam(0.1)], data(), plan, seeds=(0, 1))
    return runs[1].history, [run.variables for run in runs]


def facade() -> tuple[Any, Any]:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(6, activation="tanh", input_shape=(1,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae", "r2_score"])
    part = data().train
    return model.fit(part.x, part.y, batch_size=2, epochs=3, verbose=0).history, model.get_weights()


@pytest.mark.parametrize("way", [core_alone, core_together, facade])
def test_where_a_chunk_ends_changes_no_bit(way: Callable[[], tuple[Any, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 1 and of 7 steps, and the whole block: weights, losses, metrics and probes."""
    found = []
    for length in (None, 1, 7):
        with chunks_of(monkeypatch, length):
            history, weights = way()
        rows = (
            history
            if isinstance(history, dict)
            else [{name: value for name, value in row.items() if name != "seconds"} for row in history.rows]
        )
        steps = {} if isinstance(history, dict) else history.steps | {n: s.values for n, s in history.probes.items()}
        found.append((rows, steps, weights))
    for rows, steps, weights in found[1:]:
        assert repr(rows) == repr(found[0][0])
        assert all(np.array_equal(steps[name], value) for name, value in found[0][1].items())
        assert jax.tree.all(jax.tree.map(np.array_equal, weights, found[0][2]))


def test_a_long_sum_keeps_its_digits() -> None:
    """20,000 steps at rate 0 in float32: the plain sum of their errors is off by 1e-4 of it; here by a float32's own
    rounding of the mean, 6e-8, and that of the steps' own sums."""
    x = np.linspace(0.1, 1, 5)[:, None].repeat(4000, axis=0)
    part = Split(x, x * 0.7)
    network = Network((Dense(1),), (1,))
    run = train(
        network, SGD(0.0), Dataset("long", part), Plan(epochs=1, batch_size=1, metrics=("mae",), train_eval_examples=0)
    )
    error = np.abs(run.predict(part.x).astype(np.float64) - part.y)
    np.testing.assert_allclose(run.history["mae"][1], error.mean(), rtol=2e-7)


def test_epochs_before_a_loss_inside_a_block_have_their_rows() -> None:
    """Where nothing is evaluated many epochs run as one block, and a loss in it took the rows of those before along."""
    plan = Plan(epochs=6, batch_size=27, train_eval_examples=0)
    blowing = SGD(Exponential(1e-3, steps=1, factor=1e9))
    whole = Dataset("waves", data().train)
    run = train(NET, blowing, whole, plan)
    assert run.diverged_at is not None and run.diverged_at >= 2
    assert run.history["epoch"].tolist() == list(range((run.diverged_at + 1) // 2 + 1))

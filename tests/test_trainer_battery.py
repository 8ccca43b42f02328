"""Every rule under everything that a trainer keeps books of.

A population's histories are its members' own, row for row; where a chunk ends changes no bit, whoever takes the steps;
and a row with data of its own is as if it were alone with them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from ravine import keras
from ravine.core import RavineError
from ravine.data import Dataset, Split, epoch_order, load
from ravine.nn import Dense, Dropout, Network
from ravine.optim import RULES, SGD, Accumulate, Adam, Exponential, ReduceOnPlateau, Rule
from ravine.train import Checkpoint, OnEpoch, Plan, Row, Run, Target, population, train
from ravine.train.engine import ChunkSizer
from slow_marks import often

NET = Network((Dense(6, "tanh"), Dropout(0.1), Dense(1)), (1,))
PLAN = Plan(epochs=5, batch_size=10, metrics=("mae", "r2"))


def data() -> Dataset:
    """54 + 12 + 12 examples: batches of 10 leave a smaller one."""
    whole = load("sine", n=78, seed=0).train
    return Dataset("waves", *(whole.take(slice(a, b)) for a, b in ((0, 54), (54, 66), (66, 78))))


def rated(rule: Rule, rate: Any) -> Rule:
    return rule.replace(learning_rate=rate)


def plateau(rate: float) -> ReduceOnPlateau:
    return ReduceOnPlateau(rate, factor=0.3, patience=1, min_delta=0.05)


# What two members of a rule are given, and the plan.
BOOKS: dict[str, tuple[Callable[[Rule], list[Rule]], Plan]] = {
    "plateau": (lambda r: [rated(r, plateau(0.03)), rated(r, plateau(0.003))], replace(PLAN, epochs=7)),
    "schedule": (lambda r: [rated(r, Exponential(x, 8)) for x in (0.03, 0.003)], replace(PLAN, evaluate_every=2)),
    # One rate explodes after some steps, in the middle of an epoch.
    "lost inside an epoch": (
        lambda r: [rated(r, Exponential(0.003, steps=1, factor=x)) for x in (0.999, 1e4)],
        replace(PLAN, metrics=("mae",)),
    ),
    "smaller last batch": (lambda r: [rated(r, 0.01), rated(r, 0.001)], replace(PLAN, batch_size=25, shuffle=False)),
    "accumulation": (lambda r: [Accumulate(rated(r, x), 3) for x in (0.01, 0.001)], PLAN),
    "evaluated by threes": (lambda r: [rated(r, 0.01), rated(r, 0.001)], replace(PLAN, evaluate_every=3)),
    "test at the end": (lambda r: [rated(r, 0.01), rated(r, 0.001)], replace(PLAN, test="end", train_eval_examples=0)),
    "probes": (lambda r: [rated(r, 0.01), rated(r, 0.001)], replace(PLAN, probes=("gradient_norm",), stride=4)),
    "target": (lambda r: [rated(r, 0.01), rated(r, 0.001)], replace(PLAN, target=Target("train_eval_mae", 0.6))),
    "time": (lambda r: [rated(r, 0.01), rated(r, 0.001)], replace(PLAN, seconds=600.0)),
}
QUICK = {("adam", "plateau"), ("sgd", "lost inside an epoch")}
CASES = [(rule, book) for rule in RULES for book in BOOKS]


def equal_histories(ours: Run, alone: Run, rtol: float = 5e-3) -> None:
    """Row for row. Vectorised products add in another order: float32 rounding, grown over some 40 steps."""
    assert (ours.diverged_at, ours.stopped, ours.best_epoch) == (alone.diverged_at, alone.stopped, alone.best_epoch)
    assert [list(row) for row in ours.history.rows] == [list(row) for row in alone.history.rows]
    for a, b in zip(ours.history.rows, alone.history.rows, strict=True):
        for name in a.keys() - {"seconds"}:
            np.testing.assert_allclose(a[name], b[name], rtol=rtol, atol=2e-4, err_msg=f"{name} of {a} and {b}")
    for name, values in alone.history.steps.items():
        close = {"rtol": rtol, "atol": 2e-4} if name == "loss" else {"rtol": 0.0}
        np.testing.assert_allclose(ours.history.steps[name], values, **close)
    assert ours.history.probes.keys() == alone.history.probes.keys()
    for name, series in alone.history.probes.items():
        np.testing.assert_array_equal(ours.history.probes[name].steps, series.steps)
        np.testing.assert_allclose(ours.history.probes[name].values, series.values, rtol=rtol, atol=2e-4)
    if alone.diverged_at is None:
        for x, y in zip(jax.tree.leaves(ours.variables), jax.tree.leaves(alone.variables), strict=True):
            np.testing.assert_allclose(x, y, rtol=rtol, atol=1e-3)


@pytest.mark.filterwarnings("ignore:.*meant for full batches")
@pytest.mark.parametrize(("name", "book"), often(CASES, lambda case: case in QUICK))
def test_a_member_leaves_the_rows_it_leaves_alone(name: str, book: str) -> None:
    members, plan = BOOKS[book]
    rules = members(RULES[name]())
    for run in population(NET, rules, data(), plan, seeds=(3, 4)):
        equal_histories(run, train(NET, run.rule, data(), plan, seed=run.seed))


# Where a chunk ends


@contextmanager
def chunks_of(monkeypatch: pytest.MonkeyPatch, length: int | None) -> Iterator[None]:
    with monkeypatch.context() as here:
        here.setattr(ChunkSizer, "count", lambda self, left: left if length is None else min(length, left))
        yield


def told(run: Run) -> Any:
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in run.history.rows]
    return repr(rows), run.history.steps, tuple(run.variables), {n: s.values for n, s in run.history.probes.items()}


def one(name: str, book: str) -> Any:
    members, plan = BOOKS[book]
    return [told(train(NET, rule, data(), plan, seed=5)) for rule in members(RULES[name]())]


def many(name: str, book: str) -> Any:
    members, plan = BOOKS[book]
    return [told(run) for run in population(NET, members(RULES[name]()), data(), plan, seeds=(5, 6))]


def facade(name: str, book: str) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(6, activation="tanh", input_shape=(1,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae", "r2_score"])
    part = data().train
    return repr(model.fit(part.x, part.y, batch_size=4, epochs=3, verbose=0).history), model.get_weights()


QUICK_CHUNKS = {(many, "rmsprop", "probes"), (facade, "adam", "schedule")}
# Time and target end networks one at a time, as the case of the probes shows them.
ENDING = ("target", "time")
PAIRS = [("adam", book) for book in BOOKS if book not in ENDING] + [(n, "probes") for n in RULES if n != "adam"]
CHUNKED = [*((way, *pair) for way in (one, many) for pair in PAIRS), (facade, "adam", "schedule")]


@pytest.mark.filterwarnings("ignore:.*meant for full batches")
@pytest.mark.parametrize(("way", "name", "book"), often(CHUNKED, lambda case: case in QUICK_CHUNKS))
def test_where_a_chunk_ends_changes_no_bit(
    way: Callable[[str, str], Any], name: str, book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunks of 1 and of 7 steps, and the whole block: weights, losses, metrics and probes."""
    found = []
    for length in (None, 1, 7):
        with chunks_of(monkeypatch, length):
            found.append(way(name, book))
    whole = jax.tree.leaves(found[0])
    for other in found[1:]:
        leaves = jax.tree.leaves(other)
        assert len(leaves) == len(whole)
        for a, b in zip(whole, leaves, strict=True):
            assert a == b if isinstance(a, str) else np.array_equal(a, b, equal_nan=True)


def test_the_clock_decides_on_no_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost members were left out where a clock said that it pays, and the smaller program rounds otherwise."""
    clock, found = time.perf_counter, []
    for speed in (1e-3, 1e7):
        with monkeypatch.context() as here:
            here.setattr(time, "perf_counter", lambda speed=speed: speed * clock())
            runs = population(NET, [SGD(0.05), SGD(300.0)], data(), PLAN, seeds=(3, 4))
        assert [run.diverged_at is None for run in runs] == [True, True, False, False]
        found.append(jax.tree.leaves([told(run) for run in runs]))
    for a, b in zip(*found, strict=True):
        assert a == b if isinstance(a, str) else np.array_equal(a, b, equal_nan=True)


# A row's own


def folds(n: int, count: int) -> list[np.ndarray]:
    return [np.flatnonzero(np.arange(n) % count != fold) for fold in range(count)]


def fold_rows(whole: Split) -> list[Row]:
    """Each trains on three quarters, of 40 or 41 of 54 examples, and is measured on the rest."""
    rest = [np.setdiff1d(np.arange(54), fold) for fold in folds(54, 4)]
    parts = zip(folds(54, 4), rest, strict=True)
    return [Row(seed=seed, examples=fold, validation=whole.take(held)) for seed, (fold, held) in enumerate(parts)]


def alone_in(row: Row, rule: Rule, plan: Plan, **given: Any) -> Run:
    """The same training without rows: on a data set that holds what the row has."""
    whole = data()
    part = whole.train if row.weight is None else replace(whole.train, weight=row.weight)
    own = part if row.examples is None else part.take(row.places(54))
    held = row.validation or whole.validation
    return train(NET, rule, replace(whole, train=own, validation=held), plan, seed=row.seed, **given)


@pytest.mark.slow
@pytest.mark.parametrize("together", [True, False])
def test_folds_are_as_if_each_were_alone(together: bool) -> None:
    """40 and 41 examples in batches of 10 are epochs of 4 and 5 steps: rows of one length train together."""
    rows, plan, rules = fold_rows(data().train), replace(PLAN, epochs=3, test="end"), [Adam(0.03)]
    runs = population(NET, rules, data(), plan, rows=rows, together=together)
    assert [(run.rule, run.seed) for run in runs] == [(rule, row.seed) for rule in rules for row in rows]
    for run, (rule, row) in zip(runs, ((rule, row) for rule in rules for row in rows), strict=True):
        equal_histories(run, alone_in(row, rule, plan))
    assert len({len(run.history.steps["step"]) for run in runs}) == 2


@pytest.mark.slow
def test_weights_and_masks_of_a_row_s_own() -> None:
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.2, 3.0, (2, 54)).astype(np.float32)
    mask = np.arange(54) % 5 != 0
    rows = [Row(1), Row(1, weight=weights[0]), Row(2, examples=mask, weight=weights[1])]
    plan = replace(PLAN, epochs=3, batch_size=22)
    for run, row in zip(population(NET, SGD(0.1), data(), plan, rows=rows), rows, strict=True):
        equal_histories(run, alone_in(row, SGD(0.1), plan))


def test_an_order_of_a_row_s_own() -> None:
    """Two rows of one seed, the second through the examples of the first backwards; and the default order by hand."""

    def backwards(epoch: int) -> np.ndarray:
        return np.arange(54, dtype=np.int32)[::-1][:50].reshape(5, 10)

    def usual(epoch: int) -> np.ndarray:
        return epoch_order(54, 10, 3, epoch)[:5]

    plan = replace(PLAN, epochs=2, steps_per_epoch=5)
    turned, by_hand, plain = population(
        NET, SGD(0.1), data(), plan, rows=[Row(3, order=backwards), Row(3, order=usual), Row(3)]
    )
    for a, b in zip(jax.tree.leaves(by_hand.variables), jax.tree.leaves(plain.variables), strict=True):
        np.testing.assert_array_equal(a, b)
    whole = data()
    reverse = replace(whole, train=whole.train.take(np.arange(54)[::-1]))
    alone = train(NET, SGD(0.1), reverse, replace(plan, shuffle=False), seed=3)
    np.testing.assert_allclose(turned.history.steps["loss"], alone.history.steps["loss"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("row", "match"),
    [
        (Row(examples=np.ones(3, bool)), r"examples as a mask must have the shape \(54,\), got \(3,\)"),
        (Row(examples=np.array([0, 54])), "examples must lie between 0 and 53, got 0 to 54"),
        (Row(examples=np.zeros(54, bool)), "mask or places of one training example at least"),
        (Row(weight=np.ones(3)), r"weight must have one entry for each of 54 examples, got \(3,\)"),
        (Row(order=lambda epoch: np.full((2, 3), 54)), "order must give places of the 54 training examples"),
        (Row(order=lambda epoch: np.zeros((epoch, 3), int)), "order must give .steps, batch. of one shape"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(row: Row, match: str) -> None:
    with pytest.raises(RavineError, match=match):
        population(NET, SGD(0.1), data(), replace(PLAN, epochs=2), rows=[row])


# The best epoch


@pytest.mark.parametrize(
    ("quantity", "best"),
    often([("train_eval_r2", np.nanargmax), ("train_eval_loss", np.nanargmin)], lambda c: c[0] == "train_eval_r2"),
)
def test_the_best_epoch_is_kept(quantity: str, best: Callable[[Any], Any]) -> None:
    """At a rate this large losses rise and fall; each member goes back to its own best epoch, alone and together."""
    plan = replace(PLAN, epochs=9, test="end")
    rules = [Adam(0.3), Adam(0.02)]
    runs = population(NET, rules, data(), plan, seeds=(0, 1), keep=quantity)
    chosen = []
    for run in runs:
        weights: dict[int, Any] = {}
        note = OnEpoch(lambda loop, kept=weights: kept.update({loop.epoch: loop.session.variables}))  # type: ignore[misc]
        bare = train(NET, run.rule, data(), plan, seed=run.seed, callbacks=[note])
        alone = train(NET, run.rule, data(), plan, seed=run.seed, keep=quantity)
        expected = int(best(bare.history[quantity][1:])) + 1
        assert alone.best_epoch == expected and bare.best_epoch is None
        for a, b in zip(jax.tree.leaves(alone.variables), jax.tree.leaves(weights[expected]), strict=True):
            np.testing.assert_array_equal(a, b)
        equal_histories(run, alone)
        error = np.abs(alone.predict(data().test.x) - data().test.y).mean()  # type: ignore[union-attr]
        np.testing.assert_allclose(alone.history["test_mae"][-1], error, rtol=1e-5)
        chosen.append(expected)
    assert len(set(chosen)) > 1 and min(chosen) < 9


@pytest.mark.slow
def test_a_run_that_keeps_its_best_is_resumed(tmp_path: Any) -> None:
    plan, path = replace(PLAN, epochs=8), tmp_path / "run.safetensors"
    whole = train(NET, Adam(0.3), data(), plan, keep="validation_loss")
    stop = OnEpoch(lambda loop: loop.stop("enough") if loop.epoch == 6 else None)
    keep = Checkpoint(path, epochs=1)
    train(NET, Adam(0.3), data(), plan, callbacks=[stop, keep], keep="validation_loss")
    never = OnEpoch(lambda loop: None)
    again = train(
        NET, Adam(0.3), data(), plan, callbacks=[never, Checkpoint(path, epochs=1)], keep="validation_loss", resume=path
    )
    assert again.best_epoch == whole.best_epoch
    for a, b in zip(jax.tree.leaves(again.variables), jax.tree.leaves(whole.variables), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_a_member_that_is_lost_goes_back_to_its_best() -> None:
    blowing = Adam(Exponential(0.01, steps=12, factor=1e12))
    rules = [Adam(Exponential(0.01, steps=12, factor=0.9)), blowing]
    calm, lost = population(NET, rules, data(), PLAN, keep="train_eval_loss")
    alone = train(NET, blowing, data(), PLAN, keep="train_eval_loss")
    assert calm.diverged_at is None
    assert lost.best_epoch == alone.best_epoch is not None
    for a, b in zip(jax.tree.leaves(lost.variables), jax.tree.leaves(alone.variables), strict=True):
        assert np.isfinite(a).all()
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)

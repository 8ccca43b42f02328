"""Many networks at once equal the same networks one by one."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import Dataset, load
from ravine.nn import Dense, Dropout, Network
from ravine.optim import RULES, SGD, Adam, ConstantSchedule, Exponential
from ravine.train import Plan, compiled_chunks, population, train
from slow_marks import RULES_OFTEN, often


def data() -> Dataset:
    return load("blobs", n=150, seed=2)


def network(rate: float = 0.2) -> Network:
    return Network((Dense(8, "tanh"), Dropout(rate), Dense(len(data().classes or ()), "softmax")), (2,))


@pytest.mark.filterwarnings("ignore:.*meant for full batches")
@pytest.mark.parametrize("name", often(RULES, RULES_OFTEN))
def test_member_equals_the_run_alone(name: str) -> None:
    """Three rates x two seeds. Vectorised products add in another order: float32 rounding, grown over 16 steps."""
    rules = [RULES[name]().replace(learning_rate=rate) for rate in (0.001, 0.01, 0.03)]
    plan = Plan(epochs=2, batch_size="full" if name == "rprop" else 16, probes=("gradient_norm",), stride=3)
    for run in population(network(), rules, data(), plan, seeds=(4, 7)):
        alone = train(run.network, run.rule, data(), plan, seed=run.seed)
        np.testing.assert_allclose(run.history.steps["loss"], alone.history.steps["loss"], rtol=2e-4, atol=1e-6)
        np.testing.assert_array_equal(run.history.steps["rate"], alone.history.steps["rate"])
        assert list(run.history.epochs) == list(alone.history.epochs)
        for column in set(run.history.epochs) - {"seconds"}:
            np.testing.assert_allclose(run.history[column], alone.history[column], rtol=2e-3, atol=1e-6)
        ours, theirs = (r.history.probes["gradient_norm"] for r in (run, alone))
        np.testing.assert_array_equal(ours.steps, theirs.steps)
        np.testing.assert_allclose(ours.values, theirs.values, rtol=2e-3, atol=1e-6)


def test_one_after_another_is_the_loop_to_the_bit() -> None:
    plan = Plan(epochs=2)
    runs = population(network(), [Adam(0.01), Adam(0.1)], data(), plan, seeds=(1, 2), together=False)
    for run in runs:
        alone = train(run.network, run.rule, data(), plan, seed=run.seed)
        assert np.array_equal(run.history.steps["loss"], alone.history.steps["loss"])


def test_dropout_rates_are_members_too() -> None:
    runs = population([network(0.0), network(0.8)], Adam(0.01), data(), Plan(epochs=3))
    assert runs[0].history["loss"][-1] < runs[1].history["loss"][-1]
    assert [run.network.layers[1].rate for run in runs] == [0.0, 0.8]  # type: ignore[attr-defined]


def test_rivals_share_start_order_and_dropout() -> None:
    """Two members of the same setting are the same run: nothing in a member depends on its place."""
    first, _, third = population(network(), [SGD(0.1), SGD(0.2), SGD(0.1)], data(), Plan(epochs=2))
    assert np.array_equal(first.history.steps["loss"], third.history.steps["loss"])


def test_a_diverging_member_is_marked_and_its_neighbours_go_on() -> None:
    regression = load("sine", n=64, seed=0)
    net = Network((Dense(8, "relu"), Dense(1)), (1,))
    plan = Plan(epochs=6, batch_size=16)
    calm, wild = population(net, [SGD(0.01), SGD(1e6)], regression, plan)
    assert calm.diverged_at is None and np.isfinite(calm.history.steps["loss"]).all()
    alone = train(net, SGD(1e6), regression, plan)
    assert wild.diverged_at == alone.diverged_at
    assert wild.stopped == alone.stopped
    assert len(wild.history.steps["loss"]) == len(alone.history.steps["loss"])


def test_no_metric_is_a_choice_too() -> None:
    runs = population(network(), [SGD(0.1), SGD(0.2)], data(), Plan(epochs=1, metrics=()))
    assert "accuracy" not in runs[0].history.epochs


def test_lost_members_stop_costing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where most settings are lost, the rest go on in a smaller program, as if nothing had happened."""
    regression = load("sine", n=64, seed=0)
    net = Network((Dense(8, "relu"), Dense(1)), (1,))
    rules, plan = [SGD(1e6), SGD(0.01), SGD(1e7), SGD(1e8), SGD(0.02)], Plan(epochs=6, batch_size=16)
    monkeypatch.setattr("ravine.train.engine.many.WORTH_FLOP", np.inf)
    kept = population(net, rules, regression, plan, seeds=(0, 1))
    monkeypatch.setattr("ravine.train.engine.many.WORTH_FLOP", 0.0)
    before = compiled_chunks()
    fewer = population(net, rules, regression, plan, seeds=(0, 1))
    assert compiled_chunks() == before + 1
    for a, b in zip(kept, fewer, strict=True):
        assert (a.rule, a.seed, a.diverged_at) == (b.rule, b.seed, b.diverged_at)
        np.testing.assert_allclose(a.history.steps["loss"], b.history.steps["loss"], rtol=2e-4)
        for x, y in zip(jax.tree.leaves(a.variables), jax.tree.leaves(b.variables), strict=True):
            assert a.diverged_at is not None or np.allclose(x, y, rtol=1e-3, atol=1e-5)


def test_another_sweep_compiles_nothing() -> None:
    population(network(), [SGD(r) for r in (0.1, 0.2)], data(), Plan(epochs=1), seeds=(0, 1))
    before = compiled_chunks()
    population(network(0.5), [SGD(r) for r in (0.3, 0.4)], data(), Plan(epochs=2), seeds=(5, 6))
    assert compiled_chunks() == before
    population(network(), [SGD(r) for r in (0.1, 0.2, 0.3)], data(), Plan(epochs=1), seeds=(0, 1))
    assert compiled_chunks() == before + 1  # another number of members is another program: the count can rise


def test_what_cannot_be_one_program_is_refused() -> None:
    with pytest.raises(RavineError, match="setting 1 differs in structure"):
        population(network(), [SGD(0.1), Adam(0.1)], data())
    with pytest.raises(RavineError, match="setting 1 differs in structure"):
        population(network(), [SGD(ConstantSchedule(0.1)), SGD(Exponential(0.1))], data())
    with pytest.raises(RavineError, match="2 networks and 3 rules cannot be paired"):
        population([network()] * 2, [SGD(0.1)] * 3, data())
    with pytest.raises(RavineError, match="at least one seed"):
        population(network(), SGD(0.1), data(), seeds=())
    with pytest.raises(RavineError, match="each seed must be a non-negative integer, got -1"):
        population(network(), SGD(0.1), data(), seeds=(-1,))

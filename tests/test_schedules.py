"""Schedules against Keras, optax and torch, at every step; the plateau against Keras's callback."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ravine.core import RavineError, cast
from ravine.optim import (
    SCHEDULES,
    SGD,
    ConstantSchedule,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseSqrt,
    InverseTime,
    OneCycle,
    Polynomial,
    ReduceOnPlateau,
    Schedule,
    Step,
    WarmUp,
)

STEPS = np.arange(0, 60)
MADE: dict[str, Schedule] = {
    "constant": ConstantSchedule(0.3),
    "step": Step(0.3, every=7, factor=0.5),
    "exponential": Exponential(0.3, steps=7, factor=0.5),
    "cosine": Cosine(0.3, steps=40, final=0.1),
    "warm_up": WarmUp(Cosine(0.3, steps=30), steps=10, first=0.2),
    "one_cycle": OneCycle(0.3, steps=40, warm=0.25, divide=20.0, final=50.0),
    "inverse_sqrt": InverseSqrt(0.3),
    "cosine_restarts": CosineRestarts(0.3, steps=7, grow=1.5, shrink=0.8, final=0.1),
    "inverse_time": InverseTime(0.3, steps=7, decay=0.6),
    "polynomial": Polynomial(0.3, steps=40, end=0.02, power=1.7),
    "reduce_on_plateau": ReduceOnPlateau(0.3),
}
each = pytest.mark.parametrize("name", list(SCHEDULES))


def values(schedule: Callable[[Any], Any]) -> np.ndarray:
    return np.array([float(schedule(step)) for step in STEPS])


def assert_equal(schedule: Schedule, want: np.ndarray) -> None:
    # Some ten float64 operations: 1e-14 relative; the floor is for rates that reach 0 by a cosine of pi.
    np.testing.assert_allclose(values(schedule), want, rtol=1e-14, atol=1e-16)


@each
def test_the_number_is_an_argument(name: str) -> None:
    traces = []

    @jax.jit
    def run(schedule: Schedule, step: Any) -> Any:
        traces.append(1)
        return schedule(step)

    schedule = cast(MADE[name], np.float32)
    first = run(schedule, 3)
    assert first.dtype == jnp.float32
    assert first.shape == ()
    second = run(jax.tree.map(lambda leaf: leaf * np.float32(0.5), schedule), 4)
    assert len(traces) == 1
    assert first != second


@each
def test_one_schedule_per_member(name: str) -> None:
    schedule = MADE[name]
    sweep = jax.tree.map(lambda leaf: jnp.array([leaf, leaf * 0.5], jnp.float32), schedule)
    together = jax.vmap(lambda one: one(5))(sweep)
    alone = [jax.tree.map(lambda leaf, k=k: leaf[k], sweep)(5) for k in range(2)]
    np.testing.assert_allclose(together, np.array(alone), rtol=1e-6)


@each
def test_rates_are_finite_and_not_negative(name: str) -> None:
    rates = values(SCHEDULES[name]())
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()


@each
def test_the_dtype_is_that_of_the_numbers(name: str, float64: None) -> None:
    schedule = jax.tree.map(np.float32, MADE[name])
    assert schedule(jnp.int32(2)).dtype == jnp.float32
    assert MADE[name](2).dtype == jnp.float64


def test_numpy(float64: None) -> None:
    assert_equal(ConstantSchedule(0.3), np.full(STEPS.shape, 0.3))
    assert_equal(Step(0.3, every=7, factor=0.5), 0.3 * 0.5 ** (STEPS // 7))
    assert_equal(InverseSqrt(0.3), 0.3 / np.sqrt(STEPS + 1))
    assert_equal(WarmUp(0.3, steps=10, first=0.5), np.where(STEPS < 10, 0.15 + 0.015 * STEPS, 0.3))


def test_keras(float64: None, lenient: None) -> None:
    from keras.optimizers import schedules as k

    assert_equal(Exponential(0.3, steps=7, factor=0.5), values(k.ExponentialDecay(0.3, 7, 0.5)))
    assert_equal(Step(0.3, every=7, factor=0.5), values(k.ExponentialDecay(0.3, 7, 0.5, staircase=True)))
    for stairs in (False, True):
        theirs = k.InverseTimeDecay(0.3, 7, 0.6, staircase=stairs)
        assert_equal(InverseTime(0.3, steps=7, decay=0.6, stairs=stairs), values(theirs))
        theirs = k.PolynomialDecay(0.3, 16, 0.02, 1.7, cycle=stairs)
        assert_equal(Polynomial(0.3, steps=16, end=0.02, power=1.7, cycles=stairs), values(theirs))
    for grow, shrink in ((2.0, 1.0), (1.5, 0.8), (1.0, 0.5)):
        theirs = values(k.CosineDecayRestarts(0.3, 7, grow, shrink, alpha=0.1))
        ours = values(CosineRestarts(0.3, steps=7, grow=grow, shrink=shrink, final=0.1))
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    # K3's cosine is computed by way of float32 constants on this backend: 1e-7.
    theirs = values(k.CosineDecay(0.3, 40, alpha=0.1))
    np.testing.assert_allclose(values(MADE["cosine"]), theirs, rtol=1e-6)


def test_optax(float64: None, lenient: None) -> None:
    optax = pytest.importorskip("optax")
    assert_equal(MADE["cosine"], values(optax.cosine_decay_schedule(0.3, 40, alpha=0.1)))
    assert_equal(
        MADE["warm_up"],
        values(optax.warmup_cosine_decay_schedule(0.06, 0.3, warmup_steps=10, decay_steps=40)),
    )
    assert_equal(MADE["one_cycle"], values(optax.cosine_onecycle_schedule(40, 0.3, 0.25, 20.0, 50.0)))


def test_torch(float64: None) -> None:
    torch = pytest.importorskip("torch")
    parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([parameter], lr=0.3)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40, eta_min=0.03)
    rates = []
    for _ in range(40):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()
    # torch's is a recurrence: it gathers 40 roundings.
    np.testing.assert_allclose(values(MADE["cosine"])[:40], rates, rtol=1e-12)


def test_the_first_update_uses_the_first_rate() -> None:
    rule, params = SGD(Exponential(0.5, steps=1, factor=0.5)), jnp.array(1.0)
    state, steps = rule.init(params), []
    for _ in range(3):
        step, state = rule.update(jnp.array(1.0), state, params)
        steps.append(float(step))
    assert steps == [-0.5, -0.25, -0.125]
    assert float(rule.rate(jnp.int32(3))) == 0.125


LOSSES = {
    "falls_and_stays": [5.0, 4.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0],
    "below_delta": [1.0, 0.99995, 0.9999, 0.99985, 0.9998, 0.99975, 0.9997, 0.99965, 0.9996, 0.9995],
    "noise": list(np.round(np.random.default_rng(4).uniform(0, 1, 60), 2)),
}


@pytest.mark.parametrize("losses", list(LOSSES.values()), ids=list(LOSSES))
@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("cooldown", [0, 1, 3])
@pytest.mark.parametrize("patience", [1, 2, 4])
def test_plateau_is_that_of_keras(losses: list[float], mode: str, cooldown: int, patience: int, float64: None) -> None:
    keras = pytest.importorskip("keras")

    optimizer = SimpleNamespace(learning_rate=1.0)
    theirs = keras.callbacks.ReduceLROnPlateau(
        monitor="loss", factor=0.5, patience=patience, mode=mode, min_delta=1e-4, cooldown=cooldown, min_lr=0.01
    )
    theirs._model = SimpleNamespace(optimizer=optimizer)
    theirs.on_train_begin()
    schedule = ReduceOnPlateau(1.0, factor=0.5, patience=patience, mode=mode, cooldown=cooldown, floor=0.01)
    structure = jax.tree.structure(schedule)
    for epoch, loss in enumerate(losses):
        theirs.on_epoch_end(epoch, {"loss": loss})
        schedule = schedule.observe(loss)
        assert float(schedule(0)) == pytest.approx(optimizer.learning_rate, rel=1e-12)
    assert jax.tree.structure(schedule) == structure


def test_plateau_of_a_population() -> None:
    together = ReduceOnPlateau(np.array([1.0, 1.0]), factor=0.5, patience=2)
    for both in ([1.0, 1.0], [1.0, 0.5], [1.0, 0.2]):
        together = together.observe(both)
    assert list(together.rate) == [0.5, 1.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Cosine(-0.1), r"Cosine: initial must be a number in \[0, inf\), got -0.1"),
        (lambda: Cosine(0.1, steps=0), r"Cosine: steps must be a number in \(0, inf\), got 0"),
        (lambda: OneCycle(0.1, warm=1.0), r"OneCycle: warm must be a number in \(0, 1\), got 1.0"),
        (lambda: ReduceOnPlateau(mode="least"), "ReduceOnPlateau: unknown mode 'least'"),
        (lambda: ReduceOnPlateau(factor=1.0), r"ReduceOnPlateau: factor must be a number in \[0, 1\), got 1.0"),
        (lambda: ConstantSchedule(math.nan), r"ConstantSchedule: initial must be a number in \[0, inf\), got nan"),
        (lambda: WarmUp(-1.0), r"WarmUp: schedule must be a number in \[0, inf\), got -1.0"),
    ],
)
def test_bad_numbers_get_their_sentence(make: Callable[[], Schedule], message: str) -> None:
    with pytest.raises(RavineError, match=message):
        make()


@pytest.mark.parametrize("grow", [2.0, 3.0, 1.1, 1.0])
def test_a_restart_falls_on_its_step(grow: float) -> None:
    """In float32, where a quotient of logarithms misses some: a cycle's first step has the first rate."""
    begin, length, starts = 0.0, 8.0, []
    while begin < 3000 and len(starts) < 40:
        if begin == round(begin):
            starts.append(int(begin))
        begin, length = begin + length, length * grow
    schedule = cast(CosineRestarts(1.0, steps=8, grow=grow), np.float32)
    assert len(starts) > 2 or grow == 1.1
    np.testing.assert_allclose([float(schedule(step)) for step in starts], 1.0, atol=1e-4)

"""The engine: bits, records, going back, what is kept of the losses."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_sample import small, small_race
from ravine.core import RavineError
from ravine.data import epoch_order
from ravine.lab._configuration import BatchChoice, StopChoice
from ravine.lab.batches import ExampleOrder
from ravine.lab.race import Engine
from ravine.lab.series import Evaluations, Losses
from ravine.lab.setup import prepared_setup
from ravine.lab.snapshots import Snapshot, SnapshotStore
from ravine.train import Plan, train


def to(race: Engine, step: int) -> None:
    while race.step < step and race.advance(step - race.step):
        pass


def weights(race: Engine) -> list[np.ndarray]:
    return [np.array(leaf) for lane in race.lanes for leaf in jax.tree.leaves(lane.session.state.params)]


@pytest.fixture(scope="module")
def run() -> Engine:
    race = small_race()
    to(race, 100)
    return race


def test_a_race_is_what_train_does(run: Engine) -> None:
    """Same seed, batches and weights: the lane's losses are those of `train` over the same epochs."""
    setup = run.setup
    plan = Plan(epochs=20, batch_size=8, train_eval_examples=0)
    for place, lane in enumerate(run.lanes):
        history = train(setup.network, lane.rule, setup.dataset, plan, seed=5).history
        # Equal programs give equal bits; the chunk of `train` sums metrics over epochs, so 1 unit in the last place.
        np.testing.assert_allclose(run.losses.raw(0)[1][place, :80], history.steps["loss"][:80], rtol=2e-6)


def test_where_chunks_end_changes_no_bit(run: Engine) -> None:
    other = small_race()
    for count in (1, 2, 3, 7, 20, 64, 3):
        to(other, other.step + count)
    assert other.step == run.step == 100
    assert other.losses.raw(0)[1].tobytes() == run.losses.raw(0)[1].tobytes()
    assert all(a.tobytes() == b.tobytes() for a, b in zip(weights(other), weights(run), strict=True))


def test_reset_gives_the_same_bits_and_forgets_edits() -> None:
    race = small_race()
    to(race, 40)
    losses, last = race.losses.raw(0)[1].copy(), weights(race)
    race.set_rate(0, 1.0)
    race.set_weight(1, 0, "kernel", (0, 1), 3.0)
    to(race, 60)
    race.reset()
    assert race.step == race.losses.end == 0
    assert race.edits == []
    assert race.generation == 1
    to(race, 40)
    assert race.losses.raw(0)[1].tobytes() == losses.tobytes()
    assert all(a.tobytes() == b.tobytes() for a, b in zip(weights(race), last, strict=True))


def test_a_fork_goes_on_as_if_nothing_had_come_after(run: Engine) -> None:
    race = small_race()
    to(race, 90)
    stride = race.snapshots.stride
    snapshot = race.snapshots.nearest(2 * stride + 1)
    assert snapshot.step == 2 * stride
    race.fork(snapshot)
    assert (race.step, race.losses.end, race.snapshots.steps[-1]) == (2 * stride,) * 3
    to(race, 100)
    assert race.losses.raw(0)[1].tobytes() == run.losses.raw(0)[1].tobytes()
    # The snapshot itself has not been written over by what was trained from it.
    race.fork(race.snapshots.nearest(2 * stride))
    assert weights(race)[0].tobytes() == jax.tree.leaves(snapshot.states[0].params)[0].tobytes()


def test_edits_at_a_recorded_step_are_part_of_it() -> None:
    race = small_race()
    race.set_weight(0, 0, "bias", (1,), 0.25)
    race.set_rate(1, 0.5)
    to(race, 20)
    race.fork(race.snapshots.nearest(0))
    assert [edit.kind for edit in race.edits] == ["weight", "rate"]
    assert float(race.lanes[0].session.variables.params[0]["bias"][1]) == 0.25
    assert race.lanes[1].rate == 0.5


def test_live_changes_compile_nothing() -> None:
    from ravine.train import compiled_chunks

    race = small_race()
    to(race, 10)
    before = compiled_chunks()
    race.set_rate(0, 0.3)
    race.set_weight(0, 1, "kernel", (2, 0), 1.5)
    to(race, 20)
    race.reset()
    to(race, 5)
    assert compiled_chunks() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((5, 0, "kernel", (0, 0)), "there is no lane 5"),
        ((0, 9, "kernel", (0, 0)), "there is no layer 9"),
        ((0, 0, "kernel", (0,)), "no entry"),
        ((0, 0, "kernel", (0, 3)), "no entry"),
        ((0, 0, "gamma", (0,)), "unknown array"),
    ],
)
def test_bad_edits_are_refused(run: Engine, arguments: tuple[int, int, str, tuple[int, ...]], words: str) -> None:
    with pytest.raises(RavineError, match=words):
        run.set_weight(*arguments, 1.0)


def test_divergence_is_a_state_of_its_lane() -> None:
    race = small_race(lanes=[{"rule": "sgd", "rate": 0.1}, {"rule": "sgd", "rate": 1e4}],
                      network={"layers": [{"units": 3, "activation": "linear"}], "loss": "auto"},
                      data={"name": "plane", "n": 40, "test": 0.25})  # fmt: skip
    to(race, 60)
    assert race.lanes[0].diverged_at is None
    lost = race.lanes[1].diverged_at
    assert lost is not None
    losses = race.losses.raw(0)[1]
    assert np.isfinite(losses[1, :lost]).all()
    assert not np.isfinite(losses[1, lost:]).any()
    assert np.isfinite(losses[0]).all()
    assert not race.over
    race.reset()
    assert race.lanes[1].diverged_at is None


def test_a_lane_that_is_off_keeps_its_place() -> None:
    race = small_race(lanes=[{"rule": "sgd", "on": False}, {"rule": "sgd", "rate": 0.1}])
    to(race, 5)
    losses = race.losses.raw(0)[1]
    assert np.isnan(losses[0]).all()
    assert np.isfinite(losses[1]).all()


def test_stop_rules() -> None:
    race = small_race(stop={"kind": "steps", "value": 37})
    to(race, 1000)
    assert (race.step, race.stopped) == (37, "37 steps are done")
    race.set_stop(StopChoice(kind="train_loss", value=0.3))
    to(race, 1000)
    assert "reached train_loss" in race.stopped
    assert np.nanmin(race.latest_measured[:, 0]) <= 0.3
    race.reset()
    assert race.stopped == ""


@pytest.mark.parametrize("kind", ["full", "mini", "single", "stream"])
def test_orders_of_every_kind(kind: str) -> None:
    order = ExampleOrder(BatchChoice(kind=kind, size=7), n=20, seed=1)
    block = order.block(0)
    assert block.shape == (order.rows, {"full": 20, "single": 1}.get(kind, 7))
    assert order.padded == bool((block < 0).any())
    for epoch in range(3):
        rows = block[epoch * order.steps : (epoch + 1) * order.steps]
        assert sorted(rows[rows >= 0]) == list(range(20))
        if kind != "stream":
            assert (rows == epoch_order(20, order.size, 1, epoch + 1)).all()
    assert (order.block(0) == block).all()
    assert (order.block(1) != block).any()


@pytest.mark.slow
def test_every_batch_kind_trains() -> None:
    for kind in ("full", "single", "stream"):
        race = small_race(batch={"kind": kind, "size": 4}, lanes=[{"rule": "sgd", "rate": 0.05}])
        to(race, 30)
        assert np.isfinite(race.losses.raw(0)[1]).all()


@given(st.lists(st.integers(1, 40), max_size=20), st.integers(2, 16).map(lambda k: 2 * k), st.integers(1, 7))
def test_bins_are_those_of_all_steps(parts: list[int], bins: int, points: int) -> None:
    rng = np.random.default_rng(0)
    losses, whole = Losses(2, kept=64, bins=bins), np.zeros((2, 0), np.float32)
    for count in parts:
        new = rng.normal(size=(2, count)).astype(np.float32)
        new[0, rng.random(count) < 0.1] = np.nan
        losses.add(new)
        whole = np.concatenate([whole, new], axis=1)
    end = whole.shape[1]
    assert losses.end == end
    steps, raw = losses.raw(0)
    np.testing.assert_array_equal(raw, whole[:, steps])
    assert len(steps) == min(end, 64)
    starts, made = losses.binned(0, end, points)
    assert len(starts) <= points
    for lane in range(2):
        for k, start in enumerate(starts):
            part = whole[lane, start : starts[k + 1] if k + 1 < len(starts) else end]
            part = part[np.isfinite(part)].astype(np.float64)
            expected = [part.min(), part.mean(), part.max()] if part.size else [np.nan] * 3
            # sums of at most 800 numbers of size 1 in float64, added in another order
            np.testing.assert_allclose(made[:, lane, k], expected, atol=1e-12)


def test_readers_learn_of_cuts() -> None:
    losses = Losses(1, kept=64, bins=64)
    losses.add(np.arange(30.0)[None])
    steps, _, cuts = losses.since(0, 0, 100)
    assert (len(steps), cuts) == (30, 0)
    losses.cut(16)
    losses.add(100 + np.arange(30.0)[None])
    steps, values, cuts = losses.since(30, 0, 100)
    assert steps.tolist() == list(range(16, 46))
    assert values[0].tolist() == list(range(100, 130))
    assert cuts == 1
    assert losses.binned(0, 46, 64)[1][1, 0, :20].tolist() == [*range(16), 100, 101, 102, 103]


def test_a_cut_never_serves_what_was_written_over() -> None:
    losses = Losses(1, kept=8, bins=64)
    losses.add(np.arange(20.0)[None])
    losses.cut(16)
    steps, values = losses.raw(0)
    assert steps.tolist() == values[0].tolist() == list(range(12, 16))


def test_evaluations_replace_those_of_the_same_step() -> None:
    kept = Evaluations(1)
    kept.add(0, np.zeros((1, 4)))
    kept.add(8, np.ones((1, 4)))
    rows, place, seen = kept.since(0, 0, 10)
    assert (len(rows), place) == (2, 2)
    kept.add(8, 2 * np.ones((1, 4)))
    rows, place, _ = kept.since(place, seen, 10)
    assert rows.tolist() == [[8, 2, 2, 2, 2]]


def test_snapshots_are_bounded() -> None:
    def snapshot(step: int) -> Snapshot:
        return Snapshot(step, (np.zeros(1000, np.float32),), np.zeros((1, 4)), (None,), (0.1,))

    few = SnapshotStore(16, most=8)
    heavy = SnapshotStore(16, most=1000, room=10_000)
    for step in range(0, 5000, 16):
        for kept in (few, heavy):
            if kept.due(step):
                kept.add(snapshot(step))
    for kept, most in ((few, 8), (heavy, 3)):
        assert 3 <= len(kept.steps) <= most
        assert kept.steps[0] == 0
        assert all(step % kept.stride == 0 for step in kept.steps)


def test_a_default_setup_starts_all_lanes_alike() -> None:
    race = Engine(prepared_setup(small()))
    first, second = (jax.tree.leaves(lane.session.state.params) for lane in race.lanes)
    assert all((np.array(a) == np.array(b)).all() for a, b in zip(first, second, strict=True))


def test_a_race_at_its_stop_says_so_again_when_it_is_to_go_on() -> None:
    race = small_race(stop={"kind": "steps", "value": 5})
    assert (race.advance(10), race.stopped) == (5, "5 steps are done")
    # As a trainer does that is told to play: without a reason to stop it would play on for ever and take no step.
    race.stopped = ""
    assert (race.advance(10), race.step, race.stopped) == (0, 5, "5 steps are done")

"""Weights kept along the way: at the steps asked for, without a bit of training changed, through an interruption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import load
from ravine.nn import Variables, network
from ravine.optim import SGD, Adam
from ravine.train import Checkpoint, OnEpoch, Plan, Snapshots, train

NET, DATA, PLAN = network("2-5:tanh-dropout:0.2-2:softmax"), load("xor", n=70), Plan(epochs=6, batch_size=20)


def same(one: Variables, other: Variables) -> None:
    jax.tree.map(np.testing.assert_array_equal, tuple(one), tuple(other))


@pytest.mark.parametrize(
    ("every", "unit", "steps"),
    [
        (1, "epochs", [0, 4, 8, 12, 16, 20, 24]),
        (4, "epochs", [0, 16, 24]),
        (5, "steps", [0, 5, 10, 15, 20, 24]),
        (100, "steps", [0, 24]),
    ],
)
def test_copies_are_made_when_they_are_due(every: int, unit: Any, steps: list[int]) -> None:
    plain, kept = train(NET, Adam(0.05), DATA, PLAN, seed=3), Snapshots(every, unit)
    run = train(NET, Adam(0.05), DATA, PLAN, seed=3, callbacks=[kept])
    assert kept.steps == steps
    same(run.variables, plain.variables)
    same(kept.weights[0], NET.init(3))
    same(kept.weights[-1], run.variables)
    for step, weights in zip(kept.steps, kept.weights, strict=True):
        if step % 4 == 0:  # as a run that ends there
            same(weights, train(NET, Adam(0.05), DATA, Plan(epochs=step // 4, batch_size=20), seed=3).variables)


@pytest.mark.parametrize(("every", "unit"), [(1, "epochs"), (3, "steps")])
def test_an_interrupted_run_keeps_what_an_uninterrupted_one_keeps(tmp_path: Path, every: int, unit: Any) -> None:
    whole = Snapshots(every, unit)
    train(NET, Adam(0.05), DATA, PLAN, callbacks=[whole])
    stop = OnEpoch(lambda loop: loop.stop("enough") if loop.epoch == 2 else None)
    first, second = Snapshots(every, unit), Snapshots(every, unit)
    train(NET, Adam(0.05), DATA, PLAN, callbacks=[first, stop, Checkpoint(tmp_path / "c")])
    assert first.steps[-1] == 8
    train(NET, Adam(0.05), DATA, PLAN, callbacks=[second, OnEpoch(lambda loop: None), Checkpoint(tmp_path / "d")],
          resume=tmp_path / "c")  # fmt: skip
    assert second.steps == whole.steps
    for one, other in zip(second.weights, whole.weights, strict=True):
        same(one, other)


def test_a_run_that_kept_none_may_be_resumed_keeping_them(tmp_path: Path) -> None:
    train(NET, Adam(0.05), DATA, Plan(epochs=2, batch_size=20), callbacks=[Checkpoint(tmp_path / "c")])
    kept = Snapshots()
    train(NET, Adam(0.05), DATA, PLAN, callbacks=[Checkpoint(tmp_path / "d"), kept], resume=tmp_path / "c")
    assert kept.steps == [8, 12, 16, 20, 24]


def test_weights_that_are_not_finite_are_left_out() -> None:
    kept = Snapshots(1, "steps")
    run = train(network("2-4:relu-1"), SGD(1e18), load("plane", n=40), Plan(epochs=3, batch_size=20), callbacks=[kept])
    assert run.diverged_at is not None
    assert kept.steps[0] == 0
    assert len(kept.steps) <= run.diverged_at + 2
    assert all(np.isfinite(leaf).all() for each in kept.weights for leaf in jax.tree.leaves(each))


def test_bad_values_get_their_sentence() -> None:
    with pytest.raises(RavineError, match="every must be a positive integer, got 0"):
        Snapshots(0)
    with pytest.raises(RavineError, match="unknown unit 'epoch': did you mean 'epochs'"):
        Snapshots(1, "epoch")  # type: ignore[arg-type]

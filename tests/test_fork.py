"""The time machine: a fork with nothing changed is the run, to the bit; with one thing changed only that differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import Dataset, load
from ravine.nn import BatchNormalization, Dense, Dropout, Network
from ravine.optim import SGD, Adam, Momentum, RMSprop
from ravine.train import (
    Checkpoint,
    Job,
    Plan,
    fork,
    population,
    read_run,
    resume_with,
    run_job,
    stored_steps,
    train,
    transplant,
    with_overrides,
)
from test_resume import same


def data(noise: float = 0.3) -> Dataset:
    moons = load("moons", n=160, noise=noise, seed=1)
    return Dataset("moons", moons.train.take(slice(0, 100)), moons.train.take(slice(100, 160)), None, moons.classes)


NETWORK = Network((Dense(6, "relu"), BatchNormalization(), Dropout(0.2), Dense(2, "softmax")), (2,))
PLAN = Plan(epochs=4, batch_size=8, probes=("gradient_norm", "never_active", "sharpness"), stride=5)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A run of 4 x 13 steps, kept every 10 steps."""
    folder = tmp_path_factory.mktemp("kept")
    keep = Checkpoint(folder / "checkpoint.safetensors", keep_every=10)
    return folder, train(NETWORK, Adam(0.02), data(), PLAN, seed=3, callbacks=[keep])


def test_every_tenth_step_is_kept_and_nothing_changed_is_the_run(kept: tuple[Path, Any]) -> None:
    """Mid-epoch, at the start, and at the end; ending chunks at kept steps changed no bit of the original either."""
    folder, run = kept
    same(run, train(NETWORK, Adam(0.02), data(), PLAN, seed=3))
    stored = stored_steps(folder)
    assert list(stored) == [0, 10, 20, 30, 40, 50, 52]
    for step in (0, 20, 52):
        same(run, resume_with(stored[step], NETWORK, Adam(0.02), data(), PLAN, seed=3))


def test_another_rate_shares_the_past_and_differs_from_there(kept: tuple[Path, Any]) -> None:
    folder, run = kept
    forked = resume_with(stored_steps(folder)[20], NETWORK, Adam(0.2), data(), PLAN, seed=3)
    ours, theirs = run.history.steps["loss"], forked.history.steps["loss"]
    # The loss of step 20 is that before its update.
    assert np.array_equal(ours[:21], theirs[:21]) and not np.isclose(ours[21:], theirs[21:]).any()
    assert forked.history.steps["rate"].tolist() == [run.history.steps["rate"][0]] * 20 + [0.2] * 32


@pytest.mark.slow
def test_another_rule_begins_anew_at_the_kept_weights(kept: tuple[Path, Any]) -> None:
    """One step of plain descent by hand from the weights at step 20: no moment of Adam's is left in it."""
    folder, _ = kept
    at_20 = stored_steps(folder)[20]
    frozen = resume_with(at_20, NETWORK, SGD(0.0), data(), PLAN, seed=3).variables.params
    one = Plan(epochs=2, batch_size=8, probes=("gradient_norm",), stride=1)
    slow = resume_with(at_20, NETWORK, SGD(1e-3), data(), one, seed=3)
    moved = np.sqrt(
        sum(((a - b) ** 2).sum() for a, b in zip(*map(jax.tree.leaves, (slow.variables.params, frozen)), strict=True))
    )
    norms = np.sqrt((slow.history.probes["gradient_norm"].values ** 2).sum(axis=1))[-6:]
    assert 0 < moved < 1e-3 * norms.sum()  # 6 steps, each of the rate times the gradient's norm


def test_what_changes_the_order_begins_the_epoch_again(kept: tuple[Path, Any]) -> None:
    folder, run = kept
    for changed in ({"plan": Plan(epochs=4, batch_size=20)}, {"seed": 9}, {"dataset": load("moons", n=200, seed=5)}):
        given = {"dataset": data(), "plan": PLAN, "seed": 3} | changed
        forked = resume_with(stored_steps(folder)[20], NETWORK, Adam(0.02), **given)
        steps = forked.history.steps["step"]
        assert steps.tolist() == list(range(len(steps)))
        assert np.array_equal(forked.history.steps["loss"][:20], run.history.steps["loss"][:20])
        per_epoch = given["plan"].steps(len(given["dataset"].train))
        # Step 20 lies in epoch 2, which begins again: epochs 2, 3 and 4.
        assert len(steps) == 20 + 3 * per_epoch
        assert forked.history["epoch"].tolist() == [0, 1, 2, 3, 4]
        assert forked.history["step"].tolist() == [0, 13, *(20 + per_epoch * k for k in (1, 2, 3))]


def test_noise_of_the_data_keeps_the_order(kept: tuple[Path, Any]) -> None:
    folder, run = kept
    forked = resume_with(stored_steps(folder)[20], NETWORK, Adam(0.02), data(noise=0.9), PLAN, seed=3)
    assert len(forked.history.steps["loss"]) == 52
    assert forked.history["validation_loss"][-1] > run.history["validation_loss"][-1]


def test_more_and_fewer_epochs(kept: tuple[Path, Any]) -> None:
    folder, _ = kept
    longer = resume_with(stored_steps(folder)[30], NETWORK, Adam(0.02), data(), Plan(epochs=6, batch_size=8), seed=3)
    whole = train(NETWORK, Adam(0.02), data(), Plan(epochs=6, batch_size=8), seed=3)
    np.testing.assert_allclose(longer.history.steps["loss"], whole.history.steps["loss"], rtol=1e-4)  # other programs
    assert longer.history.probes == {}
    shorter = resume_with(stored_steps(folder)[20], NETWORK, Adam(0.02), data(), Plan(epochs=2, batch_size=8), seed=3)
    assert len(shorter.history.steps["loss"]) == 26
    with pytest.raises(RavineError, match="ask for more epochs"):
        resume_with(stored_steps(folder)[40], NETWORK, Adam(0.02), data(), Plan(epochs=2, batch_size=8), seed=3)


def test_a_block_of_several_epochs_is_forked_inside(tmp_path: Path) -> None:
    """Where nobody looks at the epochs between, several are one block; a fork that is longer or shorter is right."""
    plan = Plan(epochs=6, batch_size=8, evaluate_every=6)
    whole = train(NETWORK, Adam(0.02), data(), plan, callbacks=[Checkpoint(tmp_path / "c", keep_every=30)])
    for epochs in (6, 4, 9):
        new = Plan(epochs=epochs, batch_size=8, evaluate_every=6)
        forked = resume_with(tmp_path / "c-30", NETWORK, Adam(0.02), data(), new)
        most = min(78, 13 * epochs)
        ours, theirs = whole.history.steps["loss"][:most], forked.history.steps["loss"][:most]
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)
        assert forked.history["epoch"].tolist() == list(range(epochs + 1))
        np.testing.assert_allclose(forked.history["loss"][1:4], whole.history["loss"][1:4], rtol=1e-5)


def test_misfits_are_refused(kept: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = kept
    with pytest.raises(RavineError, match="belongs to another network"):
        resume_with(stored_steps(folder)[20], Network((Dense(9), Dense(2, "softmax")), (2,)), Adam(), data(), PLAN)
    with pytest.raises(RavineError, match=r"there is no job\.json in"):
        fork(folder, at=20)
    with pytest.raises(RavineError, match="no checkpoint in"):
        fork(tmp_path)
    with pytest.raises(RavineError, match="keep_every must be a positive integer, got 0"):
        Checkpoint("c", keep_every=0)
    wild = Checkpoint(tmp_path / "wild")
    sine = load("sine", n=64, seed=0)
    net = Network((Dense(8, "relu"), Dense(1)), (1,))
    assert train(net, SGD(1e6), sine, Plan(epochs=4, batch_size=16), callbacks=[wild]).diverged_at is not None
    with pytest.raises(RavineError, match="diverged at step"):
        resume_with(tmp_path / "wild", net, SGD(0.1), sine, Plan(epochs=4, batch_size=16))


def test_a_folder_is_read_and_forked(tmp_path: Path) -> None:
    job = Job(network="2-6:tanh-2:softmax", data="moons", options={"n": 120}, rule="adam:0.02", epochs=3, batch_size=16)
    job = job.model_copy(update={"probes": ("dead",), "stride": 4})
    run = run_job(job, tmp_path / "one", keep_every=9)
    again, dataset = read_run(tmp_path / "one")
    same(run, again)
    assert len(dataset.train) == 108 and again.history.probe_frame().equals(run.history.probe_frame())
    assert len(read_run(tmp_path / "one", 9)[0].history.steps["loss"]) == 9
    same(run, fork(tmp_path / "one", at=9))
    forked = fork(tmp_path / "one", at=9, out=tmp_path / "two", learning_rate=0.5)
    assert forked.history.steps["rate"][-1] == 0.5
    same(forked, read_run(tmp_path / "two")[0])
    assert (tmp_path / "two" / "probes.parquet").exists() and (tmp_path / "two" / "model.safetensors").exists()
    same(forked, fork(tmp_path / "two"))
    with pytest.raises(RavineError, match=r"no checkpoint at step 8 in .*, there are 0, 9, 18, 21"):
        fork(tmp_path / "one", at=8)
    with pytest.raises(RavineError, match="is the folder of the run itself"):
        fork(tmp_path / "one", at=9, out=tmp_path / "one")


def test_changes_are_said_by_name() -> None:
    job = Job(network="2-6:tanh-dropout:0.1-4:tanh-2:softmax", data="moons", rule="sgd:0.1,momentum=0.9")
    assert with_overrides(job, {}) == job
    assert with_overrides(job, {"learning_rate": 0.01}).rule == "sgd:momentum=0.9,learning_rate=0.01"
    assert with_overrides(job, {"momentum": 0.5}).rule == "sgd:learning_rate=0.1,momentum=0.5"
    assert with_overrides(job, {"rule": "adam", "b1": 0.5}).rule == "adam:b1=0.5"
    assert with_overrides(job, {"options.noise": 0.3}).options == {"noise": 0.3}
    from ravine.nn import network, to_text

    assert to_text(network(with_overrides(job, {"activation": "relu", "dropout": 0.4}).network)).count("relu") == 2
    assert "0.4" in to_text(network(with_overrides(job, {"dropout": 0.4}).network))
    plain = Job(network="2-6:tanh-2:softmax", data="moons")
    assert to_text(network(with_overrides(plain, {"dropout": 0.5}).network)) == "2-6:tanh-dropout:0.5-2:softmax"
    with pytest.raises(RavineError, match="no hidden layer"):
        with_overrides(Job(network="2-2:softmax", data="moons"), {"activation": "relu"})
    with pytest.raises(RavineError, match="epochs"):
        with_overrides(job, {"epochs": "many"})


def test_transplanted_weights_start_every_rival(tmp_path: Path) -> None:
    """Momentum 0 is plain descent: the rivals are the same run; and a run by hand from the same weights is one too."""
    warm = train(NETWORK, Adam(0.02), data(), Plan(epochs=2, batch_size=8), callbacks=[Checkpoint(tmp_path / "c")])
    plan = Plan(epochs=1, batch_size=8)
    plain, heavy, other = transplant(warm, [Momentum(0.1, 0.0), Momentum(0.1, 0.9), RMSprop(0.01)], data(), plan)
    from_file = transplant(tmp_path / "c", Momentum(0.1, 0.0), data(), plan, network=NETWORK)
    same(plain, from_file[0])
    same(plain, train(NETWORK, Momentum(0.1, 0.0), data(), plan, variables=warm.variables))
    starts = {float(run.history["train_eval_loss"][0]) for run in (plain, heavy, other)}
    assert starts == {float(warm.history["train_eval_loss"][-1])}
    assert len({float(run.history["train_eval_loss"][1]) for run in (plain, heavy, other)}) == 3
    with pytest.raises(RavineError, match="network="):
        transplant(tmp_path / "c", SGD(0.1), data())


def test_a_rule_goes_on_from_a_given_state() -> None:
    """One epoch after another equals two in one run, where the rule's state is handed on (one batch per epoch)."""
    from ravine.train import Session, objective

    net = Network((Dense(4, "tanh"), Dense(2, "softmax")), (2,))
    plan = Plan(epochs=1, batch_size="full", shuffle=False, train_eval_examples=0, metrics=())
    session = Session(net, Adam(0.02), objective(net, "sparse_categorical_crossentropy"))
    train_part = data().train
    session.run(session.examples(train_part.x, train_part.y), np.arange(100, dtype=np.int32)[None])
    handed = {"variables": session.variables, "rule_state": session.state.rule_state}
    second = train(net, Adam(0.02), data(), plan, **handed).variables
    whole = train(
        net, Adam(0.02), data(), Plan(epochs=2, batch_size="full", shuffle=False, train_eval_examples=0, metrics=())
    )
    for a, b in zip(jax.tree.leaves(second), jax.tree.leaves(whole.variables), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)  # another program: rounding of float32
    with pytest.raises(RavineError, match="not a state of SGD"):
        train(net, SGD(0.1), data(), plan, rule_state=handed["rule_state"])
    with pytest.raises(RavineError, match="other shapes"):
        train(
            Network((Dense(5, "tanh"), Dense(2, "softmax")), (2,)),
            Adam(),
            data(),
            plan,
            rule_state=session.state.rule_state,
        )


@pytest.mark.slow
def test_a_population_forgets_nothing_of_all_this() -> None:
    runs = population(NETWORK, [SGD(0.1), SGD(0.2)], data(), PLAN)
    assert set(runs[0].history.probes) == set(PLAN.probes)


@pytest.mark.parametrize("name", ["width", "depth"])
def test_another_width_or_depth_is_no_fork(name: str, tmp_path: Path) -> None:
    job = Job(network="2-4:tanh-2:softmax", data="xor", options={"n": 40}, epochs=1, batch_size=20)
    run_job(job, tmp_path / "run")
    with pytest.raises(RavineError, match=f"{name}: what was learned does not fit a network of another {name}"):
        fork(tmp_path / "run", **{name: 2})
    assert with_overrides(job, {name: 2}).network != job.network, "as a job of its own it is one"


def test_dropout_is_changed_where_it_is(tmp_path: Path) -> None:
    common: dict[str, Any] = {"data": "xor", "options": {"n": 40}, "epochs": 2, "batch_size": 20}
    for name, text in (("with", "2-4:tanh-dropout:0-2:softmax"), ("without", "2-4:tanh-2:softmax")):
        run_job(Job(network=text, **common), tmp_path / name, keep_every=2)
    forked = fork(tmp_path / "with", at=2, dropout=0.5)
    assert forked.history["loss"][-1] != read_run(tmp_path / "with")[0].history["loss"][-1]
    with pytest.raises(RavineError, match="dropout: the network has none"):
        fork(tmp_path / "without", at=2, dropout=0.5)

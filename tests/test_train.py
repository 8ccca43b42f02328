"""The engine: what one run gives, that it repeats, that numbers compile nothing, that misfits are refused."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import Dataset, Split, epoch_order, load
from ravine.nn import Activation, BatchNormalization, Dense, Dropout, Network
from ravine.optim import RULES, SGD, Adam, Nesterov, RMSprop
from ravine.train import (
    Callback,
    EarlyStopping,
    OnEpoch,
    Plan,
    Session,
    Target,
    backpropagated,
    compiled_chunks,
    objective,
    train,
)
from ravine.train.engine.placement import precision
from slow_marks import RULES_OFTEN, often


def blobs(n: int = 300, seed: int = 3) -> Dataset:
    return load("blobs", n=n, seed=seed)


def small(dataset: Dataset, *hidden: object, classes: int | None = None) -> Network:
    count = classes or len(dataset.classes or ())
    return Network((*(hidden or (Dense(8, "tanh"),)), Dense(count, "softmax")), dataset.input_shape)  # type: ignore[arg-type]


def equal(a: object, b: object) -> bool:
    return all(
        np.array_equal(x, y, equal_nan=True) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    )


def test_gradient_descent_equals_numpy() -> None:
    """Three full-batch steps of a linear least-squares fit, transcribed: only rounding of float64 separates them."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)).astype(np.float32), rng.normal(size=(20, 1)).astype(np.float32)
    network = Network((Dense(1),), (3,))
    run = train(network, SGD(0.1), Dataset("line", Split(x, y)), Plan(epochs=3, batch_size="full", dtype="float64"))
    w, b = (np.float64(a) for a in network.init(0, np.float64).params[0].values())
    for _ in range(3):
        error = x.astype(np.float64) @ w + b - y
        w, b = w - 0.1 * 2 * x.T.astype(np.float64) @ error / 20, b - 0.1 * 2 * error.mean(axis=0)
    np.testing.assert_allclose(run.variables.params[0]["kernel"], w, rtol=1e-13)
    np.testing.assert_allclose(run.variables.params[0]["bias"], b, rtol=1e-12)


def test_last_smaller_batch_counts_its_own_examples() -> None:
    """10 examples in batches of 4: the last step's loss is the mean over 2, and the epoch's mean weighs steps by
    size.
    """
    data = blobs(10)
    network = small(data)
    run = train(network, SGD(0.0), data, Plan(epochs=1, batch_size=4, train_eval_examples=10))
    order = epoch_order(len(data.train), 4, 0, 1)
    p = network.predict(network.init(0), data.train.x)
    nll = -np.log(p[np.arange(len(p)), data.train.y])
    expected = [nll[row[row >= 0]].mean() for row in order]
    # float32 sums of four terms in another order.
    np.testing.assert_allclose(run.history.steps["loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(run.history["loss"][1], nll.mean(), rtol=1e-5)
    np.testing.assert_allclose(run.history["train_eval_loss"][0], nll.mean(), rtol=1e-5)


def test_padding_does_not_touch_batch_statistics() -> None:
    """With batch normalisation, 5 examples in a batch of 5 and padded to 8 are the same training."""
    data = blobs(5)
    network = small(data, Dense(6), BatchNormalization(), Activation("relu"))
    aim = objective(network, "sparse_categorical_crossentropy")
    results = []
    for order in (np.arange(5)[None], np.array([[0, 1, 2, 3, 4, -1, -1, -1]])):
        session = Session(network, SGD(0.1), aim)
        session.run(session.examples(data.train.x, data.train.y), order.astype(np.int32))
        results.append(session.variables)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), *results)  # one float32 step of size .1


def test_same_seed_same_bits() -> None:
    data = blobs()
    network = small(data, Dense(8, "relu"), Dropout(0.3))
    first, second, other = (train(network, Adam(0.01), data, Plan(epochs=2), seed=s) for s in (5, 5, 6))
    assert equal(first.variables, second.variables)
    assert np.array_equal(first.history.steps["loss"], second.history.steps["loss"])
    assert not equal(first.variables, other.variables)


def test_where_chunks_end_changes_no_bit() -> None:
    """The loop's length is an argument: one call of 20 steps and four of 5 run the same compiled step."""
    data = blobs()
    network = small(data, Dense(8, "relu"), Dropout(0.3))
    aim = objective(network, "sparse_categorical_crossentropy", ["accuracy"])
    order = np.concatenate([epoch_order(len(data.train), 32, 0, e) for e in (1, 2)])[:20]
    whole, parts = (Session(network, Adam(0.01), aim) for _ in range(2))
    examples = whole.examples(data.train.x, data.train.y)
    whole.run(examples, order)
    for first in range(0, 20, 5):
        parts.run(examples, order, first, 5, padded=True)
    assert equal(whole.state, parts.state)


def test_numbers_compile_nothing() -> None:
    data = blobs()

    def run(rate: float, dropout: float) -> None:
        train(small(data, Dense(7, "relu"), Dropout(dropout)), RMSprop(rate, rho=0.8 + rate / 10), data, Plan(epochs=1))

    run(0.01, 0.1)
    before = compiled_chunks()
    run(0.02, 0.5)
    run(1, 0)  # integers are numbers too
    train(small(data, Dense(7, "relu"), Dropout(0.2)), RMSprop(0.03), data, Plan(epochs=3, seconds=100), seed=9)
    assert compiled_chunks() == before
    train(small(data, Dense(9, "relu"), Dropout(0.2)), RMSprop(0.03), data, Plan(epochs=1))
    assert compiled_chunks() == before + 1  # another width is another program: the count can rise


@pytest.mark.filterwarnings("ignore:.*meant for full batches")
@pytest.mark.parametrize("name", often(RULES, RULES_OFTEN))
def test_every_rule_learns(name: str) -> None:
    """Each rule at its defaults lowers the loss of an easy problem."""
    data = blobs(400)
    run = train(small(data), RULES[name](), data, Plan(epochs=15, batch_size="full" if name == "rprop" else 16))
    assert run.history["train_eval_loss"][-1] < run.history["train_eval_loss"][0]


def test_float64_is_kept_throughout() -> None:
    data = blobs()
    run = train(small(data, Dense(4, "tanh"), Dropout(0.1)), Nesterov(0.1), data, Plan(epochs=1, dtype="float64"))
    assert {leaf.dtype for leaf in jax.tree.leaves(run.variables)} == {np.dtype(np.float64)}
    assert not jax.config.jax_enable_x64


def test_divergence_is_a_result() -> None:
    data = load("sine", n=100, seed=0)
    run = train(Network((Dense(16, "relu"), Dense(1)), (1,)), SGD(1e6), data, Plan(epochs=50, batch_size=10))
    assert run.diverged_at is not None
    assert run.stopped == f"diverged at step {run.diverged_at}"
    losses = run.history.steps["loss"]
    assert len(losses) == run.diverged_at + 1
    assert np.isfinite(losses[:-1]).all() and not np.isfinite(losses[-1])


def test_epoch_zero_is_the_untrained_network() -> None:
    data = blobs()
    network = small(data)
    run = train(network, Adam(), data, Plan(epochs=2))
    p = network.predict(network.init(0), data.train.x)
    assert run.history["epoch"].tolist() == [0, 1, 2]
    assert run.history["train_eval_accuracy"][0] == pytest.approx((p.argmax(1) == data.train.y).mean())


def test_stops_early_and_goes_back_to_the_best() -> None:
    data = load("moons", n=200, noise=0.4, seed=0)
    data = Dataset("m", data.train.take(slice(0, 30)), data.train.take(slice(30, None)), None, data.classes)
    stop = EarlyStopping("validation_loss", patience=4)
    run = train(small(data, Dense(64, "relu")), Adam(0.05), data, Plan(epochs=200, batch_size=10), callbacks=[stop])
    assert run.stopped is not None and "did not improve" in run.stopped
    best = run.history["validation_loss"][1:].min()
    p = run.predict(data.validation.x)  # type: ignore[union-attr]
    nll = -np.log(p[np.arange(len(p)), data.validation.y]).mean()  # type: ignore[union-attr]
    assert nll == pytest.approx(best, rel=1e-4)


def test_stops_at_target_and_on_request() -> None:
    data = blobs()
    run = train(small(data), Adam(0.05), data, Plan(epochs=100, target=Target("train_eval_accuracy", 0.9)))
    assert run.stopped is not None and run.stopped.startswith("target reached")
    assert run.history["train_eval_accuracy"][-1] >= 0.9
    run = train(small(data), Adam(), data, Plan(epochs=9), callbacks=[OnEpoch(lambda loop: loop.stop("enough"))])
    assert run.stopped == "enough" and run.history["epoch"][-1] == 0


def test_epochs_run_together_are_the_same_epochs() -> None:
    """Without evaluation several epochs are one chunk; a callback that looks at each epoch changes no bit."""
    data = blobs()
    data = Dataset("b", data.train, None, None, data.classes)
    network = small(data, Dense(8, "relu"), Dropout(0.2))
    plan = Plan(epochs=5, train_eval_examples=0)
    fused, apart = (train(network, Adam(0.01), data, plan, callbacks=c) for c in ([], [Callback()]))
    assert equal(fused.variables, apart.variables)
    for column in ("loss", "accuracy", "step"):
        assert np.array_equal(fused.history[column], apart.history[column], equal_nan=True)


def test_probes_see_what_a_plain_computation_sees() -> None:
    """The probe inside the compiled loop against gradients taken outside of it, for the first step."""
    data = blobs(64)
    network = small(data, Dense(8, "tanh"), Dense(6, "relu"))
    probes = ("gradient_norm", "weight_norm", "update_ratio", "sparsity", "saturated", "dead", "activation_spread")
    run = train(network, SGD(0.1), data, Plan(epochs=2, batch_size=64, shuffle=False, probes=probes, stride=1))
    params = network.init(0).params
    aim = objective(network, "sparse_categorical_crossentropy")
    from ravine.nn import Context

    def loss(p: object) -> jax.Array:
        n = len(data.train)
        return aim.measure(network, p, ({}, {}, {}), data.train.x, data.train.y, np.ones(n, np.float32), Context()).loss

    grads = jax.grad(loss)(params)
    norm = lambda tree: np.sqrt(sum((np.asarray(leaf) ** 2).sum() for leaf in jax.tree.leaves(tree)))  # noqa: E731
    got = run.history.probes
    # float32 sums over a few hundred terms.
    np.testing.assert_allclose(got["gradient_norm"].values[0], [norm(g) for g in grads], rtol=1e-5)
    np.testing.assert_allclose(got["weight_norm"].values[0], [norm(p) for p in params], rtol=1e-5)
    ratios = [0.1 * norm(g) / norm(p) for g, p in zip(grads, params, strict=True)]
    np.testing.assert_allclose(got["update_ratio"].values[0], ratios, rtol=1e-4)
    hidden = np.tanh(data.train.x @ params[0]["kernel"] + params[0]["bias"])
    second = np.maximum(hidden @ params[1]["kernel"] + params[1]["bias"], 0)
    np.testing.assert_allclose(got["sparsity"].values[0], [(hidden == 0).mean(), (second == 0).mean()], atol=1e-6)
    np.testing.assert_allclose(got["saturated"].values[0, 0], (np.abs(hidden) > 0.95).mean(), atol=1e-6)
    dead = (second.max(axis=0) == second.min(axis=0)).mean()
    np.testing.assert_allclose(got["dead"].values[0, 1], dead, atol=1e-6)
    np.testing.assert_allclose(got["activation_spread"].values[0], [hidden.std(), second.std()], rtol=1e-5)
    assert got["gradient_norm"].columns == ("0_dense", "1_dense", "2_dense")


def test_probes_change_nothing_and_keep_their_stride() -> None:
    data = blobs()
    network = small(data)
    plan = Plan(epochs=3, batch_size=32, probes=("gradient_norm",), stride=7)
    seen, blind = train(network, Adam(), data, plan), train(network, Adam(), data, Plan(epochs=3, batch_size=32))
    # Another compiled program may fuse differently: float32 rounding, not more.
    np.testing.assert_allclose(seen.history.steps["loss"], blind.history.steps["loss"], rtol=1e-4)
    steps = seen.history.probes["gradient_norm"].steps
    assert steps.tolist() == list(range(0, len(seen.history.steps["loss"]), 7))


def test_backpropagated_gradient_of_the_last_layer() -> None:
    network = Network((Dense(3, "tanh"), Dense(2)), (4,))
    x = np.ones((5, 4), np.float32)
    gradients = backpropagated(network, network.init(1), lambda out: (out**2).sum(), x)
    np.testing.assert_allclose(gradients[1], 2 * network.predict(network.init(1), x), rtol=1e-5)
    np.testing.assert_allclose(gradients[0], gradients[1] @ network.init(1).params[1]["kernel"].T, rtol=1e-5)


def test_weights_of_examples_scale_their_losses() -> None:
    data = blobs(60)
    weight = np.linspace(0, 2, len(data.train)).astype(np.float32)
    weighted = Dataset("w", Split(data.train.x, data.train.y, weight), None, None, data.classes)
    network = small(data)
    run = train(network, SGD(0.0), weighted, Plan(epochs=1, batch_size="full"))
    p = network.predict(network.init(0), data.train.x)
    expected = (-np.log(p[np.arange(len(p)), data.train.y]) * weight).mean()
    assert run.history["loss"][1] == pytest.approx(expected, rel=1e-5)


def test_misfits_are_refused_each_with_its_sentence() -> None:
    data = blobs()
    with pytest.raises(RavineError, match=r"takes examples of shape \(5,\), blobs has \(2,\)"):
        train(Network((Dense(3, "softmax"),), (5,)), SGD(), data)
    with pytest.raises(RavineError, match="train targets:"):
        train(small(data, classes=2), SGD(), data)
    with pytest.raises(RavineError, match="unknown probe 'gradient_nrom': did you mean 'gradient_norm'"):
        Plan(probes=("gradient_nrom",))
    with pytest.raises(RavineError, match="batch_size must be a positive integer, got 0"):
        Plan(batch_size=0)
    with pytest.raises(RavineError, match="number of examples or 'full', got 'all'"):
        Plan(batch_size="all")  # type: ignore[arg-type]
    with pytest.raises(RavineError, match="target: no quantity 'validation_accuracy'"):
        alone = Dataset("b", data.train, None, None, data.classes)
        train(small(data), SGD(), alone, Plan(target=Target("validation_accuracy", 0.5)))
    with pytest.warns(UserWarning, match="meant for full batches"):
        train(small(data), RULES["rprop"](), data, Plan(epochs=1, batch_size=32))


def test_precision_is_given_back() -> None:
    with pytest.raises(ZeroDivisionError), precision("float64"):
        raise ZeroDivisionError
    assert not jax.config.jax_enable_x64

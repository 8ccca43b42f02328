"""Each trouble is provoked by a run that has it, and named; runs in good health are left in peace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from diagnosis_cases import mislabelled
from ravine.data import Dataset, Split, hold_out, load, scale
from ravine.diagnosis import TROUBLES, Finding, diagnose
from ravine.diagnosis.data_problems import contradicted
from ravine.diagnosis.finding import plain
from ravine.functions import RandomNormal
from ravine.nn import Dense, Network, network
from ravine.optim import SGD, Adam
from ravine.train import CHEAP, History, Plan, ProbeSeries, Run, train


def held(name: str, **options: Any) -> Dataset:
    return hold_out(load(name, **options), 0.25, seed=0)


def plan(**given: Any) -> Plan:
    return Plan(**({"probes": CHEAP, "stride": 5, "batch_size": 32, "epochs": 15} | given))


MOONS, SINE = held("moons", n=600, noise=0.2, seed=1), held("sine", n=400, seed=0)
BLOBS = scale(held("blobs", n=600, seed=3), "standard")[0]
CLASSES = len(BLOBS.classes or ())


def deep(activation: str, layers: int, width: int = 16, initializer: Any = "glorot_uniform") -> Network:
    hidden = [Dense(width, activation, kernel_initializer=initializer) for _ in range(layers)]
    return Network((*hidden, Dense(2, "softmax")), (2,))


def troubles(found: tuple[Finding, ...]) -> list[str]:
    return [finding.trouble for finding in found]


@pytest.mark.parametrize(
    ("net", "rule", "data", "epochs"),
    [
        (network(f"2-16:tanh-{CLASSES}:softmax"), Adam(0.01), BLOBS, 15),
        (network("2-32:relu-32:relu-2:softmax"), Adam(0.005), MOONS, 20),
        pytest.param(network("2-16:logistic-2:softmax"), Adam(0.03), MOONS, 20, marks=pytest.mark.slow),
        (network("1-16:tanh-1"), SGD(0.1), SINE, 25),
    ],
    ids=["blobs", "moons", "logistic", "sine"],
)
def test_a_healthy_run_is_left_in_peace(net: Network, rule: Any, data: Dataset, epochs: int) -> None:
    """With its probes, with its data, and with its history alone."""
    run = train(net, rule, data, plan(epochs=epochs))
    assert diagnose(run, data) == () and diagnose(run) == ()
    bare = History(run.history.rows, run.history.step_parts)
    blind = Run(net, rule, Plan(epochs=epochs, batch_size=32), 0, run.variables, bare, None, run.seconds)
    assert diagnose(blind, data) == () and diagnose(blind) == ()


@pytest.mark.slow
def test_vanishing_gradient() -> None:
    run = train(deep("logistic", 8), SGD(0.1), MOONS, plan())
    (found,) = diagnose(run)
    assert found.trouble == "vanishing_gradient" and found.instrument == "gradient_norm"
    # Glorot and Bengio's .230 per layer for the logistic function (2010), at another width.
    assert 0.15 < found.numbers["per"] < 0.35
    assert found.changes == {"activation": "relu", "kernel_initializer": "he_uniform"}
    assert "The gradient per weight in layer 0_dense is" in found.evidence and "ReLU" in found.remedy
    blind = train(deep("logistic", 8), SGD(0.1), MOONS, Plan(epochs=15, batch_size=32))
    assert troubles(diagnose(blind, MOONS)) == ["vanishing_gradient"]
    assert troubles(diagnose(blind)) == ["learned_little"]  # all that its losses tell


def test_a_gradient_of_a_hundredth_is_named_where_nothing_is_learned() -> None:
    """Four logistic layers keep .23^4 = .003 of the gradient: no thousandth, but the run only guesses."""
    run = train(deep("logistic", 4), SGD(0.1), MOONS, plan(epochs=5))
    assert [each.trouble for each in diagnose(run)] == ["vanishing_gradient"]
    assert 1e-3 < diagnose(run)[0].numbers["ratio"] < 1e-1


@pytest.mark.slow
def test_exploding_gradient_and_bad_initialisation() -> None:
    """Unit-variance weights, 32 wide: each layer multiplies activations by sqrt(32/2) = 4, six layers 4,096 times."""
    run = train(deep("relu", 6, 32, RandomNormal(0.0, 1.0)), SGD(1e-6), MOONS, plan(epochs=3))
    bad, exploding = diagnose(run, MOONS)
    assert (bad.trouble, exploding.trouble) == ("bad_initialisation", "exploding_gradient")
    assert 3 < bad.numbers["growth"] < 6 and exploding.numbers["share"] > 100
    assert bad.changes == {"kernel_initializer": "he_uniform"}


def test_a_gradient_that_grows_on_its_way_back() -> None:
    """The records of a run alone are enough: norms per layer, a thousandfold from the last to the first."""
    net = deep("tanh", 3)
    norms = np.array([[3e4, 2e3, 50.0, 1.0]] * 6, np.float32)
    columns = ("0_dense", "1_dense", "2_dense", "3_dense")
    weights = ProbeSeries(np.arange(6), np.ones((6, 4), np.float32) * 1e4, columns)
    history = History(
        probe_parts={"gradient_norm": [ProbeSeries(np.arange(6), norms, columns)], "weight_norm": [weights]}
    )
    history.add_steps(np.arange(6), np.ones(6), np.ones(6))
    run = Run(net, SGD(0.1), plan(), 0, net.init(0), history, None, 1.0)
    (found,) = diagnose(run)
    assert found.trouble == "exploding_gradient" and found.numbers["first"] == "0_dense"


@pytest.mark.parametrize("initializer", ["zeros", RandomNormal(0.0, 0.01)], ids=["alike", "small"])
def test_bad_initialisation(initializer: Any) -> None:
    run = train(deep("tanh", 5, initializer=initializer), Adam(0.001), MOONS, plan(epochs=2))
    found = diagnose(run)[0]
    assert found.trouble == "bad_initialisation" and found.changes == {"kernel_initializer": "glorot_uniform"}


def test_dead_units() -> None:
    run = train(network("2-32:relu-32:relu-2:softmax"), SGD(8.0), MOONS, plan())
    found = {finding.trouble: finding for finding in diagnose(run, MOONS)}
    assert set(found) == {"dead_units", "rate_too_high"}
    assert found["dead_units"].changes == {"learning_rate": 0.8}
    assert "dead_units" in troubles(diagnose(run))


@pytest.mark.slow
def test_saturated_units_by_inputs_and_by_weights() -> None:
    far = MOONS.replace_x(**{name: part.x * 100 for name, part in MOONS.parts.items()})
    run = train(network("2-16:tanh-2:softmax"), SGD(0.001), far, plan(epochs=3))
    assert diagnose(run, far)[0].trouble == "saturated_units" and diagnose(run, far)[0].changes == {"scale": "standard"}
    wide = Dense(16, "tanh", kernel_initializer=RandomNormal(0.0, 10.0))
    run = train(Network((wide, Dense(2, "softmax")), (2,)), Adam(0.001), MOONS, plan(epochs=3))
    (found,) = diagnose(run, MOONS)
    assert found.trouble == "saturated_units" and found.changes == {"kernel_initializer": "glorot_uniform"}


def test_rate_too_high() -> None:
    """By overshooting steps, by a loss above its start, and by divergence."""
    over = train(network("1-32:relu-1"), SGD(0.5), SINE, plan())
    (found,) = diagnose(over)
    assert found.trouble == "rate_too_high" and found.instrument == "step_gain" and found.numbers["gain"] < 0
    assert found.changes == {"learning_rate": 0.05}
    above = train(network("2-16:tanh-2:softmax"), SGD(30.0), MOONS, Plan(epochs=15, batch_size=32))
    assert "before the first step" in diagnose(above)[0].evidence
    lost = train(network("1-32:relu-1"), SGD(1e3), SINE, Plan(epochs=3, batch_size=32))
    assert f"step {lost.diverged_at}" in diagnose(lost)[0].evidence


def test_a_loss_that_climbed_back() -> None:
    """A fall and a rise in the losses alone; the same rise within the chance of single batches is none."""
    rng, net = np.random.default_rng(0), network("2-4:tanh-2:softmax")
    for noise, expected in ((0.02, ["rate_too_high"]), (4.0, [])):
        course = np.concatenate([np.linspace(1.0, 0.2, 60), np.linspace(0.2, 0.7, 60)]) + noise * rng.normal(size=120)
        history = History()
        history.add_epoch({"epoch": 0, "loss": np.nan})
        history.add_steps(np.arange(120), np.abs(course), np.ones(120))
        run = Run(net, SGD(0.1), Plan(epochs=1, batch_size=8), 0, net.init(0), history, None, 1.0)
        assert troubles(diagnose(run)) == expected


def test_rate_too_low() -> None:
    run = train(network("2-16:tanh-2:softmax"), SGD(1e-4), MOONS, plan())
    for found in (diagnose(run), diagnose(run, MOONS)):
        assert troubles(found) == ["rate_too_low"] and found[0].changes == {"learning_rate": 0.001}


def test_batch_too_small() -> None:
    """Targets that are noise alone: no signal is left in two examples' gradient."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1200, 20)), 3 * rng.normal(size=(1200, 1))
    data = Dataset("noise", Split(x, y))
    run = train(network("20-16:tanh-1"), SGD(0.005), data, plan(batch_size=2, epochs=1, stride=1))
    (found,) = diagnose(run, data)
    assert found.trouble == "batch_too_small" and found.changes == {"batch_size": 16}
    assert found.numbers["scale"] > 40


def test_overfitting() -> None:
    few = Dataset("few", MOONS.train.take(slice(0, 60)), MOONS.validation, None, MOONS.classes)
    run = train(
        network("2-64:relu-64:relu-2:softmax"), Adam(0.01), mislabelled(few, 0.2, 0), Plan(epochs=60, batch_size=16)
    )
    (found,) = diagnose(run)
    best = int(np.argmin(run.history["validation_loss"]))
    assert found.trouble == "overfitting" and found.changes == {"epochs": best}


def test_wrong_labels_are_counted() -> None:
    """A fifth of the labels is wrong: the estimate comes within twice its binomial deviation."""
    data = mislabelled(BLOBS, 0.2, 0)
    run = train(network(f"2-16:tanh-{CLASSES}:softmax"), Adam(0.01), data, plan(epochs=20))
    (found,) = diagnose(run, data)
    assert found.trouble == "label_noise" and found.numbers["of"] == 150
    assert abs(found.numbers["share"] - 20) < 200 * np.sqrt(0.2 * 0.8 / 150)


def test_confident_learning_counts_planted_errors() -> None:
    """Probabilities of a network that was rightly made unsure by 30 % wrong labels: no p exceeds .7, all are found."""
    rng = np.random.default_rng(0)
    true, labels = rng.integers(0, 3, 3000), np.zeros(3000, int)
    wrong = rng.random(3000) < 0.3
    labels = np.where(wrong, (true + rng.integers(1, 3, 3000)) % 3, true)
    p = np.full((3000, 3), 0.15) + rng.uniform(0, 0.01, (3000, 3))
    p[np.arange(3000), true] = 0.7
    np.testing.assert_array_equal(contradicted(p, labels), wrong)


def test_a_schedule_has_no_rate_to_change_but_advice() -> None:
    from ravine.optim import ConstantSchedule

    run = train(network("1-32:relu-1"), SGD(ConstantSchedule(1e3)), SINE, Plan(epochs=3, batch_size=32))
    assert diagnose(run)[0].changes == {} and diagnose(run)[0].remedy == "Lower the learning rate."


def test_numbers_are_written_to_three_digits() -> None:
    assert [plain(v) for v in (0.00012345, 12, 1234.5, "0_dense", np.float32(0.5))] == [
        "0.000123", "12", "1.23e+03", "0_dense", "0.5",
    ]  # fmt: skip
    assert all(Finding(name, "mild", "", "", "").title == title for name, title in TROUBLES.items())

"""Losses against formulas in float64, Keras, optax and torch; their gradients; the targets they refuse."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from ravine.core import RavineError
from ravine.functions import (
    LOSSES,
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    FromLogits,
    Huber,
    Loss,
    Tversky,
    loss,
)
from ravine.functions import SparseCategoricalCrossentropy as Sparse
from ravine.functions.losses import FunctionLoss, MeanSquaredError

CLASSES = 5
# Keras's mean on jax rounds to float32, whose spacing is 1.2e-7, float64 or not; its sum does not.
SUMMED = {
    "categorical_crossentropy": 1e-12,
    "sparse_categorical_crossentropy": 1e-12,
    "kl_divergence": 1e-12,
    "categorical_hinge": 1e-12,
    "categorical_focal_crossentropy": 1e-12,
    "cosine_similarity": 1e-12,
    "dice": 1e-12,
    "tversky": 1e-12,
}
MEANT = 3e-7


class Case(NamedTuple):
    """Targets and outputs that a loss is made for, of any leading shape."""

    y: np.ndarray
    out: np.ndarray


def case(name: str, lead: tuple[int, ...] = (7,), seed: int = 0) -> Case:
    rng = np.random.default_rng(seed)
    rows, z = rng.dirichlet(np.ones(CLASSES), lead), rng.normal(size=(*lead, CLASSES)) * 2
    labels = rng.integers(0, CLASSES, lead)
    signs = rng.choice([-1.0, 1.0], (*lead, CLASSES))
    return {
        "categorical_crossentropy": Case(np.eye(CLASSES)[labels], rows),
        "sparse_categorical_crossentropy": Case(labels, rows),
        "binary_crossentropy": Case((signs + 1) / 2, special.expit(z)),
        "kl_divergence": Case(rng.dirichlet(np.ones(CLASSES), lead), rows),
        "hinge": Case(signs, z),
        "squared_hinge": Case(signs, z),
        "poisson": Case(rng.poisson(2.0, (*lead, CLASSES)).astype(float), np.exp(z)),
        "mean_squared_logarithmic_error": Case(rng.poisson(2.0, (*lead, CLASSES)).astype(float), np.exp(z)),
        "mean_absolute_percentage_error": Case(signs * (1.0 + rng.poisson(3.0, (*lead, CLASSES))), z),
        "cosine_similarity": Case(signs * (1.0 + rng.poisson(3.0, (*lead, CLASSES))), z),
        "categorical_hinge": Case(np.eye(CLASSES)[labels], z),
        "categorical_focal_crossentropy": Case(np.eye(CLASSES)[labels], rows),
        "binary_focal_crossentropy": Case((signs + 1) / 2, special.expit(z)),
        "dice": Case((signs + 1) / 2, special.expit(z)),
        "tversky": Case((signs + 1) / 2, special.expit(z)),
    }.get(name, Case(rng.normal(size=(*lead, CLASSES)), z))


def formula(name: str, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Each loss as its paper writes it, in float64, for outputs away from the clips."""
    error = abs(p - y) if name != "sparse_categorical_crossentropy" else np.zeros(())
    return {
        "categorical_crossentropy": lambda: -(y * np.log(p)).sum(-1),
        "sparse_categorical_crossentropy": lambda: -np.log(np.take_along_axis(p, y[..., None], -1))[..., 0],
        "binary_crossentropy": lambda: -(special.xlogy(y, p) + special.xlog1py(1 - y, -p)).mean(-1),
        "mean_squared_error": lambda: (error**2).mean(-1),
        "mean_absolute_error": lambda: error.mean(-1),
        "huber": lambda: np.where(error <= 1, error**2 / 2, error - 0.5).mean(-1),
        "hinge": lambda: np.maximum(0, 1 - y * p).mean(-1),
        "squared_hinge": lambda: (np.maximum(0, 1 - y * p) ** 2).mean(-1),
        "kl_divergence": lambda: special.rel_entr(y, p).sum(-1),
        "poisson": lambda: (p - y * np.log(p)).mean(-1),
        "mean_absolute_percentage_error": lambda: (100 * error / abs(y)).mean(-1),
        "mean_squared_logarithmic_error": lambda: ((np.log(1 + p) - np.log(1 + y)) ** 2).mean(-1),
        "log_cosh": lambda: np.log(np.cosh(error)).mean(-1),
        "cosine_similarity": lambda: -(y * p).sum(-1) / np.linalg.norm(y, axis=-1) / np.linalg.norm(p, axis=-1),
        "categorical_hinge": lambda: np.maximum(
            0, 1 + np.where(y > 0, 0, p).max(-1) - np.take_along_axis(p, y.argmax(-1)[..., None], -1)[..., 0]
        ),
        "categorical_focal_crossentropy": lambda: -(0.25 * (1 - p) ** 2 * y * np.log(p)).sum(-1),
        "binary_focal_crossentropy": lambda: -np.where(y > 0, (1 - p) ** 2 * np.log(p), p**2 * np.log(1 - p)).mean(-1),
        "dice": lambda: 1 - 2 * (y * p).sum(-1) / (y + p).sum(-1),
        "tversky": lambda: 1 - 2 * (y * p).sum(-1) / (y + p).sum(-1),
    }[name]()


# Keras's guards of 1e-7 move a logarithm of p > 1e-3 by up to 1e-4, and a quotient or ln(1 + 0) by 1e-7.
GUARDED = {
    "kl_divergence": 1e-4,
    "poisson": 1e-4,
    "mean_squared_logarithmic_error": 1e-5,
    "dice": 1e-6,
    "tversky": 1e-6,
}


@pytest.mark.parametrize("name", list(LOSSES))
@pytest.mark.parametrize("lead", [(7,), (3, 4)])
def test_equals_the_formula_per_example_and_per_step_of_a_sequence(name, lead, float64):
    y, out = case(name, lead)
    value = LOSSES[name]()(jnp.asarray(y), jnp.asarray(out))
    assert value.shape == lead
    np.testing.assert_allclose(value, formula(name, y, out), rtol=GUARDED.get(name, 1e-12))


@pytest.mark.parametrize("name", list(LOSSES))
def test_equals_keras_value_and_gradient(name, float64, lenient):
    keras = pytest.importorskip("keras")
    theirs, ours = getattr(keras.losses, name), LOSSES[name]()
    if name in {"dice", "tversky"}:
        theirs = functools.partial(theirs, axis=-1)  # of each example, where Keras's default is a number per batch
    y, out = (jnp.asarray(part) for part in case(name))
    tolerance = SUMMED.get(name, MEANT)
    np.testing.assert_allclose(ours(y, out), theirs(y, out), rtol=tolerance)
    mine = jax.grad(lambda out: ours(y, out).sum())(out)
    np.testing.assert_allclose(mine, jax.grad(lambda out: theirs(y, out).sum())(out), rtol=tolerance, atol=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("kind", [CategoricalCrossentropy, BinaryCrossentropy])
def test_label_smoothing_equals_keras(kind, smoothing, float64):
    keras = pytest.importorskip("keras")
    ours = kind(label_smoothing=smoothing)
    y, out = (jnp.asarray(part) for part in case(ours.name))
    z = jnp.log(out) * 3
    theirs = getattr(keras.losses, ours.name)
    np.testing.assert_allclose(
        ours(y, out), theirs(y, out, label_smoothing=smoothing), rtol=SUMMED.get(ours.name, MEANT)
    )
    expected = theirs(y, z, from_logits=True, label_smoothing=smoothing)
    np.testing.assert_allclose(ours.from_logits(y, z), expected, rtol=SUMMED.get(ours.name, MEANT))


@pytest.mark.parametrize("delta", [0.1, 1.0, 3.0])
def test_huber_equals_keras_and_optax_for_every_delta(delta, float64):
    keras, optax = pytest.importorskip("keras"), pytest.importorskip("optax")
    y, out = (jnp.asarray(part) for part in case("huber"))
    np.testing.assert_allclose(Huber(delta)(y, out), keras.losses.huber(y, out, delta), rtol=MEANT)
    np.testing.assert_allclose(Huber(delta)(y, out), optax.huber_loss(out, y, delta=delta).mean(-1), rtol=1e-12)


def test_logits_equal_optax_and_torch(float64):
    optax, torch = pytest.importorskip("optax"), pytest.importorskip("torch")
    z = np.random.default_rng(3).normal(size=(6, CLASSES)) * 30
    labels, rows = case("sparse_categorical_crossentropy", (6,)).y, case("categorical_crossentropy", (6,)).y
    ours = Sparse(0.1).from_logits(jnp.asarray(labels), jnp.asarray(z))
    there = torch.nn.functional.cross_entropy(
        torch.tensor(z), torch.tensor(labels), reduction="none", label_smoothing=0.1
    )
    np.testing.assert_allclose(ours, there.numpy(), rtol=1e-12)
    plain = Sparse().from_logits(jnp.asarray(labels), jnp.asarray(z))
    np.testing.assert_allclose(plain, optax.softmax_cross_entropy(z, rows), rtol=1e-12, atol=1e-14)
    ours = BinaryCrossentropy().from_logits(jnp.asarray(rows), jnp.asarray(z))
    there = torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor(z), torch.tensor(rows), reduction="none")
    np.testing.assert_allclose(ours, there.numpy().mean(-1), rtol=1e-12)


EXTREME = np.array([[3e38, -3e38, 0.0], [-3e38, -3e38, -3e38], [1e4, 1e4, -1e4], [1e-45, -1e-45, 0], [88, -88, 100]])


@pytest.mark.parametrize("kind", ["categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy"])
@pytest.mark.parametrize("label", [0, 1, 2])
def test_logits_of_any_size_give_the_gradient_output_less_target(kind, label):
    z, rows = jnp.asarray(EXTREME, jnp.float32), jnp.asarray(np.eye(3, dtype=np.float32)[[label] * 5])
    y = jnp.full(5, label) if kind.startswith("sparse") else rows
    ours = loss(kind)
    gradient = jax.grad(lambda z: ours.from_logits(y, z).sum())(z)
    if kind == "binary_crossentropy":
        expected = (special.expit(EXTREME) - np.asarray(rows)) / 3
    else:
        expected = special.softmax(EXTREME, axis=-1) - np.asarray(rows)
    np.testing.assert_allclose(gradient, expected, atol=1e-7)
    value = np.asarray(ours.from_logits(y, z))
    assert not np.isnan(value).any()
    # Two logits 6e38 apart make a loss that float32 cannot hold; nothing else is infinite.
    assert np.isfinite(value[1:]).all()


def test_a_sure_binary_answer_keeps_its_tiny_loss_and_gradient():
    value, slope = jax.value_and_grad(lambda z: BinaryCrossentropy().from_logits(jnp.ones(1), z))(jnp.full(1, 30.0))
    np.testing.assert_allclose(value, np.exp(-30.0), rtol=1e-5)  # 1 - expit(30) is 0 in float32
    np.testing.assert_allclose(slope, -np.exp(-30.0), rtol=1e-5)


def test_from_probabilities_a_certain_mistake_is_capped_and_has_no_gradient():
    out = jnp.array([[1.0, 0.0]])
    value, slope = jax.value_and_grad(lambda p: CategoricalCrossentropy()(jnp.array([[0.0, 1.0]]), p)[0])(out)
    np.testing.assert_allclose(value, 16.118, atol=1e-3)
    np.testing.assert_array_equal(slope, 0)


@pytest.mark.parametrize("name", list(LOSSES))
@pytest.mark.parametrize("huge", [1e4, 1e30, 3e38])
def test_no_gradient_is_nan_however_wrong_the_output(name, huge):
    y, _ = case(name)
    ours = LOSSES[name]()
    for size in (huge, -huge):
        gradient = jax.grad(lambda out: ours(jnp.asarray(y), out).sum())(jnp.full((7, CLASSES), size, jnp.float32))
        if name == "poisson" and size < 0:
            continue  # the logarithm of a negative mean is undefined, in Keras as well
        if huge > 1e30 and (
            name.startswith(("categorical_cross", "categorical_focal", "sparse")) or name in {"dice", "tversky"}
        ):
            continue  # such "probabilities" have no finite sum to be divided by
        assert not np.isnan(gradient).any()


@pytest.mark.parametrize("name", list(LOSSES))
@pytest.mark.parametrize("dtype", [jnp.float16, jnp.float32, jnp.float64])
def test_the_outputs_dtype_rules_whatever_the_targets_dtype(name, dtype):
    y, out = case(name)
    with jax.enable_x64(dtype == jnp.float64):
        for kind in (np.float64, np.float32, np.int8):
            value = LOSSES[name]()(y.astype(kind), jnp.asarray(out, dtype))
            assert value.dtype == dtype


@pytest.mark.parametrize("name", list(LOSSES))
def test_jit_and_vmap_change_nothing(name):
    y, out = case(name)
    y, out = jnp.asarray(y, jnp.int32 if "sparse" in name else jnp.float32), jnp.asarray(out, jnp.float32)
    ours = LOSSES[name]()
    plain = ours(y, out)
    np.testing.assert_allclose(jax.jit(lambda ours, y, out: ours(y, out))(ours, y, out), plain, rtol=1e-5)
    np.testing.assert_allclose(jax.vmap(ours)(y[:, None], out[:, None])[:, 0], plain, rtol=1e-5)


def test_numbers_of_a_loss_are_swept_without_compiling_again():
    traces = []

    @jax.jit
    def value(ours, y, out):
        traces.append(ours)
        return ours(y, out)

    y, out = (jnp.asarray(part, jnp.float32) for part in case("huber"))
    results = [value(Huber(jnp.float32(delta)), y, out).mean() for delta in (0.1, 1.0, 2.0)]
    assert len(traces) == 1
    assert len({float(result) for result in results}) == 3
    members = jax.vmap(lambda delta: Huber(delta)(y, out).mean())(jnp.array([0.1, 1.0, 2.0]))
    np.testing.assert_allclose(members, results, rtol=1e-6)


def test_sparse_logits_need_no_gather_and_no_scatter():
    def step(z, y):
        return jax.grad(lambda z: Sparse().from_logits(y, z).sum())(z)

    text = jax.jit(step).lower(jnp.zeros((8, 10)), jnp.zeros(8, jnp.int32)).as_text()
    assert "gather" not in text
    assert "scatter" not in text


@pytest.mark.parametrize("name", ["mse", "mae", "huber", "mape", "log_cosh", "msle"])
def test_a_perfect_answer_has_no_gradient(name):
    np.testing.assert_array_equal(jax.grad(lambda out: loss(name)(jnp.ones(3), out))(jnp.ones(3)), 0)


def test_what_fuses_with_what():
    fused = {name: LOSSES[name].fuses for name in LOSSES if LOSSES[name].fuses}
    assert fused == {
        "categorical_crossentropy": "softmax",
        "sparse_categorical_crossentropy": "softmax",
        "binary_crossentropy": "logistic",
        "binary_focal_crossentropy": "logistic",
        "categorical_focal_crossentropy": "softmax",
    }
    with pytest.raises(RavineError, match="mean_squared_error has no form from logits"):
        MeanSquaredError().from_logits(jnp.zeros(1), jnp.zeros(1))
    with pytest.raises(RavineError, match="mean_squared_error has no form from logits"):
        FromLogits(MeanSquaredError())


@pytest.mark.parametrize("name", [name for name in LOSSES if LOSSES[name].fuses])
def test_logits_and_probabilities_agree(name, float64):
    ours = loss(name)
    y, out = (jnp.asarray(part) for part in case(name))
    z = jnp.log(out / (1 - out)) if ours.fuses == "logistic" else jnp.log(out) + 4
    np.testing.assert_allclose(ours.from_logits(y, z), ours(y, out), rtol=1e-9)
    np.testing.assert_array_equal(FromLogits(ours)(y, z), ours.from_logits(y, z))
    assert FromLogits(ours).fuses is None
    assert FromLogits(ours).name == name


def test_names_classes_functions():
    assert isinstance(loss("mse"), MeanSquaredError)
    assert loss(MeanSquaredError) == MeanSquaredError()
    assert loss(ours := Huber(2.0)) is ours
    assert isinstance(loss(lambda y, out: (out - y)[..., 0]), FunctionLoss)
    assert all(isinstance(LOSSES[name](), Loss) and LOSSES[name]().name == name for name in LOSSES)
    with pytest.raises(RavineError, match="did you mean 'hinge'"):
        loss("hnge")
    for bad in (3, int):
        with pytest.raises(RavineError, match="a name, a Loss or a function"):
            loss(bad)


ONE_HOT = np.eye(3)
REFUSED = [
    ("mse", np.zeros((4, 3)), (2,), "targets have shape (4, 3), the network's outputs (n, 2)"),
    ("mse", np.zeros(4), (2,), "targets have shape (4,), the network's outputs (n, 2)"),
    ("mse", np.zeros((0, 2)), (2,), "targets are empty, of shape (0, 2)"),
    ("mse", 1.0, (1,), "targets are empty, of shape ()"),
    ("mse", [[1.0], [np.nan]], (1,), "target nan at index (1, 0) is not finite"),
    ("mse", [1.0, np.inf], (1,), "target inf at index 1 is not finite"),
    ("mse", np.array([1, None], object), (1,), "targets have dtype object"),
    ("mse", ["cat", "dog"], (1,), "targets have dtype <U3, numbers are wanted"),
    ("mse", [1j, 2j], (1,), "targets have dtype complex128"),
    ("mse", [[1.0], [1.0, 2.0]], (1,), "targets are ragged"),
    ("sparse_categorical_crossentropy", [0, 3, 5], (3,), "label 3 at index 1 is outside 0..2"),
    ("sparse_categorical_crossentropy", [0, -1], (3,), "label -1 at index 1 is outside 0..2"),
    ("sparse_categorical_crossentropy", [0.0, 1.5], (3,), "label 1.5 at index 1 is not a whole number"),
    ("sparse_categorical_crossentropy", [0.0, np.nan], (3,), "target nan at index 1 is not finite"),
    ("sparse_categorical_crossentropy", ONE_HOT, (3,), "integer labels are wanted: use categorical_crossentropy"),
    ("sparse_categorical_crossentropy", np.zeros((4, 7), int), (3,), "integer labels of shape (n,) are wanted"),
    ("sparse_categorical_crossentropy", np.zeros(4, int), (6, 3), "integer labels of shape (n, 6) are wanted"),
    ("sparse_categorical_crossentropy", np.full((2, 6), 3), (6, 3), "label 3 at index (0, 0) is outside 0..2"),
    ("categorical_crossentropy", [0, 1, 2], (3,), "use sparse_categorical_crossentropy, or convert them with to_cat"),
    ("categorical_crossentropy", [[0], [1]], (3,), "targets of shape (2, 1) are integer labels"),
    ("categorical_crossentropy", ONE_HOT, (4,), "targets have shape (3, 3), the network's outputs (n, 4)"),
    ("categorical_crossentropy", [[0.5, 0.7]], (2,), "the targets at index 0 sum to 1.2, not 1"),
    ("categorical_crossentropy", [[1.5, -0.5]], (2,), "target -0.5 at index (0, 1) is negative"),
    ("categorical_crossentropy", [[1.0], [1.0]], (1,), "no second class: use binary_crossentropy"),
    ("binary_crossentropy", [0, 1, 2], (1,), "target 2.0 at index (2, 0) is outside [0, 1]"),
    ("hinge", [0, 1, 2], (1,), "label 2.0 at index (2, 0) is none of -1, 1 (or 0, 1)"),
    ("squared_hinge", [0, 1, -1], (1,), "labels mix -1 and 0"),
    ("kl_divergence", [[1.5, -0.5]], (2,), "target 1.5 at index (0, 0) is outside [0, 1]"),
    ("poisson", [1, -2], (1,), "target -2.0 at index (1, 0) is below 0"),
    ("msle", [1, -2], (1,), "target -2.0 at index (1, 0) is below 0"),
    ("dice", [[0, 2]], (2,), "target 2.0 at index (0, 1) is outside [0, 1]"),
    ("categorical_hinge", [[0.5, 0.7]], (2,), "the targets at index 0 sum to 1.2, not 1"),
]


@pytest.mark.parametrize(
    ("name", "y", "shape", "sentence"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_bad_targets_get_their_sentence(name, y, shape, sentence):
    with pytest.raises(RavineError, match=re.escape(sentence)) as caught:
        loss(name).check(y, shape)
    assert str(caught.value).startswith(type(loss(name)).__name__ + ": ")


@pytest.mark.parametrize("name", list(LOSSES))
@pytest.mark.parametrize("lead", [(7,), (3, 4)])
def test_good_targets_pass_and_keep_their_values(name, lead):
    y, out = case(name, lead)
    checked = LOSSES[name]().check(y, out.shape[1:])
    assert checked.dtype == (np.int32 if "sparse" in name else np.float64)
    np.testing.assert_array_equal(checked, y)
    assert LOSSES[name]().check(y.astype(np.float32), out.shape[1:]).dtype == (
        np.int32 if "sparse" in name else np.float32
    )


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint64, np.float16, np.float32, np.float64])
def test_targets_of_every_number_type_become_what_the_loss_wants(kind):
    y = np.array([0, 1, 1]).astype(kind)
    np.testing.assert_array_equal(loss("sparse_categorical_crossentropy").check(y, (2,)), [0, 1, 1])
    np.testing.assert_array_equal(loss("sparse_categorical_crossentropy").check(y[:, None], (2,)), [0, 1, 1])
    np.testing.assert_array_equal(loss("binary_crossentropy").check(y, (1,)), [[0], [1], [1]])
    np.testing.assert_array_equal(loss("hinge").check(y, (1,)), [[-1], [1], [1]])
    np.testing.assert_array_equal(loss("mse").check(y, (1,)), [[0], [1], [1]])


@pytest.mark.parametrize("kind", [CategoricalCrossentropy, Sparse, BinaryCrossentropy])
@pytest.mark.parametrize("smoothing", [-0.1, 1.1, float("nan"), "much"])
def test_label_smoothing_is_a_share(kind, smoothing):
    with pytest.raises(RavineError, match=r"label_smoothing must be a number in \[0, 1\], got"):
        kind(smoothing)


def test_delta_is_positive():
    with pytest.raises(RavineError, match=r"Huber: delta must be a number in \(0, inf\), got 0"):
        Huber(0)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_focal_losses_equal_keras_for_every_number(gamma, smoothing, float64, lenient):
    """From probabilities and from logits; Keras's binary one rounds to float32 in its mean."""
    keras = pytest.importorskip("keras")
    y, out = (jnp.asarray(part) for part in case("binary_focal_crossentropy"))
    for alpha in (None, 0.3):
        ours = BinaryFocalCrossentropy(gamma, alpha, smoothing)
        options = {"gamma": gamma, "label_smoothing": smoothing, "alpha": alpha or 0.25}
        options["apply_class_balancing"] = alpha is not None
        theirs = functools.partial(keras.losses.binary_focal_crossentropy, **options)
        np.testing.assert_allclose(ours(y, out), theirs(y, out), rtol=MEANT)
        z = jnp.log(out / (1 - out))
        np.testing.assert_allclose(ours.from_logits(y, z), theirs(y, z, from_logits=True), rtol=MEANT)
    y, out = (jnp.asarray(part) for part in case("categorical_focal_crossentropy"))
    options = {"gamma": gamma, "label_smoothing": smoothing, "alpha": 0.6}
    theirs, ours = keras.losses.categorical_focal_crossentropy, CategoricalFocalCrossentropy(gamma, 0.6, smoothing)
    np.testing.assert_allclose(ours(y, out), theirs(y, out, **options), rtol=1e-12)
    z = jnp.log(out) + 3
    np.testing.assert_allclose(ours.from_logits(y, z), theirs(y, z, from_logits=True, **options), rtol=1e-9)


def test_focal_loss_with_gamma_zero_is_cross_entropy_with_its_gradient(float64):
    """Where a power of 0 has no slope: at answers that are sure and right."""
    z = jnp.array([[1000.0, 0.0], [0.3, -0.2]])
    y = jnp.array([[1.0, 0.0], [0.0, 1.0]])
    for ours, plain in (
        (CategoricalFocalCrossentropy(0.0, 1.0), CategoricalCrossentropy()),
        (BinaryFocalCrossentropy(0.0), BinaryCrossentropy()),
    ):
        for function in (
            lambda z, ours=ours: ours.from_logits(y, z).sum(),
            lambda z, ours=plain: ours.from_logits(y, z).sum(),
        ):
            assert np.isfinite(jax.grad(function)(z)).all()
        np.testing.assert_allclose(ours.from_logits(y, z), plain.from_logits(y, z), atol=1e-300, rtol=1e-12)
        slopes = [jax.grad(lambda z, each=each: each.from_logits(y, z).sum())(z) for each in (ours, plain)]
        np.testing.assert_allclose(slopes[0], slopes[1], rtol=1e-12, atol=1e-15)


def test_tversky_weighs_as_its_paper_does_and_keras_the_other_way_round(float64):
    keras = pytest.importorskip("keras")
    y, out = case("tversky")
    alpha, beta = 0.2, 0.7
    both, false, missed = ((part).sum(-1) for part in (y * out, (1 - y) * out, y * (1 - out)))
    ours = Tversky(alpha, beta)(jnp.asarray(y), jnp.asarray(out))
    np.testing.assert_allclose(ours, 1 - both / (both + alpha * false + beta * missed), rtol=1e-6)
    theirs = keras.losses.tversky(jnp.asarray(y), jnp.asarray(out), alpha=beta, beta=alpha, axis=-1)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_log_cosh_and_cosine_keep_their_digits_where_the_plain_forms_lose_them():
    """A small error's loss is x^2 / 2, which ln(cosh x) in float32 rounds to 0; a short row has a direction, too."""
    small = jnp.float32(1e-4)
    np.testing.assert_allclose(loss("log_cosh")(jnp.zeros(1), small[None]), 0.5e-8, rtol=1e-5)
    for size in (1e-30, 1.0, 1e30):
        row = jnp.array([3.0, 4.0], jnp.float32) * jnp.float32(size)
        np.testing.assert_allclose(loss("cosine_similarity")(jnp.array([4.0, 3.0]), row), -0.96, rtol=1e-6)
    zero = jax.value_and_grad(lambda out: loss("cosine_similarity")(jnp.ones(2), out))(jnp.zeros(2))
    assert zero[0] == 0
    assert np.isfinite(zero[1]).all()


def test_an_ignored_class_counts_neither_in_the_loss_nor_its_mean_nor_the_metrics(float64, lenient):
    """Beside Keras's reduction, and beside the mean over what is left, by hand."""
    keras = pytest.importorskip("keras")
    from ravine.nn import Activation, Context, Network
    from ravine.train import objective

    rng = np.random.default_rng(0)
    out = rng.dirichlet(np.ones(3), (4, 5))
    y = rng.integers(0, 3, (4, 5))
    y[0, :3], y[2] = 255, 255
    ours = Sparse(ignore_class=255)
    assert ours.check(y[..., None], (5, 3)).tolist() == y.tolist()
    with pytest.raises(RavineError, match="label 7 at index"):
        ours.check(np.where(y == 255, y, 7), (5, 3))
    network = Network((Activation("softmax"),), (5, 3))
    goal = objective(network, ours, ["sparse_categorical_accuracy"])
    made = goal.measure(network, ({},), ({},), jnp.log(out), jnp.asarray(y, jnp.int32), None, Context())
    kept = y != 255
    byhand = -np.log(np.take_along_axis(out, np.where(kept, y, 0)[..., None], -1)[..., 0])[kept]
    np.testing.assert_allclose(made.loss, byhand.mean(), rtol=1e-12)
    assert made.counts.tolist() == kept.sum(1).tolist()
    right = (out.argmax(-1) == y)[kept]
    np.testing.assert_allclose(made.stats[0], [right.sum(), kept.sum()])
    theirs = keras.losses.SparseCategoricalCrossentropy(ignore_class=255)(y, out)
    np.testing.assert_allclose(made.loss, theirs, rtol=1e-6)
    slope = jax.grad(lambda z: goal.measure(network, ({},), ({},), z, jnp.asarray(y, jnp.int32), None, Context()).loss)
    assert (np.asarray(slope(jnp.log(out)))[~kept] == 0).all()

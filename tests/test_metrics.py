"""Metrics against Keras and scikit-learn on the same data; statistics that add up, whatever the batches and padding."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn import metrics as sk

from ravine.core import RavineError
from ravine.functions import (
    AUC,
    F1,
    METRICS,
    R2,
    BinaryAccuracy,
    BinaryIoU,
    CategoricalAccuracy,
    ConfusionMatrix,
    ExactAccuracy,
    FalseNegatives,
    FalsePositives,
    FBeta,
    FromLogits,
    IoU,
    MeanIoU,
    Metric,
    PearsonCorrelation,
    Precision,
    PrecisionAtRecall,
    Recall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SparseCategoricalAccuracy,
    SpecificityAtSensitivity,
    TopK,
    TrueNegatives,
    TruePositives,
    direction,
    loss,
    metric,
    resolve_accuracy,
)

N, CLASSES = 403, 7
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, CLASSES, N)
ROWS = np.eye(CLASSES, dtype=np.float32)[LABELS]
SCORES = RNG.dirichlet(np.ones(CLASSES), N).astype(np.float32)
SCORES = (0.7 * SCORES + 0.3 * np.roll(ROWS, 1, 0) + 0.2 * ROWS).astype(np.float32)
SCORES /= SCORES.sum(-1, keepdims=True)
BINARY = RNG.integers(0, 2, (N, 1)).astype(np.float32)
CHANCES = np.clip(RNG.normal(0.3 + 0.3 * BINARY, 0.25), 0, 1).astype(np.float32)
TARGETS = RNG.normal(size=(N, 3)).astype(np.float32)
GUESSES = (TARGETS + RNG.normal(size=(N, 3)) * [0.3, 1.0, 2.0]).astype(np.float32)
WEIGHTS = RNG.uniform(0, 2, N).astype(np.float32)

DATA = {
    "binary_accuracy": (BINARY, CHANCES),
    "categorical_accuracy": (ROWS, SCORES),
    "sparse_categorical_accuracy": (LABELS, SCORES),
    "top_k": (LABELS, SCORES),
    "precision": (BINARY, CHANCES),
    "recall": (BINARY, CHANCES),
    "f1": (LABELS, SCORES),
    "auc": (BINARY, CHANCES),
    "confusion_matrix": (LABELS, SCORES),
    "fbeta": (LABELS, SCORES),
    "iou": (LABELS, SCORES),
    "mean_iou": (LABELS, SCORES),
    **dict.fromkeys(
        [
            "true_positives", "true_negatives", "false_positives", "false_negatives", "binary_iou",
            "precision_at_recall", "recall_at_precision", "sensitivity_at_specificity", "specificity_at_sensitivity",
        ],
        (BINARY, CHANCES),
    ),
}  # fmt: skip
COUNTS = {"confusion_matrix", "true_positives", "true_negatives", "false_positives", "false_negatives", "sum"}


def data(name: str) -> tuple[np.ndarray, np.ndarray]:
    return DATA.get(name, (TARGETS, GUESSES))


def value(metric: Metric, y, out, weight=None) -> np.ndarray:
    weight = np.ones(len(out), np.float32) if weight is None else weight
    return np.asarray(metric.value(metric.stats(jnp.asarray(y), jnp.asarray(out), jnp.asarray(weight))))


# Sums of some 400 float32 terms: a relative error of a few 1e-7.
CLOSE = {"rtol": 2e-6}

PAIRS = [
    (BinaryAccuracy(), "BinaryAccuracy", {}, BINARY, CHANCES),
    (BinaryAccuracy(0.3), "BinaryAccuracy", {"threshold": 0.3}, BINARY, CHANCES),
    (CategoricalAccuracy(), "CategoricalAccuracy", {}, ROWS, SCORES),
    (SparseCategoricalAccuracy(), "SparseCategoricalAccuracy", {}, LABELS, SCORES),
    (TopK(2), "TopKCategoricalAccuracy", {"k": 2}, ROWS, SCORES),
    (TopK(3), "SparseTopKCategoricalAccuracy", {"k": 3}, LABELS, SCORES),
    (TopK(9), "SparseTopKCategoricalAccuracy", {"k": 9}, LABELS, SCORES),
    (Precision(), "Precision", {}, BINARY, CHANCES),
    (Precision(0.2), "Precision", {"thresholds": 0.2}, ROWS, SCORES),
    (Precision(0.2, class_id=3), "Precision", {"thresholds": 0.2, "class_id": 3}, ROWS, SCORES),
    (Recall(), "Recall", {}, BINARY, CHANCES),
    (Recall(0.2, class_id=3), "Recall", {"thresholds": 0.2, "class_id": 3}, ROWS, SCORES),
    (F1(average="macro"), "F1Score", {"average": "macro"}, ROWS, SCORES),
    (F1(average="micro"), "F1Score", {"average": "micro"}, ROWS, SCORES),
    (F1(average="weighted"), "F1Score", {"average": "weighted"}, ROWS, SCORES),
    (F1(average="none"), "F1Score", {"average": None}, ROWS, SCORES),
    (F1(0.3, average="none"), "F1Score", {"average": None, "threshold": 0.3}, ROWS, SCORES),
    (AUC(), "AUC", {}, BINARY, CHANCES),
    (AUC(), "AUC", {}, ROWS, SCORES),
    (AUC(17), "AUC", {"num_thresholds": 17}, BINARY, CHANCES),
    (AUC(curve="pr"), "AUC", {"curve": "PR"}, BINARY, CHANCES),
    (AUC(50, curve="pr"), "AUC", {"curve": "PR", "num_thresholds": 50}, ROWS, SCORES),
    (metric("mse"), "MeanSquaredError", {}, TARGETS, GUESSES),
    (metric("mae"), "MeanAbsoluteError", {}, TARGETS, GUESSES),
    (metric("rmse"), "RootMeanSquaredError", {}, TARGETS, GUESSES),
    (R2(), "R2Score", {}, TARGETS, GUESSES),
    (metric("huber"), "MeanMetricWrapper", {"fn": "huber"}, TARGETS, GUESSES),
    (metric("categorical_crossentropy"), "CategoricalCrossentropy", {}, ROWS, SCORES),
    (metric("mape"), "MeanAbsolutePercentageError", {}, TARGETS, GUESSES),
    (metric("msle"), "MeanSquaredLogarithmicError", {}, abs(TARGETS), abs(GUESSES)),
    (metric("log_cosh"), "LogCoshError", {}, TARGETS, GUESSES),
    (metric("poisson"), "Poisson", {}, abs(TARGETS), abs(GUESSES)),
    (metric("kl_divergence"), "KLDivergence", {}, ROWS, SCORES),
    (metric("hinge"), "Hinge", {}, np.sign(TARGETS), GUESSES),
    (metric("squared_hinge"), "SquaredHinge", {}, np.sign(TARGETS), GUESSES),
    (metric("categorical_hinge"), "CategoricalHinge", {}, ROWS, SCORES),
    (metric("cosine_similarity"), "CosineSimilarity", {}, TARGETS, GUESSES),
    (PearsonCorrelation(), "PearsonCorrelation", {}, TARGETS, GUESSES),
    (ExactAccuracy(), "Accuracy", {}, np.round(TARGETS), np.round(GUESSES)),
    (TruePositives(), "TruePositives", {}, BINARY, CHANCES),
    (TruePositives(threshold=(0.2, 0.7)), "TruePositives", {"thresholds": [0.2, 0.7]}, ROWS, SCORES),
    (TrueNegatives(threshold=(0.2, 0.7)), "TrueNegatives", {"thresholds": [0.2, 0.7]}, ROWS, SCORES),
    (FalsePositives(threshold=(0.2, 0.7)), "FalsePositives", {"thresholds": [0.2, 0.7]}, ROWS, SCORES),
    (FalseNegatives(threshold=(0.2, 0.7)), "FalseNegatives", {"thresholds": [0.2, 0.7]}, ROWS, SCORES),
    (FBeta(beta=2.0, average="none"), "FBetaScore", {"beta": 2.0}, ROWS, SCORES),
    (FBeta(beta=0.5, average="weighted"), "FBetaScore", {"beta": 0.5, "average": "weighted"}, ROWS, SCORES),
    (PrecisionAtRecall(0.7), "PrecisionAtRecall", {"recall": 0.7}, BINARY, CHANCES),
    (RecallAtPrecision(0.7), "RecallAtPrecision", {"precision": 0.7}, BINARY, CHANCES),
    (RecallAtPrecision(0.7, class_id=3), "RecallAtPrecision", {"precision": 0.7, "class_id": 3}, ROWS, SCORES),
    (SensitivityAtSpecificity(0.7), "SensitivityAtSpecificity", {"specificity": 0.7}, BINARY, CHANCES),
    (SpecificityAtSensitivity(0.7), "SpecificityAtSensitivity", {"sensitivity": 0.7}, BINARY, CHANCES),
    (SpecificityAtSensitivity(0.7, 13), "SpecificityAtSensitivity", {"sensitivity": 0.7, "num_thresholds": 13}, BINARY,
     CHANCES),
    *(
        (AUC(50, curve, summation), "AUC",
         {"num_thresholds": 50, "curve": curve.upper(), "summation_method": summation}, BINARY, CHANCES)
        for curve in ("roc", "pr")
        for summation in ("interpolation", "minoring", "majoring")
    ),
    (AUC(thresholds=(0.1, 0.35, 0.8)), "AUC", {"thresholds": [0.1, 0.35, 0.8]}, BINARY, CHANCES),
    (AUC(multi_label=True), "AUC", {"multi_label": True, "num_labels": CLASSES}, ROWS, SCORES),
    (AUC(curve="pr", multi_label=True, label_weights=tuple(range(1, 8))), "AUC",
     {"curve": "PR", "multi_label": True, "num_labels": CLASSES, "label_weights": [*range(1, 8)]}, ROWS, SCORES),
    (R2(average="variance"), "R2Score", {"class_aggregation": "variance_weighted_average"}, TARGETS, GUESSES),
    (R2(average="none"), "R2Score", {"class_aggregation": None}, TARGETS, GUESSES),
]  # fmt: skip

OVERLAPS = [
    (IoU((1, 3)), "OneHotIoU", {"num_classes": CLASSES, "target_class_ids": [1, 3]}, ROWS, SCORES),
    (MeanIoU(), "OneHotMeanIoU", {"num_classes": CLASSES}, ROWS, SCORES),
    (MeanIoU(ignore_class=2), "OneHotMeanIoU", {"num_classes": CLASSES, "ignore_class": 2}, ROWS, SCORES),
    (MeanIoU(labels=True, classes=CLASSES), "MeanIoU", {"num_classes": CLASSES}, LABELS, LABELS[::-1, None] // 2),
    (BinaryIoU(), "BinaryIoU", {}, BINARY, CHANCES),
    (BinaryIoU((1,), threshold=0.3), "BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, BINARY, CHANCES),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "options", "y", "out"), OVERLAPS, ids=lambda part: type(part).__name__)
def test_overlaps_equal_keras(ours, theirs, options, y, out, float64, lenient):
    keras = pytest.importorskip("keras")
    their = getattr(keras.metrics, theirs)(dtype="float32", **options)
    their.update_state(y, out)
    np.testing.assert_allclose(value(ours, y, np.asarray(out, np.float32)), their.result(), **CLOSE)


def test_overlaps_weigh_their_examples_as_scikit_learn_does():
    found = SCORES.argmax(-1)
    exact = sk.jaccard_score(LABELS, found, average="macro", sample_weight=WEIGHTS)
    np.testing.assert_allclose(value(MeanIoU(), LABELS, SCORES, WEIGHTS), exact, **CLOSE)


def test_the_adjusted_r2_is_that_of_the_textbook_and_undefined_without_freedom():
    plain = sk.r2_score(TARGETS[:, :1], GUESSES[:, :1])
    np.testing.assert_allclose(
        value(R2(regressors=5), TARGETS[:, :1], GUESSES[:, :1]), 1 - (1 - plain) * (N - 1) / (N - 6), **CLOSE
    )
    assert np.isnan(value(R2(regressors=3), TARGETS[:4, :1], GUESSES[:4, :1]))
    assert value(R2(regressors=2), TARGETS[:4, :1], GUESSES[:4, :1]) < 1


def test_mean_and_sum_are_of_the_outputs():
    assert value(metric("sum"), TARGETS, GUESSES) == pytest.approx(GUESSES.sum(), rel=1e-5)
    weighted = (GUESSES.mean(1) * WEIGHTS).sum() / WEIGHTS.sum()
    assert value(metric("mean"), TARGETS, GUESSES, WEIGHTS) == pytest.approx(weighted, rel=1e-5, abs=1e-6)


# A count of examples, or of outputs, is neither good nor bad; nor are a sum and a mean of outputs.
NEITHER = {"confusion_matrix", "sum", "mean"}
LOWER = {"mse", "rmse", "mae", "false_positives", "false_negatives"}


@pytest.mark.parametrize("name", list(METRICS))
def test_every_metric_says_its_direction(name):
    expected = None if name in NEITHER else "lower" if name in LOWER else "higher"
    assert METRICS[name].better == direction(name) == expected


@pytest.mark.parametrize("least", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("weight", [None, WEIGHTS])
def test_the_best_of_one_share_at_another_is_that_of_the_thresholds_themselves(least, weight):
    """By brute force in float64 over the 200 thresholds, the first below all outputs."""
    weights = np.ones(N) if weight is None else weight.astype(float)
    y, out = BINARY[:, 0] > 0, CHANCES[:, 0]
    precision, recall, specificity = [], [], []
    for k in range(200):
        level = -1 if k == 0 else 2.0 if k == 199 else k
        found = out * np.float32(199) > level
        hits, false = weights[found & y].sum(), weights[found & ~y].sum()
        precision.append(hits / (hits + false) if hits + false else 0)
        recall.append(hits / weights[y].sum())
        specificity.append(1 - false / weights[~y].sum())
    for ours, bound, sought in (
        (PrecisionAtRecall(least), recall, precision),
        (RecallAtPrecision(least), precision, recall),
        (SensitivityAtSpecificity(least), specificity, recall),
        (SpecificityAtSensitivity(least), recall, specificity),
    ):
        best = max((b for a, b in zip(bound, sought, strict=True) if a >= least), default=0)
        np.testing.assert_allclose(value(ours, BINARY, CHANCES, weight), best, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("ours", "theirs", "options", "y", "out"), PAIRS, ids=lambda part: part if isinstance(part, str) else ""
)
def test_equals_keras(ours, theirs, options, y, out, weighted, lenient):
    keras = pytest.importorskip("keras")
    if theirs == "MeanMetricWrapper":
        options = {"fn": keras.losses.huber}
    their = getattr(keras.metrics, theirs)(**options)
    their.update_state(y, out, sample_weight=WEIGHTS if weighted else None)
    np.testing.assert_allclose(value(ours, y, out, WEIGHTS if weighted else None), their.result(), **CLOSE)


@pytest.mark.parametrize("weight", [None, WEIGHTS])
def test_equals_scikit_learn_where_the_definition_is_exact(weight):
    found, guess = SCORES.argmax(-1), (CHANCES > 0.5)[:, 0]
    binary, options = BINARY[:, 0], {"sample_weight": weight}
    for ours, y, out, theirs in (
        (SparseCategoricalAccuracy(), LABELS, SCORES, sk.accuracy_score(LABELS, found, **options)),
        (TopK(3), LABELS, SCORES, sk.top_k_accuracy_score(LABELS, SCORES, k=3, **options)),
        (Precision(), BINARY, CHANCES, sk.precision_score(binary, guess, **options)),
        (Recall(), BINARY, CHANCES, sk.recall_score(binary, guess, **options)),
        (F1(), BINARY, CHANCES, sk.f1_score(binary, guess, **options)),
        (F1(), LABELS, SCORES, sk.f1_score(LABELS, found, average="macro", **options)),
        (F1(average="micro"), LABELS, SCORES, sk.f1_score(LABELS, found, average="micro", **options)),
        (F1(average="weighted"), ROWS, SCORES, sk.f1_score(LABELS, found, average="weighted", **options)),
        (F1(average="none"), ROWS, SCORES, sk.f1_score(LABELS, found, average=None, **options)),
        (ConfusionMatrix(), LABELS, SCORES, sk.confusion_matrix(LABELS, found, **options)),
        (ConfusionMatrix(), BINARY, CHANCES, sk.confusion_matrix(binary, guess, **options)),
        (R2(), TARGETS, GUESSES, sk.r2_score(TARGETS, GUESSES, **options)),
        (metric("mse"), TARGETS, GUESSES, sk.mean_squared_error(TARGETS, GUESSES, **options)),
        (metric("mae"), TARGETS, GUESSES, sk.mean_absolute_error(TARGETS, GUESSES, **options)),
    ):
        np.testing.assert_allclose(value(ours, y, out, weight), theirs, **CLOSE)


def test_auc_is_exact_when_the_scores_lie_between_the_thresholds():
    # 50 distinct scores, none on a threshold, each in a bin of its own: the curve has the same corners.
    scores = ((RNG.permutation(50) * 4 + 2.5) / 200).astype(np.float32)[:, None]
    labels = RNG.integers(0, 2, (50, 1)).astype(np.float32)
    exact = sk.roc_auc_score(labels[:, 0], scores[:, 0])
    np.testing.assert_allclose(value(AUC(201), labels, scores), exact, rtol=1e-6)


def test_auc_counts_scores_outside_the_unit_interval_and_on_its_ends():
    y, out = np.array([[0.0], [0], [1], [1]], np.float32), np.array([[-3.0], [0], [1], [7]], np.float32)
    assert value(AUC(), y, out) == 1.0


@pytest.mark.parametrize("name", list(METRICS))
def test_statistics_add_up_over_batches_padding_and_weights(name):
    ours, (y, out) = METRICS[name](), data(name)
    whole = ours.stats(jnp.asarray(y), jnp.asarray(out), jnp.asarray(WEIGHTS))
    parts = jnp.zeros_like(whole)
    for start in range(0, N, 64):
        piece = slice(start, start + 64)
        pad = 64 - len(y[piece])
        # Padding repeats the last example, as a batch padded by any index would: its weight alone says it is not there.
        rows = [np.concatenate([part[piece], np.repeat(part[-1:], pad, 0)]) for part in (y, out)]
        weight = np.concatenate([WEIGHTS[piece], np.zeros(pad, np.float32)])
        parts += jax.jit(ours.stats)(jnp.asarray(rows[0]), jnp.asarray(rows[1]), jnp.asarray(weight))
    np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-5)  # sums of float32 in another order
    np.testing.assert_allclose(ours.value(parts), ours.value(whole), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", list(METRICS))
def test_a_whole_weight_is_a_repetition(name):
    ours, (y, out) = METRICS[name](), data(name)
    times = np.random.default_rng(5).integers(0, 4, N)
    twice = value(ours, np.repeat(y, times, 0), np.repeat(out, times, 0))
    np.testing.assert_allclose(value(ours, y, out, times.astype(np.float32)), twice, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", list(METRICS))
def test_the_steps_of_a_sequence_count_like_examples(name):
    ours, (y, out) = METRICS[name](), data(name)
    y, out, weight = y[:400], out[:400], WEIGHTS[:400]
    folded = [part.reshape(100, 4, *part.shape[1:]) for part in (y, out)]
    np.testing.assert_allclose(value(ours, *folded, weight.reshape(100, 4)), value(ours, y, out, weight), rtol=1e-5)
    one_each = np.repeat(weight[:100], 4)
    np.testing.assert_allclose(value(ours, *folded, weight[:100]), value(ours, y, out, one_each), rtol=1e-5)


@pytest.mark.parametrize("name", list(METRICS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_statistics_have_the_dtype_of_the_outputs(name, dtype):
    with jax.enable_x64(dtype is np.float64):
        ours, (y, out) = METRICS[name](), data(name)
        stats = ours.stats(jnp.asarray(y), jnp.asarray(out.astype(dtype)), jnp.ones(N, jnp.float32))
        assert stats.dtype == ours.value(stats).dtype == dtype


@pytest.mark.parametrize("name", list(METRICS))
def test_nothing_counted_is_nan(name):
    """A mean of nothing is no number: 0 would be the best of errors, and R2 was 1. Counts of nothing are 0."""
    ours, (y, out) = METRICS[name](), data(name)
    found = value(ours, y, out, np.zeros(N, np.float32))
    assert (found == 0).all() if name in COUNTS else np.isnan(found).all()


@pytest.mark.parametrize("name", list(METRICS))
def test_vmap_over_members_equals_a_loop(name):
    ours, (y, out) = METRICS[name](), data(name)
    members = jnp.stack([jnp.asarray(out), jnp.asarray(out[::-1].copy())])
    y, weight = jnp.asarray(y), jnp.asarray(WEIGHTS)
    together = jax.vmap(lambda out: ours.value(ours.stats(y, out, weight)))(members)
    alone = [value(ours, y, out, weight) for out in members]
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["precision", "recall", "f1", "auc", "top_k", "confusion_matrix"])
def test_class_numbers_count_as_their_one_hot_rows(name):
    ours = METRICS[name]()
    np.testing.assert_allclose(value(ours, LABELS, SCORES), value(ours, ROWS, SCORES), rtol=1e-6)


def test_r2_of_far_off_targets_needs_its_centre():
    rng = np.random.default_rng(1)
    y = (2000 + rng.normal(size=(500, 1)) * 5).astype(np.float32)
    out = y + rng.normal(size=(500, 1)).astype(np.float32)
    exact = sk.r2_score(y, out)
    assert abs(value(R2(centre=2000.0), y, out) - exact) < 1e-5
    assert abs(value(R2(), y, out) - exact) > 1e-3


def test_r2_of_constant_targets_is_scikit_learns():
    y = np.full((4, 1), 2, np.float32)
    assert value(R2(), y, y) == sk.r2_score(y, y) == 1.0
    assert value(R2(), y, y + 1) == sk.r2_score(y, y + 1) == 0.0


def test_top_k_does_not_take_nan_for_the_best():
    assert value(TopK(1), np.array([0]), np.array([[np.nan, 0.0]], np.float32)) == 0


ACCURACIES = [
    ("binary_crossentropy", (1,), BinaryAccuracy(name="accuracy")),
    ("mse", (1,), BinaryAccuracy(name="accuracy")),
    ("hinge", (1,), BinaryAccuracy(0.0, name="accuracy")),
    ("sparse_categorical_crossentropy", (10,), SparseCategoricalAccuracy(name="accuracy")),
    ("sparse_categorical_crossentropy", (6, 10), SparseCategoricalAccuracy(name="accuracy")),
    (FromLogits(loss("sparse_categorical_crossentropy")), (10,), SparseCategoricalAccuracy(name="accuracy")),
    ("categorical_crossentropy", (10,), CategoricalAccuracy(name="accuracy")),
    ("binary_crossentropy", (10,), CategoricalAccuracy(name="accuracy")),
    ("mse", (10,), CategoricalAccuracy(name="accuracy")),
]


@pytest.mark.parametrize(("of", "shape", "expected"), ACCURACIES)
def test_accuracy_is_resolved(of, shape, expected):
    assert resolve_accuracy(of, shape) == metric("acc", of, shape) == metric("accuracy", of, shape) == expected


@pytest.mark.parametrize(("of", "shape", "expected"), [row for row in ACCURACIES if row[0] != "hinge"])
def test_accuracy_is_resolved_as_keras_does(of, shape, expected):
    utils = pytest.importorskip("keras.src.trainers.compile_utils")
    out = np.zeros((4, *shape), np.float32)
    y = out[..., 0] if isinstance(expected, SparseCategoricalAccuracy) else out
    assert type(utils.get_metric("accuracy", y, out)).__name__ == type(expected).__name__


def test_hinge_accuracy_judges_margins_at_zero():
    y = loss("hinge").check([0, 1, 1], (1,))
    out = np.array([[-0.2], [0.2], [-3.0]], np.float32)
    np.testing.assert_allclose(value(resolve_accuracy("hinge", (1,)), y, out), 2 / 3, rtol=1e-6)


def test_names():
    assert all(metric(name).name for name in METRICS)
    assert metric(AUC) == AUC()
    assert metric(ours := TopK(3)) is ours
    assert metric(loss("mse")).name == "mean_squared_error"
    assert metric("mse").better == metric("huber").better == "lower"
    assert metric("auc").better == "higher"
    for wanted, sentence in (
        ("acuracy", "did you mean 'accuracy'"),
        ("acc", "depends on the loss"),
        (3, "a name, a Metric or a Loss, got 3"),
    ):
        with pytest.raises(RavineError, match=sentence):
            metric(wanted)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: TopK(0), "TopK: k must be a positive integer, got 0"),
        (lambda: AUC(1), "AUC: num_thresholds must be an integer of at least 2, got 1"),
        (lambda: AUC(curve="rco"), "AUC: unknown curve 'rco': did you mean 'roc'"),
        (lambda: AUC(summation="exact"), "AUC: unknown summation 'exact'"),
        (lambda: R2(average="mean"), "R2: unknown average 'mean'"),
        (lambda: FBeta(beta=0.0), r"FBeta: beta must be a number in \(0, inf\), got 0.0"),
        (lambda: PrecisionAtRecall(1.5), r"PrecisionAtRecall: least must be a number in \[0, 1\], got 1.5"),
        (lambda: IoU(labels=True), "IoU: class numbers as outputs do not tell how many classes there"),
        (lambda: F1(average="mikro"), "F1: unknown average 'mikro': did you mean 'micro'"),
    ],
)
def test_bad_options_get_their_sentence(make, sentence):
    with pytest.raises(RavineError, match=sentence):
        make()

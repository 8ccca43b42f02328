"""A diagnosis as people read it, and remedies put to the test: in words of two languages, and from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ravine.core import RavineError
from ravine.diagnosis import Finding
from ravine.diagnosis.remedy import Trial, try_remedy
from ravine.stats.comparison import compare
from ravine.stats.intervals import paired
from ravine.train import Job, ProbeSeries, pooled_noise_scale, run_job
from ravine.view.diagnosis import finding_words, findings_text, trial_words
from test_cli import ravine

SLOW = Job(network="2-6:tanh-2:softmax", data="moons", options={"n": 200}, rule="sgd:1e-4", epochs=10, batch_size=16)
FINDING = Finding(
    "rate_too_low",
    "serious",
    "update_ratio",
    "The loss went from {begin} to {end} and still falls; a step moves weights by {ratio} of their norm.",
    "Raise the learning rate, to {rate} to begin with.",
    {"begin": 0.70123, "end": 0.6, "ratio": 1.5e-5, "rate": 0.001},
    {"learning_rate": 0.5},
)


def test_words_in_both_languages() -> None:
    title, evidence, remedy = finding_words(FINDING, "pl")
    assert title == "za mała szybkość uczenia"
    assert evidence.startswith("Strata zmieniła się z 0,701 na 0,6") and "1,5·10⁻⁵" in evidence
    assert remedy.endswith("do 0,001.")
    text = findings_text([FINDING, FINDING])
    assert text.splitlines()[0] == "1. Learning rate too low (serious)" and "\n2. " in text
    assert "from 0.701 to 0.6" in text and "Remedy: Raise" in text
    assert findings_text([FINDING], "pl").splitlines()[2].startswith("   Środek zaradczy: Zwiększ")


def test_a_remedy_is_tried_seed_by_seed() -> None:
    trial = try_remedy(SLOW, FINDING, seeds=4)
    assert trial.helped is True and trial.interval is not None and trial.interval.count == 4
    np.testing.assert_allclose(trial.interval.mean, (trial.original - trial.cured).mean())
    assert "it helps" in trial_words(trial) and "Wypróbowano: pomaga." in trial_words(trial, "pl")
    # Nothing changed: common random numbers make the two sides one run.
    same = Finding("rate_too_low", "mild", "", "", "", {}, {"learning_rate": 1e-4})
    nothing = try_remedy(SLOW, same, seeds=2)
    np.testing.assert_array_equal(nothing.original, nothing.cured)
    assert nothing.helped is None and "told from chance" in trial_words(nothing)


def test_a_remedy_that_cannot_be_tried_is_refused() -> None:
    with pytest.raises(RavineError, match="is work for people"):
        try_remedy(SLOW, Finding("label_noise", "mild", "", "", ""))
    with pytest.raises(RavineError, match="seeds"):
        try_remedy(SLOW, FINDING, seeds=1)


@pytest.mark.parametrize(
    ("original", "cured", "helped"),
    [
        ([1.0, 1.1, 1.2], [0.5, 0.7, 0.6], True),
        ([0.5, 0.7, 0.6], [1.0, 1.1, 1.2], False),
        ([1.0, 1.1, 1.2], [1.1, 1.0, 1.2], None),
        ([np.nan, np.nan, np.nan], [0.5, 0.7, 0.6], True),
        ([0.5, 0.7, 0.6], [np.nan, np.nan, 0.1], False),
        ([np.nan] * 3, [np.nan] * 3, None),
    ],
)
def test_verdicts(original: list[float], cured: list[float], helped: bool | None) -> None:
    a, b = np.array(original), np.array(cured)
    both = np.isfinite(a) & np.isfinite(b)
    interval = paired(a[both], b[both]) if both.any() else None
    trial = Trial(FINDING, "validation_loss", a, b, interval, compare("cured", b, "original", a, higher=False))
    assert trial.helped is helped
    assert trial_words(trial).startswith("Tried:")


def test_noise_scale_is_pooled_over_readings() -> None:
    """By hand: windows of two readings, one of which is not finite."""
    values = np.array([[0, 4.0, 1.0], [0, 8.0, 3.0], [np.nan, np.nan, np.nan], [0, 6.0, -5.0], [0, 2.0, 6.0]])
    np.testing.assert_allclose(pooled_noise_scale(values, 2), [4.0, 3.0, 8 / 3, np.nan, 8.0])
    assert ProbeSeries(np.arange(5), values, ("a", "b", "c")).values is values


@pytest.mark.slow
def test_the_command_line_diagnoses_and_forks(tmp_path: Path) -> None:
    words = [
        "train",
        "2-6:tanh-2:softmax",
        "--data",
        "moons",
        "--option",
        "n=200",
        "--rule",
        "sgd:1e-4",
        "--batch",
        "16",
    ]
    words += ["--epochs", "10", "--probes", "cheap", "--stride", "5", "--keep-every", "40"]
    words += ["--out", "slow", "--quiet"]
    ravine(*words, cwd=tmp_path)
    frame = pl.read_parquet(tmp_path / "slow" / "probes.parquet")
    assert frame.columns == ["probe", "column", "step", "value"] and "noise_scale" in set(frame["probe"])
    assert "Learning rate too low (serious)" in ravine("diagnose", "slow", cwd=tmp_path).stdout
    tried = ravine("diagnose", "slow", "--try", "--seeds", "2", "--lang", "pl", cwd=tmp_path).stdout
    assert "learning_rate=0.001: Wypróbowano" in tried
    ravine("fork", "slow", "--at", "40", "--set", "learning_rate=0.5", "--out", "fast", "--quiet", cwd=tmp_path)
    slow, fast = (pl.read_parquet(tmp_path / name / "steps.parquet") for name in ("slow", "fast"))
    assert slow["loss"][:41].equals(fast["loss"][:41]) and fast["loss"][-1] < slow["loss"][-1]
    error = ravine("fork", "slow", "--at", "41", "--out", "none", "--quiet", cwd=tmp_path, ok=False).stderr
    assert "no checkpoint at step 41" in error
    error = ravine(
        "train", "2-2:softmax", "--data", "moons", "--probes", "ded", "--quiet", cwd=tmp_path, ok=False
    ).stderr
    assert "unknown probe 'ded': did you mean 'dead'" in error


def test_what_was_diagnosed_can_be_read_again(tmp_path: Path) -> None:
    job = SLOW.model_copy(update={"epochs": 1})
    run_job(job, tmp_path / "one")
    assert (tmp_path / "one" / "job.json").exists() and not (tmp_path / "one" / "probes.parquet").exists()

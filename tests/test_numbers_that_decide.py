"""Constants and comparisons on which a verdict turns: each met from both sides, with numbers from another source."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from ravine.core import RavineError
from ravine.functions import loss, metric
from ravine.stats import Interval, verdict
from ravine.stats.intervals import wilson


@pytest.mark.parametrize(("count", "total"), [(1, 7), (5, 9), (30, 100), (0, 12), (12, 12)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_wilson_s_interval_is_scipy_s_away_from_the_ends_too(count: int, total: int, level: float) -> None:
    found = scipy_stats.binomtest(count, total).proportion_ci(level, method="wilson")
    np.testing.assert_allclose(wilson(count / total, total, level), (found.low, found.high), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.5, 0.9, "open"), (0.51, 0.9, "supported"), (0.1, 0.5, "open"), (0.1, 0.49, "refuted"), (0.5, 0.5, "open")],
)
def test_an_interval_that_touches_the_threshold_decides_nothing(low: float, high: float, expected: str) -> None:
    assert verdict(Interval((low + high) / 2, low, high, 5), 0.5) == expected


@pytest.mark.parametrize(("sum_to", "passes"), [(1.0009, True), (0.9991, True), (1.0011, False), (0.9989, False)])
def test_rows_of_probabilities_sum_to_one_within_a_thousandth(sum_to: float, passes: bool) -> None:
    """Rows of half precision round by 5e-4 each; what is further away is no distribution."""
    rows = [[0.25, sum_to - 0.25]]
    ours = loss("categorical_crossentropy")
    if passes:
        assert len(ours.check(rows, (2,))) == 1
    else:
        with pytest.raises(RavineError, match="sum to"):
            ours.check(rows, (2,))


@pytest.mark.parametrize("value", [0.1, 1.1, 3.3, 7.7])
@pytest.mark.parametrize("n", [10, 77, 403])
def test_r2_of_constant_targets_is_zero_whatever_the_rounding(n: int, value: float) -> None:
    """In float32 the variance of equal numbers comes out as a few units in the last place, of either sign."""
    y, ours = np.full((n, 1), value, np.float32), metric("r2")
    for add, expected in ((1.0, 0.0), (0.0, 1.0)):
        assert float(ours.value(ours.stats(y, y + np.float32(add), np.ones(n, np.float32)))) == expected

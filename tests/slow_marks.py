"""Parameters of a test that is long as a whole: some always run, the others with `-m slow`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

RULES_OFTEN = ("sgd", "nesterov", "rmsprop", "adam", "amsgrad", "rprop")
"""One of each kind of rule: without state, looking ahead, with one moment, with two, with a maximum, by signs."""


def often(cases: Iterable[Any], chosen: Callable[[Any], bool] | Iterable[Any]) -> list[Any]:
    """*cases*, those that are not *chosen* marked slow."""
    picks: Callable[[Any], bool] = chosen if callable(chosen) else list(chosen).__contains__
    kept = [case if picks(case) else _slow(case) for case in cases]
    assert any(not hasattr(case, "marks") for case in kept), "nothing would be run at all"
    return kept


def _slow(case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.slow)

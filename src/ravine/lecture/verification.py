"""Published numbers derived once more on this machine: pass, fail, or not run, and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

from ravine.core import RavineError, nearest
from ravine.data import Dataset, DataUnavailableError, mnist
from ravine.lecture import reproduce
from ravine.lecture.published import published
from ravine.lecture.texts import sections
from ravine.view import number

__all__ = ["GROUPS", "Check", "verify", "within", "within_prediction"]

LEVEL = 0.99
"""Of the prediction intervals in which a published run must lie."""
HALF_DIGIT = 5e-4
"""What rounding to three decimals hides."""
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Check:
    """One *published* number beside the one *measured* here; they agree if they differ by at most *tolerance*.

    *group* and *key* name it, *n* is the number of runs that the measured mean is of. *reason* names the section of the
    texts "verify" that says why the tolerance holds. What was not run has *measured* None and says *why*.

    >>> Check("camera", "loss", 0.7656146, 0.7656145, 1e-6, 1, "exact").status
    'pass'
    >>> Check("camera", "loss", 0.7656146, math.nan, 1e-6, 1, "exact").status
    'fail'
    """

    group: str
    key: str
    published: float | str
    measured: float | str | None
    tolerance: float = 0.0
    n: int = 1
    reason: str = "equal"
    why: str = ""

    @property
    def status(self) -> Literal["pass", "fail", "not run"]:
        """ "pass" and "fail" by the tolerance alone; what was not run is neither."""
        if self.measured is None:
            return "not run"
        if isinstance(self.published, str) or isinstance(self.measured, str):
            return "pass" if self.published == self.measured else "fail"
        return "pass" if abs(self.measured - self.published) <= self.tolerance else "fail"

    def row(self, language: str) -> tuple[str, ...]:
        """What people read: title, both numbers, tolerance, its reason, the status."""
        texts = sections(language, "verify")
        # As many decimals as the tolerance can tell apart, and one more; four at least, as accuracies have in print.
        whole = not self.tolerance and isinstance(self.published, float) and self.published == int(self.published)
        digits = 0 if whole else max(4, 1 - math.floor(math.log10(self.tolerance or 1.0)))
        shown = [_shown(value, texts, language, digits) for value in (self.published, self.measured)]
        allowed = f"±{number(float(f'{self.tolerance:.2g}'), language)}" if self.tolerance else "="
        if self.measured is None:
            allowed = "–"
        reason = texts[f"why-{self.why}"] if self.why else texts[f"reason-{self.reason}"].format(n=self.n)
        status = texts[f"status-{self.status}".replace(" ", "-")]
        return (texts[f"{self.group}-{self.key}"], *shown, allowed, reason, status)


def _shown(value: float | str | None, texts: Mapping[str, str], language: str, digits: int) -> str:
    if value is None:
        return "–"
    return texts[f"word-{value}".replace(" ", "-")] if isinstance(value, str) else number(value, language, digits)


def within(group: str, key: str, name: str, measured: float, tolerance: float, reason: str) -> Check:
    """The check that *measured* is the published number *name* to within *tolerance*.

    >>> within("camera", "parameters", "camera.parameters", 116, 0.0, "equal").status
    'pass'
    """
    return Check(group, key, float(published(name)), float(measured), tolerance, 1, reason)


def within_prediction(
    group: str, key: str, name: str, runs: Any, slack: float = 0.0, reason: str = "prediction", *, log: bool = False
) -> Check:
    """The check that the published run *name* is one that our *runs* (n,) would lead one to expect.

    It must lie in their prediction interval, mean +- t s sqrt(1 + 1 / n), at 99%, widened by *slack*. With *log* the
    interval is that of the logarithms, for losses that differ by factors; *measured* is then their geometric mean, and
    the tolerance reaches to that end of the interval which lies on the published number's side. A run that diverged
    (NaN) fails the check.

    >>> within_prediction("quadratic", "sgd", "quadratic_deep.sgd", [87.2, 87.3, 87.4]).status
    'pass'
    >>> within_prediction("quadratic", "sgd", "quadratic_deep.sgd", [86.0, 86.01, 86.02]).status
    'fail'
    """
    x = np.asarray(runs, np.float64)
    if len(x) < 2:
        raise RavineError(f"foretold: one run says nothing of the spread, got {len(x)}: give at least two")
    x = np.log(x) if log else x
    mean, half = x.mean(), stats.t.ppf(0.5 + LEVEL / 2, len(x) - 1) * x.std(ddof=1) * math.sqrt(1 + 1 / len(x))
    if log:
        end = mean + math.copysign(half, math.log(published(name)) - mean)
        mean, half = np.exp(mean), abs(np.exp(end) - np.exp(mean))
    return Check(group, key, published(name), float(mean), float(half) + slack, len(x), reason)


def _networks(full: bool, digits: Callable[[], Dataset], told: Callable[[float], None]) -> list[Check]:
    names = ("dropout", "plain", "deep")
    checks = [
        within("networks", f"{name}-parameters", f"{name}.parameters", count, 0.0, "equal")
        for name, count in reproduce.parameters().items()
    ]
    wanted = names if full else names[:2]
    late = {name: "full" for name in names if name not in wanted}
    try:
        data = digits()
    except DataUnavailableError:
        made, late = {}, dict.fromkeys(names, "mnist")
    else:
        made = reproduce.trained(data, wanted, told)
    for name in names:
        for quantity in ("test_loss", "test_accuracy"):
            key, source = f"{name}-{quantity.replace('_', '-')}", f"{name}.{quantity}"
            if name in late:
                checks.append(Check("networks", key, published(source), None, reason="prediction", why=late[name]))
            else:
                checks.append(within_prediction("networks", key, source, made[name][quantity]))
    if "deep" in late:
        return [*checks, Check("networks", "keras", published("keras.test_accuracy"), None, why=late["deep"])]
    return [*checks, within_prediction("networks", "keras", "keras.test_accuracy", reproduce.example(data))]


def _camera(full: bool, digits: Callable[[], Dataset], told: Callable[[float], None]) -> list[Check]:
    made = reproduce.camera()
    reasons = {"parameters": (0.0, "equal"), "other": (1e-7, "single"), "horizontal": (1e-7, "single"),
               "loss": (1e-7, "single"), "accuracy": (0.0, "equal")}  # fmt: skip
    keys = {"parameters": "camera.parameters", "other": "camera.hand.other", "horizontal": "camera.hand.horizontal",
            "loss": "camera.hand.test_loss", "accuracy": "camera.hand.test_accuracy"}  # fmt: skip
    losses, accuracies = reproduce.camera_learned(16 if full else 8)
    return [
        *(within("camera", key, keys[key], made[key], *reasons[key]) for key in keys),
        within_prediction("camera", "learned-loss", "camera.learned.test_loss", losses, reason="factors", log=True),
        within("camera", "learned-accuracy", "camera.learned.test_accuracy", float(accuracies.max()), 0.0, "best"),
    ]


def _quadratic(full: bool, digits: Callable[[], Dataset], told: Callable[[float], None]) -> list[Check]:
    made = reproduce.quadratics(40 if full else 12, told)
    first = within("quadratic", "initial", "quadratic_deep.initial", float(made.pop("initial")[0]), 1e-4, "rounded")
    return [first, *(
        within_prediction("quadratic", name.replace("_", "-"), f"quadratic_deep.{name}", runs, HALF_DIGIT, "orders")
        for name, runs in made.items()
    )]  # fmt: skip


def _amsgrad(full: bool, digits: Callable[[], Dataset], told: Callable[[float], None]) -> list[Check]:
    made = reproduce.amsgrad(told)
    return [
        Check("amsgrad", "regret", made["limit"], made["regret"], 2e-3, 1, "limit"),
        within("amsgrad", "theorem", "amsgrad.theorem.amsgrad", made["theorem"], 2e-3, "limit"),
        within("amsgrad", "adam", "amsgrad.synthetic.adam", made["adam"], HALF_DIGIT, "rounded"),
        within("amsgrad", "synthetic", "amsgrad.synthetic.amsgrad", made["amsgrad"], HALF_DIGIT, "rounded"),
    ]


def _ratios(full: bool, digits: Callable[[], Dataset], told: Callable[[float], None]) -> list[Check]:
    made = reproduce.ratios(20 if full else 8)
    return [
        within_prediction("ratios", name.replace("_", "-"), f"ratio.{name}", values, HALF_DIGIT, "networks")
        for name, values in made.items()
    ]


def _fashion(full: bool, digits: Callable[[], Dataset], told: Callable[[float], None]) -> list[Check]:
    return [Check("fashion", "outcome", "no winner", reproduce.fashion(), 0.0, 10, "ranking")]


GROUPS: dict[str, Callable[[bool, Callable[[], Dataset], Callable[[float], None]], list[Check]]] = {
    "networks": _networks,
    "camera": _camera,
    "quadratic": _quadratic,
    "amsgrad": _amsgrad,
    "ratios": _ratios,
    "fashion": _fashion,
}
"""What can be verified, by name; each derives its numbers anew."""


def verify(
    *,
    full: bool = False,
    only: Sequence[str] = (),
    digits: Callable[[], Dataset] = lambda: mnist(flatten=True),
    progress: Progress = lambda name, share: None,
) -> tuple[Check, ...]:
    """Derive the published numbers of the groups named in *only* (all where it is empty) once more, and compare.

    *full* adds the deep network, which takes half an hour, and more seeds. *digits* gives MNIST; where it cannot be
    had, what needs it is "not run". *progress* is told the group under way and the share of it that is done.

    >>> [check.status for check in verify(only=["fashion"])]
    ['pass']
    >>> verify(only=["cameras"])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: verify: unknown group 'cameras': did you mean 'camera'? ...
    """
    for name in only:
        if name not in GROUPS:
            raise RavineError(f"verify: unknown group {name!r}: {nearest(name, GROUPS)}")
    checks: list[Check] = []
    for name, derive in GROUPS.items():
        if not only or name in only:
            progress(name, 0.0)
            checks += derive(full, digits, lambda share, name=name: progress(name, share))  # type: ignore[misc]
            progress(name, 1.0)
    return tuple(checks)

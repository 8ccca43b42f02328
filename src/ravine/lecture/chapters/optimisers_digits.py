"""Chapter 8, third part: every rule on the digits, tuned with equal budgets, with intervals and no ranking."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.rivals import RATES, afresh, rivals
from ravine.lecture.notes import rule_title
from ravine.stats import interval, paired, verdict
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Note, Table

__all__ = ["NAMES", "apart", "on_digits", "train_afresh", "train_rules"]

NAMES = ("sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "nadam", "amsgrad")
"""The lecture's rules for batches, in its order."""


def train_rules(context: LectureContext, names: Sequence[str] = NAMES) -> ExperimentResult:
    """Each of *names* on the digits, tuned over one grid of rates.

    No example: it trains for many seconds.
    """
    sizes = _sizes(context)
    spec = {
        "seeds": context.seeds(3, 10),
        "rules": list(names),
        "rates": RATES,
        "data": context.digits.fingerprint,
        **sizes,
    }
    return context.compute(
        "optimisers-digits", spec,
        lambda progress: rivals(context.digits, names, context.seeds(3, 10), progress=progress, **sizes),
    )  # fmt: skip


def train_afresh(context: LectureContext, names: Sequence[str]) -> ExperimentResult:
    """Each of *names* at the rate that its tuning chose, with seeds that no tuning has seen.

    No example: it trains for seconds.
    """
    made = train_rules(context)
    rates = {name: float(made["rate"][NAMES.index(name)]) for name in names}
    seeds = [seed + 1000 for seed in context.seeds(10, 20)]
    sizes = _sizes(context)
    spec = {"seeds": seeds, "rates": rates, "data": context.digits.fingerprint, **sizes}
    return context.compute(
        "optimisers-afresh", spec, lambda progress: afresh(context.digits, rates, seeds, progress=progress, **sizes)
    )


def _sizes(context: LectureContext) -> dict[str, Any]:
    return {
        "updates": context.size(160, 1500),
        "examples": context.size(4000, 20_000),
        "held": context.size(500, 5000),
    }


def on_digits(context: LectureContext, names: Sequence[str]) -> list[Block]:
    """The curves, the accuracies with their intervals, and how many pairs of rules the runs tell apart.

    No example: it trains for many seconds.
    """
    seeds, made = context.seeds(3, 10), train_rules(context, names)
    language = context.language
    words = {key: number(made[key], language) for key in ("examples", "held", "width", "batch", "inputs", "count")}
    words |= {
        "seeds": str(len(seeds)),
        "rates": str(len(RATES)),
        "data": context.digits.name,
        "low": number(RATES[0], language),
        "high": number(RATES[-1], language),
    }
    for place, name in enumerate(names):
        context.record(
            Number("optimisers", "rate_digits", float(made["rate"][place]), name),
            *(
                Number("optimisers", key, float(value), name, None, seed)
                for key in ("test_accuracy", "test_loss")
                for seed, value in zip(seeds, made[f"{name} {key}"], strict=True)
            ),
        )
    return [
        context.text("optimisers", "digits", **words),
        *_figures(context, made, names, words),
        _table(context, made, names),
        _pairs(context, made, names, words),
    ]


def scored(made: ExperimentResult, name: str) -> np.ndarray:
    """Test accuracies (seeds,) of a rule; a run that diverged counts as guessing among ten."""
    return np.asarray(np.nan_to_num(made[f"{name} test_accuracy"], nan=0.1))


def apart(made: ExperimentResult, names: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs (better, worse) whose paired difference in test accuracy differs from 0, all pairs together at 95%.

    Each of n pairs is judged at 1 - 0.05 / n (Bonferroni).

    >>> accuracies = {"a": [0.9, 0.91], "b": [0.5, 0.51]}
    >>> made = ExperimentResult({f"{k} test_accuracy": np.array(v) for k, v in accuracies.items()})
    >>> apart(made, ["a", "b"])
    [('a', 'b')]
    """
    pairs = list(combinations(names, 2))
    found = []
    for one, other in pairs:
        difference = paired(scored(made, one), scored(made, other), level=1 - 0.05 / len(pairs))
        if (said := verdict(difference)) != "open":
            found.append((one, other) if said == "supported" else (other, one))
    return found


def _figures(
    context: LectureContext, made: ExperimentResult, names: Sequence[str], words: dict[str, str]
) -> list[Block]:
    curves = [
        figures.Runs(rule_title(context, name), made["updates"], made[f"{name} curve"], colour=place)
        for place, name in enumerate(names)
    ]
    drawing = figures.rule_curves(curves, title=context._("Loss"), language=context.language)
    samples = []
    for place, name in enumerate(names):
        bounds = interval(scored(made, name)).bounds
        ends = None if bounds is None else (100 * bounds[0], 100 * bounds[1])
        values = 100 * made[f"{name} test_accuracy"]
        samples.append(figures.SeedValues(rule_title(context, name), values, ends, colour=place))
    dots = figures.spread(samples, quantity=context._("Test accuracy, %"), language=context.language)
    return [
        Figure(
            f"optimisers-{key}",
            each,
            context.text("optimisers", f"{key}-caption", **words).markdown,
            context.text("optimisers", f"{key}-alt").markdown,
        )
        for key, each in (("curves", drawing), ("accuracies", dots))
    ]


def _table(context: LectureContext, made: ExperimentResult, names: Sequence[str]) -> Table:
    _, language = context._, context.language
    rows = []
    for place, name in enumerate(names):
        rate = number(float(made["rate"][place]), language) + ("*" if made["edge"][place] else "")
        loss = interval(np.nan_to_num(made[f"{name} test_loss"], nan=np.log(10)))
        accuracy = interval_words(interval(scored(made, name)), language, 1, 100)
        rows.append((rule_title(context, name), rate, interval_words(loss, language, 3), accuracy))
    columns = (_("Rule"), _("Rate"), _("Test loss"), _("Test accuracy, %"))
    return Table(columns, tuple(rows), context.text("optimisers", "digits-caption").markdown, "lrrr")


def _pairs(context: LectureContext, made: ExperimentResult, names: Sequence[str], words: dict[str, str]) -> Note:
    found = apart(made, names)
    listed = ", ".join(f"{rule_title(context, one)} > {rule_title(context, other)}" for one, other in found)
    section = "pairs-some" if found else "pairs-none"
    count = len(names) * (len(names) - 1) // 2
    context.record(Number("optimisers", "pairs_told_apart", len(found)))
    text = context.text("optimisers", section, found=str(len(found)), pairs=str(count), listed=listed, **words)
    return Note("note", text.markdown, context._("What these runs tell apart"))

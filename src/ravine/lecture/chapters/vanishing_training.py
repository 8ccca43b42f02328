"""Chapter 2, second part: the gradient while training goes on, and every remedy beside a plain baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ravine.lecture.claims import RISK, ClaimRecord, Estimate, Ruling, factor, quotient
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.remedies import REMEDIES, remedies
from ravine.lecture.notes import VERDICT_WORDS, conditional
from ravine.stats import Interval, interval, paired, verdict
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Table

__all__ = [
    "BESIDE",
    "Effect",
    "accuracies",
    "curves",
    "during_training",
    "effects",
    "let_through",
    "names",
    "on_the_edge",
    "train_all",
]


BESIDE = ("tanh", "relu_he")
"""Rivals that the slide does not name among the remedies: they stand in the table without a note of their own."""


LEAST = 0.01
"""What a layer lets through at least: a run that diverged, or whose gradient is 0, counts as one that lets so much."""


class Effect(NamedTuple):
    """What a remedy did against its baseline: to the test accuracy, and to what a layer lets through of the gradient.

    *factor* is the geometric mean over seeds; *eased* the ratio to the baseline's, seed by seed, at any level.

    No example: made by `effects`.
    """

    name: str
    accuracy: Interval
    gain: Interval
    factor: Interval
    eased: Estimate


def names(context: LectureContext) -> dict[str, str]:
    """What the rivals are called in figures and tables.

    No example: it needs a context.
    """
    _ = context._
    return {
        "base": _("baseline: logistic, SGD"),
        "rmsprop": "RMSprop",
        "full": _("baseline on full batches"),
        "rprop": _("Rprop on full batches"),
        "tanh": "tanh",
        "relu": "ReLU",
        "relu_he": _("ReLU, He's weights"),
        "softplus": "softplus",
        "dropout": _("dropout 0.2"),
        "data": _("4 × the data"),
        "longer": _("4 × the updates"),
    }


def train_all(context: LectureContext) -> ExperimentResult:
    """The experiment: rivals, rates and seeds on a part of the digits.

    No example: it trains for many seconds.
    """
    seeds = context.seeds(4, 10)
    count = min(500, len(context.digits.train) // 6)
    sizes = {"examples": count, "held": 2 * count - 50, "updates": context.size(600, 1500),
             "full_updates": context.size(150, 400)}  # fmt: skip
    tried = {name: each.rates for name, each in REMEDIES.items()}
    spec = {"seeds": seeds, "rates": tried, "back-propagated": True, "data": context.digits.fingerprint, **sizes}
    return context.compute(
        "vanishing-remedies", spec, lambda progress: remedies(context.digits, seeds, progress=progress, **sizes)
    )


def effects(made: ExperimentResult) -> list[Effect]:
    """Every remedy against what it is to be compared with, seed by seed.

    No example: see the tests, which give it outcomes made by hand.
    """
    found = []
    for name, remedy in REMEDIES.items():
        if not remedy.against:
            continue
        # A run that diverged has learnt nothing: it counts as guessing.
        ours, theirs = (np.nan_to_num(made[f"{each} test_accuracy"], nan=0.1) for each in (name, remedy.against))
        through, base = (let_through(made, each) for each in (name, remedy.against))
        mean = factor(interval(np.log(through)))
        found.append(Effect(name, interval(ours), paired(ours, theirs), mean, quotient(through, base)))
    return found


def let_through(made: ExperimentResult, name: str) -> np.ndarray:
    """What each layer lets through of the back-propagated gradient: the mean of before and after training, (seeds,).

    It is the geometric mean, for the factors of several layers multiply.

    >>> made = ExperimentResult({"relu before": np.array([0.25, 0.5]), "relu after": np.array([1.0, np.nan])})
    >>> let_through(made, "relu").round(3)
    array([0.5  , 0.071])
    """
    ends = np.stack([made[f"{name} {moment}"] for moment in ("before", "after")])
    return np.asarray(np.sqrt(np.maximum(np.nan_to_num(ends), LEAST).prod(axis=0)))


def on_the_edge(context: LectureContext, made: ExperimentResult, rivals: Sequence[str], fact: str = "edge") -> str:
    """The sentence that says on which rates the comparison of *rivals* hangs; nothing where all best ones lie within.

    No example: it needs a context.
    """
    called = names(context)
    return conditional(context, [called[name] for name in rivals if made[name][fact]])


def during_training(context: LectureContext, made: ExperimentResult, record: ClaimRecord) -> list[Block]:
    """The figures of the gradient in training, the table of remedies with what the *record* of claim 8 says of each.

    No example: it draws an experiment of many seconds.
    """
    found = effects(made)
    for effect in found:
        for quantity in ("test_accuracy", "before", "after"):
            name = quantity if quantity == "test_accuracy" else f"factor_{quantity}"
            seeded = enumerate(made[f"{effect.name} {quantity}"], context.seed)
            context.record(
                *(Number("vanishing", name, float(value), effect.name, None, seed) for seed, value in seeded)
            )
    sizes = {key: str(made[key]) for key in ("examples", "depth", "width", "batch", "updates", "full_updates")}
    sizes["seeds"] = str(len(made["base test_accuracy"]))
    return [
        context.text("vanishing", "training", **sizes),
        _traces(context, made),
        context.text("vanishing", "remedies", **sizes),
        curves(context, made),
        _table(context, made, found, record),
        accuracies(context, made),
    ]


def _traces(context: LectureContext, made: ExperimentResult) -> Figure:
    called, traces = names(context) | {"base": context._("baseline")}, []
    for name in ("base", "rmsprop", "softplus", "tanh", "relu", "dropout"):
        norms = made[f"{name} gradient"]
        with np.errstate(divide="ignore"):
            mean = np.exp(np.log(norms).mean(axis=0))
        traces.append(figures.LayerTrace(called[name], made[f"{name} steps"], mean.T))
    drawing = figures.probe_over_time(traces, language=context.language)
    caption, alt = (context.text("vanishing", f"traces-{part}").markdown for part in ("caption", "alt"))
    return Figure("vanishing-training", drawing, caption, alt)


def curves(context: LectureContext, made: ExperimentResult) -> Figure:
    """The figure of what each rival learns over the updates.

    No example: it draws an experiment of many seconds.
    """
    _, called, colours = context._, names(context), _colours()
    groups = (
        (_("Batches of {n}").format(n=made["batch"]), ("base", "rmsprop", "dropout", "data")),
        (_("Other activation"), ("base", "tanh", "relu", "relu_he", "softplus")),
        (_("Full batches"), ("full", "rprop")),
    )
    panels = [
        figures.Panel(title, [_run(made, name, called[name], colours[name]) for name in group])
        for title, group in groups
    ]
    drawing = figures.learning_curves(panels, x_label=_("Updates"), columns=3, language=context.language)
    caption, alt = (context.text("vanishing", f"curves-{part}").markdown for part in ("caption", "alt"))
    return Figure("vanishing-curves", drawing, caption, alt)


def _run(made: ExperimentResult, name: str, label: str, colour: int) -> figures.Runs:
    return figures.Runs(label, made[f"{name} updates"], 100 * made[f"{name} accuracies"], colour=colour)


def _colours() -> dict[str, int]:
    """A colour for each rival; the two baselines share one."""
    others = [name for name, remedy in REMEDIES.items() if remedy.against]
    return {name: 0 if name not in others else 1 + others.index(name) for name in REMEDIES}


def _table(context: LectureContext, made: ExperimentResult, found: list[Effect], record: ClaimRecord) -> Table:
    _, language, called = context._, context.language, names(context)
    ruled: dict[str, Ruling] = {each.criterion.key: each.verdict for each in record.findings}
    rows: list[tuple[str | float | None, ...]] = []
    for base in ("base", "full"):
        mean = interval(made[f"{base} test_accuracy"])
        through = factor(interval(np.log(let_through(made, base))))
        shown = (interval_words(mean, language, 1, 100), "–", "–", interval_words(through, language, 2), "–")
        rows.append((called[base], _rate(context, made, base), *shown))
        for effect in found:
            if REMEDIES[effect.name].against == base:
                learns = ruled.get(f"{effect.name}-learns", verdict(effect.gain))
                eases = ruled.get(effect.name, verdict(effect.eased(1 - RISK), 1.0))
                rows.append((
                    called[effect.name], _rate(context, made, effect.name),
                    interval_words(effect.accuracy, language, 1, 100), interval_words(effect.gain, language, 1, 100),
                    _(VERDICT_WORDS[learns]), interval_words(effect.factor, language, 2), _(VERDICT_WORDS[eases]),
                ))  # fmt: skip
    columns = (_("Rival"), _("Rate"), _("Test accuracy, %"), _("Gain, points"), _("Learns better"),
               _("Gradient per layer"), _("Vanishes less"))  # fmt: skip
    return Table(columns, tuple(rows), context.text("vanishing", "table-caption").markdown, "lrrrlrl")


def _rate(context: LectureContext, made: ExperimentResult, name: str) -> str:
    return number(made[name]["rate"], context.language) + ("*" if made[name]["edge"] else "")


def accuracies(context: LectureContext, made: ExperimentResult) -> Figure:
    """The figure of what each rival reached, seed by seed.

    No example: it draws an experiment of many seconds.
    """
    called = names(context)
    samples = [
        figures.SeedValues(
            called[name],
            100 * made[f"{name} test_accuracy"],
            _scaled(interval(np.nan_to_num(made[f"{name} test_accuracy"], nan=0.1))),
            colour=_colours()[name],
        )
        for name in REMEDIES
    ]
    drawing = figures.spread(samples, quantity=context._("Test accuracy, %"), language=context.language)
    caption, alt = (context.text("vanishing", f"accuracies-{part}").markdown for part in ("caption", "alt"))
    return Figure("vanishing-accuracies", drawing, caption, alt)


def _scaled(each: Interval) -> tuple[float, float] | None:
    return None if each.bounds is None else (100 * each.low, 100 * each.high)

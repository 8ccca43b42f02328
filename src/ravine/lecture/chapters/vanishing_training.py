"""Chapter 2, second part: the gradient while training goes on, and every remedy beside a plain baseline."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ravine.lecture.context import Context, Number, Outcome
from ravine.lecture.experiments.remedies import REMEDIES, remedies
from ravine.lecture.said import VERDICT_WORDS
from ravine.study.evidence import Interval, Verdict, interval, paired, verdict
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Table

__all__ = ["BESIDE", "Effect", "accuracies", "curves", "during_training", "effects", "names", "train_all"]


BESIDE = ("tanh", "relu_he")
"""Rivals that the slide does not name among the remedies: they stand in the table without a note of their own."""


class Effect(NamedTuple):
    """What a remedy did against its baseline: the gain in test accuracy, and of the gradient's factor per layer.

    No example: made by `effects`.
    """

    name: str
    accuracy: Interval
    gain: Interval
    factor: Interval
    eased: Interval

    @property
    def learns(self) -> Verdict:
        """The verdict on: it learns better than the baseline. Claim 8 judges the remedies by the same interval."""
        return verdict(self.gain)

    @property
    def eases(self) -> Verdict:
        """The verdict on: the gradient shrinks less from layer to layer than in the baseline."""
        return verdict(self.eased)


def names(context: Context) -> dict[str, str]:
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


def train_all(context: Context) -> Outcome:
    """The experiment: rivals, rates and seeds on a part of the digits.

    No example: it trains for many seconds.
    """
    seeds = context.seeds(4, 10)
    count = min(500, len(context.digits.train) // 6)
    sizes = {"examples": count, "held": 2 * count - 50, "updates": context.size(600, 1500),
             "full_updates": context.size(120, 400)}  # fmt: skip
    spec = {"seeds": seeds, "rivals": list(REMEDIES), "data": context.digits.fingerprint, **sizes}
    return context.compute(
        "vanishing-remedies", spec, lambda progress: remedies(context.digits, seeds, progress=progress, **sizes)
    )


def effects(made: Outcome) -> list[Effect]:
    """Every remedy against what it is to be compared with, seed by seed.

    No example: see the tests, which give it outcomes made by hand.
    """
    found = []
    for name, remedy in REMEDIES.items():
        if not remedy.against:
            continue
        # A run that diverged has learnt nothing: it counts as guessing.
        ours, theirs = (np.nan_to_num(made[f"{each} test_accuracy"], nan=0.1) for each in (name, remedy.against))
        factor, base = (np.nan_to_num(made[f"{each} factor"]) for each in (name, remedy.against))
        found.append(Effect(name, interval(ours), paired(ours, theirs), interval(factor), paired(factor, base)))
    return found


def during_training(context: Context, made: Outcome) -> list[Block]:
    """The figures of the gradient in training, the table of remedies.

    No example: it draws an experiment of many seconds.
    """
    found = effects(made)
    for effect in found:
        for seed, (accuracy, factor) in enumerate(
            zip(made[f"{effect.name} test_accuracy"], made[f"{effect.name} factor"], strict=True), context.seed
        ):
            context.record(Number("vanishing", "test_accuracy", float(accuracy), effect.name, None, seed),
                           Number("vanishing", "factor", float(factor), effect.name, None, seed))  # fmt: skip
    sizes = {key: str(made[key]) for key in ("examples", "depth", "width", "batch", "updates", "full_updates")}
    sizes["seeds"] = str(len(made["base test_accuracy"]))
    return [
        context.text("vanishing", "training", **sizes),
        _traces(context, made),
        context.text("vanishing", "remedies", **sizes),
        curves(context, made),
        _table(context, made, found),
        accuracies(context, made),
    ]


def _traces(context: Context, made: Outcome) -> Figure:
    called, traces = names(context) | {"base": context._("baseline")}, []
    for name in ("base", "rmsprop", "softplus", "tanh", "relu", "dropout"):
        norms = made[f"{name} gradient"]
        with np.errstate(divide="ignore"):
            mean = np.exp(np.log(norms).mean(axis=0))
        traces.append(figures.LayerTrace(called[name], made[f"{name} steps"], mean.T))
    drawing = figures.probe_over_time(traces, language=context.language)
    caption, alt = (context.text("vanishing", f"traces-{part}").markdown for part in ("caption", "alt"))
    return Figure("vanishing-training", drawing, caption, alt)


def curves(context: Context, made: Outcome) -> Figure:
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


def _run(made: Outcome, name: str, label: str, colour: int) -> figures.Runs:
    return figures.Runs(label, made[f"{name} updates"], 100 * made[f"{name} accuracies"], colour=colour)


def _colours() -> dict[str, int]:
    """A colour for each rival; the two baselines share one."""
    others = [name for name, remedy in REMEDIES.items() if remedy.against]
    return {name: 0 if name not in others else 1 + others.index(name) for name in REMEDIES}


def _table(context: Context, made: Outcome, found: list[Effect]) -> Table:
    _, language, called = context._, context.language, names(context)
    rows: list[tuple[str | float | None, ...]] = []
    for base in ("base", "full"):
        mean = interval(made[f"{base} test_accuracy"])
        factor = interval(np.nan_to_num(made[f"{base} factor"]))
        rate = number(made[base]["rate"], language)
        shown = (interval_words(mean, language, 1, 100), "–", "–", interval_words(factor, language, 2), "–")
        rows.append((called[base], rate, *shown))
        for effect in found:
            if REMEDIES[effect.name].against == base:
                rows.append((
                    called[effect.name], number(made[effect.name]["rate"], language),
                    interval_words(effect.accuracy, language, 1, 100), interval_words(effect.gain, language, 1, 100),
                    _(VERDICT_WORDS[effect.learns]), interval_words(effect.factor, language, 2),
                    _(VERDICT_WORDS[effect.eases]),
                ))  # fmt: skip
    columns = (_("Rival"), _("Rate"), _("Test accuracy, %"), _("Gain, points"), _("Learns better"),
               _("Gradient per layer"), _("Vanishes less"))  # fmt: skip
    return Table(columns, tuple(rows), context.text("vanishing", "table-caption").markdown, "lrrrlrl")


def accuracies(context: Context, made: Outcome) -> Figure:
    """The figure of what each rival reached, seed by seed.

    No example: it draws an experiment of many seconds.
    """
    called = names(context)
    samples = [
        figures.Sample(
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

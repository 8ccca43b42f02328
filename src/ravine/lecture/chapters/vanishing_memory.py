"""Chapter 2, third part: another architecture. LSTM beside SimpleRNN, and the gradient through time."""

from __future__ import annotations

import numpy as np

from ravine.lecture.claims import Estimate, quotient
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.memory import CELLS, memory
from ravine.stats import Interval, interval, paired
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Table

__all__ = ["NAMES", "eased", "gain", "more_arrives", "through_time", "train_cells"]

NAMES = {"simple_rnn": "SimpleRNN", "lstm": "LSTM"}
"""What the two cells are called."""


def train_cells(context: LectureContext) -> ExperimentResult:
    """The experiment: both cells on the adding problem.

    No example: it trains for seconds.
    """
    sizes = {"length": context.size(30, 50), "updates": context.size(320, 1600)}
    seeds = context.seeds(3, 8)
    return context.compute(
        "vanishing-memory",
        {"seeds": seeds, "edge": True, **sizes},
        lambda progress: memory(seeds, progress=progress, **sizes),
    )


def gain(made: ExperimentResult) -> Interval:
    """How much smaller LSTM's test loss is than SimpleRNN's, seed by seed.

    >>> losses = {"simple_rnn": [0.17, 0.16], "lstm": [0.02, 0.01]}
    >>> made = ExperimentResult({f"{name} test_loss": np.array(values) for name, values in losses.items()})
    >>> round(gain(made).mean, 2)
    0.15
    """
    return paired(made["simple_rnn test_loss"], made["lstm test_loss"])


def eased(made: ExperimentResult, moment: str) -> Interval:
    """By how many powers of ten more of the gradient reaches the first steps with LSTM, at the "start" or the "end".

    >>> made = ExperimentResult({"lstm start": np.ones((2, 5)), "simple_rnn start": np.array([[0.1, 1, 1, 1, 1]] * 2)})
    >>> eased(made, "start").mean
    1.0
    """
    ours, theirs = (np.log10(arriving(made, name, moment)) for name in ("lstm", "simple_rnn"))
    return paired(ours, theirs)


def more_arrives(made: ExperimentResult) -> Estimate:
    """How many times as much of the gradient reaches the first steps with LSTM, before and after training together.

    >>> arrays = {f"{name} {moment}": np.ones((3, 5)) for name in NAMES for moment in ("start", "end")}
    >>> arrays["simple_rnn end"] = np.array([[0.25, 1, 1, 1, 1]] * 3)
    >>> more_arrives(ExperimentResult(arrays))(0.95).mean
    2.0
    """
    seeds = len(made["lstm end"])
    # Before training there are more sets of weights, of which the first are those that were trained.
    ours, theirs = (
        np.sqrt(arriving(made, name, "start")[:seeds] * arriving(made, name, "end")) for name in ("lstm", "simple_rnn")
    )
    return quotient(ours, theirs)


def through_time(context: LectureContext, made: ExperimentResult) -> list[Block]:
    """The adding problem learnt by both cells, and the gradient that reaches each step, before and after.

    No example: it draws an experiment that takes seconds.
    """
    seeds = context.seeds(3, 8)
    for name in CELLS:
        context.record(*(Number("vanishing", "adding_test_loss", float(loss), name, None, seed)
                         for seed, loss in zip(seeds, made[f"{name} test_loss"], strict=True)))  # fmt: skip
    words = {key: str(made[key]) for key in ("length", "units", "updates")} | {"seeds": str(len(seeds))}
    return [
        context.text("vanishing", "memory", **words),
        _gradients(context, made),
        _losses(context, made),
        _table(context, made),
    ]


def _gradients(context: LectureContext, made: ExperimentResult) -> Figure:
    panels = []
    for moment, title in (("start", context._("Before training")), ("end", context._("After training"))):
        runs = []
        for name in CELLS:
            g = made[f"{name} {moment}"]
            runs.append(figures.Runs(NAMES[name], np.arange(1, g.shape[1] + 1), g))
        panels.append(figures.Panel(title, runs, log=True))
    drawing = figures.learning_curves(panels, x_label=context._("Step of the sequence"), language=context.language)
    caption, alt = (context.text("vanishing", f"time-{part}").markdown for part in ("caption", "alt"))
    return Figure("vanishing-time", drawing, caption, alt)


def _losses(context: LectureContext, made: ExperimentResult) -> Figure:
    runs = [figures.Runs(NAMES[name], made[f"{name} updates"], made[f"{name} curve"]) for name in CELLS]
    panel = figures.Panel(context._("Test loss"), runs, log=True)
    drawing = figures.learning_curves([panel], x_label=context._("Updates"), language=context.language)
    caption, alt = (context.text("vanishing", f"adding-{part}").markdown for part in ("caption", "alt"))
    return Figure("vanishing-adding", drawing, caption, alt)


def arriving(made: ExperimentResult, name: str, moment: str) -> np.ndarray:
    """The share of the last step's gradient that reaches the first steps (a tenth of them), per seed."""
    g = made[f"{name} {moment}"]
    early = max(1, g.shape[1] // 10)
    return np.asarray(g[:, :early].mean(axis=1) / g[:, -early:].mean(axis=1))


def _table(context: LectureContext, made: ExperimentResult) -> Table:
    _, language = context._, context.language
    rows = []
    for name in CELLS:
        shares = [
            f"{number(100 * float(np.exp(np.log(arriving(made, name, moment)).mean())), language, 1)}"
            for moment in ("start", "end")
        ]
        for moment in ("start", "end"):
            context.record(*(Number("vanishing", f"gradient_through_time_{moment}", float(value), name, None, seed)
                             for seed, value in enumerate(arriving(made, name, moment), context.seed)))  # fmt: skip
        loss = interval(made[f"{name} test_loss"])
        rate = number(made[name]["rate"], language) + ("*" if made[name]["edge"] else "")
        rows.append((NAMES[name], rate, interval_words(loss, language, 4), *shares))
    columns = (_("Layer"), _("Rate"), _("Test loss"), _("Gradient arriving before, %"), _("Gradient arriving after, %"))
    return Table(columns, tuple(rows), context.text("vanishing", "memory-caption").markdown, "lrrrr")

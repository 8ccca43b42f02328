"""Chapter 8, second part: what the noise of small batches does near minima, poor ones and good ones."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from ravine.lecture.claims import ClaimRecord, Estimate
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.escape import double_well, stationary, valleys, xor_networks
from ravine.lecture.notes import conclude, judged
from ravine.stats import Interval, paired, proportion
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Formula, Table

__all__ = ["noise"]

DRAWN: tuple[int | str, ...] = (1, 4, "full")
STRIDE = 4
"""Every so many updates of a path are drawn."""
SOLVED = 0.95


def noise(context: LectureContext) -> list[Block]:
    """Walkers in a cost with two valleys, then claim 12: small networks from many starts, and from their minima.

    No example: runs experiments; see the report.
    """
    made = _walk(context)
    walkers = made["walkers"]
    good, ridge, poor = (number(value, context.language, 2) for value in stationary())
    words = {
        "good": good, "ridge": ridge, "poor": poor, "walkers": number(walkers, context.language),
        "updates": number(made["updates"], context.language), "rate": number(made["rate"], context.language),
        "spread": number(made["spread"], context.language),
    }  # fmt: skip
    return [
        context.text("descent", "valleys", **words),
        Formula(r"J(\theta) = \frac1N \sum_{i=1}^N \left[ \tfrac14 (\theta^2 - 1)^2 + 0.15\,\theta + "
                r"x_i\,\theta \right], \qquad \sum_i x_i = 0"),
        _landscape(context),
        _paths(context, made, words),
        _shares(context, made, words),
        *_escape(context, made, train_networks(context)),
    ]  # fmt: skip


def _walk(context: LectureContext) -> ExperimentResult:
    walkers = context.size(400, 2000)
    return context.compute(
        "descent-valleys",
        {"seed": context.seed, "walkers": walkers},
        lambda progress: valleys(context.seed, walkers=walkers),
    )


def _named(context: LectureContext, size: int | str) -> str:
    return context._("all examples") if size == "full" else context._("batches of {n}").format(n=size)


def _figure(context: LectureContext, name: str, drawing: Any, **words: str) -> Figure:
    caption, alt = (context.text("descent", f"{name}-{part}", **words).markdown for part in ("caption", "alt"))
    return Figure(f"descent-{name}", drawing, caption, alt)


def _landscape(context: LectureContext) -> Figure:
    theta = np.linspace(-1.6, 1.6, 201)
    panel = figures.Panel("J(θ)", [figures.Runs("J", theta, double_well(theta))])
    drawing = figures.learning_curves([panel], x_label="θ", columns=1, language=context.language)
    return _figure(context, "wells", drawing)


def _paths(context: LectureContext, made: ExperimentResult, words: dict[str, str]) -> Figure:
    at = np.arange(0, made["updates"] + 1, STRIDE)
    titles = (context._("From the poor minimum"), context._("From the good minimum"))
    panels = []
    for row, title in enumerate(titles):
        runs = [
            figures.Runs(
                _named(context, size), at, made["paths"][row, made["sizes"].index(size), 0, ::STRIDE], colour=place
            )
            for place, size in enumerate(DRAWN)
        ]
        panels.append(figures.Panel(title, runs))
    drawing = figures.learning_curves(panels, x_label=context._("Updates"), columns=1, language=context.language)
    return _figure(context, "paths", drawing, **words)


def _shares(context: LectureContext, made: ExperimentResult, words: dict[str, str]) -> Table:
    _, language, rows, walkers = context._, context.language, [], made["walkers"]
    for column, size in enumerate(made["sizes"]):
        cells = [_named(context, size)]
        for name in ("visited", "ended"):
            for row, start in enumerate(("poor", "good")):
                share = proportion(round(float(made[name][row, column]) * walkers), walkers)
                x = None if size == "full" else float(size)
                context.record(
                    Number("descent", f"share_that_{name}_the_other_valley", share.mean, f"{start} {size}", x)
                )
                cells.append(interval_words(share, language, 0, 100))
        rows.append(tuple(cells))
    columns = (_("Batches"), _("Left the poor one, %"), _("Left the good one, %"), _("Ended in the good one, %"),
               _("Ended in the poor one, %"))  # fmt: skip
    return Table(columns, tuple(rows), context.text("descent", "shares-caption", **words).markdown, "lrrrr")


def _escape(context: LectureContext, made: ExperimentResult, networks: ExperimentResult) -> list[Block]:
    """Claim 12 by networks that have come to a minimum; the two valleys, drawn for the purpose, stand beside it.

    The slide: SGD "does not get stuck in poor local minima", but "may jump out of a good one". Networks of two neurons
    are trained for exclusive or on the full batch, until each has come to a poor minimum or to a good one, and go on
    from there: with single examples, or with the full batch, which may leave as well where its descent was not over.
    Refuted if it is shown that single examples leave the minima of either kind in fewer than one more network in
    twenty. The two parts share one risk of error.
    """
    language, walkers = context.language, made["walkers"]
    measured: dict[str, Interval | Estimate] = {}
    words: dict[str, str] = {}
    still = made["sizes"].index("full")
    for row, start in enumerate(("poor", "good")):
        noisy, calm = (
            proportion(round(float(made["visited"][row, column]) * walkers), walkers) for column in (0, still)
        )
        measured[f"valley-{start}"] = difference(noisy, calm)
        words |= {
            f"valley-{name}": interval_words(each, language, 0, 100)
            for name, each in ((start, noisy), (f"{start}-calm", calm))
        }
    # The size of batch that tells the two minima apart best.
    between = int(np.argmax(made["visited"][0] - made["visited"][1]))
    words["size"] = str(made["sizes"][between])
    for row, start in enumerate(("poor", "good")):
        share = proportion(round(float(made["visited"][row, between]) * walkers), walkers)
        words[f"{start}-size"] = interval_words(share, language, 0, 100)
    solved, later = networks["accuracy"] > SOLVED, networks["later"] > SOLVED
    for start, here in (("poor", ~solved[-1]), ("good", solved[-1])):
        left = (later != solved[-1])[:, here]
        alone, together, total = int(left[0].sum()), int(left[-1].sum()), int(here.sum())
        measured[start] = partial(_apart, alone, together, total)
        words |= {start: str(alone), f"{start}-calm": str(together), f"{start}-all": str(total)}
        context.record(
            Number("descent", f"networks_that_left_the_{start}_minimum", float(alone), "1"),
            Number("descent", f"networks_that_left_the_{start}_minimum", float(together), "full"),
        )
    measured["networks"] = paired(solved[0], solved[-1])
    record = conclude(context, "escape", measured, "descent-paths")
    return [
        context.text("descent", "valleys-shown", **words),
        *_networks(context, networks, record),
        context.text("descent", "later", **words),
        judged(context, record, **words),
    ]


def _apart(noisy: int, calm: int, total: int, level: float) -> Interval:
    """The difference of two shares of *total*; a single value tells nothing, nor does none."""
    if total < 2:
        return Interval(math.nan, math.nan, math.nan, total)
    return difference(proportion(noisy, total, level), proportion(calm, total, level))


def difference(ours: Interval, theirs: Interval) -> Interval:
    """The difference of two shares, given with Wilson's intervals, and its 95% interval (Newcombe 1998, method 10).

    It is sound for shares of 0 and 1 as well. The paper's example:

    >>> made = difference(proportion(56, 70), proportion(48, 80))
    >>> round(made.mean, 4), round(made.low, 4), round(made.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    mean = ours.mean - theirs.mean
    low = mean - math.hypot(ours.mean - ours.low, theirs.high - theirs.mean)
    high = mean + math.hypot(ours.high - ours.mean, theirs.mean - theirs.low)
    return Interval(mean, low, high, min(ours.count, theirs.count))


def train_networks(context: LectureContext) -> ExperimentResult:
    """Networks of two neurons from many starts, with single examples and with all of them.

    No example: it trains for seconds.
    """
    count, updates = context.size(100, 400), context.size(800, 3000)
    seeds = [context.seed + index for index in range(count)]
    return context.compute(
        "descent-xor", {"seeds": seeds, "updates": updates, "later": True},
        lambda progress: xor_networks(seeds, updates=updates, progress=progress),
    )  # fmt: skip


def _networks(context: LectureContext, made: ExperimentResult, record: ClaimRecord) -> list[Block]:
    solved = made["accuracy"] > SOLVED
    shares = [proportion(int(row.sum()), len(row)) for row in solved]
    for size, share in zip(made["sizes"], shares, strict=True):
        context.record(Number("descent", "share_of_networks_that_solve_xor", share.mean, str(size)))
    apart = next(each.interval for each in record.findings if each.criterion.key == "networks")
    words = {
        "count": str(solved.shape[1]), "updates": number(made["updates"], context.language),
        "rate": number(made["rate"], context.language), "examples": str(made["examples"]),
        "single": interval_words(shares[0], context.language, 0, 100),
        "batch": interval_words(shares[-1], context.language, 0, 100),
        "difference": interval_words(apart, context.language, 1, 100),
    }  # fmt: skip
    title = context._("Single examples find good minima more often: networks of two neurons")
    return [
        context.text("descent", "networks", **words),
        judged(context, record, "networks", key="networks", title=title, **words),
    ]

"""Chapter 8, second part: what the noise of small batches does near minima, poor ones and good ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.lecture.context import Context, Number, Outcome
from ravine.lecture.experiments.escape import double_well, stationary, valleys, xor_networks
from ravine.lecture.said import judged, outer
from ravine.study.evidence import Verdict, paired, proportion, verdict
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Formula, Table

__all__ = ["noise"]

DRAWN: tuple[int | str, ...] = (1, 4, "full")
STRIDE = 4
"""Every so many updates of a path are drawn."""
SOLVED = 0.95


def noise(context: Context) -> list[Block]:
    """Claim 12: walkers in a cost with two valleys, then small networks from many starts.

    No example: runs experiments; see the report.
    """
    walkers = context.size(400, 2000)
    made = context.compute(
        "descent-valleys",
        {"seed": context.seed, "walkers": walkers},
        lambda progress: valleys(context.seed, walkers=walkers),
    )
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
        *_verdicts(context, made),
        *_networks(context),
    ]  # fmt: skip


def _named(context: Context, size: int | str) -> str:
    return context._("all examples") if size == "full" else context._("batches of {n}").format(n=size)


def _figure(context: Context, name: str, drawing: Any, **words: str) -> Figure:
    caption, alt = (context.text("descent", f"{name}-{part}", **words).markdown for part in ("caption", "alt"))
    return Figure(f"descent-{name}", drawing, caption, alt)


def _landscape(context: Context) -> Figure:
    theta = np.linspace(-1.6, 1.6, 201)
    panel = figures.Panel("J(θ)", [figures.Runs("J", theta, double_well(theta))])
    drawing = figures.learning_curves([panel], x_label="θ", columns=1, language=context.language)
    return _figure(context, "wells", drawing)


def _paths(context: Context, made: Outcome, words: dict[str, str]) -> Figure:
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


def _shares(context: Context, made: Outcome, words: dict[str, str]) -> Table:
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


def _verdicts(context: Context, made: Outcome) -> list[Block]:
    """Both halves of the claim for single examples, against the full batch, which has no noise."""
    language, walkers, kinds, words = context.language, made["walkers"], [], {}
    still = made["sizes"].index("full")
    for row, start in enumerate(("poor", "good")):
        noisy, calm = (
            proportion(round(float(made["visited"][row, column]) * walkers), walkers) for column in (0, still)
        )
        words[start], words[f"{start}-calm"] = (interval_words(share, language, 0, 100) for share in (noisy, calm))
        # Intervals that do not meet are a stricter test than that of the difference.
        kind: Verdict = "supported" if noisy.low > calm.high else "refuted" if noisy.high < calm.low else "open"
        kinds.append(kind)
    # The size of batch that tells the two minima apart best.
    between = int(np.argmax(made["visited"][0] - made["visited"][1]))
    words["size"] = str(made["sizes"][between])
    for row, start in enumerate(("poor", "good")):
        share = proportion(round(float(made["visited"][row, between]) * walkers), walkers)
        words[f"{start}-size"] = interval_words(share, language, 0, 100)
    title = context._("SGD leaves poor minima, and jumps out of good ones")
    return [judged(context, "descent", "escape", outer(kinds), title, **words)]


def _networks(context: Context) -> list[Block]:
    count, updates = context.size(100, 400), context.size(800, 3000)
    seeds = [context.seed + index for index in range(count)]
    made = context.compute(
        "descent-xor", {"seeds": seeds, "updates": updates},
        lambda progress: xor_networks(seeds, updates=updates, progress=progress),
    )  # fmt: skip
    solved = made["accuracy"] > SOLVED
    difference = paired(solved[0], solved[-1])
    shares = [proportion(int(row.sum()), count) for row in solved]
    for size, share in zip(made["sizes"], shares, strict=True):
        context.record(Number("descent", "share_of_networks_that_solve_xor", share.mean, str(size)))
    words = {
        "count": str(count), "updates": number(updates, context.language),
        "rate": number(made["rate"], context.language), "examples": str(made["examples"]),
        "single": interval_words(shares[0], context.language, 0, 100),
        "batch": interval_words(shares[-1], context.language, 0, 100),
        "difference": interval_words(difference, context.language, 1, 100),
    }  # fmt: skip
    title = context._("Single examples find good minima more often: networks of two neurons")
    return [
        context.text("descent", "networks", **words),
        judged(context, "descent", "networks", verdict(difference), title, **words),
    ]

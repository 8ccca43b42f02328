"""Chapter 8, first part: the same loss reached with batches of every size, and what that costs (claims 11 and 13)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ravine.lecture.chapters.descent_claims import called, typical, variants
from ravine.lecture.claims.criterion import rounded
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.batches import batches, gradient_spread, held_out
from ravine.stats import interval
from ravine.view import figures, number
from ravine.view.blocks import Block, Figure, Table

__all__ = ["speed"]

QUICK: tuple[int | str, ...] = (1, 16, 64, 128, 256, 1024, "full")
FULL: tuple[int | str, ...] = (1, 4, 16, 32, 64, 128, 256, 512, 1024, 4096, "full")


def speed(context: LectureContext) -> list[Block]:
    """Every size to the same loss, by updates, by operations and by the clock; claims 11 and 13.

    No example: runs experiments; see the report.
    """
    made, spread, seeds = _measured(context)
    _keep(context, made, spread, seeds)
    words = {
        "target": number(made["target"], context.language), "examples": number(made["n"], context.language),
        "limit": number(made["passes"], context.language), "seeds": str(len(seeds)),
        "rates": "; ".join(number(rate, context.language) for rate in sorted(made["rates"])),
    }  # fmt: skip
    return [
        context.text("descent", "clocks", **words),
        _clocks(context, made, spread),
        _sizes(context, made, words),
        _table(context, made, words),
        *variants(context, made, spread),
        *typical(context, made),
    ]


def _measured(context: LectureContext) -> tuple[ExperimentResult, ExperimentResult, list[int]]:
    held, examples = held_out(context.digits, context.size(1000, 5000)), context.size(4000, 20_000)
    # Where other digits stand in for MNIST, there may be fewer than the largest batches need.
    there = min(examples, len(context.digits.train) - held)
    sizes = tuple(size for size in context.size(QUICK, FULL) if size == "full" or size < there)
    options: dict[str, Any] = {"sizes": sizes, "examples": examples, "held": held, "target": context.size(0.35, 0.25),
                               "passes": context.size(60, 200)}  # fmt: skip
    seeds, data = context.seeds(4, 8), context.digits.fingerprint
    made = context.compute(
        "descent-batches", {"seeds": seeds, "data": data, **options},
        lambda progress: batches(context.digits, seeds, progress=progress, **options),
    )  # fmt: skip
    parts = {"examples": examples, "held": held}
    measured = [size for size in sizes if isinstance(size, int) and size != 128]
    spread = context.compute(
        "descent-variance", {"sizes": measured, "data": data, "seed": context.seed, "deviations": True, **parts},
        lambda progress: gradient_spread(context.digits, measured, seed=context.seed, progress=progress, **parts),
    )  # fmt: skip
    return made, spread, seeds


def _keep(context: LectureContext, made: ExperimentResult, spread: ExperimentResult, seeds: list[int]) -> None:
    for row, size in enumerate(made["sizes"]):
        x = float(made["n"] if size == "full" else size)
        for quantity in ("seconds", "updates", "examples", "operations", "rises", "cost"):
            name = "seconds_per_update" if quantity == "cost" else f"{quantity}_to_target"
            values = zip(seeds, made.arrays[quantity][row], strict=True)
            context.record(*(Number("descent", name, float(value), "sgd", x, seed) for seed, value in values))
    for moment, row in zip(("start", "trained"), spread["variance"], strict=True):
        pairs = zip(spread["sizes"], row, strict=True)
        context.record(
            *(Number("descent", "gradient_variance", float(value), moment, float(size)) for size, value in pairs)
        )


def _figure(context: LectureContext, name: str, drawing: Any, **words: str) -> Figure:
    caption, alt = (context.text("descent", f"{name}-{part}", **words).markdown for part in ("caption", "alt"))
    return Figure(f"descent-{name}", drawing, caption, alt)


def _clocks(context: LectureContext, made: ExperimentResult, spread: ExperimentResult) -> Figure:
    variance = dict(zip(spread["sizes"], spread["variance"][0], strict=True))
    runs = []
    for size in made["sizes"]:
        seconds, updates, examples, loss = made[f"{size} clock"]
        count = made["n"] if size == "full" else size
        runs.append(
            figures.BatchRun(called(context, size), count, seconds, updates, examples, loss, variance.get(size))
        )
    return _figure(context, "clocks", figures.batch_comparison(runs, language=context.language))


def _sizes(context: LectureContext, made: ExperimentResult, words: dict[str, str]) -> Figure:
    _, x = context._, [made["n"] if size == "full" else size for size in made["sizes"]]
    titles = {"updates": _("Updates to the target"), "operations": _("Operations to the target"),
              "seconds": _("Time to the target [s]"), "cost": _("Time of an update [s]")}  # fmt: skip
    panels = []
    for name, title in titles.items():
        rows = np.where(np.isfinite(made.arrays[name]), made.arrays[name], np.nan).T
        if np.isfinite(rows).any():
            label = _("{count} seeds").format(count=len(rows))
            panels.append(figures.Panel(title, [figures.Runs(label, x, rows)], log=True))
    drawing = figures.learning_curves(panels, x_label=_("Batch size"), log_x=True, language=context.language)
    return _figure(context, "sizes", drawing, **words)


def _table(context: LectureContext, made: ExperimentResult, words: dict[str, str]) -> Table:
    _, language, rows = context._, context.language, []
    for row, size in enumerate(made["sizes"]):
        star = "*" if made["edge"][row] else ""
        cells = [called(context, size), number(made["rate"][row], language) + star]
        for name in ("updates", "operations", "seconds"):
            values = made.arrays[name][row]
            reached = int(np.isfinite(values).sum())
            if reached < len(values):
                cells.append(
                    _("not reached by {count} of {total}").format(count=len(values) - reached, total=len(values))
                )
            elif name == "seconds":
                cells.append(_span(values, language))
            else:
                cells.append(rounded(float(np.exp(np.log(values).mean())), language, 3))
        cells.append(number(float(made["rises"][row].mean()), language, 3))
        cells.append(rounded(1e6 * float(np.median(made["cost"][row])), language))
        rows.append(tuple(cells))
    columns = (_("Variant"), _("Rate"), _("Updates"), _("Operations"), _("Time [s]"), _("Rises of the loss"),
               _("Time of an update [µs]"))  # fmt: skip
    return Table(columns, tuple(rows), context.text("descent", "table-caption", **words).markdown, "lrrrrrr")


def _span(values: np.ndarray, language: str) -> str:
    """The geometric mean of times and its interval: times are spread by factors."""
    logs = interval(np.log(values))
    mean = rounded(math.exp(logs.mean), language)
    if logs.bounds is None:
        return mean
    low, high = (rounded(math.exp(end), language) for end in logs.bounds)
    return f"{mean} [{low}{'; ' if language == 'pl' else ', '}{high}]"

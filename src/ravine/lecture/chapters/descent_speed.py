"""Chapter 8, first part: the same loss reached with batches of every size, and the variance of the updates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ravine.lecture.claims import factor, outer
from ravine.lecture.claims.criterion import rounded
from ravine.lecture.context import Context, Number, Outcome
from ravine.lecture.experiments.batches import batches, gradient_spread, held_out
from ravine.lecture.said import conclude, judged
from ravine.study.evidence import Interval, interval, paired, welch
from ravine.view import figures, number
from ravine.view.blocks import Block, Figure, Table

__all__ = ["speed", "typical", "variants"]

QUICK: tuple[int | str, ...] = (1, 16, 64, 128, 256, 1024, "full")
FULL: tuple[int | str, ...] = (1, 4, 16, 32, 64, 128, 256, 512, 1024, 4096, "full")
TYPICAL = (50, 256)
"""The sizes of batches that the lecture calls typical."""


def speed(context: Context) -> list[Block]:
    """Every size to the same loss, by the clock, by updates and by examples; claims 11 and 13.

    No example: runs experiments; see the report.
    """
    made, spread, seeds = _measured(context)
    _keep(context, made, spread, seeds)
    words = {
        "target": number(made["target"], context.language), "examples": number(made["n"], context.language),
        "limit": number(made["limit"], context.language), "seeds": str(len(seeds)),
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


def _measured(context: Context) -> tuple[Outcome, Outcome, list[int]]:
    held, examples = held_out(context.digits, context.size(1000, 5000)), context.size(4000, 20_000)
    # Where other digits stand in for MNIST, there may be fewer than the largest batches need.
    there = min(examples, len(context.digits.train) - held)
    sizes = tuple(size for size in context.size(QUICK, FULL) if size == "full" or size < there)
    options: dict[str, Any] = {"sizes": sizes, "examples": examples, "held": held, "target": context.size(0.35, 0.25),
                               "seconds": context.size(2.0, 10.0)}  # fmt: skip
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


def called(context: Context, size: int | str) -> str:
    """The name of a batch size in a figure."""
    if size == "full":
        return context._("batch (all examples)")
    return (
        context._("stochastic (1)")
        if size == 1
        else context._("batches of {n}").format(n=number(size, context.language))
    )


def _keep(context: Context, made: Outcome, spread: Outcome, seeds: list[int]) -> None:
    for row, size in enumerate(made["sizes"]):
        x = float(made["n"] if size == "full" else size)
        for quantity in ("seconds", "updates", "examples", "cost"):
            name = "seconds_per_update" if quantity == "cost" else f"{quantity}_to_target"
            values = zip(seeds, made.arrays[quantity][row], strict=True)
            context.record(*(Number("descent", name, float(value), "sgd", x, seed) for seed, value in values))
    for moment, row in zip(("start", "trained"), spread["variance"], strict=True):
        pairs = zip(spread["sizes"], row, strict=True)
        context.record(
            *(Number("descent", "gradient_variance", float(value), moment, float(size)) for size, value in pairs)
        )


def _figure(context: Context, name: str, drawing: Any, **words: str) -> Figure:
    caption, alt = (context.text("descent", f"{name}-{part}", **words).markdown for part in ("caption", "alt"))
    return Figure(f"descent-{name}", drawing, caption, alt)


def _clocks(context: Context, made: Outcome, spread: Outcome) -> Figure:
    variance = dict(zip(spread["sizes"], spread["variance"][0], strict=True))
    runs = []
    for size in made["sizes"]:
        seconds, updates, examples, loss = made[f"{size} clock"]
        count = made["n"] if size == "full" else size
        runs.append(
            figures.BatchRun(called(context, size), count, seconds, updates, examples, loss, variance.get(size))
        )
    return _figure(context, "clocks", figures.batch_comparison(runs, language=context.language))


def _sizes(context: Context, made: Outcome, words: dict[str, str]) -> Figure:
    _, x = context._, [made["n"] if size == "full" else size for size in made["sizes"]]
    titles = {"seconds": _("Time to the target [s]"), "updates": _("Updates to the target"),
              "examples": _("Examples to the target"), "cost": _("Time of an update [s]")}  # fmt: skip
    panels = []
    for name, title in titles.items():
        rows = np.where(np.isfinite(made.arrays[name]), made.arrays[name], np.nan).T
        if np.isfinite(rows).any():
            label = _("{count} seeds").format(count=len(rows))
            panels.append(figures.Panel(title, [figures.Runs(label, x, rows)], log=True))
    drawing = figures.learning_curves(panels, x_label=_("Batch size"), log_x=True, language=context.language)
    return _figure(context, "sizes", drawing, **words)


def _table(context: Context, made: Outcome, words: dict[str, str]) -> Table:
    _, language, rows = context._, context.language, []
    for row, size in enumerate(made["sizes"]):
        cells = [called(context, size), number(made["rate"][row], language)]
        for name in ("updates", "examples", "seconds"):
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
        cells.append(rounded(1e6 * float(np.median(made["cost"][row])), language))
        rows.append(tuple(cells))
    columns = (_("Variant"), _("Rate"), _("Updates"), _("Examples seen"), _("Time [s]"), _("Time of an update [µs]"))
    return Table(columns, tuple(rows), context.text("descent", "table-caption", **words).markdown, "lrrrrr")


def _span(values: np.ndarray, language: str) -> str:
    """The geometric mean of times and its interval: times are spread by factors."""
    logs = interval(np.log(values))
    mean = rounded(math.exp(logs.mean), language)
    if logs.bounds is None:
        return mean
    low, high = (rounded(math.exp(end), language) for end in logs.bounds)
    return f"{mean} [{low}{'; ' if language == 'pl' else ', '}{high}]"


def _times(made: Outcome, rows: list[int]) -> np.ndarray:
    """The logarithm of the seconds to the target (seeds,), the mean over *rows*; the limit where it was not reached."""
    return np.asarray(np.log(np.minimum(made["seconds"][rows], made["limit"])).mean(axis=0))


def _typical_rows(made: Outcome) -> list[int]:
    low, high = TYPICAL
    return [row for row, size in enumerate(made["sizes"]) if size != "full" and low <= size <= high]


def factor_words(ratio: Interval, language: str) -> str:
    """A factor with its interval.

    >>> factor_words(Interval(1.0, 0.5, 2.0, 5), "en")
    '1 [0.5, 2]'
    """
    mean, *bounds = (rounded(end, language) for end in (ratio.mean, *(ratio.bounds or ())))
    return f"{mean} [{('; ' if language == 'pl' else ', ').join(bounds)}]" if bounds else mean


def variants(context: Context, made: Outcome, spread: Outcome) -> list[Block]:
    """Claim 11 in its parts: batch is slow, stochastic faster, mini-batches steadier, and faster than both.

    No example: see the tests, which give it times made by hand.
    """
    sizes, language = made["sizes"], context.language
    batch, single, mini = (
        _times(made, [sizes.index("full")]),
        _times(made, [sizes.index(1)]),
        _times(made, _typical_rows(made)),
    )
    logs = {"single": paired(batch, single), "mini": paired(batch, mini), "both": paired(single, mini)}
    for name, each in logs.items():
        context.record(Number("descent", "factor_of_time", math.exp(each.mean), name))
    # Before training: the squared deviation of each batch's gradient from the mean of all.
    alone, many = (spread["deviation"][0, spread["sizes"].index(size)] for size in (1, 64))
    logs["steadier"] = welch(np.log(alone), np.log(many))
    measured = {name: factor(each) for name, each in logs.items()}
    words = {name: factor_words(each, language) for name, each in measured.items()}
    cost = np.median(made["cost"], axis=1)
    words["cost"] = rounded(float(cost[sizes.index(64)] / cost[sizes.index(1)]), language)
    record = conclude(context, "variants", measured, "descent-clocks")
    kinds = {each.criterion.key: each.verdict for each in record.findings}
    said = [
        context.text("descent", f"slow-{outer([kinds['single'], kinds['mini']])}", **words).markdown,
        context.text("descent", f"fastest-{kinds['both']}", **words).markdown,
        context.text("descent", f"steadier-{kinds['steadier']}", **_variance(context, spread)).markdown,
    ]
    if not np.isfinite(made["seconds"][sizes.index("full")]).all():
        said.insert(1, context.text("descent", "slow-limit", limit=number(made["limit"], language)).markdown)
    return [context.text("descent", "variance"), judged(context, record, text="\n\n".join(said))]


def exponent(sizes: list[int], total: int, variance: np.ndarray) -> float:
    """The slope of the line through log *variance* over the log of 1 / (1 / n - 1 / N), n of *sizes* and N the *total*.

    >>> round(exponent([1, 10, 100], 10**9, np.array([5.0, 0.5, 0.05])), 6)
    -1.0
    """
    independent = 1 / (1 / np.asarray(sizes, np.float64) - 1 / total)
    return float(np.polyfit(np.log(independent), np.log(variance), 1)[0])


def _variance(context: Context, spread: Outcome) -> dict[str, str]:
    language, sizes = context.language, spread["sizes"]
    slopes = [exponent(sizes, spread["examples"], row) for row in spread["variance"]]
    for moment, slope in zip(("start", "trained"), slopes, strict=True):
        context.record(Number("descent", "variance_exponent", slope, moment))
    start = spread["variance"][0]
    ratio = float(start[0] / start[sizes.index(64)])
    return {
        "start": number(slopes[0], language, 2), "trained": number(slopes[1], language, 2),
        "ratio": rounded(ratio, language), "draws": str(spread["draws"]),
        "single": rounded(math.sqrt(start[0]) / float(spread["norm"][0]), language),
        "mini": rounded(math.sqrt(start[sizes.index(64)]) / float(spread["norm"][0]), language),
    }  # fmt: skip


def typical(context: Context, made: Outcome) -> list[Block]:
    """Claim 13: the fastest size from 50 to 256 against the fastest of the others.

    No example: see the tests, which give it times made by hand.
    """
    inside = _typical_rows(made)
    outside = [row for row in range(len(made["sizes"])) if row not in inside]
    best, other = (min(rows, key=lambda row: float(_times(made, [row]).mean())) for rows in (inside, outside))
    ratio = factor(paired(_times(made, [other]), _times(made, [best])))
    context.record(Number("descent", "factor_outside_50_256", ratio.mean, str(made["sizes"][other])))
    words = {"best": called(context, made["sizes"][best]), "other": called(context, made["sizes"][other]),
             "factor": factor_words(ratio, context.language)}  # fmt: skip
    record = conclude(context, "typical", {"outside": ratio}, "descent-sizes")
    return [context.text("descent", "typical"), judged(context, record, **words)]

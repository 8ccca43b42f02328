"""Chapter 8, first part, the claims: batch descent is slow (11), and 50 to 256 examples are a good batch (13)."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from ravine.lecture.claims import RISK, Estimate, outer, quotient
from ravine.lecture.claims.criterion import rounded
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.notes import conclude, conditional, judged
from ravine.stats import Interval, paired
from ravine.view import interval_words, number
from ravine.view.blocks import Block

__all__ = ["COSTS", "called", "edges", "exponent", "typical", "variants"]

TYPICAL = (50, 256)
"""The sizes of batches that the lecture calls typical."""
COSTS = ("operations", "updates", "price")
"""What the way to the target is measured by. Their product's root, the *price*, lies midway between a machine that
computes one example after the other, where operations count, and one that computes a batch at once, where updates do.
"""


def called(context: LectureContext, size: int | str) -> str:
    """The name of a batch size in a figure.

    No example: it needs a context.
    """
    if size == "full":
        return context._("batch (all examples)")
    return (
        context._("stochastic (1)")
        if size == 1
        else context._("batches of {n}").format(n=number(size, context.language))
    )


def _spent(made: ExperimentResult, cost: str) -> np.ndarray:
    """What the way to the target cost (sizes, seeds); where it was not reached, the limit, which is less than true."""
    most = made["most updates"][:, None]
    updates = np.minimum(made["updates"], most)
    operations = updates * made["per update"][:, None]
    return np.asarray({"updates": updates, "operations": operations, "price": np.sqrt(updates * operations)}[cost])


def _tuned(made: ExperimentResult, cost: str) -> np.ndarray:
    """The cost of the run by which the rate was chosen (sizes,); infinite where it did not reach the target."""
    updates = made["tuned updates"]
    operations = updates * made["per update"]
    return np.asarray({"updates": updates, "operations": operations, "price": np.sqrt(updates * operations)}[cost])


def _typical_rows(made: ExperimentResult) -> list[int]:
    low, high = TYPICAL
    return [row for row, size in enumerate(made["sizes"]) if size != "full" and low <= size <= high]


def factor_words(ratio: Interval, language: str) -> str:
    """A factor with its interval.

    >>> factor_words(Interval(1.0, 0.5, 2.0, 5), "en")
    '1 [0.5, 2]'
    """
    mean, *bounds = (rounded(end, language) for end in (ratio.mean, *(ratio.bounds or ())))
    return f"{mean} [{('; ' if language == 'pl' else ', ').join(bounds)}]" if bounds else mean


def variants(context: LectureContext, made: ExperimentResult, spread: ExperimentResult) -> list[Block]:
    """Claim 11 in its parts: batch descent is slow, stochastic and mini-batch faster, and mini-batches steadier.

    The slides: batch descent "may work very slowly", SGD is "much faster than batch descent"; mini-batches converge
    "more steadily" and are "faster than batch descent". That they are faster than SGD the slides do not say: it stands
    beside the claim. Fast is what reaches the loss with few operations, at a tuned rate; the clock has no say. Refuted
    if single examples, or batches of 50 to 256, need more operations than batch descent, or if the validation loss
    rises more on the way with mini-batches than with single examples. The three parts share one risk of error.

    No example: see the tests, which give it outcomes made by hand.
    """
    sizes, language, inside = made["sizes"], context.language, _typical_rows(made)
    full, one = sizes.index("full"), sizes.index(1)

    def mini(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(np.log(values[inside]).mean(axis=0)))

    work, updates, rises = _spent(made, "operations"), _spent(made, "updates"), made["rises"]
    estimates: dict[str, Estimate] = {
        "single": quotient(work[full], work[one]),
        "mini": quotient(work[full], mini(work)),
        "steadier": partial(paired, rises[one], rises[inside].mean(axis=0)),
        "both-operations": quotient(work[one], mini(work)),
        "both-updates": quotient(updates[one], mini(updates)),
    }
    seen = {name: each(1 - RISK) for name, each in estimates.items()}
    for name, each in seen.items():
        context.record(Number("descent", "batches_compared", each.mean, name))
    words = {name: factor_words(each, language) for name, each in seen.items() if name != "steadier"}
    words["steadier"] = interval_words(seen["steadier"], language, 3)
    record = conclude(context, "variants", estimates, "descent-clocks")
    kinds = {each.criterion.key: each.verdict for each in record.findings}
    said = [
        context.text("descent", f"slow-{outer([kinds['single'], kinds['mini']])}", **words).markdown,
        context.text("descent", f"steadier-{kinds['steadier']}", **words).markdown,
        context.text("descent", "fastest", **words).markdown,
        edges(context, made),
    ]
    if not np.isfinite(made["updates"][full]).all():
        said.insert(1, context.text("descent", "slow-limit", limit=number(made["passes"], language)).markdown)
    return [
        context.text("descent", "variance", **_variance(context, spread)),
        judged(context, record, text="\n\n".join(filter(None, said))),
    ]


def edges(context: LectureContext, made: ExperimentResult) -> str:
    """The sentence on the sizes whose best rate is an end of those tried.

    No example: it needs a context.
    """
    rows = [called(context, size) for size, edge in zip(made["sizes"], made["edge"], strict=True) if edge]
    return conditional(context, rows)


def exponent(sizes: list[int], total: int, variance: np.ndarray) -> float:
    """The slope of the line through log *variance* over the log of 1 / (1 / n - 1 / N), n of *sizes* and N the *total*.

    >>> round(exponent([1, 10, 100], 10**9, np.array([5.0, 0.5, 0.05])), 6)
    -1.0
    """
    independent = 1 / (1 / np.asarray(sizes, np.float64) - 1 / total)
    return float(np.polyfit(np.log(independent), np.log(variance), 1)[0])


def _variance(context: LectureContext, spread: ExperimentResult) -> dict[str, str]:
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


def typical(context: LectureContext, made: ExperimentResult) -> list[Block]:
    """Claim 13: the cheapest size from 50 to 256 against the cheapest of the others, chosen by runs of their own.

    The slide: "typical size of a batch: between 50 and 256 examples". Typical may be what is a good compromise: we
    take the root of updates times operations, which favours neither the machine that computes one example after the
    other nor the one that computes a whole batch at once. Refuted if a size outside of the range costs less than four
    fifths of what the best within it costs. The sizes compared are chosen by the runs that chose the rates, so that
    their choice does not favour them. Updates alone and operations alone, which favour one kind of machine, stand
    beside the claim.

    No example: see the tests, which give it outcomes made by hand.
    """
    inside, language = _typical_rows(made), context.language
    outside = [row for row in range(len(made["sizes"])) if row not in inside]
    measured: dict[str, Estimate] = {}
    words: dict[str, str] = {}
    for cost in COSTS:
        spent, tuned = _spent(made, cost), _tuned(made, cost)
        best, other = (min(rows, key=lambda row: (tuned[row], row)) for rows in (inside, outside))
        key = "outside" if cost == "price" else cost
        measured[key] = quotient(spent[other], spent[best])
        ratio = measured[key](1 - RISK)
        context.record(Number("descent", "factor_outside_50_256", ratio.mean, f"{cost} {made['sizes'][other]}"))
        prefix = "" if cost == "price" else f"{cost}-"
        words |= {f"{prefix}best": called(context, made["sizes"][best]),
                  f"{prefix}other": called(context, made["sizes"][other]),
                  f"{prefix}factor": factor_words(ratio, language)}  # fmt: skip
    record = conclude(context, "typical", measured, "descent-sizes")
    said = [context.text("descent", f"typical-{record.verdict}", **words).markdown,
            context.text("descent", "typical-beside", **words).markdown, edges(context, made)]  # fmt: skip
    return [context.text("descent", "typical"), judged(context, record, text=" ".join(filter(None, said)))]

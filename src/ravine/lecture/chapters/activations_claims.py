"""Chapter 1, the claims: ReLU is cheap (3), softplus is ReLU smoothed (6), tanh is a logistic function (7)."""

from __future__ import annotations

import math

import numpy as np

from ravine.functions import describe
from ravine.lecture.claims import exactly, factor
from ravine.lecture.claims.criterion import rounded
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.cost import activation_cost
from ravine.lecture.experiments.identities import softplus_gap, tanh_from_logistic
from ravine.lecture.experiments.operations import activation_operations
from ravine.lecture.notes import conclude, judged
from ravine.stats import Interval, paired
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Code, Figure, Formula, Table

__all__ = ["SHOWN", "cheaper", "rescaled", "smoothed"]

SHOWN = ("logistic", "tanh", "relu", "softplus")
"""The activations of the lecture's slide."""

SHARPNESS = (1.0, 2.0, 4.0, 8.0)


def _figure(context: LectureContext, name: str, drawing: object, **words: str) -> Figure:
    caption, alt = (context.text("activations", f"{name}-{part}", **words).markdown for part in ("caption", "alt"))
    return Figure(f"activations-{name}", drawing, caption, alt)  # type: ignore[arg-type]


def rescaled(context: LectureContext, *cells: Code) -> list[Block]:
    """Claim 7: the largest difference of the two formulas, in units of the last place of 1.

    No example: see the tests.
    """
    made = context.compute("activations-tanh", {"points": 20_001, "curve": True}, lambda progress: tanh_from_logistic())
    gaps = {dtype: made[dtype]["value"] for dtype in ("float32", "float64")}
    context.record(*(Number("activations", "tanh_minus_logistic", gap, series=dtype) for dtype, gap in gaps.items()))
    measured = {dtype: exactly(gap / float(np.finfo(dtype).eps), made["points"]) for dtype, gap in gaps.items()}
    runs = [
        figures.Runs(dtype, made["x"], made[f"{dtype} gap"] / float(np.finfo(dtype).eps), colour=place)
        for place, dtype in enumerate(gaps)
    ]
    panel = figures.Panel(context._("tanh x − (2σ(2x) − 1), in units of the last place of 1"), runs)
    drawing = figures.learning_curves([panel], x_label="x", columns=1, language=context.language)
    record = conclude(context, "tanh", measured, "activations-tanh")
    shown = {dtype: rounded(gap, context.language) for dtype, gap in gaps.items()}
    return [
        context.text("activations", "tanh-identity"),
        Formula(r"\tanh x = 2\,\sigma(2x) - 1, \qquad \tanh' x = 4\,\sigma'(2x)"),
        *cells,
        _figure(context, "tanh", drawing),
        judged(context, record, **shown),
    ]


def smoothed(context: LectureContext, *cells: Code) -> list[Block]:
    """Claim 6: the distance of softplus(kx) / k from ReLU is ln 2 / k.

    No example: see the tests.
    """
    made = context.compute("activations-softplus", {"k": SHARPNESS}, lambda progress: softplus_gap(SHARPNESS))
    gaps = made["gap"]
    context.record(
        *(Number("activations", "softplus_gap", float(gap), x=k) for k, gap in zip(SHARPNESS, gaps, strict=True))
    )
    runs = [
        figures.Runs(f"k = {number(k, context.language)}", made["x"], curve)
        for k, curve in zip(SHARPNESS, made["curves"], strict=True)
    ]
    runs.append(figures.Runs("ReLU", made["x"], made["relu"], colour=7))
    title = context._("softplus(kx) / k")
    drawing = figures.learning_curves([figures.Panel(title, runs)], x_label="x", language=context.language)
    departure = np.abs(gaps * np.array(SHARPNESS) / math.log(2) - 1).max()
    record = conclude(
        context, "softplus", {"distance": exactly(float(departure), made["x"].size)}, "activations-softplus"
    )
    words = {"first": number(gaps[0], context.language, 3), "last": number(gaps[-1], context.language, 3)}
    return [
        context.text("activations", "softplus-identity"),
        Formula(r"\lim_{k \to \infty} \frac{\ln(1 + e^{kx})}{k} = \max(0, x)"),
        *cells,
        _figure(context, "softplus", drawing),
        judged(context, record, **words),
    ]


def _relative(made: ExperimentResult, key: str) -> dict[str, Interval]:
    """The time of each activation by ReLU's, round by round: geometric means with their intervals."""
    logs = np.log(made[key])
    relu = logs[SHOWN.index("relu")]
    return {name: factor(paired(row, relu)) for name, row in zip(SHOWN, logs, strict=True) if name != "relu"}


def cheaper(context: LectureContext) -> list[Block]:
    """Claim 3: the operations of the way back through each activation beside ReLU's; the times stand aside.

    The slide: "simpler computing of the gradient". Refuted if a sigmoid's way back, in its most frugal form, takes no
    more operations than ReLU's. They are counted and no chance is at play; no clock has a say.

    No example: it measures for a second.
    """
    rounds, _, language = context.size(40, 200), context._, context.language
    made = context.compute(
        "activations-cost", {"names": SHOWN, "rounds": rounds, "back": True},
        lambda progress: activation_cost(SHOWN, rounds=rounds, seed=context.seed),
    )  # fmt: skip
    counted = activation_operations(SHOWN)
    back, both = _relative(made, "back"), _relative(made, "activation")
    rows: list[tuple[str, ...]] = []
    for row, (name, seconds) in enumerate(zip(SHOWN, made["activation"], strict=True)):
        share = float(np.median(seconds / made["product"]))
        context.record(
            Number("activations", "operations_back", float(counted["back"][row]), series=name),
            Number("activations", "operations_both_ways", float(counted["both"][row]), series=name),
            Number("activations", "cost_over_product", share, series=name),
        )
        if name != "relu":
            context.record(
                Number("activations", "cost_over_relu", both[name].mean, series=name),
                Number("activations", "way_back_over_relu", back[name].mean, series=name),
            )
        counts = (number(int(counted[key][row]), language) for key in ("back", "both"))
        shown = ("1", "1") if name == "relu" else (interval_words(each[name], language, 2) for each in (back, both))
        rows.append((_(describe(name).title), *counts, *shown, number(share, language, 2)))
    samples = [
        figures.SeedValues(_(describe(name).title), made["back"][row] / made["back"][SHOWN.index("relu")],
                       back[name].bounds, colour=row)
        for row, name in enumerate(SHOWN) if name != "relu"
    ]  # fmt: skip
    drawing = figures.spread(samples, quantity=_("Time of the backward pass, ReLU = 1"), language=language)
    columns = (_("Activation"), _("Operations backward"), _("Operations in both passes"),
               _("Backward pass, ReLU = 1"), _("Both passes, ReLU = 1"), _("Share of the matrix product"))  # fmt: skip
    return [
        context.text("activations", "cost"),
        _figure(context, "cost", drawing, rounds=str(rounds)),
        Table(columns, tuple(rows), context.text("activations", "cost-table", rounds=str(rounds)).markdown, "lrrrrr"),
        simpler(context, dict(zip(SHOWN, counted["back"].tolist(), strict=True))),
    ]


def simpler(context: LectureContext, counts: dict[str, int]) -> Block:
    """The verdict on claim 3 from the *counts* of operations on the way back, by activation.

    No example: see the tests, which give it counts made by hand.
    """
    measured = {name: exactly(counts[name] / counts["relu"]) for name in ("logistic", "tanh")}
    record = conclude(context, "cost", measured, "activations-cost")
    return judged(context, record, **{name: str(count) for name, count in counts.items()})

"""Chapter 1: activations, their derivatives, and three sentences about them put to the test."""

from __future__ import annotations

import math

import numpy as np

from ravine.functions import ACTIVATIONS, describe
from ravine.lecture.chapter import Part
from ravine.lecture.context import Context, Number
from ravine.lecture.experiments.cost import activation_cost
from ravine.lecture.experiments.identities import softplus_gap, tanh_from_logistic, values
from ravine.lecture.said import between, judged, outer, rounded
from ravine.lecture.shown import Notebook
from ravine.study.evidence import Verdict, interval, paired, verdict
from ravine.view import figures, number
from ravine.view.blocks import Block, Code, Figure, Formula, Table

__all__ = ["PART"]

SHOWN = ("logistic", "tanh", "relu", "softplus")
SHARPNESS = (1.0, 2.0, 4.0, 8.0)
NARROW = {"hard_sigmoid_keras2": "hard log. (Keras 2)"}
"""Names for which the small squares of the gallery are too narrow."""

CELLS = (
    """
    import jax.numpy as jnp
    import numpy as np
    from ravine.functions import activation, derivative

    np.set_printoptions(precision=3, suppress=True)
    x = jnp.array([-3.0, -1.0, 0.0, 1.0, 3.0])
    for name in ("logistic", "tanh", "relu", "softplus"):
        print(f"{name:9}", np.array(activation(name)(x)), np.array(derivative(name)(x)))
    """,
    """
    softmax = activation("softmax")
    scores = jnp.array([1.0, 2.0, 3.0])
    print(np.array(softmax(scores)), "sum:", softmax(scores).sum())
    print(np.array(softmax(scores + 1000)))
    """,
    """
    tanh, logistic = activation("tanh"), activation("logistic")
    x = jnp.linspace(-20, 20, 20_001)
    print("largest difference:", jnp.abs(tanh(x) - (2 * logistic(2 * x) - 1)).max())
    """,
    """
    softplus, relu = activation("softplus"), activation("relu")
    for k in (1, 2, 4, 8):
        gap = jnp.abs(softplus(k * x) / k - relu(x)).max()
        print(f"k = {k}: largest distance from ReLU {gap:.4f}, ln 2 / k = {jnp.log(2.0) / k:.4f}")
    """,
)


def build(context: Context) -> tuple[Block, ...]:
    """The blocks of the chapter."""
    notebook = Notebook()
    cells = [notebook.run(cell) for cell in CELLS]
    return (
        context.text("activations", "intro"),
        *_each(context),
        _curves(context),
        context.text("activations", "code"),
        cells[0],
        context.text("activations", "softmax-code"),
        cells[1],
        *_tanh(context, cells[2]),
        *_softplus(context, cells[3]),
        *_cost(context),
        *_gallery(context),
    )


def _each(context: Context) -> list[Block]:
    blocks: list[Block] = []
    for name in (*SHOWN, "softmax"):
        record = describe(name)
        reach = between(record.low, record.high, context.language)
        blocks += [
            context.text("activations", name, range=reach, paper=record.paper),
            Formula(rf"g(x) = {record.formula}" if record.elementwise else rf"p_i = {record.formula}"),
            Formula(rf"g'(x) = {record.derivative}" if record.elementwise else record.derivative),
        ]
    return blocks


def _curves(context: Context) -> Figure:
    made = values(SHOWN)
    x = made["x"]
    titles = [context._(describe(name).title) for name in SHOWN]
    curves = [
        figures.Activation(title, x, *pair)
        for title, *pair in zip(titles, made["value"], made["derivative"], strict=True)
    ]
    # A third of a softmax: the first of three scores moves, the other two stay at 0.
    p = np.exp(x) / (np.exp(x) + 2)
    curves.append(figures.Activation(context._("softmax of (x, 0, 0)"), x, p, p * (1 - p)))
    drawing = figures.activation_curves(curves, columns=3, language=context.language)
    caption = context.text("activations", "curves-caption").markdown
    return Figure("activations-curves", drawing, caption, context.text("activations", "curves-alt").markdown)


def _tanh(context: Context, cell: Code) -> list[Block]:
    made = context.compute("activations-tanh", {"points": 20_001}, lambda progress: tanh_from_logistic())
    gaps = {dtype: made[dtype]["value"] for dtype in ("float32", "float64")}
    context.record(*(Number("activations", "tanh_minus_logistic", gap, series=dtype) for dtype, gap in gaps.items()))
    # Two roundings on either side of numbers up to 2: four units in the last place of 1.
    held = all(gaps[dtype] <= 4 * float(np.finfo(dtype).eps) for dtype in gaps)
    shown = {dtype: rounded(gap, context.language) for dtype, gap in gaps.items()}
    claim: Verdict = "supported" if held else "refuted"
    return [
        context.text("activations", "tanh-identity"),
        Formula(r"\tanh x = 2\,\sigma(2x) - 1, \qquad \tanh' x = 4\,\sigma'(2x)"),
        cell,
        judged(context, "activations", "tanh", claim, context._("tanh is the logistic rescaled and shifted"), **shown),
    ]


def _softplus(context: Context, cell: Code) -> list[Block]:
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
    held = np.allclose(gaps, math.log(2) / np.array(SHARPNESS), rtol=1e-6)
    words = {"first": number(gaps[0], context.language, 3), "last": number(gaps[-1], context.language, 3)}
    claim: Verdict = "supported" if held else "refuted"
    return [
        context.text("activations", "softplus-identity"),
        Formula(r"\lim_{k \to \infty} \frac{\ln(1 + e^{kx})}{k} = \max(0, x)"),
        cell,
        Figure(
            "activations-softplus", drawing, context.text("activations", "softplus-caption").markdown,
            context.text("activations", "softplus-alt").markdown,
        ),
        judged(context, "activations", "softplus", claim, context._("Softplus is ReLU smoothed"), **words),
    ]  # fmt: skip


def _cost(context: Context) -> list[Block]:
    rounds, _ = context.size(40, 200), context._
    made = context.compute(
        "activations-cost", {"names": SHOWN, "rounds": rounds},
        lambda progress: activation_cost(SHOWN, rounds=rounds, seed=context.seed),
    )  # fmt: skip
    seconds, product = made["activation"], made["product"]
    relu = np.log(seconds[SHOWN.index("relu")])
    rows, verdicts, ratios = [], [], {}
    for name, row in zip(SHOWN, seconds, strict=True):
        difference = paired(np.log(row), relu) if name != "relu" else interval(np.zeros(2))
        ends = [math.exp(value) for value in (difference.mean, difference.low, difference.high)]
        ratios[name] = ends[0]
        share = float(np.median(row / product))
        context.record(Number("activations", "cost_over_relu", ends[0], series=name),
                       Number("activations", "cost_over_product", share, series=name))  # fmt: skip
        span = f"{number(ends[1], context.language, 2)} – {number(ends[2], context.language, 2)}"
        rows.append((_(describe(name).title), number(ends[0], context.language, 2), "–" if name == "relu" else span,
                     number(share, context.language, 2)))  # fmt: skip
        if name != "relu":
            verdicts.append(verdict(difference))
    columns = (_("Activation"), _("Time, ReLU = 1"), _("Interval (95%)"), _("Share of the matrix product"))
    words = {name: number(ratio, context.language, 2) for name, ratio in ratios.items()}
    return [
        context.text("activations", "cost"),
        Table(columns, tuple(rows), context.text("activations", "cost-caption", rounds=str(rounds)).markdown, "lrrr"),
        judged(context, "activations", "cost", outer(verdicts), _("ReLU is cheaper to differentiate"), **words),
    ]


def _gallery(context: Context) -> list[Block]:
    others = [name for name in ACTIVATIONS if name not in SHOWN and describe(name).elementwise]
    made = values(others)
    curves = [
        figures.Activation(context._(NARROW.get(name, describe(name).title)), made["x"], value, slope)
        for name, value, slope in zip(others, made["value"], made["derivative"], strict=True)
    ]
    rows = []
    for name in others:
        record = describe(name)
        reach = between(record.low, record.high, context.language)
        rows.append((context._(record.title), f"${record.formula}$", reach, record.paper or "–"))
    columns = (context._("Activation"), context._("Formula"), context._("Range"), context._("Source"))
    drawing = figures.activation_curves(curves, language=context.language)
    caption = context.text("activations", "gallery-caption").markdown
    return [
        context.text("activations", "gallery"),
        Figure("activations-gallery", drawing, caption, context.text("activations", "gallery-alt").markdown),
        Table(columns, tuple(rows)),
    ]


PART = Part("activations", {"en": "Activations", "pl": "Funkcje aktywacji"}, build, (3.0, 5.0))
"""The chapter."""

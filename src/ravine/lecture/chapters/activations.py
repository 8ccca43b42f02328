"""Chapter 1: activations, their derivatives, and three sentences about them put to the test."""

from __future__ import annotations

import numpy as np

from ravine.functions import ACTIVATIONS, describe
from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.chapters.activations_claims import SHOWN, cheaper, rescaled, smoothed
from ravine.lecture.code_cells import Notebook
from ravine.lecture.context import LectureContext
from ravine.lecture.experiments.identities import values
from ravine.lecture.notes import between
from ravine.view import figures, formula
from ravine.view.blocks import Block, Figure, Formula, Table

__all__ = ["PART"]

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


def build(context: LectureContext) -> tuple[Block, ...]:
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
        *rescaled(context, cells[2]),
        *smoothed(context, cells[3]),
        *cheaper(context),
        *_gallery(context),
    )


def _each(context: LectureContext) -> list[Block]:
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


def _curves(context: LectureContext) -> Figure:
    made = values(SHOWN)
    x = made["x"]
    titles = [context._(describe(name).title) for name in SHOWN]
    curves = [
        figures.ActivationCurve(title, x, *pair)
        for title, *pair in zip(titles, made["value"], made["derivative"], strict=True)
    ]
    # A third of a softmax: the first of three scores moves, the other two stay at 0.
    p = np.exp(x) / (np.exp(x) + 2)
    curves.append(figures.ActivationCurve(context._("softmax of (x, 0, 0)"), x, p, p * (1 - p)))
    drawing = figures.activation_curves(curves, columns=3, language=context.language)
    caption = context.text("activations", "curves-caption").markdown
    return Figure("activations-curves", drawing, caption, context.text("activations", "curves-alt").markdown)


def _gallery(context: LectureContext) -> list[Block]:
    others = [name for name in ACTIVATIONS if name not in SHOWN and describe(name).elementwise]
    made = values(others)
    curves = [
        figures.ActivationCurve(context._(NARROW.get(name, describe(name).title)), made["x"], value, slope)
        for name, value, slope in zip(others, made["value"], made["derivative"], strict=True)
    ]
    rows = []
    for name in others:
        record = describe(name)
        reach = between(record.low, record.high, context.language)
        equation = f"${formula(record.formula, context.language)}$"
        rows.append((context._(record.title), equation, reach, record.paper or "–"))
    columns = (context._("Activation"), context._("Formula"), context._("Range"), context._("Source"))
    drawing = figures.activation_curves(curves, language=context.language)
    caption = context.text("activations", "gallery-caption").markdown
    return [
        context.text("activations", "gallery"),
        Figure("activations-gallery", drawing, caption, context.text("activations", "gallery-alt").markdown),
        Table(columns, tuple(rows)),
    ]


PART = ChapterSpec("activations", {"en": "Activations", "pl": "Funkcje aktywacji"}, build, (3.0, 5.0))
"""The chapter."""

"""Chapter 8 of the lecture: batch, stochastic, mini-batch and online descent by three clocks; noise and poor minima."""

from __future__ import annotations

from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.chapters.descent_noise import noise
from ravine.lecture.chapters.descent_online import arriving
from ravine.lecture.chapters.descent_speed import speed
from ravine.lecture.code_cells import Notebook
from ravine.lecture.context import LectureContext
from ravine.lecture.notes import stand_in
from ravine.view.blocks import Block, Formula

__all__ = ["PART"]

CELL = """
    from ravine.data import Dataset
    from ravine.nn import Dense, Network
    from ravine.optim import SGD
    from ravine.train import Plan, train

    small = Dataset("small", digits.train.take(slice(0, 1000)))
    network = Network((Dense(32, "relu"), Dense(10, "softmax")), small.input_shape)
    for batch_size in ("full", 1, 100):
        run = train(network, SGD(0.05), small, Plan(epochs=3, batch_size=batch_size), seed=seed)
        updates, loss = run.history["step"][-1], run.history["train_eval_loss"][-1]
        print(f"batches of {batch_size!s:4}  {updates:5} updates  loss {loss:.3f}")
    """


def build(context: LectureContext) -> tuple[Block, ...]:
    """The blocks of the chapter."""
    cell = Notebook(digits=context.digits.flatten(), seed=context.seed).run(CELL)
    return (
        *stand_in(context),
        context.text("descent", "intro"),
        context.text("descent", "batch"),
        Formula(
            r"\theta := \theta - \eta\, \nabla_\theta J(\theta), \qquad "
            r"J(\theta) = \frac1N \sum_{i=1}^N J(\theta; x_i, y_i)"
        ),
        context.text("descent", "stochastic"),
        Formula(r"\theta := \theta - \eta\, \nabla_\theta J(\theta; x_i, y_i)"),
        context.text("descent", "mini"),
        Formula(r"\theta := \theta - \frac{\eta}{n} \sum_{i \in B} \nabla_\theta J(\theta; x_i, y_i), \qquad |B| = n"),
        context.text("descent", "code"),
        cell,
        *speed(context),
        *noise(context),
        *arriving(context),
        context.text("descent", "drawbacks"),
    )


PART = ChapterSpec(
    "descent", {"en": "Variants of gradient descent", "pl": "Odmiany spadku gradientowego"}, build, (25.0, 200.0)
)
"""The chapter."""

"""Chapter 2: the vanishing gradient, measured before and during training, and every remedy of the slide tried."""

from __future__ import annotations

from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.chapters.vanishing_memory import through_time, train_cells
from ravine.lecture.chapters.vanishing_rectifier import exploding, rectifier, silence, sparse
from ravine.lecture.chapters.vanishing_remedies import memory_notes, remedied, remedy_notes, summary
from ravine.lecture.chapters.vanishing_start import at_the_start
from ravine.lecture.chapters.vanishing_training import during_training, train_all
from ravine.lecture.code_cells import Notebook
from ravine.lecture.context import LectureContext
from ravine.lecture.notes import stand_in
from ravine.view.blocks import Block, Formula

__all__ = ["PART"]

CELL = """
    import numpy as np
    from ravine.functions import loss
    from ravine.nn import Dense, Network
    from ravine.train import backpropagated

    x, y = digits.train.x[:256], digits.train.y[:256]
    cross_entropy = loss("sparse_categorical_crossentropy")
    for name in ("logistic", "tanh", "relu"):
        network = Network((Dense(64, name),) * 8 + (Dense(10, "softmax"),), x.shape[1:])
        gradients = backpropagated(network, network.init(seed=0), lambda out: cross_entropy(y, out).sum(), x)
        print(f"{name:9}", *(f"{np.sqrt((g * g).mean()):.0e}" for g in gradients[:-1]))
    """


def build(context: LectureContext) -> tuple[Block, ...]:
    """The blocks of the chapter."""
    cell = Notebook(digits=context.digits.flatten()).run(CELL)
    start = at_the_start(context)
    trained, cells = train_all(context), train_cells(context)
    remedies = remedied(context, trained, cells)
    return (
        *stand_in(context),
        context.text("vanishing", "intro"),
        Formula(
            r"\frac{\partial L}{\partial z^{(l)}} = g'\left(z^{(l)}\right) \odot "
            r"\left( {W^{(l+1)}}^\top \frac{\partial L}{\partial z^{(l+1)}} \right)"
        ),
        context.text("vanishing", "chain"),
        cell,
        *start,
        *during_training(context, trained, remedies),
        *remedy_notes(context, trained, remedies),
        context.text("vanishing", "rectifier"),
        *rectifier(context, trained),
        context.text("vanishing", "sparsity"),
        *silence(context, trained),
        *sparse(context, trained),
        *exploding(context, trained),
        *through_time(context, cells),
        *memory_notes(context, cells, remedies),
        summary(context, remedies),
    )


PART = ChapterSpec("vanishing", {"en": "The vanishing gradient", "pl": "Zanikający gradient"}, build, (40.0, 300.0))
"""The chapter."""

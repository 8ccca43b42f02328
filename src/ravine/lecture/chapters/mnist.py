"""Chapter 3: MNIST, the handwritten digits: how many, what they look like, and how they enter a network."""

from __future__ import annotations

import numpy as np

from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.code_cells import Notebook
from ravine.lecture.context import LectureContext, Number
from ravine.lecture.notes import images, stand_in, whole_mnist
from ravine.view import figures, number
from ravine.view.blocks import Block, Figure, Table

__all__ = ["PART"]

CELLS = (
    """
    for part, split in digits.parts.items():
        print(f"{part:5}", len(split), "examples of shape", split.x.shape[1:], split.x.dtype)
    print("first labels:", *digits.train.y[:7])
    """,
    """
    x = digits.train.x
    print("smallest and largest value:", x.min(), x.max())
    vectors = x.reshape(len(x), -1)
    print("as vectors:", vectors.shape)
    """,
    """
    from ravine.data import one_hot

    print(one_hot(digits.train.y[:3], classes=10).astype(int))
    """,
)


def build(context: LectureContext) -> tuple[Block, ...]:
    """The blocks of the chapter."""
    digits = context.digits
    pictures = digits.replace_x(**{part: images(split.x) for part, split in digits.parts.items()})
    notebook = Notebook(digits=pictures)
    sizes, scaled, coded = (notebook.run(cell) for cell in CELLS)
    whole = whole_mnist(digits)
    return (
        *stand_in(context),
        *((context.text("mnist", "intro"),) if whole else ()),
        context.text("mnist", "sizes"),
        sizes,
        _first(context),
        _classes(context),
        _gallery(context),
        context.text("mnist", "scaling"),
        scaled,
        context.text("mnist", "one-hot"),
        coded,
    )


def _first(context: LectureContext) -> Figure:
    train = context.digits.train
    labels = [str(label) for label in train.y[:7]]
    drawing = figures.examples(images(train.x[:7]), labels, low=0.0, high=1.0, language=context.language)
    words = {"labels": " ".join(labels)}
    caption, alt = (context.text("mnist", f"first-{part}", **words).markdown for part in ("caption", "alt"))
    return Figure("mnist-first", drawing, caption, alt)


def _classes(context: LectureContext) -> Table:
    digits, _ = context.digits, context._
    names = digits.classes or ()
    counts = {part: np.bincount(split.y, minlength=len(names)) for part, split in digits.parts.items()}
    for part, each in counts.items():
        context.record(*(Number("mnist", "examples", float(n), part, float(label)) for label, n in enumerate(each)))
    called = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    rows = [
        (called[part], *(number(n, context.language) for n in each), number(each.sum(), context.language))
        for part, each in counts.items()
    ]
    columns = (_("Part"), *names, _("All"))
    return Table(columns, tuple(rows), context.text("mnist", "classes-caption").markdown, "l" + "r" * (len(names) + 1))


def _gallery(context: LectureContext) -> Figure:
    """Four examples of every class, a column each."""
    train, names = context.digits.train, context.digits.classes or ()
    places = np.stack([np.flatnonzero(train.y == label)[:4] for label in range(len(names))], axis=1)
    pictures = images(train.x[places.ravel()])
    drawing = figures.examples(pictures, columns=len(names), low=0.0, high=1.0, language=context.language)
    caption, alt = (context.text("mnist", f"gallery-{part}").markdown for part in ("caption", "alt"))
    return Figure("mnist-gallery", drawing, caption, alt)


PART = ChapterSpec("mnist", {"en": "MNIST", "pl": "Zbiór MNIST"}, build, (2.0, 2.0))
"""The chapter."""

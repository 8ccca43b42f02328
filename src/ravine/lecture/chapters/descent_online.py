"""Chapter 8, third part: examples arrive while the network learns."""

from __future__ import annotations

import numpy as np

from ravine.lecture.claims.criterion import rounded
from ravine.lecture.code_cells import Notebook
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.batches import held_out
from ravine.lecture.experiments.online import LEARNERS, online
from ravine.stats import interval, paired, verdict
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Note, Table

__all__ = ["arriving"]

CELL = """
    import itertools
    from ravine.data import replay
    from ravine.nn import Dense, Network
    from ravine.optim import SGD
    from ravine.train import Session, objective

    network = Network((Dense(32, "relu"), Dense(10, "softmax")), digits.input_shape)
    session = Session(network, SGD(0.1), objective(network, "sparse_categorical_crossentropy", ["accuracy"]), seed=seed)
    arrivals = replay(digits.train, arrive=100, window=1000, seed=seed)
    for window in itertools.islice(arrivals, 10):
        session.run(session.examples(window.x, window.y), window.order(batch_size=10, only_fresh=True))
        if window.tick % 3 == 0:
            seen = session.evaluate(digits.test.x[:1000], digits.test.y[:1000])
            print(f"{window.seen:4} examples have arrived  test accuracy {seen.metrics['accuracy']:.3f}")
    """


def arriving(context: LectureContext) -> list[Block]:
    """Online learning beside retraining: accuracy after every arrival, and the work done for it.

    No example: runs experiments; see the report.
    """
    ticks, seeds, held = context.size(15, 40), context.seeds(4, 10), held_out(context.digits, 1000)
    sizes = {"ticks": ticks, "held": held, "arrive": min(100, (len(context.digits.train) - held) // ticks)}
    made = context.compute(
        "descent-online", {"seeds": seeds, "data": context.digits.fingerprint, **sizes},
        lambda progress: online(context.digits, seeds, progress=progress, **sizes),
    )  # fmt: skip
    words = {"arrive": str(made["arrive"]), "ticks": str(ticks), "passes": str(made["passes"]),
             "seeds": str(len(seeds)), "total": number(ticks * made["arrive"], context.language)}  # fmt: skip
    return [
        context.text("descent", "online", **words),
        Notebook(digits=context.digits.flatten(), seed=context.seed).run(CELL),
        context.text("descent", "learners", **words),
        _curves(context, made, words),
        _table(context, made, words),
        _verdict(context, made),
    ]


def _labels(context: LectureContext) -> dict[str, str]:
    _ = context._
    labels = (_("each example once"), _("with repetition"), _("trained anew each time"))
    return dict(zip(LEARNERS, labels, strict=True))


def _curves(context: LectureContext, made: ExperimentResult, words: dict[str, str]) -> Figure:
    at = made["arrive"] * np.arange(1, made["ticks"] + 1)
    runs = [figures.Runs(label, at, made[f"{name} accuracy"]) for name, label in _labels(context).items()]
    for name in LEARNERS:
        context.record(*(
            Number("descent", "online_test_accuracy", float(value), name, float(x), context.seed + row)
            for row, curve in enumerate(made[f"{name} accuracy"])
            for x, value in zip(at, curve, strict=True)
        ))  # fmt: skip
    drawing = figures.learning_curves(
        [figures.Panel(context._("Test accuracy"), runs)], x_label=context._("Examples that have arrived"), columns=1,
        language=context.language,
    )  # fmt: skip
    caption, alt = (context.text("descent", f"online-{part}", **words).markdown for part in ("caption", "alt"))
    return Figure("descent-online", drawing, caption, alt)


def _table(context: LectureContext, made: ExperimentResult, words: dict[str, str]) -> Table:
    _, language = context._, context.language
    rows = tuple(
        (
            label,
            interval_words(interval(made[f"{name} accuracy"][:, -1]), language, 1, 100),
            number(made[f"{name} used"][-1], language),
        )
        for name, label in _labels(context).items()
    )
    columns = (_("Learner"), _("Test accuracy at the end, %"), _("Examples processed"))
    return Table(columns, rows, context.text("descent", "online-table", **words).markdown, "lrr")


def _verdict(context: LectureContext, made: ExperimentResult) -> Block:
    """New examples can be added while training goes on, and they help."""
    language, fresh = context.language, made["fresh accuracy"]
    gain = paired(fresh[:, -1], fresh[:, 0])
    behind = paired(made["retrained accuracy"][:, -1], made["replay accuracy"][:, -1])
    words = {
        "gain": interval_words(gain, language, 1, 100), "behind": interval_words(behind, language, 1, 100),
        "times": rounded(float(made["retrained used"][-1] / made["replay used"][-1]), language),
    }  # fmt: skip
    # Not a claim of the lecture's 21: a property of SGD, of which it says that it is there.
    kind = verdict(gain)
    title = context._("SGD takes in new examples while it trains")
    return Note(kind, context.text("descent", f"online-{kind}", **words).markdown, title)

"""Chapters 4 and 5 of the lecture: a network of two hidden layers on MNIST, with dropout and without."""

from __future__ import annotations

from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.chapters.mlp_runs import compared, final, network, panels, recorded, train_mlps
from ravine.lecture.code_cells import Notebook
from ravine.lecture.context import ExperimentResult, LectureContext
from ravine.lecture.notes import conclude, judged, stand_in, whole_mnist
from ravine.lecture.published import published
from ravine.nn import count_params, summary
from ravine.stats import interval, paired
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Published, PublishedComparison, Summary, Table

__all__ = ["PART", "overfitting"]

CELLS = (
    """
    from ravine.nn import Dense, Dropout, Network, summary
    from ravine.optim import preset
    from ravine.train import Plan, train

    network = Network(
        (Dense(512, "relu"), Dropout(0.2), Dense(512, "relu"), Dropout(0.2), Dense(10, "softmax")),
        input_shape=digits.input_shape,
    )
    print(summary(network, ["dense_1", "dropout_1", "dense_2", "dropout_2", "dense_3"]))
    """,
    """
    rule = preset("rmsprop", "lecture")
    print(rule)
    run = train(network, rule, digits, Plan(batch_size=128, epochs=1, steps_per_epoch=20, train_eval_examples=0))
    for step, loss in zip(run.history.steps["step"][::5], run.history.steps["loss"][::5]):
        print(f"step {step:2}  loss {loss:.4f}")
    """,
)


def build(context: LectureContext) -> tuple[Block, ...]:
    """The blocks of the chapter."""
    digits = context.digits.flatten()
    notebook = Notebook(digits=digits)
    described, begun = (notebook.run(cell) for cell in CELLS)
    made = train_mlps(context)
    for name in ("dropout", "plain"):
        recorded(context, "mlp", made, name)
    labels = {"dropout": context._("with dropout"), "plain": context._("without dropout")}
    words = {"seeds": str(len(made["seeds"])), "epochs": str(made["epochs"])}
    return (
        *stand_in(context),
        context.text("mlp", "intro", **words),
        described,
        context.text("mlp", "plain"),
        Summary(summary(network(digits, None), ["dense_4", "dense_5", "dense_6"]), labels["plain"]),
        context.text("mlp", "training", **words),
        begun,
        *_curves(context, made, labels, words),
        *_against_print(context, made, labels),
        *overfitting(context, made),
    )


def _curves(
    context: LectureContext, made: ExperimentResult, labels: dict[str, str], words: dict[str, str]
) -> list[Block]:
    genuine = "published" if whole_mnist(context.digits) else "alone"
    drawing = figures.learning_curves(panels(context, made, labels), language=context.language)
    samples = []
    for place, (name, label) in enumerate(labels.items()):
        values = made[f"{name} test_accuracy"][:, -1]
        print_ = published(f"{name}.test_accuracy") if whole_mnist(context.digits) else None
        samples.append(figures.SeedValues(label, values, interval(values).bounds, print_, place))
    dots = figures.spread(samples, quantity=context._("Test accuracy"), language=context.language)
    return [
        context.text("mlp", "curves"),
        Figure("mlp-curves", drawing, context.text("mlp", f"curves-caption-{genuine}", **words).markdown,
               context.text("mlp", "curves-alt").markdown),
        Figure("mlp-accuracies", dots, context.text("mlp", f"accuracies-caption-{genuine}", **words).markdown,
               context.text("mlp", "accuracies-alt").markdown),
    ]  # fmt: skip


def _against_print(context: LectureContext, made: ExperimentResult, labels: dict[str, str]) -> list[Block]:
    digits, _ = context.digits.flatten(), context._
    if not whole_mnist(context.digits):
        rows = tuple(
            (labels[name], interval_words(final(made, name, "test_loss"), context.language),
             interval_words(final(made, name, "test_accuracy"), context.language))
            for name in labels
        )  # fmt: skip
        return [Table((_("Network"), _("Test loss"), _("Test accuracy")), rows, alignment="lrr")]
    counted = {name: sum(count_params(network(digits, drop))) for name, drop in (("dropout", 0.2), ("plain", None))}
    counts = [
        PublishedComparison(f"{_('Parameters')}, {labels[name]}", published(f"{name}.parameters"), ours, digits=0)
        for name, ours in counted.items()
    ]  # fmt: skip
    beside = [row for name in labels for row in compared(context, made, name, labels[name])]
    inside = [
        row.quantity for row in beside
        if row.interval and row.published is not None and row.interval[0] <= row.published <= row.interval[1]
    ]  # fmt: skip
    section = "print-inside" if len(inside) == len(beside) else "print-outside"
    words = {
        "inside": str(len(inside)),
        "all": str(len(beside)),
        "keras": number(published("keras.test_accuracy"), context.language),
    }
    return [
        context.text("mlp", "print"),
        Published((*beside, *counts), context.text("mlp", "print-caption").markdown),
        context.text("mlp", section, **words),
    ]


def overfitting(context: LectureContext, made: ExperimentResult) -> list[Block]:
    """Claim 9: with dropout the loss on the test part is smaller; the gap to the training part stands beside it.

    The slide: dropout "is a method of regularisation and serves to prevent overfitting". A network that overfits does
    worse on new examples than it might: dropout prevents that if the loss on the test part, after the lecture's epochs,
    is smaller with it; refuted if it is larger. The gap between the losses alone would not do: dropout narrows it by
    fitting the training part worse, whatever becomes of the test part.

    No example: see the tests, which give it outcomes made by hand.
    """
    _, language = context._, context.language
    gaps = {
        name: made[f"{name} test_loss"][:, -1] - made[f"{name} train_eval_loss"][:, -1] for name in ("dropout", "plain")
    }
    smaller = paired(gaps["plain"], gaps["dropout"])
    lower = paired(made["plain test_loss"][:, -1], made["dropout test_loss"][:, -1])
    better = paired(made["dropout test_accuracy"][:, -1], made["plain test_accuracy"][:, -1])
    epochs = range(1, made["epochs"] + 1)
    runs = [
        figures.Runs(
            context._(label), list(epochs),
            made[f"{name} test_loss"][:, 1:] - made[f"{name} train_eval_loss"][:, 1:],
        )
        for name, label in (("dropout", "with dropout"), ("plain", "without dropout"))
    ]  # fmt: skip
    drawing = figures.learning_curves([figures.Panel(_("Test loss − training loss"), runs)], language=language)
    words = {name: interval_words(interval(gap), language) for name, gap in gaps.items()}
    words |= {"gap": interval_words(smaller, language, 4), "gain": interval_words(better, language, 2, 100)}
    words |= {f"{name}-loss": interval_words(final(made, name, "test_loss"), language) for name in gaps}
    words["lower"] = interval_words(lower, language, 4)
    record = conclude(context, "overfitting", {"loss": lower, "gap": smaller, "accuracy": better}, "mlp-gap")
    kinds = {each.criterion.key: each.verdict for each in record.findings}
    said = [
        context.text("mlp", f"overfitting-{record.verdict}", **words).markdown,
        context.text("mlp", "gap", **words).markdown,
        context.text("mlp", f"accuracy-{kinds['accuracy']}", **words).markdown,
    ]
    words["examples"] = number(min(10_000, len(context.digits.train)), language)
    caption, alt = (context.text("mlp", f"gap-{part}", **words).markdown for part in ("caption", "alt"))
    return [
        context.text("mlp", "overfitting"),
        Figure("mlp-gap", drawing, caption, alt),
        judged(context, record, text="\n\n".join(said)),
    ]


PART = ChapterSpec(
    "mlp", {"en": "A multilayer network on MNIST", "pl": "Sieć wielowarstwowa na zbiorze MNIST"}, build, (50.0, 200.0)
)
"""The chapter."""

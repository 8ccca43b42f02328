"""Chapter 6 of the lecture: five wide hidden layers of tanh, and whether more layers are better."""

from __future__ import annotations

from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.chapters.deep_claim import EPOCHS, deep_network, layers, train_deep
from ravine.lecture.chapters.mlp_runs import compared, panels, recorded, train_mlps
from ravine.lecture.context import ExperimentResult, LectureContext
from ravine.lecture.notes import stand_in, whole_mnist
from ravine.lecture.published import published
from ravine.nn import Network, count_params, summary
from ravine.stats import interval
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Note, Published, PublishedComparison, Summary, Table

__all__ = ["PART"]


def build(context: LectureContext) -> tuple[Block, ...]:
    """The blocks of the chapter."""
    digits = context.digits.flatten()
    network = deep_network(digits)
    # The two-layer networks come first: where they are stored already, this costs nothing.
    mlps, made = train_mlps(context), train_deep(context)
    recorded(context, "deep", made, "deep")
    words = {"epochs": str(made["epochs"]), "published": str(EPOCHS), "seeds": str(len(made["seeds"])),
             "seconds": number(float(made["deep seconds"].mean() / made["epochs"]), context.language, 1)}  # fmt: skip
    return (
        *stand_in(context),
        *_shortened(context, words),
        context.text("deep", "intro"),
        Summary(summary(network, [f"dense_{place}" for place in range(7, 13)])),
        context.text("deep", "training", **words),
        *_curves(context, made, mlps, words),
        *_against_print(context, made, network),
        *layers(context),
    )


def _shortened(context: LectureContext, words: dict[str, str]) -> tuple[Block, ...]:
    if words["epochs"] == words["published"]:
        return ()
    return (
        Note("warning", context.text("deep", "shortened", **words).markdown, context._("Fewer epochs than published")),
    )


def _labels(context: LectureContext) -> dict[str, str]:
    _ = context._
    return {"deep": _("deep tanh"), "dropout": _("with dropout"), "plain": _("without dropout")}


def _curves(
    context: LectureContext, made: ExperimentResult, mlps: ExperimentResult, words: dict[str, str]
) -> list[Block]:
    labels = _labels(context)
    deep = panels(context, made, {"deep": labels["deep"]})
    others = panels(context, mlps, {name: labels[name] for name in ("dropout", "plain")})
    joined = [figures.Panel(one.title, (*two.runs, *one.runs)) for one, two in zip(deep, others, strict=True)]
    drawing = figures.learning_curves(joined, language=context.language)
    part = "full" if words["epochs"] == words["published"] else "short"
    caption = context.text("deep", f"curves-caption-{part}", **words).markdown
    return [Figure("deep-curves", drawing, caption, context.text("deep", "curves-alt").markdown)]


def _against_print(context: LectureContext, made: ExperimentResult, network: Network) -> list[Block]:
    label, epochs, _ = context._("deep tanh"), made["epochs"], context._
    if not whole_mnist(context.digits):
        rows = (
            (
                label,
                *(
                    interval_words(interval(made[f"deep {each}"][:, -1]), context.language)
                    for each in ("test_loss", "test_accuracy")
                ),
            ),
        )
        return [Table((_("Network"), _("Test loss"), _("Test accuracy")), rows, alignment="lrr")]
    count = PublishedComparison(_("Parameters"), published("deep.parameters"), sum(count_params(network)), digits=0)
    if epochs == EPOCHS:
        rows_ = compared(context, made, "deep", label)
    else:
        rows_ = compared(context, made, "deep", _("epoch {n}").format(n=epochs), epochs)
        # What ten epochs gave in print stands there, with nothing of ours beside it.
        rows_ += [
            PublishedComparison(f"{name}, {_('epoch {n}').format(n=EPOCHS)}", published(f"deep.{quantity}"), None)
            for name, quantity in ((_("Test loss"), "test_loss"), (_("Test accuracy"), "test_accuracy"))
        ]
    part = "full" if epochs == EPOCHS else "short"
    return [Published((*rows_, count), context.text("deep", f"print-caption-{part}", epochs=str(epochs)).markdown)]


PART = ChapterSpec(
    "deep", {"en": "A deep network of tanh", "pl": "Głęboka sieć z tangensem hiperbolicznym"}, build, (45.0, 1500.0)
)
"""The chapter."""

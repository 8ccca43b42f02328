"""Chapter 6 of the lecture: five wide hidden layers of tanh, and whether more layers are better."""

from __future__ import annotations

from dataclasses import asdict

from ravine.data import Dataset
from ravine.lecture.chapter import Part
from ravine.lecture.chapters.mlp_runs import compared, panels, recorded, train_mlps
from ravine.lecture.context import Context, Outcome
from ravine.lecture.experiments.networks import learning_curves
from ravine.lecture.published import published
from ravine.lecture.said import judged, stand_in, whole_mnist
from ravine.nn import Dense, Network, count_params, summary
from ravine.optim import preset
from ravine.study.evidence import interval, verdict, welch
from ravine.train import Plan
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Comparison, Figure, Note, Published, Summary, Table

__all__ = ["PART", "deep_network"]

WIDTHS = (2500, 2000, 1500, 1000, 500)
EPOCHS = 10
"""Of the published run."""


def deep_network(digits: Dataset) -> Network:
    """Hidden layers of 2500, 2000, 1500, 1000 and 500 tanh, and a softmax over the classes of *digits*.

    >>> from ravine.data import load
    >>> deep_network(load("digits", flatten=True)).shapes[0]
    (2500,)
    """
    hidden = tuple(Dense(width, "tanh") for width in WIDTHS)
    return Network((*hidden, Dense(len(digits.classes or ()), "softmax")), digits.input_shape)


def build(context: Context) -> tuple[Block, ...]:
    """The blocks of the chapter."""
    digits = context.digits.flatten()
    network = deep_network(digits)
    # The two-layer networks come first: where they are stored already, this costs nothing.
    mlps, made = train_mlps(context), _train(context, network)
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
        *_verdict(context, made, mlps, words),
    )


def _train(context: Context, network: Network) -> Outcome:
    plan = Plan(epochs=context.size(1, EPOCHS), batch_size=128, test=True, frozen=context.size(0, 10_000))
    seeds, digits, rule = context.seeds(1, 5), context.digits.flatten(), preset("rmsprop", "lecture")
    spec = {"plan": asdict(plan), "seeds": seeds, "rule": "rmsprop lecture", "data": context.digits.fingerprint}
    return context.compute(
        "deep", spec,
        lambda progress: learning_curves({"deep": network}, rule, digits, plan, seeds, progress),
    )  # fmt: skip


def _shortened(context: Context, words: dict[str, str]) -> tuple[Block, ...]:
    if words["epochs"] == words["published"]:
        return ()
    return (
        Note("warning", context.text("deep", "shortened", **words).markdown, context._("Fewer epochs than published")),
    )


def _labels(context: Context) -> dict[str, str]:
    _ = context._
    return {"deep": _("deep tanh"), "dropout": _("with dropout"), "plain": _("without dropout")}


def _curves(context: Context, made: Outcome, mlps: Outcome, words: dict[str, str]) -> list[Block]:
    labels = _labels(context)
    deep = panels(context, made, {"deep": labels["deep"]})
    others = panels(context, mlps, {name: labels[name] for name in ("dropout", "plain")})
    joined = [figures.Panel(one.title, (*two.runs, *one.runs)) for one, two in zip(deep, others, strict=True)]
    drawing = figures.learning_curves(joined, language=context.language)
    part = "full" if words["epochs"] == words["published"] else "short"
    caption = context.text("deep", f"curves-caption-{part}", **words).markdown
    return [Figure("deep-curves", drawing, caption, context.text("deep", "curves-alt").markdown)]


def _against_print(context: Context, made: Outcome, network: Network) -> list[Block]:
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
    count = Comparison(_("Parameters"), published("deep.parameters"), sum(count_params(network)), digits=0)
    if epochs == EPOCHS:
        rows_ = compared(context, made, "deep", label)
    else:
        rows_ = compared(context, made, "deep", _("epoch {n}").format(n=epochs), epochs)
        # What ten epochs gave in print stands there, with nothing of ours beside it.
        rows_ += [
            Comparison(f"{name}, {_('epoch {n}').format(n=EPOCHS)}", published(f"deep.{quantity}"), None)
            for name, quantity in ((_("Test loss"), "test_loss"), (_("Test accuracy"), "test_accuracy"))
        ]
    part = "full" if epochs == EPOCHS else "short"
    return [Published((*rows_, count), context.text("deep", f"print-caption-{part}", epochs=str(epochs)).markdown)]


def _verdict(context: Context, made: Outcome, mlps: Outcome, words: dict[str, str]) -> list[Block]:
    """Claim 10, more layers of tanh are not better: judged after all epochs only, against the better small network."""
    language, title = context.language, context._("More layers with tanh are not better here")
    whole = made["epochs"] == EPOCHS
    moment = -1 if whole else made["epochs"]
    deep = made["deep test_accuracy"][:, moment]
    small = {name: mlps[f"{name} test_accuracy"][:, moment] for name in ("dropout", "plain")}
    best = max(small, key=lambda name: float(small[name].mean()))
    # The networks share no weights, and may have had different numbers of seeds.
    difference = welch(small[best], deep)
    values = {"deep": interval_words(interval(deep), language),
              "small": interval_words(interval(small[best]), language),
              "difference": interval_words(difference, language, 2, 100), **words}  # fmt: skip
    if not whole:
        return [Note("open", context.text("deep", "verdict-short", **values).markdown, title)]
    return [judged(context, "deep", "verdict", verdict(difference), title, **values)]


PART = Part(
    "deep", {"en": "A deep network of tanh", "pl": "Głęboka sieć z tangensem hiperbolicznym"}, build, (45.0, 1500.0)
)
"""The chapter."""

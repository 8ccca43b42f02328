"""Chapter 6, the claim: more layers of tanh are not better (10), by the published networks or small ones like them."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from ravine.data import Dataset
from ravine.lecture.chapters.mlp_runs import network, train_mlps
from ravine.lecture.context import Context, Number, Outcome
from ravine.lecture.experiments.batches import held_out, portion
from ravine.lecture.experiments.networks import learning_curves
from ravine.lecture.said import conclude, judged
from ravine.nn import Dense, Network, count_params
from ravine.optim import preset
from ravine.study.evidence import interval, welch
from ravine.train import Plan
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure

__all__ = ["EPOCHS", "deep_network", "layers", "train_deep"]

WIDTHS = (2500, 2000, 1500, 1000, 500)
EPOCHS = 10
"""Of the published run."""

EXAMPLES, HELD = 5000, 2000
SMALLER = 8
"""By how much all widths are divided where the claim is tried in small."""


def deep_network(digits: Dataset, smaller: int = 1) -> Network:
    """Hidden layers of 2500, 2000, 1500, 1000 and 500 tanh, divided by *smaller*, and a softmax over the classes.

    >>> from ravine.data import load
    >>> deep_network(load("digits", flatten=True)).shapes[0]
    (2500,)
    """
    hidden = tuple(Dense(width // smaller, "tanh") for width in WIDTHS)
    return Network((*hidden, Dense(len(digits.classes or ()), "softmax")), digits.input_shape)


def train_deep(context: Context) -> Outcome:
    """The published network; one epoch of it in the quick profile.

    No example: it trains for a minute.
    """
    plan = Plan(epochs=context.size(1, EPOCHS), batch_size=128, test=True, frozen=context.size(0, 10_000))
    seeds, digits, rule = context.seeds(1, 5), context.digits.flatten(), preset("rmsprop", "lecture")
    spec = {"plan": asdict(plan), "seeds": seeds, "rule": "rmsprop lecture", "data": context.digits.fingerprint}
    return context.compute(
        "deep", spec,
        lambda progress: learning_curves({"deep": deep_network(digits)}, rule, digits, plan, seeds, progress),
    )  # fmt: skip


def _compared(context: Context) -> dict[str, np.ndarray]:
    """The test accuracies (seeds,) of the deep network and of the two that are not: at full size, or in small."""
    if context.profile == "full":
        made = {**train_mlps(context).arrays, **train_deep(context).arrays}
    else:
        digits, rule, seeds = context.digits.flatten(), preset("rmsprop", "lecture"), context.seeds(4, 4)
        data = portion(digits, EXAMPLES, held_out(digits, HELD))
        networks = {
            "dropout": network(digits, 0.2, SMALLER),
            "plain": network(digits, 0.0, SMALLER),
            "deep": deep_network(digits, SMALLER),
        }
        plan = Plan(epochs=15, batch_size=128, test=True, frozen=0, evaluate_every=15)
        spec = {"plan": asdict(plan), "seeds": seeds, "smaller": SMALLER, "data": context.digits.fingerprint}
        made = context.compute(
            "deep-small", spec, lambda progress: learning_curves(networks, rule, data, plan, seeds, progress)
        ).arrays
    return {name: made[f"{name} test_accuracy"][:, -1] for name in ("dropout", "plain", "deep")}


def layers(context: Context) -> list[Block]:
    """Claim 10: the accuracy of the better network of two layers, less that of the deep one.

    No example: it trains for seconds, or for half an hour.
    """
    language, _, made = context.language, context._, _compared(context)
    for name, values in made.items():
        context.record(*(Number("deep", "accuracy_compared", float(value), name, None, seed)
                         for seed, value in enumerate(values, context.seed)))  # fmt: skip
    best = max(("dropout", "plain"), key=lambda name: float(made[name].mean()))
    # The networks share no weights, and may have had different numbers of seeds.
    difference = welch(made[best], made["deep"])
    digits, smaller = context.digits.flatten(), context.size(SMALLER, 1)
    counts = [sum(count_params(each)) for each in (deep_network(digits, smaller), network(digits, None, smaller))]
    words = {
        "deep": interval_words(interval(made["deep"]), language, 2, 100),
        "small": interval_words(interval(made[best]), language, 2, 100),
        "difference": interval_words(difference, language, 2, 100),
        "times": number(counts[0] / counts[1], language, 0), "smaller": str(smaller),
        "examples": number(min(EXAMPLES, len(digits.train) - held_out(digits, HELD)), language),
    }  # fmt: skip
    labels = {"dropout": _("with dropout"), "plain": _("without dropout"), "deep": _("deep tanh")}
    samples = [
        figures.Sample(labels[name], 100 * values, _percent(values), colour=place)
        for place, (name, values) in enumerate(made.items())
    ]
    drawing = figures.spread(samples, quantity=_("Test accuracy, %"), language=language)
    size = context.size("small", "full")
    caption = context.text("deep", f"accuracies-caption-{size}", **words).markdown
    record = conclude(context, "deeper", {"worse": difference}, "deep-accuracies")
    return [
        context.text("deep", f"question-{size}", **words),
        Figure("deep-accuracies", drawing, caption, context.text("deep", "accuracies-alt").markdown),
        judged(context, record, "verdict", **words),
    ]


def _percent(values: np.ndarray) -> tuple[float, float] | None:
    bounds = interval(values).bounds
    return None if bounds is None else (100 * bounds[0], 100 * bounds[1])

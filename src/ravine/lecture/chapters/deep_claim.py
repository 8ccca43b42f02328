"""Chapter 6, the claim: more layers of tanh are not better (10), with depth, width, activation and epochs apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np

from ravine.data import Dataset
from ravine.lecture.chapters.mlp_runs import network, train_mlps
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.batches import held_out, portion
from ravine.lecture.experiments.networks import learning_curves
from ravine.lecture.notes import conclude, judged
from ravine.nn import Dense, Network, count_params
from ravine.optim import preset
from ravine.stats import interval, paired, welch
from ravine.train import Plan
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure

__all__ = ["EPOCHS", "deep_network", "layers", "train_deep"]

WIDTHS = (2500, 2000, 1500, 1000, 500)
EPOCHS = 10
"""Of the published run."""

PLAIN_EPOCHS = 5
"""Of the published runs of the network of two layers."""

EXAMPLES, HELD = 5000, 2000
SMALL_EPOCHS = 10
"""Of the network of two layers in small; the deep one has twice as many, as in print."""
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


def train_deep(context: LectureContext) -> ExperimentResult:
    """The published network; one epoch of it in the quick profile.

    No example: it trains for a minute.
    """
    plan = Plan(epochs=context.size(1, EPOCHS), batch_size=128, test=True, train_eval_examples=context.size(0, 10_000))
    seeds, digits, rule = context.seeds(1, 5), context.digits.flatten(), preset("rmsprop", "lecture")
    spec = {"plan": asdict(plan), "seeds": seeds, "rule": "rmsprop lecture", "data": context.digits.fingerprint}
    return context.compute(
        "deep", spec,
        lambda progress: learning_curves({"deep": deep_network(digits)}, rule, digits, plan, seeds, progress),
    )  # fmt: skip


STEPS = {
    "whole": ("plain", "longer"),
    "activation": ("plain", "tanh"),
    "depth": ("tanh", "deeper"),
    "width": ("deeper", "wide"),
    "epochs": ("wide", "longer"),
}
"""What lies between the lecture's two networks: the accuracy of the first minus that of the second, for each step."""


def _equal(digits: Dataset, depth: int, smaller: int) -> Network:
    """So many layers of tanh, each as wide as those of the network of two layers."""
    hidden = (Dense(512 // smaller, "tanh"),) * depth
    return Network((*hidden, Dense(len(digits.classes or ()), "softmax")), digits.input_shape)


def _compared(context: LectureContext) -> dict[str, np.ndarray]:
    """The test accuracies (seeds,) of five networks, from the lecture's plain one to its deep one, a step at a time."""
    digits, rule, smaller = context.digits.flatten(), preset("rmsprop", "lecture"), context.size(SMALLER, 1)
    between = {"tanh": _equal(digits, 2, smaller), "deeper": _equal(digits, len(WIDTHS), smaller)}
    seeds = context.seeds(4, 5)
    if context.profile == "full":
        plan = Plan(epochs=PLAIN_EPOCHS, batch_size=128, test=True, train_eval_examples=0, evaluate_every=PLAIN_EPOCHS)
        spec = {"plan": asdict(plan), "seeds": seeds, "between": True, "data": context.digits.fingerprint}
        made = context.compute(
            "deep-between", spec, lambda progress: learning_curves(between, rule, digits, plan, seeds, progress)
        )
        plain, deep = train_mlps(context)["plain test_accuracy"], train_deep(context)["deep test_accuracy"]
        early, end = deep[:, PLAIN_EPOCHS], deep[:, EPOCHS]
    else:
        data = portion(digits, EXAMPLES, held_out(digits, HELD))
        plan = Plan(epochs=SMALL_EPOCHS, batch_size=128, test=True, train_eval_examples=0, evaluate_every=SMALL_EPOCHS)
        longer = replace(plan, epochs=2 * SMALL_EPOCHS)
        spec = {"plan": asdict(plan), "seeds": seeds, "smaller": SMALLER, "between": True,
                "data": context.digits.fingerprint}  # fmt: skip

        def both(progress: Callable[[float], None]) -> ExperimentResult:
            short = {"plain": network(digits, None, SMALLER), **between}
            made = learning_curves(short, rule, data, plan, seeds, lambda share: progress(0.6 * share))
            wide = {"deep": deep_network(digits, SMALLER)}
            told = lambda share: progress(0.6 + 0.4 * share)  # noqa: E731
            return ExperimentResult(made.arrays | learning_curves(wide, rule, data, longer, seeds, told).arrays)

        made = context.compute("deep-small", spec, both)
        plain, deep = made["plain test_accuracy"], made["deep test_accuracy"]
        early, end = deep[:, SMALL_EPOCHS], deep[:, 2 * SMALL_EPOCHS]
    return {"plain": plain[:, -1], "tanh": made["tanh test_accuracy"][:, -1],
            "deeper": made["deeper test_accuracy"][:, -1], "wide": early, "longer": end}  # fmt: skip


def layers(context: LectureContext) -> list[Block]:
    """Claim 10: the accuracy of two layers of tanh less that of five, all else equal; the other steps stand beside it.

    The slides put a network of "more layers, another activation" beside the one without dropout: .9718 against .9812.
    But width and epochs differ as well. So the way from the one to the other is gone a step at a time: the activation,
    then the depth, the width, the epochs. More layers are "not better" if five of tanh do not beat two of tanh, with
    the lecture's rule and rate, by more than a tenth of a percentage point; refuted if they do. No network is chosen by
    what it is judged by.

    No example: it trains for seconds, or for half an hour.
    """
    language, _, made = context.language, context._, _compared(context)
    for name, values in made.items():
        context.record(*(Number("deep", "accuracy_compared", float(value), name, None, seed)
                         for seed, value in enumerate(values, context.seed)))  # fmt: skip
    # Networks of different layers share no weights, and may have had different numbers of seeds; epochs of one do.
    measured = {
        key: (paired if key == "epochs" else welch)(made[one], made[other]) for key, (one, other) in STEPS.items()
    }
    digits, smaller = context.digits.flatten(), context.size(SMALLER, 1)
    counts = [sum(count_params(each)) for each in (deep_network(digits, smaller), network(digits, None, smaller))]
    words = {name: interval_words(interval(values), language, 2, 100) for name, values in made.items()}
    words |= {f"by-{key}": interval_words(each, language, 2, 100) for key, each in measured.items()}
    words |= {
        "times": number(counts[0] / counts[1], language, 0), "smaller": str(smaller),
        "examples": number(min(EXAMPLES, len(digits.train) - held_out(digits, HELD)), language),
        "short": str(context.size(SMALL_EPOCHS, PLAIN_EPOCHS)), "long": str(context.size(2 * SMALL_EPOCHS, EPOCHS)),
        "each": str(512 // smaller),
    }  # fmt: skip
    labels = {
        "plain": _("2 layers of ReLU"),
        "tanh": _("2 layers of tanh"),
        "deeper": _("5 layers of tanh"),
        "wide": _("5 wide layers of tanh"),
        "longer": _("5 wide layers, twice the epochs"),
    }
    samples = [
        figures.SeedValues(labels[name], 100 * values, _percent(values), colour=place)
        for place, (name, values) in enumerate(made.items())
    ]
    drawing = figures.spread(samples, quantity=_("Test accuracy, %"), language=language)
    size = context.size("small", "full")
    caption = context.text("deep", f"accuracies-caption-{size}", **words).markdown
    record = conclude(context, "deeper", measured, "deep-accuracies")
    said = [context.text("deep", name, **words).markdown for name in (f"verdict-{record.verdict}", "verdict-beside")]
    return [
        context.text("deep", f"question-{size}", **words),
        Figure("deep-accuracies", drawing, caption, context.text("deep", "accuracies-alt").markdown),
        judged(context, record, text=" ".join(said)),
    ]


def _percent(values: np.ndarray) -> tuple[float, float] | None:
    bounds = interval(values).bounds
    return None if bounds is None else (100 * bounds[0], 100 * bounds[1])

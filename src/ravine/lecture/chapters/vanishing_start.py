"""Chapter 2, first part: the gradient of a network before training, by depth, activation and initial weights."""

from __future__ import annotations

from functools import partial

import numpy as np

from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.signal import Start, depth_profiles, layer_ratios
from ravine.lecture.notes import conclude, judged
from ravine.lecture.published import published
from ravine.stats import interval
from ravine.view import figures, number
from ravine.view.blocks import Block, Figure, Published, PublishedComparison

__all__ = ["at_the_start", "deeper"]

RATIOS = (
    Start("tanh_standard", "tanh", "torch_linear"),
    Start("tanh_glorot", "tanh", "glorot_uniform"),
    Start("logistic_glorot", "logistic", "glorot_uniform"),
    Start("relu_glorot", "relu", "glorot_uniform"),
    Start("relu_he", "relu", "he_uniform"),
)
PROFILES = (
    Start("logistic", "logistic", "glorot_uniform"),
    Start("tanh", "tanh", "glorot_uniform"),
    Start("softplus", "softplus", "glorot_uniform"),
    Start("relu", "relu", "glorot_uniform"),
    Start("relu_he", "relu", "he_uniform"),
)


def names(context: LectureContext) -> dict[str, str]:
    """What the settings are called in figures and tables."""
    _ = context._
    return {
        "logistic": _("logistic"),
        "tanh": "tanh",
        "softplus": "softplus",
        "relu": _("ReLU, Glorot's weights"),
        "relu_he": _("ReLU, He's weights"),
        "tanh_standard": _("tanh, standard weights"),
        "tanh_glorot": _("tanh, Glorot's weights"),
        "logistic_glorot": _("logistic, Glorot's weights"),
        "relu_glorot": _("ReLU, Glorot's weights"),
    }


def at_the_start(context: LectureContext) -> list[Block]:
    """Profiles by depth, the verdict on sigmoids and depth, the ratios beside those published.

    No example: it measures for seconds.
    """
    depths, made = _measured(context)
    return [
        *_profiles(context, made, [depth for depth in (5, 10, 20) if depth in depths]),
        *deeper(context),
        *_ratios(context),
    ]


def _measured(context: LectureContext) -> tuple[tuple[int, ...], ExperimentResult]:
    depths = context.size((1, 3, 5, 10, 20), (1, 2, 3, 5, 8, 10, 15, 20, 30, 50))
    seeds = context.seeds(3, 10)
    batch = context.digits.flatten().train.take(slice(0, 256))
    spec = {"starts": [start.name for start in PROFILES], "depths": depths, "seeds": seeds,
            "data": context.digits.fingerprint}  # fmt: skip
    made = context.compute(
        "vanishing-start", spec,
        lambda progress: depth_profiles(PROFILES, depths, seeds, batch.x, batch.y, progress=progress),
    )  # fmt: skip
    return depths, made


def _profiles(context: LectureContext, made: ExperimentResult, shown: list[int]) -> list[Block]:
    called = names(context)
    profiles = [
        figures.Profile(called[start.name], made[f"depth {depth}"][row], context._("{n} hidden layers").format(n=depth))
        for depth in shown
        for row, start in enumerate(PROFILES)
    ]
    drawing = figures.gradient_by_layer(profiles, language=context.language)
    caption = context.text("vanishing", "profiles-caption", seeds=str(len(made[f"depth {shown[0]}"][0]))).markdown
    alt = context.text("vanishing", "profiles-alt").markdown
    return [context.text("vanishing", "profiles"), Figure("vanishing-profiles", drawing, caption, alt)]


def deeper(context: LectureContext) -> list[Block]:
    """Claim 1: how much of the gradient arrives at the first hidden layer, against depth.

    No example: it measures for seconds.
    """
    depths, made = _measured(context)
    called, runs, measured = names(context), [], {}
    words: dict[str, str] = {}
    x = np.array([depth for depth in depths if depth > 1], float)
    for row, start in enumerate(PROFILES):
        # How much of the gradient of the last hidden layer arrives at the first: (seeds, depths).
        parts = [made[f"depth {depth}"][row] for depth in depths if depth > 1]
        arriving = np.stack([part[:, 0] / part[:, -1] for part in parts], axis=1)
        runs.append(figures.Runs(called[start.name], x, arriving))
        for depth, column in zip(x, arriving.T, strict=True):
            context.record(*(Number("vanishing", "gradient_arriving", float(value), start.name, depth, seed)
                             for seed, value in enumerate(column, context.seed)))  # fmt: skip
        # Decades lost per added layer: the slope of the logarithm, seed by seed, as deep as float32 holds the gradient.
        slopes = [float(np.polyfit(x[each > 0], np.log10(each[each > 0]), 1)[0]) for each in arriving]
        if start.name in ("logistic", "tanh"):
            measured[start.name] = partial(interval, [-slope for slope in slopes])
        words[start.name] = number(10 ** float(np.mean(slopes)), context.language, 2)
        words[f"{start.name}_deep"] = number(float(f"{arriving[:, -1].mean():.1e}"), context.language)
    panel = figures.Panel(context._("First hidden layer's gradient / last hidden layer's"), runs, log=True)
    drawing = figures.learning_curves([panel], x_label=context._("Hidden layers"), language=context.language)
    caption, alt = (context.text("vanishing", f"depth-{part}").markdown for part in ("caption", "alt"))
    record = conclude(context, "depth", measured, "vanishing-depth")
    deepest = {"deepest": str(max(depths)), **words}
    return [
        context.text("vanishing", "depth"),
        Figure("vanishing-depth", drawing, caption, alt),
        judged(context, record, **deepest),
    ]


def _ratios(context: LectureContext) -> list[Block]:
    seeds = context.seeds(5, 20)
    spec = {"starts": [start.name for start in RATIOS], "seeds": seeds}
    made = context.compute("vanishing-ratios", spec, lambda progress: layer_ratios(RATIOS, seeds))
    called, rows = names(context), []
    for start, values in zip(RATIOS, made["ratios"], strict=True):
        ours, print_ = interval(values), published(f"ratio.{start.name}")
        context.record(*(Number("vanishing", "layer_ratio", float(value), start.name, None, seed, print_)
                         for seed, value in zip(seeds, values, strict=True)))  # fmt: skip
        rows.append(PublishedComparison(called[start.name], print_, ours.mean, ours.bounds, ours.count, digits=3))
    return [
        context.text("vanishing", "ratios"),
        Published(tuple(rows), context.text("vanishing", "ratios-caption").markdown),
    ]

"""Chapter 2, third part: ReLU against sigmoids (claim 2), its zeros (4), its dead neurons and large gradients (5)."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from ravine.functions import VarianceScaling
from ravine.lecture.chapters.vanishing_training import on_the_edge
from ravine.lecture.claims import RISK, Estimate, quotient
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.signal import Start, depth_profiles, layer_ratios, ratio
from ravine.lecture.notes import conclude, judged
from ravine.stats import interval, paired, proportion
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Table

__all__ = ["exploding", "rectifier", "silence", "sparse"]

STARTS = (
    Start("logistic", "logistic", "glorot_uniform"),
    Start("tanh", "tanh", "glorot_uniform"),
    Start("relu_he", "relu", "he_uniform"),
)
DEPTH, WIDTH = 4, 32
"""The networks of claim 2 before training are those that are trained."""
SCALES = (1.0, 2.0, 8.0)
"""Variance of the weights times their number: Glorot's 1, He's 2, and that of twice He's deviation."""


def _figure(context: LectureContext, name: str, panels: list[figures.Panel], label: str, *, columns: int) -> Figure:
    drawing = figures.learning_curves(panels, x_label=label, columns=columns, log_x=True, language=context.language)
    caption, alt = (context.text("vanishing", f"{name}-{part}").markdown for part in ("caption", "alt"))
    return Figure(f"vanishing-{name}", drawing, caption, alt)


def rectifier(context: LectureContext, made: ExperimentResult) -> list[Block]:
    """Claim 2 in its parts: what a layer lets through of the gradient, and the loss averaged over training.

    The slide: ReLU is "less prone to the vanishing gradient than the sigmoids, so that SGD converges faster". Refuted
    if its layers let through less of the *back-propagated* gradient before training than those of a sigmoid, or if the
    test loss, averaged over training at the rates that learn fastest, is larger with it. The four parts share one risk
    of error.

    No example: see the tests, which give it outcomes made by hand.
    """
    measured: dict[str, Estimate] = {}
    words: dict[str, str] = {}
    begun = _begun(context)
    for rival, short in (("base", "logistic"), ("tanh", "tanh")):
        start, other = begun["relu_he"], begun[short]
        spent, theirs = (made[f"{each} spent"] for each in (rival, "relu_he"))
        measured |= {f"eased-{short}": partial(paired, start, other), f"faster-{short}": partial(paired, spent, theirs)}
    for key, each in measured.items():
        made_of = each(1 - RISK)
        words[key] = interval_words(made_of, context.language, 2)
        context.record(Number("vanishing", "relu_over_sigmoid", made_of.mean, key))
    record = conclude(context, "rectifier", measured, "vanishing-curves")
    said = [
        context.text("vanishing", f"rectifier-{record.verdict}", **words).markdown,
        on_the_edge(context, made, ("base", "tanh", "relu_he"), "fastest edge"),
    ]
    return [judged(context, record, text=" ".join(filter(None, said)))]


def _begun(context: LectureContext) -> dict[str, np.ndarray]:
    """What a layer lets through before training, for more sets of initial weights than there is time to train."""
    seeds, batch = context.seeds(12, 30), context.digits.flatten().train.take(slice(0, 256))
    spec = {"starts": [start.name for start in STARTS], "seeds": seeds, "depth": DEPTH, "width": WIDTH,
            "data": context.digits.fingerprint}  # fmt: skip
    made = context.compute(
        "vanishing-rectifier", spec,
        lambda progress: depth_profiles(STARTS, [DEPTH], seeds, batch.x, batch.y, width=WIDTH, progress=progress),
    )  # fmt: skip
    profiles = made[f"depth {DEPTH}"]
    return {start.name: np.array([ratio(row) for row in rows]) for start, rows in zip(STARTS, profiles, strict=True)}


def silence(context: LectureContext, made: ExperimentResult) -> list[Block]:
    """The zeros and the dead neurons of ReLU at every rate that was tried.

    No example: see the tests.
    """
    _, language = context._, context.language
    zero, dead, diverged = (made[f"relu {key}"] for key in ("zero", "dead", "diverged"))
    rates, rows = made["relu"]["rates"], []
    for row, rate in enumerate(rates):
        lived = ~diverged[row]
        shares = [float(each[row][lived].mean()) if lived.any() else math.nan for each in (zero, dead)]
        context.record(*(Number("vanishing", key, share, "relu", rate)
                         for key, share in zip(("zero", "dead"), shares, strict=True)))  # fmt: skip
        words = (number(100 * share, language, digits) for share, digits in zip(shares, (0, 1), strict=True))
        rows.append((number(rate, language), *words, f"{int(diverged[row].sum())} / {diverged.shape[1]}"))
    columns = (_("Rate"), _("Activations that are 0, %"), _("Dead neurons, %"), _("Diverged"))
    panels = [
        figures.Panel(title, [figures.Runs("ReLU", np.array(rates), 100 * each.T)])
        for title, each in ((_("Activations that are 0, %"), zero), (_("Dead neurons, %"), dead))
    ]
    return [
        Table(columns, tuple(rows), context.text("vanishing", "sparsity-caption").markdown, "rrrr"),
        _figure(context, "silence", panels, _("Rate"), columns=2),
    ]


def sparse(context: LectureContext, made: ExperimentResult) -> list[Block]:
    """Claim 4: the share of zeros at the rate that was best in validation; what it does for speed is not tested.

    The slide: by "zeroing negative values" ReLU thins the network out, "which speeds up computing". Refuted if fewer
    than a quarter of the activations are zero. That zeros speed up anything cannot be shown with dense products, and
    time on one machine is no criterion: the claim is at best "not tested here".

    No example: see the tests.
    """
    best = made["relu"]["rates"].index(made["relu"]["rate"])
    shares = made["relu zero"][best][~made["relu diverged"][best]]
    zeros = interval(shares)
    record = conclude(context, "sparse", {"zeros": zeros}, "vanishing-silence")
    return [judged(context, record, share=number(100 * zeros.mean, context.language, 0))]


def exploding(context: LectureContext, made: ExperimentResult) -> list[Block]:
    """Claim 5: the factor per layer against the size of the weights, and the networks in which neurons died.

    The slide counts among ReLU's faults that "for large values the gradient may explode" and that neurons go silent.
    That large weights multiply ReLU's gradient is arithmetic; whether more than that of a sigmoid with the same weights
    is not. Refuted if tanh's gradient grows more, or if it is shown that neurons die in fewer than one network in ten.
    The two parts share one risk of error.

    No example: it measures for seconds.
    """
    seeds, depth = context.seeds(3, 10), 10
    starts = [
        Start(f"{name} {scale:g}", name, VarianceScaling(scale, "fan_in", "uniform"))
        for name in ("relu", "tanh")
        for scale in SCALES
    ]
    spec = {"starts": [start.name for start in starts], "seeds": seeds, "depth": depth}
    grown = context.compute(
        "vanishing-explosion", spec, lambda progress: layer_ratios(starts, seeds, depth=depth, width=128, examples=128)
    )
    ratios = dict(zip((start.name for start in starts), grown["ratios"], strict=True))
    runs = [
        figures.Runs(called, np.array(SCALES), np.stack([ratios[f"{name} {scale:g}"] for scale in SCALES], axis=1))
        for name, called in (("relu", "ReLU"), ("tanh", "tanh"))
    ]
    panel = figures.Panel(context._("Gradient per layer"), runs, log=True)
    label = context._("Variance of the weights × number of inputs")
    return [
        _figure(context, "explosion", [panel], label, columns=1),
        _exploded(context, ratios, made, depth),
    ]


def _exploded(context: LectureContext, ratios: dict[str, np.ndarray], made: ExperimentResult, depth: int) -> Block:
    means = {name: interval(values) for name, values in ratios.items()}
    context.record(*(Number("vanishing", "factor_at_scale", each.mean, name) for name, each in means.items()))
    large = f"{SCALES[-1]:g}"
    dead = made["relu dead"][~made["relu diverged"]]
    died = int((dead > 0).sum())
    measured = {
        "factor": quotient(ratios[f"relu {large}"], ratios[f"tanh {large}"]),
        "dead": partial(proportion, died, dead.size),
    }
    record = conclude(context, "explosion", measured, "vanishing-explosion")
    words = {
        f"{name}-{place}": interval_words(means[f"{name} {scale:g}"], context.language, 2)
        for name in ("relu", "tanh")
        for place, scale in zip(("small", "he", "large"), SCALES, strict=True)
    }
    words["power"] = number(float(f"{means[f'relu {large}'].mean ** depth:.1e}"), context.language)
    words |= {"depth": str(depth), "dead": str(died), "networks": str(dead.size)}
    words["share"] = number(100 * float(dead.max()), context.language, 0)
    grows, dies = (each.verdict for each in record.findings)
    said = [context.text("vanishing", name, **words) for name in (f"explosion-{grows}", f"dead-{dies}")]
    return judged(context, record, text=" ".join(each.markdown for each in said))

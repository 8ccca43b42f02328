"""Chapter 8, second part: paths in a ravine, on a saddle, on Beale's and Rosenbrock's functions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure as Drawing

from ravine.landscape import TestFunction, function
from ravine.lecture.claims import RISK, Estimate, exactly, quotient
from ravine.lecture.claims.table import TIES
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.paths import GRID, SPEED, overshoot, paths
from ravine.lecture.experiments.ravines import ravines
from ravine.lecture.notes import conclude, conditional, judged, rule_title
from ravine.stats import interval, paired
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Code, Figure, Formula, Table

__all__ = ["CURVATURES", "brakes", "drawing", "on_landscapes", "overshot", "walked", "zigzags"]

LANDSCAPES = {"ravine": 300, "saddle": 100, "beale": 1000, "rosenbrock": 1000}
"""The test functions and how many steps are allowed on each."""

GROUPS = {
    "plain": ("sgd", "momentum", "nesterov", "rprop"),
    "adaptive": ("adagrad", "adadelta", "rmsprop", "adam", "nadam", "amsgrad"),
}

CONDITIONS = (10, 100, 1000)
"""How many times as steep as along the ravines of claim 14 are across; at the `MIDDLE` one turns are counted."""
MIDDLE = 100

CURVATURES = tuple(float(f"{rate:.2g}") for rate in np.geomspace(1e-3, 1.0, 25))
"""The products of rate and curvature at which claim 15 looks for overshooting."""


def on_landscapes(context: LectureContext, names: Sequence[str], cell: Code) -> list[Block]:
    """The figures, the table of rates and steps, and the two claims about ravines and overshooting.

    No example: it walks for seconds.
    """
    made = walked(context, names)
    language = context.language
    words = {
        "rates": str(len(GRID)),
        "low": number(GRID[0], language),
        "high": number(GRID[-1], language),
        "speed": number(100 * SPEED, language, 0),
    }
    blocks: list[Block] = [context.text("optimisers", "paths", **words)]
    for landscape in LANDSCAPES:
        test = function(landscape)
        blocks += [context.text("optimisers", landscape), Formula(f"f(x, y) = {test.formula}")]
        blocks += [drawing(context, made, landscape, names, group) for group in GROUPS]
        if landscape == "ravine":
            blocks += [cell, *zigzags(context)]
    return [*blocks, *_table(context, made, names), *brakes(context)]


def walked(context: LectureContext, names: Sequence[str]) -> ExperimentResult:
    """Every rule on every test function, at the rate that serves it best.

    No example: it walks for seconds.
    """
    return context.compute(
        "optimisers-paths",
        {"rules": list(names), "steps": LANDSCAPES, "grid": GRID},
        lambda progress: paths(names, LANDSCAPES, progress=progress),
    )


def drawing(
    context: LectureContext, made: ExperimentResult, landscape: str, names: Sequence[str], group: str
) -> Figure:
    """The paths of a *group* of rules on one test function.

    No example: see the report.
    """
    shown = _drawing(context, made, landscape, function(landscape), names, GROUPS[group])
    caption, alt, kind = (
        context.text("optimisers", name).markdown
        for name in (f"{landscape}-caption", f"{landscape}-alt", f"group-{group}")
    )
    return Figure(f"optimisers-{landscape}-{group}", shown, f"{caption} {kind}", f"{alt} {kind}")


def _drawing(
    context: LectureContext,
    made: ExperimentResult,
    landscape: str,
    test: TestFunction,
    names: Sequence[str],
    members: Sequence[str],
) -> Drawing:
    x, y = (np.linspace(*ends, 181) for ends in test.domain)
    z = np.asarray(test(np.stack(np.meshgrid(x, y), axis=-1)))
    # Colours follow the lecture's order, save for Rprop, which comes after the last colour and takes a free one here.
    colours = {name: names.index(name) for name in members} | ({"rprop": len(members)} if "rprop" in members else {})
    routes = [figures.Route(rule_title(context, name), made[f"{landscape} {name}"], colours[name]) for name in members]
    surface = figures.Surface(x, y, z, test.minima)
    return figures.trajectory(surface, routes, marks=(10, 100), language=context.language)


def _table(context: LectureContext, made: ExperimentResult, names: Sequence[str]) -> list[Block]:
    _, language = context._, context.language
    rows = []
    for place, name in enumerate(names):
        cells = []
        for landscape, limit in LANDSCAPES.items():
            steps, rate = (float(made[f"{landscape} {key}"][place]) for key in ("steps", "rate"))
            context.record(
                Number("optimisers", f"steps_{landscape}", steps, name),
                Number("optimisers", f"rate_{landscape}", rate, name),
            )
            count = number(int(steps), language) if np.isfinite(steps) else f"> {number(limit, language)}"
            star = "*" if made[f"{landscape} edge"][place] else ""
            cells.append(f"{count} ({number(rate, language)}{star})")
        rows.append((rule_title(context, name), *cells))
    columns = (_("Rule"), _("The ravine"), _("The saddle"), "Beale", "Rosenbrock")
    return [Table(columns, tuple(rows), context.text("optimisers", "paths-caption").markdown, "lrrrr")]


def zigzags(context: LectureContext) -> list[Block]:
    """Claim 14: SGD copes badly with ravines, and momentum mends that: at three condition numbers, both tuned.

    The slides: "SGD copes badly in ravines", and momentum "solves this problem". To cope badly is to pay for a ravine
    a hundred times as narrow with more than ten times the steps; refuted if fewer are shown. Momentum solves it if it
    needs fewer steps to the goal at every condition number, each rule with the rate, and momentum with the share too,
    that served it best on other starts; refuted if SGD needs fewer at any. The four parts share one risk of error. How
    much either zigzags stands beside the claim: the slides do not speak of it.

    No example: see the tests, which give it steps made by hand.
    """
    spec: dict[str, Any] = {"conditions": CONDITIONS, "seed": context.seed, "starts": context.size(32, 128),
                            "contour": True}  # fmt: skip
    made = context.compute("optimisers-ravines", spec, lambda progress: ravines(
        ("sgd", "momentum"), CONDITIONS, seed=context.seed, starts=spec["starts"], progress=progress
    ))  # fmt: skip
    return [context.text("optimisers", "zigzag", starts=str(spec["starts"])), _ravines(context, made)]


def _ravines(context: LectureContext, made: ExperimentResult) -> Block:
    _, language = context._, context.language
    steps = {(c, name): made[f"{c} {name} steps"] for c in CONDITIONS for name in ("sgd", "momentum")}
    turns = {name: made[f"{MIDDLE} {name} turns"] for name in ("sgd", "momentum")}
    low, high = CONDITIONS[0], CONDITIONS[-1]
    measured: dict[str, Estimate] = {"badly": quotient(steps[high, "sgd"], steps[low, "sgd"])}
    measured |= {f"sooner-{c}": quotient(steps[c, "sgd"], steps[c, "momentum"]) for c in CONDITIONS}
    measured |= {"turns": partial(interval, turns["sgd"]), "fewer": partial(paired, turns["sgd"], turns["momentum"])}
    record = conclude(context, "zigzag", measured, "optimisers-ravine-plain")
    words = {"badly": interval_words(measured["badly"](1 - RISK), language, 1)}
    edges = []
    for (c, name), values in steps.items():
        kept = made[f"{c} {name}"]
        words[f"{name}-{c}"] = number(float(values.mean()), language, 0)
        context.record(Number("optimisers", "steps_in_ravine", float(values.mean()), name, float(c)),
                       Number("optimisers", "rate_in_ravine", kept["learning_rate"], name, float(c)))  # fmt: skip
        if kept["edge"]:
            edges.append(f"{rule_title(context, name)} ({c})")
    words |= {f"share-{c}": number(made[f"{c} momentum"]["momentum"], language) for c in CONDITIONS}
    words |= {f"turns-{name}": interval_words(interval(each), language, 0, 100) for name, each in turns.items()}
    said = [context.text("optimisers", f"zigzag-{record.verdict}", **words).markdown, conditional(context, edges)]
    return judged(context, record, text=" ".join(filter(None, said)))


def overshot(context: LectureContext) -> ExperimentResult:
    """How far the rules with momentum run past a minimum, at every rate.

    No example: see `ravine.lecture.experiments.paths.overshoot`.
    """
    return context.compute(
        "optimisers-overshoot", {"rates": CURVATURES, "rules": 4}, lambda progress: overshoot(CURVATURES)
    )


def brakes(context: LectureContext) -> list[Block]:
    """Claim 15: momentum runs past the minimum, Nesterov's less far, at every rate; no chance is at play.

    No example: see the tests.
    """
    _, language = context._, context.language
    made = overshot(context)
    heavy, ahead = (100 * made[f"{name} past"] for name in ("momentum", "nesterov"))
    for name in ("momentum", "nesterov"):
        context.record(
            *(
                Number("optimisers", "overshoot", float(past), name, rate)
                for rate, past in zip(CURVATURES, made[f"{name} past"], strict=True)
            )
        )
    runs = [
        figures.Runs(rule_title(context, name), np.array(CURVATURES), 100 * made[f"{name} past"])
        for name in ("momentum", "nesterov")
    ]
    way = [
        figures.Runs(rule_title(context, name), np.arange(101), made[f"{name} x"][:101])
        for name in ("momentum", "nesterov")
    ]
    parts = (
        ("way", [figures.Panel(_("Place x"), way)], _("Step"), False),
        ("past", [figures.Panel(_("Beyond the minimum, share of the start [%]"), runs)], _("Rate × curvature"), True),
    )
    blocks: list[Block] = [context.text("optimisers", "overshoot", shown=number(made["shown"], language))]
    for name, panels, label, log_x in parts:
        drawing = figures.learning_curves(panels, x_label=label, columns=1, log_x=log_x, language=language)
        caption, alt = (context.text("optimisers", f"{name}-{part}").markdown for part in ("caption", "alt"))
        blocks.append(Figure(f"optimisers-{name}", drawing, caption, alt))
    gap = made["momentum past"] - made["nesterov past"]
    at = int(np.argmin(np.abs(np.array(CURVATURES) - 0.1)))
    measured = {
        "past": exactly(made["momentum past"][at]),
        "never": exactly(gap.min(), len(gap)),
        "less": exactly(gap.mean(), len(gap)),
    }
    record = conclude(context, "brakes", measured, "optimisers-past")
    words = {
        "momentum": number(heavy[at], language, 0),
        "nesterov": number(ahead[at], language, 0),
        "rate": number(CURVATURES[at], language),
        "less": str(int((gap >= TIES).sum())),
        "all": str(len(gap)),
    }
    return [*blocks, judged(context, record, **words)]

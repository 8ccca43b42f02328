"""Chapter 8, after the digits: what Adam and Nadam are made of (claims 19 and 20), and whether it shows in practice."""

from __future__ import annotations

from functools import partial

import numpy as np

from ravine.lecture.chapters.optimisers_digits import train_afresh
from ravine.lecture.chapters.optimisers_paths import CURVATURES, overshot
from ravine.lecture.claims import RISK, Estimate, exactly, quotient
from ravine.lecture.claims.criterion import rounded
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.games import kinship
from ravine.lecture.experiments.ravines import ravines
from ravine.lecture.experiments.sparse import RATES as RARE_RATES
from ravine.lecture.experiments.sparse import rare
from ravine.lecture.notes import conclude, conditional, judged, rule_title
from ravine.stats import Comparison, Interval, Ranking, interval, paired, rank
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure

__all__ = ["judged_child", "related", "train_fresh"]

FAMILY = ("momentum", "nesterov", "rmsprop", "adam", "nadam")
PARENTS = {"adam": ("rmsprop", "momentum"), "nadam": ("adam", "nesterov")}
IDENTITIES = {"adam": ("corrected", "rmsprop", "momentum"), "nadam": ("nesterov",)}
UPDATES = 1000
RAVINE, ANGLE = 100, 45.0
"""The ravine in which momentum shows what it is good for, turned so that no scaling of coordinates straightens it."""
STRIDES = 10
"""Rates count at which the way down takes at least so many steps: Adam's and Nadam's step is about the rate."""


def related(context: LectureContext) -> list[Block]:
    """Claims 19 and 20: whether Adam and Nadam have the advantages of both their parents; what they are made of aside.

    The slides: Adam "joins the advantages of RMSprop and Momentum", Nadam those of "Adam and NAG". What RMSprop has and
    momentum lacks is a rate for each parameter: so Adam must do better than momentum on rare features. What momentum
    has and RMSprop lacks is speed in a ravine: so Adam must be sooner than RMSprop at the bottom of one that runs
    askew. In the same way Nadam must beat Nesterov's momentum on rare features, as Adam does, and overshoot less than
    Adam, as Nesterov's momentum brakes. Each is refuted if it is shown to do worse in either. All rules are tuned. That
    Adam without one parent *is* the other is arithmetic and stands beside the claim, as does a ranking on the digits.

    No example: it trains for seconds.
    """
    made = context.compute(
        "optimisers-kinship", {"seed": context.seed, "corrected": True},
        lambda progress: kinship(updates=UPDATES, seed=context.seed),
    )  # fmt: skip
    gaps = {name: float(gap) for name, gap in zip(made["names"], made["gap"], strict=True)}
    context.record(*(Number("optimisers", "gap_of_steps", gap, name) for name, gap in gaps.items()))
    trained, talents = train_fresh(context), _talents(context)
    for name in FAMILY:
        seeded = enumerate(trained[f"{name} test_accuracy"], context.seed + 1000)
        context.record(
            *(Number("optimisers", "accuracy_afresh", float(value), name, None, seed) for seed, value in seeded)
        )
    return [
        context.text("optimisers", "kinship"),
        context.text("optimisers", "afresh", seeds=str(len(trained["adam test_accuracy"]))),
        *(
            block
            for child in PARENTS
            for block in (_dots(context, child, trained), judged_child(context, child, gaps, trained, talents))
        ),
    ]


def train_fresh(context: LectureContext) -> ExperimentResult:
    """The family, and AMSGrad beside it, on the digits with fresh seeds.

    No example: it trains for seconds.
    """
    return train_afresh(context, (*FAMILY, "amsgrad"))


def _talents(context: LectureContext) -> ExperimentResult:
    """What each rule of the family does where its parents are good: "NAME loss" (problems,) and "NAME steps" (starts,).

    "NAME past" (rates,) is how far it overshoots at the rates that count.
    """
    seeds, count = context.seeds(12, 40), context.size(2000, 5000)
    spec = {"seeds": seeds, "count": count, "rates": RARE_RATES, "rules": FAMILY}
    scaled = context.compute(
        "optimisers-family-rare", spec, lambda progress: rare(FAMILY, seeds, count=count, progress=progress)
    )
    starts, names = context.size(32, 128), ("rmsprop", "adam")
    bowls = context.compute(
        "optimisers-family-ravine",
        {"seed": context.seed, "starts": starts, "angle": ANGLE, "rules": names, "contour": True},
        lambda progress: ravines(names, [RAVINE], angle=ANGLE, starts=starts, seed=context.seed, progress=progress),
    )  # fmt: skip
    past, counted = overshot(context), np.array(CURVATURES) <= 1 / STRIDES
    arrays = {f"{name} loss": scaled[f"{name} loss"] for name in FAMILY}
    arrays |= {f"{name} steps": bowls[f"{RAVINE} {name} steps"] for name in names}
    arrays |= {f"{name} past": past[f"{name} past"][counted] for name in ("adam", "nadam")}
    arrays |= {f"{name} past beyond": past[f"{name} past"][~counted] for name in ("adam", "nadam")}
    edges = [name for name, edge in zip(FAMILY, scaled["edge"], strict=True) if edge]
    edges += [name for name in names if bowls[f"{RAVINE} {name}"]["edge"] and name not in edges]
    return ExperimentResult(arrays, {"edges": edges})


def judged_child(
    context: LectureContext, child: str, gaps: dict[str, float], trained: ExperimentResult, talents: ExperimentResult
) -> Block:
    """The verdict on Adam or Nadam, *child*, from its *talents*; the *gaps* of its steps and the ranking stand aside.

    No example: see the tests, which give it numbers made by hand.
    """
    parents, language = PARENTS[child], context.language
    ranking = rank({name: trained[f"{name} test_accuracy"] for name in (child, *parents)})
    scaled = partial(paired, talents[f"{parents[1]} loss"], talents[f"{child} loss"])
    measured: dict[str, Estimate | Interval | Comparison] = {
        "scaling": scaled,
        **{name: exactly(gaps[name], UPDATES) for name in IDENTITIES[child]},
        **{f"over-{parent}": ranking.between(child, parent) for parent in parents},
    }
    words = {name: rounded(gap, language) if gap > 0 else "0" for name, gap in gaps.items()}
    words["scaling"] = interval_words(scaled(1 - RISK), language, 3)
    if child == "adam":
        measured["ravine"] = sooner = quotient(talents["rmsprop steps"], talents["adam steps"])
        words["sooner"] = interval_words(sooner(1 - RISK), language, 2)
    else:
        less = talents["adam past"] - talents["nadam past"]
        measured["brakes"] = exactly(float(less.mean()), less.size)
        beyond = talents["adam past beyond"] - talents["nadam past beyond"]
        words["less"], words["beyond"] = (number(100 * float(each.mean()), language, 1) for each in (less, beyond))
    record = conclude(context, child, measured, f"optimisers-family-{child}")
    said = [
        context.text("optimisers", f"{child}-joins-{record.verdict}", **words).markdown,
        context.text("optimisers", f"{child}-parents", **words).markdown,
        _won(context, ranking),
        conditional(context, [rule_title(context, name) for name in talents["edges"] if name in (child, *parents)]),
    ]
    return judged(context, record, text=" ".join(filter(None, said)))


def _won(context: LectureContext, ranking: Ranking) -> str:
    names = " > ".join(rule_title(context, name) for name in ranking.order)
    if ranking.winner is not None:
        return context.text("optimisers", "family-winner", winner=rule_title(context, ranking.winner)).markdown
    needed = "more" if ranking.needed is None else "needed"
    return context.text("optimisers", f"family-none-{needed}", order=names, needed=str(ranking.needed)).markdown


def _dots(context: LectureContext, child: str, trained: ExperimentResult) -> Figure:
    samples = []
    for name in (*PARENTS[child], child):
        values = 100 * trained[f"{name} test_accuracy"]
        finite = values[np.isfinite(values)]
        ends = interval(finite).bounds if len(finite) else None
        samples.append(figures.SeedValues(rule_title(context, name), values, ends, colour=FAMILY.index(name)))
    drawing = figures.spread(samples, quantity=context._("Test accuracy, %"), language=context.language)
    caption, alt = (context.text("optimisers", f"family-{part}").markdown for part in ("caption", f"alt-{child}"))
    return Figure(f"optimisers-family-{child}", drawing, caption, alt)

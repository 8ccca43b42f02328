"""Chapter 8, after the digits: what Adam and Nadam are made of (claims 19 and 20), and whether it shows in practice."""

from __future__ import annotations

import numpy as np

from ravine.lecture.chapters.optimisers_digits import train_afresh
from ravine.lecture.claims import exactly
from ravine.lecture.claims.criterion import rounded
from ravine.lecture.context import Context, Number, Outcome
from ravine.lecture.experiments.games import kinship
from ravine.lecture.said import conclude, judged
from ravine.optim import RULES
from ravine.study import Ranking, rank
from ravine.study.evidence import interval
from ravine.view import figures
from ravine.view.blocks import Block, Figure

__all__ = ["related"]

FAMILY = ("momentum", "nesterov", "rmsprop", "adam", "nadam")
PARENTS = {"adam": ("rmsprop", "momentum"), "nadam": ("adam", "nesterov")}
IDENTITIES = {"adam": ("corrected", "rmsprop", "momentum"), "nadam": ("nesterov",)}
UPDATES = 1000


def related(context: Context) -> list[Block]:
    """Claims 19 and 20: identities checked step by step, and rankings over fresh seeds, which may have no winner.

    No example: it trains for seconds.
    """
    made = context.compute(
        "optimisers-kinship", {"seed": context.seed, "corrected": True},
        lambda progress: kinship(updates=UPDATES, seed=context.seed),
    )  # fmt: skip
    gaps = {name: float(gap) for name, gap in zip(made["names"], made["gap"], strict=True)}
    context.record(*(Number("optimisers", "gap_of_steps", gap, name) for name, gap in gaps.items()))
    trained = train_afresh(context, FAMILY)
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
            for block in (_dots(context, child, trained), judged_child(context, child, gaps, trained))
        ),
    ]


def judged_child(context: Context, child: str, gaps: dict[str, float], trained: Outcome) -> Block:
    """The verdict on Adam or Nadam, *child*, from the *gaps* of its steps and the accuracies it was *trained* to.

    No example: see the tests, which give it numbers made by hand.
    """
    parents = PARENTS[child]
    ranking = rank({name: trained[f"{name} test_accuracy"] for name in (child, *parents)})
    measured = {
        **{name: exactly(gaps[name], UPDATES) for name in IDENTITIES[child]},
        **{f"over-{parent}": ranking.between(child, parent) for parent in parents},
    }
    record = conclude(context, child, measured, f"optimisers-family-{child}")
    words = {name: rounded(gap, context.language) if gap > 0 else "0" for name, gap in gaps.items()}
    said = [context.text("optimisers", f"{child}-parents-{record.verdict}", **words).markdown, _won(context, ranking)]
    return judged(context, record, text=" ".join(said))


def _won(context: Context, ranking: Ranking) -> str:
    names = " > ".join(RULES[name].title for name in ranking.order)
    if ranking.winner is not None:
        return context.text("optimisers", "family-winner", winner=RULES[ranking.winner].title).markdown
    needed = "more" if ranking.needed is None else "needed"
    return context.text("optimisers", f"family-none-{needed}", order=names, needed=str(ranking.needed)).markdown


def _dots(context: Context, child: str, trained: Outcome) -> Figure:
    samples = []
    for name in (*PARENTS[child], child):
        values = 100 * trained[f"{name} test_accuracy"]
        finite = values[np.isfinite(values)]
        samples.append(
            figures.Sample(
                RULES[name].title, values, interval(finite).bounds if len(finite) else None, colour=FAMILY.index(name)
            )
        )
    drawing = figures.spread(samples, quantity=context._("Test accuracy, %"), language=context.language)
    caption, alt = (context.text("optimisers", f"family-{part}").markdown for part in ("caption", f"alt-{child}"))
    return Figure(f"optimisers-family-{child}", drawing, caption, alt)

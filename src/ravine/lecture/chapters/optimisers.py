"""Chapter 8: the update rules, each by its equation, its paths, its curve on the digits, and what is claimed of it."""

from __future__ import annotations

from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.chapters.optimisers_digits import NAMES, on_digits
from ravine.lecture.chapters.optimisers_games import against_adam, benchmark
from ravine.lecture.chapters.optimisers_kinship import related
from ravine.lecture.chapters.optimisers_paths import on_landscapes
from ravine.lecture.chapters.optimisers_rates import falling, rare_features
from ravine.lecture.code_cells import Notebook
from ravine.lecture.context import LectureContext
from ravine.optim import RULES
from ravine.view.blocks import Block, Formula, Table

__all__ = ["PART"]

RULES_SHOWN = (*NAMES, "rprop")
"""The lecture's rules in its order; Rprop, which it names as a remedy, comes last."""

LATER = tuple(name for name in RULES if name not in RULES_SHOWN)

CELLS = (
    """
    import jax.numpy as jnp
    from ravine.optim import rule

    theta = jnp.array([1.0, 1.0])
    for text in ("sgd:0.1", "momentum:0.1", "adagrad:0.1", "adam:0.1"):
        descend = rule(text)
        state = descend.init(theta)
        for gradient in ([3.0, 0.1], [3.0, 0.1]):
            step, state = descend.update(jnp.array(gradient), state, theta)
        print(f"{descend.title:9} second step: {step[0]:.3f} {step[1]:.3f}")
    """,
    """
    from ravine.landscape import trajectory

    for text in ("sgd:0.032", "momentum:0.018", "nesterov:0.018"):
        path = trajectory("ravine", text, steps=60)
        print(f"{text:15}", " ".join(f"{value:8.3f}" for value in path.values[::15]))
    """,
)


def build(context: LectureContext) -> tuple[Block, ...]:
    """The blocks of the chapter."""
    notebook = Notebook()
    by_hand, walked = (notebook.run(cell) for cell in CELLS)
    return (
        context.text("optimisers", "intro"),
        *_equations(context),
        context.text("optimisers", "code"),
        by_hand,
        *on_landscapes(context, RULES_SHOWN, walked),
        *on_digits(context, NAMES),
        *related(context),
        *rare_features(context),
        *falling(context),
        *against_adam(context),
        *benchmark(context),
    )


def _equations(context: LectureContext) -> list[Block]:
    blocks: list[Block] = []
    for name in RULES_SHOWN:
        kind = RULES[name]
        blocks += [context.text("optimisers", name, paper=kind.paper), Formula(kind.equation)]
    rows = tuple((RULES[name].title, f"${RULES[name].equation}$", RULES[name].paper) for name in LATER)
    columns = (context._("Rule"), context._("Equation"), context._("Source"))
    return [*blocks, context.text("optimisers", "later"), Table(columns, rows)]


PART = ChapterSpec("optimisers", {"en": "Optimisers", "pl": "Optymalizatory"}, build, (40.0, 240.0))
"""The chapter."""

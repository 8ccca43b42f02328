"""Chapter 8, fourth part: Adagrad on rare features, its falling rate, and Adadelta and RMSprop beside it."""

from __future__ import annotations

import numpy as np

from ravine.lecture.claims import exactly
from ravine.lecture.context import Context, Number, Outcome
from ravine.lecture.experiments.sparse import RATES, effective_rates, moved, rare
from ravine.lecture.said import conclude, judged
from ravine.optim import RULES
from ravine.study.evidence import interval, paired
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Table

__all__ = ["falling", "rare_features"]

RIVALS = ("sgd", "adagrad", "adadelta", "rmsprop")
ADAPTIVE = RIVALS[1:]


def _rates(context: Context, made: Outcome, name: str) -> str:
    place = RIVALS.index(name)
    return number(float(made["rate"][place]), context.language) + ("*" if made["edge"][place] else "")


def rare_features(context: Context) -> list[Block]:
    """Claim 16: on rare features, SGD's loss exceeds Adagrad's, problem by problem.

    No example: it learns for seconds.
    """
    _, language = context._, context.language
    seeds, count = context.seeds(12, 40), context.size(2000, 5000)
    spec = {"seeds": seeds, "count": count, "rates": RATES, "rules": RIVALS}
    made = context.compute(
        "optimisers-rare", spec, lambda progress: rare(RIVALS, seeds, count=count, progress=progress)
    )
    rows = []
    for name in RIVALS:
        losses = made[f"{name} loss"]
        context.record(
            *(
                Number("optimisers", "rare_features_loss", float(loss), name, None, seed)
                for seed, loss in zip(seeds, losses, strict=True)
            )
        )
        gain = "–" if name == "sgd" else interval_words(paired(made["sgd loss"], losses), language, 3)
        loss_words = interval_words(interval(losses), language, 3)
        rows.append((RULES[name].title, _rates(context, made, name), loss_words, gain))
    better = paired(made["sgd loss"], made["adagrad loss"])
    words = {
        "count": number(count, language),
        "share": number(100 * made["share"], language),
        "seeds": str(len(seeds)),
        "gain": interval_words(better, language, 3),
        "rates": str(len(RATES)),
    }
    columns = (_("Rule"), _("Rate"), _("Loss on new examples"), _("Gain over SGD"))
    samples = [
        figures.Sample(RULES[name].title, made[f"{name} loss"], interval(made[f"{name} loss"]).bounds, colour=place)
        for place, name in enumerate(RIVALS)
    ]
    drawing = figures.spread(samples, quantity=_("Loss on new examples"), language=language)
    record = conclude(context, "rare", {"gain": better}, "optimisers-rare")
    return [
        context.text("optimisers", "rare", **words),
        Figure("optimisers-rare", drawing, context.text("optimisers", "rare-dots", **words).markdown,
               context.text("optimisers", "rare-alt").markdown),
        Table(columns, tuple(rows), context.text("optimisers", "rare-caption", **words).markdown, "lrrr"),
        judged(context, record, **words),
    ]  # fmt: skip


def falling(context: Context) -> list[Block]:
    """Claims 17 and 18: Adagrad's rate falls, so that it follows a minimum that moves worse; its heirs do not.

    No example: it learns for seconds.
    """
    _, language = context._, context.language
    seeds, steps = context.seeds(12, 40), context.size(2000, 10_000)
    spec = {"seeds": seeds, "steps": steps, "rates": RATES, "rules": RIVALS}
    made = context.compute(
        "optimisers-moved", spec, lambda progress: moved(RIVALS, seeds, steps=steps, progress=progress)
    )
    factors = context.compute(
        "optimisers-factors",
        {"rules": ADAPTIVE, "seed": context.seed},
        lambda progress: effective_rates(ADAPTIVE, seed=context.seed),
    )
    loss = {name: paired(made[f"{name} second"], made[f"{name} first"]) for name in RIVALS}
    rows = []
    for place, name in enumerate(RIVALS):
        slope = "–" if name == "sgd" else number(float(factors["slope"][place - 1]), language, 2)
        if name != "sgd":
            context.record(Number("optimisers", "slope_of_rate", float(factors["slope"][place - 1]), name))
        for half in ("first", "second"):
            context.record(
                *(
                    Number("optimisers", f"moved_{half}", float(value), name, None, seed)
                    for seed, value in zip(seeds, made[f"{name} {half}"], strict=True)
                )
            )
        halves = (interval_words(interval(made[f"{name} {half}"]), language, 3) for half in ("first", "second"))
        whole = interval_words(loss[name], language, 3)
        rows.append((RULES[name].title, slope, _rates(context, made, name), *halves, whole))
    words = {
        "steps": number(steps, language),
        "seeds": str(len(seeds)),
        "rates": str(len(RATES)),
        "adagrad": interval_words(loss["adagrad"], language, 3),
        "slope": number(float(factors["slope"][0]), language, 2),
    }
    cured = {}
    for name in ("adadelta", "rmsprop"):
        cured[name] = paired(
            made["adagrad second"] - made["adagrad first"], made[f"{name} second"] - made[f"{name} first"]
        )
        level = paired(made[f"{name} second"], made["adagrad second"])
        words |= {
            name: interval_words(loss[name], language, 3),
            f"cure-{name}": interval_words(cured[name], language, 3),
            f"level-{name}": interval_words(level, language, 3),
        }
    fall = conclude(
        context, "fall", {"slope": exactly(factors["slope"][0], 100), "harm": loss["adagrad"]}, "optimisers-factors"
    )
    cure = conclude(context, "cure", cured, "optimisers-moved")
    columns = (
        _("Rule"),
        _("Slope of the rate"),
        _("Rate"),
        _("Loss before the move"),
        _("Loss after the move"),
        _("Change"),
    )
    return [
        context.text("optimisers", "falling", **words),
        _figure(
            context,
            "factors",
            [
                figures.Panel(
                    _("Rate, relative to step 1000"),
                    [
                        figures.Runs(RULES[name].title, factors["steps"], factors[name], colour=RIVALS.index(name))
                        for name in ADAPTIVE
                    ],
                    log=True,
                )
            ],
            _("Updates"),
            log_x=True,
        ),
        context.text("optimisers", "moved", **words),
        _figure(
            context,
            "moved",
            [
                figures.Panel(
                    _("Loss"),
                    [
                        figures.Runs(RULES[name].title, made["steps"], np.asarray(made[f"{name} curve"]))
                        for name in RIVALS
                    ],
                    log=True,
                )
            ],
            _("Updates"),
            log_x=False,
        ),
        Table(columns, tuple(rows), context.text("optimisers", "moved-table", **words).markdown, "lrrrrr"),
        judged(context, fall, **words),
        judged(context, cure, **words),
    ]  # fmt: skip


def _figure(context: Context, name: str, panels: list[figures.Panel], label: str, *, log_x: bool) -> Figure:
    drawing = figures.learning_curves(panels, x_label=label, columns=1, log_x=log_x, language=context.language)
    caption, alt = (context.text("optimisers", f"{name}-{part}").markdown for part in ("caption", "alt"))
    return Figure(f"optimisers-{name}", drawing, caption, alt)

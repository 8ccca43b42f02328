"""Chapter 8, fourth part: Adagrad on rare features, its falling rate, and Adadelta and RMSprop beside it."""

from __future__ import annotations

from functools import partial

import numpy as np

from ravine.lecture.claims import RISK, Estimate
from ravine.lecture.context import ExperimentResult, LectureContext, Number
from ravine.lecture.experiments.falling import rates_in_training
from ravine.lecture.experiments.sparse import RATES, effective_rates, moved, rare
from ravine.lecture.notes import conclude, conditional, judged, rule_title
from ravine.stats import interval, paired
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Table

__all__ = ["edges", "falling", "rare_features"]

RIVALS = ("sgd", "adagrad", "adadelta", "rmsprop")
ADAPTIVE = RIVALS[1:]


def _rates(context: LectureContext, made: ExperimentResult, name: str) -> str:
    place = RIVALS.index(name)
    return number(float(made["rate"][place]), context.language) + ("*" if made["edge"][place] else "")


def rare_features(context: LectureContext) -> list[Block]:
    """Claim 16: on rare features SGD's loss exceeds Adagrad's, and by more than on a dense control.

    The slide: Adagrad is "splendid for training on sparse data". Then it must gain over SGD where features are rare,
    and gain more than where none is: that is what sparsity has to do with it. Refuted if SGD's loss is the smaller on
    rare features, or if Adagrad's gain is larger on the dense control, which has as many features and as much noise.
    Both rules are tuned on each. The two parts share one risk of error.

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
        rows.append((rule_title(context, name), _rates(context, made, name), loss_words, gain))
    control = context.compute(
        "optimisers-dense", {**spec, "rules": RIVALS[:2]},
        lambda progress: rare(RIVALS[:2], seeds, dense=True, count=count, progress=progress),
    )  # fmt: skip
    gains = {name: each["sgd loss"] - each["adagrad loss"] for name, each in (("rare", made), ("dense", control))}
    for seed, value in zip(seeds, gains["dense"], strict=True):
        context.record(Number("optimisers", "gain_on_dense_features", float(value), "adagrad", None, seed))
    words = {
        "count": number(count, language),
        "share": number(100 * made["share"], language),
        "seeds": str(len(seeds)),
        "gain": interval_words(interval(gains["rare"]), language, 3),
        "dense": interval_words(interval(gains["dense"]), language, 3),
        "more": interval_words(paired(gains["rare"], gains["dense"]), language, 3),
        "rates": str(len(RATES)),
    }
    columns = (_("Rule"), _("Rate"), _("Loss on new examples"), _("Gain over SGD"))
    samples = [
        figures.SeedValues(
            rule_title(context, name), made[f"{name} loss"], interval(made[f"{name} loss"]).bounds, colour=place
        )
        for place, name in enumerate(RIVALS)
    ]
    drawing = figures.spread(samples, quantity=_("Loss on new examples"), language=language)
    measured = {"gain": partial(interval, gains["rare"]), "interaction": partial(paired, gains["rare"], gains["dense"])}
    record = conclude(context, "rare", measured, "optimisers-rare")
    said = [context.text("optimisers", f"rare-{record.verdict}", **words).markdown, edges(context, made, control)]
    return [
        context.text("optimisers", "rare", **words),
        Figure("optimisers-rare", drawing, context.text("optimisers", "rare-dots", **words).markdown,
               context.text("optimisers", "rare-alt").markdown),
        Table(columns, tuple(rows), context.text("optimisers", "rare-caption", **words).markdown, "lrrr"),
        judged(context, record, text=" ".join(filter(None, said))),
    ]  # fmt: skip


def edges(context: LectureContext, *outcomes: ExperimentResult) -> str:
    """The sentence on the rules whose best rate is an end of those tried in one of the *outcomes*.

    No example: it needs a context.
    """
    found = {name for made in outcomes for name, edge in zip(RIVALS, made["edge"], strict=False) if edge}
    return conditional(context, [rule_title(context, name) for name in RIVALS if name in found])


def falling(context: LectureContext) -> list[Block]:
    """Claims 17 and 18: Adagrad's rate falls, so that it follows a minimum that moves worse; its heirs do not.

    The slides: Adagrad's rate "may sometimes fall rapidly"; Adadelta and RMSprop "cope with the problem". That the rate
    falls as the root of time where gradients stay as they are is arithmetic and decides nothing. While a network learns
    its gradients shrink, and the rate need not fall: claim 17 is refuted if there, at the tuned rate, it falls more
    slowly than the fourth root of the number of updates, or if a minimum that moves does no harm to Adagrad. Claim 18
    is refuted if the move adds more to the loss of either heir than to Adagrad's. Each claim's two parts share one
    risk of error.

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
    trained = context.compute(
        "optimisers-falling",
        {"seeds": context.seeds(6, 12), "updates": context.size(400, 1500), "data": context.digits.fingerprint},
        lambda progress: rates_in_training(
            context.digits, context.seeds(6, 12), updates=context.size(400, 1500), progress=progress
        ),
    )
    for seed, value in enumerate(trained["slope"], context.seed):
        context.record(Number("optimisers", "slope_of_rate_in_training", float(value), "adagrad", None, seed))
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
        rows.append((rule_title(context, name), slope, _rates(context, made, name), *halves, whole))
    words = {
        "steps": number(steps, language),
        "seeds": str(len(seeds)),
        "rates": str(len(RATES)),
        "adagrad": interval_words(loss["adagrad"], language, 3),
        "slope": number(float(factors["slope"][0]), language, 2),
        "trained": interval_words(interval(trained["slope"]), language, 2),
        "updates": number(trained["count"], language),
    }
    cured: dict[str, Estimate] = {}
    for name in ("adadelta", "rmsprop"):
        cured[name] = partial(
            paired, made["adagrad second"] - made["adagrad first"], made[f"{name} second"] - made[f"{name} first"]
        )
        level = paired(made[f"{name} second"], made["adagrad second"])
        words |= {
            name: interval_words(loss[name], language, 3),
            f"cure-{name}": interval_words(cured[name](1 - RISK), language, 3),
            f"level-{name}": interval_words(level, language, 3),
        }
    measured = {
        "slope": partial(interval, trained["slope"]),
        "harm": partial(paired, made["adagrad second"], made["adagrad first"]),
    }
    fall = conclude(context, "fall", measured, "optimisers-factors")
    cure = conclude(context, "cure", cured, "optimisers-moved")
    conditions = [conditional(context, ["Adagrad"] if trained["edge"] else []), edges(context, made)]
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
                        figures.Runs(
                            rule_title(context, name), factors["steps"], factors[name], colour=RIVALS.index(name)
                        )
                        for name in ADAPTIVE
                    ],
                    log=True,
                ),
                figures.Panel(
                    _("Rate while a network learns, relative to step 11"),
                    [figures.Runs(rule_title(context, "adagrad"), trained["updates"], trained["rate"], colour=1)],
                    log=True,
                ),
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
                        figures.Runs(rule_title(context, name), made["steps"], np.asarray(made[f"{name} curve"]))
                        for name in RIVALS
                    ],
                    log=True,
                )
            ],
            _("Updates"),
            log_x=False,
        ),
        Table(columns, tuple(rows), context.text("optimisers", "moved-table", **words).markdown, "lrrrrr"),
        *(
            judged(context, record, text=" ".join(filter(None, (
                context.text("optimisers", f"{record.claim.slug}-{record.verdict}", **words).markdown, *said,
            ))))
            for record, said in ((fall, conditions), (cure, conditions[1:]))
        ),
    ]  # fmt: skip


def _figure(context: LectureContext, name: str, panels: list[figures.Panel], label: str, *, log_x: bool) -> Figure:
    drawing = figures.learning_curves(panels, x_label=label, columns=1, log_x=log_x, language=context.language)
    caption, alt = (context.text("optimisers", f"{name}-{part}").markdown for part in ("caption", "alt"))
    return Figure(f"optimisers-{name}", drawing, caption, alt)

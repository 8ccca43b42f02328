"""Chapter 8, last part: the game on which Adam fails, and a benchmark with numbers in print."""

from __future__ import annotations

import numpy as np

from ravine.lecture.chapters.optimisers_kinship import train_fresh
from ravine.lecture.claims import exactly
from ravine.lecture.context import LectureContext, Number
from ravine.lecture.experiments.games import QUADRATIC, games, quadratic
from ravine.lecture.notes import conclude, judged, rule_title
from ravine.lecture.published import published
from ravine.optim import rule
from ravine.stats import interval, paired
from ravine.view import figures, interval_words, number
from ravine.view.blocks import Block, Figure, Formula, Published, PublishedComparison

__all__ = ["against_adam", "benchmark"]

PLAYERS = ("adam", "amsgrad")


def against_adam(context: LectureContext) -> list[Block]:
    """Claim 21: Adam and AMSGrad on the digits; the games of Reddi, Kale and Kumar stand beside it, with their print.

    The slide: AMSGrad is "better suited to tasks such as object recognition or machine translation". The digits are a
    small task of recognition: there the claim is refuted if, at tuned rates and with fresh seeds, Adam is the more
    accurate. Machine translation is not tested here, so that the claim is at best "not tested here". That AMSGrad
    converges in games on which Adam fails, as its authors show, is exact, and is not what the slide says.

    No example: it plays for seconds.
    """
    _, language = context._, context.language
    sizes = {"short": 100_000, "long": 1_000_000}
    made = context.compute("optimisers-games", sizes, lambda progress: games(progress=progress, **sizes))
    ends = {
        (game, player): float(made[f"{game} {player} x"][-1]) for game in ("theorem", "synthetic") for player in PLAYERS
    }
    regret = float(made["theorem adam regret"][-1])
    printed = {
        ("theorem", "amsgrad"): published("amsgrad.theorem.amsgrad"),
        ("synthetic", "adam"): published("amsgrad.synthetic.adam"),
        ("synthetic", "amsgrad"): published("amsgrad.synthetic.amsgrad"),
    }
    context.record(
        *(
            Number("optimisers", f"{game}_end", end, player, published=printed.get((game, player)))
            for (game, player), end in ends.items()
        ),
        Number("optimisers", "theorem_regret", regret, "adam", published=made["limit"]),
    )
    rows = [PublishedComparison(_("Theorem 1: Adam's mean regret"), made["limit"], regret, digits=4)]
    called = {"theorem": _("Theorem 1"), "synthetic": _("Long game")}
    for (game, player), value in printed.items():
        place = _("{game}: where {rule} ends").format(game=called[game], rule=rule_title(context, player))
        rows.append(PublishedComparison(place, value, ends[game, player], digits=3))
    # The optimum is -1, and the games are played for rounds without chance.
    rounds = {"theorem": sizes["short"], "synthetic": sizes["long"]}
    trained = train_fresh(context)
    better = paired(*(np.nan_to_num(trained[f"{name} test_accuracy"], nan=0.1) for name in ("amsgrad", "adam")))
    played = {f"{player}-{game}": exactly(end + 1, rounds[game]) for (game, player), end in ends.items()}
    record = conclude(context, "games", {"recognition": better, **played}, "optimisers-theorem")
    words = {f"{game}-{player}": number(end, language, 3) for (game, player), end in ends.items()}
    words |= {key: number(value, language) for key, value in sizes.items()}
    words |= {"better": interval_words(better, language, 2, 100), "seeds": str(better.count)}
    failed = ends["theorem", "adam"] > 0 and ends["synthetic", "adam"] > 0
    said = [f"games-{record.verdict}", "games-played" if failed else "games-played-otherwise"]
    otherwise = _("otherwise")
    blocks: list[Block] = [
        context.text("optimisers", "games", **words),
        Formula(
            r"f_t(x) = g_t x,\ x \in [-1, 1],\qquad g_t = \begin{cases} C & t \bmod 3 = 1 \\ "
            rf"-1 & \text{{{otherwise}}} \end{{cases}},\qquad "
            r"\beta_1 = 0,\ \beta_2 = \frac{1}{1 + C^2},\ \eta_t = \frac{0.1}{\sqrt t}"
        ),
    ]
    for game in called:
        curves = [
            figures.Curve(rule_title(context, player), made[f"{game} steps"], made[f"{game} {player} x"])
            for player in PLAYERS
        ]
        drawing = figures.counterexample(curves, language=language)
        caption, alt = (context.text("optimisers", f"{game}-{part}", **words).markdown for part in ("caption", "alt"))
        blocks.append(Figure(f"optimisers-{game}", drawing, caption, alt))
    return [
        *blocks,
        Published(tuple(rows), context.text("optimisers", "games-print").markdown),
        judged(context, record, text=" ".join(context.text("optimisers", each, **words).markdown for each in said)),
    ]


def benchmark(context: LectureContext) -> list[Block]:
    """DeepOBS's quadratic_deep beside its published runs.

    No example: it trains for seconds.
    """
    _, seeds = context._, context.size(5, 20)
    made = context.compute(
        "optimisers-quadratic",
        {"seeds": seeds, "rules": QUADRATIC},
        lambda progress: quadratic(seeds, progress=progress),
    )
    called = {"initial": _("At the start")}
    for name, text in QUADRATIC.items():
        each = rule(text)
        called[name] = f"{_(each.title)}, {_('rate')} {number(each.learning_rate, context.language)}"
    rows, inside = [], 0
    for name, label in called.items():
        value, ours = published(f"quadratic_deep.{name}"), np.asarray(made[name], np.float64)
        one = name == "initial"
        mean = interval(ours[:1] if one else ours)
        context.record(
            *(
                Number("optimisers", "quadratic_deep", float(loss), name, None, seed, value)
                for seed, loss in enumerate(ours)
            )
        )
        inside += not one and float(ours.min()) <= value <= float(ours.max())
        rows.append(PublishedComparison(label, value, mean.mean, mean.bounds, None if one else mean.count, digits=3))
    words = {"seeds": str(seeds), "inside": str(inside), "all": str(len(QUADRATIC))}
    return [
        context.text("optimisers", "quadratic", **words),
        Published(tuple(rows), context.text("optimisers", "quadratic-caption", **words).markdown),
        context.text("optimisers", "quadratic-print", **words),
    ]

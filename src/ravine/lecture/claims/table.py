"""The 21 claims of the lecture, and the thresholds that decide about them."""

from __future__ import annotations

from ravine.core import RavineError, nearest
from ravine.lecture.claims.criterion import Claim, Criterion

__all__ = [
    "BADLY",
    "BEST",
    "BRAKES",
    "CLAIMS",
    "DANGER",
    "FALLS",
    "GOOD",
    "IDENTICAL",
    "LEAVES",
    "LIMIT",
    "NEAR",
    "PAST",
    "ROUNDINGS",
    "SPARSE",
    "TIES",
    "TURNS",
    "WRONG",
    "claim",
]

SPARSE = 0.25
"""Activations are called sparse from this share of exact zeros on."""
DANGER = 0.1
"""What may happen is worth a warning from one network in ten on."""
LIMIT = 1e-6
"""How far a distance in double precision may depart from its formula, relative to it."""
ROUNDINGS = 4.0
"""By how many units in the last place of 1 two formulas for one number in [-1, 1] may differ: two roundings each."""
BADLY = 10.0
"""A rule copes badly with ravines if one that is a hundred times as narrow costs it more than the root of that."""
BEST = -0.001
"""A network is better than another from a tenth of a percentage point of accuracy on."""
GOOD = 0.8
"""A choice is called good while no other costs less than four fifths of it."""
LEAVES = 0.05
"""Noise drives networks out of minima if it does so to more than one in twenty beyond those that leave without."""
TURNS = 0.5
"""A path zigzags if it turns back at more than this share of its steps."""
PAST = 0.1
"""A method overshoots if it runs past the minimum by more than this share of the way down."""
TIES = -1e-3
"""Overshoots that differ by less than this share of the way down count as equal: of both, rounding is left."""
BRAKES = 0.01
"""To brake is to overshoot less by more than this share of the way down."""
FALLS = -0.25
"""A rate falls too fast if it falls faster than the fourth root of the number of updates."""
IDENTICAL = 1e-12
"""What rounding in double precision may make of steps of at most 1, over a thousand updates."""
WRONG = 1.0
"""Ends in the wrong half of [-1, 1] are farther than this from the optimum -1."""
NEAR = 0.01
"""Within this distance of the optimum a player has arrived."""

REMEDIES = ("rmsprop", "rprop", "relu", "softplus", "dropout", "data")
"""The remedies of the slide that are tried on the digits."""
GAMES = ("theorem", "synthetic")
"""The games of Reddi, Kale and Kumar (2018)."""
POINTS = {"unit": "share", "scale": 100.0, "sign": "points"}
SHARE = {"unit": "share", "scale": 100.0, "sign": "%"}


def _points(key: str, least: float = 0.0, digits: int = 1, **options: object) -> Criterion:
    return Criterion(key, least, digits=digits, **POINTS, **options)  # type: ignore[arg-type]


def _share(key: str, least: float, digits: int = 0, **options: object) -> Criterion:
    return Criterion(key, least, digits=digits, **SHARE, **options)  # type: ignore[arg-type]


def _ratio(key: str, least: float = 1.0, **options: object) -> Criterion:
    return Criterion(key, least, unit="ratio", digits=2, **options)  # type: ignore[arg-type]


def _exact(
    key: str, least: float, unit: str, *, below: bool = True, digits: int | None = None, aside: bool = False
) -> Criterion:
    return Criterion(key, least, unit=unit, below=below, how="exact", digits=digits, aside=aside)


def _better(key: str) -> Criterion:
    return _points(key, digits=2, how="ranking", aside=True)


CLAIMS: tuple[Claim, ...] = (
    Claim(1, "depth", "vanishing", (Criterion("logistic", unit="powers of ten", digits=3),
                                    Criterion("tanh", unit="powers of ten", digits=3))),
    Claim(2, "rectifier", "vanishing", (Criterion("eased-logistic", digits=2), Criterion("eased-tanh", digits=2),
                                        Criterion("faster-logistic", unit="nats", digits=2),
                                        Criterion("faster-tanh", unit="nats", digits=2))),
    Claim(3, "cost", "activations", tuple(_exact(key, 1.0, "ratio", below=False, digits=2)
                                          for key in ("logistic", "tanh"))),
    Claim(4, "sparse", "vanishing", (_share("zeros", SPARSE, digits=1), Criterion("speed", how="untested"))),
    Claim(5, "explosion", "vanishing", (_ratio("factor"), _share("dead", DANGER))),
    Claim(6, "softplus", "activations", (_exact("distance", LIMIT, "ratio"),)),
    Claim(7, "tanh", "activations", tuple(_exact(key, ROUNDINGS, "epsilon", digits=1)
                                          for key in ("float32", "float64"))),
    Claim(8, "remedies", "vanishing", (
        *(_ratio(key) for key in (*REMEDIES, "lstm")),
        *(_points(f"{key}-learns", aside=True) for key in REMEDIES),
        Criterion("lstm-learns", unit="squared error", aside=True),
        _ratio("longer", aside=True), _points("longer-learns", aside=True),
        Criterion("lstm-start", unit="powers of ten", digits=1, aside=True))),
    Claim(9, "overfitting", "mlp", (Criterion("loss", unit="nats", digits=4),
                                    Criterion("gap", unit="nats", digits=4, aside=True),
                                    _points("accuracy", digits=2, aside=True))),
    Claim(10, "deeper", "deep", (_points("depth", BEST, digits=2),
                                 *(_points(key, BEST, digits=2, aside=True)
                                   for key in ("whole", "activation", "width", "epochs")))),
    Claim(11, "variants", "descent", (_ratio("single"), _ratio("mini"), Criterion("steadier", unit="nats"),
                                      _ratio("both-operations", aside=True), _ratio("both-updates", aside=True))),
    Claim(12, "escape", "descent", (_points("poor", LEAVES), _points("good", LEAVES), _points("networks", aside=True),
                                    _points("valley-poor", aside=True), _points("valley-good", aside=True))),
    Claim(13, "typical", "descent", (_ratio("outside", GOOD), _ratio("operations", GOOD, aside=True),
                                     _ratio("updates", GOOD, aside=True))),
    Claim(14, "zigzag", "optimisers", (_ratio("badly", BADLY), *(_ratio(f"sooner-{c}") for c in (10, 100, 1000)),
                                       _share("turns", TURNS, aside=True), _points("fewer", digits=0, aside=True))),
    Claim(15, "brakes", "optimisers", (_share("past", PAST, how="exact"),
                                       _share("never", TIES, digits=2, how="exact"),
                                       _share("less", BRAKES, digits=1, how="exact"))),
    Claim(16, "rare", "optimisers", (Criterion("gain", unit="nats"), Criterion("interaction", unit="nats"))),
    Claim(17, "fall", "optimisers", (Criterion("slope", FALLS, unit="exponent", below=True, digits=2),
                                     Criterion("harm", unit="squared error"))),
    Claim(18, "cure", "optimisers", (Criterion("adadelta", unit="squared error"),
                                     Criterion("rmsprop", unit="squared error"))),
    Claim(19, "adam", "optimisers", (
        Criterion("scaling", unit="nats"), _ratio("ravine"),
        *(_exact(key, IDENTICAL, "step", aside=True) for key in ("corrected", "rmsprop", "momentum")),
        _better("over-rmsprop"), _better("over-momentum"))),
    Claim(20, "nadam", "optimisers", (
        Criterion("scaling", unit="nats"), _share("brakes", BRAKES, digits=1, how="exact"),
        _exact("nesterov", IDENTICAL, "step", aside=True), _better("over-adam"), _better("over-nesterov"))),
    Claim(21, "games", "optimisers", (
        _points("recognition", digits=2), Criterion("translation", how="untested"),
        *(_exact(f"adam-{game}", WRONG, "x", below=False, digits=3, aside=True) for game in GAMES),
        *(_exact(f"amsgrad-{game}", NEAR, "x", digits=3, aside=True) for game in GAMES))),
)  # fmt: skip
"""Every claim of the lecture, in its order.

No example: a table.
"""


def claim(name: str | int) -> Claim:
    """The claim with the slug or the number *name*.

    >>> claim("rare").number, claim(16).slug, claim("16").chapter
    (16, 'rare', 'optimisers')
    """
    numbered = {str(each.number): each for each in CLAIMS}
    named = {each.slug: each for each in CLAIMS}
    found = numbered.get(str(name)) or named.get(str(name))
    if found is None:
        raise RavineError(f"unknown claim {name!r}: {nearest(str(name), named)}, or a number from 1 to {len(CLAIMS)}")
    return found

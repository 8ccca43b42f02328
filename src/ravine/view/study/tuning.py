"""What the tuning of a study tried: rates, budgets, all hyper-parameters at once, swept pairs."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.view import figures
from ravine.view.blocks import Figure
from ravine.view.i18n import number, translator
from ravine.view.study.figures import shown
from ravine.view.study.labels import capital, quantity_name, setting_words

if TYPE_CHECKING:
    from ravine.stats import Ranking
    from ravine.study import Findings

__all__ = ["attempts"]

RATE = "learning_rate"
SIDE = 24
"""Values of an axis beyond which a field is too small for its number."""


class _Tried:
    """The settings tried for one rival, the mean score of each over its seeds (NaN: a run was lost), and its words."""

    def __init__(self, rival: str, texts: list[str], values: Any, language: str) -> None:
        _ = translator(language)
        texts_of = np.array(texts)
        tried = list(dict.fromkeys(texts))
        settings = [json.loads(text) for text in tried]
        scores = np.array([values[texts_of == text].mean() for text in tried])
        self.rival, self.settings, self.scores = rival, settings, scores
        self.names = [
            f"{rival}, {setting_words(setting, language)}: "
            + (_("diverged") if math.isnan(score) else number(score, language, 4))
            for setting, score in zip(settings, scores, strict=True)
        ]

    @property
    def numeric(self) -> list[str]:
        """Hyper-parameters that every setting gives as a number and that differ."""
        first = self.settings[0] if self.settings else {}
        return [
            name for name in sorted(first, key=lambda name: name != RATE)
            if all(isinstance(each.get(name), int | float) for each in self.settings)
            and len({each[name] for each in self.settings}) > 1
        ]  # fmt: skip

    def values(self, name: str) -> Any:
        return np.array([float(each[name]) for each in self.settings])


def attempts(findings: Findings, problem: str, ranking: Ranking, key: str, language: str) -> list[Figure]:
    """The figures of the tuning on *problem*; none where nothing was tried.

    No example: see `ravine.view.study_report`.
    """
    import polars as pl

    from ravine.train import rises

    if not {"setting", "score"} <= set(findings.members.columns):
        return []
    score = findings.protocol.score if findings.protocol else findings.quantity
    here = findings.members.filter((pl.col("problem") == problem) & (pl.col("phase") == "tune"))
    tried = []
    for name in shown(findings, ranking):
        # A rule's own setting is tried too; it is empty, and has no place on the axis of a rate.
        own = here.filter((pl.col("rival") == name) & (pl.col("setting").fill_null("{}") != "{}"))
        scores = own["score"].cast(pl.Float64).fill_null(math.nan).to_numpy()
        if len(scores):
            made = _Tried(name, own["setting"].to_list(), scores, language)
            tried += [made] if len(made.scores) > 1 and np.isfinite(made.scores).any() else []
    colours = shown(findings, ranking)
    chosen = _chosen(findings, problem)
    quantity = capital(quantity_name(score, language))
    common = (tried, colours, quantity, rises(score), key, language)
    return [*_rates(*common, chosen), *_budgets(*common), *_settings(*common), *_fields(*common)]


def _chosen(findings: Findings, problem: str) -> dict[str, float]:
    import polars as pl

    final = findings.members.filter((pl.col("problem") == problem) & (pl.col("phase") == "final"))
    one = pl.when(pl.col("setting").n_unique() == 1).then(pl.col("setting").first())
    given = final.group_by("rival", maintain_order=True).agg(one).iter_rows()
    return {rival: rate for rival, text in given if (rate := json.loads(text or "{}").get(RATE)) is not None}


def _rates(
    tried: list[_Tried], colours: dict[str, int], quantity: str, higher: bool, key: str, language: str,
    chosen: dict[str, float],
) -> list[Figure]:  # fmt: skip
    from ravine.stats import plateau

    _ = translator(language)
    swept = [each for each in tried if RATE in each.numeric and (each.values(RATE) > 0).all()]
    if not swept:
        return []
    sweeps = []
    for each in swept:
        sweep = figures.Sweep(each.rival, each.values(RATE), each.scores, chosen.get(each.rival), names=each.names)
        rates, best = sweep.along(higher)
        near = 0.01 if higher else 0.1 * abs(float(np.nanmin(best)))
        room = plateau(rates, best, near, higher=higher)
        sweeps.append(replace(sweep, room=room, colour=colours[each.rival]))
    near_words = number(0.01, language) if higher else _("10%")
    caption = _(
        "How much each rule depends on its learning rate: a dot for every setting that was tried, a line along the "
        "best at each rate. The bars above are the room: rates around the best that come within {near} of its "
        "score. Other hyper-parameters vary too, so that lines need not be smooth."
    ).format(near=near_words)
    drawing = figures.sensitivity_curve(sweeps, quantity=quantity, higher=higher, language=language)
    return [Figure(f"rates-{key}", drawing, caption, _("Scores over learning rates, one line for each rival."))]


def _budgets(
    tried: list[_Tried], colours: dict[str, int], quantity: str, higher: bool, key: str, language: str
) -> list[Figure]:
    from ravine.stats import median_best_of

    _ = translator(language)
    curves = []
    for each in tried:
        if each.numeric:
            best = median_best_of(each.scores, higher=higher)
            curves.append(figures.Curve(each.rival, np.arange(1, len(best) + 1), best, colours[each.rival]))
    if not curves:
        return []
    caption = _(
        "What tuning buys: draw so many of the settings tried at random, and in half of all draws the best one comes "
        "to this score. A setting that diverged is worse than any other, so that a line begins where half of the draws "
        "hold one that did not. Where two lines cross, the better rival depends on the budget."
    )
    drawing = figures.best_of_curve(curves, quantity=quantity, language=language)
    return [Figure(f"budgets-{key}", drawing, caption, _("Rising lines that flatten, one for each rival."))]


def _settings(
    tried: list[_Tried], colours: dict[str, int], quantity: str, higher: bool, key: str, language: str
) -> list[Figure]:
    _ = translator(language)
    panels = []
    for each in tried:
        if len(each.numeric) > 1:
            values = np.stack([each.values(name) for name in each.numeric], axis=1)
            panels.append(figures.Trials(each.rival, each.numeric, values, each.scores, each.names))
    if not panels:
        return []
    columns = 2 if max(len(panel.axes) for panel in panels) < 4 else 1
    drawing = figures.parallel_coordinates(
        panels, quantity=_("score"), higher=higher, columns=min(columns, len(panels)), language=language
    )
    caption = _(
        "All hyper-parameters of all settings tried: each line is a setting and ends at its score ({quantity}). An "
        "axis along which blue and orange lines mix matters little."
    ).format(quantity=quantity[:1].lower() + quantity[1:])
    return [Figure(f"settings-{key}", drawing, caption, _("Lines across parallel axes, one for each setting."))]


def _fields(
    tried: list[_Tried], colours: dict[str, int], quantity: str, higher: bool, key: str, language: str
) -> list[Figure]:
    """A heat map for each rival of which exactly two numbers were swept on a grid."""
    _ = translator(language)
    made = []
    for place, each in enumerate(tried, 1):
        if len(each.numeric) != 2:
            continue
        x_name, y_name = each.numeric
        x, y = (np.unique(each.values(name)) for name in each.numeric)
        if min(len(x), len(y)) < 2 or max(len(x), len(y)) > SIDE:
            continue
        z = np.full((len(y), len(x)), np.nan)
        pairs = np.stack([np.searchsorted(y, each.values(y_name)), np.searchsorted(x, each.values(x_name))], axis=1)
        if len(np.unique(pairs, axis=0)) < z.size:
            continue
        for row, column in np.unique(pairs, axis=0):
            own = each.scores[(pairs == (row, column)).all(axis=1)]
            # One lost seed spoils a field, as it would spoil the choice of its setting.
            z[row, column] = own.mean()
        grid = figures.Grid((x_name, y_name), x.tolist(), y.tolist(), z)
        drawing = figures.heat_map(grid, quantity=quantity, higher=higher, language=language)
        caption = _("{rival}: {quantity} over {x} and {y}, mean over the seeds that were tried.").format(
            rival=each.rival, quantity=quantity[:1].lower() + quantity[1:], x=f"`{x_name}`", y=f"`{y_name}`"
        )
        made.append(Figure(f"field-{key}-{place}", drawing, caption, _("A field of numbers over two axes.")))
    return made

"""A run as a report: one HTML file with what was raced, how it went, and the code that runs it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.core import RavineError
from ravine.lab.catalogue import class_title, title_of
from ravine.lab.datasets import sources
from ravine.lab.fits import fitted
from ravine.lab.picture import Frame
from ravine.lab.recording import record
from ravine.lab.replay import replay
from ravine.lab.script import labels, script
from ravine.lab.sentences import translated
from ravine.lab.series import MEASURED
from ravine.nn import summary
from ravine.view import html, number, translator
from ravine.view.blocks import Block, Chapter, Code, Figure, Note, Report, Summary, Table, Text
from ravine.view.figures import Panel, Route, Runs, Surface, confusion, learning_curves, rule_curves, trajectory

if TYPE_CHECKING:
    from ravine.lab.sessions import LabRun

__all__ = ["report_html"]

POINTS = 400


def report_html(run: LabRun, lane: int, language: str, plane: dict[str, Any] | None) -> bytes:
    """The report in *language*; figures of one lane show *lane*; *plane* is what `ravine.lab.surface` made, or None.

    No example: needs a run; see tests/test_lab_exports.py.
    """
    _ = translator(language)
    picture = run.trainer.latest
    configuration = run.setup.configuration
    facts = (
        (_("Data"), f"{_data(run, language)}, {number(len(run.setup.dataset.train), language)}"),
        (_("Parameters"), number(run.facts["parameters"], language)),
        (_("Batch"), number(run.setup.batch, language)),
        (_("Steps"), number(picture.step, language)),
        (_("Seed"), str(configuration.seed)),
    )
    code = script(run, language)
    chapters = (
        Chapter("race", "1", _("The race"), tuple(_race(run, picture, language))),
        Chapter("network", "2", _("The network"), tuple(_network(run, picture, lane, language, plane))),
        Chapter("replay", "3", _("Replay"), (_replay(run, language),)),
        Chapter("again", "4", _("Once more"), (Text(_("This program runs the race again.")), Code(code))),
    )
    return html(Report(_("A race in the lab"), "", language, chapters, facts=facts)).encode()


def _data(run: LabRun, language: str) -> str:
    name = run.setup.configuration.data.name
    return run.setup.dataset.name if name.startswith("upload:") else title_of(name, language)


def _replay(run: LabRun, language: str) -> Block:
    try:
        return replay(record(run), language, name="recording")
    except RavineError as error:
        # The largest networks of eight rivals are more than a file should hold.
        return Note("note", translated(str(error), language))


def _race(run: LabRun, picture: Frame, language: str) -> list[Block]:
    _ = translator(language)
    race, names = run.trainer.race, labels(run)
    found: list[Block] = []
    steps, bins = race.losses.binned(0, picture.step, POINTS)
    curves = [
        Runs(name, steps, bins[1, place], colour=place)
        for place, name in names.items()
        if len(steps) and np.isfinite(bins[1, place]).any()
    ]
    if curves:
        log = bool(np.nanmin(np.concatenate([each.y[0] for each in curves])) > 0)
        figure = rule_curves(curves, x_label=_("Step"), log=log, columns=min(3, len(curves)), language=language)
        alt = _("The loss of each rival's batches over the steps")
        caption = _("Loss of the batches: means of equal stretches of steps.")
        found.append(Figure("loss", figure, caption, alt))
    rows = race.evaluations.rows(0, 10**6)
    panels = []
    titles = {"test_loss": _("Test loss"), "test_accuracy": _("Test accuracy")}
    for column, quantity in enumerate(MEASURED):
        if quantity not in titles:
            continue
        lines = [
            Runs(name, rows[:, 0], values, colour=place)
            for place, name in names.items()
            if np.isfinite(values := rows[:, 1 + len(MEASURED) * place + column].astype(np.float64)).any()
        ]
        if lines:
            panels.append(Panel(titles[quantity], lines))
    if panels and len(rows) > 1:
        drawn = learning_curves(panels, x_label=_("Step"), language=language)
        alt = _("The loss and the accuracy of each rival on the test part")
        found.append(Figure("test", drawn, _("Measured at frozen weights."), alt))
    fits = run.setup.task == "regression"
    quality = (_("Test RMSE"), _("Test R²")) if fits else (_("Test accuracy"),)
    columns = (_("Rival"), _("Rate"), _("Training loss"), _("Test loss"), *quality, _("Diverged at"))
    table = tuple(_row(picture, place, name) for place, name in names.items())
    found.append(Table(columns, table, _("The rivals at the end")))
    if any(at is not None for at in picture.snapshot.diverged):
        text = _("A rival whose loss was not a finite number has diverged: a smaller rate may hold it.")
        found.append(Note("warning", text))
    return found


def _row(picture: Frame, place: int, name: str) -> tuple[str | float | None, ...]:
    measured = picture.measured(place) | fitted(picture, place)

    def shown(quantity: str) -> float | None:
        return float(f"{measured[quantity]:.4g}") if np.isfinite(measured[quantity]) else None

    lost = picture.snapshot.diverged[place]
    quality = ("test_accuracy",) if picture.setup.task != "regression" else ("test_rmse", "test_r2")
    values = tuple(shown(each) for each in ("train_loss", "test_loss", *quality))
    return (name, picture.rates[place], *values, None if lost is None else float(lost))


def _network(run: LabRun, picture: Frame, lane: int, language: str, plane: dict[str, Any] | None) -> list[Block]:
    _ = translator(language)
    found: list[Block] = [Summary(summary(run.setup.network))]
    name = labels(run).get(lane)
    matrix = picture.arrays("confusion", lane).get("confusion")
    if matrix is not None and name is not None and matrix.sum():
        classes = run.setup.dataset.classes or ()
        if run.setup.configuration.data.name in sources():
            # Of the user's own table the classes are what he called them.
            classes = tuple(class_title(each, language) for each in classes)
        caption = _("Answers of {rival}; rows are the true classes.").format(rival=name)
        drawn = confusion(matrix, classes, language=language)
        found.append(Figure("confusion", drawn, caption, _("The confusion matrix of one rival")))
    if plane is not None:
        lanes = plane["lanes"]
        routes = [Route(each, points, colour=lanes[each]) for each, points in plane["paths"].items()]
        loss = np.array(plane["loss"], np.float64)
        share = number(100 * plane["unexplained"], language, 1)
        caption = _("The plane in which the weights moved most. Share of their variance outside of it: {share}%")
        names = _("first direction"), _("second direction")
        surface = Surface(plane["x"], plane["y"], loss)
        drawn = trajectory(surface, routes, marks=(), names=names, language=language)
        alt = _("The rivals' paths over the contours of the loss")
        found.append(Figure("plane", drawn, caption.format(share=share), alt))
    return found

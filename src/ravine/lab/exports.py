"""A run as a file: report, notebook, record, program, weights."""

from __future__ import annotations

import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ravine.core import RavineError
from ravine.lab.models import model_at
from ravine.lab.report import report_html
from ravine.lab.script import labels, notebook, script
from ravine.lab.series import MEASURED
from ravine.lab.surface import surface
from ravine.lab.wire import plain
from ravine.train import save_model

if TYPE_CHECKING:
    from ravine.lab.sessions import LabRun

__all__ = ["EXPORT_KINDS", "export"]

EXPORT_KINDS = {
    "html": "text/html; charset=utf-8",
    "ipynb": "application/x-ipynb+json",
    "json": "application/json",
    "py": "text/x-python; charset=utf-8",
    "safetensors": "application/octet-stream",
}
"""The kinds of files, by suffix, and their media types."""

POINTS = 2_000
SIZE = 25


def export(run: LabRun, kind: str, lane: int, language: str) -> bytes:
    """The *run* as a file of *kind*; weights and figures of one lane are those of *lane*.

    No example: needs a run; see tests/test_lab_exports.py.
    """
    if kind == "py":
        return script(run, language).encode()
    if kind == "ipynb":
        return notebook(run, language)
    if kind == "json":
        return json.dumps(_record(run), allow_nan=False).encode()
    if kind == "safetensors":
        return _weights(run, lane)
    try:
        plane = surface(run, SIZE)
    except RavineError:
        # A short race, or a network with moving statistics, has no such picture; the report says the rest.
        plane = None
    return report_html(run, lane, language, plane)


def _record(run: LabRun) -> dict[str, Any]:
    race = run.trainer.race
    steps, bins = race.losses.binned(0, race.step, POINTS)
    rows = race.evaluations.rows(0, 10**6)
    names = labels(run)
    lanes = [
        {
            "lane": place,
            "name": name,
            "loss": {kind: bins[k, place] for k, kind in enumerate(("min", "mean", "max"))},
            "measured": {quantity: rows[:, 1 + len(MEASURED) * place + k] for k, quantity in enumerate(MEASURED)},
        }
        for place, name in names.items()
    ]
    edits = [
        {"step": e.step, "lane": e.lane, "kind": e.kind, "value": e.value, "layer": e.layer, "array": e.array,
         "index": e.index}
        for e in race.edits
    ]  # fmt: skip
    made: dict[str, Any] = plain(
        {
            "ravine": version("ravine"),
            "configuration": run.configuration,
            "facts": run.facts,
            "step": run.trainer.latest.step,
            "seconds": race.seconds,
            "loss_step": steps,
            "measured_step": rows[:, 0],
            "lanes": lanes,
            "edits": edits,
        }
    )
    return made


def _weights(run: LabRun, lane: int) -> bytes:
    model = model_at(run.trainer.picture, lane, "weights")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        save_model(path, model)
        return path.read_bytes()

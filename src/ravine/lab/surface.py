"""The plane through the lanes' paths in weight space, with the exact loss on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from ravine.core import RavineError
from ravine.lab.limits import LIMITS
from ravine.lab.wire import plain
from ravine.landscape import trajectory_plane
from ravine.nn import Variables

if TYPE_CHECKING:
    from ravine.lab.sessions import LabRun

__all__ = ["surface"]

PLACES = 40
"""Snapshots of each lane that the plane is laid through, at most."""


def surface(run: LabRun, size: int) -> dict[str, Any]:
    """The plane of the two directions in which the lanes' snapshots spread most, *size* x *size* losses on it.

    The loss is that of the first thousand training examples. The same picture is not computed twice.

    No example: needs a run; see tests/test_lab_api.py.
    """
    race = run.trainer.race
    key = (race.generation, race.step, size)
    if key not in run.surfaces:
        made = _surface(run, size)
        run.surfaces.clear()
        run.surfaces[key] = made
    return run.surfaces[key]


def _surface(run: LabRun, size: int) -> dict[str, Any]:
    race, setup = run.trainer.race, run.setup
    steps = race.snapshots.steps
    steps = [steps[k] for k in np.unique(np.linspace(0, len(steps) - 1, min(PLACES, len(steps))).astype(int))]
    kept = [each for step in steps if (each := race.snapshots.at(step)) is not None]
    if len(kept) < 2:
        raise RavineError("surface: the race has been recorded at one step only: let it run on for a moment")
    paths: dict[str, list[Variables]] = {}
    lanes: dict[str, int] = {}
    for place, choice in enumerate(setup.configuration.lanes):
        if not choice.on:
            continue
        label = f"{place + 1} {choice.rule}"
        found = [Variables(each.states[place].params, each.states[place].state) for each in kept]
        finite = [v for v in found if all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(v.params))]
        if finite:
            paths[label], lanes[label] = finite, place
    data = replace(setup.dataset, train=setup.dataset.train.take(slice(LIMITS.measured_examples)))
    plane = trajectory_plane(setup.network, paths, data, grid=size, plan=setup.plan)
    made: dict[str, Any] = plain(
        {
            "x": plane.x,
            "y": plane.y,
            "loss": plane.loss,
            "paths": plane.paths,
            "lanes": lanes,
            "unexplained": plane.unexplained,
            "examples": plane.examples,
            "steps": [each.step for each in kept],
        }
    )
    return made

"""Questions about a run or a test function that take no state of the page: predictions, planes, paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ravine.core import RavineError, check_count
from ravine.lab._configuration import LIST
from ravine.lab.limits import LIMITS
from ravine.lab.models import model_at
from ravine.lab.picture import Frame
from ravine.lab.rules import made_rule
from ravine.lab.wire import plain
from ravine.landscape import function, trajectory
from ravine.optim import Rule

__all__ = ["PathsAsked", "RaceEntrant", "heights", "paths", "prediction"]

Coordinate = Annotated[float, Field(ge=-1e6, le=1e6)]


class RaceEntrant(BaseModel):
    """A ball on a test function: a rule, its rate, its numbers.

    >>> RaceEntrant(rule="adam", rate=0.1).options
    {}
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)

    rule: str = Field(max_length=32)
    rate: float = Field(ge=0, le=1e4)
    options: dict[str, float] = Field(default_factory=dict, max_length=12)

    def made(self) -> Rule:
        """The rule."""
        return made_rule(self.rule, self.rate, "constant", 1.0, self.options)


class PathsAsked(BaseModel):
    """Rivals that start at one place of a test function.

    >>> PathsAsked(start=(1, 1), rules=[RaceEntrant(rule="sgd", rate=0.1)]).steps
    200
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)

    start: Annotated[tuple[Coordinate, Coordinate], LIST]
    rules: list[RaceEntrant] = Field(min_length=1, max_length=LIMITS.lanes)
    steps: int = Field(default=200, ge=1, le=LIMITS.landscape_steps)


def heights(name: str, size: int) -> dict[str, Any]:
    """The test function *name* over its domain, *size* x *size* values, row by row from the lower edge.

    >>> made = heights("ravine", 5)
    >>> made["name"], np.shape(made["z"]), made["minima"]
    ('quadratic', (5, 5), [[0.0, 0.0]])
    """
    check_count("landscape", "size", size, least=2)
    if size > LIMITS.landscape_side:
        raise RavineError(f"landscape: size is at most {LIMITS.landscape_side}, got {size}")
    test = function(name)
    x, y = (np.linspace(*edges, size, dtype=np.float32) for edges in test.domain)
    z = np.asarray(test(np.stack(np.meshgrid(x, y), axis=-1)))
    made: dict[str, Any] = plain(
        {"name": test.name, "formula": test.formula, "x": x, "y": y, "z": z, "minima": test.minima, "start": test.start}
    )
    return made


def paths(name: str, asked: PathsAsked) -> dict[str, Any]:
    """The rivals' paths on the test function *name*; points that are not finite are None.

    >>> made = paths("ravine", PathsAsked(start=(1, 1), rules=[RaceEntrant(rule="sgd", rate=0.02)], steps=3))
    >>> [round(x, 4) for x, _ in made["paths"][0]["points"]]
    [1.0, 0.98, 0.9604, 0.9412]
    """
    # The number of steps is compiled in: a few lengths serve all.
    steps = next(each for each in (50, 200, 1000, 5000, LIMITS.landscape_steps) if each >= asked.steps)
    found = []
    for rival in asked.rules:
        path = trajectory(name, rival.made(), asked.start, steps)
        points, values = path.positions[: asked.steps + 1], path.values[: asked.steps + 1]
        bad = ~(np.isfinite(points).all(axis=-1) & np.isfinite(values))
        lost = int(np.argmax(bad)) if bad.any() else None
        found.append({"rule": rival.rule, "points": points, "values": values, "diverged_at": lost})
    made: dict[str, Any] = plain({"paths": found})
    return made


def prediction(picture: Frame, lane: int, example: Sequence[float] | Mapping[str, float | str]) -> dict[str, Any]:
    """What *lane* answers to one *example*, and the output of every layer on the way.

    An example is raw: numbers before any scaling, or of a table's columns, by name, those that are inputs. Answers are
    those of the lane's model; the layers' outputs are the network's own, before an answer is scaled back.

    No example: needs a picture; see tests/test_lab_models.py.
    """
    setup, model = picture.setup, model_at(picture, lane, "predict")
    inputs = setup.dataset.input_shape[0]
    if isinstance(example, Mapping):
        if model.encoder is None:
            raise RavineError(f"predict: {setup.dataset.name} is no table of your own: send x, {inputs} numbers")
        x = model.inputs({name: [value] for name, value in example.items()})
    else:
        if len(example) != inputs or not np.isfinite(example).all():
            raise RavineError(f"predict: x must be {inputs} finite numbers, got {len(example)}: send one example")
        x = model.inputs(np.array([example], np.float64))
    hidden = picture.hidden(lane, x, (*setup.hidden, len(setup.network.layers) - 1))
    names = [f"hidden {k + 1}" for k in range(len(setup.hidden))] + ["output"]
    layers = [{"name": name, "values": values[0]} for name, values in zip(names, hidden, strict=True)]
    made: dict[str, Any] = plain({"outputs": model.answers(hidden[-1])[0], "layers": layers})
    return made

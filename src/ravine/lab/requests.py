"""What requests may hold: one record per body, one reader per query, an error that becomes a sentence."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from ravine.core import RavineError, is_shallow, nearest, record
from ravine.lab._configuration import StopChoice
from ravine.lab.limits import LIMITS

__all__ = [
    "ControlAsked",
    "DatasetAsked",
    "PatchAsked",
    "PredictAsked",
    "RunAsked",
    "WeightAsked",
    "body",
    "decoded",
    "whole",
]

M = TypeVar("M", bound=BaseModel)
Step = Annotated[int, Field(ge=0, le=LIMITS.steps)]
Place = Annotated[int, Field(ge=0, lt=LIMITS.lanes)]


DEPTH = 64
HALF = b"\\ud"
"""How halves of characters begin in JSON, where they stand alone or in pairs."""


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


class RunAsked(Asked):
    """`POST runs`: a configuration, as `ravine.lab._configuration.configuration` reads it.

    >>> RunAsked().configuration
    {}
    """

    configuration: dict[str, Any] = Field(default_factory=dict)


class WeightAsked(Asked):
    """One number of a Dense layer, and its new value.

    >>> WeightAsked(layer=0, array="bias", index=[1], value=0.5).array
    'bias'
    """

    layer: int = Field(ge=0, le=LIMITS.layers)
    array: Literal["kernel", "bias"] = "kernel"
    index: list[Annotated[int, Field(ge=0)]] = Field(min_length=1, max_length=2)
    value: float = Field(ge=-1e6, le=1e6)


class PatchAsked(Asked):
    """`PATCH runs/{id}`: what is to change while the run goes on.

    >>> PatchAsked(lane=0, rate=0.1).stop is None
    True
    """

    lane: Place = 0
    rate: float | None = Field(default=None, ge=0, le=1e4)
    weight: WeightAsked | None = None
    speed: float | None = Field(default=None, ge=0, le=LIMITS.speed)
    stop: StopChoice | None = None


class ControlAsked(Asked):
    """`POST runs/{id}/control`.

    >>> ControlAsked(action="step", steps=10).steps
    10
    """

    action: Literal["play", "pause", "step", "seek", "fork", "reset"]
    steps: int | None = Field(default=None, ge=1, le=LIMITS.steps_at_once)
    step: Step | None = None


class PredictAsked(Asked):
    """`POST runs/{id}/predict`: one example as numbers, as an image, row by row, or as a row of the table, by column.

    >>> PredictAsked(image=[[1, 1], [-1, -1]]).example
    [1.0, 1.0, -1.0, -1.0]
    >>> PredictAsked(row={"age": 31, "colour": "red"}).example
    {'age': 31.0, 'colour': 'red'}
    """

    x: list[float] | None = Field(default=None, max_length=LIMITS.columns * 2)
    image: list[list[float]] | None = Field(default=None, max_length=64)
    row: dict[str, float | str] | None = Field(default=None, max_length=LIMITS.columns)
    lane: Place = 0

    @property
    def example(self) -> list[float] | dict[str, float | str]:
        """The example as one row of numbers, or as its columns."""
        given = [each for each in (self.x, self.image, self.row) if each is not None]
        if len(given) != 1:
            raise RavineError("predict: send one of x, image and row, and not more")
        if self.row is not None:
            return self.row
        return self.x if self.x is not None else [pixel for row in self.image or () for pixel in row]


class DatasetAsked(Asked):
    """`POST datasets`: a table as the text of a CSV file, and the column to predict.

    >>> DatasetAsked(name="a.csv", csv="x,y\\n1,2\\n", target="y").name
    'a.csv'
    """

    name: str = Field(min_length=1, max_length=120, pattern=r"^[^/\\\x00-\x1f]+$")
    csv: str
    target: str = Field(min_length=1, max_length=200)


def decoded(text: bytes | str) -> Any:
    """The JSON value of *text*; NaN and infinities are no JSON, halves of characters no text, 64 levels deep enough.

    >>> decoded("[1, NaN]")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: the request is not JSON (NaN is no number of JSON): send a JSON object
    """

    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is no number of JSON")

    try:
        value = json.loads(text, parse_constant=refuse)
        if HALF in (text.encode() if isinstance(text, str) else text).lower():
            # Only where one may be: such a text could be neither stored nor sent back.
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise RavineError("the request is not JSON (half a character, a surrogate): send whole ones") from error
    except (ValueError, RecursionError) as error:
        raise RavineError(f"the request is not JSON ({error}): send a JSON object") from error
    if not is_shallow(value, DEPTH):
        raise RavineError(f"the request is not JSON (more than {DEPTH} levels deep): send a JSON object")
    return value


async def body(request: Request, kind: type[M]) -> M:
    """The body of *request* as a record of class *kind*.

    No example: needs a request.
    """
    values = decoded(await request.body())
    if not isinstance(values, dict):
        raise RavineError(f"the request must be a JSON object, got {str(values)[:40]}")
    return record("request", kind, values)


def whole(request: Request, name: str, default: int, low: int, high: int) -> int:
    """The whole number *name* of the query, or *default*.

    No example: needs a request.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError as error:
        raise RavineError(f"query: {name} must be a whole number, got {text[:40]!r}") from error
    if not low <= value <= high:
        raise RavineError(f"query: {name} must be from {low} to {high}, got {value}")
    return value


def word(request: Request, name: str, default: str, known: tuple[str, ...]) -> str:
    """The word *name* of the query, one of *known*, or *default*.

    No example: needs a request.
    """
    text = request.query_params.get(name, default)
    if text not in known:
        raise RavineError(f"query: unknown {name} {text[:40]!r}: {nearest(text, known)}")
    return text

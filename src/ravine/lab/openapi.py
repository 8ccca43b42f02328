"""The OpenAPI document of the REST interface, made of the records that requests are read with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ravine.functions import ACTIVATIONS, INITIALIZERS
from ravine.lab._configuration import Configuration
from ravine.lab.exports import EXPORT_KINDS
from ravine.lab.limits import LIMITS
from ravine.lab.queries import PathsAsked
from ravine.lab.requests import ControlAsked, DatasetAsked, PatchAsked, PredictAsked, RunAsked
from ravine.lab.rules import SCHEDULE_NAMES
from ravine.landscape import FUNCTIONS
from ravine.optim import RULES
from ravine.view import LANGUAGES

__all__ = ["PREFIX", "document"]

PREFIX = "/api/v1"
"""Where the interface begins."""


def _number(low: int, high: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high}


STEP, LANE = _number(0, LIMITS.steps), _number(0, LIMITS.lanes - 1)
SNAPSHOT = {"step": STEP, "lane": LANE}
SERIES = {"from": STEP, "to": STEP, "points": _number(1, LIMITS.series_points)}
EXPORT = {"lane": LANE, "lang": {"type": "string", "enum": list(LANGUAGES)}}
SURFACE = {"size": _number(3, LIMITS.surface_side), "lane": LANE}
HEIGHTS = {"size": _number(2, LIMITS.landscape_side)}
NAMES: dict[str, tuple[str, ...]] = {"kind": tuple(EXPORT_KINDS), "function": tuple(FUNCTIONS)}
"""What may stand in a path."""
WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("LaneChoice", "rule"): tuple(RULES),
    ("LaneChoice", "schedule"): SCHEDULE_NAMES,
    ("RaceEntrant", "rule"): tuple(RULES),
    ("LayerChoice", "activation"): tuple(ACTIVATIONS),
    ("LayerChoice", "initializer"): tuple(INITIALIZERS),
}
"""What may stand in a field of a record."""

# method, path, operation, summary, body, status of success, queries
OPERATIONS: tuple[tuple[str, str, str, str, type[BaseModel] | None, int, dict[str, Any]], ...] = (
    ("get", "/catalogue", "catalogue", "What there is to choose from, limits and defaults", None, 200, {}),
    ("get", "/openapi.json", "openapi", "This document", None, 200, {}),
    ("post", "/runs", "create_run", "Begin a run, paused", RunAsked, 201, {}),
    ("get", "/runs/{id}", "details", "A run as it stands", None, 200, {}),
    ("patch", "/runs/{id}", "change", "Another rate, weight, speed or stop rule", PatchAsked, 200, {}),
    ("delete", "/runs/{id}", "end", "End a run", None, 204, {}),
    ("post", "/runs/{id}/control", "control", "Play, pause, step, seek, fork, reset", ControlAsked, 200, {}),
    ("get", "/runs/{id}/snapshot", "snapshot", "Weights and views at a step", None, 200, SNAPSHOT),
    ("get", "/runs/{id}/series", "series", "Losses in bins, and evaluations", None, 200, SERIES),
    ("get", "/runs/{id}/export.{kind}", "export", "A run as a file", None, 200, EXPORT),
    ("post", "/runs/{id}/predict", "predict", "One example through the network", PredictAsked, 200, {}),
    ("get", "/runs/{id}/surface", "surface", "The plane through the lanes' paths", None, 200, SURFACE),
    ("post", "/datasets", "upload", "Bring a table", DatasetAsked, 201, {}),
    ("get", "/landscape/{function}", "heights", "A test function's heights", None, 200, HEIGHTS),
    ("post", "/landscape/{function}", "paths", "Rules' paths on a test function", PathsAsked, 200, {}),
)

ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def _word(known: tuple[str, ...] | None) -> dict[str, Any]:
    return {"type": "string", "enum": list(known)} if known else {"type": "string"}


def _operation(
    path: str, name: str, summary: str, body: type[BaseModel] | None, status: int, queries: dict[str, Any]
) -> dict[str, Any]:
    wrong = {"description": "what is wrong, and what to do", "content": {"application/json": {"schema": ERROR}}}
    parameters = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": _word(NAMES.get(part[1:-1]))}
        for part in path.replace("export.", "export/").split("/")
        if part.startswith("{")
    ]
    parameters += [{"name": each, "in": "query", "required": False, "schema": of} for each, of in queries.items()]
    done: dict[str, Any] = {"description": "done"}
    if status != 204 and name != "export":
        done["content"] = {"application/json": {"schema": {"type": "object"}}}
    made: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {str(status): done, "4XX": wrong, "5XX": wrong},
    }
    if body is not None:
        schema = {"$ref": f"#/components/schemas/{body.__name__}"}
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return made


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The document, OpenAPI 3.1.

    >>> document()["paths"]["/api/v1/runs"]["post"]["operationId"]
    'create_run'
    """
    kinds = dict.fromkeys([body for *_, body, _, _ in OPERATIONS if body is not None] + [Configuration])
    _, schemas = models_json_schema(
        [(kind, "validation") for kind in kinds], ref_template="#/components/schemas/{model}"
    )
    definitions = schemas["$defs"]
    # The body is read as a configuration after it has been read as an object.
    definitions["RunAsked"]["properties"]["configuration"] = {"$ref": "#/components/schemas/Configuration"}
    for (kind_name, field), known in WORDS.items():
        definitions[kind_name]["properties"][field]["enum"] = list(known)
    found: dict[str, Any] = {}
    for method, path, name, summary, body, status, queries in OPERATIONS:
        found.setdefault(PREFIX + path, {})[method] = _operation(path, name, summary, body, status, queries)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ravine's lab", "version": "1", "description": "See docs/lab-api.md"},
        "paths": found,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }

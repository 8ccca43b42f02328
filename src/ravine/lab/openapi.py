"""The OpenAPI document of the REST interface, made of the records that requests are read with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ravine.lab.asked import ControlAsked, DatasetAsked, PatchAsked, PredictAsked, RunAsked
from ravine.lab.configuration import Configuration
from ravine.lab.lookups import PathsAsked

__all__ = ["PREFIX", "document"]

PREFIX = "/api/v1"
"""Where the interface begins."""

QUERIES: dict[str, dict[str, Any]] = {
    "step": {"type": "integer", "minimum": 0},
    "lane": {"type": "integer", "minimum": 0},
    "from": {"type": "integer", "minimum": 0},
    "to": {"type": "integer", "minimum": 0},
    "points": {"type": "integer", "minimum": 1},
    "size": {"type": "integer", "minimum": 2},
    "lang": {"type": "string", "enum": ["en", "pl"]},
}

# method, path, operation, summary, body, status of success, queries
OPERATIONS: tuple[tuple[str, str, str, str, type[BaseModel] | None, int, tuple[str, ...]], ...] = (
    ("get", "/catalogue", "catalogue", "What there is to choose from, limits and defaults", None, 200, ()),
    ("get", "/openapi.json", "openapi", "This document", None, 200, ()),
    ("post", "/runs", "begin", "Begin a run, paused", RunAsked, 201, ()),
    ("get", "/runs/{id}", "described", "A run as it stands", None, 200, ()),
    ("patch", "/runs/{id}", "change", "Another rate, weight, speed or stop rule", PatchAsked, 200, ()),
    ("delete", "/runs/{id}", "end", "End a run", None, 204, ()),
    ("post", "/runs/{id}/control", "control", "Play, pause, step, seek, fork, reset", ControlAsked, 200, ()),
    ("get", "/runs/{id}/snapshot", "snapshot", "Weights and views at a step", None, 200, ("step", "lane")),
    ("get", "/runs/{id}/series", "series", "Losses in bins, and evaluations", None, 200, ("from", "to", "points")),
    ("get", "/runs/{id}/export.{kind}", "export", "A run as a file", None, 200, ("lane", "lang")),
    ("post", "/runs/{id}/predict", "predict", "One example through the network", PredictAsked, 200, ()),
    ("get", "/runs/{id}/surface", "surface", "The plane through the lanes' ways", None, 200, ("size", "lane")),
    ("post", "/datasets", "bring", "Bring a table", DatasetAsked, 201, ()),
    ("get", "/landscape/{function}", "heights", "A test function's heights", None, 200, ("size",)),
    ("post", "/landscape/{function}", "paths", "Rules' ways on a test function", PathsAsked, 200, ()),
)

ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def _operation(
    path: str, name: str, summary: str, body: type[BaseModel] | None, status: int, queries: tuple[str, ...]
) -> dict[str, Any]:
    wrong = {"description": "what is wrong, and what to do", "content": {"application/json": {"schema": ERROR}}}
    parameters = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in path.replace("export.", "export/").split("/")
        if part.startswith("{")
    ]
    parameters += [{"name": each, "in": "query", "required": False, "schema": QUERIES[each]} for each in queries]
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
    'begin'
    """
    kinds = dict.fromkeys([body for *_, body, _, _ in OPERATIONS if body is not None] + [Configuration])
    _, schemas = models_json_schema(
        [(kind, "validation") for kind in kinds], ref_template="#/components/schemas/{model}"
    )
    definitions = schemas["$defs"]
    # The body is read as a configuration after it has been read as an object.
    definitions["RunAsked"]["properties"]["configuration"] = {"$ref": "#/components/schemas/Configuration"}
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

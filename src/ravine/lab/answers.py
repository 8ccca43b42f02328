"""What the interface answers: an error's sentence, a table, a moment of a run."""

from __future__ import annotations

import base64
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ravine.core import RavineError
from ravine.lab.fits import fitted
from ravine.lab.inbox import EndedError
from ravine.lab.picture import VIEWS, Frame
from ravine.lab.refusals import refusal
from ravine.lab.sessions import NotFoundError
from ravine.lab.uploads import TABLE, Upload
from ravine.lab.wire import plain

__all__ = ["failed", "snapshot_told", "upload_told"]


async def failed(request: Request, error: Exception) -> Response:
    """The answer to what went wrong: a sentence, and 404, 400, or 500 where it is our fault.

    A page or a script gets it as JSON, a person who opened the address as a page; both in their language.

    No example: needs a request.
    """
    path = request.url.path[:80]
    match error:
        case NotFoundError() | EndedError():
            status, sentence = 404, str(error)
        case RavineError():
            status, sentence = 400, str(error)
        case HTTPException(status_code=404):
            status, sentence = 404, f"there is no page {path!r}: begin at the lab's own address"
        case HTTPException(status_code=status):
            sentence = f"{request.method} is not understood at {path!r}: see GET openapi.json"
        case _:
            status, sentence = 500, f"the server failed: {type(error).__name__}: {error}: please report it"
    kind, content = refusal(request.scope, status, sentence)
    headers = error.headers if isinstance(error, HTTPException) else None
    return Response(content, status, headers, kind)


def upload_told(upload: Upload) -> dict[str, Any]:
    """What a page is told of a table.

    No example: needs an upload; see docs/lab-api.md.
    """
    return {
        "id": upload.id,
        "name": upload.name,
        "target": upload.target,
        "columns": list(upload.columns),
        "rows": len(upload),
        "classes": None if upload.classes is None else list(upload.classes),
        "task": upload.task,
        "inputs": len(upload.encoder.features),
        "network": [layer.model_dump(mode="json") for layer in TABLE],
    }


def snapshot_told(picture: Frame, lane: int) -> dict[str, Any]:
    """Weights and views of a moment, the views of *lane*.

    No example: needs a picture; see docs/lab-api.md.
    """
    views = {
        name: {"dtype": a.dtype.str[1:], "shape": list(a.shape), "data": base64.b64encode(a.tobytes()).decode()}
        for view in VIEWS
        for name, a in picture.arrays(view, lane).items()
    }
    weights = [{"kernel": kernel, "bias": bias} for kernel, bias in picture.weights(lane)]
    lanes = [
        {"diverged_at": at, "rate": rate, **picture.measured(place), **fitted(picture, place)}
        for place, (at, rate) in enumerate(zip(picture.snapshot.diverged, picture.rates, strict=True))
    ]
    made: dict[str, Any] = plain({"step": picture.step, "lane": lane, "lanes": lanes, "weights": weights})
    return made | {"views": views}

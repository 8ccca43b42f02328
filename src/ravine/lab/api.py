"""The REST interface and the stream: requests to answers. docs/lab-api.md says what each means."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ravine.core import RavineError
from ravine.lab._configuration import configuration
from ravine.lab.answers import failed, snapshot_told, upload_told
from ravine.lab.catalogue import catalogue
from ravine.lab.exports import EXPORT_KINDS, export
from ravine.lab.limits import LIMITS
from ravine.lab.openapi import PREFIX, document
from ravine.lab.picture import Frame
from ravine.lab.queries import PathsAsked, heights, paths, prediction
from ravine.lab.refusals import language_of
from ravine.lab.requests import ControlAsked, DatasetAsked, PatchAsked, PredictAsked, RunAsked, body, whole, word
from ravine.lab.sentences import translated
from ravine.lab.series import MEASURED
from ravine.lab.sessions import LabRun, NotFoundError, Sessions
from ravine.lab.stream import Viewer, read_message
from ravine.lab.surface import surface
from ravine.lab.wire import plain

__all__ = ["failed", "routes"]

Handler = Callable[[Request], Awaitable[Response]]
SILENT = 10.0
"""Seconds without a sign of a page after which the race waits for it no longer."""
POLL = 0.005
GONE = 4404
"""The code with which a socket is closed whose run has ended or is not there."""


class Api:
    """The handlers, by the name of their operation in the OpenAPI document."""

    def __init__(self, lab: Sessions) -> None:
        self.lab = lab
        # One of each at a time: they take a good deal of memory, and a thread that waits is one less for others.
        self._making, self._reading, self._drawing = (asyncio.Semaphore(1) for _ in range(3))

    def _run(self, request: Request) -> LabRun:
        return self.lab.run(request.path_params["id"])

    def _lane(self, request: Request, run: LabRun) -> int:
        return whole(request, "lane", 0, 0, len(run.setup.configuration.lanes) - 1)

    async def catalogue(self, request: Request) -> Response:
        uploads = [upload_told(each) for each in list(self.lab.uploads.values())]
        return JSONResponse(await asyncio.to_thread(catalogue, self.lab.default, uploads))

    async def openapi(self, request: Request) -> Response:
        return JSONResponse(document())

    async def create_run(self, request: Request) -> Response:
        asked = await body(request, RunAsked)
        async with self._making:
            run = await asyncio.to_thread(self.lab.create_run, configuration(asked.configuration))
        made = {"id": run.id, "configuration": run.configuration, "facts": run.facts}
        return JSONResponse(made, 201, headers={"location": f"{PREFIX}/runs/{run.id}"})

    async def details(self, request: Request) -> Response:
        return JSONResponse(self._run(request).details())

    async def change(self, request: Request) -> Response:
        run, asked = self._run(request), await body(request, PatchAsked)
        send = run.trainer.send
        if asked.rate is not None:
            await asyncio.wrap_future(send("rate", lane=asked.lane, rate=asked.rate))
        if asked.weight is not None:
            values = asked.weight.model_dump() | {"index": tuple(asked.weight.index)}
            await asyncio.wrap_future(send("weight", lane=asked.lane, **values))
        if asked.speed is not None:
            await asyncio.wrap_future(send("pacing", speed=asked.speed))
        if asked.stop is not None:
            await asyncio.wrap_future(send("stopping", stop=asked.stop))
        return JSONResponse(run.status())

    async def end(self, request: Request) -> Response:
        run = self._run(request)
        await asyncio.to_thread(self.lab.end, run.id)
        return Response(status_code=204)

    async def control(self, request: Request) -> Response:
        run, asked = self._run(request), await body(request, ControlAsked)
        if asked.action == "play":
            self.lab.may_play(run)
        given = {"step": {"steps": asked.steps}, "seek": {"step": asked.step}, "fork": {"step": asked.step}}
        values = {name: value for name, value in given.get(asked.action, {}).items() if value is not None}
        await asyncio.wrap_future(run.trainer.send(asked.action, **values))
        return JSONResponse(run.status())

    async def snapshot(self, request: Request) -> Response:
        run = self._run(request)
        lane = self._lane(request, run)
        race = run.trainer.race
        snapshot = race.snapshots.nearest(whole(request, "step", race.step, 0, LIMITS.steps))
        picture = Frame(run.trainer.lens, snapshot, end=race.step)
        return JSONResponse(await asyncio.to_thread(snapshot_told, picture, lane))

    async def series(self, request: Request) -> Response:
        trainer = self._run(request).trainer
        start = whole(request, "from", 0, 0, LIMITS.steps)
        stop = whole(request, "to", LIMITS.steps, 0, LIMITS.steps)
        points = whole(request, "points", 500, 1, LIMITS.series_points)
        steps, bins = trainer.losses.binned(start, stop, points)
        lanes = [{n: bins[k, lane] for k, n in enumerate(("min", "mean", "max"))} for lane in range(bins.shape[1])]
        rows = trainer.evaluations.rows(0, LIMITS.losses)
        rows = rows[(rows[:, 0] >= start) & (rows[:, 0] <= stop)]
        rows = rows[:: max(1, -(-len(rows) // points))]
        measured = [
            {name: rows[:, 1 + len(MEASURED) * lane + k] for k, name in enumerate(MEASURED)}
            for lane in range(bins.shape[1])
        ]
        made = {"step": steps, "lanes": lanes, "eval": {"step": rows[:, 0].astype(np.int64), "lanes": measured}}
        return JSONResponse(plain(made))

    async def export(self, request: Request) -> Response:
        run, kind = self._run(request), request.path_params["kind"]
        if kind not in EXPORT_KINDS:
            raise NotFoundError(f"there is no export {kind!r}: known are {', '.join(EXPORT_KINDS)}")
        lane = self._lane(request, run)
        language = word(request, "lang", "en", ("en", "pl"))
        async with self._drawing:
            content = await asyncio.to_thread(export, run, kind, lane, language)
        headers = {"content-disposition": f'attachment; filename="ravine-run.{kind}"'}
        return Response(content, media_type=EXPORT_KINDS[kind], headers=headers)

    async def predict(self, request: Request) -> Response:
        run, asked = self._run(request), await body(request, PredictAsked)
        return JSONResponse(await asyncio.to_thread(prediction, run.trainer.picture, asked.lane, asked.example))

    async def surface(self, request: Request) -> Response:
        run = self._run(request)
        size = whole(request, "size", 41, 3, LIMITS.surface_side)
        async with self._drawing:
            return JSONResponse(await asyncio.to_thread(surface, run, size))

    async def upload(self, request: Request) -> Response:
        asked = await body(request, DatasetAsked)
        async with self._reading:
            upload = await asyncio.to_thread(self.lab.upload, asked.name, asked.csv, asked.target)
        return JSONResponse(upload_told(upload), 201)

    async def heights(self, request: Request) -> Response:
        size = whole(request, "size", 81, 2, LIMITS.landscape_side)
        return JSONResponse(await asyncio.to_thread(heights, request.path_params["function"], size))

    async def paths(self, request: Request) -> Response:
        asked = await body(request, PathsAsked)
        return JSONResponse(await asyncio.to_thread(paths, request.path_params["function"], asked))

    async def stream(self, socket: WebSocket) -> None:
        run = self.lab.runs.get(socket.path_params["id"])
        if self.lab.sockets >= LIMITS.sockets:
            await socket.close(1008)
            return
        if run is None:
            # Accepted first: a browser reports a socket that is refused as an error, and a run that has just been
            # replaced is none.
            await socket.accept()
            await socket.close(GONE)
            return
        self.lab.sockets += 1
        viewer = Viewer(run.trainer, language_of(socket.scope))
        try:
            await socket.accept()
            await _watched(socket, viewer, run)
        finally:
            self.lab.sockets -= 1
            viewer.leave()


async def _watched(socket: WebSocket, viewer: Viewer, run: LabRun) -> None:
    """Read what the page says and send what it lacks, until one of the two ends."""
    heard = time.monotonic()
    viewer.watch(counted=True)

    async def reading() -> None:
        nonlocal heard
        while True:
            text = await socket.receive_text()
            heard = run.used = time.monotonic()
            viewer.read(read_message(text))

    async def sending() -> None:
        due = time.monotonic()
        while not run.ended:
            now = time.monotonic()
            viewer.watch(counted=now - heard < SILENT)
            for text in viewer.texts():
                await socket.send_text(text)
            frame = await asyncio.to_thread(viewer.frame) if now >= due else None
            if frame is None:
                await asyncio.sleep(POLL)
                continue
            await socket.send_bytes(frame)
            due = max(now, due + 1 / viewer.fps)
        await socket.send_json({"note": translated("the run has ended", viewer.language)})
        await socket.close(GONE)

    tasks = [asyncio.create_task(reading()), asyncio.create_task(sending())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except (WebSocketDisconnect, KeyError, RuntimeError):
        # The page went away, or sent bytes where text is spoken.
        pass
    except RavineError as error:
        await _good_bye(socket, translated(str(error), viewer.language), 1008)
    except Exception as error:
        told = f"the stream failed: {type(error).__name__}: {error}: please report it"
        await _good_bye(socket, translated(told, viewer.language), 1011)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _good_bye(socket: WebSocket, text: str, code: int) -> None:
    # A page that has left meanwhile cannot be told.
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_json({"error": text})
        await socket.close(code)


def routes(lab: Sessions) -> list[BaseRoute]:
    """The routes of the interface over *lab*.

    >>> sorted(route.path for route in routes(Sessions()))[0]
    '/api/v1/catalogue'
    """
    api = Api(lab)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/catalogue", api.catalogue),
        ("GET", "/openapi.json", api.openapi),
        ("POST", "/runs", api.create_run),
        ("GET", "/runs/{id}", api.details),
        ("PATCH", "/runs/{id}", api.change),
        ("DELETE", "/runs/{id}", api.end),
        ("POST", "/runs/{id}/control", api.control),
        ("GET", "/runs/{id}/snapshot", api.snapshot),
        ("GET", "/runs/{id}/series", api.series),
        ("GET", "/runs/{id}/export.{kind}", api.export),
        ("POST", "/runs/{id}/predict", api.predict),
        ("GET", "/runs/{id}/surface", api.surface),
        ("POST", "/datasets", api.upload),
        ("GET", "/landscape/{function}", api.heights),
        ("POST", "/landscape/{function}", api.paths),
    ]
    made: list[BaseRoute] = [Route(PREFIX + path, handler, methods=[method]) for method, path, handler in table]
    return [*made, WebSocketRoute(f"{PREFIX}/runs/{{id}}/stream", api.stream)]

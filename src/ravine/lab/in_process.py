"""The lab's interface without a port: a page's messages in, answers and frames out, over whatever carries them.

A notebook's widget speaks so; see web/src/transports/anywidget.ts. Requests and streams go through the same routes as
those of the server: the application is called in this process, as an ASGI server would call it.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from ravine.core import RavineError
from ravine.lab.api import failed, routes
from ravine.lab.openapi import PREFIX
from ravine.lab.sessions import Sessions

__all__ = ["Channel"]

FAILURES: Any = {RavineError: failed, HTTPException: failed, Exception: failed}
Say = Callable[[dict[str, Any], list[bytes]], None]
SILENT = 180.0
"""Seconds without a sign of any page after which its streams end. A page gives one every few seconds, in a tab that is
hidden one a minute."""


class Channel:
    """Answers the messages of pages over *lab*; *say* carries (content, buffers) back and may be called by any thread.

    *language* tells the language in which refusals are said.

    In: ``{kind: "request", id, method, path, body}``, ``{kind: "open", id, path}``, ``{kind: "send", id, text}``,
    ``{kind: "close", id}``, ``{kind: "alive"}``. Out: ``{kind: "answer", id, status}`` and the body as a buffer,
    ``{kind: "opened" | "closed", id}``, ``{kind: "frame", id}`` and the frame as a buffer,
    ``{kind: "text", id, text}``, ``{kind: "alive"}``. The page that asks chooses the id.

    It has a thread with an event loop, so that frames travel while the caller is busy with other things.

    >>> import queue
    >>> heard = queue.SimpleQueue()
    >>> channel = Channel(Sessions(), lambda content, buffers: heard.put((content, buffers)))
    >>> channel.take({"kind": "request", "id": 7, "method": "GET", "path": "runs/none"})
    >>> heard.get()
    ({'kind': 'answer', 'id': 7, 'status': 404}, [b'{"error":"there is no run \\'none\\': begin one with POST runs"}'])
    >>> channel.close()
    """

    def __init__(
        self, lab: Sessions, say: Say, *, silent: float = SILENT, language: Callable[[], str] = lambda: "en"
    ) -> None:
        self.lab, self.say, self.silent, self.language = lab, say, silent, language
        self.app = Starlette(routes=routes(lab), exception_handlers=FAILURES)
        self.heard = time.monotonic()
        self._inboxes: dict[int, asyncio.Queue[Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ravine-channel", daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._loop.is_closed()

    def take(self, message: Mapping[str, Any]) -> None:
        """Take in a page's *message*; returns at once, from any thread. What is no message is passed over."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, dict(message))

    def close(self) -> None:
        """End the streams, the runs and the thread."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()
        self.lab.close()

    async def _finish(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._loop.shutdown_default_executor()

    def _take(self, message: dict[str, Any]) -> None:
        self.heard = time.monotonic()
        match message:
            case {"kind": "alive"}:
                self.say({"kind": "alive"}, [])
            case {"kind": "request", "id": int(mark), "method": str(), "path": str()}:
                self._begin(self._answer(mark, message))
            case {"kind": "open", "id": int(mark), "path": str(path)} if mark not in self._inboxes:
                self._inboxes[mark] = asyncio.Queue()
                self._begin(self._stream(mark, path))
            case {"kind": "send", "id": int(mark), "text": str(text)} if mark in self._inboxes:
                self._inboxes[mark].put_nowait({"type": "websocket.receive", "text": text})
            case {"kind": "close", "id": int(mark)} if mark in self._inboxes:
                self._inboxes[mark].put_nowait({"type": "websocket.disconnect", "code": 1001})

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, mark: int, asked: Mapping[str, Any]) -> None:
        body = (asked.get("body") or "").encode()
        status, parts = 500, list[bytes]()

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            parts.append(message.get("body", b""))

        await self._call(_scope("http", asked["path"], self.language(), method=asked["method"]), receive, send)
        self.say({"kind": "answer", "id": mark, "status": status}, [b"".join(parts)])

    async def _stream(self, mark: int, path: str) -> None:
        inbox, code = self._inboxes[mark], 1001
        inbox.put_nowait({"type": "websocket.connect"})

        async def receive() -> Message:
            while True:
                left = self.heard + self.silent - time.monotonic()
                if left <= 0:
                    return {"type": "websocket.disconnect", "code": 1001}
                try:
                    return await asyncio.wait_for(inbox.get(), left)
                except TimeoutError:
                    continue

        async def send(message: Message) -> None:
            nonlocal code
            if message["type"] == "websocket.close":
                code = message.get("code", 1000)
            elif message["type"] == "websocket.accept":
                self.say({"kind": "opened", "id": mark}, [])
            elif message["type"] == "websocket.send":
                if message.get("bytes") is not None:
                    self.say({"kind": "frame", "id": mark}, [message["bytes"]])
                else:
                    self.say({"kind": "text", "id": mark, "text": message["text"]}, [])

        try:
            await self._call(_scope("websocket", path, self.language()), receive, send)
        finally:
            del self._inboxes[mark]
            self.say({"kind": "closed", "id": mark, "code": code}, [])

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            # The page was told by `failed`; Starlette raises it again for a server's log, which there is none of.
            if scope["type"] == "websocket":
                text = f"the stream failed: {type(error).__name__}: {error}: please report it"
                await send({"type": "websocket.send", "text": json.dumps({"error": text})})


def _scope(kind: str, path: str, language: str, *, method: str = "GET") -> Scope:
    place, _, query = path.partition("?")
    scope: Scope = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "scheme": "http" if kind == "http" else "ws",
        "path": f"{PREFIX}/{unquote(place)}",
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"content-type", b"application/json"), (b"accept-language", language.encode())],
    }
    if kind == "http":
        scope["method"] = method.upper()
    else:
        scope["subprotocols"] = []
    return scope

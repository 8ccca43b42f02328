"""The guard: who may speak to the lab. Pure ASGI around the application, for HTTP and for sockets alike.

A server on loopback is reachable by every page that the browser shows: a foreign page may send requests and open
sockets, and a foreign name may be pointed at 127.0.0.1. So each request must name the server as its host, come from the
server's own page where it says where it comes from, and show the token of this start.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ravine.lab.cookies import cookie_name, own_cookies
from ravine.lab.limits import LIMITS
from ravine.lab.refusals import header_values as _values
from ravine.lab.refusals import refusal

__all__ = ["POLICY", "Guard"]

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' {socket}; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""The content security policy; ``{socket}`` is the address of the page's own sockets."""

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ROOM = 64 * 1024
"""Bytes that JSON's quotes and backslashes may add to a table that is uploaded."""


class _Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Guard:
    """Let through to *app* only requests to one of *hosts* ("127.0.0.1:8000") that show the *token*.

    Whoever opens ``/?token=...`` is given a cookie and sent to *entry*. The cookie holds another secret: browsers send
    it to whatever else runs on this address, which must not learn the token. *admit* is told the address of each
    connection that has shown one of the two.

    No example: a server calls it; see tests/test_lab_guard.py.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Iterable[str],
        token: str,
        port: int,
        entry: str = "/",
        admit: Callable[[Any], None] = lambda client: None,
    ) -> None:
        self.app = app
        self.admit = admit
        self.session = secrets.token_urlsafe(24)
        self.hosts = frozenset(host.lower() for host in hosts)
        self.token = token
        self.entry = entry
        self.cookie = cookie_name(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            try:
                host = self._host(scope)
                self._origin(scope, host, needed=True)
                self._known(scope)
            except _Refused:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
            await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = ""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_headers(scope, host)]
            await send(message)

        try:
            host = self._host(scope)
            self._origin(scope, host, needed=False)
            if scope["path"] == "/" and (given := _query_token(scope)) is not None:
                await self._enter(scope, given, guarded)
                return
            self._known(scope)
            body = await _body(scope, receive) if scope["method"] in WRITES else None
        except _Refused as refused:
            await _answer(scope, guarded, refused.status, str(refused))
            return
        await self.app(scope, receive if body is None else _again(body, receive), guarded)

    def _host(self, scope: Scope) -> str:
        hosts = _values(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            raise _Refused(403, f"the host {', '.join(hosts) or '(none)'!r} is not this server's name: use its address")
        return hosts[0].lower()

    def _origin(self, scope: Scope, host: str, *, needed: bool) -> None:
        origins = _values(scope, b"origin")
        if not origins and not needed:
            if _values(scope, b"sec-fetch-site") == ["cross-site"] and scope["method"] in WRITES:
                raise _Refused(403, "a page of another site may not write here: use the lab's own page")
            return
        if len(origins) != 1 or origins[0].lower() != f"http://{host}":
            raise _Refused(403, f"the origin {', '.join(origins) or '(none)'!r} is foreign: use the lab's own page")

    def _known(self, scope: Scope) -> None:
        shown = _values(scope, b"authorization")
        bearer = [each.removeprefix("Bearer ") for each in shown if each.startswith("Bearer ")]
        cookies = [each for line in _values(scope, b"cookie") for each in own_cookies(line, self.cookie)]
        if not any(_same(each, self.token) for each in bearer) and not any(_same(e, self.session) for e in cookies):
            raise _Refused(403, "no token, or a stale one: open the address that `ravine lab` printed")
        self.admit(scope.get("client"))

    async def _enter(self, scope: Scope, given: str, send: Send) -> None:
        if not _same(given, self.token):
            raise _Refused(403, "the token is not this start's: open the address that `ravine lab` printed last")
        self.admit(scope.get("client"))
        # Lax, for a link that somebody shared leads here from another site; what writes is asked for its origin.
        cookie = f"{self.cookie}={self.session}; Path=/; HttpOnly; SameSite=Lax"
        headers = [(b"location", self.entry.encode()), (b"set-cookie", cookie.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _same(given: str, wanted: str) -> bool:
    # Bytes, for texts with other than ASCII are refused by compare_digest.
    return hmac.compare_digest(given.encode(), wanted.encode())


def _query_token(scope: Scope) -> str | None:
    given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    return given[0] if given else None


def _headers(scope: Scope, host: str) -> list[tuple[bytes, bytes]]:
    made = {
        "content-security-policy": POLICY.format(socket=f"ws://{host}" if host else ""),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        # A page that was built anew must not meet an old script; an address with the token is not to be kept.
        "cache-control": "no-store" if scope["path"].startswith("/api/") or _query_token(scope) else "no-cache",
    }
    return [(name.encode(), value.encode()) for name, value in made.items()]


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body, of a writing request that says that it is JSON and is not too long."""
    if scope["method"] != "DELETE":
        kinds = [each.partition(";")[0].strip().lower() for each in _values(scope, b"content-type")]
        if kinds != ["application/json"]:
            raise _Refused(415, f"the content type {', '.join(kinds)!r} is not taken: send application/json")
    most = LIMITS.upload + ROOM if scope["path"] == "/api/v1/datasets" else LIMITS.body
    declared = _values(scope, b"content-length")
    too_long = f"the body is longer than {most} bytes: send less"
    if declared and (not declared[0].isdecimal() or int(declared[0]) > most):
        raise _Refused(413, too_long)
    body = bytearray()
    try:
        async with asyncio.timeout(LIMITS.body_seconds):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > most:
                    raise _Refused(413, too_long)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise _Refused(408, f"the body did not come within {LIMITS.body_seconds:g} seconds: send it again") from None


def _again(body: bytes, receive: Receive) -> Receive:
    """Hand the *body* on in one piece, and then whatever else comes."""
    waiting = [body]

    async def replayed() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replayed


async def _answer(scope: Scope, send: Send, status: int, text: str) -> None:
    kind, body = refusal(scope, status, text)
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""The guard: the attacks that reach every server on loopback are refused, over HTTP and over sockets."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ravine.lab.cookies import cookie_name
from ravine.lab.limits import LIMITS
from ravine.lab.security import Guard

TOKEN = "a-token-of-this-start"
SESSION = "what-the-cookie-holds"
HOST = "127.0.0.1:8000"
GOOD = {"host": HOST, "authorization": f"Bearer {TOKEN}"}


async def inner(scope: Any, receive: Any, send: Any) -> None:
    """An application that tells what it was given."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    body = b""
    if scope["method"] in {"POST", "PATCH"}:
        message = await receive()
        body = message["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside %d" % len(body)})


def ask(
    method: str = "GET", path: str = "/", headers: dict[str, str] | None = None, *, query: str = "", body: bytes = b"",
    kind: str = "http", parts: int = 1, extra: list[tuple[str, str]] | None = None,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:  # fmt: skip
    """What the guard sends for a request, and the first message's status and headers."""
    pairs = [*(GOOD if headers is None else headers).items(), *(extra or [])]
    scope = {
        "type": kind, "method": method, "path": path, "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs],
    }  # fmt: skip
    length = -(-len(body) // parts) if body else 0
    pieces = [body[start : start + length] for start in range(0, len(body), length)] if body else [b""]
    waiting = [{"type": "http.request", "body": p, "more_body": k < len(pieces) - 1} for k, p in enumerate(pieces)]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return waiting.pop(0) if kind == "http" else {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    guard = Guard(inner, hosts=[HOST, "localhost:8000"], token=TOKEN, port=8000, entry="/?lang=pl")
    guard.session = SESSION
    asyncio.run(guard(scope, receive, send))
    return sent, sent[0]


def status(*args: Any, **kwargs: Any) -> int:
    return int(ask(*args, **kwargs)[1]["status"])


def test_who_shows_the_token_gets_in() -> None:
    assert status() == 200
    assert status(headers={"host": "LOCALHOST:8000", "cookie": f"other=1; {cookie_name(8000)}={SESSION}"}) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": HOST},
        {"host": HOST, "authorization": "Bearer wrong"},
        {"host": HOST, "authorization": f"Basic {TOKEN}"},
        {"host": HOST, "authorization": "Bearer ź".encode().decode("latin-1")},
        {"host": HOST, "cookie": f"{cookie_name(8001)}={SESSION}"},
        {"host": HOST, "cookie": f"{cookie_name(8000)}={TOKEN}"},
        {"host": HOST, "authorization": f"Bearer {SESSION}"},
        {"host": HOST, "cookie": f"{cookie_name(8000)}="},
        {"host": HOST, "cookie": 'a="; \x01=;;;'},
    ],
)
def test_no_token_no_entry(headers: dict[str, str]) -> None:
    sent, first = ask(headers=headers)
    assert first["status"] == 403
    assert "open the address" in json.loads(sent[1]["body"])["error"]


@pytest.mark.parametrize(
    "host", ["evil.example:8000", "127.0.0.1", "127.0.0.1:9000", "127.0.0.1:8000.evil.example", ""]
)
def test_a_rebound_host_is_refused(host: str) -> None:
    assert status(headers={**GOOD, "host": host}) == 403
    assert ask(headers={**GOOD, "host": host, "origin": f"http://{host}"}, kind="websocket")[1]["code"] == 1008


def test_two_hosts_or_none_are_refused() -> None:
    assert status(extra=[("host", HOST)]) == 403
    assert status(headers={"authorization": GOOD["authorization"]}) == 403


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"https://{HOST}", "http://localhost:8000", "http://127.0.0.1"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_origin_is_refused(origin: str, method: str) -> None:
    headers = {**GOOD, "origin": origin, "content-type": "application/json"}
    assert status(method, "/api/v1/runs", headers, body=b"{}") == 403


def test_sockets_need_their_own_origin() -> None:
    assert ask(kind="websocket")[1] == {"type": "websocket.close", "code": 1008}
    assert ask(kind="websocket", headers={**GOOD, "origin": "https://evil.example"})[1]["code"] == 1008
    assert ask(kind="websocket", headers={"host": HOST, "origin": f"http://{HOST}"})[1]["code"] == 1008
    assert ask(kind="websocket", headers={**GOOD, "origin": f"http://{HOST}"})[1]["type"] == "websocket.accept"


def test_a_cross_site_form_cannot_write() -> None:
    """A form sends no JSON; a page that could would be betrayed by its origin, or by the browser's own word."""
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        assert status("POST", "/api/v1/runs", {**GOOD, "content-type": kind}, body=b"{}") == 415
    headers = {**GOOD, "content-type": "application/json", "sec-fetch-site": "cross-site"}
    assert status("POST", "/api/v1/runs", headers, body=b"{}") == 403
    assert status("DELETE", "/api/v1/runs/x", {**GOOD, "sec-fetch-site": "cross-site"}) == 403
    good = {**GOOD, "content-type": "application/json; charset=utf-8", "origin": f"http://{HOST}"}
    assert status("POST", "/api/v1/runs", good, body=b"{}") == 200


@pytest.mark.parametrize("parts", [1, 5])
@pytest.mark.parametrize(("path", "most"), [("/api/v1/runs", LIMITS.body), ("/api/v1/datasets", LIMITS.upload + 2**16)])
def test_bodies_have_a_limit(path: str, most: int, parts: int) -> None:
    headers = {**GOOD, "content-type": "application/json"}
    sent, first = ask("POST", path, headers, body=b" " * most, parts=parts)
    assert (first["status"], sent[1]["body"]) == (200, b"inside %d" % most)
    # Without a length that is declared, and with one: a chunked body is counted as it comes.
    assert status("POST", path, headers, body=b" " * (most + 1), parts=parts) == 413
    assert status("POST", path, {**headers, "content-length": str(most + 1)}) == 413
    assert status("POST", path, {**headers, "content-length": "-1"}) == 413


def test_the_address_with_the_token_sets_the_cookie_once() -> None:
    _, first = ask(headers={"host": HOST}, query=f"token={TOKEN}")
    headers = dict(first["headers"])
    assert first["status"] == 303
    assert headers[b"location"] == b"/?lang=pl"
    assert headers[b"set-cookie"].decode() == f"ravine-lab-8000={SESSION}; Path=/; HttpOnly; SameSite=Lax"
    assert headers[b"cache-control"] == b"no-store"
    assert status(headers={"host": HOST}, query="token=wrong") == 403
    assert status("GET", "/api/v1/catalogue", {"host": HOST}, query=f"token={TOKEN}") == 403


def test_every_answer_carries_the_policy() -> None:
    for headers in (None, {"host": HOST}, {**GOOD, "host": "evil.example"}):
        named = dict(ask(headers=headers)[1]["headers"])
        assert named[b"content-security-policy"].startswith(b"default-src 'self'")
        assert b"unsafe" not in named[b"content-security-policy"]
        assert named[b"x-content-type-options"] == b"nosniff"
        assert named[b"x-frame-options"] == b"DENY"

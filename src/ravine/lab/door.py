"""The door: connections that have not shown the token are few and do not stay, so that the owner always gets in.

uvicorn has no time-out for a connection that sends no request, or half of one, and counts all connections alike.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from ravine.lab.cookies import own_cookies
from ravine.lab.limits import LIMITS

__all__ = ["Door", "protocol_of"]

Client = tuple[str, int]


class Door:
    """Strangers: connections that have not shown the token yet, by their address, in the order in which they came.

    At most *most* are let stay, and each for *seconds* at most: where one more comes, the one goes that came first. So
    whoever comes and shows the token at once is let in, however many stand about.

    >>> import asyncio
    >>> class Line:
    ...     cut = False
    ...     def abort(self):
    ...         self.cut = True
    >>> async def visits():
    ...     door, lines = Door(most=2, seconds=60.0), [Line(), Line(), Line()]
    ...     for port, line in enumerate(lines[:2]):
    ...         door.came(("127.0.0.1", port), line)
    ...     door.admit(("127.0.0.1", 0))
    ...     door.came(("127.0.0.1", 2), lines[2])
    ...     return [line.cut for line in lines], len(door)
    >>> asyncio.run(visits())
    ([False, False, False], 2)
    """

    def __init__(self, most: int = LIMITS.strangers, seconds: float = LIMITS.stranger_seconds) -> None:
        self.most, self.seconds = most, seconds
        self._strangers: dict[Client, tuple[asyncio.Transport, asyncio.TimerHandle]] = {}

    def __len__(self) -> int:
        return len(self._strangers)

    def came(self, client: Client, transport: asyncio.Transport) -> None:
        """A connection was made."""
        while len(self._strangers) >= self.most:
            self._show_out(next(iter(self._strangers)))
        timer = asyncio.get_running_loop().call_later(self.seconds, self._show_out, client)
        self._strangers[client] = transport, timer

    def admit(self, client: Client | None) -> None:
        """The connection has shown the token."""
        if client is not None and (known := self._strangers.pop((client[0], client[1]), None)):
            known[1].cancel()

    left = admit

    def _show_out(self, client: Client) -> None:
        transport, timer = self._strangers.pop(client)
        timer.cancel()
        # Not closed: that would wait for a stranger to read what he was sent.
        transport.abort()


class _Protocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a time-out for requests that do not come, or come by the byte."""

    door: Door
    cookie: str
    seconds: float

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._awaited: asyncio.TimerHandle | None = None
        self._upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if self.client is not None:
            self.door.came(self.client, transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.door.left(self.client)
        self._stop()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._upgraded = True
        # What neighbours have stored is no business of the handshake, and may be longer than a line of it.
        self.headers = [
            (name, "; ".join(f"{self.cookie}={each}" for each in own_cookies(value.decode("latin-1"), self.cookie))
             .encode("latin-1") if name == b"cookie" else value)
            for name, value in self.headers
        ]  # fmt: skip
        super().handle_websocket_upgrade(event)

    def _wait(self) -> None:
        """Let the time run while a request is awaited, from its beginning to the end of its header."""
        if self._upgraded or (self.cycle is not None and not self.cycle.response_complete):
            self._stop()
        elif self._awaited is None and not self.transport.is_closing():
            self._awaited = self.loop.call_later(self.seconds, self.transport.abort)

    def _stop(self) -> None:
        if self._awaited is not None:
            self._awaited.cancel()
            self._awaited = None


def protocol_of(door: Door, cookie: str, seconds: float = LIMITS.header_seconds) -> type[asyncio.Protocol]:
    """The class of the server's connections: they come by *door*, and are cut where a request takes longer to come.

    *cookie* is the name of the lab's own: others are kept from the handshake of a socket.

    >>> protocol_of(Door(), "ravine-lab-8000").seconds
    30.0
    """
    return type("Protocol", (_Protocol,), {"door": door, "cookie": cookie, "seconds": seconds})

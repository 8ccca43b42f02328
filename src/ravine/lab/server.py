"""The server: routes, page and guard under uvicorn, on loopback unless told otherwise."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
import socket
import threading
import time
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from ravine.core import RavineError
from ravine.lab.api import failed, routes
from ravine.lab.cookies import cookie_name
from ravine.lab.door import Door, protocol_of
from ravine.lab.limits import LIMITS
from ravine.lab.security import Guard
from ravine.lab.sessions import Sessions

__all__ = ["Server", "application", "host_names"]


def application(
    lab: Sessions,
    *,
    hosts: Iterable[str],
    token: str,
    port: int,
    language: str = "en",
    warm: bool = True,
    admit: Callable[[Any], None] = lambda client: None,
) -> ASGIApp:
    """The guarded ASGI application over *lab*. With *warm* it compiles the default set as soon as it starts.

    *admit* is told the address of each connection that has shown the token.

    >>> type(application(Sessions(), hosts=["127.0.0.1:8000"], token="secret", port=8000)).__name__
    'Guard'
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        warmth = threading.Thread(target=_warm, args=(lab,), daemon=True)
        # Each page that watches takes a thread for a moment, and a report one for a second: none is to wait for others.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * LIMITS.sockets, "ravine-lab"))
        if warm:
            warmth.start()
        yield
        await asyncio.to_thread(lab.close)
        if warm:
            await asyncio.to_thread(warmth.join, 60)

    page = Path(str(resources.files("ravine.lab").joinpath("static")))
    # A checkout whose page was never built still answers its interface.
    files: ASGIApp = StaticFiles(directory=page, html=True) if page.is_dir() else _no_page
    app = Starlette(
        routes=[*routes(lab), Mount("/", files)],
        exception_handlers={RavineError: failed, HTTPException: failed, Exception: failed},
        lifespan=lifespan,
    )
    return Guard(app, hosts=hosts, token=token, port=port, entry=f"/?lang={language}", admit=admit)


class _Serving(uvicorn.Server):
    """uvicorn's server, which ends the runs before the connections: who waits for one is answered while he can be."""

    def __init__(self, config: uvicorn.Config, lab: Sessions) -> None:
        super().__init__(config)
        self.lab = lab

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.to_thread(self.lab.close)
        await super().shutdown(sockets)


async def _no_page(scope: Scope, receive: Receive, send: Send) -> None:
    text = "The page is not in this installation: build it with npm in web/, or install a released version."
    await PlainTextResponse(text, status_code=404)(scope, receive, send)


def _warm(lab: Sessions) -> None:
    # What cannot be compiled ahead is reported when it is asked for.
    with contextlib.suppress(RavineError):
        lab.warm()


def host_names(host: str, port: int, *, public: bool) -> tuple[str, ...]:
    """What a browser may call the server: its address, and on loopback ``localhost``.

    >>> host_names("127.0.0.1", 8000, public=False)
    ('127.0.0.1:8000', 'localhost:8000')
    >>> host_names("0.0.0.0", 8000, public=False)
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: the address 0.0.0.0 is open to the network: add --public if that is wanted, ...
    """
    loopback = _loopback(host)
    if not loopback and not public:
        raise RavineError(
            f"the address {host} is open to the network: add --public if that is wanted, or leave --host out"
        )
    names = [f"[{host}]" if ":" in host else host]
    if loopback:
        names += ["localhost"] if host != "localhost" else ["127.0.0.1"]
    else:
        own = socket.gethostname()
        names += [own, "127.0.0.1", "localhost"]
        with contextlib.suppress(OSError):
            names += [str(info[4][0]) for info in socket.getaddrinfo(own, None, socket.AF_INET)]
    return tuple(dict.fromkeys(f"{name}:{port}" for name in names))


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Server:
    """A lab with an address. `run` serves until it is stopped; `start` does so in a thread.

    *port* 0 takes a free one. The socket is bound here, so that the address is known before anything is served.

    >>> server = Server(Sessions(), port=0, warm=False)
    >>> server.url.startswith(f"http://127.0.0.1:{server.port}/?token=")
    True
    >>> server.close()
    """

    def __init__(
        self,
        lab: Sessions,
        *,
        host: str = "127.0.0.1",
        port: int = 8765,
        public: bool = False,
        language: str = "en",
        warm: bool = True,
    ) -> None:
        host_names(host, port, public=public)
        self.lab = lab
        self.token = secrets.token_urlsafe(24)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.socket.bind((host, port))
            # Whoever opens the address before anything is served waits, and is not refused.
            self.socket.listen(LIMITS.waiting)
        except OSError as error:
            self.socket.close()
            raise RavineError(
                f"cannot listen on {host}:{port}: {error.strerror}: choose another --port, 0 takes a free one"
            ) from error
        self.host, self.port = host, int(self.socket.getsockname()[1])
        hosts = host_names(host, self.port, public=public)
        door = Door()
        app = application(
            lab, hosts=hosts, token=self.token, port=self.port, language=language, warm=warm, admit=door.admit
        )
        settings = uvicorn.Config(
            app,
            # No limit for all connections alike: strangers would use it up, and shut the owner out.
            http=protocol_of(door, cookie_name(self.port)),
            h11_max_incomplete_event_size=LIMITS.header,
            backlog=LIMITS.waiting,
            log_level="warning",
            ws="websockets-sansio",
            ws_max_size=LIMITS.message,
            ws_max_queue=64,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=3,
            server_header=False,
            access_log=False,
        )
        self.server = _Serving(settings, lab)
        self._thread: threading.Thread | None = None

    @property
    def origin(self) -> str:
        """The address without the token."""
        name = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}"

    @property
    def url(self) -> str:
        """The address to open, with the token of this start."""
        return f"{self.origin}/?token={self.token}"

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until Ctrl-C or `close`; *ready* is called once requests are answered."""
        watch = threading.Thread(target=self._call_when_ready, args=(ready,), daemon=True)
        watch.start()
        self.server.run(sockets=[self.socket])

    def _call_when_ready(self, ready: Callable[[], None]) -> None:
        while not self.server.started and not self.server.should_exit:
            time.sleep(0.01)
        if self.server.started:
            ready()

    def open_browser(self) -> None:
        """Show the page in the user's browser."""
        webbrowser.open(self.url)

    def start(self) -> None:
        """Serve in a thread; returns once requests are answered."""
        begun = threading.Event()
        self._thread = threading.Thread(target=self.run, args=(begun.set,), daemon=True)
        self._thread.start()
        if not begun.wait(60):
            raise RavineError("the lab's server did not start within a minute: see the messages above")

    def close(self) -> None:
        """End the server and all runs."""
        self.server.should_exit = True
        if self._thread is not None:
            self._thread.join(30)
        self.lab.close()
        self.socket.close()

"""A client of the lab for scripts: JSON calls, and the frames of a run's stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import requests
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from ravine.core import RavineError
from ravine.lab.openapi import PREFIX
from ravine.lab.wire import decode

__all__ = ["Client"]


class Client:
    """Speaks to the lab whose address, token included, `ravine lab` printed.

    >>> from ravine.lab import Sessions, Server
    >>> server = Server(Sessions(), port=0, warm=False)
    >>> server.start()
    >>> client = Client(server.url)
    >>> run = client.call("POST", "runs", {"configuration": {"data": {"name": "moons", "n": 40}, "lanes": [{}]}})
    >>> client.call("POST", f"runs/{run['id']}/control", {"action": "step", "steps": 5})["step"]
    5
    >>> server.close()
    """

    def __init__(self, url: str, *, seconds: float = 120.0) -> None:
        parts = urlsplit(url)
        token = parse_qs(parts.query).get("token", [""])[0]
        if not token:
            raise RavineError(f"client: {url!r} has no token: give the whole address that `ravine lab` printed")
        self.host, self.seconds = parts.netloc, seconds
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, asked: Any = None) -> Any:
        """What the server answers to *method* *path* (such as "runs") with the JSON *asked*; other kinds as bytes."""
        address = f"http://{self.host}{PREFIX}/{path}"
        answer = requests.request(method, address, json=asked, headers=self.headers, timeout=self.seconds)
        told = answer.headers.get("content-type", "").startswith("application/json") and answer.content
        if answer.status_code >= 400:
            cause = answer.json().get("error", "") if told else answer.text[:200]
            raise RavineError(f"client: {method} {path}: {answer.status_code}: {cause}")
        return answer.json() if told else answer.content

    def connect(self, run: str) -> ClientConnection:
        """A socket to the stream of *run*."""
        address = f"ws://{self.host}{PREFIX}/runs/{run}/stream"
        return connect(address, additional_headers=self.headers, origin=Origin(f"http://{self.host}"), max_size=None)

    def frames(
        self, run: str, views: Sequence[str] = ("loss",), *, lane: int = 0, fps: float = 30.0
    ) -> Iterator[tuple[dict[str, Any], dict[str, np.ndarray]]]:
        """Headers and arrays of the frames of *run*, each acknowledged as the next is asked for. Errors are raised."""
        with self.connect(run) as socket:
            socket.send(json.dumps({"do": "subscribe", "views": list(views), "lane": lane, "fps": fps}))
            for message in socket:
                if isinstance(message, str):
                    said = json.loads(message)
                    if "error" in said:
                        raise RavineError(said["error"])
                    continue
                header, arrays = decode(message)
                yield header, arrays
                socket.send(json.dumps({"do": "ack", "f": header["f"]}))

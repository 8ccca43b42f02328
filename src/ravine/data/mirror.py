"""One file from one address, within limits: a server that is silent, slow or endless costs seconds, not minutes."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    import requests

__all__ = ["UnservedError", "received"]

ANSWER = 8.0
"""Seconds until the first line of an answer: name look-up, every address of the name, proxy, encryption, redirects."""
SILENCE = 10.0
"""Seconds without a byte after which a server that began to answer is given up."""
SLOWEST = 20_000
"""Bytes a second below which a download is given up, counted from `SILENCE` seconds on."""
CHUNK = 1 << 16


class UnservedError(Exception):
    """Why one place did not serve what was asked of it, in a few words.

    No example: `ravine.data.fetch` gathers them into one sentence.
    """


def received(url: str, most: int) -> bytes:
    """Return what *url* serves, at most *most* bytes; asked once, for a refusal that is known in seconds.

    Raises UnservedError with the cause: no connection, no answer in time, an HTTP error, too slow, too large.

    No example: it reads the network.
    """
    import requests  # takes a while to import

    began = time.monotonic()
    content = bytearray()
    try:
        with _answer(url) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_content(CHUNK):
                content += chunk
                if len(content) > most:
                    raise UnservedError(f"sends more than {most} bytes")
                if time.monotonic() - began > SILENCE + len(content) / SLOWEST:
                    raise UnservedError(f"slower than {SLOWEST // 1000} kB a second")
    except requests.RequestException as cause:
        raise UnservedError(_why(cause)) from cause
    return bytes(content)


def _answer(url: str) -> requests.Response:
    """Ask for *url* and return the answer's head, or raise `UnservedError` after `ANSWER` seconds.

    The limits that a connection has of its own do not bound the whole: looking a name up has none, and each of the
    dozen addresses that a name may have is tried for the full time. Hence a thread, which is left behind when late.
    """
    import requests

    class Secure(requests.Session):
        """Follows no answer that leads from an encrypted address to one that is not: anybody could answer there."""

        def get_redirect_target(self, resp: requests.Response) -> str | None:
            target = super().get_redirect_target(resp)
            where = None if target is None else urljoin(resp.url, target)
            if where is not None and urlsplit(resp.url).scheme == "https" and urlsplit(where).scheme != "https":
                raise UnservedError(f"leads to {where[:100]}, which is not https: refused")
            return target

    found: list[requests.Response | Exception] = []
    lock, late, done = threading.Lock(), False, threading.Event()

    def ask() -> None:
        try:
            made: requests.Response | Exception = Secure().get(url, stream=True, timeout=(ANSWER, SILENCE))
        except Exception as cause:
            made = cause
        with lock:
            if late and isinstance(made, requests.Response):
                made.close()
            found.append(made)
        done.set()

    threading.Thread(target=ask, name=f"ask {url}", daemon=True).start()
    done.wait(ANSWER)
    with lock:
        late = not found
    if late:
        raise UnservedError("no answer in time")
    (answer,) = found
    if isinstance(answer, Exception):
        raise answer
    return answer


def _why(cause: Exception) -> str:
    import requests

    if isinstance(cause, requests.HTTPError) and cause.response is not None:
        return f"HTTP {cause.response.status_code} {cause.response.reason}"
    if isinstance(cause, requests.Timeout):
        return "no answer in time"
    if isinstance(cause, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(cause, requests.exceptions.ProxyError):
        return "no connection through the proxy"
    if isinstance(cause, requests.ConnectionError):
        # requests words a silence in mid-answer as a failed connection
        return "no answer in time" if "timed out" in str(cause) else "no connection"
    return str(cause)

"""The owner gets in: past strangers who stand about, past neighbours' cookies; others are told what to do."""

from __future__ import annotations

import contextlib
import html
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from websockets.sync.client import connect
from websockets.typing import Origin

from lab_sample import SMALL, small
from ravine.lab import LIMITS, Server, Sessions
from ravine.lab.client import Client
from ravine.lab.cookies import cookie_name, own_cookies
from ravine.lab.door import Door, protocol_of
from ravine.lab.openapi import PREFIX
from ravine.lab.sentences import translated
from waiting import PATIENCE, until


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(Sessions(default=small()), port=0, warm=False)
    made.start()
    yield made
    made.close()


def _with(door: Door, seconds: float = 0.2) -> Server:
    made = Server(Sessions(default=small()), port=0, warm=False)
    guard: Any = made.server.config.app
    guard.admit = door.admit
    made.server.config.http = protocol_of(door, cookie_name(made.port), seconds)
    made.start()
    return made


def stranger(server: Server, said: bytes = b"") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    made.sendall(said)
    return made


def ended(line: socket.socket) -> bool:
    """Whether the server has cut the *line*, once it has."""
    with contextlib.suppress(ConnectionResetError):
        while line.recv(4096):
            pass
    return True


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_strangers_do_not_shut_the_owner_out(server: Server, said: bytes) -> None:
    """More than may stay: silent ones, ones in the middle of a header, and ones that have been refused."""
    lines = [stranger(server, said) for _ in range(LIMITS.strangers + 100)]
    try:
        assert Client(server.url, seconds=PATIENCE).call("GET", "openapi.json")["openapi"]
        session = requests.Session()
        session.get(server.url, timeout=PATIENCE)
        assert session.get(f"{server.origin}{PREFIX}/openapi.json", timeout=PATIENCE).status_code == 200
        # Those who came first have been shown out for those who came later.
        assert ended(lines[0])
        assert len(server.server.server_state.connections) <= LIMITS.strangers + 8
    finally:
        for line in lines:
            line.close()


@pytest.mark.parametrize(
    "said", [b"", b"GET / HTTP/1.1\r\nHost: x", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"]
)
def test_strangers_may_not_stay(said: bytes) -> None:
    server = _with(Door(most=4, seconds=0.2), seconds=PATIENCE)
    line = stranger(server, said)
    assert ended(line)
    line.close()
    server.close()


def test_a_header_by_the_byte_is_not_waited_for() -> None:
    """Not of the owner either, whose first request was a good one."""
    server = _with(Door(most=4, seconds=PATIENCE))
    good = f"GET {PREFIX}/openapi.json HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
    good += f"Authorization: Bearer {server.token}\r\n\r\n"
    line = stranger(server, good.encode())
    assert line.recv(15) == b"HTTP/1.1 200 OK"
    line.sendall(b"GET / HTTP")
    assert ended(line)
    line.close()
    server.close()


def test_a_socket_stays() -> None:
    """The times are those of strangers and of headers, and no more once a page's socket is open."""
    door = Door(most=4, seconds=0.3)
    server = _with(door, 0.3)
    client = Client(server.url, seconds=PATIENCE)
    run = client.call("POST", "runs", {"configuration": SMALL})["id"]
    silent = stranger(server)
    with client.connect(run) as stream:
        late = stranger(server)
        # Both have been let go, which takes as long as the socket would have had.
        assert ended(silent)
        assert ended(late)
        silent.close()
        late.close()
        stream.send('{"do": "subscribe", "views": ["loss"]}')
        assert isinstance(stream.recv(), bytes)
    until(lambda: not len(door))
    server.close()


NEIGHBOURS = {
    "JSON": 'state={"tab": "a", "list": [1, 2]}',
    "quotes": 'x="a\\"; y="',
    "brackets": "[a]=(b)<c>@d,e/f?g",
    "no name": "=; ;; x; ==",
    "other letters": "żółw=ąę",
    "long": "big=" + "x" * 30_000,
}


@pytest.mark.parametrize("odd", NEIGHBOURS.values(), ids=NEIGHBOURS)
@pytest.mark.parametrize("first", [True, False])
def test_neighbours_cookies_do_not_shut_the_owner_out(server: Server, odd: str, first: bool) -> None:
    """All that runs on 127.0.0.1 shares one jar of cookies, whatever its port."""
    session = requests.Session()
    session.get(server.url, timeout=PATIENCE)
    own = f"{cookie_name(server.port)}={session.cookies[cookie_name(server.port)]}"
    cookies = (f"{odd}; {own}" if first else f"{own}; {odd}").encode()
    asked = requests.get(f"{server.origin}{PREFIX}/openapi.json", headers={"cookie": cookies}, timeout=PATIENCE)
    assert asked.status_code == 200
    run = Client(server.url, seconds=PATIENCE).call("POST", "runs", {"configuration": SMALL})["id"]
    address = f"ws://127.0.0.1:{server.port}{PREFIX}/runs/{run}/stream"
    with connect(
        address, additional_headers={"cookie": cookies.decode("latin-1")}, origin=Origin(server.origin)
    ) as stream:
        stream.send('{"do": "subscribe", "views": ["loss"]}')
        assert isinstance(stream.recv(), bytes)


def test_own_cookies_are_those_of_the_name_and_no_others() -> None:
    assert own_cookies("a=1; xa=2; a=3;a = 4", "a") == ["1", "3", "4"]
    assert own_cookies("", "a") == own_cookies("a", "a") == []


def test_the_cookie_is_not_the_token(server: Server) -> None:
    session = requests.Session()
    session.get(server.url, timeout=PATIENCE)
    (value,) = session.cookies.values()
    assert server.token not in value
    # What a neighbour may learn of the cookie does not open the address, nor does it do as a script's token.
    assert requests.get(f"{server.origin}/?token={value}", timeout=PATIENCE).status_code == 403
    bearer = {"authorization": f"Bearer {value}"}
    assert requests.get(server.origin, headers=bearer, timeout=PATIENCE).status_code == 403


BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/", "/?token=wrong", f"{PREFIX}/runs/x/export.html", "/nowhere"])
@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_link_that_does_not_open_says_what_to_do(server: Server, path: str, language: str) -> None:
    headers = {**BROWSER, "accept-language": f"{language};q=0.9, de"}
    page = requests.get(f"{server.origin}{path}", headers=headers, timeout=PATIENCE)
    assert page.status_code == 403
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'lang="{language}"' in page.text
    assert "ravine lab &quot;LINK&quot;" in page.text
    words = {"en": "If somebody sent you this link", "pl": "Jeśli ktoś przysłał Ci ten odnośnik"}
    assert words[language] in html.unescape(page.text)
    # A page or a script is told as JSON, in the same language.
    told = requests.get(f"{server.origin}{path}", headers={"accept-language": language}, timeout=PATIENCE).json()
    assert html.unescape(page.text).lower().count(told["error"].lower()) == 1


def test_what_is_not_there_is_a_page_as_well(server: Server) -> None:
    bearer = Client(server.url).headers
    for path in ("/nowhere", f"{PREFIX}/nowhere", f"{PREFIX}/runs/x", f"{PREFIX}/runs/x/export.html"):
        answer = requests.get(f"{server.origin}{path}", headers={**BROWSER, **bearer}, timeout=PATIENCE)
        assert answer.status_code == 404
        assert "<h1>There is nothing here</h1>" in answer.text
        told = requests.get(f"{server.origin}{path}", headers=bearer, timeout=PATIENCE)
        assert told.status_code == 404
        assert told.json()["error"]


def test_markup_in_an_address_is_text(server: Server) -> None:
    bearer = Client(server.url).headers
    address = f"{server.origin}{PREFIX}/runs/%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    answer = requests.get(address, headers={**BROWSER, **bearer}, timeout=PATIENCE)
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    ("english", "polish"),
    [
        ("there is no run 'x': begin one with POST runs", "nie ma przebiegu 'x': rozpocznij go przez POST runs"),
        ("t.csv: column 'a': 3 missing values, the first at row 1: fill in or drop such rows",
         "t.csv: kolumna 'a': brakujące wartości: 3, pierwsza w wierszu 1: uzupełnij je albo usuń takie wiersze"),
        ("frame: no column 'x': did you mean 'y'? Known: y, z", "tabela: nie ma kolumny 'x': może 'y'? Są: y, z"),
        ("stopped: 40 steps are done", "zatrzymano: wykonano zadaną liczbę kroków: 40"),
        ("something: else", "something: else"),
    ],
)  # fmt: skip
def test_sentences_are_said_in_polish(english: str, polish: str) -> None:
    assert translated(english, "pl") == polish
    assert translated(english, "en") == english

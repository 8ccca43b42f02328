"""Cookies, read so that nobody else's are in the way: all that runs on this machine's loopback address shares them."""

from __future__ import annotations

__all__ = ["cookie_name", "own_cookies"]


def cookie_name(port: int) -> str:
    """The name of the cookie that lets a browser in: one per port, so that two labs do not disturb each other.

    >>> cookie_name(8000)
    'ravine-lab-8000'
    """
    return f"ravine-lab-{port}"


def own_cookies(line: str, name: str) -> list[str]:
    """The values of the cookies *name* in the header *line*, whatever stands around them.

    Browsers send cookies as they were set (RFC 6265, section 5.4), separated by semicolons, quotes and brackets and
    all. Python's `http.cookies` keeps to the stricter grammar for servers, and stops at the first that does not.

    >>> own_cookies('seen={"a": 1, "b": [2]}; ravine-lab-8000=abc; x', "ravine-lab-8000")
    ['abc']
    """
    pairs = (part.partition("=") for part in line.split(";"))
    return [value.strip() for key, sign, value in pairs if sign and key.strip() == name]

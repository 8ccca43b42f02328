"""Formulas in TeX, evaluated: what is printed about a function is compared with what the function does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import special

Values = dict[str, Any]

TOKEN = re.compile(r"\\operatorname\{(\w+)\}|\\([A-Za-z]+)|(\d+(?:\.\d+)?)|([A-Za-z]'*)|(\S)")
SPACES = re.compile(r"\\[,;:! ]|\\quad|\\left|\\right")

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "tanh": np.tanh,
    "ln": np.log,
    "exp": np.exp,
    "erf": special.erf,
    "sigma": special.expit,
    "Phi": special.ndtr,
    "varphi": lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi),
    "max": np.maximum,
    "min": np.minimum,
}
COMPARISONS: dict[str, Callable[..., Any]] = {"<": np.less, ">": np.greater, "le": np.less_equal, "=": np.equal}


def evaluate(text: str, **values: Any) -> Any:
    """The value of the expression *text* where its letters have *values*.

    >>> float(evaluate(r"\\frac{1}{2} x^2 + [x > 1]", x=2.0))
    3.0
    """
    return _Reader(text, values).whole()


def split(formula: str) -> tuple[list[str], dict[str, str]]:
    """The sides of the equations in *formula*, and what it defines behind the first wide space.

    >>> split(r"f(x) = x\\,u = u\\,x, \\quad u = 2\\,[x = 1],\\ v \\approx 3")
    (['f(x)', 'x\\\\,u', 'u\\\\,x'], {'u': '2\\\\,[x = 1]', 'v': '3'})
    """
    first, *rest = re.split(r"\\quad|,\\ ", formula)
    defined = {}
    for part in rest:
        name, value = _sides(part.replace(r"\approx", "=").strip(" ,"))
        defined[name.lstrip("\\")] = value
    return _sides(first.strip(" ,")), defined


def _sides(text: str) -> list[str]:
    # An equals sign within brackets is a condition.
    depth, made = 0, [""]
    for sign in text:
        depth += (sign in "[({") - (sign in "])}")
        if sign == "=" and not depth:
            made.append("")
        else:
            made[-1] += sign
    return [side.strip() for side in made]


class _Reader:
    """Reads a sum of products of powers, left to right."""

    def __init__(self, text: str, values: Values) -> None:
        self.tokens = [next(part for part in found if part) for found in TOKEN.findall(SPACES.sub(" ", text))]
        self.place, self.values = 0, values

    def whole(self) -> Any:
        made = self.sum()
        assert self.here is None, f"{self.tokens} is not read from {self.place} on"
        return made

    @property
    def here(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self, *wanted: str) -> str | None:
        found = self.here
        if found is None or (wanted and found not in wanted):
            return None
        self.place += 1
        return found

    def must(self, wanted: str) -> None:
        assert self.take(wanted), f"{wanted} is missing at {self.place} of {self.tokens}"

    def sum(self) -> Any:
        made = -self.product() if self.take("-") else self.product()
        while sign := self.take("+", "-"):
            made = made + self.product() if sign == "+" else made - self.product()
        return made

    def product(self) -> Any:
        made = self.power()
        while True:
            if self.take("/"):
                made = made / self.power()
            elif self.take("cdot") or self.follows:
                made = made * self.power()
            else:
                return made

    @property
    def follows(self) -> bool:
        """Whether a factor follows without a sign."""
        return self.here is not None and self.here not in "+-/=<>,)]}|" and self.here not in COMPARISONS

    def power(self) -> Any:
        made = self.atom()
        return made ** self.argument() if self.take("^") else made

    def argument(self) -> Any:
        """One token, or what stands in braces."""
        if self.take("{"):
            made = self.sum()
            self.must("}")
            return made
        token = self.here
        assert token is not None
        if token.isdigit() and len(token) > 1:  # ``\\tfrac16``: a digit each
            self.tokens[self.place : self.place + 1] = list(token)
        if token == "-":
            return self.sum()
        return self.atom()

    def several(self) -> Iterator[Any]:
        yield self.sum()
        while self.take(","):
            yield self.sum()

    def atom(self) -> Any:  # noqa: PLR0911 - a form each
        token = self.take()
        assert token is not None, f"{self.tokens} ends too soon"
        if token[0].isdigit():
            return float(token)
        if token in ("(", "{"):
            made = self.sum()
            self.must(")" if token == "(" else "}")
            return made
        if token == "|":
            made = np.abs(self.sum())
            self.must("|")
            return made
        if token == "[":
            return self.condition()
        if token in ("frac", "tfrac"):
            return self.argument() / self.argument()
        if token == "sqrt":
            return np.sqrt(self.argument())
        if token in FUNCTIONS:
            if self.take("("):
                found = FUNCTIONS[token](*self.several())
                self.must(")")
                return found
            return FUNCTIONS[token](self.power())
        if token == "e":
            return np.e
        if token == "pi":
            return np.pi
        return self.values[token]

    def condition(self) -> Any:
        left, holds = self.sum(), np.True_
        while sign := self.take(*COMPARISONS):
            right = self.sum()
            holds = holds & COMPARISONS[sign](left, right)
            left = right
        self.must("]")
        return holds * 1.0

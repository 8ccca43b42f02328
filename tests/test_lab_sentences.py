"""Whatever the server says to a page is said in Polish too: the sentences of the lab's code, refusals of values."""

from __future__ import annotations

import ast
import importlib
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import ravine.lab
from ravine.core import RavineError, record
from ravine.lab.rules import made_rule, option_names
from ravine.lab.sentences import translated
from ravine.optim import RULES

LAB = Path(ravine.lab.__file__).parent
APART = {"client.py", "door.py", "wire.py", "recording.py", "links.py", "server.py"}
"""What programs, the notebook and the command line are told, and no page."""
ENGLISH = (
    "the|and|of|with|is|are|be|should|must|input|valid|field|required|at|most|least|got|not|have|has|had|than|or|from|"
    "this|that|there|one|each|its|for|in|as|take|fewer|give|send|use|known|unknown|choose|number|numbers|string|"
    "list|integer|object|dictionary|extra|inputs|permitted|items|item|after|validation|characters"
)


def english(text: str) -> list[str]:
    """Words of English in *text*, outside of the values that it quotes."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]|\{[^}]*\}", "·", text)
    return re.findall(rf"\b(?:{ENGLISH})\b", bare)


def raised(path: Path) -> Iterator[str]:
    """What the code of *path* raises or tells, with a number or a name in the place of every value."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in {"RavineError", "tell", "say"}:
            continue
        for told in node.args:
            if isinstance(told, ast.Constant) and isinstance(told.value, str) and " " in told.value:
                yield told.value
            elif isinstance(told, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else _sample(part) for part in told.values
                )


def _sample(part: ast.expr) -> str:
    assert isinstance(part, ast.FormattedValue)
    source = ast.unparse(part.value)
    if source.startswith("nearest("):
        return "did you mean 'tanh'? Known: relu, tanh"
    return "'x'" if part.conversion == 114 else "7"


def test_every_sentence_of_the_lab_has_a_polish_one() -> None:
    sentences = {
        text: path.name for path in sorted(LAB.glob("*.py")) if path.name not in APART for text in raised(path)
    }
    assert len(sentences) > 50
    left = {text: translated(text, "pl") for text in sentences if english(translated(text, "pl"))}
    assert left == {}, "\n".join(f"{sentences[text]}: {text} -> {said}" for text, said in left.items())


MODULES = ("requests", "_configuration", "queries", "stream")
RECORDS: tuple[type[BaseModel], ...] = tuple(
    kind
    for module in map(importlib.import_module, (f"ravine.lab.{each}" for each in MODULES))
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == module.__name__
)
VALUES: tuple[Any, ...] = (
    None, True, "x", "", "x" * 300, "a/b", "\ud800", 1.5, -1, 10**7, 10**30, -1e30, math.nan, math.inf, [], [1, 2, 3],
    [[0.5, "x"]], ["x"] * 3, [1.0] * 5000, {}, {"x": "y"}, {"more": 1}, {str(k): 1.0 for k in range(600)}, [{}] * 99,
    [{"rule": "adem"}], [{"units": 0}], [{"more": 0}], [None], [{"kernel": [[1.0]], "bias": []}], [[0.0, 0.0, 99]],
)  # fmt: skip


KINDS = {
    "bool_type", "dict_type", "extra_forbidden", "finite_number", "float_type", "greater_than_equal", "int_type",
    "less_than", "less_than_equal", "list_type", "literal_error", "missing", "model_type", "string_too_long",
    "string_type", "too_long", "too_short", "tuple_type", "value_error",
}  # fmt: skip
"""How pydantic calls what is wrong with a value; "value_error" is a sentence of the lab."""


def refusals(kind: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """The kind of each refusal, by pydantic's name, and its sentence, where a field holds what it must not."""
    for field in kind.model_fields:
        for value in VALUES:
            try:
                kind(**{field: value})
            except ValidationError as error:
                yield error.errors()[0]["type"], _said(kind, {field: value})


def _said(kind: type[BaseModel], values: dict[str, Any]) -> str:
    with pytest.raises(RavineError) as caught:
        record("request", kind, values)
    return str(caught.value)


def test_whatever_is_wrong_in_a_request_is_said_in_polish() -> None:
    found = {sentence: kind for each in RECORDS for kind, sentence in refusals(each)}
    kinds = set(found.values())
    # Every kind that the records of the lab are known to raise is among them, and the test looks at something.
    assert kinds >= KINDS
    left = {text: translated(text, "pl") for text in found if english(translated(text, "pl"))}
    assert left == {}, "\n".join(f"{found[text]}: {text[:150]} -> {said[:150]}" for text, said in left.items())


def test_numbers_of_rules_are_refused_in_polish() -> None:
    found = []
    for name in RULES:
        for option in option_names(name):
            for value in (-1e9, 1e30, math.nan):
                try:
                    made_rule(name, 0.1, "constant", 1.0, {option: value})
                except RavineError as error:
                    found.append(str(error))
    assert len(found) > 20
    assert {text: said for text in found if english(said := translated(text, "pl"))} == {}

"""Jobs, studies and the lab's configurations are described in the same ways: values, a TOML file, a JSON file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from ravine.core import RavineError
from ravine.lab import configuration, read_configuration
from ravine.study import read_study
from ravine.train import read_job

CASES: dict[str, tuple[Callable[..., Any], dict[str, Any], dict[str, Any]]] = {
    "job": (read_job, {"network": "*-4:tanh-*", "data": "xor"}, {"epochs": 3}),
    "study": (read_study, {"networks": ["*-4:tanh-*"], "rules": ["sgd"]}, {"seeds": 3}),
    "configuration": (read_configuration, {"network": "*-4:tanh-*", "data": {"name": "xor"}}, {"seed": 3}),
}


@pytest.mark.parametrize("name", CASES)
def test_toml_and_json_say_the_same(name: str, tmp_path: Path) -> None:
    read, values, over = CASES[name]
    (tmp_path / "a.toml").write_text(tomli_w.dumps(values))
    (tmp_path / "a.json").write_text(json.dumps(values))
    made = read(tmp_path / "a.toml", **over)
    assert made == read(str(tmp_path / "a.json"), **over)
    assert {key: getattr(made, key) for key in over} == over
    assert read(tmp_path / "a.json", **dict.fromkeys(over)) == read(tmp_path / "a.toml"), "None leaves it as it is"


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("a.toml", "x = = 1", "a.toml is not valid TOML"),
        ("a.json", "{", "a.json is no JSON"),
        ("a.json", "[1]", "a.json holds list, not an object with keys"),
        ("a.json", '{"sed": 1}', "unknown key 'sed': did you mean 'seed'"),
        ("a.toml", "sed = 1", "unknown key 'sed': did you mean 'seed'"),
        ("b.json", None, "b.json: No such file or directory: name a JSON file that exists"),
        ("b.toml", None, "b.toml: No such file or directory: name a TOML file that exists"),
        ("a.json", "[" * 100_000, "lie inside one another"),
    ],
)
def test_what_is_wrong_gets_the_same_sentence(
    name: str, file: str, text: str | None, reason: str, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / file).write_text(text)
    with pytest.raises(RavineError, match=reason):
        CASES[name][0](tmp_path / file)


def test_what_a_page_sends_names_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    with pytest.raises(RavineError, match="must be an object with keys"):
        configuration(str(tmp_path / "secret.json"))

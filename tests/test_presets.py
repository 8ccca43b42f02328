"""The table of presets: complete, made of options that exist, and different where the frameworks differ."""

from __future__ import annotations

import pytest

from ravine.core import RavineError
from ravine.optim import FRAMEWORKS, RULES, SGD, preset, presets

PRESETS = {framework: presets(framework) for framework in FRAMEWORKS}

ENTRIES = [(name, framework) for framework in FRAMEWORKS for name in PRESETS[framework]]
NEWER = {"adafactor", "ftrl", "lamb", "muon"}
# optax's Muon is another rule (see `Muon`); torch's Adafactor and Muon were not compared.
ABSENT = {
    "paper": set(),
    "lecture": {"adamw", "lion"} | NEWER,
    "keras": {"rprop"},
    "torch": {"lion"} | NEWER,
    "optax": {"ftrl", "muon"},
}


@pytest.mark.parametrize(("name", "framework"), ENTRIES)
def test_each_entry_makes_its_rule(name: str, framework: str) -> None:
    made = preset(name, framework)
    assert type(made) is RULES[name]
    for option, value in PRESETS[framework][name].items():
        assert getattr(made, option) == value


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_only_what_a_framework_lacks_is_missing(framework: str) -> None:
    assert set(RULES) - set(PRESETS[framework]) == ABSENT[framework]
    for name in ABSENT[framework]:
        with pytest.raises(RavineError, match=f"preset: {framework} has no rule '{name}'"):
            preset(name, framework)


def test_the_default_is_the_paper_or_the_lecture() -> None:
    for name in RULES:
        default = RULES[name]()
        published = [preset(name, framework) for framework in ("paper", "lecture") if name in PRESETS[framework]]
        assert default in published, name


def test_aliases_options_and_errors() -> None:
    assert preset("nag", "torch") == preset("nesterov", "torch")
    assert preset("sgd", "keras", learning_rate=0.5) == SGD(0.5)
    with pytest.raises(RavineError, match="preset: unknown framework 'kears': did you mean 'keras'"):
        preset("adam", "kears")


def test_the_lecture_is_not_keras_3() -> None:
    lecture, keras = preset("rmsprop", "lecture"), preset("rmsprop", "keras")
    assert (lecture.eps_inside, keras.eps_inside) == (False, True)
    assert preset("nesterov", "lecture").nesterov == "lookahead"

"""Rules written as text, and the sentence that each bad text gets."""

from __future__ import annotations

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ravine.core import Number, RavineError, pytree
from ravine.optim import RULES, Cosine, Range, Rule, SGDState, bounded, preset, register_rule, rule


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("adma", "unknown rule 'adma': did you mean 'adam'?"),
        ("adam:0.1,beta1=0.5", "adam: unknown option 'beta1': did you mean 'b1'?"),
        ("adam:-1", r"Adam: learning_rate must be a number in \[0, inf\), got -1.0"),
        ("adam:b2=1", r"Adam: b2 must be a number in \[0, 1\), got 1.0"),
        ("adam:nan", r"Adam: learning_rate must be a number in \[0, inf\), got nan"),
        ("adam:much", r"Adam: learning_rate must be a number in \[0, inf\), got 'much'"),
        ("adam:amsgrad=row", "Adam: unknown amsgrad 'row': did you mean 'raw'?"),
        ("sgd:0.1,0.9", "sgd: option '0.9' has no name: write name=value, e.g. momentum=0.9"),
        ("sgd:0.1,nesterov=lookahead", "SGD: nesterov and dampening act on the momentum, got momentum=None"),
        ("rmsprop:nesterov=true", "RMSprop: nesterov acts on the momentum, got momentum=None"),
        (3, "a rule must be a text such as 'adam:0.001' or a ravine.optim.Rule, got 3"),
    ],
)
def test_bad_texts_get_their_sentence(text: Any, message: str) -> None:
    with pytest.raises(RavineError, match=message):
        rule(text)


def test_texts() -> None:
    assert rule("adam:0.01,b1=0.8,amsgrad=raw") == RULES["adam"](0.01, b1=0.8, amsgrad="raw")
    assert rule("nag") == RULES["nesterov"]()
    assert rule("rmsprop: centered = true") == RULES["rmsprop"](centered=True)
    made = RULES["lion"](0.5)
    assert rule(made) is made
    assert list(RULES)[:9] == [
        "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "nadam", "amsgrad",
    ]  # fmt: skip


def test_a_rate_may_be_a_function_of_the_step() -> None:
    """Traced once, whatever the number of steps, and asked for the steps 0, 1, 2; a class is no schedule yet."""
    asked = []

    def rate(step: Any) -> Any:
        asked.append(step)
        return 0.5 / (1 + step)

    made, params = RULES["sgd"](rate), jnp.zeros(())
    again = RULES["sgd"](rate)
    assert jax.tree.structure(made) == jax.tree.structure(again)
    step = jax.jit(lambda rule, state: rule.update(jnp.ones(()), state, params))
    state, steps = made.init(params), []
    for _ in range(3):
        move, state = step(made, state)
        steps.append(float(move))
    np.testing.assert_allclose(steps, [-0.5, -0.25, -1 / 6], rtol=1e-6)
    assert len(asked) == 1
    with pytest.raises(RavineError, match=r"learning_rate is the class Cosine: give one, such as Cosine\(\)"):
        RULES["sgd"](Cosine)
    with pytest.raises(RavineError, match=r"the function gave an array of shape \(2,\) at a step: give a number"):
        RULES["sgd"](lambda step: jnp.ones(2)).rate(1)


PARTS = {"title": "Mine", "equation": "x", "paper": "p", "presets": {}}


@pytest.mark.parametrize("part", list(PARTS))
def test_what_a_rule_forgets_is_named(part: str) -> None:
    said = {name: value for name, value in PARTS.items() if name != part}
    with pytest.raises(RavineError, match=f"rule 'mine': Mine lacks {part}: each rule says its own"):
        register_rule("mine")(type("Mine", (RULES["sgd"],), said))
    assert "mine" not in RULES


def test_a_field_without_bounds_and_a_strange_preset_are_named() -> None:
    @pytree
    class Loose(RULES["sgd"]):  # type: ignore[misc]
        share: Number = 0.5
        title, equation, paper = "Loose", "x", "p"
        presets: ClassVar[dict[str, Any]] = {}

    with pytest.raises(RavineError, match=r"rule 'loose': field 'share' has no bounds: declare it with bounded"):
        register_rule("loose")(Loose)
    strange = type("Strange", (RULES["sgd"],), {**PARTS, "presets": {"keras": {"lr": 1}}})
    with pytest.raises(RavineError, match="rule 'strange': preset 'keras' sets 'lr', which is no field"):
        register_rule("strange")(strange)


def test_a_rule_is_two_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its module, and the line that imports it: from there texts, presets, studies and the lab know it."""
    from ravine.lab.catalogue import _rules

    monkeypatch.setattr(RULES, "_things", dict(RULES._things))

    @register_rule("signs")
    @pytree
    class Signs(Rule):
        learning_rate: Any = 0.5
        share: Number = bounded(0.25, 0.0, 1.0)
        title: ClassVar[str] = "Signs"
        equation: ClassVar[str] = r"\theta_t = \theta_{t-1} - \eta \operatorname{sign}(g_t)"
        paper: ClassVar[str] = "Nobody, 2026"
        ranges: ClassVar[dict[str, Range]] = {"learning_rate": Range(1e-3, 1.0)}
        presets: ClassVar[dict[str, Any]] = {"paper": {"share": 0.5}}

        def init(self, params: Any) -> Any:
            return SGDState(np.zeros((), np.int32), None)

        def advance(self, eta: Any, t: Any, g: Any, state: Any, params: Any) -> Any:
            return jax.tree.map(lambda g: -eta * self.share * jnp.sign(g), g), SGDState(t, None)

    assert rule("signs:0.1,share=0.75") == Signs(0.1, 0.75)
    assert preset("signs") == Signs(share=0.5)
    with pytest.raises(RavineError, match=r"Signs: share must be a number in \[0, 1\], got 2.0"):
        rule("signs:share=2")
    entry = next(each for each in _rules() if each["name"] == "signs")
    assert [(each["name"], each["low"], each["high"]) for each in entry["options"]] == [("share", 0.0, 1.0)]

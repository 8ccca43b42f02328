"""Rules written as text, and the sentence that each bad text gets."""

from __future__ import annotations

from typing import Any

import pytest

from ravine.core import RavineError
from ravine.optim import RULES, rule


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


def test_a_rate_must_be_a_number_or_a_schedule() -> None:
    with pytest.raises(RavineError, match=r"learning_rate must be a number or a ravine\.optim\.Schedule"):
        RULES["sgd"](lambda step: 0.1)

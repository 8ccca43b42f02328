"""What the lab sends to be read has a Polish text, and what the page calls its controls is no text at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ravine.lab._configuration import Configuration
from ravine.lab.catalogue import catalogue
from ravine.view.i18n import LANGUAGES

KEYS = {
    "version", "name", "task", "kind", "settings", "activation", "initializer", "normalization", "rule", "schedule",
    "slug", "view", "panels", "curves", "compares", "function", "loss", "tasks",
}  # fmt: skip
"""What the page compares and sends back, and shows nowhere."""
SIGNS = {"formula", "equation", "mathml"}
"""Formulas."""
CITED = {"paper"}
"""Titles of papers are cited as they were published."""
ALIKE = {
    # Algorithms and functions that have no other name in any language, and persons.
    "SGD", "Adagrad", "Adadelta", "RMSprop", "Adam", "Nadam", "AMSGrad", "Adamax", "AdamW", "Rprop", "Lion", "Dropout",
    "Adafactor", "FTRL-Proximal", "LAMB", "Muon",
    "tanh", "ReLU", "softplus", "softsign", "ELU", "SELU", "GELU", "SiLU (swish)", "mish", "ReLU6", "CELU",
    "squareplus", "sparse-plus", "Huber",
    "Rosenbrock", "Beale", "Himmelblau", "Rastrigin", "Ackley", "Styblinski–Tang",
    # Signs of the equations.
    "ε", "ρ", "β₁", "β₂", "ψ", "η⁻", "η⁺", "β", "λ₁", "λ₂",
}  # fmt: skip
"""What is called the same in Polish."""


def sent(value: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every text of *value*, or the pair of texts where it is in both languages, and the keys that lead to it."""
    if isinstance(value, str) or (isinstance(value, dict) and set(value) == set(LANGUAGES)):
        yield way, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from sent(part, (*way, key))
    elif isinstance(value, list):
        for part in value:
            yield from sent(part, way)


def test_every_text_of_the_catalogue_is_in_both_languages() -> None:
    """A text alone is a key, a formula or the title of a paper; all the others have a Polish one of their own."""
    found = list(sent(catalogue(Configuration(), [])))
    single = {(way, text) for way, text in found if isinstance(text, str)}
    assert {each for each in single if each[0][-1] not in KEYS | SIGNS | CITED} == set()
    pairs = [(way, pair) for way, pair in found if isinstance(pair, dict) and way[-1] not in SIGNS]
    same = {pair["en"] for _way, pair in pairs if pair["en"] == pair["pl"]}
    assert same == ALIKE, "these are the same in Polish"
    kinds = {way[0] for way, _pair in pairs}
    assert kinds == {
        "datasets", "activations", "rules", "schedules", "initializers", "losses", "lessons", "functions"
    }  # fmt: skip


def test_numbers_of_formulas_have_the_decimal_sign_of_their_language() -> None:
    for kind in ("activations", "rules", "schedules", "functions"):
        for entry in catalogue(Configuration(), [])[kind]:
            numbers = {each: re.findall(r"<mn>([^<]*)</mn>", "".join(entry["mathml"][each])) for each in LANGUAGES}
            assert [each.replace(".", ",") for each in numbers["en"]] == numbers["pl"], entry["name"]

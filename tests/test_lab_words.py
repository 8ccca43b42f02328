"""What the lab sends to be read has a Polish text, and what the page calls its controls is no text at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.lab import fragment
from ravine.lab.catalogue import catalogue
from ravine.lab.configuration import Configuration
from ravine.optim import RULES
from ravine.view.i18n import LANGUAGES
from test_lab_browser import SMALL, Lab, Server
from waiting import PATIENCE

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
    "tanh", "ReLU", "softplus", "softsign", "ELU", "SELU", "GELU", "SiLU (swish)", "mish", "ReLU6", "Huber",
    "Rosenbrock", "Beale", "Himmelblau", "Rastrigin", "Ackley", "Styblinski–Tang",
    # Signs of the equations.
    "ε", "ρ", "β₁", "β₂", "ψ", "η⁻", "η⁺",
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


# Of the page: keys of its controls, and what its lists and fields call what they offer.
CONTROLS = "[...document.querySelectorAll('[data-key]')].map(e => e.dataset.key)"
OFFERED = "[...document.querySelectorAll('option, .field > span, figcaption b, .caption')].map(e => e.textContent)"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.end()


def test_a_key_is_no_word_and_no_name_of_the_code_is_shown(browser: Any, server: Server) -> None:
    layers = [{"units": 3, "activation": "leaky_relu", "initializer": "lecun_normal"}]
    lanes = [{"rule": name, "rate": 0.01, "schedule": "inverse_sqrt"} for name in [*RULES][:8]]
    address = fragment({**SMALL, "network": {"layers": layers}, "lanes": lanes})
    keys: dict[str, list[str]] = {}
    offered: dict[str, set[str]] = {}
    for language in LANGUAGES:
        context = browser.new_context(viewport={"width": 1366, "height": 768}, reduced_motion="reduce")
        context.request.get(server.url, timeout=1000 * PATIENCE)
        lab = Lab(context.new_page(), server.base)
        lab.page.goto(f"{lab.base}?lang={language}{address}")
        lab.page.wait_for_selector(".net .unit")
        lab.page.click("[data-key=tab-histograms]")
        lab.page.wait_for_selector(".tab figcaption b")
        keys[language] = lab.page.evaluate(CONTROLS)
        offered[language] = set(lab.page.evaluate(OFFERED))
        lab.page.click("[data-key=place-landscape]")
        lab.page.wait_for_selector("[data-key=function]")
        keys[language] += lab.page.evaluate(CONTROLS)
        offered[language] |= set(lab.page.evaluate(OFFERED))
        context.close()
    assert keys["pl"] == keys["en"]
    assert [key for key in keys["en"] if not re.fullmatch(r"[a-z0-9._-]+", key)] == []
    named = {
        name
        for _way, entry in _entries(catalogue(Configuration(), []))
        for name in (entry["name"], entry["name"].replace("_", " "))
        if name not in ALIKE
    }
    assert offered["pl"] & named == set()
    # Only what the list above names is called alike.
    words = {text for text in offered["pl"] & offered["en"] if re.search(r"[^\W\d_]{2}", text)}
    assert words <= ALIKE | {"EN", "PL", "test", "tanh"} | {f"Dropout {k}" for k in range(9)}, words


def _entries(value: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if isinstance(value, dict):
        if "name" in value and "title" in value:
            yield way, value
        for key, part in value.items():
            yield from _entries(part, (*way, key))
    elif isinstance(value, list):
        for part in value:
            yield from _entries(part, way)

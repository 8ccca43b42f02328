"""What a study's columns and numbers are called in the reader's language."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from ravine.view.i18n import number, plural_translator, translator

__all__ = [
    "capital",
    "decimals",
    "percent",
    "probability",
    "protocol_name",
    "protocol_value",
    "quantity_name",
    "safe",
    "setting_words",
]

_SPECIAL = re.compile(r"[*_`\[\]<>\\$]")


def capital(text: str) -> str:
    """*text* with a capital letter first.

    >>> capital("strata na zbiorze testowym")
    'Strata na zbiorze testowym'
    """
    return text[:1].upper() + text[1:]


def quantity_name(column: str, language: str) -> str:
    """What the *column* of a table of results measures, and on which data.

    >>> quantity_name("test_accuracy", "en"), quantity_name("validation_loss", "pl"), quantity_name("loss", "en")
    ('accuracy on test data', 'strata na zbiorze walidacyjnym', 'loss while training')
    """
    _ = translator(language)
    parts = {
        "test": _("{quantity} on test data"),
        "validation": _("{quantity} on validation data"),
        "train_eval": _("{quantity} on training data, weights frozen"),
    }
    part = next((each for each in parts if column.startswith(f"{each}_")), "")
    rest = column.removeprefix(f"{part}_") if part else column
    names = {
        "accuracy": _("accuracy"),
        "loss": _("loss"),
        "mse": _("mean squared error"),
        "rmse": _("root mean squared error"),
        "mae": _("mean absolute error"),
        "r2": "R²",
    }
    form = parts.get(part, _("{quantity} while training"))
    return form.format(quantity=names.get(rest, rest.replace("_", " ")))


def protocol_name(name: str, language: str) -> str:
    """What the entry *name* of a protocol is about; one that is not known stays as it is.

    >>> protocol_name("dtype", "en"), protocol_name("seeds", "pl"), protocol_name("other", "en")
    ('Precision', 'Ziarna rozstrzygające', 'other')
    """
    _ = translator(language)
    known = {
        "data": _("Data: training / validation / test examples"),
        "budget": _("Length of each run"),
        "tuning": _("Settings tried for each rival"),
        "seeds": _("Seeds that decide"),
        "splits": _("Splits of the data"),
        "score": _("What chooses settings"),
        "measure": _("What decides"),
        "level": _("Level of intervals and verdicts"),
        "margin": _("Least difference that matters"),
        "dtype": _("Precision"),
    }
    return known.get(name, name)


_BUDGET = re.compile(r"([\d.]+) (epochs|steps)")
_TUNING = re.compile(r"(.*?)( \(\w+\))?, (\d+) seeds(?:, halving (\d+))?")
_GROWN = re.compile(r"(\d+), grown from (\d+)")


def protocol_value(name: str, value: Any, language: str) -> str:  # noqa: PLR0911 - one for each kind of entry
    """The *value* of a protocol's entry in words; what is not known stays as it is.

    >>> protocol_value("budget", "8 epochs", "pl"), protocol_value("tuning", "12 (sobol), 1 seeds, halving 3", "en")
    ('8 epok', '12 (sobol), 1 seed, 1 in 3 goes on')
    >>> protocol_value("measure", "test_loss", "en"), protocol_value("level", 0.95, "pl")
    ('loss on test data', '0,95')
    """
    _, n_ = translator(language), plural_translator(language)
    if isinstance(value, int | float):
        return number(value, language)
    text = str(value)
    if name in ("score", "measure"):
        return quantity_name(text, language)
    if name == "budget" and (found := _BUDGET.fullmatch(text)):
        count = int(float(found[1]))
        epochs = n_("{n} epoch", "{n} epochs", count), n_("{n} step", "{n} steps", count)
        return epochs[found[2] == "steps"].format(n=number(count, language))
    if name == "tuning" and (found := _TUNING.fullmatch(text)):
        count = int(found[3])
        seeds = n_("{n} seed", "{n} seeds", count).format(n=count)
        on = ", " + _("1 in {n} goes on").format(n=found[4]) if found[4] else ""
        return f"{found[1]}{found[2] or ''}, {seeds}{on}"
    if name == "tuning" and text == "none":
        return _("none: each rule's own setting")
    if name == "seeds" and (found := _GROWN.fullmatch(text)):
        text = _("{count}; {first} at first, and more after their results were seen")
        return text.format(count=found[1], first=found[2])
    return text


def setting_words(setting: str | Mapping[str, Any] | None, language: str) -> str:
    """A setting, JSON text or a mapping, as names and numbers of three figures; an empty one is the rule's default.

    >>> setting_words('{"learning_rate": 0.012345, "momentum": 0.9}', "en")
    'learning_rate 0.0123, momentum 0.9'
    >>> setting_words("{}", "en")
    "the rule's default"
    """
    _ = translator(language)
    given = json.loads(setting or "{}") if not isinstance(setting, Mapping) else setting
    separator = "; " if language == "pl" else ", "
    words = separator.join(f"{name} {_value(value, language)}" for name, value in given.items())
    return words or _("the rule's default")


def _value(value: Any, language: str) -> str:
    return number(float(f"{value:.3g}"), language) if isinstance(value, int | float) else str(value)


def safe(label: str) -> str:
    """The *label* of a rival for Markdown: as code where it holds signs that mean something there.

    >>> safe("adam"), safe("*-32:relu-*")
    ('adam', '`*-32:relu-*`')
    """
    return f"`{label}`" if _SPECIAL.search(label) else label


def decimals(width: float) -> int:
    """Decimals for numbers known to about *width*: two figures of it.

    >>> decimals(0.0034), decimals(2.5), decimals(0.0)
    (4, 1, 4)
    """
    if not math.isfinite(width) or width <= 0:
        return 4
    return min(6, max(0, 1 - math.floor(math.log10(width))))


def percent(share: float, language: str) -> str:
    """*share* in per cent.

    >>> percent(0.95, "en"), percent(0.999, "pl")
    ('95%', '99,9%')
    """
    return f"{number(round(100 * share, 6), language)}%"


def probability(p: float, language: str) -> str:
    """A p-value with two figures, "< 0.0001" below that.

    >>> probability(0.01234, "en"), probability(0.5, "pl"), probability(1e-7, "en")
    ('0.012', '0,5', '< 0.0001')
    """
    if math.isnan(p):
        return "–"
    return f"< {number(0.0001, language, 4)}" if p < 1e-4 else number(float(f"{p:.2g}"), language)

"""What a study's columns and numbers are called in the reader's language."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from ravine.view.i18n import number, translator

__all__ = [
    "capital",
    "decimals",
    "percent",
    "probability",
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

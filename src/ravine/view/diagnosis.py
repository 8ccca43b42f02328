"""A diagnosis in plain language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.view.i18n import number, translator
from ravine.view.words import interval_words

if TYPE_CHECKING:
    from ravine.diagnosis import Finding, Trial

__all__ = ["finding_words", "findings_text", "trial_words"]


def finding_words(finding: Finding, language: str = "en") -> tuple[str, str, str]:
    """Title, evidence and remedy of *finding* in *language*, numbers to three digits.

    >>> from ravine.diagnosis import Finding
    >>> found = Finding("dead_units", "mild", "dead", "", "Lower the learning rate.")
    >>> finding_words(found, "pl")
    ('martwe neurony', '', 'Zmniejsz szybkość uczenia.')
    """
    _ = translator(language)

    def said(value: Any) -> str:
        return _(value) if isinstance(value, str) else number(_rounded(value), language)

    numbers = {name: said(value) for name, value in finding.numbers.items()}
    sentences = (_(text).format(**numbers) if text else "" for text in (finding.sentence, finding.advice))
    evidence, remedy = sentences
    return _(finding.title), evidence, remedy


def _rounded(value: Any) -> Any:
    return value if isinstance(value, int) else float(f"{float(value):.3g}")


def findings_text(findings: Sequence[Finding], language: str = "en") -> str:
    """All *findings* as a numbered text; a single line where nothing was found.

    >>> findings_text([], "en"), findings_text([], "pl")
    ('Nothing found.', 'Nie znaleziono żadnych kłopotów.')
    """
    _ = translator(language)
    if not findings:
        return _("Nothing found.")
    cure = _("Remedy")
    marks = {"serious": _("serious"), "mild": _("mild")}
    parts = []
    for place, finding in enumerate(findings, 1):
        title, evidence, remedy = finding_words(finding, language)
        title = title[:1].upper() + title[1:]
        parts.append(f"{place}. {title} ({marks[finding.severity]})\n   {evidence}\n   {cure}: {remedy}")
    return "\n".join(parts)


def trial_words(trial: Trial, language: str = "en") -> str:
    """What became of trying a remedy: whether it helped, by how much, and how sure that is.

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> trial = SimpleNamespace(helped=None, interval=None, original=np.array([np.nan]), cured=np.array([np.nan]))
    >>> trial.quantity = "validation_loss"
    >>> print(trial_words(trial))
    Tried: no difference that can be told from chance. Lost runs: 1 of 1 before, 1 of 1 after.
    """
    _ = translator(language)
    verdicts = {
        True: _("Tried: it helps."),
        False: _("Tried: it does harm."),
        None: _("Tried: no difference that can be told from chance."),
    }
    words = [verdicts[trial.helped]]
    if trial.interval is not None:
        quantity = _("validation loss") if trial.quantity == "validation_loss" else _("training loss")
        text = _("Mean fall of the final {quantity} over {n} seeds, with its interval (95%): {interval}.")
        shown = interval_words(trial.interval, language, None)
        words.append(text.format(quantity=quantity, n=trial.interval.count, interval=shown))
    lost, kept = (int(np.isnan(values).sum()) for values in (trial.original, trial.cured))
    if lost or kept:
        text = _("Lost runs: {lost} of {n} before, {kept} of {n} after.")
        words.append(text.format(lost=lost, kept=kept, n=len(trial.original)))
    return " ".join(words)

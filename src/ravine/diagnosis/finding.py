"""What a diagnosis says: a trouble, the numbers that show it, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["N_", "TROUBLES", "Finding", "plain"]


def N_(message: str) -> str:
    """Mark *message* for translation, and hand it back: whoever shows it translates it.

    >>> N_("dead units")
    'dead units'
    """
    return message


TROUBLES = {
    "bad_initialisation": N_("bad initialisation"),
    "vanishing_gradient": N_("vanishing gradient"),
    "exploding_gradient": N_("exploding gradient"),
    "rate_too_high": N_("learning rate too high"),
    "saturated_units": N_("saturated units"),
    "dead_units": N_("dead units"),
    "rate_too_low": N_("learning rate too low"),
    "batch_too_small": N_("batch too small"),
    "overfitting": N_("overfitting"),
    "label_noise": N_("wrong labels"),
    "learned_little": N_("learned little; cause unknown"),
}
"""The troubles that are looked for, causes before their consequences, with their English names."""


@dataclass(frozen=True)
class Finding:
    """One trouble of a run.

    *trouble* is a key of `TROUBLES`; *instrument* the probe or record that shows it. *sentence* and *advice* are
    English texts with places for *numbers* and words: `evidence` and `remedy` fill them in. *changes*, in the words of
    `altered`, are the remedy as something that can be tried; empty where it cannot be said in that form.

    >>> found = Finding("dead_units", "mild", "dead", "{share}% are dead.", "Lower the rate.", {"share": 31.234})
    >>> found.evidence, found.changes
    ('31.2% are dead.', {})
    """

    trouble: str
    severity: Literal["serious", "mild"]
    instrument: str
    sentence: str
    advice: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The English name of the trouble."""
        return TROUBLES[self.trouble]

    @property
    def evidence(self) -> str:
        """What was measured, in an English sentence."""
        return self.sentence.format(**{name: plain(value) for name, value in self.numbers.items()})

    @property
    def remedy(self) -> str:
        """What to do, in English."""
        return self.advice.format(**{name: plain(value) for name, value in self.numbers.items()})


def plain(value: Any) -> str:
    """A number to three digits, whole ones in full; words as they are.

    >>> plain(0.012345), plain(1234), plain("0_dense")
    ('0.0123', '1234', '0_dense')
    """
    return str(value) if isinstance(value, str | int) else f"{float(value):.3g}"

"""The protocol of a study in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ravine.view.i18n import number, plural_translator, translator
from ravine.view.study.labels import quantity_name

if TYPE_CHECKING:
    from ravine.study import Protocol

__all__ = ["protocol_rows"]


def protocol_rows(protocol: Protocol, language: str) -> Iterator[tuple[str, str]]:
    """What was laid down, and how, entry by entry.

    >>> from ravine.study import Protocol
    >>> kept = Protocol((), 8, "epochs", seeds=10, score="validation_loss", measure="test_loss", tried={"sgd": 12})
    >>> [how for what, how in protocol_rows(kept, "pl")][:2]
    ['8 epok', '12, 1 ziarno']
    """
    _, n_ = translator(language), plural_translator(language)
    if protocol.data:
        sizes = (
            f"{each.name}: {each.train} / {each.validation} / {each.test}, {each.fingerprint[:12]}"
            for each in protocol.data
        )
        yield _("Data: training / validation / test examples"), "; ".join(sizes)
    length = number(protocol.length, language)
    count = int(protocol.length)
    yield _("Length of each run"), {
        "epochs": n_("{n} epoch", "{n} epochs", count).format(n=length),
        "steps": n_("{n} step", "{n} steps", count).format(n=length),
        "seconds": f"{length} s",
    }[protocol.unit]
    yield _("Settings tried for each rival"), _tuning(protocol, language)
    grown = _("{count}; {first} at first, and more after their results were seen")
    several = number(protocol.seeds, language)
    yield (
        _("Seeds that decide"),
        several if protocol.grown_from is None else grown.format(count=several, first=protocol.grown_from),
    )
    if protocol.splits > 1:
        yield _("Splits of the data"), number(protocol.splits, language)
    yield _("What chooses settings"), quantity_name(protocol.score, language)
    yield _("What decides"), quantity_name(protocol.measure, language)
    yield _("Level of intervals and verdicts"), number(protocol.level, language)
    if protocol.margin is not None:
        yield _("Least difference that matters"), number(protocol.margin, language)
    yield _("Precision"), protocol.dtype


def _tuning(protocol: Protocol, language: str) -> str:
    _, n_ = translator(language), plural_translator(language)
    counts = protocol.tried
    if not counts:
        return _("none: each rule's own setting")
    same = len(set(counts.values())) == 1
    tried = str(next(iter(counts.values()))) if same else ", ".join(f"{name} {count}" for name, count in counts.items())
    how = f" ({protocol.sampler})" if protocol.sampler else ""
    seeds = n_("{n} seed", "{n} seeds", protocol.tune_seeds).format(n=protocol.tune_seeds)
    on = ", " + _("1 in {n} goes on").format(n=protocol.halving) if protocol.halving > 1 else ""
    return f"{tried}{how}, {seeds}{on}"

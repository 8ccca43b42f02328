"""What a reader of a study's tuning should be warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine.view.i18n import number, translator

if TYPE_CHECKING:
    from ravine.study import Findings

__all__ = ["edge_words"]


def edge_words(findings: Findings, language: str = "en", problem: str | None = None) -> tuple[str, ...]:
    """A sentence that names the settings chosen at the end of what was tried, on *problem* or on all; none without any.

    No example: see `ravine.view.study_report`.
    """
    from ravine.study import edges

    _ = translator(language)
    sides = {"lowest": _("lowest"), "highest": _("highest")}
    several = problem is None and len(findings.rankings) > 1
    named = [
        (f"{each.problem}, " if several else "")
        + f"{each.rival}: {each.axis} {number(float(f'{each.value:.3g}'), language)} ({sides[each.side]})"
        for each in edges(findings.members)
        if problem in (None, each.problem)
    ]
    said = _("Chosen at the end of what was tried: {settings}. Better settings may lie beyond: widen the search with "
             "--range or --sweep.")  # fmt: skip
    return (said.format(settings="; ".join(named)),) if named else ()

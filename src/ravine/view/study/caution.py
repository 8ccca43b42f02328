"""What a reader of a study's tuning should be warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine.view.i18n import number, translator

if TYPE_CHECKING:
    from ravine.study.findings import Findings

__all__ = ["edge_words"]


def edge_words(findings: Findings, language: str = "en", problem: str | None = None) -> tuple[str, ...]:
    """A sentence for each setting chosen at the end of what was tried, on *problem* or on all of them.

    No example: see `ravine.view.study_report`.
    """
    from ravine.study.edges import edges

    _ = translator(language)
    sides = {"lowest": _("lowest"), "highest": _("highest")}
    several = problem is None and len(findings.rankings) > 1
    said = _("{rival}: the best {axis}, {value}, is the {side} that was tried; a better one may lie beyond. Widen "
             "the search with --range or --sweep.")  # fmt: skip
    return tuple(
        (f"{each.problem}, " if several else "")
        + said.format(
            rival=each.rival, axis=each.axis, value=number(float(f"{each.value:.3g}"), language), side=sides[each.side]
        )
        for each in edges(findings.members)
        if problem in (None, each.problem)
    )

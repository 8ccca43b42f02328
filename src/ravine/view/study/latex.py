"""Tables of a report for a paper in LaTeX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ravine.view.blocks import Table
from ravine.view.i18n import NO_BREAK, number, plural_translator
from ravine.view.study.tables import standings_table

if TYPE_CHECKING:
    from ravine.study import Findings

__all__ = ["study_table_latex", "table_latex"]

_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"$<$", ">": r"$>$", NO_BREAK: "~", "–": "--",
    "−": "$-$", "∞": r"$\infty$", "·": r"$\cdot$", "≤": r"$\le$", "²": r"$^2$",
}  # fmt: skip
_RAISED = dict(zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True))
_POWER = re.compile(f"10([{''.join(_RAISED)}]+)")
_SPAN = re.compile(r"\*\*(.+?)\*\*|`([^`]*)`|\\([_*])")


def study_table_latex(findings: Findings, language: str = "en") -> str:
    r"""The standings of each problem as LaTeX tables, for ``\usepackage{booktabs}``.

    >>> import polars as pl
    >>> from ravine.study import Findings
    >>> from ravine.stats import rank
    >>> rows = {"phase": ["final"], "rival": ["sgd"], "problem": ["xor"], "seed": [0], "measure": [0.9]}
    >>> frames = pl.DataFrame(rows), pl.DataFrame()
    >>> ranked = rank({"sgd": [0.90, 0.91], "adam": [0.95, 0.97]})
    >>> text = study_table_latex(Findings("t", "", "test_accuracy", True, 0.95, (("xor", ranked),), *frames, (), ""))
    >>> text.splitlines()[1], r"\toprule" in text, r"95\%" in text
    ('\\begin{tabular}{lrrrrrr}', True, True)
    """
    n_ = plural_translator(language)
    made = []
    for problem, ranking in findings.rankings:
        table = standings_table(findings, problem, ranking, language)
        seeds = max(ranking.runs.values())
        head = f"% {problem}, " + n_("{n} seed", "{n} seeds", seeds).format(n=seeds)
        made.append(f"{head}\n{table_latex(table, language)}")
    return "\n".join(made)


def table_latex(table: Table, language: str = "en") -> str:
    r"""*table* as a ``tabular`` with rules of booktabs; its caption follows as a comment.

    >>> print(table_latex(Table(("Rule", "Loss"), (("`a_b`", 0.5), ("**c**", None)), alignment="lr")))
    \begin{tabular}{lr}
    \toprule
    Rule & Loss \\
    \midrule
    \texttt{a\_b} & 0.5 \\
    \textbf{c} & -- \\
    \bottomrule
    \end{tabular}
    <BLANKLINE>
    """

    def row(cells: tuple[str | float | None, ...]) -> str:
        told = ["–" if cell is None else cell if isinstance(cell, str) else number(cell, language) for cell in cells]
        shown = [_escaped(cell) for cell in told]
        return " & ".join(shown) + r" \\"

    alignment = table.alignment or "l" * len(table.columns)
    lines = [
        rf"\begin{{tabular}}{{{alignment}}}", r"\toprule", row(table.columns), r"\midrule", *map(row, table.rows),
        r"\bottomrule", r"\end{tabular}",
    ]  # fmt: skip
    if table.caption:
        lines.append(f"% {table.caption}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """The little Markdown of a cell, and whatever means something to LaTeX."""
    made, end = "", 0
    for found in _SPAN.finditer(text):
        made += _plain(text[end : found.start()])
        if found[1] is not None:
            made += rf"\textbf{{{_escaped(found[1])}}}"
        elif found[2] is not None:
            made += rf"\texttt{{{_plain(found[2])}}}"
        else:
            made += _plain(found[3])
        end = found.end()
    return made + _plain(text[end:])


def _plain(text: str) -> str:
    parts = _POWER.split(text)
    made = ""
    for index, part in enumerate(parts):
        if index % 2:
            made += f"$10^{{{''.join(_RAISED[sign] for sign in part)}}}$"
        else:
            made += "".join(_SIGNS.get(sign, sign) for sign in part)
    return made

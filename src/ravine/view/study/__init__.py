"""The report of a study: verdict, standings, figures, protocol."""

from ravine.view.study._standings import standings
from ravine.view.study.caution import edge_words
from ravine.view.study.latex import study_table_latex, table_latex
from ravine.view.study.outlook import budget_words, outlook_words
from ravine.view.study.report import study_report, study_tables
from ravine.view.study.verdict import study_verdict

__all__ = [
    "budget_words",
    "edge_words",
    "outlook_words",
    "standings",
    "study_report",
    "study_table_latex",
    "study_tables",
    "study_verdict",
    "table_latex",
]

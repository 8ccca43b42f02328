"""From records to figures and to a report in one file. Nothing here trains."""

from ravine.view import blocks, figures
from ravine.view.diagnosis import finding_words, findings_text, trial_words
from ravine.view.export import inline_svg, pdf, png, svg
from ravine.view.i18n import LANGUAGES, formula, language_name, listed, number, plural_translator, translator
from ravine.view.maths import mathml_pieces
from ravine.view.race import write_race
from ravine.view.report import html, write
from ravine.view.study import (
    budget_words,
    edge_words,
    outlook_words,
    standings,
    study_report,
    study_table_latex,
    study_tables,
    study_verdict,
)
from ravine.view.words import interval_words

__all__ = [
    "LANGUAGES",
    "blocks",
    "budget_words",
    "edge_words",
    "figures",
    "finding_words",
    "findings_text",
    "formula",
    "html",
    "inline_svg",
    "interval_words",
    "language_name",
    "listed",
    "mathml_pieces",
    "number",
    "outlook_words",
    "pdf",
    "plural_translator",
    "png",
    "standings",
    "study_report",
    "study_table_latex",
    "study_tables",
    "study_verdict",
    "svg",
    "translator",
    "trial_words",
    "write",
    "write_race",
]

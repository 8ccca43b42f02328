"""A study as a report: the verdict first, then the table, the figures, and the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ravine.core import write_file
from ravine.view.blocks import Block, Chapter, Note, Report, Table, Text
from ravine.view.i18n import number, translator
from ravine.view.study._standings import runs_table, standings
from ravine.view.study.caution import edge_words
from ravine.view.study.figures import MOST, across, differences, learning, scores
from ravine.view.study.labels import capital, quantity_name, safe
from ravine.view.study.latex import study_table_latex
from ravine.view.study.lottery import lottery_table
from ravine.view.study.overall import overall
from ravine.view.study.protocol import protocol_rows
from ravine.view.study.tables import default_rows, pairs_table, standings_table
from ravine.view.study.tuning import attempts
from ravine.view.study.verdict import scope, sentence

if TYPE_CHECKING:
    from ravine.study import Findings

__all__ = ["study_report", "study_tables"]


def study_report(findings: Findings, language: str = "en") -> Report:
    """The report of a study, to be written by `ravine.view.write`.

    A chapter with the verdict and the table, one with the runs that decided, one with the tuning, one across problems
    where there are several, and the protocol. What was not measured is not drawn.

    >>> import polars as pl
    >>> from ravine.study import Findings
    >>> from ravine.stats import rank
    >>> rows = {"phase": ["final"], "rival": ["sgd"], "problem": ["xor"], "seed": [0], "measure": [0.9]}
    >>> frames = pl.DataFrame(rows), pl.DataFrame()
    >>> ranked = rank({"sgd": [0.90, 0.91], "adam": [0.95, 0.97]})
    >>> made = study_report(Findings("t", "", "test_accuracy", True, 0.95, (("xor", ranked),), *frames, (), "abc"))
    >>> [chapter.slug for chapter in made.chapters]
    ['verdict', 'runs', 'protocol']
    """
    _ = translator(language)
    several = len(findings.rankings) > 1
    verdicts: list[Block] = []
    runs: list[Block] = []
    tuning: list[Block] = []
    defaults: list[Block] = []
    for place, (problem, ranking) in enumerate(findings.rankings, 1):
        key = str(place) if several else "all"
        heading: list[Block] = [Text(f"### {safe(problem)}")] if several else []
        told = " ".join([sentence(ranking, findings.quantity, language, safe), *scope(findings, ranking, language)])
        won = ranking.winner is not None
        note = Note("supported" if won else "open", told, _("Winner: {name}").format(name=safe(ranking.leader))
                    if won else _("No winner"))  # fmt: skip
        table = standings_table(findings, problem, ranking, language, "evidence")
        verdicts += [*heading, note, table]
        training = standings_table(findings, problem, ranking, language, "training")
        verdicts += [training] if len(training.columns) > 1 else []
        verdicts += differences(findings, ranking, key, language)
        pairs = pairs_table(ranking, language, MOST)
        verdicts += [pairs] if pairs is not None and pairs.rows else []
        drawn: list[Block] = [*scores(findings, problem, ranking, key, language)]
        spread = lottery_table(findings, problem, ranking, language) if drawn else None
        drawn += [] if spread is None else [spread]
        drawn += learning(findings, problem, ranking, key, language)
        if drawn and len(ranking.order) > MOST:
            drawn.insert(0, Text(_("Only the {count} leading rivals are drawn.").format(count=MOST)))
        runs += [*heading, *drawn] if drawn else []
        tried = attempts(findings, problem, ranking, key, language)
        cautions = [Text(safe_words) for safe_words in map(_plain, edge_words(findings, language, problem))]
        tuning += [*heading, *cautions, *tried] if tried or cautions else []
        rows = default_rows(findings, problem, ranking, language)
        if rows:
            columns = (_("Rival"), _("Default setting"), _("Tuned"), _("Gain by tuning"), _("Diverged by default"))
            quantity = quantity_name(findings.quantity, language)
            caption = _("{quantity}: each rule at its default setting and as tuned, on the same seeds.")
            defaults += [*heading, Table(columns, rows, capital(caption.format(quantity=quantity)), "lrrrr")]
    if defaults:
        tuning += [Text("### " + _("What tuning brought")), *defaults]
    parts: list[tuple[str, str, list[Block]]] = [
        ("verdict", _("The verdict"), verdicts),
        ("problems", _("Across problems"), [*overall(findings, language), *across(findings, language)]),
        ("runs", _("The runs that decide"), runs),
        ("tuning", _("The tuning"), tuning),
        ("protocol", _("The protocol"), _protocol(findings, language)),
    ]
    kept = [(slug, title, blocks) for slug, title, blocks in parts if blocks]
    chapters = tuple(
        Chapter(slug, str(place), title, tuple(blocks)) for place, (slug, title, blocks) in enumerate(kept, 1)
    )
    ranking = findings.rankings[0][1]
    facts = (
        (_("Rivals"), str(max(len(each.order) for _name, each in findings.rankings))),
        (_("Splits") if ranking.unit == "split" else _("Seeds"), str(max(ranking.runs.values()))),
        (_("Problems"), ", ".join(safe(problem) for problem, _ranking in findings.rankings)),
        (_("Fingerprint"), f"`{findings.fingerprint[:12]}`" if findings.fingerprint else "–"),
    )
    return Report(safe(findings.title), findings.question, language, chapters, facts=facts)


def _plain(text: str) -> str:
    """*text* as Markdown that shows it as it is."""
    return text.replace("_", "\\_").replace("*", "\\*")


def _protocol(findings: Findings, language: str) -> list[Block]:
    _ = translator(language)
    told = protocol_rows(findings.protocol, language) if findings.protocol else ()
    rows = [(what, _plain(how)) for what, how in told]
    goals = {problem: goal for problem, _ranking in findings.rankings if (goal := findings.goal_of(problem))}
    several = len(set(goals.values())) > 1 or 0 < len(goals) < len(findings.rankings)
    for problem, (quantity, value) in goals.items() if several else list(goals.items())[:1]:
        said = f"{quantity_name(quantity, language)}: {number(value, language)}"
        rows.append((_("Goal"), f"{safe(problem)}, {said}" if several else said))
    made: list[Block] = []
    if rows:
        made.append(Table((_("What"), _("How")), tuple(rows), alignment="ll"))
    made.append(Text(_(
        "Rivals share the random numbers of initial weights, order of examples and dropout, seed by seed, so that "
        "differences are taken pair by pair. Settings were chosen on validation data; the test data were read once, "
        "after the last run. Intervals of means and of differences are Student's, those of the t test that decides; "
        "where runs diverged, those of the rank test that decides then."
    )))  # fmt: skip
    if findings.fingerprint:
        made.append(Text(_("Results compare only under the same fingerprint: {fingerprint}").format(
            fingerprint=f"`{findings.fingerprint}`")))  # fmt: skip
    return made


def study_tables(findings: Findings, folder: str | Path, language: str = "en") -> tuple[Path, ...]:
    """Write what others may want to go on with into *folder*, and return the paths.

    ``table.csv``, ``table.parquet`` and ``table.tex`` hold the standings, ``members.parquet`` a row for each run,
    ``curves.parquet`` one for each epoch of each run; ``runs.csv`` a row for each run, its settings as columns.

    >>> import tempfile
    >>> import polars as pl
    >>> from ravine.study import Findings
    >>> from ravine.stats import rank
    >>> rows = {"phase": ["final"], "rival": ["sgd"], "problem": ["xor"], "seed": [0], "measure": [0.9]}
    >>> frames = pl.DataFrame(rows), pl.DataFrame()
    >>> told = Findings("t", "", "test_accuracy", True, 0.95, (("xor", rank({"sgd": [0.9, 0.91]})),), *frames, (), "")
    >>> with tempfile.TemporaryDirectory() as here:
    ...     [path.name for path in study_tables(told, here)][:5]
    ['table.csv', 'table.parquet', 'table.tex', 'members.parquet', 'curves.parquet']
    """
    import io

    home = Path(folder)
    table = standings(findings)
    files: list[tuple[Path, bytes]] = [(home / "table.csv", table.write_csv().encode())]
    for name, frame in (("table", table), ("members", findings.members), ("curves", findings.curves)):
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        files.append((home / f"{name}.parquet", buffer.getvalue()))
    files.append((home / "runs.csv", runs_table(findings).write_csv().encode()))
    files.insert(2, (home / "table.tex", study_table_latex(findings, language).encode()))
    for path, content in files:
        write_file(path, content)
    return tuple(path for path, _content in files)

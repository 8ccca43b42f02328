"""All verdicts at a glance: a table for the report, records for JSON, rows for Parquet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from ravine.lecture.claims.record import ClaimRecord, ClaimResult
from ravine.lecture.notes import VERDICT_WORDS
from ravine.lecture.texts import sections
from ravine.view import LANGUAGES, translator
from ravine.view.blocks import Block, Table, Text

__all__ = ["SCHEMA", "as_frame", "as_json", "summary"]

SCHEMA = {
    "claim": pl.Int64,
    "slug": pl.String,
    "verdict": pl.String,
    "part": pl.String,
    "quantity": pl.String,
    "part_verdict": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "level": pl.Float64,
    "unit": pl.String,
    "n": pl.Int64,
    "threshold": pl.Float64,
    "above": pl.Boolean,
    "decided_by": pl.String,
    "aside": pl.Boolean,
    "figure": pl.String,
    "anchor": pl.String,
}
"""The columns of ``claims.parquet``: a row for each part of each claim."""


def summary(records: Sequence[ClaimRecord], language: str) -> list[Block]:
    """What the report opens with: a row for each of *records*, the claim itself being the link to its place.

    >>> from ravine.lecture.claims import judge
    >>> from ravine.stats import Interval
    >>> made = judge("sparse", {"zeros": Interval(0.2, 0.15, 0.24, 12)}, "vanishing-silence")
    >>> table = summary([made], "en")[1]
    >>> table.rows[0][0], table.rows[0][2], table.rows[0][4].replace("\\xa0", " ")
    ('4', '**Not supported**', '20.0 [15.0, 24.0]%')
    """
    _, texts = translator(language), sections(language, "claims")
    ordered = sorted(records, key=lambda record: record.claim.number)
    heads = (_("No."), _("Claim"), _("Verdict"), _("What decided"), _("Value"))
    rows = tuple(
        (
            str(record.claim.number),
            f"[{record.claim.statement[language]}](#{record.anchor})",
            f"**{_(VERDICT_WORDS[record.verdict])}**",
            *_measured(record, record.deciding, language),
        )
        for record in ordered
    )
    beside = tuple(
        (
            f"[{record.claim.number}](#{record.anchor})",
            f"**{_(VERDICT_WORDS[each.verdict])}**",
            *_measured(record, each, language),
        )
        for record in ordered
        for each in record.findings
        if each.criterion.aside
    )
    blocks: list[Block] = [Text(texts["opening"]), Table(heads, rows, texts["summary-caption"], "rlllr")]
    if beside:
        names = (_("No."), _("Verdict"), _("Question beside the claim"), _("Value"))
        blocks.append(Table(names, beside, texts["asides-caption"], "rllr"))
    return blocks


def _measured(record: ClaimRecord, finding: ClaimResult, language: str) -> tuple[str, str]:
    """What was measured and what was needed; and the value, which no line break tears apart."""
    texts, part = sections(language, "claims"), finding.criterion
    quantity = record.claim.quantity(part.key, language)
    if part.how == "untested":
        return quantity, "–"
    name = "measured-exact" if part.how == "exact" else "measured"
    said = texts[name].format(quantity=quantity, bound=part.bound(language), n=finding.n)
    if not part.aside and len(record.own) > 1:
        said = f"{said} ({texts['more'].format(parts=len(record.own))})"
    return said, record.measured(finding, language).replace(" ", "\N{NO-BREAK SPACE}")


def as_json(records: Sequence[ClaimRecord]) -> list[dict[str, Any]]:
    """The *records* as JSON takes them, with statement, criterion and sentence in each language.

    >>> as_json([])
    []
    """
    return [
        {
            "number": record.claim.number,
            "slug": record.claim.slug,
            "chapter": record.claim.chapter,
            "statement": record.claim.statement,
            "criterion": record.claim.criterion,
            "verdict": record.verdict,
            "sentence": record.sentence,
            "interval": [_number(end) for end in (record.interval.low, record.interval.high)],
            "value": _number(record.interval.mean),
            "unit": record.unit,
            "n": record.n,
            "figure": record.figure,
            "anchor": record.anchor,
            "parts": [_part(record, each) for each in record.findings],
        }
        for record in sorted(records, key=lambda record: record.claim.number)
    ]


def _part(record: ClaimRecord, each: ClaimResult) -> dict[str, Any]:
    return {
        "key": each.criterion.key,
        "quantity": {language: record.claim.quantity(each.criterion.key, language) for language in LANGUAGES},
        "verdict": each.verdict,
        "value": _number(each.interval.mean),
        "interval": [_number(end) for end in (each.interval.low, each.interval.high)],
        "level": each.level,
        "unit": each.criterion.unit,
        "n": each.n,
        "threshold": each.criterion.least,
        "above": not each.criterion.below,
        "decided_by": each.criterion.how,
        "aside": each.criterion.aside,
    }


def _number(value: float) -> float | None:
    """JSON knows neither NaN nor infinity."""
    return value if math.isfinite(value) else None


def as_frame(records: Sequence[ClaimRecord]) -> pl.DataFrame:
    """The *records* as a frame, a row for each part.

    >>> as_frame([]).width == len(SCHEMA)
    True
    """
    rows = []
    for record in sorted(records, key=lambda record: record.claim.number):
        for each in record.findings:
            part, ends = each.criterion, each.interval
            rows.append({
                "claim": record.claim.number, "slug": record.claim.slug, "verdict": record.verdict, "part": part.key,
                "quantity": record.claim.quantity(part.key, "en"), "part_verdict": each.verdict, "value": ends.mean,
                "low": ends.low, "high": ends.high, "level": each.level, "unit": part.unit, "n": each.n, "threshold":
                part.least, "above": not part.below, "decided_by": part.how, "aside": part.aside, "figure":
                record.figure, "anchor": record.anchor,
            })  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA)

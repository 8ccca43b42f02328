"""The first screen of the report: how many claims hold, one figure, our numbers beside those in print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ravine.lecture.chapters.mlp_runs import panels, train_mlps
from ravine.lecture.claims import ClaimRecord
from ravine.lecture.claims.summary import summary
from ravine.lecture.context import LectureContext
from ravine.lecture.notes import whole_mnist
from ravine.view import figures, plural_translator, translator
from ravine.view.blocks import Block, Chapter, Figure, Fold, Published, PublishedComparison, Tally

__all__ = ["counted", "front"]

NETWORKS = ("mlp", "deep", "camera")
"""The chapters whose trained networks have published numbers; the others' stand in their chapters."""


def counted(records: Sequence[ClaimRecord], language: str) -> Tally:
    """How many of the claims in *records* are supported, refuted, open and not tested, and a mark that leads to each.

    >>> from ravine.lecture.claims import judge
    >>> from ravine.stats import Interval
    >>> parts = dict.fromkeys(("gain", "interaction"), lambda level: Interval(0.2, 0.1, 0.3, 12))
    >>> rare = judge("rare", parts, "optimisers-rare")
    >>> counted([rare], "en").sentence, counted([rare] * 2, "pl").sentence
    ('**1 claim supported, 0 not, 0 open**', '**2 tezy potwierdzone, 0 niepotwierdzonych, 0 nierozstrzygniętych**')
    """
    n_, found = plural_translator(language), Counter(record.verdict for record in records)
    yes, no, undecided = found["supported"], found["refuted"], found["open"]
    counts = [
        n_("{n} claim supported", "{n} claims supported", yes).format(n=yes),
        n_("{n} not", "{n} not", no).format(n=no),
        n_("{n} open", "{n} open", undecided).format(n=undecided),
    ]
    if untested := found["untested"]:
        counts.append(n_("{n} not tested here", "{n} not tested here", untested).format(n=untested))
    said = ", ".join(counts)
    ordered = sorted(records, key=lambda record: record.claim.number)
    marks = tuple(
        (record.verdict, str(record.claim.number), record.claim.statement[language], record.anchor)
        for record in ordered
    )
    return Tally(f"**{said}**", marks)


def front(context: LectureContext, chapters: Sequence[Chapter]) -> Chapter | None:
    """The chapter that opens the report on *chapters*: nothing where they neither judge a claim nor train a network.

    In a report on the claims alone their table stands open; else it is folded below what it sums up.

    No example: it needs what the chapters left in the context.
    """
    _, language = translator(context.language), context.language
    made = {chapter.slug: chapter for chapter in chapters}
    blocks: list[Block] = []
    if context.verdicts:
        blocks.append(counted(context.verdicts, language))
    if "mlp" in made:
        blocks.append(_headline(context))
    rows = tuple(_beside(context, [made[slug] for slug in NETWORKS if slug in made]))
    if rows:
        blocks.append(Published(rows, context.text("front", "print-caption").markdown))
    if not blocks:
        return None
    if context.by_claim:
        return Chapter("claims", "", _("Claims and verdicts"), (*blocks, *summary(context.verdicts, language)))
    if context.verdicts:
        title = _("All claims: what was measured, what was needed, what came out")
        blocks.append(Fold(title, tuple(summary(context.verdicts, language)), "claims"))
    return Chapter("results", "", _("Results"), tuple(blocks))


def _headline(context: LectureContext) -> Figure:
    """Test accuracy of the lecture's two networks, epoch by epoch, with the published runs."""
    labels = {"dropout": context._("with dropout"), "plain": context._("without dropout")}
    made = train_mlps(context)
    _loss, accuracy = panels(context, made, labels)
    words = {"seeds": str(len(made["seeds"])), "epochs": str(made["epochs"])}
    section = "published" if whole_mnist(context.digits) else "alone"
    return Figure(
        "headline",
        figures.learning_curves([accuracy], language=context.language),
        context.text("front", f"headline-{section}", **words).markdown,
        context.text("front", "headline-alt").markdown,
    )


def _beside(context: LectureContext, chapters: Sequence[Chapter]) -> list[PublishedComparison]:
    """What the networks of *chapters* reached over several seeds, and what was published; each leads to its chapter."""
    _ = context._
    # away from its chapter a row must say which network it is of
    names = {"deep": _("deep tanh"), "camera": _("4-pixel camera")}

    def called(row: PublishedComparison, slug: str) -> str:
        name = names.get(slug, "")
        return row.quantity if name in row.quantity else f"{row.quantity}, {name}"

    return [
        replace(row, quantity=f"[{called(row, chapter.slug)}](#{chapter.slug})", note="")
        for chapter in chapters
        for block in chapter.blocks
        if isinstance(block, Published)
        for row in block.rows
        if row.seeds is not None and row.published is not None and row.ours is not None
    ]

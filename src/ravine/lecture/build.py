"""From chapters to a folder: the report, its figures, the numbers, the verdicts."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

import jax
import polars as pl

from ravine import __version__
from ravine.core import RavineError, check_choice, held, nearest, write_file
from ravine.data import Dataset, mnist_or_digits, write_table
from ravine.lecture.chapter import ChapterSpec
from ravine.lecture.chapter_specs import CHAPTERS
from ravine.lecture.claims.summary import as_frame, as_json
from ravine.lecture.context import LectureContext, Number, Progress
from ravine.lecture.docket import claim_sections
from ravine.lecture.front import front
from ravine.lecture.notes import whole_mnist
from ravine.lecture.outline import STRONG, outlined
from ravine.view import LANGUAGES, number, translator, write
from ravine.view.blocks import Chapter, Note, Report

__all__ = ["Watcher", "chosen", "lecture"]

SCHEMA = {
    "chapter": pl.String,
    "quantity": pl.String,
    "series": pl.String,
    "x": pl.Float64,
    "seed": pl.Int64,
    "value": pl.Float64,
    "published": pl.Float64,
}


class Watcher:
    """Told what the lecture is doing; the command line shows it as bars.

    >>> Watcher().experiment("depth")(0.5)
    """

    def chapter(self, part: ChapterSpec, seconds: float) -> None:
        """*part* begins; it takes about *seconds*."""

    def experiment(self, name: str) -> Progress:
        """The experiment *name* begins; returns what is told the share of it that is done."""
        return lambda share: None

    def done(self, part: ChapterSpec) -> None:
        """*part* is finished."""


def chosen(only: Sequence[str]) -> list[tuple[int, ChapterSpec]]:
    """The chapters named in *only*, by slug or number, with their numbers; all of them where it is empty.

    >>> [part.slug for _, part in chosen(["camera", "1"])]
    ['activations', 'camera']
    """
    numbered = dict(enumerate(CHAPTERS, start=1))
    slugs = {part.slug: index for index, part in numbered.items()}
    wanted = set()
    for name in only:
        index = int(name) if name.isdigit() else slugs.get(name)
        if index not in numbered:
            raise RavineError(f"unknown chapter {name!r}: {nearest(name, slugs)}")
        wanted.add(index)
    return [(index, part) for index, part in numbered.items() if not wanted or index in wanted]


def lecture(
    folder: str | Path,
    *,
    profile: Literal["quick", "full"] = "quick",
    language: str = "en",
    seed: int = 0,
    only: Sequence[str] = (),
    claims: bool = False,
    watcher: Watcher | None = None,
    data: Callable[[], Dataset] = lambda: mnist_or_digits(flatten=True),
) -> Path:
    """Run the lecture and write its report: ``index.html``, ``figures/``, and the files of numbers and of claims.

    With *claims* only what the claims need is run, and the report has a section for each of them in place of the
    chapters; *only* then names claims. ``numbers`` and ``claims`` are written as ``.json`` and ``.parquet``. What a run
    in the same *folder* finished before is reused; two at once in it are refused. On Ctrl-C the chapters that are done
    are written, and KeyboardInterrupt is raised. Returns the path of the page.

    No example: it trains for minutes; `make lecture`.
    """
    check_choice("lecture", "language", language, LANGUAGES)
    parts, watcher, folder = (claim_sections if claims else chosen)(only), watcher or Watcher(), Path(folder)
    with held(folder, f"another process writes the lecture in {folder}: wait until it is done, or name another folder"):
        write_file(folder / "store" / ".keep", b"")  # A folder that cannot be written is found out before the work.
        context = LectureContext(profile, seed, language, data(), folder / "store", watcher.experiment, by_claim=claims)
        return _lecture(context, parts, folder, watcher)


def _lecture(context: LectureContext, parts: Sequence[tuple[int, ChapterSpec]], folder: Path, watcher: Watcher) -> Path:
    language, claims = context.language, context.by_claim
    chapters: list[Chapter] = []
    began = time.monotonic()
    interrupted = False
    for index, part in parts:
        try:
            watcher.chapter(part, part.weights[0 if context.profile == "quick" else 1])
            blocks = part.build(context)
        except KeyboardInterrupt:
            interrupted = True
            break
        chapters.append(Chapter(part.slug, str(index), part.titles[language], tuple(blocks)))
        watcher.done(part)
    if not chapters:
        raise KeyboardInterrupt
    if interrupted:
        _ = translator(language)
        left = ", ".join(part.titles[language] for _, part in parts[len(chapters) :])
        note = Note("warning", _("The lecture was interrupted. Not in this report: {chapters}.").format(chapters=left))
        first = chapters[0]
        chapters[0] = Chapter(first.slug, first.number, first.title, (note, *first.blocks))
    opening = front(context, chapters)
    if not claims:
        chapters = [_outlined(chapter, language) for chapter in chapters]
    if opening is not None:
        chapters.insert(0, opening)
    page, *_files = write(_report(context, chapters, time.monotonic() - began), folder / "index.html")
    _write_numbers(folder, context.numbers)
    write_table(folder / "claims.parquet", as_frame(context.verdicts))
    write_file(folder / "claims.json", json.dumps(as_json(context.verdicts), indent=1, ensure_ascii=False).encode())
    if interrupted:
        raise KeyboardInterrupt
    return page


def _outlined(chapter: Chapter, language: str) -> Chapter:
    return replace(chapter, blocks=outlined(chapter.blocks, STRONG.get(chapter.slug, ""), language))


def _digits(context: LectureContext) -> str:
    """Which images the networks learnt, and what to do where they are not MNIST's."""
    _, digits = context._, context.digits
    if whole_mnist(digits):
        return "MNIST"
    if digits.name == "digits":
        return _(
            "scikit-learn's 8 × 8 digits in place of MNIST; `ravine data fetch mnist` says why it could not be had"
        )
    return {"mnist": _("a part of MNIST")}.get(digits.name, digits.note or digits.name)


def _report(context: LectureContext, chapters: Sequence[Chapter], seconds: float) -> Report:
    _, language = translator(context.language), context.language
    quick = context.profile == "quick"
    device = jax.devices()[0]
    facts = (
        (
            _("Profile"),
            _("quick: small sizes, fewer epochs and seeds where marked")
            if quick
            else _("full: all published sizes and epochs"),
        ),
        (_("Seed"), str(context.seed)),
        (_("Digits"), _digits(context)),
        (_("Ravine"), f"{__version__}, JAX {jax.__version__}, {device.device_kind}"),
        (_("Time"), _("{seconds} s for this run").format(seconds=number(seconds, language, 0))),
    )
    return Report(
        title=_("The claims of the lecture, put to the test")
        if context.by_claim
        else _("Multilayer networks and how they learn"),
        subtitle=_("The lecture, run: every figure and number on this page comes from the code beside it."),
        language=language,
        chapters=tuple(chapters),
        footer=_(
            "Made with Ravine. The numbers lie beside this page in `numbers.json` and `numbers.parquet`, "
            "the verdicts in `claims.json` and `claims.parquet`, the figures in `figures/`."
        ),
        facts=facts,
    )


def _write_numbers(folder: Path, numbers: Sequence[Number]) -> None:
    rows = [asdict(each) for each in numbers]
    frame = pl.DataFrame([{name: row[name] for name in SCHEMA} for row in rows], schema=SCHEMA)
    write_table(folder / "numbers.parquet", frame)
    clean = [{name: each for name, each in row.items() if _said(each)} for row in rows]
    write_file(folder / "numbers.json", json.dumps(clean, indent=1).encode())


def _said(value: object) -> bool:
    """Whether *value* says anything: JSON knows no NaN, and empty fields are left out."""
    return value is not None and value != "" and not (isinstance(value, float) and math.isnan(value))

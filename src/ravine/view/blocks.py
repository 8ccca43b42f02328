"""What a report is made of: frozen records, no drawing and no HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from matplotlib.figure import Figure as Drawing

from ravine.core import RavineError, check_choice
from ravine.view.i18n import LANGUAGES

__all__ = [
    "Block",
    "Chapter",
    "Code",
    "Comparison",
    "Figure",
    "Formula",
    "Live",
    "Note",
    "Published",
    "Report",
    "Summary",
    "Table",
    "Text",
]

ALIGNMENTS = {"l": "left", "r": "right", "c": "centre"}
KINDS = ("note", "warning", "supported", "refuted", "open", "untested")
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def _check_slug(owner: str, name: str, value: str) -> None:
    if not _SLUG.fullmatch(value):
        raise RavineError(
            f"{owner}: {name} must be lower-case letters and figures joined by '-', "
            f"beginning with a letter, got {value!r}"
        )


@dataclass(frozen=True)
class Text:
    """Running text in Markdown: paragraphs, lists, *emphasis*, `code`, [links](https://...), ``$maths$``.

    Headings begin at ``###``, below the chapter's. Raw HTML is shown as text. Indentation common to all lines goes.

    >>> Text("The gradient $g_t$ **vanishes**.").markdown
    'The gradient $g_t$ **vanishes**.'
    """

    markdown: str


@dataclass(frozen=True)
class Formula:
    """A displayed formula in LaTeX, set as MathML. *label* is read aloud in its stead where given.

    >>> Formula(r"g(x) = \\max(0, x)").label
    ''
    """

    latex: str
    label: str = ""


@dataclass(frozen=True)
class Code:
    """A piece of code as it ran, and what it printed. *language* is a name that Pygments knows.

    >>> Code("1 + 1", output="2").language
    'python'
    """

    source: str
    language: str = "python"
    output: str = ""


@dataclass(frozen=True)
class Figure:
    """A drawing with its *caption* (Markdown) and *alt*, what it shows, for those who do not see it.

    *id* names the files beside the report and the anchor. *raster* puts a picture of dots into the page in place
    of SVG: for drawings of very many marks; left None, it is chosen by the size of the SVG.

    >>> from ravine.view.style import canvas
    >>> Figure("Gradient 1", canvas()[0], "Norms", "A falling line")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Figure: id must be lower-case letters and figures joined by '-', beginning with a \
letter, got 'Gradient 1'
    """

    id: str
    figure: Drawing
    caption: str
    alt: str
    raster: bool | None = None

    def __post_init__(self) -> None:
        _check_slug("Figure", "id", self.id)
        if not self.alt.strip():
            raise RavineError(f"Figure {self.id!r}: alt is empty: say in one sentence what the drawing shows")


@dataclass(frozen=True)
class Table:
    """Rows of cells under *columns*: a string is Markdown, a number is written in the report's language.

    *alignment* is one letter per column (l, r, c); "" aligns a column of numbers right, any other left.

    >>> Table(("rule", "loss"), (("adam", 0.07),), alignment="l")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Table: alignment must have 2 letters out of l, r, c, got 'l'
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]
    caption: str = ""
    alignment: str = ""

    def __post_init__(self) -> None:
        if not self.columns:
            raise RavineError("Table: columns are empty: name at least one")
        for row in self.rows:
            if len(row) != len(self.columns):
                raise RavineError(f"Table: each row must have {len(self.columns)} cells, got {row!r}")
        fits = len(self.alignment) == len(self.columns) and set(self.alignment) <= set(ALIGNMENTS)
        if self.alignment and not fits:
            raise RavineError(
                f"Table: alignment must have {len(self.columns)} letters out of l, r, c, got {self.alignment!r}"
            )


@dataclass(frozen=True)
class Comparison:
    """A *published* number beside ours: the mean over *seeds* runs, and where given an *interval* (low, high).

    *digits* after the decimal sign. None stands for a number that was not published or not measured.

    >>> Comparison("Test accuracy", 0.9795, 0.9803, (0.9794, 0.9812), seeds=5).digits
    4
    """

    quantity: str
    published: float | None
    ours: float | None
    interval: tuple[float, float] | None = None
    seeds: int | None = None
    note: str = ""
    digits: int = 4


@dataclass(frozen=True)
class Published:
    """A table of `Comparison` rows, with a small scale that shows where the published value lies.

    >>> len(Published((Comparison("Loss", 0.0749, 0.0751),)).rows)
    1
    """

    rows: tuple[Comparison, ...]
    caption: str = ""


@dataclass(frozen=True)
class Note:
    """A remark set apart. *kind*: note, warning, or what became of a claim: supported, refuted, open, untested.

    *text* is Markdown; *title* stands in place of the kind's own name.

    >>> Note("maybe", "Who knows")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Note: unknown kind 'maybe': known: note, open, refuted, supported, untested, warning
    """

    kind: Literal["note", "warning", "supported", "refuted", "open", "untested"]
    text: str
    title: str = ""

    def __post_init__(self) -> None:
        check_choice("Note", "kind", self.kind, KINDS)


@dataclass(frozen=True)
class Live:
    """A part of the page that a script brings to life: *markup* is HTML, *module* JavaScript, both taken as they are.

    They must come from the program and not from its data. A module that several parts share stands in the page once.
    *caption* is Markdown; *alt* says what is missing where no script runs.

    >>> Live("replay", "<div></div>", "const end = '</script>';", "A run", "It needs JavaScript")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Live 'replay': the module holds '</script', which ends it: escape the stroke
    """

    id: str
    markup: str
    module: str
    caption: str
    alt: str

    def __post_init__(self) -> None:
        _check_slug("Live", "id", self.id)
        for ending in ("</script", "<!--"):
            if ending in self.module.lower():
                cause = f"the module holds {ending!r}, which ends it"
                raise RavineError(f"Live {self.id!r}: {cause}: escape the stroke")


@dataclass(frozen=True)
class Summary:
    """The summary of a network, printed as it is in type of equal width.

    >>> Summary("Total params: 669,706").title
    ''
    """

    text: str
    title: str = ""


Block: TypeAlias = Text | Formula | Code | Figure | Table | Published | Note | Summary | Live
"""Anything that may stand in a chapter."""


@dataclass(frozen=True)
class Chapter:
    """A chapter: *slug* is its anchor, *number* stands before its title ("" for none).

    >>> Chapter("activations", "1", "Activations", (Text("..."),)).slug
    'activations'
    """

    slug: str
    number: str
    title: str
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        _check_slug("Chapter", "slug", self.slug)


@dataclass(frozen=True)
class Report:
    """A whole report. *subtitle* and *footer* are Markdown; *language* sets the words of the page and its numbers.

    >>> Report("Title", "", "en", (Chapter("a", "1", "A", ()), Chapter("a", "2", "B", ())))
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Report: the anchor 'a' is used twice: give each chapter and figure its own
    """

    title: str
    subtitle: str
    language: str
    chapters: tuple[Chapter, ...]
    footer: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=())
    """Pairs of a name and a value (Markdown) under the title: seeds, mode, versions."""

    def __post_init__(self) -> None:
        check_choice("Report", "language", self.language, LANGUAGES)
        if not self.chapters:
            raise RavineError("Report: chapters are empty: give at least one")
        seen: set[str] = set()
        parts: tuple[Figure | Live, ...] = (*self.figures, *self.live)
        for anchor in [chapter.slug for chapter in self.chapters] + [part.id for part in parts]:
            if anchor in seen:
                raise RavineError(f"Report: the anchor {anchor!r} is used twice: give each chapter and figure its own")
            seen.add(anchor)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in order."""
        return tuple(block for chapter in self.chapters for block in chapter.blocks if isinstance(block, Figure))

    @property
    def live(self) -> tuple[Live, ...]:
        """Every part that moves, in order."""
        return tuple(block for chapter in self.chapters for block in chapter.blocks if isinstance(block, Live))

"""What a report is made of: frozen records, no drawing and no HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

from matplotlib.figure import Figure as Drawing

from ravine.core import RavineError, check_choice
from ravine.view.i18n import LANGUAGES
from ravine.view.live import Live, check_slug
from ravine.view.results import Published, PublishedComparison, Tally

__all__ = [
    "Block",
    "Chapter",
    "Code",
    "Figure",
    "Fold",
    "Formula",
    "Live",
    "Note",
    "Published",
    "PublishedComparison",
    "Report",
    "Summary",
    "Table",
    "Tally",
    "Text",
]

ALIGNMENTS = {"l": "left", "r": "right", "c": "centre"}
KINDS = ("note", "warning", "supported", "refuted", "open", "untested")


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
        check_slug("Figure", "id", self.id)
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
class Note:
    """A remark set apart. *kind*: note, warning, or what became of a claim: supported, refuted, open, untested.

    *text* is Markdown; *title* stands in place of the kind's own name. With *folded* only that line is seen until it is
    opened; *id* is an anchor, "" for none. *claim* is the slug of the claim whose verdict this is, "" for none.

    >>> Note("maybe", "Who knows")
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: Note: unknown kind 'maybe': known: note, open, refuted, supported, untested, warning
    """

    kind: Literal["note", "warning", "supported", "refuted", "open", "untested"]
    text: str
    title: str = ""
    id: str = ""
    folded: bool = False
    claim: str = ""

    def __post_init__(self) -> None:
        check_choice("Note", "kind", self.kind, KINDS)
        if self.id:
            check_slug("Note", "id", self.id)


@dataclass(frozen=True)
class Summary:
    """The summary of a network, printed as it is in type of equal width.

    >>> Summary("Total params: 669,706").title
    ''
    """

    text: str
    title: str = ""


@dataclass(frozen=True)
class Fold:
    """*blocks* that are seen once the reader opens their *title* (Markdown without links); all are open in print.

    *id* is an anchor, "" for none: a link to it, or to anything inside, opens the fold.

    >>> Fold("The code", (Code("1 + 1"),)).id
    ''
    """

    title: str
    blocks: tuple[Block, ...]
    id: str = ""

    def __post_init__(self) -> None:
        if self.id:
            check_slug("Fold", "id", self.id)


Block: TypeAlias = Text | Formula | Code | Figure | Table | Published | Note | Summary | Live | Tally | Fold
"""Anything that may stand in a chapter."""
_Kind = TypeVar("_Kind")


def _found(blocks: tuple[Block, ...], kind: type[_Kind]) -> Iterator[_Kind]:
    """The blocks of one *kind*, in order, those in folds too."""
    for block in blocks:
        if isinstance(block, kind):
            yield block
        if isinstance(block, Fold):
            yield from _found(block.blocks, kind)


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
        check_slug("Chapter", "slug", self.slug)


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
        anchors = [chapter.slug for chapter in self.chapters]
        named: list[Figure | Live | Note | Fold] = [*self.figures, *self.live, *self._all(Note), *self._all(Fold)]
        anchors += [block.id for block in named if block.id]
        seen: set[str] = set()
        for anchor in anchors:
            if anchor in seen:
                raise RavineError(f"Report: the anchor {anchor!r} is used twice: give each chapter and figure its own")
            seen.add(anchor)

    def _all(self, kind: type[_Kind]) -> tuple[_Kind, ...]:
        return tuple(block for chapter in self.chapters for block in _found(chapter.blocks, kind))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in order."""
        return self._all(Figure)

    @property
    def live(self) -> tuple[Live, ...]:
        """Every part that moves, in order."""
        return self._all(Live)

    @property
    def folds(self) -> bool:
        """Whether anything is folded."""
        return bool(self._all(Fold)) or any(note.folded for note in self._all(Note))

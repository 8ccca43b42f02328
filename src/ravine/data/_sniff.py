"""A look at the text of a table: encoding, separator, decimal comma, lines that are no rows, names of columns."""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ravine.core import RavineError, check_limit
from ravine.data.decoding import SAMPLE, decoded
from ravine.data.marks import MARKS, counted, reads_as_number

__all__ = ["INDEX", "SEPARATORS", "Layout", "sniff", "split_rows"]

FEWEST = 3
"""So many lines are looked at even where they are longer than that."""

SEPARATORS = {"tab": "\t", "semicolon": ";", "bar": "|", "comma": ",", "blanks": " "}
"""What may stand between two values, by the word for it; blanks are any number of spaces and tabs."""

INDEX = "index"
"""What a first column without a name is called."""

LONGEST = 19
"""Digits from which on a whole number is no place in a row of numbers."""

COMMA = re.compile(r"[+-]?(\d{1,3}([. \u00a0]\d{3})+|\d+)?,\d+([eE][+-]?\d+)?")
POINT = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?\.\d+([eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([.,]\d{3})+")


@dataclass(frozen=True)
class Layout:
    """How the text of a table is laid out.

    *separator* stands between values ("" where there is one column), *decimal* in numbers. *names* are those of the
    columns; *header* says whether a line of the file gave them. *skipped* lines stand before the table, lines that
    begin with *comment* are none of its rows. *notes* says what else was decided.

    >>> sniff("a;b\\n1,5;2\\n2,5;3\\n").words
    "separator ';', decimal comma"
    """

    encoding: str
    separator: str
    decimal: str
    names: tuple[str, ...]
    header: bool
    skipped: int = 0
    comment: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """What was understood that is not usual: a comma, UTF-8 and a line of names need no word."""
        shown = {"\t": "separator tab", " ": "separated by blanks", "": "one column", ",": ""}
        said = [
            "" if self.encoding == "utf-8" else f"encoding {self.encoding}",
            shown.get(self.separator, f"separator {self.separator!r}"),
            "decimal comma" if self.decimal == "," else "",
            f"{counted(self.skipped, 'line')} before the table left out" if self.skipped else "",
            f"lines that begin with {self.comment} left out" if self.comment else "",
            *self.notes,
        ]
        return tuple(part for part in said if part)

    @property
    def words(self) -> str:
        """The parts in one line."""
        return ", ".join(self.parts)


def split_rows(lines: Iterable[str], separator: str, *, strict: bool = False) -> list[list[str]]:
    """Return the values of each line that is not blank, without the blanks around them; quotes are understood.

    >>> split_rows(["a, 'b'", "", '"x, y",2'], ",")
    [['a', "'b'"], ['x, y', '2']]
    >>> split_rows(['1  "a b"\\t2'], " ")
    [['1', 'a b', '2']]
    """
    if separator == " ":
        # an aligned table: any blanks outside of quotes are one separator
        lines = (re.sub(r'("[^"]*")|[ \t]+', lambda m: m[1] or "\t", line.strip()) for line in lines)
        separator = "\t"
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator or "\x1f", skipinitialspace=True,
                        strict=strict)  # fmt: skip
    try:
        return [row for row in ([cell.strip() for cell in row] for row in reader) if any(row) or len(row) > 1]
    except csv.Error as cause:
        raise RavineError(f"line {reader.line_num} cannot be read ({cause}): mend its quotes") from cause


def sniff(
    content: bytes | str,
    *,
    separator: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    names: Sequence[str] | None = None,
    wanted: Sequence[str] = (),
    columns: int | None = None,
) -> Layout:
    """Return how the text of a table is laid out; what is given is taken as given.

    Whether the first line names the columns is seen by its values: words over columns of numbers are names, numbers
    and values that occur again below are none, and the names *wanted* in it decide. A line ``sep=;`` as of Excel
    decides the separator. More than so many *columns* (`Limits.columns` where left out) are refused at once.

    >>> sniff("5.1,3.5,setosa\\n4.9,3.0,setosa\\n\\n").names
    ('column_1', 'column_2', 'column_3')
    >>> sniff("length,width,kind\\n5.1,3.5,setosa\\n").header
    True
    """
    text, encoding = decoded(content, encoding)
    if "\x00" in text[:SAMPLE]:
        raise RavineError("cannot be read (it holds zero bytes): give a text file")
    lines = _sample(text, columns)
    match = re.fullmatch(r'"?sep=(.)"?\s*', lines[0], re.IGNORECASE)
    skipped = int(match is not None)
    separator = _sign(separator or (match[1] if match else None))
    kept = [line for line in lines[skipped:] if line.strip()]
    comment = next((sign for sign in "#%" if kept and kept[0].lstrip().startswith(sign)), None)
    body = [line for line in kept if comment is None or not line.lstrip().startswith(comment)]
    if not body:
        raise RavineError("cannot be read (it holds no rows): give a table")
    separator = _separator(body) if separator is None else separator
    rows = split_rows(body, separator)
    check_limit("the table has {} columns", max(map(len, rows)), "columns", columns)
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    while width > 2 and len(rows[0]) == 1:
        rows = rows[1:]
        # blank lines before it go with it
        skipped += 1 + next(k for k, line in enumerate(lines[skipped:]) if line.strip())
    above = None
    if comment is not None and header is not False and names is None:
        above = _above(kept[next(k for k, line in enumerate(kept) if line is body[0]) - 1], separator, comment, width)
    # a line of names with one name less than there are values has none for the names of the rows
    short = above is None and header is not False and len(rows) > 1 and len(rows[0]) == width - 1 > 0
    if header is None:
        known = {name.strip() for name in wanted} & {cell.strip() for cell in rows[0]}
        header = above is None and (short or bool(known) or _is_header(rows[0], rows[1:]))
    given = above or (["", *rows[0]] if short else rows[0] if header else None)
    made, notes = _named(given if names is None else list(names), width)
    if above is not None:
        notes.append("names taken from the comment above the table")
    return Layout(
        encoding,
        separator,
        _decimal(rows[int(header) :], separator) if decimal is None else _decimal_sign(decimal),
        made,
        bool(header),
        skipped,
        comment,
        tuple(notes),
    )


def _sample(text: str, columns: int | None) -> list[str]:
    """The lines that are looked at: those in the first `SAMPLE` signs, and three at the least, however long."""
    lines = text[:SAMPLE].split("\n")
    lines = lines if len(text) <= SAMPLE else lines[:-1]
    if len(lines) >= FEWEST or len(text) <= SAMPLE:
        return lines
    lines = text.split("\n", FEWEST)[:FEWEST]
    # counted before they are cut: three million commas make three million values
    most = max(line.count(sign) for line in lines for sign in SEPARATORS.values())
    check_limit("the table has {} columns", most + 1, "columns", columns)
    return lines


def _sign(separator: str | None) -> str | None:
    if separator is None:
        return None
    sign = SEPARATORS.get(separator, "\t" if separator == "\\t" else separator)
    if len(sign) != 1:
        raise RavineError(f"separator {separator!r} is not one sign: use one, or {', '.join(SEPARATORS)}")
    return sign


def _decimal_sign(decimal: str) -> str:
    if decimal not in (",", "."):
        raise RavineError(f"decimal {decimal!r} is neither ',' nor '.': use one of them")
    return decimal


def _above(line: str, separator: str, comment: str, width: int) -> list[str] | None:
    """The names that the last comment above a table gives, if it does: "# a, b", or "#" itself the first name."""
    first, *others = split_rows([line], separator)[0]
    return [first.removeprefix(comment).strip() or comment, *others] if 1 + len(others) == width > 1 else None


def _separator(lines: list[str]) -> str:
    """The sign that cuts most lines into equally many values; tab, semicolon, bar, comma, blanks where they tie."""
    best, share = "", 0.0
    for sign in SEPARATORS.values():
        try:
            rows = split_rows(lines, sign)
        except RavineError:  # a line without the sign is one value, and may be too long for one
            continue
        (width, count), *_ = Counter(len(row) for row in rows).most_common(1)
        if width == 1 or (sign == " " and not _mostly_numbers(rows)):
            continue
        # an aligned table may hold tabs before its last column, of texts
        aligned = sign == " " and best == "\t" and not _mostly_numbers(split_rows(lines, best))
        if count / len(rows) > share or aligned:
            best, share = sign, count / len(rows)
    return best


def _mostly_numbers(rows: list[list[str]]) -> bool:
    cells = [cell for row in rows for cell in row]
    return 2 * sum(map(reads_as_number, cells)) >= len(cells)


def _is_header(first: list[str], below: list[list[str]]) -> bool:
    """Whether *first* names the columns of the rows *below*: a vote of the columns."""
    if not below:
        return not any(map(reads_as_number, first))
    if _counts_up(first) and not _counts_up(below[0]):
        return True  # 0, 1, 2, ... over other numbers, as frames without names are written; or years
    votes = 0
    for place, name in enumerate(first):
        column = [row[place] for row in below if place < len(row) and row[place] not in MARKS]
        if not column or name in MARKS:
            continue
        numbers = 10 * sum(map(reads_as_number, column)) >= 9 * len(column)
        if reads_as_number(name):
            votes -= 2 if numbers else 1
        elif numbers:
            votes += 2
        elif name in column:
            votes -= 1
        elif 2 * len(set(column)) <= len(column):
            votes += 1
    return votes >= 0


def _counts_up(cells: list[str]) -> bool:
    """Whether whole numbers, at least three, rise by one from cell to cell, perhaps after names."""
    numbers = [int(cell) for cell in cells if cell.isdecimal() and len(cell) < LONGEST]
    texts = [cell for cell in cells if not reads_as_number(cell)]
    rising = all(b - a == 1 for a, b in itertools.pairwise(numbers))
    return len(numbers) >= 3 and rising and len(numbers) + len(texts) == len(cells)


def _named(given: list[str] | None, width: int) -> tuple[tuple[str, ...], list[str]]:
    """Names for *width* columns, and what to say of them."""
    if given is None:
        upto = "" if width == 1 else f" to column_{width}"
        said = f"no line of names, so the columns are called column_1{upto} (header=true if the first line is one)"
        return tuple(f"column_{place}" for place in range(1, width + 1)), [said]
    notes: list[str] = []
    if len(given) != width:
        raise RavineError(f"{counted(len(given), 'name')} for {counted(width, 'column')}: name each column once")
    made: dict[str, None] = {}
    taken, counts = set(given), Counter[str]()
    for place, name in enumerate(re.sub(r"\s+", " ", each).strip() for each in given):
        # row names, as frames are written with them, have no name themselves
        wanted = name or (f"column_{place + 1}" if place else INDEX)
        fresh = wanted
        while fresh in made or (fresh != name and fresh in taken):
            counts[wanted] = max(counts[wanted], 1) + 1
            fresh = f"{wanted}_{counts[wanted]}"
        if fresh != name:
            what = f"two columns are called {name!r}, the later" if name else f"column {place + 1} has no name, it"
            notes.append(f"{what} becomes {fresh!r}")
        made[fresh] = None
    return tuple(made), notes


def _decimal(rows: list[list[str]], separator: str) -> str:
    """A comma where numbers are written with it and none with a point; between quotes 1,234 counts thousands."""
    cells = {cell.removesuffix("%").strip() for row in rows for cell in row}
    commas = {cell for cell in cells if COMMA.fullmatch(cell)}
    if separator == ",":
        commas = {cell for cell in commas if not THOUSANDS.fullmatch(cell)}
    # 1.234 beside 2,5 counts thousands, but not where commas separate values
    points = {cell for cell in cells if POINT.fullmatch(cell) and (separator == "," or not THOUSANDS.fullmatch(cell))}
    return "," if commas and not points else "."

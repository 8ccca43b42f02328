"""The text of a table as a frame: columns of numbers where texts read as numbers, and what was understood, in words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ravine.core import RavineError
from ravine.data._sniff import Layout, sniff, split_rows
from ravine.data.decoding import decoded
from ravine.data.marks import MARKS, MISSING, counted

if TYPE_CHECKING:
    # polars takes a tenth of a second to import, and only frames need it
    import polars as pl

__all__ = ["Reading", "listed", "number_texts", "read_text", "typed"]

GROUPS = {",": r"[. \x{a0}\x{202f}']", ".": r"[, \x{a0}\x{202f}']"}
"""What may stand between groups of three digits, by the decimal sign."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A table that was read, and what was *understood* of it, one sentence each.

    *layout* is how its text was laid out; None for a file that says so itself, such as Parquet.

    No example: see `read_text`.
    """

    table: pl.DataFrame
    layout: Layout | None
    understood: tuple[str, ...]


def listed(value: str | Sequence[str], known: Sequence[str] = ()) -> list[str]:
    """Names of columns: one name, names with commas between them, or a sequence of names.

    A text that is one of the *known* names is that one, whatever commas it has.

    >>> listed("Date"), listed("Date, Name"), listed("a, b", ["a, b"]), listed(("a", "b"))
    (['Date'], ['Date', 'Name'], ['a, b'], ['a', 'b'])
    """
    if not isinstance(value, str):
        return list(value)
    return [value] if value in known else [name.strip() for name in value.split(",") if name.strip()]


def read_text(
    content: bytes | str,
    *,
    separator: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    names: str | Sequence[str] | None = None,
    marks: str | Sequence[str] = (),
    categories: str | Sequence[str] = (),
    wanted: Sequence[str] = (),
    rows: int | None = None,
    columns: int | None = None,
) -> Reading:
    """Return the table in a text, such as the content of a CSV file.

    Its layout is looked at (`sniff`) unless *separator* ("," or a word such as "tab"), *decimal*, *header*, *encoding*
    or *names* say so. Blank lines are no rows. A column whose values read as numbers, save for what stands for a
    missing value (`MARKS`, and *marks* in addition), is numbers; but those in *categories* stay texts. More than so
    many *rows* and *columns* are refused before they are read; columns have a limit in any case, see
    `ravine.core.Limits`.

    >>> made = read_text("power;price\\n130;1,5\\n?;2,5\\n")
    >>> made.table.rows(), made.understood
    ([(130, 1.5), (None, 2.5)], ("separator ';', decimal comma", "column 'power': 1 value '?' is missing"))
    """
    given = None if names is None else listed(names)
    layout = sniff(
        content, separator=separator, decimal=decimal, header=header, encoding=encoding, names=given, wanted=wanted,
        columns=columns,
    )  # fmt: skip
    lines = _lines(decoded(content, layout.encoding)[0], layout)
    # lines between quotes belong to the row before, so that there may be fewer rows than lines, but a few at the least
    if rows is not None and layout.separator != "" and not any('"' in line for line in lines):
        _check_rows(sum(1 for line in lines if line.strip()), rows)
    texts = _texts(lines, layout)
    if rows is not None:
        _check_rows(texts.height, rows)
    table, said = typed(texts, layout.decimal, listed(marks), listed(categories, texts.columns))
    return Reading(table, layout, tuple(part for part in (layout.words, *said) if part))


def _check_rows(found: int, most: int) -> None:
    if found > most:
        raise RavineError(f"{found} rows: at most {most} are read: leave some out")


def _lines(text: str, layout: Layout) -> list[str]:
    """The lines of the table's rows, and those between quotes that belong to them."""
    lines = text.split("\n")[layout.skipped :]
    if layout.comment is not None:
        lines = [line for line in lines if not line.lstrip().startswith(layout.comment)]
    if layout.header:
        # the first line that is not blank names the columns
        lines = lines[1 + next(place for place, line in enumerate(lines) if line.strip()) :]
    return lines


def _texts(lines: list[str], layout: Layout) -> pl.DataFrame:
    """Every value as text, by polars where it can, else by the standard library's reader, which knows the line."""
    import polars as pl

    width = len(layout.names)
    # polars makes as many columns as its first line has signs, whatever the others say
    first = next((line for line in lines if line.strip()), "")
    if layout.separator not in ("", " ") and first.count(layout.separator) < 2 * width:
        text = "\n".join(line for line in lines if line.strip())
        try:
            made = pl.read_csv(
                io.BytesIO(f"{text}\n".encode()), separator=layout.separator, has_header=False, infer_schema_length=0
            )
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            made = pl.DataFrame()
        # an absent last value looks like an empty one: the other reader tells which
        if made.width == width and made.height and not made[:, -1].has_nulls():
            made.columns = list(layout.names)
            return made.with_columns(pl.all().str.strip_chars())
    rows = split_rows(lines, layout.separator, strict=True)
    for place, row in enumerate(rows):
        if len(row) < width or any(row[width:]):
            raise RavineError(
                f"row {place} has {counted(len(row), 'value')} ({', '.join(row)[:60]}), the table {width}: mend it, or "
                f"name the separator"
            )
    if not rows:
        raise RavineError("cannot be read (it holds no rows below the names): give a table")
    columns = [[row[place] for row in rows] for place in range(width)]
    return pl.DataFrame(columns, schema=dict.fromkeys(layout.names, pl.String), orient="col")


def typed(
    table: pl.DataFrame, decimal: str = ".", marks: Sequence[str] = (), categories: Sequence[str] = ()
) -> tuple[pl.DataFrame, list[str]]:
    """Return *table* with numbers in the columns of texts that read as numbers, and what was understood.

    >>> import polars as pl
    >>> typed(pl.DataFrame({"power": ["130", "?"], "code": ["007", "123"]}))[0].rows()
    [(130, '007'), (None, '123')]
    """
    import polars as pl

    made, said = [], []
    for series in table:
        if series.dtype != pl.String:
            made.append(series)
            continue
        numbers = None if series.name in categories else number_texts(series, decimal, marks)
        if numbers is None or numbers[1]:
            plain = series.str.strip_chars()
            plain = plain.set(plain.is_in([*MISSING, *marks]).fill_null(False), None)
            made.append(plain if series.name in categories else _truths(plain))
            continue
        made.append(numbers[0])
        said.extend(numbers[2])
    return pl.DataFrame(made), said


def _truths(texts: pl.Series) -> pl.Series:
    """Texts as truth values, where all are true or false."""
    small = texts.str.to_lowercase()
    truths = small.is_in(["true", "false"]) | small.is_null()
    return small == "true" if bool(truths.all()) and texts.null_count() < len(texts) else texts


def number_texts(
    series: pl.Series, decimal: str = ".", marks: Sequence[str] = ()
) -> tuple[pl.Series, list[str], list[str]] | None:
    """Return texts as numbers (nothing where they stand for a missing value), the texts that are none, and remarks.

    None where no text is a number, or where numbers are codes: with a 0 before other digits.

    >>> import polars as pl
    >>> made, odd, _ = number_texts(pl.Series(["1,234", "5", "-", "n.a."]))
    >>> made.to_list(), odd
    ([1234.0, 5.0, None, None], ['n.a.'])
    """
    import polars as pl

    plain = series.str.strip_chars()
    missing = (plain.is_in([*MARKS, *marks]) | plain.is_null()).fill_null(True)
    present = plain.filter(~missing)
    if not len(present) or present.str.contains(r"^[+-]?0\d").any():
        return None
    bare, said = plain.set(missing, None), []
    if present.str.ends_with("%").all():
        bare = bare.str.strip_suffix("%").str.strip_chars()
        said.append(f"column {series.name!r}: percent signs left out")
    group = GROUPS[decimal]
    grouped = bare.str.contains(rf"^[+-]?[1-9]\d{{0,2}}({group}\d{{3}})+([{decimal}]\d+)?$").fill_null(False)
    if grouped.any():
        bare = bare.zip_with(~grouped, bare.str.replace_all(group, ""))
    if decimal == ",":
        # a point would be read as 1.5 here and as a group of thousands there
        bare = bare.set(bare.str.contains(".", literal=True).fill_null(False), None)
        bare = bare.str.replace(",", ".", literal=True)
    made = bare.cast(pl.Float64, strict=False)
    if grouped.any():
        said.append(f"column {series.name!r}: {plain.filter(grouped)[0]} is read as {made.filter(grouped)[0]:.15g}")
    odd = plain.filter(made.is_null() & ~missing).to_list()
    if made.null_count() == len(made):
        return None
    for dtype in (pl.Int64, pl.UInt64):
        whole = bare.cast(dtype, strict=False)
        if not odd and whole.null_count() == made.null_count():
            made = whole
            break
    unusual = plain.filter(missing & ~plain.is_in(list(MISSING)).fill_null(True))
    if len(unusual):
        several = f"{len(unusual)} values {unusual[0]!r} are" if len(unusual) > 1 else f"1 value {unusual[0]!r} is"
        said.append(f"column {series.name!r}: {several} missing")
    return made.alias(series.name), odd, said

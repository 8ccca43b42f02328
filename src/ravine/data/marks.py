"""What stands for a missing value in a table, and what reads as a number."""

from __future__ import annotations

import re

__all__ = ["MARKS", "MISSING", "counted", "reads_as_number"]

MISSING = ("", "NA", "N/A", "NaN", "nan", "NULL", "null")
"""What counts as a missing value in every column of a text file."""

MARKS = (*MISSING, "?", "-", "--", ".", "n/a", "na", "#N/A", "<NA>", "None", "none", "*")
"""What counts as a missing value among numbers; among texts the later ones may be values."""

NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*[.,]?|[.,]\d+)([eE][+-]?\d+)?%?")


def reads_as_number(text: str) -> bool:
    """Whether *text* is a number in some spelling, decimal comma and percent included.

    >>> [reads_as_number(text) for text in ("5.1", " -3,5e2", "10%", "1.234,5", "setosa", "?")]
    [True, True, True, True, False, False]
    """
    return NUMBER.fullmatch(text.strip()) is not None


def counted(count: int, what: str) -> str:
    """The number with the noun, in the plural where it is not one.

    >>> counted(1, "row"), counted(3, "row")
    ('1 row', '3 rows')
    """
    return f"{count} {what}" if count == 1 else f"{count} {what}s"

"""`ravine data look` speaks the reader's language: what was understood of a table, and the table of its columns."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ravine.cli import main
from ravine.data import read_text
from ravine.lab.sentences import translated

# Tables that are written in every way of which something is said.
TABLES = {
    "semicolons": ("cena;masa\n1,5;2\n2,5;3\n4,5;1\n", ("separator ';'", "przecinek dziesiętny")),
    "tabs": ("a\tb\n1\t2\n3\t4\n5\t6\n", ("separator: tabulator",)),
    "blanks": ("a b\n1 2\n3 4\n5 6\n", ("kolumny oddzielone spacjami",)),
    "one column": ("a\n1\n2\n3\n", ("jedna kolumna",)),
    "no names": ("1,2\n3,4\n5,6\n7,8\n", ("kolumny nazywają się od column_1 do column_2",)),
    "one name twice": ("a,a\n1,2\n3,4\n5,6\n", ("dwie kolumny nazywają się 'a', późniejsza otrzymuje nazwę 'a_2'",)),
    "no name": ("a,,b\n1,2,3\n4,5,6\n7,8,9\n", ("kolumna 2 nie ma nazwy, otrzymuje nazwę 'column_2'",)),
    "per cent": ("a,b\n1%,2\n3%,4\n5%,6\n", ("kolumna 'a': pominięto znaki procentu",)),
    "thousands": ('a,b\n"1,234",2\n"3,456",4\n"5,678",6\n', ("kolumna 'a': 1,234 odczytano jako 1234",)),
}
LEFT = (
    r"\b(separator tab|separated|blanks|one|decimal|comma|lines?|names?|columns?|called|becomes?|signs|is|are|left)\b"
)


@pytest.mark.parametrize("kind", TABLES)
def test_what_was_understood_of_a_table_is_said_in_polish(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, wanted = TABLES[kind]
    file = tmp_path / "t.csv"
    file.write_text(text)
    monkeypatch.setattr(sys, "argv", ["ravine", "data", "look", str(file), "--lang", "pl"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    shown = capsys.readouterr().out
    for each in wanted:
        assert each in shown, shown
    first, *_ = shown.splitlines()
    assert re.search(r"wiersze: \d+, kolumny: \d+$", first), first
    assert re.search(r"kolumna +zawiera +różne wartości +brakuje +np\.", shown), shown
    said = shown[: shown.index("zawiera")].replace(str(file), "")
    assert re.findall(LEFT, re.sub(r"'[^']*'|header=true", "", said)) == []


def test_every_remark_of_a_reader_has_a_polish_one() -> None:
    """The remarks as the reader itself makes them, so that a changed one is missed here."""
    remarks = []
    for text, _wanted in TABLES.values():
        reading = read_text(text)
        parts = reading.layout.parts if reading.layout else ()
        remarks += [*parts, *reading.understood[bool(parts) :]]
    assert len(remarks) > len(TABLES)
    same = {each for each in remarks if translated(each, "pl") == each}
    assert same == {"separator ';'"}, "the word is the same in Polish"

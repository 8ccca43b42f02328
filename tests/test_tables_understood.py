"""Tables as they lie about in public: each kind is understood and said, or refused with the remedy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from typer.testing import CliRunner

from ravine.cli.app import app
from ravine.core import RavineError
from ravine.data import Encoder, from_file, from_frame, load, read_file, read_text, sniff

KINDS = {
    "iris.data, without names, a blank last line": (
        "5.1,3.5,1.4,0.2,Iris-setosa\n4.9,3.0,1.4,0.2,Iris-setosa\n6.3,3.3,6.0,2.5,Iris-virginica\n\n",
        [(5.1, 3.5, 1.4, 0.2, "Iris-setosa"), (4.9, 3.0, 1.4, 0.2, "Iris-setosa"),
         (6.3, 3.3, 6.0, 2.5, "Iris-virginica")],
        "no line of names, so the columns are called column_1 to column_5 (header=true",
    ),
    "adult.data, blanks after commas": (
        "39, State-gov, 77516, Bachelors, <=50K\n38, ?, 215646, HS-grad, >50K\n53, Private, 234721, 11th, <=50K\n",
        [(39, "State-gov", 77516, "Bachelors", "<=50K"), (38, "?", 215646, "HS-grad", ">50K"),
         (53, "Private", 234721, "11th", "<=50K")],
        "no line of names",
    ),
    "auto-mpg.data, aligned, a tab before the quoted name": (
        '18.0   8   307.0      130.0      3504.      12.0   70  1\t"chevrolet chevelle malibu"\n'
        '25.0   4   98.00      ?          2046.      19.0   71  1\t"ford pinto"\n',
        [(18.0, 8, 307.0, 130, 3504.0, 12.0, 70, 1, "chevrolet chevelle malibu"),
         (25.0, 4, 98.0, None, 2046.0, 19.0, 71, 1, "ford pinto")],
        "separated by blanks, no line of names",
    ),
    "winequality, semicolons and quoted names": (
        '"fixed acidity";"quality"\n7.4;5\n7.8;6\n', [(7.4, 5), (7.8, 6)], "separator ';'",
    ),
    "German, decimal comma, a mark at the beginning": (
        "\ufeffTag;Größe;Wert\r\nMo;1.234,5;3,5\r\nDi;12,25;4\r\n", [("Mo", 1234.5, 3.5), ("Di", 12.25, 4.0)],
        "separator ';', decimal comma; column 'Größe': 1.234,5 is read as 1234.5",
    ),
    "Excel says the separator": ("sep=;\na;b\n1;2\n", [(1, 2)], "1 line before the table left out"),
    "a title above": ("Sales of May\n\nday;sales;cost\n1;2;3\n", [(1, 2, 3)], "1 line before the table left out"),
    "Titanic, commas and blanks inside quotes, a missing age": (
        'Survived,Name,Age\n0,"Braund, Mr. Owen Harris",22\n1,"Heikkinen, Miss. Laina",\n',
        [(0, "Braund, Mr. Owen Harris", 22), (1, "Heikkinen, Miss. Laina", None)], "",
    ),
    "old Macintosh line ends": ("a\tb\r1\t2\r", [(1, 2)], "separator tab"),
    "bars": ("a|b\n1|x\n", [(1, "x")], "separator '|'"),
    "mushrooms, letters alone, without names": (
        "p,x,s,n\ne,x,s,y\ne,b,s,w\np,x,y,w\n" * 2,
        [("p", "x", "s", "n"), ("e", "x", "s", "y"), ("e", "b", "s", "w"), ("p", "x", "y", "w")] * 2,
        "no line of names",
    ),
    "letters with names": ("kind,cap\np,x\ne,x\np,s\ne,s\n", [("p", "x"), ("e", "x"), ("p", "s"), ("e", "s")], ""),
    "names 0, 1, 2 of a frame without names": ("0,1,2\n0.1,0.5,0.2\n", [(0.1, 0.5, 0.2)], ""),
    "years as names": ("land,1990,1991,1992\nPL,1.5,2,3\nDE,4,5,6\n", [("PL", 1.5, 2, 3), ("DE", 4.0, 5, 6)], ""),
    "numpy.savetxt, names in a comment": ("# a,b\n1.0,2.0\n", [(1.0, 2.0)], "names taken from the comment"),
    "a column called #": ("#,Name\n1,Bulbasaur\n2,Ivysaur\n", [(1, "Bulbasaur"), (2, "Ivysaur")], "names taken"),
    "comments": ("# of 2020\n# two\na,b\n1,2\n", [(1, 2)], "lines that begin with # left out"),
    "R writes names of rows": ('"a" "b"\n"x" 1.5 2\n"y" 2.5 3\n', [("x", 1.5, 2), ("y", 2.5, 3)], "becomes 'index'"),
    "one column, a blank line": ("x\n1\n\n2\n", [(1,), (2,)], "one column"),
    "a comma at every end": ("a,b,\n1,2,\n", [(1, 2, None)], "column 3 has no name, it becomes 'column_3'"),
    "a name twice": ("a,a\n1,2\n", [(1, 2)], "two columns are called 'a', the later becomes 'a_2'"),
    "lines inside quotes": ('a,b\n"x\ny",1\n"z",2\n', [("x\ny", 1), ("z", 2)], ""),
    "quotes after blanks": ('a, b\n1, "x, y"\n', [(1, "x, y")], ""),
    "thousands": ('a,b\n"1,234",x\n"12,345",y\n', [(1234, "x"), (12345, "y")], "1,234 is read as 1234"),
    "Polish thousands": ("a;b\n1\u00a0234,5;x\n2,5;y\n", [(1234.5, "x"), (2.5, "y")], "decimal comma"),
    "percent": ("a,b\n10%,x\n2.5%,y\n", [(10.0, "x"), (2.5, "y")], "column 'a': percent signs left out"),
    "codes with zeros are no numbers": ("zip,y\n02134,1\n10001,2\n", [("02134", 1), ("10001", 2)], ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_public_kinds_of_tables(kind):
    text, rows, words = KINDS[kind]
    read = read_text(text.encode())
    assert read.table.rows() == rows
    assert words in "; ".join(read.understood)
    if not words:
        assert not read.understood, "nothing was unusual"


@pytest.mark.parametrize(
    ("encoding", "text", "said"),
    [
        ("utf-8", "płeć,x\nżeńska,1\n", ""),
        ("utf-8-sig", "płeć,x\nżeńska,1\n", ""),
        ("utf-16", "płeć,x\nżeńska,1\n", "encoding utf-16"),
        ("cp1250", "płeć,x\nwąska,1\n", "encoding cp1250"),
        ("iso8859-2", "płeć,x\nwąska,1\n", "encoding iso8859-2"),
        ("latin-1", "größe,x\nspaß,1\n", "encoding cp1252"),
        ("latin-1", "année,x\nété,1\n", "encoding cp1252"),
    ],
)
def test_encodings(encoding, text, said):
    read = read_text(text.encode(encoding))
    assert read.table.columns == [text[: text.index(",")], "x"]
    assert ", ".join(read.understood) == said


def test_everything_can_be_said_instead(tmp_path):
    path = tmp_path / "a.data"
    path.write_bytes(b"1;2,5\n3;4,5\n")
    assert read_file(path, header=True).table.columns == ["1", "2,5"]
    assert read_file(path, names="a, b").table.rows() == [(1, 2.5), (3, 4.5)]
    assert read_file(path, names="a, b").table.columns == ["a", "b"]
    assert read_file(path, decimal=".").table["column_2"].to_list() == ["2,5", "4,5"]
    assert read_file(path, separator="comma").table.rows() == [("1;2", 5), ("3;4", 5)]
    assert read_file(path, encoding="latin-1").layout.encoding == "latin-1"
    assert sniff("kind\na\nb\n", header=False).names == ("column_1",)
    assert sniff("a,b\nb,a\na,a\n", wanted=["b"]).header, "who names a column of the first line, knows it"
    assert from_file(path, "column_1", task="regression").train.x.tolist() == [[2.5], [4.5]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n3\n", r"row 1 has 1 value \(3\), the table 2"),
        ("a,b\n1,2\n3,4,5\n6,7\n", r"row 1 has 3 values \(3, 4, 5\), the table 2"),
        ('a,b\n1,"open\n2,3\n', "cannot be read .unexpected end of data.: mend its quotes"),
        ("", "holds no rows"),
        ("\n \n", "holds no rows"),
        ("a,b\n", "no rows below the names"),
        (b"PK\x00\x01", "holds zero bytes"),
    ],
)
def test_broken_texts(text, sentence):
    with pytest.raises(RavineError, match=sentence):
        read_text(text)


def test_limits():
    with pytest.raises(RavineError, match="3 rows: at most 2"):
        read_text("a\n1\n2\n3\n", rows=2)
    with pytest.raises(RavineError, match="3 columns: at most 2"):
        read_text("a,b,c\n1,2,3\n", columns=2)
    for wrong in ({"separator": ";;"}, {"decimal": ";"}, {"encoding": "utf-9"}, {"names": "a,b,c"}):
        with pytest.raises(RavineError, match=next(iter(wrong)).removesuffix("s")):
            read_text(b"a,b\n1,2\n", **wrong)


POWERS = [str(60 + 7 * (k % 17) + k // 17) for k in range(120)]


def powers(tmp_path, odd):
    path = tmp_path / "cars.csv"
    values = [*POWERS[:119], odd]
    path.write_text("power,cost\n" + "".join(f'"{power}",{k / 7:.3f}\n' for k, power in enumerate(values)))
    return path


@pytest.mark.parametrize("odd", ["?", "-", "NA", "", " "])
def test_one_missing_value_among_numbers(tmp_path, odd):
    path = powers(tmp_path, odd)
    with pytest.raises(RavineError, match=r"'power': 1 missing value, the first at row 119: .*'drop' or 'median'"):
        from_file(path, "cost")
    assert from_file(path, "cost", missing="drop").train.x.ravel().tolist() == [float(power) for power in POWERS[:119]]
    made = from_file(path, "cost", missing="median")
    assert made.input_shape == (1,), "not an input for each number"
    assert made.train.x[119, 0] == np.median(np.array(POWERS[:119], float))
    assert ("is missing" in made.note) == (odd in "?-" and odd != "")


def test_odd_spellings_among_numbers(tmp_path):
    assert from_file(powers(tmp_path, " 5"), "cost").train.x[119, 0] == 5
    assert read_file(powers(tmp_path, "5 ")).table["power"].to_list()[119] == 5
    for odd in ("10%", "n.a.", "1,5"):
        # the cost has points, so 1,5 is no decimal comma here
        with pytest.raises(RavineError, match=f"column 'power': 119 numbers and 1 text, the first '{odd}' at row 119"):
            from_file(powers(tmp_path, odd), "cost")
    assert from_file(powers(tmp_path, "n.a."), "cost", missing="drop", marks="n.a.").input_shape == (1,)
    path = tmp_path / "comma.csv"
    path.write_text('power,cost\n130,1\n165,2\n"1,5",3\n')
    made = from_file(path, "cost")
    assert made.train.x.ravel().tolist() == [130, 165, 1.5]
    assert "decimal comma" in made.note


def test_the_same_in_frames():
    frame = pd.DataFrame({"power": [*POWERS[:119], "?"], "cost": np.arange(120) / 7})
    with pytest.raises(RavineError, match="column 'power': 1 missing value"):
        from_frame(frame, "cost")
    encoder = from_frame(frame, "cost", missing="median").encoder
    assert encoder.apply({"power": ["?", "3"]}).ravel().tolist() == [encoder.columns[0].fill, 3]
    again = Encoder.from_dict(encoder.to_dict())
    assert again == encoder
    with pytest.raises(RavineError, match="column 'power': 1 missing value"):
        from_frame(frame.iloc[:119], "cost").encoder.apply({"power": ["?", "3"]})


def test_the_median_is_that_of_the_training_part():
    values = [float(k) for k in range(50)] + [None] * 50
    made = from_frame(pl.DataFrame({"a": values, "y": ["n", "p"] * 50}), "y", missing="median", test=0.4, seed=3)
    fill = made.encoder.columns[0].fill
    # the rows of the parts, by values that say the row
    rows = from_frame(pl.DataFrame({"a": range(100), "y": ["n", "p"] * 50}), "y", test=0.4, seed=3).train.x.ravel()
    assert fill == np.median(rows[rows < 50])
    assert fill != np.median(np.arange(50)), "the whole has another"


def test_missing_texts():
    frame = {"colour": ["red", None, "blue"], "y": [0.5, 1.5, 2.5]}
    made = from_frame(frame, "y", missing="median")
    assert made.encoder.features == ("colour=(missing)", "colour=blue", "colour=red")
    assert made.train.x.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert from_frame(frame, "y", missing="drop").train.y.ravel().tolist() == [0.5, 2.5]
    with pytest.raises(RavineError, match=r"'colour': 1 missing value, the first at row 1: .*; likewise 'b' 2"):
        from_frame(frame | {"b": [None, None, 1]}, "y")
    with pytest.raises(RavineError, match=r"column 'y': 1 missing value.*missing='drop'"):
        from_frame({"x": [1, 2], "y": [0.5, None]}, "y", missing="median")
    with pytest.raises(RavineError, match="unknown missing 'mean'"):
        from_frame(frame, "y", missing="mean")


def test_a_column_that_counts_the_rows_is_no_input(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"noise": rng.normal(size=100), "y": ["a"] * 50 + ["b"] * 50})
    frame.to_csv(tmp_path / "written.csv")
    made = from_file(tmp_path / "written.csv", "y")
    assert made.encoder.features == ("noise",), "sorted by class, the index would tell the class"
    assert "column 'index' only counts the rows, left out (keep=index)" in made.note
    assert from_file(tmp_path / "written.csv", "y", keep="index").encoder.features == ("index", "noise")
    again = pd.read_csv(tmp_path / "written.csv")
    assert from_frame(again, "y").encoder.features == ("noise",)
    frame.insert(0, "PassengerId", range(1, 101))
    assert from_frame(frame, "y").encoder.features == ("noise",)
    frame["day"] = range(100)
    assert from_frame(frame, "y").encoder.features == ("noise", "day"), "a day is a trend, not a name"


def test_texts_that_are_no_categories():
    names = [f"name {k}" for k in range(60)]
    frame = {"name": names, "when": [f"2020-01-{1 + k % 28:02d}" for k in range(60)], "y": np.arange(60) / 7}
    with pytest.raises(RavineError, match=r"'name': 60 different texts in 60 rows, e.g. 'name 0'; .* 'when' \(dates"):
        from_frame(frame, "y")
    with pytest.raises(RavineError, match="drop=name,when"):
        from_frame(frame, "y")
    made = from_frame(frame | {"x": range(1, 61)}, "y", drop="name", categories="when")
    assert made.encoder.features[:2] == ("when=2020-01-01", "when=2020-01-02")
    assert from_frame({"zone": [3, 1, 3], "y": [0.5, 1, 2]}, "y", categories="zone").encoder.features == (
        "zone=1", "zone=3",
    )  # fmt: skip


def test_names_given_as_one_text():
    frame = {"Date": ["x", "y"], "my col": [1, 2], "a, b": [3, 4], "y": [0.5, 1.5]}
    assert from_frame(frame, "y", drop="Date").encoder.features == ("my col", "a, b")
    assert from_frame(frame, "y", drop="Date,my col").encoder.features == ("a, b",)
    assert from_frame(frame, "y", drop=["Date", "a, b"]).encoder.features == ("my col",)
    assert from_frame(frame, "y", drop="a, b").encoder.features[-1] == "my col"
    assert Encoder.fit(frame, "my col").features == ("my col",)


def test_headers_with_blanks_after_commas(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("age, my col, w\n1, 2, 1\n3, 5, 2\n4, 4, 1\n")
    for target in ("my col", " my col"):
        made = load(str(path), target=target, task="regression", weight=" w")
        assert (made.train.y.ravel().tolist(), made.train.weight.tolist()) == ([2, 5, 4], [1, 2, 1])
    frame = pd.DataFrame({"age": [1, 2], " my col": [0.5, 1.5]})
    assert from_frame(frame, "my col").train.y.ravel().tolist() == [0.5, 1.5]
    with pytest.raises(RavineError, match="which column is to be predicted"):
        load(str(path))
    with pytest.raises(RavineError, match=r"people.csv: frame: no column 'mycol': did you mean 'my col'"):
        load(str(path), target="mycol")
    with pytest.raises(RavineError, match="unexpected keyword argument 'colour'"):
        load(str(path), target="w", colour="red")


def test_the_command_line_says_what_it_understood(tmp_path):
    path, out = tmp_path / "flowers.data", tmp_path / "out"
    rows = "".join(f"2020-01-{1 + k:02d}; {k % 7},5; {'ab'[k % 2]}\n" for k in range(28))
    path.write_text("Date; my size; kind\n" + rows)
    runner = CliRunner()
    made = runner.invoke(
        app,
        ["train", "1-2:softmax", "--data", str(path), "--target", "kind", "--option", "drop=Date", "--epochs", "1",
         "--out", str(out), "--quiet"],
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "28 rows, kind to predict" in made.stderr
    assert "separator ';', decimal comma" in made.stderr
    predicted = runner.invoke(app, ["predict", str(out), str(path)])
    assert predicted.exit_code == 0
    assert "decimal comma" in predicted.stderr
    assert len(predicted.stdout.strip().splitlines()) == 29
    looked = runner.invoke(app, ["data", "look", str(path)])
    assert "28 rows, 3 columns" in looked.output
    assert "my size" in looked.output

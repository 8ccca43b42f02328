"""Frames of pandas and polars, CSV and Parquet files: one result, remembered categories, sentences for bad ones."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ravine.core import RavineError
from ravine.data import Encoder, from_file, from_frame, read_table

COLUMNS = {
    "age": [31, 45, 22, 60],
    "height": [1.7, 1.8, 1.6, 1.75],
    "colour": ["red", "blue", "red", "green"],
    "member": [True, False, True, True],
    "buys": ["no", "yes", "no", "yes"],
}
WANTED = np.array([[31, 1.7, 0, 0, 1, 1], [45, 1.8, 1, 0, 0, 0], [22, 1.6, 0, 0, 1, 1], [60, 1.75, 0, 1, 0, 1]])


def categorical(frame):
    return frame.assign(colour=frame["colour"].astype("category"))


FRAMES = {
    "mapping": lambda: COLUMNS,
    "polars": lambda: pl.DataFrame(COLUMNS),
    "polars lazy": lambda: pl.LazyFrame(COLUMNS),
    "polars categories": lambda: pl.DataFrame(COLUMNS).with_columns(pl.col("colour").cast(pl.Categorical)),
    "polars small numbers": lambda: pl.DataFrame(COLUMNS).with_columns(pl.col("age").cast(pl.UInt8)),
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "pandas categories": lambda: categorical(pd.DataFrame(COLUMNS)),
    "pandas nullable": lambda: pd.DataFrame(COLUMNS).convert_dtypes(),
    "pandas objects": lambda: pd.DataFrame(COLUMNS).astype({"colour": object, "buys": object}),
    "pandas other index": lambda: pd.DataFrame(COLUMNS, index=[9, 8, 7, 6]),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_all_frames_give_the_same(kind):
    made = from_frame(FRAMES[kind](), target="buys")
    assert np.array_equal(made.train.x, WANTED)
    assert (made.train.y.tolist(), made.classes) == ([0, 1, 0, 1], ("no", "yes"))
    assert made.encoder.features == ("age", "height", "colour=blue", "colour=green", "colour=red", "member")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "csv.gz"])
def test_files(tmp_path, suffix):
    path = tmp_path / f"people.{suffix}"
    frame = pd.DataFrame(COLUMNS)
    if suffix == "parquet":
        pl.DataFrame(COLUMNS).write_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if suffix == "tsv" else ",")
    made = from_file(path, "buys")
    assert np.array_equal(made.train.x, WANTED)
    assert made.name == "people"


@pytest.mark.parametrize("kind", ["polars", "pandas", "pandas categories"])
def test_categories_are_remembered(kind):
    made = from_frame(FRAMES[kind](), target="buys", drop=["member"])
    later = pd.DataFrame({"unused": [1], "colour": ["green"], "height": [1.5], "age": [5]})
    assert made.encoder.apply(later).tolist() == [[5, 1.5, 0, 1, 0]]


def test_encoder_survives_json():
    encoder = Encoder.fit(COLUMNS)
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert again == encoder
    assert np.array_equal(again.apply(COLUMNS), encoder.apply(COLUMNS))


def test_numbered_categories_of_pandas():
    frame = pd.DataFrame({"zone": pd.Categorical([3, 1, 3]), "y": [0.5, 1.5, 2.5]})
    encoder = from_frame(frame, "y").encoder
    assert encoder.features == ("zone=1", "zone=3")
    assert encoder.apply({"zone": [1]}).tolist() == [[1, 0]], "a file may hold them as numbers"


TARGETS = {
    "few integers": ([1, 2, 1, 2], None, "classification", ("1", "2")),
    "floats": ([1.0, 2.0, 1.0, 2.5], None, "regression", None),
    "booleans": ([True, False, True, False], None, "classification", ("false", "true")),
    "integers for regression": ([1, 2, 1, 2], "regression", "regression", None),
    "whole floats as classes": ([1.0, 2.0, 1.0, 2.0], "classification", "classification", ("1", "2")),
}


@pytest.mark.parametrize("case", TARGETS)
def test_targets(case):
    values, asked, task, classes = TARGETS[case]
    made = from_frame({"x": [1, 2, 3, 4], "y": values}, "y", task=asked)
    assert (made.task, made.classes) == (task, classes)


def test_whole_numbers_among_fractions():
    made = from_frame({"x": [1, 2.5, 3], "y": [0.5, 1, 2]}, "y")
    assert made.train.x.ravel().tolist() == [1, 2.5, 3]
    assert made.task == "regression"


def test_many_integers_are_numbers():
    assert from_frame({"x": range(30), "y": range(30)}, "y").task == "regression"


def test_several_targets_and_weights():
    made = from_frame({"x": [1, 2], "a": [1, 2], "b": [3, 4], "w": [1, 2]}, ["a", "b"], weight="w")
    assert made.train.y.tolist() == [[1, 3], [2, 4]]
    assert made.train.weight.tolist() == [1, 2]
    assert made.encoder.features == ("x",)


def test_parts():
    made = from_frame({"x": range(100), "y": ["a", "b"] * 50}, "y", validation=10, test=0.2)
    assert [len(part) for part in made.parts.values()] == [70, 10, 20]


BAD = {
    "missing number": (
        {"age": [31, None, None]},
        "column 'age': 2 missing values, the first at row 1: fill in or drop",
    ),
    "not a number": ({"age": [31.0, float("nan"), 2.0]}, "column 'age': 1 missing value, the first at row 1"),
    "missing text": ({"colour": [None, "red", "red"]}, "column 'colour': 1 missing value, the first at row 0"),
    "infinite": ({"age": [1.0, float("inf"), 2.0]}, "column 'age': inf at row 1"),
    "date": ({"born": [datetime.date(2000, 1, 1)] * 3}, "column 'born': .*(Date|date)"),
    "identifiers": (
        {"id": [f"id {i}" for i in range(300)]},
        "column 'id': 300 different texts in 300 rows, e.g. 'id 0'",
    ),
}


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame], ids=["polars", "pandas"])
@pytest.mark.parametrize("case", BAD)
def test_bad_columns_are_named(case, make):
    columns, sentence = BAD[case]
    length = len(next(iter(columns.values())))
    with pytest.raises(RavineError, match=sentence):
        from_frame(make(columns | {"y": [0.5] * length}), "y")


def test_missing_targets_are_named():
    for values in ([1.0, None], ["a", None], [1, None], [True, None]):
        with pytest.raises(RavineError, match="column 'y': 1 missing value, the first at row 1"):
            from_frame(pl.DataFrame({"x": [1, 2], "y": values}), "y")


@pytest.mark.parametrize(
    ("frame", "target", "options", "sentence"),
    [
        (COLUMNS, "buyz", {}, "no column 'buyz': did you mean 'buys'"),
        (COLUMNS, "buys", {"drop": ["agee"]}, "no column 'agee': did you mean 'age'"),
        (COLUMNS, "buys", {"weight": "colour"}, "column 'colour': must hold numbers, holds String"),
        (COLUMNS, ["buys", "age"], {}, "column 'buys': must hold numbers"),
        (COLUMNS, ["age", "height"], {"task": "classification"}, "2 target columns cannot be one class"),
        (COLUMNS, [], {}, "target is empty"),
        (COLUMNS, "buys", {"task": "sorting"}, "unknown task 'sorting'"),
        ({"y": [1]}, "y", {}, "no columns left for the inputs"),
        (pl.DataFrame({"x": [], "y": []}), "y", {}, r"empty \(0 rows, 2 columns\)"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "a", {}, "two columns are named 'a'"),
        (pd.DataFrame({"x": [1, "a"], "y": [1, 2]}), "y", {}, r"column 'x': holds a int \(1\) at row 0"),
        ({"x": [1, "a"], "y": [1, 2]}, "y", {}, "column 'x': holds values of different kinds"),
        ({"x": [1, 2, 3], "y": [1, 2]}, "y", {}, "column 'y': has 2 values, column 'x' 3: give every column"),
        (np.ones((2, 2)), "y", {}, "expected a pandas or polars frame .* got ndarray: for arrays use from_arrays"),
    ],
)
def test_bad_frames(frame, target, options, sentence):
    with pytest.raises(RavineError, match=sentence):
        from_frame(frame, target, **options)


def test_later_frames_must_fit():
    encoder = Encoder.fit({"age": [31, 45], "colour": ["red", "blue"]})
    with pytest.raises(RavineError, match="column 'colour': unknown category 'rad' at row 1: did you mean 'red'"):
        encoder.apply({"age": [1, 2], "colour": ["red", "rad"]})
    with pytest.raises(RavineError, match="no column 'colour'"):
        encoder.apply({"age": [1, 2]})
    with pytest.raises(RavineError, match="column 'age': must hold numbers, holds String"):
        encoder.apply({"age": ["old"], "colour": ["red"]})


def test_bad_files(tmp_path):
    with pytest.raises(RavineError, match=r"people\.csv: no such file"):
        from_file(tmp_path / "people.csv", "y")
    (tmp_path / "people.xlsx").write_bytes(b"PK")
    with pytest.raises(RavineError, match=r"unknown kind of file '.xlsx': use .csv, .tsv or .parquet"):
        read_table(tmp_path / "people.xlsx")
    (tmp_path / "people.parquet").write_bytes(b"not parquet")
    with pytest.raises(RavineError, match=r"people.parquet: cannot be read \("):
        read_table(tmp_path / "people.parquet")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(RavineError, match=r"empty.csv: cannot be read \("):
        read_table(tmp_path / "empty.csv")
    (tmp_path / "gap.csv").write_text("age,y\n1,0\nNA,1\n")
    with pytest.raises(RavineError, match=r"gap.csv: column 'age': 1 missing value, the first at row 1"):
        from_file(tmp_path / "gap.csv", "y")

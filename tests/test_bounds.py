"""Files that declare more than they hold are refused before anything of that size is made, and read nothing else."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import polars as pl
import pytest
import requests

from ravine import keras
from ravine.core import Limits, RavineError, check_limit, check_number, limits, parsed_json, read_toml
from ravine.data import Encoder, IdxFile, from_file, read_idx, read_npy, read_table, write_table
from ravine.data._mnist import FASHION_MNIST, MNIST
from ravine.data._sniff import sniff
from ravine.data.encoder import Column
from ravine.data.mirror import UnservedError, received
from ravine.data.packed import gunzipped
from ravine.data.parquet import declared_bytes
from ravine.data.reading import read_text
from ravine.keras import layers
from ravine.nn import count_params, from_text, outline
from ravine.train import Model, load_model, save_model
from ravine.train.files.arrays import read_arrays, write_arrays


def small() -> Any:
    return keras.Sequential([layers.Dense(2, input_shape=(3,), name="one"), layers.Dense(2, name="two")])


def saved(folder: Path) -> Path:
    small().save(folder / "m.keras")
    return folder / "m.keras"


def rewritten(path: Path, change: Callable[[Any], None], **members: bytes) -> Path:
    """The .keras file at *path* with its description changed, and members put in."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    described = json.loads(parts["config.json"])
    change(described)
    parts["config.json"] = json.dumps(described).encode()
    parts |= {name.replace("_json", ".json"): content for name, content in members.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def dense(described: Any) -> Any:
    return next(each for each in described["config"]["layers"] if each["class_name"] == "Dense")


# --- limits


def test_limits_are_raised_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits() == Limits()
    monkeypatch.setenv("RAVINE_LIMIT_COLUMNS", "20000")
    assert limits().columns == 20_000
    check_limit("{} columns", 15_000, "columns")
    with pytest.raises(RavineError, match=r"30000 columns: at most 20000 are read: .*RAVINE_LIMIT_COLUMNS=30000"):
        check_limit("{} columns", 30_000, "columns")
    for wrong in ("0", "-3", "many", "٣", "9" * 400):
        monkeypatch.setenv("RAVINE_LIMIT_COLUMNS", wrong)
        with pytest.raises(RavineError, match="RAVINE_LIMIT_COLUMNS must be a positive whole number"):
            limits()


# --- HDF5: nothing outside of the file, nothing that is not in it


def in_file(make: Callable[[Any, str], None], folder: Path) -> tuple[Any, Path]:
    """A model and a file of its weights whose first kernel, shape (3, 2), *make* has put there anew."""
    model, path = small(), folder / "m.weights.h5"
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        group = file["layers/dense/vars"]
        del group["0"]
        make(group, "0")
    return model, path


ONES = np.ones((3, 2), np.float32)


def stacked(group: Any, name: str) -> None:
    """A piece packed twice by gzip: 14 kB that become gigabytes."""
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk((3, 2))
    plan.set_deflate(9)
    plan.set_deflate(9)
    space = h5py.h5s.create_simple((3, 2))
    made = h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plan)
    made.write_direct_chunk((0, 0), zlib.compress(zlib.compress(bytes(2**24), 9), 9))


def overlong(group: Any, name: str) -> None:
    """A piece of 24 bytes that unpacks to 64 MB, as far as HDF5 cares."""
    made = group.create_dataset(name, (3, 2), "f4", chunks=(3, 2), compression="gzip")
    made.id.write_direct_chunk((0, 0), zlib.compress(bytes(2**26), 9))


def wide_piece(group: Any, name: str) -> None:
    """An array of 24 bytes in pieces of 1.6 GB."""
    made = group.create_dataset(name, (3, 2), "f4", chunks=(20_000, 20_000), maxshape=(None, None), compression="gzip")
    made.id.write_direct_chunk((0, 0), zlib.compress(ONES.tobytes()))


def elsewhere(folder: Path) -> Path:
    path = folder / "other.h5"
    with h5py.File(path, "w") as file:
        file["secret"] = ONES
        file["group/0"] = ONES
    (folder / "raw").write_bytes(ONES.tobytes())
    return path


def virtual(group: Any, name: str, path: Path) -> None:
    layout = h5py.VirtualLayout((3, 2), "f4")
    layout[:] = h5py.VirtualSource(str(path), "secret", (3, 2))
    group.create_virtual_dataset(name, layout)


def reference(group: Any, name: str) -> None:
    group.create_dataset(name, data=np.full((3, 2), group.file["layers"].ref, h5py.ref_dtype), dtype=h5py.ref_dtype)


def by_lzf(group: Any, name: str) -> None:
    group.create_dataset(name, data=ONES, compression="lzf")


def by_plugin(group: Any, name: str) -> None:
    """A filter that HDF5 would look for among the shared libraries of HDF5_PLUGIN_PATH."""
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk((3, 2))
    plan.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
    made = h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((3, 2)), plan)
    made.write_direct_chunk((0, 0), ONES.tobytes())


VARIANTS: dict[str, tuple[Callable[[Any, str, Path], None], str]] = {
    "external link": (lambda group, name, path: group.__setitem__(name, h5py.ExternalLink(path, "secret")),
                      "an external link"),
    "soft link": (lambda group, name, path: group.__setitem__(name, h5py.SoftLink("/layers/dense/vars/1")),
                  "a soft link"),
    "soft link over a link": (lambda group, name, path: (group.__setitem__("way", h5py.ExternalLink(path, "group")),
                                                         group.__setitem__(name, h5py.SoftLink("way/0")))[0],
                              "not numbered|a soft link"),
    "external storage": (lambda group, name, path: group.create_dataset(
        name, (3, 2), "f4", external=[(str(path.parent / "raw"), 0, 24)]), "external storage"),
    "virtual data set": (virtual, "virtual data set"),
    "object reference": (lambda group, name, path: reference(group, name), "not numbers"),
    "group for an array": (lambda group, name, path: group.create_group(name), "is no array"),
    "filter of h5py": (lambda group, name, path: by_lzf(group, name), "is packed by filter 32000"),
    "filter of a plugin": (lambda group, name, path: by_plugin(group, name), "is packed by filter 32015"),
    "nothing stored": (lambda group, name, path: group.create_dataset(name, (3, 2), "f4"), "stores 0: refused"),
    "packed twice": (lambda group, name, path: stacked(group, name), "is packed twice by gzip"),
    "a piece too long": (lambda group, name, path: overlong(group, name), "unpacks to more than its 24 bytes"),
    "a piece too wide": (lambda group, name, path: wide_piece(group, name), "packed bytes become 1600000000"),
}  # fmt: skip


@pytest.mark.parametrize("within", [False, True], ids=["weights.h5", "keras"])
@pytest.mark.parametrize("what", VARIANTS)
def test_arrays_are_in_the_file_and_of_its_size(what: str, within: bool, tmp_path: Path) -> None:
    make, sentence = VARIANTS[what]
    other = elsewhere(tmp_path)
    model, path = in_file(lambda group, name: make(group, name, other), tmp_path)
    before = model.get_weights()
    if within:
        content = path.read_bytes()
        path = rewritten(saved(tmp_path), lambda described: None, **{"model.weights.h5": content})
    with pytest.raises(RavineError, match=sentence):
        keras.saving.load_model(path) if within else model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_a_link_in_place_of_the_root_is_not_followed(tmp_path: Path) -> None:
    """To ask whether a name is there follows an external link, and a pipe as its aim would keep the reader for ever."""
    model = small()
    for name in ("layers", "model_weights", "optimizer"):
        path = tmp_path / f"{name}.weights.h5"
        model.save_weights(path)
        os.mkfifo(tmp_path / f"{name}.pipe")
        with h5py.File(path, "a") as file:
            if name in file:
                del file[name]
            file[name] = h5py.ExternalLink(str(tmp_path / f"{name}.pipe"), "/")
        if name == "optimizer":
            model.compile("adam", "mse")
        with pytest.raises(RavineError, match="external link"):
            model.load_weights(path)


def test_arrays_packed_by_gzip_are_read(tmp_path: Path) -> None:
    def packed(group: Any, name: str) -> None:
        group.create_dataset(name, data=ONES, chunks=(2, 2), compression="gzip", shuffle=True, fletcher32=True)

    model, path = in_file(packed, tmp_path)
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], ONES)


def test_one_array_by_many_names_is_no_state_of_an_optimizer(tmp_path: Path) -> None:
    model, path = small(), tmp_path / "m.weights.h5"
    model.compile("adam", "mse")
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        group = file["optimizer/vars"]
        for number in range(len(group), 500):
            group[str(number)] = group["2"]
    with pytest.raises(RavineError, match="the optimizer has 500 arrays, no optimizer more than"):
        model.load_weights(path)


# --- descriptions: what they ask for is compared with the weights that the file holds


@pytest.mark.parametrize("units", [10**9, 10**30])
def test_a_number_in_the_description_makes_no_weights(units: int, tmp_path: Path) -> None:
    path = rewritten(saved(tmp_path), lambda described: dense(described)["config"].update(units=units))
    with pytest.raises(RavineError, match=rf"m\.keras: (layer 'one' is to have {4 * units} weights, a file of|cannot)"):
        keras.saving.load_model(path)


@pytest.mark.parametrize("kind", ["LSTM", "PReLU", "Embedding"])
def test_so_it_is_for_every_kind_of_layer(kind: str, tmp_path: Path) -> None:
    made = {"LSTM": layers.LSTM(2, input_shape=(3, 2)), "PReLU": layers.PReLU(input_shape=(3, 2)),
            "Embedding": layers.Embedding(5, 2, input_length=3)}[kind]  # fmt: skip
    model = keras.Sequential([made])
    model.build((None, 3) if kind == "Embedding" else (None, 3, 2))
    model.save(tmp_path / "m.keras")

    def change(described: Any) -> None:
        for each in described["config"]["layers"]:
            if each["class_name"] == kind and kind != "PReLU":
                each["config"].update({"LSTM": {"units": 10**8}, "Embedding": {"input_dim": 10**10}}[kind])
            elif kind == "PReLU" and each["class_name"] == "InputLayer":
                each["config"]["batch_shape"] = [None, 10**6, 10**4]

    with pytest.raises(RavineError, match=r"is to have \d+ weights, a file of"):
        keras.saving.load_model(rewritten(tmp_path / "m.keras", change))


def test_a_model_of_h5_is_counted_too(tmp_path: Path) -> None:
    model, path = small(), tmp_path / "m.h5"
    config = model.get_config()
    dense({"config": config})["config"]["units"] = 10**9
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        file.create_group("model_weights").attrs["layer_names"] = [b"one", b"two"]
    with pytest.raises(RavineError, match="layer 'one' is to have 4000000000 weights"):
        keras.saving.load_model(path)


def test_outlines_take_no_memory() -> None:
    network = from_text("1000x30-lstm:1000000:seq-prelu-bidirectional(gru:100000)-batchnorm-10")
    made = outline(network)
    shapes = [array.shape for layer in made.params for array in layer.values()]
    # (features + units) * 4 units + 4 units, as in Keras's documents
    assert sum(np.prod(shape, dtype=object) for shape in shapes[:3]) == 4 * 10**6 * (30 + 10**6 + 1)
    assert all(max(array.strides, default=0) == 0 for layer in made.params for array in layer.values() if array.size)
    assert count_params(from_text("2x4-lstm:3")) == (4 * 3 * (4 + 3 + 1), 0)


def test_a_checksummed_model_is_compared_before_it_is_made(tmp_path: Path) -> None:
    network = from_text("3-4:relu-2:softmax")
    save_model(tmp_path / "m", Model(network, network.init(0), ("a", "b")))
    arrays, meta = read_arrays(tmp_path / "m")
    meta["network"]["layers"][0]["units"] = 10**9
    write_arrays(tmp_path / "m", arrays, meta)
    with pytest.raises(RavineError, match=r"has shape \(4,\), \(1000000000,\) is wanted"):
        load_model(tmp_path / "m")


def test_descriptions_that_are_too_deep_or_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    path = rewritten(saved(tmp_path), lambda described: None, config_json=deep)
    with pytest.raises(RavineError, match=r"config\.json is no JSON that can be read: more than 100 lists"):
        keras.saving.load_model(path)
    (tmp_path / "deep.toml").write_text("a = " + "[" * 5000 + "]" * 5000)
    with pytest.raises(RavineError, match="is not valid TOML: more than 100 lists"):
        read_toml(tmp_path / "deep.toml")
    (tmp_path / "long.toml").write_text(f"a = {'1' * 5000}")
    with pytest.raises(RavineError, match="is not valid TOML"):
        read_toml(tmp_path / "long.toml")
    with pytest.raises(RavineError, match="is no JSON: UnicodeEncodeError"):
        parsed_json('{"name": "\\ud800"}', "x")
    monkeypatch.setenv("RAVINE_LIMIT_DESCRIPTION", "100")
    with pytest.raises(RavineError, match=r"config\.json has \d+ bytes: at most 100 are read: .*DESCRIPTION=\d+"):
        keras.saving.load_model(saved(tmp_path))


WRONG: list[Callable[[Any], Any]] = [
    lambda described: described.update(config=None),
    lambda described: described.update(config=[1, 2]),
    lambda described: described["config"].update(layers=7),
    lambda described: described["config"].update(name=["x"]),
    lambda described: described.update(build_config=[3]),
    lambda described: described.update(class_name={"a": 1}),
    lambda described: dense(described)["config"].update(units="many"),
    lambda described: dense(described)["config"].update(units=[3]),
    lambda described: dense(described)["config"].update(activation=3),
    lambda described: dense(described)["config"].update(kernel_initializer={"class_name": 3, "config": 4}),
    lambda described: dense(described)["config"].update(kernel_initializer={"class_name": "__numpy__", "config": 4}),
    lambda described: dense(described)["config"].update(dtype={"class_name": "DTypePolicy", "config": {"name": 8}}),
    lambda described: dense(described).update(config=None),
    lambda described: dense(described).update(module=5),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_types_in_a_description_get_a_sentence(number: int, tmp_path: Path) -> None:
    with pytest.raises(RavineError) as caught:
        keras.saving.load_model(rewritten(saved(tmp_path), WRONG[number]))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"network": 3}, {"network": {"input_shape": "x", "layers": []}}, {"classes": 5}, {"classes": [1, 2]},
        {"encoder": {"columns": [{"name": 3, "categories": None}]}}, {"encoder": {"columns": 3}}, {"facts": []},
        {"encoder": {"columns": [{"name": "a", "categories": ["x", 3]}]}}, {"scaler": {"kind": "standard"}},
        {"scaler": {"kind": "standard", "shift": [0.0, 1.0], "scale": [float("nan"), 1.0]}},
        {"target": {"kind": 3, "shift": [], "scale": []}}, {"network": None},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_types_in_a_model_get_a_sentence(change: dict[str, Any], tmp_path: Path) -> None:
    network = from_text("3-2:softmax")
    save_model(tmp_path / "m", Model(network, network.init(0), ("a", "b")))
    arrays, meta = read_arrays(tmp_path / "m")
    write_arrays(tmp_path / "m", arrays, meta | change)
    with pytest.raises(RavineError):
        load_model(tmp_path / "m")
    write_arrays(tmp_path / "m", arrays, meta)
    assert load_model(tmp_path / "m").classes == ("a", "b")


def test_files_of_a_version_to_come_name_both_versions(tmp_path: Path) -> None:
    network = from_text("3-2:softmax")
    save_model(tmp_path / "m", Model(network, network.init(0)))
    arrays, meta = read_arrays(tmp_path / "m")
    write_arrays(tmp_path / "m", arrays, meta | {"version": 7, "written_by": "9.1"})
    with pytest.raises(RavineError, match=r"written by Ravine 9\.1 in format 7, this is Ravine .* up to 1: update"):
        load_model(tmp_path / "m")
    path = rewritten(saved(tmp_path), lambda described: None, metadata_json=b'{"keras_version": "4.2.0"}')
    with pytest.raises(RavineError, match=r"written by Keras 4\.2\.0, files of Keras up to 3 are read"):
        keras.saving.load_model(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_said(value: float, tmp_path: Path) -> None:
    model = small()
    model.layers[1].set_weights([np.full((2, 2), value), np.zeros(2)])
    model.save(tmp_path / "m.keras")
    with pytest.warns(UserWarning, match="kernel of layer 'two' holds 4 values that are infinite or NaN"):
        read = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(read.get_weights()[2], np.full((2, 2), value, np.float32))
    network = from_text("3-2:softmax")
    variables = network.init(0)
    variables.params[0]["bias"][:] = value
    save_model(tmp_path / "m", Model(network, variables))
    with pytest.warns(UserWarning, match="holds 2 values that are infinite or NaN"):
        load_model(tmp_path / "m")


# --- packed content


def test_a_zip_says_its_sizes_and_is_held_to_them(tmp_path: Path) -> None:
    path = saved(tmp_path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for way, sentence in ((zipfile.ZIP_BZIP2, "another way than deflate"), (zipfile.ZIP_LZMA, "another way")):
        with zipfile.ZipFile(path, "w", way) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        with pytest.raises(RavineError, match=sentence):
            keras.saving.load_model(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", parts["config.json"] + b" " * 2**25)
        archive.writestr("model.weights.h5", parts["model.weights.h5"])
    with pytest.raises(RavineError, match=r"config\.json says that it has 3355\d+ bytes in \d+: refused"):
        keras.saving.load_model(path)


def test_gzip_is_unpacked_as_far_as_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = b"a,b\n" + b"1,2\n" * 500_000
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(rows))
    assert read_table(tmp_path / "a.csv.gz").height == 500_000
    monkeypatch.setenv("RAVINE_LIMIT_UNPACKED", "1000000")
    with pytest.raises(RavineError, match=r"a\.csv\.gz: \d+ packed bytes become more than 1000000, at which"):
        read_table(tmp_path / "a.csv.gz")
    # the limit is one of all members together
    with pytest.raises(RavineError, match="become more than 1000000"):
        gunzipped(gzip.compress(bytes(600_000)) * 2, "x")
    monkeypatch.delenv("RAVINE_LIMIT_UNPACKED")
    with pytest.raises(RavineError, match="before their end mark"):
        gunzipped(gzip.compress(rows)[:-9], "x")


def test_parquet_is_asked_for_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    zeros = pl.DataFrame({"a": np.zeros(3_000_000, np.int8)})
    zeros.write_parquet(path)
    # RLE: a few bytes for any number of rows
    assert path.stat().st_size < 100_000
    assert read_table(path).height == 3_000_000
    monkeypatch.setenv("RAVINE_LIMIT_CELLS", "2000000")
    with pytest.raises(RavineError, match="3000000 rows of 1 columns make 3000000 cells: at most 2000000"):
        read_table(path)
    texts = pl.DataFrame({"a": [f"{'x' * 1000}{number}" for number in range(2000)]})
    texts.write_parquet(path, compression="zstd")
    assert declared_bytes(path.read_bytes()) > 1_900_000
    monkeypatch.setenv("RAVINE_LIMIT_UNPACKED", "1000000")
    with pytest.raises(RavineError, match="packed bytes become"):
        read_table(path)
    pl.DataFrame({"a": [[1, 2], [3]]}).write_parquet(path)
    with pytest.raises(RavineError, match="column 'a' holds List"):
        read_table(path)


def test_npy_holds_what_its_head_declares(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    for array in (np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.zeros((0, 3))):
        np.save(path, array)
        np.testing.assert_array_equal(read_npy(path), np.load(path))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"(0, 3), }" + b" " * 16, b"(99999999999, 999999999), }"[:25]))
    with pytest.raises(RavineError, match="cannot read"):
        read_npy(path)
    np.save(path, np.array([{"code": 1}], object), allow_pickle=True)
    with pytest.raises(RavineError, match="it says that it holds object"):
        read_npy(path)
    path.write_bytes(b"PK\3\4 no array")
    with pytest.raises(RavineError, match="cannot read"):
        read_npy(path)


# --- tables


def test_columns_are_counted_before_they_are_made() -> None:
    wide = "," * 3_000_000
    for text in (f"{wide}\n", f"{wide}\n{wide}\n", f"a,b\n1,2\n{wide}\n", f"{wide};\n1;2\n"):
        with pytest.raises(RavineError) as caught:
            read_text(text)
        assert re.search(r"\d+ columns: at most 10000|row 1 has|has \d+ values|two columns|cannot", str(caught.value))
    with pytest.raises(RavineError, match="300 columns: at most 200 are read: leave some out"):
        sniff(",".join(map(str, range(300))) + "\n", columns=200)
    with pytest.raises(RavineError, match=r"6 rows: at most 2 are read"):
        read_text("a\n" + "1,2\n" * 5, rows=2, header=False)


def test_a_head_longer_than_what_is_looked_at_is_whole() -> None:
    names = [f"a_{'long_' * 40}name_of_a_column_{number}" for number in range(1500)]
    made = read_text(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n" + ",".join("2" for _ in names))
    assert made.table.columns == names
    assert made.table.height == 2


def test_names_that_repeat_are_counted_up() -> None:
    assert sniff("a,a,a,a_2,\n1,2,3,4,5\n", header=True).names == ("a", "a_3", "a_4", "a_2", "column_5")


def test_inputs_are_counted_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = {f"c{place}": [f"v{row % 900}" for row in range(2000)] for place in range(30)}
    with pytest.raises(RavineError, match=r"the columns become 27000 inputs, 'c0' alone 900: at most 20000 are read"):
        Encoder.fit(frame)
    with pytest.raises(RavineError, match="at most 500 are read"):
        Encoder.fit({"c": frame["c0"]}, inputs=500)
    monkeypatch.setenv("RAVINE_LIMIT_NUMBERS", "1000000")
    with pytest.raises(RavineError, match="2000 rows of 900 inputs make 1800000 numbers: at most 1000000"):
        Encoder.fit({"c": frame["c0"]})
    # a later table may be longer than the one that was learned from
    encoder = Encoder((Column("c", ("a", "b")),))
    with pytest.raises(RavineError, match="1200000 numbers: at most"):
        encoder.apply({"c": ["a"] * 600_000})
    # numbers alone become no more than they are
    assert Encoder.fit({"c": range(1_200_000)}).width == 1


def test_encoded_values_are_as_by_scikit_learn() -> None:
    from sklearn.preprocessing import OneHotEncoder

    draw = np.random.default_rng(0)
    texts, numbers = draw.choice(["x", "y", "z"], 50), draw.normal(size=50)
    made = Encoder.fit({"t": texts.tolist(), "n": numbers.tolist()}).apply({"t": texts.tolist(), "n": numbers.tolist()})
    theirs = OneHotEncoder(sparse_output=False).fit_transform(texts[:, None])
    np.testing.assert_array_equal(made, np.column_stack([theirs, numbers]))


def test_texts_that_are_none_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RavineError, match=r"sign 5 is half of one \('\\ud800'\)"):
        read_text("a,b\n\ud800,1\n")
    for encoding in ("hex", "idna", "utf\0", "x" * 100, "punycode", "rot13"):
        with pytest.raises(RavineError):
            read_text(b"a,b\n1,\xff\n", encoding=encoding)
    digits = "9" * 5000
    assert read_text(f"{digits},2\n{digits},3\n{digits},4\n", header=False).table.height == 3


@pytest.mark.parametrize("name", ["file[1].csv", "d*.csv", "file[1].parquet", "d?.parquet", "a=1.parquet"])
def test_names_of_tables_are_taken_as_they_are(name: str, tmp_path: Path) -> None:
    write_table(tmp_path / name, pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
    for other in ("file1", "d1", "dx"):
        write_table(tmp_path / f"{other}{Path(name).suffix}", pl.DataFrame({"a": [7], "b": ["z"]}))
    assert read_table(tmp_path / name)["a"].to_list() == [1, 2]
    assert from_file(tmp_path / name, "b", test=0).classes == ("x", "y")


# --- downloads


def test_mirrors_are_encrypted() -> None:
    for source in (MNIST, FASHION_MNIST):
        assert all(mirror.startswith("https://") for mirror in source.mirrors)


def test_no_answer_leads_out_of_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer, as of an https server, leads to http; a server there would hand out anything."""
    asked: list[str] = []

    def send(self: Any, request: Any, **options: Any) -> requests.Response:
        asked.append(request.url)
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 302, request, request.url
        answer.headers["location"] = "http://example.invalid/file"
        answer.raw = io.BytesIO()
        return answer

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    with pytest.raises(UnservedError, match=r"leads to http://example\.invalid/file, which is not https: refused"):
        received("https://example.invalid/file", 100)
    assert asked == ["https://example.invalid/file"]


# --- sizes that people write


def test_sizes_beyond_all_reason_are_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RavineError, match=r"an array of shape \(784, 1000000000\) is 784000000000 weights, at most"):
        from_text("784-1000000000-10").init(0)
    with pytest.raises(RavineError, match="a size of 5000 digits"):
        from_text(f"784-{'9' * 5000}")
    with pytest.raises(RavineError, match="a size of 5000 digits"):
        from_text(f"{'9' * 5000}-3")
    with pytest.raises(RavineError, match="more than 100 pieces lie inside one another"):
        from_text(f"784-{'frozen(' * 3000}3{')' * 3000}")
    with pytest.raises(RavineError, match="must be a number in"):
        check_number("SGD", "rate", 10**400, high=1.0)
    monkeypatch.setenv("RAVINE_LIMIT_WEIGHTS", "10")
    with pytest.raises(RavineError, match=r"set RAVINE_LIMIT_WEIGHTS=12"):
        from_text("4-3").init(0)


def test_json_of_a_model_gets_a_sentence() -> None:
    kind = '{"class_name": "Sequential"'
    for text in ("{", "[1]", "3", f"{kind}}}", f'{kind}, "config": 3}}', "[" * 9999):
        with pytest.raises(RavineError):
            keras.models.model_from_json(text)


def test_an_idx_file_of_another_size_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "images").open("wb") as file:
        file.truncate(10**12)  # a hole, which takes no room
    with pytest.raises(RavineError, match="has 1000000000000 bytes, 11 are wanted: a foreign file"):
        read_idx(tmp_path / "images", IdxFile("labels", (3,), ""))

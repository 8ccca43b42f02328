"""Bits flip, files are mixed up, names lie: what is stored is refused or done again, and is never another number."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import polars as pl
import pytest

from ravine.core import RavineError
from ravine.data import load, read_table
from ravine.lecture.context import ExperimentResult, LectureContext
from ravine.nn import network
from ravine.optim import SGD
from ravine.study import Pack, Store, packs_of, read_study
from ravine.train import Job, Plan, fork, read_arrays, run_job, write_arrays
from ravine.train.files.run_folder import job_of, write_job

JOB = Job(network="2-4:tanh-2:softmax", data="xor", options={"n": 60}, epochs=4, batch_size=20)


def pack(rate: float = 0.1, seeds: tuple[int, ...] = tuple(range(20))) -> Pack:
    (made,) = packs_of(
        "toy", "f" * 64, 100, network("4-3:softmax"), SGD(0.1), [{"learning_rate": rate}], seeds, Plan(epochs=3)
    )
    return made


def table(seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "setting": pl.Series([0] * 80, dtype=pl.Int32),
            "seed": np.repeat(np.arange(20), 4),
            "epoch": np.tile(np.arange(4), 20),
            "validation_accuracy": rng.random(80),
            "stopped": pl.Series([None] * 80, dtype=pl.String),
        }
    )


def flipped(content: bytes, count: int) -> Iterator[bytes]:
    """*content* with one bit changed, at *count* places spread over all of it."""
    rng = random.Random(0)
    for begin in np.linspace(0, len(content), count, endpoint=False).astype(int).tolist():
        place = min(len(content) - 1, begin + rng.randrange(max(1, len(content) // count)))
        changed = bytearray(content)
        changed[place] ^= 1 << rng.randrange(8)
        yield bytes(changed)


FLIPS = pytest.mark.parametrize("count", [300, pytest.param(3000, marks=pytest.mark.slow)])


@FLIPS
def test_a_flipped_bit_in_a_pack_has_it_done_again(tmp_path: Path, count: int) -> None:
    store, whole = Store(tmp_path), table()
    path = store.put(pack(), whole)
    content = path.read_bytes()
    assert whole.equals(store.get(pack()), null_equal=True)  # type: ignore[arg-type]
    assert pl.read_parquet(path).equals(whole, null_equal=True)  # still a file for other tools
    for changed in flipped(content, count):
        path.write_bytes(changed)
        assert store.get(pack()) is None


def test_a_pack_that_is_not_its_own_is_done_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put(pack(), table())
    store.put(pack(0.2), table(1))
    shutil.copy(store.path(pack(0.2)), store.path(pack()))
    assert store.get(pack()) is None
    assert store.get(pack(0.2)) is not None


def test_a_pack_without_a_digest_is_done_again(tmp_path: Path) -> None:
    """As the code before this wrote it, and as no damage can make it look whole."""
    store = Store(tmp_path)
    path = store.put(pack(), table())
    buffer = io.BytesIO()
    table().write_parquet(buffer, metadata={"ravine": json.dumps(pack().record, sort_keys=True)})
    path.write_bytes(buffer.getvalue())
    assert store.get(pack()) is None


@FLIPS
def test_a_flipped_bit_in_a_checkpoint_is_refused(tmp_path: Path, count: int) -> None:
    path = tmp_path / "x.safetensors"
    arrays = {"a": np.linspace(0, 1, 300, dtype=np.float32), "b": np.arange(40).reshape(4, 10)}
    write_arrays(path, arrays, {"kind": "checkpoint", "step": 3})
    refused = 0
    for changed in flipped(path.read_bytes(), count):
        path.write_bytes(changed)
        try:
            got, meta = read_arrays(path)
        except RavineError:
            refused += 1
            continue
        # Blanks at the end of the header: they mean nothing.
        assert meta == {"kind": "checkpoint", "step": 3}
        assert all(np.array_equal(got[name], arrays[name]) and got[name].dtype == arrays[name].dtype for name in arrays)
    assert refused > 0.97 * count


def texts(folder: Path) -> list[tuple[Path, Callable[[], Any]]]:
    """The files in text, and what is read of each."""
    store, study = Store(folder), read_study({"networks": ["4-3:softmax"], "rules": ["sgd"], "seeds": 7}, name="one")
    store.enter(study)
    store.note("one", [pack().key, pack(0.2).key])
    write_job(JOB, folder)
    home = store.home("one")
    return [
        (home / "study.toml", lambda: store.study("one")),
        (home / "packs.json", lambda: store.noted("one")),
        (folder / "job.json", lambda: job_of(folder)),
    ]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_flipped_bit_in_a_description_is_refused(tmp_path: Path, which: int) -> None:
    path, read = texts(tmp_path)[which]
    whole, content = read(), path.read_bytes()
    refused = 0
    for changed in flipped(content, 300):
        path.write_bytes(changed)
        try:
            assert read() == whole
        except RavineError:
            refused += 1
    # What is left is the word by which the digest is known: the rest is then as it was.
    assert refused > 0.8 * 300


def test_what_was_written_without_a_digest_is_read(tmp_path: Path) -> None:
    """By the code before this, or by hand; and what someone has changed by hand, once the digest is taken out."""
    for path, read in texts(tmp_path):
        whole = read()
        if path.name == "study.toml":
            path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
        else:
            told = json.loads(path.read_text())
            told.pop("seal")
            path.write_text(json.dumps(told["packs"] if path.name == "packs.json" else told))
        assert read() == whole


def test_descriptions_of_others_are_refused(tmp_path: Path) -> None:
    texts(tmp_path)
    store = Store(tmp_path)
    shutil.copytree(store.home("one"), store.home("two"))
    with pytest.raises(RavineError, match=r"study.toml is of the study 'one', not of 'two'"):
        store.study("two")
    with pytest.raises(RavineError, match=r"packs.json is of the study 'one', not of 'two'"):
        store.noted("two")


def test_an_experiment_of_the_lecture_is_done_again_where_its_file_is_not_its_own(tmp_path: Path) -> None:
    context = LectureContext("quick", 0, "en", load("digits", flatten=True), tmp_path)
    asked: list[int] = []

    def experiment(number: int) -> ExperimentResult:
        asked.append(number)
        return ExperimentResult({"x": np.full(50, number)}, {"rule": f"r{number}"})

    def compute(number: int) -> ExperimentResult:
        return context.compute("demo", {"number": number}, lambda told: experiment(number))

    one, two = compute(1), compute(2)
    assert (one["x"][0], two["x"][0], compute(1)["x"][0], asked) == (1, 2, 1, [1, 2])
    first, second = sorted(tmp_path.iterdir(), key=lambda path: read_arrays(path)[1]["facts"]["rule"])
    content = first.read_bytes()
    for changed in flipped(content, 60):
        first.write_bytes(changed)
        assert np.array_equal(compute(1)["x"], one["x"]) and compute(1).facts == one.facts
    assert len(asked) > 50
    shutil.copy(second, first)
    assert compute(1)["x"][0] == 1
    data, asked[:] = context.digits, []
    context.digits = replace(data, train=data.train.take(slice(0, 100)))  # of the same name, and not the same images
    assert compute(1)["x"][0] == 1 and asked == [1]
    context.digits = data
    write_arrays(first, {"x": np.full(50, 9)}, {"rule": "r9"})  # as the code before this wrote it, without a key
    assert compute(1)["x"][0] == 1


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "run"
    run_job(JOB, folder, keep_every=3)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_checkpoint_under_the_name_of_another_is_refused(kept: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(kept, tmp_path / "run")
    shutil.copy(folder / "checkpoint-3.safetensors", folder / "checkpoint-6.safetensors")
    with pytest.raises(RavineError, match=r"checkpoint-6.safetensors holds step 3, not 6"):
        fork(folder, at=6)


def test_a_checkpoint_of_another_run_is_not_taken_for_a_change(kept: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    run_job(JOB.model_copy(update={"rule": "adam:0.5"}), other, keep_every=3)
    shutil.copy(kept / "checkpoint-6.safetensors", other / "checkpoint-6.safetensors")
    with pytest.raises(RavineError, match=r"is not of the run that .*job.json describes, its rule differs"):
        fork(other, at=6)
    assert fork(other, at=9).rule != fork(kept, at=9).rule


def test_a_checkpoint_of_a_later_version_says_so(kept: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(kept, tmp_path / "run")
    path = folder / "checkpoint.safetensors"
    arrays, meta = read_arrays(path)
    for wrong, sentence in (
        ({"version": 99}, r"a later version of Ravine \(form 99\)"),
        ({"epochs": 7}, "no checkpoint that Ravine has written"),
        ({"step": "x"}, "no checkpoint that Ravine has written"),
        ({"row": None}, "no checkpoint that Ravine has written"),
    ):
        write_arrays(path, arrays, meta | wrong)
        with pytest.raises(RavineError, match=sentence):
            run_job(JOB.model_copy(update={"epochs": 6}), folder, resume=True)


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"seed": 7}, {"resume": True}, "belongs to another run"),
    ({"rule": "sgd:0.5"}, {"resume": True}, "belongs to another run"),
    ({"epochs": 1}, {"resume": True}, "ask for more epochs"),
    ({}, {}, "holds a run already"),
    ({"epochs": 9}, {}, "holds a run already"),
    ({"rule": "adma"}, {"overwrite": True}, "unknown rule"),
    ({"network": "3-2:softmax"}, {"overwrite": True}, "takes examples of shape"),
    ({}, {"overwrite": True, "keep_every": 0}, "keep_every"),
    ({}, {"overwrite": True, "resume": True}, "either resumed or overwritten"),
]


@pytest.mark.parametrize(("changes", "how", "sentence"), REFUSED, ids=[f"{a} {b}" for a, b, _ in REFUSED])
def test_what_is_refused_changes_nothing(
    kept: Path, tmp_path: Path, changes: dict[str, Any], how: dict[str, Any], sentence: str
) -> None:
    folder = shutil.copytree(kept, tmp_path / "run")
    before = contents(folder)
    with pytest.raises(RavineError, match=sentence):
        run_job(JOB.model_copy(update=changes), folder, **how)
    assert contents(folder) == before
    if changes == {"seed": 7}:  # and the run is still the one it was
        for one, other in zip(
            jax.tree.leaves(fork(folder, at=6).variables), jax.tree.leaves(fork(kept, at=6).variables), strict=True
        ):
            np.testing.assert_array_equal(one, other)


def test_a_fork_that_is_refused_leaves_no_folder(kept: Path, tmp_path: Path) -> None:
    out = tmp_path / "fork"
    for changes in ({"epochs": 1}, {"rule": "adma"}, {"network": "3-2:softmax"}):
        with pytest.raises(RavineError):
            fork(kept, at=6, out=out, **changes)  # type: ignore[arg-type]
    assert not out.exists()
    fork(kept, at=6, out=out, learning_rate=0.5)
    before = contents(out)
    with pytest.raises(RavineError, match="holds a run already"):
        fork(kept, at=6, out=out)
    assert contents(out) == before
    fork(kept, at=6, out=out, overwrite=True)
    assert contents(out)["job.json"] == contents(kept)["job.json"]


def test_a_new_run_takes_nothing_over_from_the_one_it_replaces(kept: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(kept, tmp_path / "run")
    (folder / "notes.txt").write_text("mine")
    run_job(JOB.model_copy(update={"seed": 7}), folder, overwrite=True)
    left = contents(folder)
    assert [name for name in left if name.startswith("checkpoint")] == ["checkpoint.safetensors"]
    assert left["notes.txt"] == b"mine" and job_of(folder).seed == 7


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("name", ["file[1]", "d*", "d?", "{d,f}1"])
def test_names_of_files_are_no_patterns(tmp_path: Path, name: str, ending: str) -> None:
    for number, each in enumerate((name, "file1", "d1", "dd", "f1")):
        frame = pl.DataFrame({"a": [number, number]})
        path = tmp_path / f"{each}.{ending}"
        path.write_bytes(frame.write_csv().encode()) if ending == "csv" else path.write_bytes(parquet(frame))
    assert read_table(tmp_path / f"{name}.{ending}")["a"].to_list() == [0, 0]
    os.unlink(tmp_path / f"{name}.{ending}")
    with pytest.raises(RavineError, match="no such file"):
        read_table(tmp_path / f"{name}.{ending}")


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("key", ["../../../precious", "/precious", "..", "", "A" * 64, "a" * 63, 7, None, ["a"]])
def test_deleting_stays_inside_the_folder(tmp_path: Path, key: Any) -> None:
    precious = tmp_path / "precious.parquet"
    precious.write_text("mine")
    texts(tmp_path / "a" / "runs")
    store = Store(tmp_path / "a" / "runs")
    store.put(pack(), table())
    absolute = str(precious.with_suffix("")) if key == "/precious" else key
    (store.home("one") / "packs.json").write_text(json.dumps([absolute, pack().key]))
    assert store.delete("one") == 0  # nobody knows what it used
    assert store.path(pack()).exists() and precious.read_text() == "mine"
    assert store.studies() == ()


def test_deleting_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "study.toml").write_text("mine")
    texts(tmp_path / "runs")
    store = Store(tmp_path / "runs")
    (store.home("one") / "link").symlink_to(tmp_path / "precious")
    store.home("two").symlink_to(tmp_path / "precious")
    store.delete("two")  # it cannot even be read
    store.delete("one")
    assert (tmp_path / "precious" / "study.toml").read_text() == "mine"
    assert store.studies() == () and not store.home("two").is_symlink()


def test_packs_stay_where_the_notes_of_another_study_cannot_be_read(tmp_path: Path) -> None:
    texts(tmp_path)
    store = Store(tmp_path)
    store.enter(read_study({"networks": ["4-3:softmax"], "rules": ["adam"]}, name="two"))
    store.put(pack(), table())
    (store.home("two") / "packs.json").write_text("{")
    assert store.delete("one") == 0 and store.path(pack()).exists()
    (store.home("two") / "packs.json").unlink()
    store.note("two", [pack().key])
    assert store.delete("two") == 1 and not store.path(pack()).exists()

"""The power fails between any two calls: what was not synced is gone, and every store is the old one or the new one.

A recorder notes what is synced, renamed, made and deleted while something is written. Each beginning of its log is
played on a disk that lost what was not synced, in both ways a disk may: names that were not synced are lost with it
("late"), or they came through before the contents of their files did ("early"). POSIX promises neither, so that a store
must hold in both.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np
import polars as pl
import pytest

from ravine.core import RavineError, write_file
from ravine.study import LocalRunner, Pack, Store, read_study, run_study
from ravine.train import Job, run_job
from ravine.train.files.run_folder import job_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the calls of POSIX")
Way = Literal["late", "early"]


@dataclass
class Disk:
    """Files by their number, with what of each is surely there; names in folders, surely and by what is only asked."""

    contents: dict[int, bytes] = field(default_factory=dict)
    sure: dict[str, int | None] = field(default_factory=dict)
    asked: dict[str, int | None] = field(default_factory=dict)

    def play(self, event: tuple[Any, ...]) -> None:
        kind, *rest = event
        if kind == "content":
            number, content = rest
            self.contents[number] = content
        elif kind == "names":
            (folder,) = rest
            here = {name for name in {*self.sure, *self.asked} if os.path.dirname(name) == folder}
            for name in here:
                if name in self.asked:
                    self.sure[name] = self.asked[name]
                else:
                    self.sure.pop(name, None)
        elif kind == "make":
            name, number = rest
            self.asked[name] = number
        elif kind == "move":
            old, new = rest
            self.asked[new] = self.asked.pop(old)
        elif kind == "drop":
            (name,) = rest
            self.asked.pop(name, None)

    def lay(self, root: str, folder: Path, way: Way) -> None:
        """The disk after the power failed, in *folder*. A file of which nothing was synced is empty."""
        names = self.sure if way == "late" else self.asked
        for name, number in sorted(names.items()):
            place = folder / os.path.relpath(name, root)
            if not place.parent.is_dir():
                continue  # in a folder that is not there
            if number is None:
                place.mkdir(exist_ok=True)
            else:
                place.write_bytes(self.contents.get(number, b""))


@contextmanager
def recorded(root: Path) -> Iterator[list[tuple[Any, ...]]]:
    """The log of what happens below *root*."""
    log: list[tuple[Any, ...]] = []
    inside = f"{root}{os.sep}"
    plain = {name: getattr(os, name) for name in ("open", "fsync", "replace", "mkdir", "unlink", "rmdir")}

    def opened(path: Any, flags: int, *others: Any, **options: Any) -> int:
        made = flags & os.O_CREAT and not os.path.exists(path)
        handle: int = plain["open"](path, flags, *others, **options)
        if made and str(path).startswith(inside):
            log.append(("make", str(path), os.fstat(handle).st_ino))
        return handle

    def synced(handle: int) -> None:
        plain["fsync"](handle)
        told, path = os.fstat(handle), os.readlink(f"/proc/self/fd/{handle}")
        if not f"{path}{os.sep}".startswith(inside):
            return
        if stat.S_ISDIR(told.st_mode):
            log.append(("names", path))
        else:
            log.append(("content", told.st_ino, os.pread(handle, told.st_size, 0)))

    def moved(old: Any, new: Any, **options: Any) -> None:
        plain["replace"](old, new, **options)
        if str(new).startswith(inside):
            log.append(("move", str(old), str(new)))

    def folder(path: Any, *others: Any, **options: Any) -> None:
        plain["mkdir"](path, *others, **options)
        if str(path).startswith(inside):
            log.append(("make", str(path), None))

    def dropped(path: Any, **options: Any) -> None:
        plain["unlink"](path, **options)
        if str(path).startswith(inside):
            log.append(("drop", str(path)))

    patched = {"open": opened, "fsync": synced, "replace": moved, "mkdir": folder, "unlink": dropped, "rmdir": dropped}
    with pytest.MonkeyPatch.context() as patch:
        for name, function in patched.items():
            patch.setattr(os, name, function)
        yield log


def failures(log: Sequence[tuple[Any, ...]]) -> list[tuple[int, Disk]]:
    """The disk after each beginning of the log, the whole of it included."""
    made = []
    for count in range(len(log) + 1):
        disk = Disk()
        for event in log[:count]:
            disk.play(event)
        made.append((count, disk))
    return made


def distinct(log: Sequence[tuple[Any, ...]], root: Path, folder: Path) -> Iterator[tuple[int, Way, Path]]:
    """Every different state in which the disk can be after the power failed, laid out."""
    seen: set[Any] = set()
    for count, disk in failures(log):
        for way in ("late", "early"):
            place = folder / f"{count}-{way}"
            place.mkdir(parents=True)
            disk.lay(str(root), place, way)  # type: ignore[arg-type]
            state = tuple((str(p.relative_to(place)), p.read_bytes() if p.is_file() else None) for p in all_in(place))
            if state in seen:
                shutil.rmtree(place)
                continue
            seen.add(state)
            yield count, way, place  # type: ignore[misc]


def lasting(log: Sequence[tuple[Any, ...]]) -> int:
    """How many files and folders were written, all of which must be there for good once that is done."""
    disk = Disk()
    for event in log:
        disk.play(event)
    assert disk.sure == disk.asked
    assert {number for number in disk.sure.values() if number is not None} <= set(disk.contents)
    return len(disk.sure)


def all_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.name.startswith(".ravine-"))


def test_a_file_is_old_or_new_and_new_once_it_was_written(tmp_path: Path) -> None:
    root = tmp_path / "disk"
    root.mkdir()
    path = root / "a" / "b" / "x"
    with recorded(root) as log:
        write_file(path, b"old")
        half = len(log)
        write_file(path, b"newer")
    assert [kind for kind, *_ in log[half:]] == ["make", "content", "move", "names"]
    for way in ("late", "early"):
        seen = []
        for count, disk in failures(log):
            place = tmp_path / way / str(count)
            place.mkdir(parents=True)
            disk.lay(str(root), place, way)  # type: ignore[arg-type]
            file = place / "a" / "b" / "x"
            seen.append(file.read_bytes() if file.exists() else None)
        assert seen[half:] in ([b"old"] * 4 + [b"newer"], [b"old"] * 3 + [b"newer"] * 2), way
        assert set(seen[:half]) <= {None, b"old"} and seen[half] == b"old", way


def test_the_recorder_sees_a_write_that_is_not_synced(tmp_path: Path) -> None:
    """The check can fail: a file that is replaced without a sync may be empty, or not there at all."""
    root = tmp_path / "disk"
    root.mkdir()
    with recorded(root) as log:
        handle = os.open(root / "t", os.O_RDWR | os.O_CREAT, 0o666)
        os.write(handle, b"new")
        os.close(handle)
        os.replace(root / "t", root / "x")
    states = {way: place for _, way, place in distinct(log, root, tmp_path / "states")}
    assert (states["early"] / "x").read_bytes() == b""
    assert list(states["late"].iterdir()) == []


JOB = Job(network="2-4:tanh-2:softmax", data="xor", options={"n": 60}, epochs=3, batch_size=20)


def test_a_run_cut_off_by_the_power_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    root = tmp_path / "disk"
    root.mkdir()
    with recorded(root) as log:
        whole = run_job(JOB, root / "run", keep_every=2)
    assert lasting(log) > 10
    resumed = 0
    for count, way, place in distinct(log, root, tmp_path / "states"):
        folder = place / "run"
        try:
            assert job_of(folder) == JOB
        except RavineError:
            assert not (folder / "job.json").exists(), (count, way)  # never a part of it
        there = (folder / "checkpoint.safetensors").exists()
        run = run_job(JOB, folder, resume=there, overwrite=not there)
        resumed += there
        for one, other in zip(jax.tree.leaves(run.variables), jax.tree.leaves(whole.variables), strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(run.history.steps["loss"], whole.history.steps["loss"])
    assert resumed > 10


class Told(LocalRunner):
    """Does each pack once, and then gives what it was."""

    known: dict[str, pl.DataFrame] = {}  # noqa: RUF012 - of the class: every runner knows them

    def run(self, packs: Sequence[Pack], datasets: Any, done: Any, under: Any) -> None:
        left = [pack for pack in packs if pack.key not in self.known]
        super().run(left, datasets, lambda pack, table: self.known.update({pack.key: table}), under)
        for pack in packs:
            done(pack, self.known[pack.key])


def test_a_study_cut_off_by_the_power_goes_on_to_the_same_numbers(tmp_path: Path) -> None:
    root = tmp_path / "disk"
    root.mkdir()
    study = read_study(
        {"networks": ["*-4:tanh-*"], "rules": ["sgd", "adam"], "data": ["camera"], "options": {"n": 100, "n_test": 40}},
        seeds=3, epochs=1, tune=1, name="one",
    )  # fmt: skip
    with recorded(root) as log:
        whole = run_study(study, store=Store(root / "runs"), runner=Told())
    assert lasting(log) > 8
    states = 0
    for count, way, place in distinct(log, root, tmp_path / "states"):
        store = Store(place / "runs")
        for name in store.studies():
            assert store.study(name) == study, (count, way)
            assert len(store.noted(name)) <= 6
        again = run_study(study, store=store, runner=Told())
        assert again.curves.equals(whole.curves, null_equal=True), (count, way)
        states += 1
    assert states > 10

"""Where files go: permissions, links, devices, folders held by one, and what killed processes leave."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ravine.core import RavineError, held, sweep, write_file
from ravine.core import files as files_module
from ravine.keras import Sequential, layers
from ravine.keras.models import load_model
from ravine.study import Store
from ravine.train import Job, fork, run_job
from waiting import PATIENCE

posix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and locks of POSIX")
JOB = Job(network="2-4:tanh-2:softmax", data="xor", options={"n": 60}, epochs=2, batch_size=20)


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_new_file_has_what_the_umask_leaves(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_file(tmp_path / "ours", b"x")
        (tmp_path / "theirs").write_bytes(b"x")  # as Python itself makes it
    finally:
        os.umask(before)
    assert permissions(tmp_path / "ours") == permissions(tmp_path / "theirs") == 0o666 & ~umask


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o755])
def test_a_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_file(path, b"new")
    assert (path.read_bytes(), permissions(path)) == (b"new", mode)


@posix
def test_nobody_can_read_on_the_way_what_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "x", []
    path.write_bytes(b"old")
    path.chmod(0o600)
    plain = os.fsync

    def look(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            seen.append(stat.S_IMODE(os.fstat(handle).st_mode))
        plain(handle)

    monkeypatch.setattr(os, "fsync", look)
    write_file(path, b"new")
    assert seen == [0o600]


@posix
def test_links_are_written_through(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    real, link = tmp_path / "there" / "x", tmp_path / "link"
    link.symlink_to(Path("there") / "x")
    write_file(link, b"new")  # of which there was none
    write_file(link, b"newer")
    assert link.is_symlink() and real.read_bytes() == b"newer" and not real.is_symlink()
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(RavineError, match="cannot write"):
        write_file(tmp_path / "a", b"x")


@posix
def test_a_device_stays_a_device(tmp_path: Path) -> None:
    with pytest.raises(RavineError, match="No space left on device: free some space"):
        write_file("/dev/full", b"x")
    write_file("/dev/null", b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x" * 300, "File name too long: give it a shorter name"),
        ("x" * 250, None),
        ("a\0b", "choose another name"),
        ("a\ud800b", "choose another name"),
        ("f/../x", "cannot write"),
    ],
)
def test_names_that_cannot_be_and_one_that_just_can(tmp_path: Path, name: str, sentence: str | None) -> None:
    (tmp_path / "f").write_text("a file, and no folder")
    if sentence is None:
        write_file(tmp_path / name, b"x")
        assert (tmp_path / name).read_bytes() == b"x"
        return
    with pytest.raises(RavineError, match=sentence):
        write_file(f"{tmp_path}/{name}", b"x")


KILLED = """
import os, signal, sys
from ravine.core import write_file
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
write_file(sys.argv[1], b"new")
"""


@posix
def test_what_a_killed_process_left_is_swept_and_what_lives_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=PATIENCE)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.glob(".*")
    handle, under_way = files_module._open(tmp_path, 0o666)
    mine = tmp_path / ".mine"
    mine.touch()
    write_file(path, b"newer")  # the first file that this process writes there
    assert sorted(tmp_path.iterdir()) == sorted([path, under_way, mine]) and left != under_way
    os.close(handle)
    assert sweep(tmp_path) == 1
    assert sorted(tmp_path.iterdir()) == sorted([path, mine]) and path.read_bytes() == b"newer"


@posix
def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", pressed)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "x", b"new")
    assert list(tmp_path.iterdir()) == []


HOLDING = """
import os, signal, sys
from ravine.core import held
with held(sys.argv[1], "held"):
    print("in", flush=True)
    sys.stdin.readline()
"""


@posix
def test_a_folder_belongs_to_one_run_and_a_dead_one_holds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "in\n"
        with pytest.raises(RavineError, match=r"another process trains in .*: wait until it is done, or name another"):
            run_job(JOB, folder)
        assert list(folder.iterdir()) == []
    finally:
        holder.kill()
        holder.communicate(timeout=PATIENCE)
    run_job(JOB, folder, keep_every=2)
    with held(tmp_path / "fork", ""), pytest.raises(RavineError, match="another process trains in"):
        fork(folder, at=2, out=tmp_path / "fork")
    with held(folder, ""), pytest.raises(RavineError, match="another process trains in"):
        run_job(JOB.model_copy(update={"epochs": 3}), folder, resume=True)


@posix
def test_studies_share_a_store_and_keep_deletion_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (tmp_path / "studies" / "one").mkdir(parents=True)
    (tmp_path / "studies" / "one" / "study.toml").touch()
    with store.used(), store.used(), pytest.raises(RavineError, match="used by another process: wait"):
        store.delete("one")
    store.delete("one")
    assert store.studies() == ()


@posix
def test_a_keras_file_is_written_like_any_other_and_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    monkeypatch.setattr(time, "localtime", lambda *given: time.gmtime(1000.0))  # 1970: zip archives begin in 1980
    model = Sequential([layers.Dense(1, input_shape=(2,))])
    real, link = tmp_path / "real.keras", tmp_path / "link.keras"
    real.write_bytes(b"")
    real.chmod(0o600)
    link.symlink_to(real)
    model.save(link)
    assert link.is_symlink() and permissions(real) == 0o600
    monkeypatch.undo()
    np.testing.assert_array_equal(load_model(real).get_weights()[0], model.get_weights()[0])
    model.save_weights(tmp_path / "x.weights.h5")
    (tmp_path / "plain").write_bytes(b"")
    assert permissions(tmp_path / "x.weights.h5") == permissions(tmp_path / "plain")

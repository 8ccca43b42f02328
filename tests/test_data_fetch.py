"""Where files come from; downloads from real servers on this machine that stand in as mirrors."""

from __future__ import annotations

import errno
import gzip
import hashlib
import http.server
import os
import socket
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager

import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import DataUnavailableError, IdxFile, IdxSource, cache_folder, encode_idx, load_images
from waiting import PATIENCE

RNG = np.random.default_rng(0)
ARRAYS = tuple(RNG.integers(0, 10, shape, np.uint8) for shape in ((30, 4, 4), (30,), (6, 4, 4), (6,)))
NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
RAW = {name: encode_idx(values) for name, values in zip(NAMES, ARRAYS, strict=True)}
PACKED = {f"{name}.gz": gzip.compress(raw) for name, raw in RAW.items()}
TINY = IdxSource(
    name="tiny",
    title="Tiny",
    mirrors=(),
    folders=("tiny",),
    files=tuple(IdxFile(n, a.shape, hashlib.sha256(RAW[n]).hexdigest()) for n, a in zip(NAMES, ARRAYS, strict=True)),
    classes=tuple("0123456789"),
)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip("/")
        self.server.asked.append(name)
        if self.server.before is not None:
            self.server.before(name)
        content = self.server.files.get(name)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) + self.server.missing))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@contextmanager
def mirror(files=PACKED, before=None, missing=0):
    """A server of *files*; *before* runs at each request; the length it promises is *missing* bytes too large."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.before, server.missing, server.asked = files, before, missing, []
    server.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def dead_url():
    """An address where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("RAVINE_DATA", raising=False)
    monkeypatch.setenv("RAVINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache"


def write(folder, files=PACKED):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def check(images):
    for found, wanted in zip((images.train_x, images.train_y, images.test_x, images.test_y), ARRAYS, strict=True):
        assert np.array_equal(found, wanted)


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


# --- where files are looked for


@pytest.mark.parametrize(
    "files", [PACKED, RAW, {n.replace("-idx", ".idx"): c for n, c in RAW.items()}], ids=list("grd")
)
@pytest.mark.parametrize("inner", ["", "tiny"])
def test_folder_and_its_subfolder_packed_or_not(tmp_path, files, inner):
    write(tmp_path / "data" / inner, files)
    check(load_images(TINY, tmp_path / "data"))


def test_order_of_places(tmp_path, monkeypatch, cache):
    named, environment = write(tmp_path / "named"), write(tmp_path / "environment")
    write(cache / "tiny")
    assert load_images(TINY).folder == cache / "tiny"
    monkeypatch.setenv("RAVINE_DATA", str(environment))
    assert load_images(TINY).folder == environment
    assert load_images(TINY, named).folder == named


def test_environment_folder_without_this_data_set_is_passed_over(tmp_path, monkeypatch, cache):
    (tmp_path / "other").mkdir()
    write(cache / "tiny")
    monkeypatch.setenv("RAVINE_DATA", str(tmp_path / "other"))
    assert load_images(TINY).folder == cache / "tiny"


def test_named_folder_is_the_only_place(tmp_path, cache):
    (tmp_path / "empty").mkdir()
    write(cache / "tiny")
    with pytest.raises(
        DataUnavailableError, match=r"Tiny: no complete set of files in .*empty: put there train-images"
    ):
        load_images(TINY, tmp_path / "empty")


def test_folder_that_is_none(tmp_path, monkeypatch):
    with pytest.raises(RavineError, match=r"folder names .*nowhere.*, which is no folder"):
        load_images(TINY, tmp_path / "nowhere")
    monkeypatch.setenv("RAVINE_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(RavineError, match=r"RAVINE_DATA names .*nowhere.*, which is no folder"):
        load_images(TINY)


def test_incomplete_folder_says_what_lacks(tmp_path):
    write(tmp_path, {name: PACKED[name] for name in list(PACKED)[:3]})
    with pytest.raises(RavineError, match=r"lacks t10k-labels-idx1-ubyte.gz"):
        load_images(TINY, tmp_path)


def test_damaged_file_is_refused_by_its_path(tmp_path):
    write(tmp_path, PACKED | {"t10k-labels-idx1-ubyte.gz": PACKED["train-labels-idx1-ubyte.gz"]})
    with pytest.raises(RavineError, match=r"t10k-labels-idx1-ubyte.gz: holds 30 instead of 6") as caught:
        load_images(TINY, tmp_path)
    assert not isinstance(caught.value, DataUnavailableError)


def test_cache_folder_of_the_system(monkeypatch):
    monkeypatch.delenv("RAVINE_CACHE")
    assert cache_folder().name == "ravine"


# --- downloads


def test_download_once(cache):
    with mirror() as server:
        check(load_images(TINY, mirrors=(server.url,)))
        check(load_images(TINY, mirrors=(server.url,)))
    assert server.asked == list(PACKED)
    assert listing(cache / "tiny") == sorted(PACKED)


def test_download_not_wanted():
    with pytest.raises(DataUnavailableError, match=r"no complete set of files in .*cache"), mirror() as server:
        load_images(TINY, mirrors=(server.url,), download=False)
    assert server.asked == []


def test_second_mirror_helps_and_is_asked_first_from_then_on():
    with mirror({}) as broken, mirror() as good:
        check(load_images(TINY, mirrors=(broken.url, good.url)))
    assert broken.asked == ["train-images-idx3-ubyte.gz"]
    assert good.asked == list(PACKED)


CORRUPT = {
    "page": b"<html>blocked</html>",
    "other": PACKED["t10k-labels-idx1-ubyte.gz"],
    "short": PACKED["train-images-idx3-ubyte.gz"][:-20],
    "empty": b"",
}


@pytest.mark.parametrize("case", CORRUPT)
def test_corrupt_download_is_not_kept(cache, case):
    bad = PACKED | {"train-images-idx3-ubyte.gz": CORRUPT[case]}
    with mirror(bad) as first, mirror() as second:
        check(load_images(TINY, mirrors=(first.url, second.url)))
    assert listing(cache / "tiny") == sorted(PACKED)


def test_connection_that_breaks_off(cache):
    with mirror(missing=10) as first, mirror() as second:
        check(load_images(TINY, mirrors=(first.url, second.url)))
    assert listing(cache / "tiny") == sorted(PACKED)


def test_server_that_unpacks(cache):
    with mirror({f"{name}.gz": raw for name, raw in RAW.items()}) as server:
        check(load_images(TINY, mirrors=(server.url,)))
    assert listing(cache / "tiny") == sorted(RAW)
    check(load_images(TINY, mirrors=()))


def test_no_mirror_helps_and_each_is_named():
    bad = PACKED | {"train-images-idx3-ubyte.gz": PACKED["train-images-idx3-ubyte.gz"][:-20]}
    gone = dead_url()
    with mirror({}) as empty, mirror(bad) as corrupt, pytest.raises(DataUnavailableError) as caught:
        load_images(TINY, mirrors=(gone, empty.url, corrupt.url))
    message = str(caught.value)
    name = "train-images-idx3-ubyte.gz"
    assert f"could not download {name}: {gone}{name}: no connection; {empty.url}{name}: HTTP 404" in message
    assert f"{corrupt.url}{name}: the gzip data end at offset" in message
    assert message.endswith("check the network, or put the files into a folder and name it in RAVINE_DATA")
    assert "\n" not in message


def test_download_goes_on_where_another_stopped(cache):
    write(cache / "tiny", {name: PACKED[name] for name in list(PACKED)[:2]})
    with mirror() as server:
        check(load_images(TINY, mirrors=(server.url,)))
    assert server.asked == list(PACKED)[2:]


CHILD = textwrap.dedent(
    """
    import resource, sys
    sys.path.insert(0, {tests!r})
    import test_data_fetch as test
    {first}
    test.check(test.load_images(test.TINY, mirrors=({url!r},)))
    """
)


def child(url, first=""):
    code = CHILD.format(tests=os.path.dirname(__file__), url=url, first=first)
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)


def test_two_processes_at_once(cache):
    # each file is served only when both processes have asked for it: they download at the same time
    meeting = threading.Barrier(2, timeout=PATIENCE)
    with mirror(before=lambda name: meeting.wait()) as server:
        processes = [child(server.url) for _ in range(2)]
        errors = [process.communicate(timeout=PATIENCE)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert sorted(server.asked) == sorted([*PACKED, *PACKED])
    assert listing(cache / "tiny") == sorted(PACKED)
    check(load_images(TINY, mirrors=()))


def test_killed_while_downloading(cache):
    asked, go_on = threading.Event(), threading.Event()

    def stall(name):
        if name == "t10k-images-idx3-ubyte.gz":
            asked.set()
            go_on.wait(PATIENCE)

    with mirror(before=stall) as server:
        process = child(server.url)
        assert asked.wait(PATIENCE)
        process.kill()
        process.communicate()
        go_on.set()
    with mirror() as server:
        check(load_images(TINY, mirrors=(server.url,)))
    assert server.asked == list(PACKED)[2:]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits on file size need a Unix system")
def test_file_that_does_not_fit(cache):
    # a limit on the size of files is the nearest to a full disk that any user can set up
    with mirror() as server:
        process = child(server.url, "resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))")
        error = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode != 0
    assert f"Tiny: the cache folder {cache / 'tiny'} is full" in error
    assert listing(cache / "tiny") == []


def test_full_disk(cache, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        mirror() as server,
        pytest.raises(DataUnavailableError, match=r"is full \(No space left on device\): make room, or name another"),
    ):
        load_images(TINY, mirrors=(server.url,))
    assert listing(cache / "tiny") == []


def test_cache_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RAVINE_CACHE", str(tmp_path / "file"))
    with pytest.raises(
        DataUnavailableError, match=r"cannot be written \(.*\): make it writable, or name .* RAVINE_CACHE"
    ):
        load_images(TINY, mirrors=("http://127.0.0.1:9/",))


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_cache_folder_that_is_read_only(cache):
    (cache / "tiny").mkdir(parents=True)
    (cache / "tiny").chmod(0o500)
    with pytest.raises(DataUnavailableError, match="cannot be written"):
        load_images(TINY, mirrors=("http://127.0.0.1:9/",))

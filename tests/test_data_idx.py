"""IDX files: what is read, and what a damaged or foreign file is told."""

from __future__ import annotations

import gzip
import hashlib
import struct

import numpy as np
import pytest

from ravine.core import RavineError
from ravine.data import IdxFile, decode_idx, encode_idx, read_idx

VALUES = np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8)
RAW = encode_idx(VALUES)
PACKED = gzip.compress(RAW)
FILE = IdxFile("images", VALUES.shape, hashlib.sha256(RAW).hexdigest())


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def test_layout_is_that_of_the_format():
    # magic 0x00000803: two zeros, unsigned byte, three dimensions; sizes big-endian
    assert RAW[:16] == struct.pack(">IIII", 0x803, 40, 28, 28)
    assert RAW[16:] == VALUES.tobytes()


@pytest.mark.parametrize("content", [RAW, PACKED], ids=["raw", "gzip"])
def test_round_trip(tmp_path, content):
    path = tmp_path / "images"
    path.write_bytes(content)
    assert np.array_equal(read_idx(path, FILE), VALUES)


BAD = {
    "nothing": (b"", r"here: ends at offset 0, inside the 16-byte header: truncated"),
    "short header": (RAW[:10], r"ends at offset 10, inside the 16-byte header"),
    "web page": (b"<html><body>Not found</body></html>", r"magic number at offset 0 is 0x3c68746d, .*a web page"),
    "labels": (encode_idx(VALUES.ravel()), r"magic number at offset 0 is 0x00000801, not 0x00000803"),
    "other sizes": (encode_idx(VALUES[:39]), r"holds 39 x 28 x 28 instead of 40 x 28 x 28 \(count at offset 4\)"),
    "cut short": (RAW[:-100], rf"ends at offset {len(RAW) - 100} instead of {len(RAW)}: truncated"),
    "too long": (RAW + b"more", rf"4 bytes too many from offset {len(RAW)}: corrupt"),
    "one byte differs": (flipped(RAW, 1000), r"sha256 of the uncompressed file is [0-9a-f]{64}, not [0-9a-f]{64}"),
    "gzip cut short": (PACKED[:-500], rf"gzip data end at offset {len(PACKED) - 500}, after \d+ bytes.*truncated"),
    "gzip check sum": (flipped(PACKED, len(PACKED) - 6), r"damaged gzip data at or before offset \d+ .*corrupt"),
    "gzip and more": (PACKED + b"more", rf"4 bytes after the gzip data, from offset {len(PACKED)}"),
    "gzip of another": (gzip.compress(encode_idx(VALUES[:39])), r"holds 39 x 28 x 28"),
    "gzip header": (PACKED[:2] + b"\xff" + PACKED[3:], r"damaged gzip data at or before offset"),
}


@pytest.mark.parametrize("case", BAD)
def test_refused_with_what_and_where(case):
    content, sentence = BAD[case]
    with pytest.raises(RavineError, match=f"here: .*{sentence.removeprefix('here: ')}"):
        decode_idx(content, FILE, "here")


def test_damage_is_located_to_a_piece():
    noise = np.random.default_rng(1).integers(0, 256, 400_000, np.uint8)
    raw = encode_idx(noise)
    # level 0 stores blocks behind a 5-byte head (type, length, complement); a wrong length is noticed at once
    packed = gzip.compress(raw, 0)
    first = struct.unpack("<H", packed[11:13])[0]
    place = 10 + 5 + first + 1
    file = IdxFile("noise", noise.shape, hashlib.sha256(raw).hexdigest())
    with pytest.raises(RavineError, match="damaged gzip data at or before offset") as caught:
        decode_idx(flipped(packed, place), file, "here")
    found = int(str(caught.value).partition("offset ")[2].split()[0])
    assert place < found <= place + 2**14


def test_unreadable_file(tmp_path):
    with pytest.raises(RavineError, match="cannot be read"):
        read_idx(tmp_path, FILE)


def test_only_bytes_are_written():
    with pytest.raises(RavineError, match="values must be uint8, got int64"):
        encode_idx(np.arange(3))

"""Damaged files load to the same values or get a sentence, in a process of limited memory; see mutated.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from waiting import PATIENCE

SCRIPT = Path(__file__).with_name("mutated.py")
KINDS = ("keras", "h5", "weights", "model", "csv", "csv.gz", "parquet", "npy", "idx", "idx.gz", "toml", "text")
GROWTH = 1 << 30
"""Bytes that reading may add: the limits of what one file may make, of which these files of 30 kB need a part."""


def run(count: int, seed: int, kinds: tuple[str, ...], folder: Path) -> dict[str, Any]:
    trace = folder / "trace"
    made = subprocess.run(
        [sys.executable, str(SCRIPT), str(count), str(seed), str(trace), *kinds],
        capture_output=True,
        text=True,
        check=False,
        # where polars panics, the names of its functions are looked for in 100 MB
        env={**os.environ, "JAX_PLATFORMS": "cpu", "RUST_BACKTRACE": "0"},
        timeout=PATIENCE * 40,
    )
    # a process that died says at which file
    assert made.returncode == 0, f"{trace.read_text() if trace.exists() else 'at the start'}: {made.stderr[-2000:]}"
    found: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return found


def check(found: dict[str, Any], count: int) -> None:
    assert found["faults"] == []
    assert found["grown"] < GROWTH
    for kind, told in found["outcome"].items():
        assert told["loaded"] + told["refused"] == count, kind
        # damage that nothing notices would test nothing
        assert told["refused"] > count // 5, kind


def test_damaged_files(tmp_path: Path) -> None:
    """300 of each kind here, 100,000 in the slow tests: as many as fit into a few seconds."""
    check(run(300, 0, KINDS, tmp_path), 300)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_thousand_damaged_files(kind: str, tmp_path: Path) -> None:
    check(run(100_000, 1, (kind,), tmp_path), 100_000)

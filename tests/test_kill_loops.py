"""kill -9 at every write of a run, a study and a lecture: what goes on afterwards ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import polars as pl
import pytest

from ravine.core import sweep
from ravine.train import load_model, read_arrays
from waiting import PATIENCE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="kill -9"),
]

KILLED = """
import os, signal, sys
at, moment = int(sys.argv.pop(1)), sys.argv.pop(1)
plain, calls = {name: getattr(os, name) for name in ("fsync", "replace")}, [0]
def counted(name):
    def call(*given, **options):
        if name == moment:
            calls[0] += 1
            if calls[0] == at:
                os.kill(os.getpid(), signal.SIGKILL)
        return plain[name](*given, **options)
    return call
for name in plain:
    setattr(os, name, counted(name))
from ravine.cli import main
main()
"""


def command(cwd: Path, at: int, moment: str, *words: str) -> int:
    """The command *words*, killed at the *at*-th *moment* (0: never); its status."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(at), moment, *words], cwd=cwd, check=False, capture_output=True, text=True,
        timeout=PATIENCE, env=os.environ | {"RAVINE_CACHE": str(cwd.parent / "cache")},
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def until_done(cwd: Path, step: int, words: list[str], again: Any) -> int:
    """Kill the command further and further into its writes until it ends by itself; returns how often it was killed."""
    kills = 0
    for at in range(1, 400, step):
        for moment in ("fsync", "replace"):
            more = again(cwd)
            if command(cwd, at, moment, *words, *more) == 0:
                return kills
            kills += 1
    raise AssertionError("it never came to its end")


def test_training(tmp_path: Path) -> None:
    words = ["train", "2-4:tanh-2:softmax", "--data", "xor", "--option", "n=60", "--epochs", "30", "--batch", "20"]
    words += ["--keep-every", "7", "--quiet", "--out", "run"]
    (tmp_path / "whole").mkdir()
    assert command(tmp_path / "whole", 0, "fsync", *words) == 0
    cut = tmp_path / "cut"
    cut.mkdir()

    def again(cwd: Path) -> list[str]:
        if (cwd / "run" / "checkpoint.safetensors").exists():
            return ["--resume"]
        return ["--overwrite"]

    kills = until_done(cut, 2, words, again)
    assert kills > 10
    whole, made = (load_model(folder / "run" / "model.safetensors") for folder in (tmp_path / "whole", cut))
    for one, other in zip(jax.tree.leaves(whole.variables), jax.tree.leaves(made.variables), strict=True):
        np.testing.assert_array_equal(one, other)
    sweep(cut / "run")
    assert sorted(p.name for p in (cut / "run").iterdir()) == sorted(
        p.name for p in (tmp_path / "whole" / "run").iterdir()
    )
    print(f"training: {kills} kills")


def test_study(tmp_path: Path) -> None:
    words = ["study", "xor", "--option", "n=80", "--network", "*-4:tanh-*", "--rules", "sgd,adam", "--tune", "2"]
    words += ["--epochs", "1", "--seeds", "3", "--quiet", "--name", "one"]
    (tmp_path / "whole").mkdir()
    assert command(tmp_path / "whole", 0, "fsync", *words) == 0
    cut = tmp_path / "cut"
    cut.mkdir()
    kills = until_done(cut, 4, words, lambda cwd: [])
    assert kills > 10
    tables = [pl.read_csv(folder / "runs/studies/one/runs.csv") for folder in (tmp_path / "whole", cut)]
    assert tables[0].height > 10
    clock = [name for name in tables[0].columns if "second" in name or "time" in name]
    assert tables[0].drop(clock).equals(tables[1].drop(clock), null_equal=True)
    print(f"study: {kills} kills")


def test_lecture(tmp_path: Path) -> None:
    words = ["lecture", "--only", "activations", "--only", "layers", "--out", "report"]
    (tmp_path / "whole").mkdir()
    assert command(tmp_path / "whole", 0, "fsync", *words) == 0
    cut = tmp_path / "cut"
    cut.mkdir()
    kills = until_done(cut, 12, words, lambda cwd: [])
    assert kills > 3
    one, other = (pl.read_parquet(folder / "report/numbers.parquet") for folder in (tmp_path / "whole", cut))
    assert one.height > 3 and one.equals(other, null_equal=True)
    for file in sorted((tmp_path / "whole/report/store").glob("*.safetensors")):
        arrays, told = read_arrays(cut / "report/store" / file.name)
        expected, _ = read_arrays(file)
        assert sorted(arrays) == sorted(expected) and "key" in told
    print(f"lecture: {kills} kills")

"""A run cut anywhere and taken up again is the run that was never cut, to the bit; damaged files are refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from ravine.core import RavineError, write_file
from ravine.data import Dataset, load
from ravine.nn import BatchNormalization, Dense, Dropout, Network
from ravine.optim import RULES, Adam, ReduceOnPlateau, Rule
from ravine.train import Callback, Checkpoint, EarlyStopping, Loop, Plan, Run, read_arrays, train, write_arrays
from slow_marks import RULES_OFTEN, often
from waiting import PATIENCE, until


def data() -> Dataset:
    moons = load("moons", n=240, noise=0.3, seed=1)
    return Dataset("moons", moons.train.take(slice(0, 100)), moons.train.take(slice(100, 160)), None, moons.classes)


def network() -> Network:
    return Network((Dense(6, "relu"), BatchNormalization(), Dropout(0.2), Dense(2, "softmax")), (2,))


PLAN = Plan(epochs=6, batch_size=8, probes=("gradient_norm",), stride=5)


class CutAt(Callback):
    """Chunks of one step; stop after *step*, mid-epoch or not."""

    every_epoch = False

    def __init__(self, step: int) -> None:
        self.step = step

    def begin(self, loop: Loop) -> None:
        loop.pace.length = 1.0

    def chunk(self, loop: Loop) -> None:
        loop.pace.length = 1.0
        if loop.step == self.step:
            loop.stop("cut")


def same(a: Run, b: Run) -> None:
    for x, y in zip(jax.tree.leaves(a.variables), jax.tree.leaves(b.variables), strict=True):
        assert np.array_equal(x, y)
    for name in ("loss", "rate", "step"):
        assert np.array_equal(a.history.steps[name], b.history.steps[name])
    for name in set(a.history.epochs) - {"seconds"}:
        assert np.array_equal(a.history[name], b.history[name], equal_nan=True), name
    for name, series in a.history.probes.items():
        assert np.array_equal(series.values, b.history.probes[name].values)
        assert np.array_equal(series.steps, b.history.probes[name].steps)


@pytest.mark.filterwarnings("ignore:.*meant for full batches")
@pytest.mark.parametrize(
    ("name", "step"),
    [*often(((name, 20) for name in RULES), lambda case: case[0] in RULES_OFTEN), ("adam", 1), ("adam", 39)],
)
def test_resumed_equals_uninterrupted(name: str, step: int, tmp_path: Path) -> None:
    rule = RULES[name]()
    whole = train(network(), rule, data(), PLAN, seed=3)
    path = tmp_path / "run.safetensors"
    cut = train(network(), rule, data(), PLAN, seed=3, callbacks=[CutAt(step), Checkpoint(path)])
    assert cut.stopped == "cut" and len(cut.history.steps["loss"]) == step
    same(whole, train(network(), rule, data(), PLAN, seed=3, resume=path))


def test_schedule_and_early_stopping_are_resumed(tmp_path: Path) -> None:
    """What adapts to the course of training is part of the state."""
    rule: Rule = Adam(ReduceOnPlateau(0.1, factor=0.7, patience=2))
    plan = Plan(epochs=60, batch_size=8)
    stop = lambda: EarlyStopping("validation_loss", patience=4)  # noqa: E731
    whole = train(network(), rule, data(), plan, callbacks=[stop()])
    assert whole.stopped is not None and whole.history.steps["rate"][-1] < 0.1
    path, cut_at = tmp_path / "c", len(whole.history.steps["loss"]) - 17
    train(network(), rule, data(), plan, callbacks=[stop(), CutAt(cut_at), Checkpoint(path)])
    resumed = train(network(), rule, data(), plan, callbacks=[stop(), CutAt(-1)], resume=path)
    same(whole, resumed)
    assert resumed.stopped == whole.stopped


def test_another_run_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "c"
    train(network(), Adam(), data(), Plan(epochs=1), callbacks=[Checkpoint(path)])
    for changed in (
        lambda: train(network(), Adam(0.5), data(), Plan(epochs=2), resume=path),
        lambda: train(network(), Adam(), data(), Plan(epochs=2), seed=1, resume=path),
        lambda: train(network(), Adam(), load("moons", n=200, seed=1), Plan(epochs=2), resume=path),
    ):
        with pytest.raises(RavineError, match="belongs to another run"):
            changed()
    longer = train(network(), Adam(), data(), Plan(epochs=2), resume=path)
    assert longer.history["epoch"][-1] == 2


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    write_arrays(path, {"a": np.arange(100)}, {"kind": "demo"})
    good = path.read_bytes()
    path.write_bytes(good[:-10])
    with pytest.raises(RavineError, match="damaged or not a file of Ravine's"):
        read_arrays(path)
    changed = bytearray(good)
    changed[-3] ^= 1
    path.write_bytes(bytes(changed))
    with pytest.raises(RavineError, match="checksum does not fit"):
        read_arrays(path)
    path.write_bytes(b"hello")
    with pytest.raises(RavineError, match="damaged or not a file of Ravine's"):
        read_arrays(path)
    with pytest.raises(RavineError, match="there is no file"):
        read_arrays(tmp_path / "none")
    write_arrays(path, {"a": np.arange(3)}, {"kind": "demo"})
    with pytest.raises(RavineError, match="is a demo, not a checkpoint"):
        train(network(), Adam(), data(), resume=path)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    write_file(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RavineError, match="No space left on device: free some space"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_an_unwritable_folder_is_found_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RavineError, match="cannot write"):
        train(network(), Adam(), data(), PLAN, callbacks=[Checkpoint(tmp_path / "file" / "c")])


SCRIPT = """
import sys, warnings
sys.path.insert(0, {tests!r})
from test_resume import *
run = train(network(), Adam(), data(), Plan(epochs=100_000, batch_size=8), callbacks=[Checkpoint({path!r},
seconds=0.2)])
print(run.stopped, len(run.history.steps["loss"]), flush=True)
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_process_loses_at_most_the_last_moments(sign: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "c"
    code = SCRIPT.format(tests=str(Path(__file__).parent), path=str(path))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        until(lambda: _steps(path) or process.poll() is not None)
        process.send_signal(sign)
        out, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    if sign == signal.SIGINT:
        assert process.returncode == 0 and out.startswith("interrupted")
    done = _steps(path)
    assert done > 0
    epochs = done // 13 + 2
    resumed = train(network(), Adam(), data(), Plan(epochs=epochs, batch_size=8), resume=path)
    whole = train(network(), Adam(), data(), Plan(epochs=epochs, batch_size=8))
    assert np.array_equal(resumed.history.steps["loss"], whole.history.steps["loss"])


def _steps(path: Path) -> int:
    try:
        return int(read_arrays(path)[1]["step"])
    except RavineError:
        return 0

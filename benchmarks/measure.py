"""Drive contenders in turn: processes that stay alive, one round after another, the order turned each round."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contenders import Contender
from benchmarks.workloads import Workload, load_data

__all__ = ["Failure", "Worker", "data_folder", "first_epoch", "interleaved", "sizes"]

ROOT = Path(__file__).resolve().parent.parent
Say = Callable[[str], None]
Prepared = tuple[dict[str, tuple["Worker", int]], dict[str, str]]


class Failure(RuntimeError):
    """A contender could not do a workload; the message says why."""


@contextlib.contextmanager
def data_folder(work: Workload) -> Iterator[tuple[Path, str]]:
    """A temporary folder with the workload's x.npy and y.npy, and where the data come from."""
    with tempfile.TemporaryDirectory(prefix="ravine-bench-") as name:
        x, y, origin = load_data(work)
        np.save(Path(name) / "x.npy", x)
        np.save(Path(name) / "y.npy", y)
        yield Path(name), origin


class Worker:
    """A contender's process."""

    def __init__(self, contender: Contender, extra: Mapping[str, str] | None = None) -> None:
        environment = os.environ | dict(contender.environment) | dict(extra or {})
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", contender.name],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, do: str, **details: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **details}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failure(f"its process ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failure(answer["error"])
        return answer

    def prepare(self, work: Workload, folder: Path) -> dict[str, Any]:
        """Build and warm up: the answer says how many networks a fit trains."""
        return self.ask("prepare", workload=dataclasses.asdict(work), data=str(folder))

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.communicate()


def _open(contenders: Sequence[Contender], work: Workload, folder: Path, say: Say) -> Prepared:
    """Workers made ready, each with the networks it trains at once, and the reasons why others are absent."""
    ready: dict[str, tuple[Worker, int]] = {}
    absent: dict[str, str] = {}
    for contender in contenders:
        if contender.missing:
            absent[contender.name] = contender.missing
            continue
        say(f"{work.name}: {contender.title} gets ready")
        worker = Worker(contender)
        try:
            ready[contender.name] = worker, worker.prepare(work, folder)["networks"]
        except Failure as failure:
            worker.stop()
            absent[contender.name] = str(failure)
    return ready, absent


def interleaved(contenders: Sequence[Contender], work: Workload, rounds: int, say: Say) -> dict[str, Any]:
    """Seconds of each contender's fits, round by round, with peak memory; the absent with their reasons."""
    with data_folder(work) as (folder, origin):
        ready, absent = _open(contenders, work, folder, say)
        try:
            seconds: dict[str, list[float]] = {name: [] for name in ready}
            names = list(ready)
            for turn in range(rounds):
                say(f"{work.name}: round {turn + 1} of {rounds}")
                for name in names[turn % len(names) :] + names[: turn % len(names)] if names else ():
                    if name not in absent:
                        try:
                            seconds[name].append(ready[name][0].ask("fit")["seconds"])
                        except Failure as failure:
                            absent[name] = str(failure)
            memory = {name: ready[name][0].ask("memory")["bytes"] for name in names if name not in absent}
        finally:
            for worker, _ in ready.values():
                worker.stop()
    return {
        "workload": dataclasses.asdict(work) | {"steps": work.steps, "flop": work.flop},
        "data": origin,
        "seconds": {name: values for name, values in seconds.items() if name not in absent},
        "networks": {name: networks for name, (_, networks) in ready.items() if name not in absent},
        "bytes": memory,
        "absent": absent,
    }


def _caches(folder: str) -> dict[str, str]:
    """Settings that keep every library's compiled programs in *folder*, small and quick ones too."""
    return {
        "JAX_COMPILATION_CACHE_DIR": folder,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "TORCHINDUCTOR_CACHE_DIR": f"{folder}/inductor",
        "TRITON_CACHE_DIR": f"{folder}/triton",
    }


def first_epoch(contenders: Sequence[Contender], work: Workload, rounds: int, say: Say) -> dict[str, Any]:
    """Seconds from the start of a process to its first epoch done: with no compiled program kept, and with all kept."""
    names = [contender for contender in contenders if not contender.missing]
    absent = {contender.name: contender.missing for contender in contenders if contender.missing}
    seconds: dict[str, dict[str, list[float]]] = {c.name: {"cold": [], "warm": []} for c in names}
    with data_folder(work) as (folder, _):
        for turn in range(rounds):
            for contender in names[turn % len(names) :] + names[: turn % len(names)] if names else ():
                if contender.name in absent:
                    continue
                say(f"first epoch: {contender.title}, round {turn + 1} of {rounds}")
                with tempfile.TemporaryDirectory(prefix="ravine-bench-cache-") as cache:
                    for state in ("cold", "warm"):
                        begun = time.perf_counter()
                        worker = Worker(contender, _caches(cache))
                        try:
                            worker.prepare(work, folder)
                            seconds[contender.name][state].append(time.perf_counter() - begun)
                        except Failure as failure:
                            absent[contender.name] = str(failure)
                            break
                        finally:
                            worker.stop()
    return {"seconds": {name: both for name, both in seconds.items() if name not in absent}, "absent": absent}


def sizes(
    contenders: Sequence[Contender], axes: Mapping[str, Sequence[tuple[int, Workload]]], rounds: int, say: Say
) -> dict[str, Any]:
    """Microseconds per step against one size at a time: the median of *rounds* interleaved fits."""
    found: dict[str, Any] = {axis: {} for axis in axes}
    for axis, members in axes.items():
        for size, work in members:
            record = interleaved(contenders, work, rounds, say)
            for name, values in record["seconds"].items():
                together = record["networks"][name] == work.members
                factor = 1 if together else work.members
                found[axis].setdefault(name, []).append(
                    {"size": size, "microseconds": 1e6 * factor * statistics.median(values) / work.steps}
                )
    return found

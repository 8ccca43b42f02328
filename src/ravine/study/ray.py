"""Packs on a Ray cluster: one task per pack, the data sent once, results back to the driver, which alone writes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ravine.core import RavineError
from ravine.data import Dataset
from ravine.study.execution import execute, member_bytes
from ravine.study.packs import Pack
from ravine.study.runners import Done, Under

__all__ = ["RayRunner"]

RETRIES = 3
"""How often a pack whose worker died is given to another."""

OVERHEAD = 600 * 2**20
"""What a worker takes before it trains: Python, JAX and its compiled programs, in bytes."""


class RayRunner:
    """Packs as tasks of Ray (Moritz et al. 2018), on the cluster at *address*, or one of this machine (None).

    Each task asks for *cpus* processors, *gpus* graphics processors and the memory that its members need. A task whose
    worker or node is lost is given to another, up to RETRIES times. A cluster that was begun here is ended here.

    No example: starts processes; see the guide to clusters.
    """

    def __init__(self, address: str | None = None, *, cpus: int = 1, gpus: float = 0) -> None:
        self.address, self.cpus, self.gpus = address, cpus, gpus

    def run(self, packs: Sequence[Pack], datasets: Mapping[str, Dataset], done: Done, under: Under) -> None:
        """Do *packs* wherever the cluster has room; *done* is called as they come."""
        try:
            import ray
        except ImportError as error:
            raise RavineError("--on ray needs the package ray: pip install 'ravine[ray]'") from error
        began = not ray.is_initialized()
        if began:
            self._begin(ray)
        try:
            self._run(ray, packs, datasets, done)
        finally:
            if began:
                ray.shutdown()

    def _begin(self, ray: Any) -> None:
        # Inside a job of a cluster, Ray names the cluster in the environment.
        address = self.address or os.environ.get("RAY_ADDRESS")
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        if address is None:
            options["include_dashboard"] = False
        try:
            ray.init(address=address, **options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise RavineError(f"no Ray cluster at {address}: {reason}: start one with `ray start --head`") from error

    def _run(self, ray: Any, packs: Sequence[Pack], datasets: Mapping[str, Dataset], done: Done) -> None:
        needed = {pack.fingerprint for pack in packs}
        placed = {mark: ray.put(dataset) for mark, dataset in datasets.items() if mark in needed}
        task: Any = ray.remote(max_retries=RETRIES, retry_exceptions=False)(_task)
        room = max((node["Resources"].get("memory", 0) for node in ray.nodes() if node["Alive"]), default=0)
        waiting = {}
        for pack in packs:
            memory = _memory(pack, datasets[pack.fingerprint])
            if memory > room:
                raise RavineError(
                    f"a pack needs {memory / 2**30:.1f} GiB, the largest node offers {room / 2**30:.1f}: "
                    "add a larger node, or take fewer seeds"
                )
            asked = task.options(num_cpus=self.cpus, num_gpus=self.gpus, memory=memory)
            waiting[asked.remote(pack, placed[pack.fingerprint])] = pack
        try:
            while waiting:
                ready, _ = ray.wait(list(waiting), num_returns=1)
                for reference in ready:
                    done(waiting.pop(reference), ray.get(reference))
        except BaseException:
            for reference in waiting:
                ray.cancel(reference, force=True)
            raise


def _task(pack: Pack, dataset: Dataset) -> pl.DataFrame:
    return execute(pack, dataset)


def _memory(pack: Pack, dataset: Dataset) -> int:
    """Bytes that a task may need, so that no node is given more than it can hold."""
    network, rule = pack.pairs()[0]
    members = pack.members * member_bytes(network, rule, pack.plan.batch(len(dataset.train)), pack.plan.dtype)
    examples = sum(part.x.nbytes + part.y.nbytes for part in dataset.parts.values())
    return OVERHEAD + members + 3 * examples

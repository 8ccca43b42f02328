"""What is trained: networks, data and the arithmetic they ask for."""

from __future__ import annotations

import dataclasses
import gzip
import math
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["MAIN", "Workload", "load_data", "scaling", "shrunk"]


@dataclasses.dataclass(frozen=True)
class Workload:
    """A network trained by RMSprop (rate 1e-3, rho .9, eps 1e-7) on cross-entropy; *members* of them at once."""

    name: str
    title: str
    widths: tuple[int, ...]
    activation: str
    batch: int
    examples: int
    epochs: int = 1
    dropout: float = 0.0
    members: int = 1

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Workload:
        """Rebuild a workload from `dataclasses.asdict`."""
        return cls(**record | {"widths": tuple(record["widths"])})

    @property
    def steps(self) -> int:
        """Updates of one network in one fit; the last batch of an epoch may be smaller."""
        return self.epochs * math.ceil(self.examples / self.batch)

    @property
    def flop(self) -> float:
        """Floating-point operations in the matrix products of one network in one fit.

        Forward, weight gradient and input gradient cost 2*in*out each per example; the first layer has no input
        gradient.
        """
        products = [wide * narrow for wide, narrow in pairwise(self.widths)]
        return float(self.examples * self.epochs * (6 * sum(products) - 2 * products[0]))


MAIN = (
    Workload("S", "784-512-512-10 ReLU, dropout .2", (784, 512, 512, 10), "relu", 128, 60_000, dropout=0.2),
    Workload("D", "784-2500-2000-1500-1000-500-10 tanh", (784, 2500, 2000, 1500, 1000, 500, 10), "tanh", 128, 6_400),
    Workload("T", "4-4-4-8-4 tanh", (4, 4, 4, 8, 4), "tanh", 32, 4_000, epochs=20),
    Workload("P1000", "1,000 networks 2-8-8-2", (2, 8, 8, 2), "tanh", 32, 3_200, epochs=5, members=1000),
    Workload("P256", "256 networks 4-4-4-8-4", (4, 4, 4, 8, 4), "tanh", 32, 4_000, epochs=5, members=256),
    Workload("P64", "64 networks 784-32-10", (784, 32, 10), "relu", 128, 6_400, epochs=3, members=64),
)
"""The workloads on which Ravine and its peers meet."""


def scaling(*, quick: bool = False) -> dict[str, list[tuple[int, Workload]]]:
    """Cost against one size at a time: for each axis, pairs of the size and its workload."""

    def one(axis: str, size: int, widths: tuple[int, ...], batch: int = 128, steps: int = 200, members: int = 1) -> Any:
        work = Workload(f"{axis}-{size}", axis, widths, "relu", batch, min(batch * steps, 60_000), members=members)
        return size, work

    widths = (16, 64) if quick else (16, 64, 256, 512, 1024, 2048)
    depths = (1, 2) if quick else (1, 4, 16)
    batches = (1, 8) if quick else (1, 8, 32, 128, 1024)
    members = (1, 10) if quick else (1, 10, 100, 1000)
    # Enough steps that what a fit costs once (some milliseconds) does not show.
    steps, tiny = (5, 10) if quick else (200, 1000)
    return {
        "width": [one("width", h, (784, h, h, 10), steps=steps) for h in widths],
        "depth": [one("depth", d, (784, *[256] * d, 10), steps=steps) for d in depths],
        "batch": [one("batch", b, (784, 512, 512, 10), b, steps=steps) for b in batches],
        "members": [one("members", k, (2, 8, 8, 2), 32, tiny, k) for k in members],
    }


def shrunk(work: Workload) -> Workload:
    """The same workload at a size that only shows that everything runs."""
    return dataclasses.replace(
        work,
        widths=tuple(min(width, 784 if i == 0 else 64) for i, width in enumerate(work.widths)),
        examples=min(work.examples, 5 * work.batch),
        epochs=min(work.epochs, 2),
        members=min(work.members, 8),
    )


def load_data(work: Workload) -> tuple[np.ndarray, np.ndarray, str]:
    """Inputs (n, in) float32, labels (n,) int32, and where they come from.

    MNIST below $RAVINE_DATA where it lies there and the network has its shape; else seeded numbers with a label that
    can be learned.
    """
    n, width, classes = work.examples, work.widths[0], work.widths[-1]
    folder = Path(os.environ.get("RAVINE_DATA", "")) / "mnist"
    if width == 784 and os.environ.get("RAVINE_DATA") and (folder / "train-images-idx3-ubyte.gz").is_file():
        pixels = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
        labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())
        x = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 784)[:n].astype(np.float32) / np.float32(255)
        return x, np.frombuffer(labels, np.uint8, offset=8)[:n].astype(np.int32), "MNIST"
    rng = np.random.default_rng(0)
    x = rng.random((n, width), np.float32)
    y = np.argmax((x - 0.5) @ rng.standard_normal((width, classes), np.float32), axis=1)
    return x, y.astype(np.int32), "seeded random numbers of MNIST's shape" if width == 784 else "seeded random numbers"

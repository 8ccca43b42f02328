"""The matrix products of a workload's steps and nothing else, through one library: what the machine could reach."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.contenders.table import Trainer
from benchmarks.workloads import Workload

__all__ = ["prepare"]


def _step(layers: list[tuple[Any, Any, Any]]) -> list[Any]:
    products = []
    for number, (inputs, weights, slopes) in enumerate(layers):
        products += [inputs @ weights, inputs.T @ slopes]
        products += [slopes @ weights.T] if number else []
    return products


def _numpy(layers: list[Any]) -> Callable[[], Any]:
    return lambda: _step(layers)


def _jax(layers: list[Any]) -> Callable[[], Any]:
    import jax

    placed, step = jax.device_put(layers), jax.jit(_step)
    return lambda: jax.block_until_ready(step(placed))


def _torch(layers: list[Any]) -> Callable[[], Any]:
    import torch

    placed = [tuple(torch.from_numpy(array) for array in arrays) for arrays in layers]

    def step() -> Any:
        with torch.no_grad():
            return _step(placed)

    return step


def prepare(work: Workload, x: np.ndarray, y: np.ndarray, *, library: str) -> Trainer:
    """Arrays of the shapes of one step; a fit repeats the step as often as the workload does."""
    rng = np.random.default_rng(0)

    def array(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, np.float32)

    pairs = pairwise(work.widths)
    layers = [(array(work.batch, i), array(i, o), array(work.batch, o)) for i, o in pairs]
    step = {"numpy": _numpy, "jax": _jax, "torch": _torch}[library](layers)

    def fit() -> None:
        for _ in range(work.steps):
            step()

    return Trainer(fit, 1)

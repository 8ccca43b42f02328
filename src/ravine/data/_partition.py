"""Cutting examples into parts: plain or stratified, by sizes or fractions, seeded."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ravine.core import RavineError, check_count, check_number, generator
from ravine.data.dataset import Dataset, Split

__all__ = ["hold_out", "part_sizes", "partition", "partition_rows"]


def part_sizes(owner: str, n: int, parts: Sequence[float]) -> list[int]:
    """Turn *parts* of *n* examples into sizes: an integer is a size, a float in [0, 1) a fraction of *n* (rounded).

    At least one example must remain.

    >>> part_sizes("demo", 100, [10, 0.25])
    [10, 25]
    >>> part_sizes("demo", 100, [80, 0.25])
    Traceback (most recent call last):
        ...
    ravine.core.errors.RavineError: demo: parts of 80 + 25 leave none of the 100 examples for training: ask for less
    """
    sizes = []
    for part in parts:
        if isinstance(part, float):
            check_number(owner, "a fraction", part, low=0.0, high=1.0, open_high=True)
            # a fraction that rounds to nothing still means a part
            sizes.append(max(1, round(part * n)) if part > 0 else 0)
        else:
            check_count(owner, "a size", part, least=0)
            sizes.append(int(part))
    if sum(sizes) >= n:
        listed = " + ".join(str(size) for size in sizes)
        raise RavineError(f"{owner}: parts of {listed} leave none of the {n} examples for training: ask for less")
    return sizes


def partition_rows(
    n: int, parts: Sequence[float], seed: int, labels: np.ndarray | None = None, owner: str = "partition"
) -> list[np.ndarray]:
    """Return disjoint row numbers: the rest first (for training), then one array per entry of *parts*.

    With *labels*, int (n,), every part holds each class in its share, to within one example. Rows come in ascending
    order: the order of training is `epoch_order`'s business.

    >>> rest, held_out = partition_rows(6, [2], seed=0, labels=np.array([0, 1, 0, 1, 0, 1]))
    >>> len(rest), sorted(np.array([0, 1, 0, 1, 0, 1])[held_out].tolist())
    (4, [0, 1])
    """
    sizes = part_sizes(owner, n, parts)
    rng = generator(seed, "split")
    order = rng.permutation(n)
    if labels is not None:
        order = _spread(order, labels)
    cuts = np.cumsum([0, *sizes])
    held = [order[start:stop] for start, stop in itertools.pairwise(cuts)]
    return [np.sort(rows).astype(np.int64) for rows in (order[cuts[-1] :], *held)]


def _spread(order: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Interleave the classes evenly: the k-th of m examples of a class stands at the fraction (k + 1/2) / m.

    Any contiguous piece of the result then holds each class in its share, to within about one example.
    """
    shuffled = labels[order]
    by_class = np.argsort(shuffled, kind="stable")
    counts = np.unique(shuffled, return_counts=True)[1]
    within = np.concatenate([(np.arange(count) + 0.5) / count for count in counts])
    return order[by_class[np.argsort(within, kind="stable")]]


def partition(split: Split, parts: Sequence[float], *, seed: int = 0, stratify: bool = True) -> list[Split]:
    """Cut *split* into the rest (first) and one piece per entry of *parts* (sizes or fractions).

    *stratify* keeps the shares of the classes; it has no effect where the targets are numbers, not labels.

    >>> whole = Split(np.arange(10.0)[:, None], np.arange(10) % 2)
    >>> train, test = partition(whole, [0.4])
    >>> len(train), np.bincount(test.y).tolist()
    (6, [2, 2])
    """
    labels = split.y if stratify and split.y.dtype.kind == "i" else None
    if 0 in part_sizes("partition", len(split), parts):
        raise RavineError(f"partition: parts {list(parts)!r} hold an empty one: leave it out")
    return [split.take(rows) for rows in partition_rows(len(split), parts, seed, labels)]


def hold_out(dataset: Dataset, validation: float, *, seed: int = 0, stratify: bool = True) -> Dataset:
    """Return *dataset* with a validation part, a size or a fraction, cut from its training part.

    A data set that has a validation part already is refused.

    >>> made = hold_out(Dataset("demo", Split(np.arange(10.0)[:, None], np.arange(10) % 2)), 0.2)
    >>> len(made.train), len(made.validation)
    (8, 2)
    """
    if dataset.validation is not None:
        raise RavineError(f"{dataset.name}: has a validation part of {len(dataset.validation)} examples: use that one")
    train, held = partition(dataset.train, [validation], seed=seed, stratify=stratify)
    return replace(dataset, train=train, validation=held)

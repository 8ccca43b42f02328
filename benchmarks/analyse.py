"""From seconds to what is shown: medians, paired ratios, GFLOP/s, shares of the limit, goals."""

from __future__ import annotations

import statistics
from typing import Any, NamedTuple

__all__ = ["GOALS", "Goal", "Row", "goals", "limit", "rate", "rows"]


class Row(NamedTuple):
    """One contender on one workload."""

    name: str
    seconds: float
    """Median over the rounds, of one fit of as many networks as the library trains at once."""
    spread: float
    """Half the range between the quartiles, as a share of the median."""
    ratio: float | None
    """Ravine's time per network and step over this contender's, median of the rounds' ratios; None without Ravine."""
    network_steps: float
    """Updates of one network per second."""
    gflops: float
    """Arithmetic of the matrix products per second, in 1e9."""
    share: float | None
    """gflops over the limit measured in the same run, where that was measured."""
    bytes: int
    """Peak resident memory of the contender's process."""


def rate(record: dict[str, Any], name: str) -> list[float]:
    """Network-steps per second of contender *name*, round by round."""
    done = record["networks"][name] * record["workload"]["steps"]
    return [done / seconds for seconds in record["seconds"][name]]


def limit(record: dict[str, Any] | None) -> float | None:
    """The most GFLOP/s that matrix products of the workload's shapes reached, through whichever library."""
    if record is None or not record["seconds"]:
        return None
    flop: float = record["workload"]["flop"]
    return max(flop / statistics.median(seconds) / 1e9 for seconds in record["seconds"].values())


def _spread(values: list[float]) -> float:
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / middle


def rows(record: dict[str, Any], products: dict[str, Any] | None = None) -> list[Row]:
    """One row per contender that ran, fastest first; *products* is the record of the limit on the same workload."""
    work, most = record["workload"], limit(products)
    flop_per_step = work["flop"] / work["steps"]
    own = rate(record, "ravine") if "ravine" in record["seconds"] else None
    found = []
    for name, seconds in record["seconds"].items():
        rates = rate(record, name)
        gflops = statistics.median(rates) * flop_per_step / 1e9
        ratio = statistics.median([a / b for a, b in zip(rates, own, strict=True)]) if own else None
        share = gflops / most if most else None
        found.append(
            Row(
                name,
                statistics.median(seconds),
                _spread(seconds),
                ratio,
                statistics.median(rates),
                gflops,
                share,
                record["bytes"][name],
            )
        )
    return sorted(found, key=lambda row: -row.network_steps)


class Goal(NamedTuple):
    """On *workload*, Ravine's time per network and step is at most *most* of *peer*'s."""

    workload: str
    peer: str
    most: float


GOALS = (
    Goal("S", "keras", 0.65),
    Goal("S", "torch", 0.38),
    Goal("D", "keras", 0.75),
    Goal("D", "torch", 0.75),
    Goal("T", "keras", 1 / 60),
    Goal("P1000", "keras", 1 / 150),
    Goal("P256", "keras", 1 / 150),
)
"""What Ravine means to reach now."""


PROBES_MOST = 0.05
"""What the default probes at the default stride may add to Ravine's time on S."""


def _probes(record: dict[str, Any] | None) -> tuple[str, str]:
    words = f"S: the default probes add at most {PROBES_MOST:.0%} to Ravine's time"
    probed = next((row for row in rows(record) if row.name == "ravine-probes"), None) if record else None
    if probed is None or probed.ratio is None:
        return words, "not measured"
    cost = 1 / probed.ratio - 1
    return words, f"{'met' if cost <= PROBES_MOST else 'not met'}: {cost:.1%}"


def goals(results: dict[str, Any]) -> list[tuple[str, str]]:
    """Each goal in words, and whether it was met: "met", "not met" with the number, or "not measured"."""
    found = []
    for goal in GOALS:
        record = results["workloads"].get(goal.workload)
        peers = {row.name: row for row in rows(record, results["limits"].get(goal.workload))} if record else {}
        words = f"{goal.workload}: at most {goal.most:.2g} of {goal.peer}'s time"
        peer = peers.get(goal.peer)
        if peer is None or peer.ratio is None:
            found.append((words, "not measured"))
            continue
        said = f"{'met' if peer.ratio <= goal.most else 'not met'}: {peer.ratio:.2g}"
        if peer.ratio > goal.most and peer.share:
            # Whoever did the matrix products alone, at the limit, would still take this share of the peer's time.
            said += f" (the products alone: {peer.share:.2g})"
        found.append((words, said))
    found.append(_probes(results["workloads"].get("S")))
    first = results.get("first_epoch", {}).get("seconds", {})
    for state in ("cold", "warm"):
        medians = {name: statistics.median(both[state]) for name, both in first.items()}
        own = medians.pop("ravine", None)
        words = f"S: first epoch from process start ({state}) before every peer"
        if own is None or not medians:
            found.append((words, "not measured"))
        else:
            best = min(medians, key=lambda name: medians[name])
            verdict = "met" if own < medians[best] else "not met"
            found.append((words, f"{verdict}: {own:.1f} s, best peer {best} {medians[best]:.1f} s"))
    return found

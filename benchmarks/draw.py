"""The figure: time against Ravine's, first epoch, and cost as the work grows."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from benchmarks.analyse import rows
from benchmarks.contenders import CONTENDERS

__all__ = ["draw"]

SHADES = ("#0072b2", "#56b4e9", "#d55e00", "#009e73", "#8fd3bd", "#003a5c", "#999999")
COLOURS = dict(zip(CONTENDERS, SHADES, strict=True))
STYLE: Any = {"svg.hashsalt": "ravine", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
AXES = {
    "width": "width h of 784-h-h-10",
    "depth": "hidden layers of 256",
    "batch": "batch of 784-512-512-10",
    "members": "networks 2-8-8-2 at once",
}


def _times(axes: Axes, results: dict[str, Any]) -> None:
    titles = [f"{name}: {record['workload']['title']}" for name, record in results["workloads"].items()]
    for place, record in enumerate(results["workloads"].values()):
        found = {row.name: row.network_steps for row in rows(record)}
        base = found.get("ravine", max(found.values(), default=1.0))
        axes.axhline(place, color="#dddddd", linewidth=1, zorder=0)
        for name, steps in found.items():
            axes.plot(base / steps, place, "o", color=COLOURS[name], markersize=9)
    axes.axvline(1, color="black", linewidth=0.8, zorder=0)
    with_ravine = all("ravine" in record["seconds"] for record in results["workloads"].values())
    unit = "Ravine = 1" if with_ravine else "Ravine (where it ran, else the fastest) = 1"
    axes.set(xscale="log", yticks=range(len(titles)), yticklabels=titles, xlabel=f"time per network and step, {unit}")
    axes.margins(y=0.1)
    axes.invert_yaxis()


def _first(axes: Axes, results: dict[str, Any]) -> None:
    first = results["first_epoch"]["seconds"]
    for place, (name, both) in enumerate(first.items()):
        axes.barh(place - 0.2, statistics.median(both["cold"]), 0.36, color=COLOURS[name])
        axes.barh(place + 0.2, statistics.median(both["warm"]), 0.36, color=COLOURS[name], alpha=0.5)
    axes.set(
        yticks=range(len(first)),
        yticklabels=[CONTENDERS[name].title for name in first],
        xlabel="first epoch of S, s from process start (pale: warm)",
    )
    axes.invert_yaxis()


def _growth(axes: Axes, axis: str, found: dict[str, Any]) -> None:
    sizes = sorted({point["size"] for points in found.values() for point in points})
    for name, points in found.items():
        costs = [point["microseconds"] for point in points]
        axes.plot([point["size"] for point in points], costs, "o-", color=COLOURS[name], markersize=3)
    labels = [f"{size:,}" for size in sizes]
    axes.set(xscale="log", yscale="log", xlabel=AXES[axis], ylabel="us per step", xticks=sizes, xticklabels=labels)
    axes.minorticks_off()
    axes.tick_params("x", rotation=45)


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw *results* as an SVG at *path*, the same bytes for the same results."""
    with mpl.rc_context(STYLE):
        figure = Figure((12, 8), layout="constrained")
        upper, lower = figure.subfigures(2, 1, height_ratios=(1.4, 1))
        left, right = upper.subplots(1, 2, width_ratios=(1.3, 1))
        _times(left, results)
        if results.get("first_epoch", {}).get("seconds"):
            _first(right, results)
        else:
            right.set_axis_off()
        if grown := {axis: found for axis, found in results.get("sizes", {}).items() if found}:
            panels = lower.subplots(1, len(grown), squeeze=False)[0]
            for axes, (axis, found) in zip(panels, grown.items(), strict=True):
                _growth(axes, axis, found)
        shown = {name for record in results["workloads"].values() for name in record["seconds"]}
        handles = [Patch(color=COLOURS[n], label=CONTENDERS[n].title) for n in CONTENDERS if n in shown]
        upper.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False)
        figure.savefig(path, metadata={"Date": None})

"""README.md of the benchmarks, written anew from the results."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.analyse import Row, goals, limit, rows
from benchmarks.contenders import CONTENDERS, LIMITS
from benchmarks.lab import REALISTIC

__all__ = ["render"]

FRAMES = 28

HEAD = """\
# Ravine beside its peers

<!-- Written by `make bench` from results.json: change benchmarks/report.py, not this file. -->

The same networks, data, batches and rule (RMSprop, rate 1e-3, rho .9, eps 1e-7; float32), trained by several libraries
in one run on one machine. Each contender is a process that stays alive; they take turns, round after round, the order
turned each round, so that a slow minute of the machine hits all alike. A time is the median over the rounds; a ratio is
the median of the rounds' own ratios. Nobody evaluates or records more than the loss. Compilation happens before the
rounds and is measured by itself (first epoch).

`make bench` takes the measurements and writes this page, `results.json` and `figure.svg`;
`make bench ARGS=--quick` only shows that everything runs. torch is measured where it is installed in `.venv`.
"""

NOTES = """\
## How to read it

- **ratio**: Ravine's time per network and step over the peer's, below 1 where Ravine is faster.
- **network-steps/s**: updates of one network per second; a population of K counts K per step. Libraries without
  populations train one network after another, already compiled, which flatters them: each further network of theirs
  would compile again.
- **GFLOP/s** counts the matrix products only (forward, weight gradient, input gradient but for the first layer);
  **of limit** is its share of what the same products alone reached in the same run, through the best of NumPy, XLA and
  torch.
- **the products alone**: what a program that does nothing but the matrix products, at the limit, would reach of that
  peer's time. A goal below it cannot be met on this machine.
- **memory**: peak resident memory of the contender's process, its library included.
- **first epoch**: from the start of the process to the first epoch of S done, imports, data, compilation and all.
  *Cold* starts with no compiled program kept, *warm* with those of the cold start; the system has the files in memory
  in both.
- scikit-learn has neither RMSprop nor dropout: it runs Adam, and S without dropout.
"""


def _table(head: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> str:
    ruled = [head, ("---", *["---:"] * (len(head) - 1)), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in ruled) + "\n"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 0.1 else f"{value * 1e3:.2g} ms"


def _row(row: Row, steps: int, networks: int) -> tuple[str, ...]:
    per_step = 1e6 * row.seconds / steps
    return (
        CONTENDERS[row.name].title,
        f"{_seconds(row.seconds)} ±{row.spread:.0%}" + (f" ({networks} networks)" if networks > 1 else ""),
        f"{per_step:,.0f} us" if per_step >= 10 else f"{per_step:.1f} us",
        f"{row.network_steps:,.0f}",
        "" if row.ratio is None else f"{row.ratio:.2g}",
        f"{row.gflops:.3g}",
        "" if row.share is None else f"{row.share:.0%}",
        f"{row.bytes / 2**20:,.0f} MiB",
    )


def _workload(name: str, results: dict[str, Any]) -> str:
    record, products = results["workloads"][name], results["limits"].get(name)
    work = record["workload"]
    head = ("", "one fit", "per step", "network-steps/s", "ratio", "GFLOP/s", "of limit", "memory")
    lines = [_row(row, work["steps"], record["networks"][row.name]) for row in rows(record, products)]
    text = (
        f"## {name}: {work['title']}\n\n{work['examples']:,} examples ({record['data']}), batch {work['batch']}, "
        f"{work['epochs']} epoch{'s' * (work['epochs'] > 1)} a fit: {work['steps']:,} steps.\n"
    )
    text += f"\n{_table(head, lines)}" if lines else ""
    if products and (most := limit(products)):
        flop = products["workload"]["flop"]
        each = {n: flop / statistics.median(values) / 1e9 for n, values in products["seconds"].items()}
        listed = ", ".join(f"{LIMITS[name].title} {value:.3g}" for name, value in each.items())
        text += f"\nLimit {most:.3g} GFLOP/s: {listed}.\n"
    notes = [f"{CONTENDERS[n].title}: {why}" for n, why in record["absent"].items()]
    return text + ("\nAbsent: " + "; ".join(notes) + ".\n" if notes else "")


def _first(results: dict[str, Any]) -> str:
    first = results.get("first_epoch")
    if not first:
        return ""
    lines = [
        (CONTENDERS[name].title, *(f"{statistics.median(both[state]):.2f} s" for state in ("cold", "warm")))
        for name, both in first["seconds"].items()
    ]
    return "## First epoch of S from process start\n\n" + _table(("", "cold", "warm"), lines)


def _sizes(results: dict[str, Any]) -> str:
    text = ""
    for axis, found in results.get("sizes", {}).items():
        if found:
            sizes = [str(point["size"]) for point in next(iter(found.values()))]
            lines = [(CONTENDERS[n].title, *(f"{p['microseconds']:,.0f}" for p in ps)) for n, ps in found.items()]
            text += f"\n{_table((axis, *sizes), lines)}"
    return "## Microseconds per step as the work grows\n" + text if text else ""


def _lab(found: dict[str, Any] | None) -> str:
    if not found:
        return ""
    taken, busy = found["taken"], found["taken"]["load"] > 0.5
    lines = [
        (name, f"{case['fps']:.1f}", *(f"{v:.0f} ms" for v in (*case["late"], *case["gap"])), f"{case['steps']:,}")
        for name, case in found["cases"].items()
    ]
    head = ("", "frames/s", "late: median", "95 %", "between two: median", "95 %", "steps by then")
    first = {name: statistics.median(each[name] for each in found["first"]) / 1000 for name in ("picture", "training")}
    reached = found["cases"][REALISTIC]["fps"]
    verdict = "met" if reached >= FRAMES else "not met"
    return (
        f"## The live page\n\n{found['browser']}, 1280 x 900, {found['seconds']:g} s a case, on {taken['date']}: the "
        "browser, the server and the training share the machine's cores. The page asks for 30 frames a second.\n"
        + ("\n**The machine was busy, or the run a quick one: the numbers are doubtful.**\n" * (busy or taken["quick"]))
        + f"\n{_table(head, lines)}\n*Late* is the time from a frame's arrival to its drawing done. "
        f"Goal, at least {FRAMES} frames/s with {REALISTIC}: {verdict} ({reached:.1f}).\n\n"
        f"From the address opened to the first picture {first['picture']:.2f} s, to the first step seen "
        f"{first['training']:.2f} s (medians of {len(found['first'])} servers just started, no browser cache).\n"
    )


def render(results: dict[str, Any], lab: dict[str, Any] | None = None) -> str:
    """The whole page, as Markdown; *lab* is what was measured of the live page, if it was."""
    taken = results["taken"]
    machine = "; ".join(f"{name} {value}" for name, value in results["machine"].items())
    where = f"Taken on {taken['date']}, {taken['rounds']} rounds: {machine}.\n"
    if taken["quick"]:
        where += "\n**A quick run at toy sizes: it shows that everything runs, and its numbers mean nothing.**\n"
    if taken["load"] > 0.5:
        where += f"\n**The machine was busy (load {taken['load']:.1f} per core at the start): ratios are doubtful.**\n"
    verdicts = "## Goals\n\n" + _table(("goal", "found"), goals(results))
    shown = "![Times, first epoch, growth](figure.svg)\n"
    tables = [_workload(name, results) for name in results["workloads"]]
    parts = (HEAD, where, shown, verdicts, *tables, _first(results), _sizes(results), _lab(lab), NOTES)
    return "\n".join(part for part in parts if part)

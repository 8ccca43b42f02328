"""Measure, and write results.json, figure.svg and README.md."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS, LIMITS
from benchmarks.draw import draw
from benchmarks.lab import absent
from benchmarks.lab import measure as measure_lab
from benchmarks.machine import describe, load
from benchmarks.measure import ROOT, first_epoch, interleaved, sizes
from benchmarks.report import render
from benchmarks.workloads import MAIN, scaling, shrunk

__all__ = ["main"]

PARTS = (*(work.name for work in MAIN), "first", "sizes", "lab")
GROWING = ("ravine", "optax")
LIMITED = ("S", "D")  # Products as small as T's cost a library's call, not its arithmetic: they limit nothing.


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="toy sizes and two rounds: shows that everything runs")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison (default 7, quick 2)")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), metavar="NAME")
    parser.add_argument("--out", type=Path, help="folder of the results (default benchmarks/, quick build/benchmarks/)")
    parser.add_argument("--report", action="store_true", help="write page and figure from results.json alone")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    quick, wanted = options.quick, options.only or PARTS
    rounds = options.rounds or (2 if quick else 7)
    contenders = [CONTENDERS[name] for name in options.contenders]
    taken = {"date": datetime.date.today().isoformat(), "rounds": rounds, "quick": quick, "load": load()}
    results: dict[str, Any] = {"taken": taken, "machine": describe(), "workloads": {}, "limits": {}}
    works = {work.name: shrunk(work) if quick else work for work in MAIN}
    for name, work in works.items():
        if name in wanted:
            here = [contender for contender in contenders if name in contender.only or not contender.only]
            results["workloads"][name] = interleaved(here, work, rounds, _say)
            if name in LIMITED:
                results["limits"][name] = interleaved(list(LIMITS.values()), work, min(rounds, 3), _say)
    if "first" in wanted:
        peers = [contender for contender in contenders if not contender.only]
        results["first_epoch"] = first_epoch(peers, works["S"], min(rounds, 3), _say)
    if "sizes" in wanted:
        growing = [contender for contender in contenders if contender.name in GROWING]
        results["sizes"] = sizes(growing, scaling(quick=quick), min(rounds, 3), _say)
    return results


def _lab(options: argparse.Namespace) -> dict[str, Any]:
    if why := absent():
        _say(f"lab: not measured, for {why}")
        return {}
    taken = {"date": datetime.date.today().isoformat(), "quick": options.quick, "load": load()}
    return {"taken": taken} | (measure_lab(_say, seconds=2, starts=1) if options.quick else measure_lab(_say))


def main() -> None:
    """Run what was asked for. The lab is measured by itself: its numbers stay where the others are taken anew."""
    options = _arguments()
    out: Path = options.out or (ROOT / "build" / "benchmarks" if options.quick else ROOT / "benchmarks")
    out.mkdir(parents=True, exist_ok=True)
    record = out / "results.json"
    if options.report and not record.is_file():
        sys.exit(f"{record} is not there: take the measurements first, with `make bench`")
    seen, kept = out / "lab.json", options.report or options.only == ["lab"]
    if not options.report and "lab" in (options.only or PARTS) and (found := _lab(options)):
        seen.write_text(json.dumps(found, indent=1) + "\n")
    results = json.loads(record.read_text()) if kept and record.is_file() else _measure(options)
    record.write_text(json.dumps(results, indent=1) + "\n")
    draw(results, out / "figure.svg")
    (out / "README.md").write_text(render(results, json.loads(seen.read_text()) if seen.is_file() else None))
    _say(f"written: {out / 'README.md'}")


if __name__ == "__main__":
    main()

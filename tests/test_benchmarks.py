"""The arithmetic of the benchmarks on made-up seconds; and, marked slow, that a small run writes the page."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.analyse import goals, limit, rows
from benchmarks.report import render
from benchmarks.workloads import MAIN, Workload, load_data, scaling, shrunk
from waiting import PATIENCE

ROOT = Path(__file__).resolve().parent.parent


def record(work: Workload, **seconds: list[float]) -> dict[str, Any]:
    return {
        "workload": dataclasses.asdict(work) | {"steps": work.steps, "flop": work.flop},
        "data": "made up",
        "seconds": seconds,
        "networks": {name: work.members if name == "ravine" else 1 for name in seconds},
        "bytes": dict.fromkeys(seconds, 2**20),
        "absent": {"torch": "torch not installed"},
    }


def results(**workloads: dict[str, Any]) -> dict[str, Any]:
    return {
        "taken": {"date": "2026-01-01", "rounds": 3, "quick": False, "load": 0.0},
        "machine": {"cores": "2"},
        "workloads": workloads,
        "limits": {},
    }


def test_arithmetic_of_s() -> None:
    """By hand: 668,672 weights, 401,408 of them in the first layer; 6 and 4 operations each, 60,000 examples."""
    work = MAIN[0]
    assert work.flop == 60_000 * (6 * 668_672 - 2 * 401_408)
    assert work.steps == 469


def test_ratio_is_the_median_of_the_rounds_ratios() -> None:
    found = {row.name: row for row in rows(record(MAIN[0], ravine=[1.0, 2.0, 4.0], keras=[2.0, 3.0, 16.0]))}
    assert found["keras"].ratio == pytest.approx(0.5)  # of 1/2, 2/3, 1/4
    assert found["ravine"].ratio == 1
    assert found["ravine"].gflops == pytest.approx(MAIN[0].flop / 2e9)


def test_a_population_counts_every_network() -> None:
    work = next(work for work in MAIN if work.members == 1000)
    found = {row.name: row for row in rows(record(work, ravine=[1.0], keras=[1.0]))}
    assert found["ravine"].network_steps == 1000 * found["keras"].network_steps
    assert found["keras"].ratio == pytest.approx(1e-3)


def test_without_ravine_there_is_no_ratio() -> None:
    assert [row.ratio for row in rows(record(MAIN[0], keras=[1.0]))] == [None]
    assert {verdict for _, verdict in goals(results(S=record(MAIN[0], keras=[1.0])))} == {"not measured"}


def test_limit_is_the_best_library() -> None:
    products = record(MAIN[0], **{"sgemm-numpy": [2.0, 2.0], "sgemm-jax": [1.0, 9.0, 1.0]})
    assert limit(products) == pytest.approx(MAIN[0].flop / 1e9)
    share = rows(record(MAIN[0], ravine=[2.0]), products)[0].share
    assert share == pytest.approx(0.5)


@pytest.mark.parametrize(("seconds", "verdict"), [(0.6, "met: 0.6"), (0.7, "not met: 0.7")])
def test_goal_is_judged(seconds: float, verdict: str) -> None:
    found = dict(goals(results(S=record(MAIN[0], ravine=[seconds], keras=[1.0]))))
    assert found["S: at most 0.65 of keras's time"] == verdict


@pytest.mark.parametrize(("seconds", "verdict"), [(1.03, "met: 3.0%"), (1.08, "not met: 8.0%")])
def test_the_price_of_probes_is_judged(seconds: float, verdict: str) -> None:
    made = results(S=record(MAIN[0], **{"ravine": [1.0, 2.0], "ravine-probes": [seconds, 2 * seconds]}))
    assert dict(goals(made))["S: the default probes add at most 5% to Ravine's time"] == verdict


def test_page_names_the_absent_and_the_doubtful() -> None:
    text = render(results(S=record(MAIN[0], ravine=[1.0], keras=[2.0])))
    assert "Absent: torch, eager: torch not installed." in text
    assert "busy" not in text
    busy = results(S=record(MAIN[0], ravine=[1.0]))
    busy["taken"] |= {"load": 3.0}
    assert "busy" in render(busy)


def test_workloads_survive_json_and_shrink() -> None:
    grown = [work for axis in scaling().values() for _, work in axis]
    for work in (*MAIN, *grown):
        assert Workload.from_json(json.loads(json.dumps(dataclasses.asdict(work)))) == work
        assert shrunk(work).flop <= work.flop


@pytest.mark.parametrize("work", MAIN, ids=lambda work: work.name)
def test_data_fit_the_network(work: Workload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAVINE_DATA", raising=False)
    small = shrunk(work)
    x, y, origin = load_data(small)
    assert x.shape == (small.examples, small.widths[0])
    assert (x.dtype, y.dtype) == (np.float32, np.int32)
    assert 0 <= y.min() <= y.max() < small.widths[-1]
    assert "random" in origin


@pytest.mark.slow
def test_a_quick_run_writes_everything(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "T", "--contenders", "ravine", "sklearn"]
    subprocess.run([*command, "--out", str(tmp_path)], cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE)
    found = json.loads((tmp_path / "results.json").read_text())
    assert set(found["workloads"]["T"]["seconds"]) == {"ravine", "sklearn"}
    assert (tmp_path / "figure.svg").read_text().startswith("<?xml")
    assert "A quick run" in (tmp_path / "README.md").read_text()

"""A study's runs for other tools: TensorBoard and MLflow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from ravine.core import RavineError
from ravine.study.report_record import Findings

__all__ = ["EXPORTS", "to_mlflow", "to_tensorboard"]

APART = ("epoch", "step", "seconds", "seed", "diverged_at", "epochs")
"""Columns that are no quantity of training."""


def _runs(findings: Findings) -> Iterator[tuple[dict[str, Any], pl.DataFrame, list[str]]]:
    """Each member's facts, its epochs, and the names of its quantities."""
    names = [name for name, kind in findings.curves.schema.items() if kind.is_numeric() and name not in APART]
    facts = {row["member"]: row for row in findings.members.iter_rows(named=True)}
    for (member,), epochs in findings.curves.group_by("member", maintain_order=True):
        yield facts[str(member)], epochs, names


def _params(facts: dict[str, Any]) -> dict[str, Any]:
    kept = ("phase", "problem", "rival", "rule", "batch_size", "seed", "epochs")
    setting: dict[str, Any] = json.loads(facts["setting"])
    return {name: facts[name] for name in kept} | setting


def to_tensorboard(findings: Findings, folder: str | Path) -> int:
    """Write each member as a run of TensorBoard below *folder*; returns how many. Needs the package tensorboardX.

    No example: it needs the package tensorboardX.
    """
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise RavineError("export to TensorBoard needs the package tensorboardX: pip install tensorboardX") from error
    count = 0
    for facts, epochs, names in _runs(findings):
        path = Path(folder) / f"{facts['phase']}-{facts['rival']}-{facts['member']}".replace("/", "_")
        with SummaryWriter(logdir=str(path)) as writer:
            writer.add_text("setting", json.dumps(_params(facts)))
            for row in epochs.iter_rows(named=True):
                for name in names:
                    if row[name] is not None and row[name] == row[name]:
                        writer.add_scalar(name, row[name], row["step"])
        count += 1
    return count


def to_mlflow(findings: Findings, folder: str | Path) -> int:
    """Write each member as a run of MLflow into ``mlflow.db`` in *folder*; returns how many. Needs the package mlflow.

    ``mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db`` shows them.

    No example: it needs the package mlflow.
    """
    try:
        from mlflow import MlflowClient
        from mlflow.entities import Metric, Param
    except ImportError as error:
        raise RavineError("export to MLflow needs the package mlflow: pip install mlflow-skinny") from error
    Path(folder).mkdir(parents=True, exist_ok=True)
    client = MlflowClient(tracking_uri=f"sqlite:///{Path(folder).resolve()}/mlflow.db")
    there = client.get_experiment_by_name(findings.title)
    experiment = there.experiment_id if there else client.create_experiment(findings.title)
    count = 0
    for facts, epochs, names in _runs(findings):
        run = client.create_run(experiment, run_name=f"{facts['rival']} {facts['seed']}")
        params = [Param(name, str(value)) for name, value in _params(facts).items()]
        metrics = [
            Metric(name, float(row[name]), int(1000 * (row["seconds"] or 0)), int(row["step"]))
            for row in epochs.iter_rows(named=True)
            for name in names
            if row[name] is not None and row[name] == row[name]
        ]
        client.log_batch(run.info.run_id, metrics[:1000], params)
        for begin in range(1000, len(metrics), 1000):
            client.log_batch(run.info.run_id, metrics[begin : begin + 1000])
        client.set_terminated(run.info.run_id, "FAILED" if facts["diverged_at"] is not None else "FINISHED")
        count += 1
    return count


EXPORTS = {"tensorboard": to_tensorboard, "mlflow": to_mlflow}
"""What writes a study for another tool, by the tool's name."""

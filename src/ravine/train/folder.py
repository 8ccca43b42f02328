"""The folder of a training job: what it holds, written and read again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from ravine.core import RavineError, record, write_file
from ravine.data import Dataset, Scaler, write_table
from ravine.nn import Network, network
from ravine.optim import Rule, rule
from ravine.train.callbacks import Callback
from ravine.train.job import Job
from ravine.train.loop import Loop
from ravine.train.model import model_of, save_model
from ravine.train.resumption import Checkpoint, read_checkpoint, restore_loop
from ravine.train.run import Run
from ravine.train.single import finished, train

__all__ = ["checkpoint_at", "described", "job_of", "left_by", "read_run", "run_job", "stored_steps", "write_job"]

CHECKPOINT = "checkpoint.safetensors"


def run_job(
    job: Job,
    folder: str | Path,
    *,
    callbacks: Sequence[Callback] = (),
    resume: bool = False,
    keep_every: int | None = None,
) -> Run:
    """Do *job* and leave in *folder* the job, the model, the history per epoch, step and probe, and a checkpoint.

    Every *keep_every* steps a checkpoint of its own is kept, from which `fork` can go back to that step.

    No example: writes files; see `fork`.
    """
    folder = Path(folder)
    made, how, dataset, scaler = described(job)
    checkpoint = folder / CHECKPOINT
    if resume and not checkpoint.exists():
        raise RavineError(f"there is nothing to resume in {folder}: leave out --resume, or name the folder of a run")
    write_job(job, folder)
    run = train(
        made,
        how,
        dataset,
        job.plan,
        seed=job.seed,
        callbacks=[*callbacks, Checkpoint(checkpoint, keep_every=keep_every)],
        resume=checkpoint if resume else None,
    )
    left_by(run, job, dataset, scaler, folder)
    return run


def write_job(job: Job, folder: str | Path) -> None:
    """Write *job* into *folder*, before the work: what is cut off can be read again.

    No example: writes a file.
    """
    write_file(Path(folder) / "job.json", json.dumps(job.model_dump(exclude_none=True), indent=1).encode())


def left_by(run: Run, job: Job, dataset: Dataset, scaler: Scaler | None, folder: str | Path) -> None:
    """Leave in *folder* what *run* has made: the model, and the history per epoch, per step and per probe.

    No example: writes files; see `run_job`.
    """
    folder = Path(folder)
    facts = {"data": dataset.name, "rule": job.rule, "epochs": int(run.history.last["epoch"]), "stopped": run.stopped}
    save_model(folder / "model.safetensors", model_of(dataset, run.network, run.variables, scaler, **facts))
    for name, frame in (("history", run.history.frame()), ("steps", run.history.step_frame())):
        write_table(folder / f"{name}.parquet", frame)
        write_table(folder / f"{name}.csv", frame)
    if run.plan.probes:
        write_table(folder / "probes.parquet", run.history.probe_frame())


def job_of(folder: str | Path) -> Job:
    """The job whose results lie in *folder*.

    No example: reads a file; see `fork`.
    """
    path = Path(folder) / "job.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RavineError(
            f"cannot read {path}: {error.strerror}: name the folder of a run of 'ravine train'"
        ) from error
    except ValueError as error:
        raise RavineError(f"{path} is not valid JSON: {error}") from error
    return record(str(path), Job, values)


def described(job: Job) -> tuple[Network, Rule, Dataset, Scaler | None]:
    """Network, rule and data of *job*, and how the data were scaled.

    >>> described(Job(network="2-4:tanh-2:softmax", data="xor"))[0].output_shape
    (2,)
    """
    made = network(job.network)
    dataset, scaler = job.dataset(made.input_shape)
    return made, rule(job.rule), dataset, scaler


def stored_steps(folder: str | Path) -> dict[int, Path]:
    """The steps at which the run in *folder* can be taken up, with their files.

    No example: reads a folder; see `fork`.
    """
    folder = Path(folder)
    found = {}
    for path in folder.glob(f"{Path(CHECKPOINT).stem}-*{Path(CHECKPOINT).suffix}"):
        if match := re.fullmatch(r".*-(\d+)", path.stem):
            found[int(match[1])] = path
    if (folder / CHECKPOINT).exists():
        found.setdefault(int(read_checkpoint(folder / CHECKPOINT)[1]["step"]), folder / CHECKPOINT)
    return dict(sorted(found.items()))


def checkpoint_at(source: str | Path, step: int | None = None) -> Path:
    """The checkpoint of the run in the folder *source* at *step*, the latest where it is None; or *source* itself.

    No example: reads a folder; see `fork`.
    """
    source = Path(source)
    if source.is_file():
        if step is not None:
            raise RavineError(f"{source} is one step already: name the folder to choose a step, or leave the step out")
        return source
    stored = stored_steps(source)
    if not stored:
        raise RavineError(f"there is no checkpoint in {source}: name the folder of a run of 'ravine train'")
    if step is None:
        return stored[max(stored)]
    if step not in stored:
        many = f"{len(stored)} from {min(stored)} to {max(stored)}"
        shown = ", ".join(map(str, stored)) if len(stored) < 12 else many
        raise RavineError(f"no checkpoint at step {step} in {source}, there are {shown}: train with --keep-every")
    return stored[step]


def read_run(folder: str | Path, step: int | None = None) -> tuple[Run, Dataset]:
    """The run in *folder* as far as its checkpoint knows it (at *step*, or the latest), and its data.

    No example: reads a folder; see `ravine.train.diagnosis.diagnose`.
    """
    path = checkpoint_at(folder, step)
    job = job_of(path.parent)
    made, how, dataset, _ = described(job)
    loop = Loop(made, how, dataset, job.plan, job.seed, ())
    restore_loop(loop, path)
    return finished(loop), dataset

"""The folder of a training job: what it holds, written and read again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from ravine.core import BLANK, RavineError, held, read_json, record, sealed, write_file
from ravine.data import Dataset, Scaler, write_table
from ravine.nn import Network, to_text
from ravine.optim import Rule, rule
from ravine.train.engine.callback import Callback
from ravine.train.engine.trainer import Trainer
from ravine.train.files.checkpoint import Checkpoint, read_checkpoint, restore_loop
from ravine.train.files.model import model_of, save_model
from ravine.train.job import Job
from ravine.train.run import Run
from ravine.train.template import is_template, network_for

__all__ = [
    "JOB",
    "build_job",
    "check_unused",
    "checkpoint_at",
    "clear",
    "job_of",
    "read_run",
    "run_job",
    "stored_steps",
    "training_in",
    "write_job",
    "write_results",
]

CHECKPOINT, JOB = "checkpoint.safetensors", "job.json"


def run_job(
    job: Job,
    folder: str | Path,
    *,
    callbacks: Sequence[Callback] = (),
    resume: bool = False,
    keep_every: int | None = None,
    overwrite: bool = False,
) -> Run:
    """Do *job* and leave in *folder* the job, the model, the history per epoch, step and probe, and a checkpoint.

    Every *keep_every* steps a checkpoint of its own is kept, from which `fork` can go back to that step. A folder is
    that of one run: another one begins in it only where it may *overwrite* the first, and two at once are refused. What
    is refused changes nothing in the folder.

    No example: writes files; see `fork`.
    """
    folder = Path(folder)
    checkpoint = folder / CHECKPOINT
    if resume and overwrite:
        raise RavineError("a run is either resumed or overwritten: leave out one of --resume and --overwrite")
    if resume and not checkpoint.exists():
        raise RavineError(f"there is nothing to resume in {folder}: leave out --resume, or name the folder of a run")
    if not (resume or overwrite):
        check_unused(folder)
    made, how, dataset, scaler = build_job(job)
    if is_template(job.network):
        job = job.model_copy(update={"network": to_text(made)})  # what was trained, whatever the data become
    keeper = Checkpoint(checkpoint, keep_every=keep_every)
    loop = Trainer.alone(made, how, dataset, job.plan, job.seed, [*callbacks, keeper])
    with training_in(folder):
        if resume:
            restore_loop(loop, checkpoint)
        elif overwrite:
            clear(folder)
        else:
            check_unused(folder)  # another may have been here while the data were read
        write_job(job, folder)
        loop.run()
        run = loop.runs()[0]
        write_results(run, job, dataset, scaler, folder)
    return run


def training_in(folder: Path) -> AbstractContextManager[None]:
    """While it is entered, nobody else trains in *folder*.

    No example: see `run_job`.
    """
    return held(folder, f"another process trains in {folder}: wait until it is done, or name another folder")


def check_unused(folder: Path) -> None:
    """Refuse a *folder* in which a run lies already.

    >>> check_unused(Path("absent"))
    """
    try:
        used = _files(folder)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RavineError(f"cannot read {folder}: {reason}: name another folder") from error
    if used:
        raise RavineError(
            f"{folder} holds a run already: --resume goes on with it, --overwrite begins anew, or name another folder"
        )


def clear(folder: Path) -> None:
    """Delete the run in *folder*, its checkpoints first: none of them shall be taken for one of the next run.

    No example: deletes files.
    """
    for file in _files(folder):
        file.unlink()


def _files(folder: Path) -> list[Path]:
    """What a run has left in *folder*."""
    tables = [f"{name}.{kind}" for name in ("history", "steps", "probes") for kind in ("parquet", "csv")]
    names = ["model.safetensors", *tables, "curves.png", JOB]
    return [*_numbered(folder).values(), *(each for name in (CHECKPOINT, *names) if (each := folder / name).is_file())]


def write_job(job: Job, folder: str | Path) -> None:
    """Write *job* into *folder*, before the work: what is cut off can be read again.

    No example: writes a file.
    """
    told = job.model_dump(exclude_none=True) | {"seal": BLANK}
    write_file(Path(folder) / JOB, sealed(json.dumps(told, indent=1).encode()))


def write_results(run: Run, job: Job, dataset: Dataset, scaler: Scaler | None, folder: str | Path) -> None:
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
    path = Path(folder) / JOB
    if not path.is_file():
        raise RavineError(f"there is no {JOB} in {folder}: name the folder of a run of 'ravine train'")
    return record(str(path), Job, read_json(path))


def build_job(job: Job) -> tuple[Network, Rule, Dataset, Scaler | None]:
    """Network, rule and data of *job*, and how the data were scaled.

    >>> build_job(Job(network="*-4:tanh-*", data="xor"))[0].output_shape
    (2,)
    """
    dataset, scaler = job.dataset(lambda data: network_for(job.network, data).input_shape)
    return network_for(job.network, dataset), rule(job.rule), dataset, scaler


def stored_steps(folder: str | Path) -> dict[int, Path]:
    """The steps at which the run in *folder* can be taken up, with their files.

    No example: reads a folder; see `fork`.
    """
    folder = Path(folder)
    found = _numbered(folder)
    if (folder / CHECKPOINT).exists():
        found.setdefault(int(read_checkpoint(folder / CHECKPOINT)[1]["step"]), folder / CHECKPOINT)
    return dict(sorted(found.items()))


def _numbered(folder: Path) -> dict[int, Path]:
    """The checkpoints that were kept besides the latest, by the step in their names."""
    head, tail = Path(CHECKPOINT).stem, Path(CHECKPOINT).suffix
    names = {path: re.fullmatch(rf"{head}-(\d+)", path.stem) for path in folder.glob(f"{head}-*{tail}")}
    return {int(match[1]): path for path, match in names.items() if match}


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
        return _of_step(stored[max(stored)], max(stored))
    if step not in stored:
        many = f"{len(stored)} from {min(stored)} to {max(stored)}"
        shown = ", ".join(map(str, stored)) if len(stored) < 12 else many
        raise RavineError(f"no checkpoint at step {step} in {source}, there are {shown}: train with --keep-every")
    return _of_step(stored[step], step)


def _of_step(path: Path, step: int) -> Path:
    inside = read_checkpoint(path)[1]["step"]
    if inside != step:
        raise RavineError(f"{path} holds step {inside}, not {step}: it lies under the name of another; fork that one")
    return path


def read_run(folder: str | Path, step: int | None = None) -> tuple[Run, Dataset]:
    """The run in *folder* as far as its checkpoint knows it (at *step*, or the latest), and its data.

    No example: reads a folder; see `ravine.diagnosis.diagnose`.
    """
    path = checkpoint_at(folder, step)
    job = job_of(path.parent)
    made, how, dataset, _ = build_job(job)
    loop = Trainer.alone(made, how, dataset, job.plan, job.seed, ())
    restore_loop(loop, path)
    return loop.runs()[0], dataset

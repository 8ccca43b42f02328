"""The training engine: plan, compiled chunks, loop, populations, probes, history, checkpoints."""

from ravine.train._population import Member, population
from ravine.train._transplant import transplant
from ravine.train.callbacks import Callback, CSVLog, EarlyStopping, OnEpoch, ProgressBar, TensorBoard
from ravine.train.engine._objective import Objective, objective
from ravine.train.engine.loop import Loop
from ravine.train.engine.rows import Row
from ravine.train.engine.session import Evaluation, Session, compiled_chunks
from ravine.train.engine.step import Examples
from ravine.train.files.arrays import read_arrays, write_arrays
from ravine.train.files.checkpoint import Checkpoint
from ravine.train.files.forks import fork, resume_with
from ravine.train.files.model import Model, load_model, save_model
from ravine.train.files.run_folder import build_job, checkpoint_at, job_of, read_run, run_job, stored_steps
from ravine.train.history import History, ProbeSeries
from ravine.train.job import Job, predictions, read_job
from ravine.train.monitored import rises
from ravine.train.overrides import NETWORK_NUMBERS, NETWORK_PARTS, with_overrides, with_parts, with_setting
from ravine.train.plan import Plan, Target
from ravine.train.probes import (
    CHEAP,
    MEMORIES,
    PROBES,
    Memory,
    Probe,
    Sample,
    backpropagated,
    histogram_edges,
    pooled_noise_scale,
)
from ravine.train.run import Run
from ravine.train.single import train
from ravine.train.snapshots import Snapshots
from ravine.train.template import is_template, network_for

__all__ = [
    "CHEAP",
    "MEMORIES",
    "NETWORK_NUMBERS",
    "NETWORK_PARTS",
    "PROBES",
    "CSVLog",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "Evaluation",
    "Examples",
    "History",
    "Job",
    "Loop",
    "Member",
    "Memory",
    "Model",
    "Objective",
    "OnEpoch",
    "Plan",
    "Probe",
    "ProbeSeries",
    "ProgressBar",
    "Row",
    "Run",
    "Sample",
    "Session",
    "Snapshots",
    "Target",
    "TensorBoard",
    "backpropagated",
    "build_job",
    "checkpoint_at",
    "compiled_chunks",
    "fork",
    "histogram_edges",
    "is_template",
    "job_of",
    "load_model",
    "network_for",
    "objective",
    "pooled_noise_scale",
    "population",
    "predictions",
    "read_arrays",
    "read_job",
    "read_run",
    "resume_with",
    "rises",
    "run_job",
    "save_model",
    "stored_steps",
    "train",
    "transplant",
    "with_overrides",
    "with_parts",
    "with_setting",
    "write_arrays",
]

"""The training engine: plan, compiled chunks, loop, populations, probes, history, checkpoints."""

from ravine.train.callbacks import Callback, CSVLog, EarlyStopping, OnEpoch, ProgressBar, TensorBoard
from ravine.train.changes import altered
from ravine.train.checkpoint import read_arrays, write_arrays
from ravine.train.diagnosis import TROUBLES, Finding, diagnose
from ravine.train.folder import read_run, run_job, stored_steps
from ravine.train.fork import branch, fork
from ravine.train.history import History, ProbeSeries
from ravine.train.job import Job, predictions, read_job
from ravine.train.loop import Loop
from ravine.train.model import Model, load_model, save_model
from ravine.train.monitored import rises
from ravine.train.objective import Objective, objective
from ravine.train.plan import Plan, Target
from ravine.train.population import Member, population
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
from ravine.train.resumption import Checkpoint
from ravine.train.run import Run
from ravine.train.session import Evaluation, Session, compiled_chunks
from ravine.train.single import train
from ravine.train.snapshots import Snapshots
from ravine.train.step import Examples
from ravine.train.transplant import transplant

__all__ = [
    "CHEAP",
    "MEMORIES",
    "PROBES",
    "TROUBLES",
    "CSVLog",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "Evaluation",
    "Examples",
    "Finding",
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
    "Run",
    "Sample",
    "Session",
    "Snapshots",
    "Target",
    "TensorBoard",
    "altered",
    "backpropagated",
    "branch",
    "compiled_chunks",
    "diagnose",
    "fork",
    "histogram_edges",
    "load_model",
    "objective",
    "pooled_noise_scale",
    "population",
    "predictions",
    "read_arrays",
    "read_job",
    "read_run",
    "rises",
    "run_job",
    "save_model",
    "stored_steps",
    "train",
    "transplant",
    "write_arrays",
]

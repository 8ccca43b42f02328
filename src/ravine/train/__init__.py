"""The training engine: plan, compiled chunks, loop, populations, probes, history, checkpoints."""

from ravine.train.callbacks import Callback, CSVLog, EarlyStopping, OnEpoch, ProgressBar, TensorBoard
from ravine.train.checkpoint import read_arrays, write_arrays
from ravine.train.history import History, ProbeSeries
from ravine.train.job import Job, predictions, read_job, run_job
from ravine.train.loop import Loop
from ravine.train.model import Model, load_model, save_model
from ravine.train.objective import Objective, objective
from ravine.train.plan import Plan, Target, rises
from ravine.train.population import Member, population
from ravine.train.probes import CHEAP, MEMORIES, PROBES, Memory, Probe, Sample, backpropagated, histogram_edges
from ravine.train.resumption import Checkpoint
from ravine.train.run import Run
from ravine.train.session import Evaluation, Session, compiled_chunks
from ravine.train.single import train
from ravine.train.snapshots import Snapshots
from ravine.train.step import Examples

__all__ = [
    "CHEAP",
    "MEMORIES",
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
    "Run",
    "Sample",
    "Session",
    "Snapshots",
    "Target",
    "TensorBoard",
    "backpropagated",
    "compiled_chunks",
    "histogram_edges",
    "load_model",
    "objective",
    "population",
    "predictions",
    "read_arrays",
    "read_job",
    "rises",
    "run_job",
    "save_model",
    "train",
    "write_arrays",
]

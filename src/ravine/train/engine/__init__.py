"""What trains: the compiled step, the networks' state on the device, and the bookkeeping around them.

A `Trainer` keeps the books; an `Executor` under it takes the steps.
"""

from ravine.train.engine._advance import Chunk, advance, epoch_values, of_one
from ravine.train.engine._interrupts import interrupts
from ravine.train.engine._objective import Objective, blank, checked, objective, weighed
from ravine.train.engine.best import KeepBest
from ravine.train.engine.callback import Callback
from ravine.train.engine.chunking import ChunkSizer, Until
from ravine.train.engine.evaluate import BLOCK, evaluate_padded
from ravine.train.engine.executor import Executor, Order
from ravine.train.engine.loop import Loop
from ravine.train.engine.many import Many
from ravine.train.engine.one import OneByOne
from ravine.train.engine.placement import precision
from ravine.train.engine.prepare import build_objective, splits
from ravine.train.engine.rows import Row
from ravine.train.engine.session import Evaluation, Session, compiled_chunks
from ravine.train.engine.step import Examples, Program, Records
from ravine.train.engine.trainer import Trainer

__all__ = [
    "BLOCK",
    "Callback",
    "Chunk",
    "ChunkSizer",
    "Evaluation",
    "Examples",
    "Executor",
    "KeepBest",
    "Loop",
    "Many",
    "Objective",
    "OneByOne",
    "Order",
    "Program",
    "Records",
    "Row",
    "Session",
    "Trainer",
    "Until",
    "advance",
    "blank",
    "build_objective",
    "checked",
    "compiled_chunks",
    "epoch_values",
    "evaluate_padded",
    "interrupts",
    "objective",
    "of_one",
    "precision",
    "splits",
    "weighed",
]

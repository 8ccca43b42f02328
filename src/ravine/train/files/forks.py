"""The time machine: a run taken up at any stored step, with something changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ravine.core import RavineError
from ravine.data import Dataset
from ravine.nn import Dropout, Network
from ravine.nn import network as described_network
from ravine.optim import Rule
from ravine.optim import rule as described_rule
from ravine.train.engine.callback import Callback
from ravine.train.engine.prepare import identity_parts
from ravine.train.engine.trainer import Trainer
from ravine.train.files.arrays import unflattened
from ravine.train.files.checkpoint import (
    Checkpoint,
    read_checkpoint,
    reading,
    restore_block,
    restore_history,
    restore_rule,
    under,
)
from ravine.train.files.run_folder import (
    JOB,
    build_job,
    check_unused,
    checkpoint_at,
    clear,
    job_of,
    training_in,
    write_job,
    write_results,
)
from ravine.train.history import History
from ravine.train.job import Job
from ravine.train.overrides import with_overrides
from ravine.train.plan import Plan
from ravine.train.probes import PROBES
from ravine.train.run import Run

__all__ = ["fork", "resume_with"]


def resume_with(
    checkpoint: str | Path,
    network: Network,
    rule: Rule,
    dataset: Dataset,
    plan: Plan,
    *,
    seed: int = 0,
    callbacks: Sequence[Callback] = (),
) -> Run:
    """Take up the run in *checkpoint* as if it had been, from there on, one of these things: some may have changed.

    Weights, layer state, the count of steps and the history go on. The rule's state (momenta, averages) goes on where
    the rule is of the same kind; another rule begins anew. Where the order of examples is another one (batch size,
    seed, number of examples, metrics) the epoch under way begins again, by the new order; else it is finished.
    *callbacks* begin anew. With nothing changed it is the original run, to the bit.

    No example: needs a file; see `fork`.
    """
    loop = Trainer.alone(network, rule, dataset, plan, seed, callbacks)
    _take_up(loop, checkpoint)
    loop.run()
    return loop.runs()[0]


def _take_up(loop: Trainer, checkpoint: str | Path) -> None:
    """Bring *loop* to where the run in *checkpoint* was, as far as it is the same."""
    arrays, meta = read_checkpoint(checkpoint)
    if "marks" not in meta:
        raise RavineError(f"{checkpoint} was written by an earlier version: it can be resumed, not forked")
    if meta.get("diverged_at") is not None:
        raise RavineError(f"{checkpoint} holds a run that diverged at step {meta['diverged_at']}: fork an earlier step")
    with reading(checkpoint):
        _carry(loop, arrays, meta)


def _carry(loop: Trainer, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
    same = {name for name, mark in loop.identity_parts.items() if meta["marks"][name] == mark}
    restore_history(loop, arrays, meta)
    _keep_probes(loop)
    session, parts = loop.session, under(arrays, "['state']")
    state = session.state
    kept_rule = fitting(2, state.rule_state, parts) if meta["rule"] == type(loop.session.rule).__name__ else None
    if kept_rule is None:
        loop.rule_from = loop.step
    carried = {name: fitting(5, {name: old}, parts) or {name: old} for name, old in state.probes.items()}
    state = state._replace(
        params=stored(0, state.params, parts),
        state=stored(1, state.state, parts),
        step=stored(3, state.step, parts),
        rule_state=state.rule_state if kept_rule is None else kept_rule,
        probes={name: each[name] for name, each in carried.items()},
    )
    session.state = session.put(state)
    if "rule" in same:
        restore_rule(loop, arrays)
    if "order" in same:
        restore_block(loop, arrays, meta)
    else:
        loop.epoch = meta["block_epoch"] - 1 + meta["row"] // meta["steps"]
        loop.block_epoch = loop.epoch + 1
        loop.ahead = loop.step - loop.epoch * loop.steps
    if loop.block_epoch > loop.plan.epochs and same != set(loop.identity_parts):
        raise RavineError(
            f"{loop.block_epoch - 1} epochs are done at step {loop.step}, the plan has {loop.plan.epochs}: nothing "
            "would be trained: ask for more epochs, or fork an earlier step"
        )


def stored(place: int, like: Any, parts: dict[str, np.ndarray]) -> Any:
    """The entry *place* of the state saved in *parts*, of the structure, shapes and dtypes of *like*."""
    tree = unflattened(tuple(like if i == place else () for i in range(place + 1)), parts)[place]
    return jax.tree.map(lambda new, old: np.asarray(new, old.dtype), tree, like)


def fitting(place: int, like: Any, parts: dict[str, np.ndarray]) -> Any:
    """As `stored`; None where what was saved is of another structure: a rule with other options, another probe."""
    try:
        return stored(place, like, parts)
    except RavineError:
        return None


def _keep_probes(loop: Trainer) -> None:
    """Leave out the series of probes that the plan no longer asks for, or that now have other columns."""
    network, params, old = loop.session.network, loop.session.state.params, loop.history.probes
    kept = {n: [s] for n, s in old.items() if n in loop.plan.probes and PROBES[n].columns(network, params) == s.columns}
    loop.history = History(loop.history.rows, loop.history.step_parts, kept, loop.history.directions)


def fork(
    source: str | Path,
    *,
    at: int | None = None,
    out: str | Path | None = None,
    callbacks: Sequence[Callback] = (),
    keep_every: int | None = None,
    overwrite: bool = False,
    **changes: Any,
) -> Run:
    """Fork the run that `ravine train` left in the folder *source* (or in a checkpoint there) with *changes*.

    *at* is the step, of those for which a checkpoint was kept; None: the latest. *changes* are as `with_overrides`
    takes them: ``learning_rate=0.01``, ``rule="sgd:0.1"``, ``batch_size=32``, ``epochs=20``; names with a dot in a
    mapping: ``**{"options.noise": 0.3}``. *out* is a folder in which the fork leaves what `run_job` leaves,
    and may *overwrite* a run.

    >>> import tempfile
    >>> from ravine.train import Job, run_job
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     job = Job(network="2-4:tanh-2:softmax", data="xor", options={"n": 100}, epochs=4, batch_size=20)
    ...     whole = run_job(job, folder, keep_every=6)
    ...     again, slower = fork(folder, at=6), fork(folder, at=6, learning_rate=0.0)
    >>> bool(again.history["loss"][-1] == whole.history["loss"][-1]), bool(slower.history["loss"][-1] > 0)
    (True, True)
    """
    path = checkpoint_at(source, at)
    job = job_of(path.parent)
    for name in {"width", "depth"} & changes.keys():
        raise RavineError(f"{name}: what was learned does not fit a network of another {name}: train that one anew")
    if "dropout" in changes and not any(isinstance(layer, Dropout) for layer in described_network(job.network).layers):
        raise RavineError(
            "dropout: the network has none, and what was learned keeps its places: fork a run that has it, if need be "
            "at rate 0"
        )
    new = with_overrides(job, changes)
    folder = None if out is None else Path(out)
    if folder is not None:
        if folder.resolve() == path.parent.resolve():
            raise RavineError(f"{folder} is the folder of the run itself: name another one for its fork")
        if not overwrite:
            check_unused(folder)
    network, rule, dataset, scaler = build_job(new)
    _check_own(path, job, dataset if _same_data(job, new) else build_job(job)[2])
    keeper = [] if folder is None else [Checkpoint(folder / "checkpoint.safetensors", keep_every=keep_every)]
    loop = Trainer.alone(network, rule, dataset, new.plan, new.seed, [*callbacks, *keeper])
    _take_up(loop, path)
    if folder is None:
        loop.run()
        return loop.runs()[0]
    with training_in(folder):
        if overwrite:
            clear(folder)
        else:
            check_unused(folder)
        write_job(new, folder)
        loop.run()
        run = loop.runs()[0]
        write_results(run, new, dataset, scaler, folder)
    return run


DATA = ("data", "target", "options", "validation", "scale", "seed", "network")
"""What of a job its data depend on: the network tells in which shape they are wanted."""


def _same_data(one: Job, other: Job) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in DATA)


def _check_own(path: Path, job: Job, dataset: Dataset) -> None:
    """Refuse a checkpoint that is not of the *job* beside it: what differs would be taken for what is to change."""
    own = identity_parts(described_network(job.network), described_rule(job.rule), dataset, job.plan, job.seed)
    there = read_checkpoint(path)[1].get("marks")
    if not isinstance(there, dict):
        return  # of an earlier version, which is refused below
    differing = [name for name in own if name != "order" and there.get(name) != own[name]]
    if differing:
        raise RavineError(
            f"{path} is not of the run that {path.with_name(JOB)} describes, its {', '.join(differing)} "
            f"{'differ' if len(differing) > 1 else 'differs'}: bring back the one or the other"
        )

"""A network in training: the state on the device, and the compiled functions that act on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from ravine.core import PerStructure, RavineError, cast, same_structure
from ravine.nn import Network, Variables
from ravine.optim import Rule
from ravine.train.engine._objective import Objective
from ravine.train.engine.evaluate import evaluate_padded, measure_batch, metric_values, pad
from ravine.train.engine.placement import is_beyond_labels, precision, shardings
from ravine.train.engine.step import (
    TRACED,
    Examples,
    Program,
    ProgramSettings,
    Records,
    TrainState,
    start,
    tally,
    train_chunk,
)
from ravine.train.probes import memories

__all__ = ["Evaluation", "Session", "compiled_chunks"]

_chunk = PerStructure(train_chunk, static_argnames="setting", donate_argnums=0)
_evaluate = PerStructure(evaluate_padded)
_batch = PerStructure(measure_batch)
_values = PerStructure(metric_values)


def compiled_chunks() -> int:
    """How many training programs have been compiled in this process: other numbers must not raise it.

    >>> isinstance(compiled_chunks(), int)
    True
    """
    return len(TRACED)


@dataclass(frozen=True)
class Evaluation:
    """Loss and metrics of a split at frozen weights.

    >>> Evaluation(0.5, {"accuracy": np.float64(0.9)}).named("test")
    {'test_loss': 0.5, 'test_accuracy': np.float64(0.9)}
    """

    loss: float
    metrics: dict[str, Any]

    def named(self, split: str) -> dict[str, Any]:
        """The values under the names of a history's columns."""
        return {f"{split}_loss": self.loss} | {f"{split}_{name}": value for name, value in self.metrics.items()}


class Session:
    """The state of one run on the device, and what can be done with it. Everything that trains goes through `run`.

    *rule* may be replaced while training goes on; another number in it compiles nothing. *probes* that carry something
    along begin to do so here, or at the first `run` that names them.

    >>> from ravine.nn import Dense
    >>> from ravine.optim import SGD
    >>> from ravine.train.engine._objective import objective
    >>> network = Network((Dense(1),), (1,))
    >>> session = Session(network, SGD(0.1), objective(network, "mse"), seed=0)
    >>> x = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]
    >>> data, order = session.examples(x, 3 * x), np.tile(np.arange(8, dtype=np.int32), (100, 1))
    >>> records = session.run(data, order)
    >>> bool(records.loss[99] < 1e-3 < records.loss[0])
    True
    """

    def __init__(
        self,
        network: Network,
        rule: Rule,
        objective: Objective,
        *,
        seed: int = 0,
        dtype: Any = "float32",
        variables: Variables | None = None,
        probes: tuple[str, ...] = (),
        devices: int = 1,
    ) -> None:
        self.dtype = np.dtype(dtype)
        self.everywhere, self.divided = shardings(devices)
        self.seed = seed
        self.network = network
        self.objective = objective
        self._rule = rule
        self._tallies: dict[Any, tuple[np.ndarray, ...]] = {}
        self._held: dict[PerStructure, Any] = {}
        with precision(self.dtype):
            variables = network.init(seed, self.dtype) if variables is None else variables
            self.state: TrainState = self.put(start(self.program, self._cast(variables), probes))

    @property
    def rule(self) -> Rule:
        """The update rule in force."""
        return self._rule

    @rule.setter
    def rule(self, rule: Rule) -> None:
        if not same_structure(rule, self._rule):
            with precision(self.dtype):
                self.state = self.state._replace(rule_state=self.put(rule.init(self.state.params)))
        self._rule = rule

    @property
    def program(self) -> Program:
        """Network, rule and objective with every number an array of the run's dtype."""
        program: Program = cast(Program(self.network, self._rule, self.objective), self.dtype)
        return program

    @property
    def variables(self) -> Variables:
        """The weights and the layers' state, copied to the host."""
        params, state = jax.tree.map(np.array, (self.state.params, self.state.state))
        return Variables(params, state)

    @variables.setter
    def variables(self, variables: Variables) -> None:
        with precision(self.dtype):
            params, state = self.put(self._cast(variables))
            rule_state = self.state.rule_state
            if not all(np.isfinite(leaf).all() for leaf in map(np.asarray, jax.tree.leaves(rule_state))):
                # What a step that was lost has left in the rule would make the new weights NaN as well.
                rule_state = self.put(self._rule.init(params))
        self.state = self.state._replace(params=params, state=state, rule_state=rule_state)
        self.go_on()

    def go_on(self) -> None:
        """Train again after a loss that was not finite: nothing remembers it but the weights."""
        self.state = self.state._replace(diverged_at=self.put(np.int32(-1)))

    def begin_rule(self, state: Any) -> None:
        """Let the rule go on from *state*, such as the momenta that another run left."""
        own = self.state.rule_state
        if not same_structure(state, own):
            raise RavineError(
                f"rule_state is not a state of {type(self._rule).__name__}: leave it out, or give the rule's own"
            )
        if [np.shape(leaf) for leaf in jax.tree.leaves(state)] != [leaf.shape for leaf in jax.tree.leaves(own)]:
            raise RavineError("rule_state belongs to a network of other shapes: leave it out")
        with precision(self.dtype):
            fitted = jax.tree.map(lambda new, old: np.array(new, old.dtype), state, own)
            self.state = self.state._replace(rule_state=self.put(fitted))

    def put(self, tree: Any) -> Any:
        """*tree* on the device, or the same on each of them."""
        return jax.device_put(tree, self.everywhere)

    def place(self, order: np.ndarray) -> Any:
        """*order* [rows, batch] on the device, or each device's part of every batch on it."""
        if self.divided is not None and order.shape[1] % self.divided.mesh.size:
            raise RavineError(
                f"batches of {order.shape[1]} cannot be divided among {self.divided.mesh.size} devices: "
                "choose a batch_size that is a multiple of devices"
            )
        return jax.device_put(order, self.divided)

    def _compiled(self, function: PerStructure, tree: Any) -> Any:
        """*function* for the structure of *tree*, held as long as this session has that structure."""
        made = self._held[function] = function.of(tree)
        return made

    def _cast(self, variables: Variables) -> Variables:
        return Variables(*jax.tree.map(lambda a: np.array(a, self.dtype), tuple(variables)))

    def examples(self, x: Any, y: Any, weight: Any = None) -> Examples:
        """Put examples on the device, numbers in the run's dtype, labels as they are.

        Whole numbers too large for labels, beyond int32, are numbers: the device would fold them silently.
        """
        with precision(self.dtype):

            def put(a: Any) -> Any:
                a = np.asarray(a)
                return self.put(a.astype(self.dtype, copy=False) if a.dtype.kind == "f" or is_beyond_labels(a) else a)

            return Examples(put(x), put(y), None if weight is None else put(weight))

    def run(
        self,
        examples: Examples,
        order: Any,
        first: int = 0,
        count: int | None = None,
        *,
        steps: int | None = None,
        padded: bool | None = None,
        probes: tuple[str, ...] = (),
        stride: int = 50,
        phase: int = 0,
        stats: tuple[Any, ...] | None = None,
    ) -> Records:
        """Train on rows *first* to *first* + *count* of *order* [rows, batch], indices of examples padded with -1.

        *steps* rows make an epoch (default all rows). Of the records' arrays, the entries of this chunk's rows are
        filled in; the metrics' statistics go on from *stats*, those of the chunk before in the same order. Training
        leaves the chunk at a loss that is not finite. *padded* says whether any index is -1, and is found out where it
        is None.
        """
        rows, _ = order.shape
        count = rows - first if count is None else count
        padded = bool((np.asarray(order) < 0).any()) if padded is None else padded
        setting = ProgramSettings(steps or rows, padded, False, tuple(probes), stride if probes else 1)
        self._carry(setting.probes)
        with precision(self.dtype):
            program = self.program
            if stats is None:
                stats = self.put(self._tally(examples, order.shape[1], -(-rows // setting.steps)))
            result: tuple[TrainState, Records] = self._compiled(_chunk, program)(
                self.state,
                examples,
                order,
                np.int32(first),
                np.int32(count),
                np.int32(phase % setting.stride),
                np.uint32(self.seed),
                program,
                stats,
                setting=setting,
            )
        self.state, records = result
        return records

    def _tally(self, examples: Examples, batch: int, epochs: int) -> tuple[np.ndarray, ...]:
        """`tally`, whose shapes are found out by tracing, once for examples of one shape."""
        kind = tuple(None if part is None else (part.shape[1:], part.dtype) for part in examples)
        if kind not in self._tallies:
            self._tallies[kind] = tally(self.program, self.state, examples, batch, 1)
        return tuple(np.repeat(each, epochs, axis=0) for each in self._tallies[kind])

    def _carry(self, probes: tuple[str, ...]) -> None:
        """Begin to carry what *probes* need and the state lacks."""
        lacking = [memory for memory in memories(probes) if memory.name not in self.state.probes]
        if lacking:
            with precision(self.dtype):
                new = {memory.name: memory.init(self.network, self.state.params) for memory in lacking}
                self.state = self.state._replace(probes=self.state.probes | self.put(new))

    def blocks(
        self, x: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None, batch: int | None = None
    ) -> tuple[Examples, Any]:
        """Put a split on the device in the form in which `measure` reads it: once, for many evaluations.

        The loss is the mean over all that counts; with *batch*, over batches of so many examples, as training has it.
        """
        parts, valid = pad(np.asarray(x), np.asarray(y), weight, self.dtype, batch)
        with precision(self.dtype):
            return self.examples(*parts), self.put(valid)

    def measure(self, blocks: tuple[Examples, Any]) -> Evaluation:
        """Loss and metrics at the present weights over *blocks*."""
        with precision(self.dtype):
            variables = Variables(self.state.params, self.state.state)
            program = self.program
            loss, values = self._compiled(_evaluate, program)(program, variables, *blocks)
            return Evaluation(float(loss), self._named(values))

    def measure_batch(self, x: Any, y: Any, weight: Any = None) -> tuple[float, tuple[np.ndarray, ...]]:
        """The loss of one batch at the present weights, and the statistics of its metrics, for `metrics`.

        The batch is not padded: a loss or metric that looks at the batch as a whole sees all of it and nothing else.
        """
        n = len(x)
        weight = np.ones(n, self.dtype) if weight is None else weight
        with precision(self.dtype):
            program, variables = self.program, Variables(self.state.params, self.state.state)
            parts = self.examples(*(np.asarray(part)[None] for part in (x, y, weight)))
            valid = np.ones((1, n), self.dtype)
            loss, stats = self._compiled(_batch, program)(program, variables, parts, valid)
            return float(loss), tuple(np.asarray(each) for each in stats)

    def metrics(self, stats: tuple[Any, ...]) -> dict[str, Any]:
        """The metrics' values of their summed statistics."""
        with precision(self.dtype):
            values = self._compiled(_values, self.objective)
            return self._named(values(self.objective, tuple(np.asarray(each, self.dtype) for each in stats)))

    def _named(self, values: tuple[Any, ...]) -> dict[str, Any]:
        arrays = (np.asarray(value) for value in values)
        return {n: v.item() if v.ndim == 0 else v for n, v in zip(self.objective.names, arrays, strict=True)}

    def evaluate(self, x: Any, y: Any, weight: Any = None) -> Evaluation:
        """Loss and metrics at the present weights over all examples."""
        return self.measure(self.blocks(np.asarray(x), np.asarray(y), weight))

    def predict(self, x: Any) -> np.ndarray:
        """The outputs for all of *x*, of shape (n, *input_shape*)."""
        with precision(self.dtype):
            x = np.asarray(x)
            x = x.astype(self.dtype, copy=False) if x.dtype.kind == "f" else x
            return self.network.predict(Variables(self.state.params, self.state.state), x)

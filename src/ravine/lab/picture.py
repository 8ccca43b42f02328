"""A race at one moment, on the host: what all who watch it are shown, each view computed once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

import jax
import numpy as np

from ravine.core import cast
from ravine.lab._configuration import rule_of
from ravine.lab.limits import LIMITS
from ravine.lab.series import MEASURED
from ravine.lab.setup import Setup
from ravine.lab.snapshots import Snapshot
from ravine.lab.views import activations, dead_units, decision, grid, histograms, layer_steps, outputs, unit_maps
from ravine.optim import Schedule

__all__ = ["VIEWS", "Frame", "FrameContext"]

Arrays = dict[str, np.ndarray]
LINE = 200


@jax.jit
def _scheduled(eta: Any, step: Any) -> Any:
    return eta(step)


class FrameContext:
    """What is the same in all pictures of a run: the places and examples at which it is looked at.

    *values* are what 0 and 255 of a regression's map mean; *domain* encloses the points of data of one or two inputs.

    >>> from ravine.lab._configuration import Configuration
    >>> from ravine.lab.setup import prepared_setup
    >>> lens = FrameContext(prepared_setup(Configuration()))
    >>> lens.values, [round(edge, 1) for edge in lens.domain[0]]
    (None, [-1.5, 1.4])
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        data = setup.dataset
        self.judged = data.test if data.test is not None else data.train
        self.compiled: set[str] = set()
        self._compiling: set[str] = set()
        self._lock = threading.Lock()
        self.values: tuple[float, float] | None = None
        if data.task == "regression":
            self.values = float(data.train.y.min()), float(data.train.y.max())

    def compile(self, view: str, picture: Frame, lane: int, then: Callable[[str], None]) -> None:
        """Have *view* compiled aside, by computing it of *picture* once; *then* is told what went wrong, or "".

        A view that went wrong is not tried again.
        """
        with self._lock:
            if view in self._compiling:
                return
            self._compiling.add(view)

        def work() -> None:
            try:
                picture.arrays(view, lane)
            except Exception as error:
                then(f"the view {view!r} cannot be shown: {type(error).__name__}: {error}")
            else:
                self._compiling.discard(view)
                then("")

        threading.Thread(target=work, name="ravine-view", daemon=True).start()

    @cached_property
    def domain(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The view: all points and an eighth around them, of two inputs a square; of other data the unit square."""
        data = self.setup.dataset
        inputs = data.input_shape[0]
        if inputs > 2:
            return (0.0, 1.0), (0.0, 1.0)
        x = np.concatenate([split.x for split in data.parts.values()]).astype(np.float64)
        if inputs == 1:
            # Of labels, which have no height, the number.
            y = np.concatenate([split.y.reshape(len(split), -1)[:, :1] for split in data.parts.values()])
            x = np.concatenate([x, y], axis=1)
        low, high = x.min(axis=0), x.max(axis=0)
        middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-6) * 1.25
        if inputs == 2:
            half = np.full(2, half.max())
        (x0, y0), (x1, y1) = middle - half, middle + half
        return (float(x0), float(x1)), (float(y0), float(y1))

    @cached_property
    def map_points(self) -> np.ndarray:
        """The points of a decision map."""
        return grid(self.domain, LIMITS.map_side)

    @cached_property
    def line_points(self) -> np.ndarray:
        """The points of a curve over the one input."""
        return np.linspace(*self.domain[0], LINE, dtype=np.float32)[:, None]

    @cached_property
    def unit_points(self) -> np.ndarray:
        """The points of a unit's map."""
        return grid(self.domain, LIMITS.unit_side)

    @cached_property
    def sample(self) -> tuple[np.ndarray, np.ndarray]:
        """The training examples over which gradients are taken."""
        part = self.setup.dataset.train.take(slice(LIMITS.gradient_examples))
        return part.x, self.setup.objective.loss.check(part.y, self.setup.network.output_shape)


class Frame:
    """The lanes of a run after *step* steps. *arrays* computes a view at its first call and keeps it.

    No example: made by `ravine.lab.trainer`.
    """

    def __init__(self, lens: FrameContext, snapshot: Snapshot, *, end: int | None = None, seconds: float = 0.0) -> None:
        self.lens, self.snapshot = lens, snapshot
        self.step = snapshot.step
        self.end = snapshot.step if end is None else end
        self.seconds = seconds
        self._made: dict[tuple[str, int], Arrays] = {}
        self._lock = threading.Lock()

    @property
    def setup(self) -> Setup:
        """What is trained."""
        return self.lens.setup

    def measured(self, lane: int) -> dict[str, float]:
        """Losses and accuracies of *lane*, NaN where not measured."""
        return {name: float(v) for name, v in zip(MEASURED, self.snapshot.measured[lane], strict=True)}

    def arrays(self, view: str, lane: int) -> Arrays:
        """The arrays of *view*; those that show one lane show *lane*. A view that the data do not have is empty."""
        compute, per_lane = VIEWS[view]
        key = (view, lane if per_lane else 0)
        with self._lock:
            if key not in self._made:
                self._made[key] = compute(self, lane)
                self.lens.compiled.add(view)
            return self._made[key]

    @cached_property
    def steps(self) -> tuple[np.ndarray, np.ndarray]:
        """Norm of the gradient, and length of the next update over that of the weights: (lanes, Dense layers) each."""
        setup, lanes = self.setup, self.snapshot.states
        made = np.full((2, len(lanes), len(setup.dense)), np.nan, np.float32)
        x, y = self.lens.sample
        network, aim = cast(setup.network, np.float32), cast(setup.objective, np.float32)
        for place, state in enumerate(lanes):
            if state is not None:
                choice, rate = setup.configuration.lanes[place], self.snapshot.rates[place]
                rule = cast(rule_of(choice, rate), np.float32)
                # What probes carry is no business of a view, and its structure would compile anew.
                plain = state._replace(probes={})
                made[:, place] = layer_steps(network, rule, aim, plain, x, y, setup.dense)
        return made[0], made[1]

    @cached_property
    def rates(self) -> list[float]:
        """The learning rate of each lane's next update."""
        found = []
        for choice, rate in zip(self.setup.configuration.lanes, self.snapshot.rates, strict=True):
            eta = rule_of(choice, rate).learning_rate
            found.append(float(_scheduled(eta, np.int32(self.step))) if isinstance(eta, Schedule) else rate)
        return found

    def weights(self, lane: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Kernel and bias of each Dense layer of *lane*, empty where it is off."""
        state = self.snapshot.states[lane]
        if state is None:
            return []
        return [(state.params[place]["kernel"], state.params[place]["bias"]) for place in self.setup.dense]

    def outputs(self, lane: int, x: np.ndarray) -> Any:
        """The outputs of *lane* for *x*, None where it is off."""
        state = self.snapshot.states[lane]
        if state is None:
            return None
        return np.asarray(outputs(self.setup.network, state.params, state.state, x))

    def hidden(self, lane: int, x: np.ndarray, places: tuple[int, ...]) -> list[np.ndarray]:
        """The outputs of the layers at *places* of *lane* for *x*."""
        state = self.snapshot.states[lane]
        if state is None:
            return []
        return [np.asarray(a) for a in activations(self.setup.network, state.params, state.state, x, places)]

    def learned(self, lane: int) -> list[np.ndarray]:
        """The outputs of the hidden layers of *lane* for the training examples over which units are judged."""
        return self.hidden(lane, self.setup.dataset.train.x[: LIMITS.measured_examples], self.setup.hidden)


def _map(picture: Frame, lane: int) -> Arrays:
    lens, lanes = picture.lens, range(len(picture.snapshot.states))
    inputs = picture.setup.dataset.input_shape
    if inputs == (2,):
        side = LIMITS.map_side
        made = np.zeros((len(lanes), 2, side, side), np.uint8)
        for each in lanes:
            out = picture.outputs(each, lens.map_points)
            if out is not None:
                made[each] = decision(out, lens.values).reshape(2, side, side)
        return {"map": made}
    if inputs == (1,) and lens.values is not None:
        lines = np.full((len(lanes), LINE), np.nan, np.float32)
        for each in lanes:
            out = picture.outputs(each, lens.line_points)
            if out is not None:
                lines[each] = out[:, 0]
        return {"line": lines}
    return {}


def _network(picture: Frame, lane: int) -> Arrays:
    made: Arrays = {}
    weights = picture.weights(lane)
    for k, (kernel, bias) in enumerate(weights):
        if kernel.size <= LIMITS.matrix_drawn:
            made[f"network.W{k}"] = kernel
        else:
            moments = (kernel.mean(axis=0), kernel.std(axis=0), np.linalg.norm(kernel, axis=0))
            made[f"network.S{k}"] = np.stack(moments, axis=1).astype(np.float32)
        made[f"network.b{k}"] = bias
    if weights and picture.setup.dataset.input_shape == (2,):
        hidden = picture.hidden(lane, picture.lens.unit_points, picture.setup.hidden)
        maps = unit_maps(list(hidden), LIMITS.unit_side, LIMITS.units_drawn)
        made |= {f"network.unit{k}": each for k, each in enumerate(maps)}
    made |= {f"network.dead{k}": dead_units(each).astype(np.uint8) for k, each in enumerate(picture.learned(lane))}
    return made


def _confusion(picture: Frame, lane: int) -> Arrays:
    data = picture.setup.dataset
    if data.classes is None:
        return {}
    count = len(data.classes)
    judged = picture.lens.judged
    out = picture.outputs(lane, judged.x)
    if out is None:
        return {"confusion": np.zeros((count, count), np.int32)}
    true = judged.y if judged.y.ndim == 1 else judged.y.argmax(axis=1)
    # NaN has no class: such examples are left out.
    valid = np.isfinite(out).all(axis=1)
    places = true[valid].astype(np.int64) * count + out[valid].argmax(axis=1)
    return {"confusion": np.bincount(places, minlength=count * count).reshape(count, count).astype(np.int32)}


def _residuals(picture: Frame, lane: int) -> Arrays:
    if picture.setup.dataset.classes is not None:
        return {}
    judged = picture.lens.judged.take(slice(LIMITS.measured_examples))
    out = picture.outputs(lane, judged.x)
    if out is None:
        return {"residuals": np.zeros((0, 2), np.float32)}
    return {"residuals": np.stack([judged.y[:, 0], out[:, 0] - judged.y[:, 0]], axis=1).astype(np.float32)}


def _gradients(picture: Frame, lane: int) -> Arrays:
    return {"gradients": picture.steps[0]}


def _ratios(picture: Frame, lane: int) -> Arrays:
    return {"ratios": picture.steps[1]}


def _histograms(picture: Frame, lane: int) -> Arrays:
    hidden = picture.learned(lane)
    return histograms(list(hidden), picture.setup.configuration.network.layers) if hidden else {}


VIEWS: dict[str, tuple[Callable[[Frame, int], Arrays], bool]] = {
    "map": (_map, False),
    "network": (_network, True),
    "confusion": (_confusion, True),
    "residuals": (_residuals, True),
    "gradients": (_gradients, False),
    "histograms": (_histograms, True),
    "ratios": (_ratios, False),
}
"""Each view's function, and whether it shows one lane."""

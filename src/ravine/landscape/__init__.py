"""Test functions and networks' losses as landscapes: the paths of rules, their basins, slices, planes."""

from ravine.landscape._basins import DIVERGED, UNDECIDED, Basins, basins
from ravine.landscape._minima import Minima, minima
from ravine.landscape._race import REACH, Racer, race, random_starts, tuned
from ravine.landscape._trajectory import Trajectory, trajectories, trajectory
from ravine.landscape._walks import Walks, walks
from ravine.landscape.connectivity import Connection, barrier, mode_connectivity
from ravine.landscape.counterexamples import LONG_GAME, OnlineGame, OnlineRun, amsgrad_counterexample, theorem_1
from ravine.landscape.functions import FUNCTIONS, TestFunction, function, quadratic
from ravine.landscape.planes import Components, Plane, components, trajectory_plane
from ravine.landscape.rates import RATES, STEPS, TRIED
from ravine.landscape.slices import Slice, slice_1d, slice_2d
from ravine.landscape.stochastic import QuadraticDeep, QuadraticRun, quadratic_deep, train_quadratic_deep
from ravine.landscape.weights import Heights, Measure, measure, random_directions

__all__ = [
    "DIVERGED",
    "FUNCTIONS",
    "LONG_GAME",
    "RATES",
    "REACH",
    "STEPS",
    "TRIED",
    "UNDECIDED",
    "Basins",
    "Components",
    "Connection",
    "Heights",
    "Measure",
    "Minima",
    "OnlineGame",
    "OnlineRun",
    "Plane",
    "QuadraticDeep",
    "QuadraticRun",
    "Racer",
    "Slice",
    "TestFunction",
    "Trajectory",
    "Walks",
    "amsgrad_counterexample",
    "barrier",
    "basins",
    "components",
    "function",
    "measure",
    "minima",
    "mode_connectivity",
    "quadratic",
    "quadratic_deep",
    "race",
    "random_directions",
    "random_starts",
    "slice_1d",
    "slice_2d",
    "theorem_1",
    "train_quadratic_deep",
    "trajectories",
    "trajectory",
    "trajectory_plane",
    "tuned",
    "walks",
]

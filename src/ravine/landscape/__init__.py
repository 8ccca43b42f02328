"""Test functions, the paths that rules walk on them, and where a rule goes wrong."""

from ravine.landscape.counterexamples import LONG_GAME, OnlineGame, OnlineRun, amsgrad_counterexample, theorem_1
from ravine.landscape.functions import FUNCTIONS, TestFunction, function, quadratic
from ravine.landscape.stochastic import QuadraticDeep, QuadraticRun, quadratic_deep, train_quadratic_deep
from ravine.landscape.trajectory import Trajectory, trajectories, trajectory

__all__ = [
    "FUNCTIONS",
    "LONG_GAME",
    "OnlineGame",
    "OnlineRun",
    "QuadraticDeep",
    "QuadraticRun",
    "TestFunction",
    "Trajectory",
    "amsgrad_counterexample",
    "function",
    "quadratic",
    "quadratic_deep",
    "theorem_1",
    "train_quadratic_deep",
    "trajectories",
    "trajectory",
]

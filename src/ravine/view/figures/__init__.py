"""Figures: pure functions from small records to drawings."""

from ravine.view.figures._counterexample import counterexample
from ravine.view.figures._examples import confusion, examples
from ravine.view.figures._spread import SeedValues, spread
from ravine.view.figures._trajectory import Route, Surface, trajectory
from ravine.view.figures.activations import ActivationCurve, activation_curves
from ravine.view.figures.bands import mean_curves, quantile_curves
from ravine.view.figures.basins import BasinMap, basin_map
from ravine.view.figures.batches import BatchRun, batch_comparison
from ravine.view.figures.curves import learning_curves, rule_curves, smooth
from ravine.view.figures.gradients import LayerTrace, Profile, gradient_by_layer, probe_over_time
from ravine.view.figures.grids import Grid, heat_map
from ravine.view.figures.history import history_curves
from ravine.view.figures.loss_slices import barrier_curves, loss_lines, loss_plane
from ravine.view.figures.network import Wiring, network_diagram
from ravine.view.figures.parallel import Trials, parallel_coordinates
from ravine.view.figures.probes import Histograms, Level, histograms_over_time, level_over_time
from ravine.view.figures.ranks import critical_difference
from ravine.view.figures.records import Curve, Panel, Runs
from ravine.view.figures.tuning import Sweep, best_of_curve, sensitivity_curve
from ravine.view.figures.verdicts import Difference, difference_forest, profiles

__all__ = [
    "ActivationCurve",
    "BasinMap",
    "BatchRun",
    "Curve",
    "Difference",
    "Grid",
    "Histograms",
    "LayerTrace",
    "Level",
    "Panel",
    "Profile",
    "Route",
    "Runs",
    "SeedValues",
    "Surface",
    "Sweep",
    "Trials",
    "Wiring",
    "activation_curves",
    "barrier_curves",
    "basin_map",
    "batch_comparison",
    "best_of_curve",
    "confusion",
    "counterexample",
    "critical_difference",
    "difference_forest",
    "examples",
    "gradient_by_layer",
    "heat_map",
    "histograms_over_time",
    "history_curves",
    "learning_curves",
    "level_over_time",
    "loss_lines",
    "loss_plane",
    "mean_curves",
    "network_diagram",
    "parallel_coordinates",
    "probe_over_time",
    "profiles",
    "quantile_curves",
    "rule_curves",
    "sensitivity_curve",
    "smooth",
    "spread",
    "trajectory",
]

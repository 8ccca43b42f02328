"""Figures: pure functions from small records to drawings."""

from ravine.view.figures.activations import Activation, activation_curves
from ravine.view.figures.basins import BasinMap, basin_map
from ravine.view.figures.batches import BatchRun, batch_comparison
from ravine.view.figures.counterexample import counterexample
from ravine.view.figures.curves import learning_curves, rule_curves, smooth
from ravine.view.figures.examples import confusion, examples
from ravine.view.figures.gradients import LayerTrace, Profile, gradient_by_layer, probe_over_time
from ravine.view.figures.history import history_curves
from ravine.view.figures.network import Wiring, network_diagram
from ravine.view.figures.records import Curve, Panel, Runs
from ravine.view.figures.sections import barrier_curves, loss_lines, loss_plane
from ravine.view.figures.spread import Sample, spread
from ravine.view.figures.trajectory import Route, Surface, trajectory

__all__ = [
    "Activation",
    "BasinMap",
    "BatchRun",
    "Curve",
    "LayerTrace",
    "Panel",
    "Profile",
    "Route",
    "Runs",
    "Sample",
    "Surface",
    "Wiring",
    "activation_curves",
    "barrier_curves",
    "basin_map",
    "batch_comparison",
    "confusion",
    "counterexample",
    "examples",
    "gradient_by_layer",
    "history_curves",
    "learning_curves",
    "loss_lines",
    "loss_plane",
    "network_diagram",
    "probe_over_time",
    "rule_curves",
    "smooth",
    "spread",
    "trajectory",
]

"""All instruments read, and put into words."""

from __future__ import annotations

from ravine.data import Dataset
from ravine.diagnosis import data_problems, gradient_flow, learned_little, learning_rate, units
from ravine.diagnosis.evidence import RunEvidence
from ravine.diagnosis.finding import TROUBLES, Finding
from ravine.train import Run

__all__ = ["diagnose"]

CHECKS = (
    gradient_flow.bad_initialisation,
    gradient_flow.vanishing,
    gradient_flow.exploding,
    units.saturated,
    units.dead,
    learning_rate.rate_too_high,
    learning_rate.rate_too_low,
    learning_rate.small_batch,
    data_problems.overfitting,
    data_problems.label_noise,
)

FLOW = {"bad_initialisation", "vanishing_gradient", "exploding_gradient", "saturated_units"}

# A trouble that another one explains, and that its own remedy would not cure.
EXPLAINED = {
    "rate_too_low": FLOW,
    "rate_too_high": {"exploding_gradient"},
    # Weights that were thrown far flatten the gradient, and are sure of what they are wrong about.
    "vanishing_gradient": {"rate_too_high"},
    "overfitting": {"rate_too_high"},
    "batch_too_small": {*FLOW, "dead_units", "rate_too_high"},
    # A network that has not learned its task contradicts labels out of ignorance.
    "label_noise": {*FLOW, "dead_units", "rate_too_high", "rate_too_low"},
}


def diagnose(run: Run, dataset: Dataset | None = None) -> tuple[Finding, ...]:
    """What is wrong with *run*, causes before consequences; an empty tuple where nothing was found.

    It reads the probes that the run recorded (``Plan(probes=CHEAP)`` are all that are wanted) and its history. Given
    the run's *dataset* it takes what was not recorded at the weights of the run's seed and at the last ones, and asks
    the network about labels. Each threshold is a constant with its reason in the module that uses it.

    >>> from ravine.data import load
    >>> from ravine.nn import network
    >>> from ravine.optim import SGD
    >>> from ravine.train import Plan, train
    >>> sine = load("sine", n=100, seed=0)
    >>> wild = train(network("1-16:relu-1"), SGD(1e3), sine, Plan(epochs=5, batch_size=10))
    >>> [(found.trouble, found.changes) for found in diagnose(wild)]
    [('rate_too_high', {'learning_rate': 100.0})]
    """
    case = RunEvidence(run, dataset)
    found = [finding for check in CHECKS for finding in check(case)]
    named = {finding.trouble for finding in found}
    kept = [finding for finding in found if not EXPLAINED.get(finding.trouble, set()) & named]
    if not kept:
        kept = list(learned_little.learned_little(case))
    return tuple(sorted(kept, key=lambda finding: list(TROUBLES).index(finding.trouble)))
